"""What is typed behind ``/itsm`` is read word by word, and what is wrong gets the nearest right form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.orders import ASKED_FOR, FORMS, Order, parse_order

IDENT = "p" + "0123456789abcdef" * 2
PROPOSAL = IDENT[:32]


def test_a_stop_is_read_word_by_word() -> None:
    assert parse_order("stop connector jira-2 it --cancel is odd") == Order(
        verb="stop", connector="jira-2", why="it is odd", cancel=True
    )
    assert parse_order("resume skill triage") == Order(verb="resume", skill="triage")
    assert parse_order("stops please") == Order(verb="stops", why="please")


@pytest.mark.parametrize("verb", ["status", "triage", *ASKED_FOR])
def test_a_ticket_is_named_by_key_by_system_and_key_or_by_address(verb: str) -> None:
    assert parse_order(f"{verb} ops-12") == Order(verb=verb, subject="ops-12")
    assert parse_order(f"{verb.upper()} jira-eu:OPS-12") == Order(
        verb=verb, connector="jira-eu", subject="OPS-12"
    )
    assert parse_order(f"{verb} INC0010023").subject == "INC0010023"
    address = "https://jira.example.com/browse/OPS-12"
    assert parse_order(f"{verb} {address}").subject == address
    assert parse_order(f"{verb} <{address}|OPS-12>").subject == address
    for around in ("`ops-12`", "“ops-12”", "(ops-12).", "*ops-12*", "ops-12?"):
        assert parse_order(f"{verb} {around}") == Order(verb=verb, subject="ops-12")


@pytest.mark.parametrize("verb", ["why", "undo"])
def test_a_proposal_is_named_by_its_id(verb: str) -> None:
    assert parse_order(f"{verb} {PROPOSAL.upper()}") == Order(verb=verb, subject=PROPOSAL)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("statsu OPS-1", "/itsm status KEY"),
        ("summery OPS-1", "/itsm summary KEY"),
        ("status", "/itsm status KEY"),
        ("status OPS-1 OPS-2", "/itsm status KEY"),
        ("triage OPS", "/itsm triage KEY"),
        ("OPS-12", "/itsm status OPS-12"),
        ("ops-12 draft", "/itsm draft OPS-12"),
        (PROPOSAL, f"/itsm why {PROPOSAL}"),
        (f"{PROPOSAL} undo", f"/itsm undo {PROPOSAL}"),
        ("undo OPS-1", "/itsm undo PROPOSAL"),
        ("why p123", "/itsm why PROPOSAL"),
        ("pending please", "/itsm pending"),
        ("resume OPS-1", "/itsm resume [connector NAME|skill NAME]"),
        ("resume jira", "/itsm resume [connector NAME|skill NAME]"),
        ("stop connector", "/itsm stop [connector NAME|skill NAME] [--cancel] WHY"),
        ("stop OPS-1", "/itsm stop [connector NAME|skill NAME] [--cancel] WHY"),
        ("stopp it", "/itsm stop [connector NAME|skill NAME] [--cancel] WHY"),
        ("poetry", ""),
        ("--cancel", ""),
    ],
)
def test_wrong_use_shows_the_nearest_right_form(typed: str, nearest: str) -> None:
    assert parse_order(typed) == Order(verb="", nearest=nearest)


def test_nothing_typed_asks_for_help() -> None:
    assert parse_order("  ") == parse_order("help") == Order(verb="help")


@given(
    st.text(max_size=200) | st.lists(st.sampled_from([*FORMS, "OPS-1", PROPOSAL, "x", "jira:"])).map(" ".join)
)
def test_whatever_is_typed_is_read_or_gets_the_usage(text: str) -> None:
    order = parse_order(text)
    assert order.verb in {"", *FORMS}
    assert not (order.connector and order.skill)
    assert "\n" not in order.why + order.subject + order.nearest
