"""One conversation's placeholders: the same value keeps its mark, and secrets never come back."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.core.pseudonyms import NUMBERS_MAX, Pseudonyms
from bot.core.redaction import PLACEHOLDER, ready
from bot.core.runs import Kept
from bot.core.untrusted import Untrusted

KEPT = TypeAdapter(Kept)
WORDS = st.sampled_from(
    [
        *("jane.roe@example.com", "bob@example.com", "10.0.0.7", "+33 1 23 45 67 89", "Jane Roe", "Jane"),
        *("password: Winter#1", "token=abcdef123", "078-05-1120", "<EMAIL_1>", "<SECRET_1>", "and", "\u200b"),
        *("4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "\n", "<PERSON_", "1>"),
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=8).map(" ".join), st.text(max_size=80))


def again(pseudonyms: Pseudonyms) -> Pseudonyms:
    """Return the same, as it comes back out of Redis."""
    return Pseudonyms(KEPT.validate_json(KEPT.dump_json(pseudonyms.kept)))


@given(st.lists(TEXTS, max_size=4))
def test_same_value_same_mark_also_after_it_was_stored(texts: list[str]) -> None:
    one = Pseudonyms()
    first = [one.mask(Untrusted(text)) for text in texts]
    two = again(one)

    assert two.kept == one.kept
    # Names met in later texts are known by now: so the second time may hide more, never less, never else.
    third = [two.mask(Untrusted(text)) for text in texts]
    assert [again(two).mask(Untrusted(text)) for text in texts] == third
    for before, after in zip(first, third, strict=True):
        assert set(PLACEHOLDER.findall(before)) - {"<PERSON_1>"} <= set(PLACEHOLDER.findall(after)) | {
            mark for mark in PLACEHOLDER.findall(before) if mark.startswith("<PERSON_")
        }


@given(TEXTS)
def test_at_home_everything_but_secrets_and_typed_marks_is_put_back(text: str) -> None:
    pseudonyms = Pseudonyms()
    masked = pseudonyms.mask(Untrusted(text))

    back = pseudonyms.restore(masked)
    if "SECRET" not in masked and not PLACEHOLDER.search(Untrusted(text).clean()):
        assert back == ready(Untrusted(text))
        plain = unicodedata.normalize("NFC", Untrusted(text).clean())
        assert back.split() == plain.replace("\u2010", "-").replace("\u2011", "-").split()


@given(TEXTS)
def test_a_typed_placeholder_gets_nobodys_value(text: str) -> None:
    pseudonyms = Pseudonyms()
    pseudonyms.mask(Untrusted("mine@example.com Jane Roe"), names=["Jane Roe"])
    given_out = set(pseudonyms.kept.marks.values())

    masked = pseudonyms.mask(Untrusted(f"{text} <EMAIL_1> <EMA\u200bIL_1>"))

    assert "[EMAIL_1] [EMAIL_1]" in masked
    assert "mine@example.com" not in pseudonyms.restore(masked.replace("mine@example.com", ""))
    assert set(PLACEHOLDER.findall(masked)) <= set(pseudonyms.kept.marks.values()) | given_out


def test_one_person_is_one_mark_through_the_whole_conversation() -> None:
    pseudonyms = Pseudonyms()
    ticket = pseudonyms.mask(Untrusted("Reported by Jane Roe, jane.roe@example.com"), names=["Jane Roe"])
    later = again(pseudonyms).mask(Untrusted("did Jane Roe or jane.roe@example.com answer?"))

    assert ticket == "Reported by <PERSON_1>, <EMAIL_1>"
    assert later == "did <PERSON_1> or <EMAIL_1> answer?"


def test_a_name_in_an_address_is_known_from_then_on() -> None:
    pseudonyms = Pseudonyms()
    pseudonyms.mask(Untrusted("mail from ann.example@corp.example"))

    assert again(pseudonyms).mask(Untrusted("Ann Example called")) == "<PERSON_1> called"


def test_a_secret_is_kept_nowhere_and_never_put_back() -> None:
    pseudonyms = Pseudonyms()
    masked = pseudonyms.mask(Untrusted("password: Winter#2026 and again password: Winter#2026"))

    assert masked == "password: <SECRET_1> and again password: <SECRET_1>"
    assert b"Winter" not in KEPT.dump_json(pseudonyms.kept)
    assert pseudonyms.restore(masked) == masked
    assert again(pseudonyms).mask(Untrusted("password: Winter#2026")) == "password: <SECRET_1>"


def test_somebody_elses_values_stay_hidden_until_they_are_said_here() -> None:
    pseudonyms = Pseudonyms()
    other = pseudonyms.mask(Untrusted("you@example.com"), restorable=False)

    assert other == "<EMAIL_1>"
    assert pseudonyms.restore(other) == "<EMAIL_1>"
    assert pseudonyms.mask(Untrusted("write to you@example.com")) == "write to <EMAIL_1>"
    assert pseudonyms.restore(other) == "you@example.com"


def test_a_name_with_markup_in_it_gives_none_of_that_back() -> None:
    pseudonyms = Pseudonyms()
    name = "<!channel> https://evil.com [~admin] Mallory"
    pseudonyms.mask(Untrusted(f"from {name}"), names=[name])

    assert set("<>!:/[]~.") & set("".join(pseudonyms.kept.originals.values())) == set()
    assert "Mallory" in pseudonyms.kept.originals.values()


def test_one_pass_puts_back_no_value_inside_of_a_value() -> None:
    pseudonyms = Pseudonyms(Kept(originals={"<PERSON_1>": "<EMAIL_1>", "<EMAIL_1>": "a@example.com"}))

    assert pseudonyms.restore("<PERSON_1>") == "<EMAIL_1>"


def test_when_the_numbers_run_out_the_last_one_is_nobodys() -> None:
    pseudonyms = Pseudonyms(Kept(counts={"EMAIL": NUMBERS_MAX - 2}))

    masked = pseudonyms.mask(Untrusted("a@example.com b@example.com c@example.com"))

    assert masked == f"<EMAIL_{NUMBERS_MAX - 1}> <EMAIL_{NUMBERS_MAX}> <EMAIL_{NUMBERS_MAX}>"
    assert pseudonyms.restore(masked) == f"a@example.com <EMAIL_{NUMBERS_MAX}> <EMAIL_{NUMBERS_MAX}>"
