"""A draft is what somebody wrote before, fit for somebody else, with its source; or there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.drafts import Asked, Drafts, adapt
from bot.brain.retrieve.articles import article
from bot.brain.retrieve.knowledge import Knowledge
from bot.brain.retrieve.replies import Answered, Replies

ANSWER = "Please install client 5.2 from the portal, it fixes the reconnects for all of you."
VPN = "The vpn tunnel drops after the gateway update and the client reconnects"
ARTICLE = article(
    "badge.md",
    "---\ntitle: Badges\nurl: https://kb.example/badges\n---\n# Badges\n\n"
    "A lost badge is blocked at the reception and you will have a new one in an hour.",
)
OTHERS = [
    Answered(
        "P-1",
        "The printer has no toner and the paper is jammed in the tray",
        "We have sent you a new toner today.",
    ),
    Answered(
        "M-1", "My mailbox is full and the calendar is gone", "We have raised the quota of your mailbox."
    ),
]


def replies(*past: Answered) -> Replies:
    return Replies.of([Answered("OPS-7", VPN, ANSWER, "https://jira.example/OPS-7"), *OTHERS, *past])


def test_a_past_answer_is_adapted_and_names_its_source() -> None:
    draft = Drafts(replies(), 0.4).draft(Asked(VPN, "en", name="Nadia"))
    assert draft is not None
    assert draft.text == f"Hello Nadia,\n\n{ANSWER}"
    assert (draft.source, draft.url) == ("OPS-7", "https://jira.example/OPS-7")


def test_without_a_proven_threshold_or_below_it_no_answer_is_offered() -> None:
    assert Drafts(replies(), None).draft(Asked(VPN, "en")) is None
    assert (
        Drafts(replies(), 0.4).draft(Asked("The vpn is slow for me and my team in the afternoon", "en"))
        is None
    )


def test_an_answer_about_another_site_is_not_offered() -> None:
    past = Answered(
        "S-1", "The wifi in Turku is down for all of us", "The wifi of Turku is up again, please try it."
    )
    drafts = Drafts(replies(past), 0.2)
    assert drafts.draft(Asked("The wifi in Turku is down for all of us", "en")) is not None
    assert drafts.draft(Asked("The wifi in Lyon is down for all of us", "en")) is None


def test_an_article_answers_where_no_ticket_did_and_is_named() -> None:
    knowledge = Knowledge(
        [ARTICLE, article("x.md", "# Printers\n\nThe toner is in the cabinet next to the printer.")]
    )
    drafts = Drafts(replies(), 0.4, knowledge)
    draft = drafts.draft(Asked("I have lost my badge at the reception", "en"))
    assert draft is not None
    assert draft.text.startswith("Hello,\n\nA lost badge is blocked")
    assert draft.text.endswith("Badges: https://kb.example/badges")
    assert (draft.source, draft.url) == ("Badges", "https://kb.example/badges")
    assert (
        drafts.draft(Asked("I have lost my badge at the reception", "en"), readable=lambda _: False) is None
    )


def test_nobody_is_answered_in_another_language() -> None:
    knowledge = Knowledge([ARTICLE])
    asked = Asked("J'ai perdu mon badge et je ne suis pas dans la reception avec ma lost badge", "fr")
    assert Drafts(replies(), 0.1, knowledge).draft(asked) is None


@pytest.mark.parametrize(
    ("language", "opening"),
    [("en", "Hello"), ("fr", "Bonjour"), ("de", "Guten Tag"), ("es", "Hola"), ("xx", "Hello")],
)
def test_a_reply_opens_in_the_language_of_the_ticket(language: str, opening: str) -> None:
    assert adapt(ANSWER, language) == f"{opening},\n\n{ANSWER}"
    assert adapt(ANSWER, language, name=" Luc \n Martin ") == f"{opening} Luc Martin,\n\n{ANSWER}"
    assert adapt(ANSWER, language, name="x" * 61) == f"{opening},\n\n{ANSWER}"


@pytest.mark.parametrize(
    "answer",
    [
        "Sehr geehrte Frau Schmidt,\n\n{}\n\nMit freundlichen Grüßen\nLuc",
        "Hola María,\n{}\nSaludos cordiales,\nLuc",
        "Dear <name>,\n\n{}\n\nKind regards,\nThe desk",
    ],
)
def test_the_names_of_others_go(answer: str) -> None:
    assert adapt(answer.format(ANSWER), "en") == f"Hello,\n\n{ANSWER}"


@pytest.mark.parametrize(
    "blank", ["<tel_num>", "[your name]", "{customer}", "{{ name }}", "<PHONE_1>", "INC0012345"]
)
def test_an_answer_with_a_blank_or_a_foreign_key_is_none(blank: str) -> None:
    assert adapt(f"Please call us at {blank} so that we can look at it.", "en") is None


def test_the_key_of_its_own_ticket_becomes_the_new_one() -> None:
    answer = "We track this as OPS-7, please mention OPS-7 when you call."
    adapted = adapt(answer, "en", theirs="OPS-7", ours="OPS-99")
    assert adapted == "Hello,\n\nWe track this as OPS-99, please mention OPS-99 when you call."
    assert adapt(answer, "en") is None
    assert adapt("See OPS-71 and OPS-7 for what was done.", "en", theirs="OPS-7", ours="OPS-99") is None


@settings(max_examples=100)
@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=10), st.text(max_size=10))
def test_no_text_makes_it_raise(answer: str, name: str, theirs: str, ours: str) -> None:
    adapt(answer, name, name=name, theirs=theirs, ours=ours)
