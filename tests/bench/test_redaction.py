"""Redaction keeps the floors that its page promises, on texts and rules we did not write."""

from __future__ import annotations

from random import Random

import pytest

from bench.redaction import (
    DATA,
    FLAGS_PER_1000,
    FLOORS,
    PRECISION,
    benign,
    drawn,
    flagged,
    hidden,
    personal,
    secrets,
)
from bench.samples import Sampler

HERE = pytest.mark.skipif(not (DATA / "security").is_dir(), reason="../shared/data/security is not here")
TICKETS = pytest.mark.skipif(not (DATA / "tickets").is_dir(), reason="../shared/data/tickets is not here")


@HERE
def test_personal_data_is_found_and_little_else() -> None:
    tally = personal()

    assert {kind: tally.recall(kind) >= floor for kind, floor in FLOORS.items()} == dict.fromkeys(
        FLOORS, True
    )
    assert {kind: tally.precision(kind) >= PRECISION for kind in tally.marked} == dict.fromkeys(
        tally.marked, True
    )
    assert tally.found["DATE_TIME"] == 0, "dates are not telephone numbers"


@HERE
def test_most_keys_of_most_issuers_are_found() -> None:
    """A few of each rule; with twenty of each, ``python -m bench redaction`` holds 0.95."""
    tally = secrets(2)

    assert len(tally.seen) > 200
    assert sum(tally.found.values()) / sum(tally.seen.values()) >= 0.93


@HERE
def test_harmless_texts_stay_as_they_are() -> None:
    assert benign() == 0


@TICKETS
def test_real_tickets_are_seldom_taken_to_hold_a_secret() -> None:
    found, of = flagged("groups74", 1_000)

    assert 1000 * found / of <= 2 * FLAGS_PER_1000


def test_what_is_replaced_is_known_by_its_place() -> None:
    text = "mail a@example.com, password: Winter#1 and <EMAIL_1>"

    assert [(kind, text[start:end]) for kind, start, end in hidden(text)] == [
        ("EMAIL", "a@example.com"),
        ("SECRET", "Winter#1"),
    ]


def test_a_drawn_text_is_one_that_the_rule_reports() -> None:
    rule = {"id": "x", "regex": r"(?i)acme[_-]key\s{0,2}(?:=|:)\s{0,2}([a-f0-9]{16})(?:\z|\s)", "entropy": 2}
    found = list(drawn(rule, Random(1), 5))  # noqa: S311  # repeatable, not secret

    assert len(found) == 5
    assert all(len(key) == 16 and key in text for text, key in found)
    assert list(drawn({**rule, "entropy": 9}, Random(1), 5)) == []  # noqa: S311  # as above


@pytest.mark.parametrize("pattern", ["a|b", "[^a-y]{3}", r"\d\D\w\W\S", "(?>x)y?+z*", "(?P<q>['\"]).(?P=q)"])
def test_every_kind_of_expression_is_drawn_from(pattern: str) -> None:
    assert isinstance(Sampler(pattern, Random(3)).draw(), str)  # noqa: S311  # as above
