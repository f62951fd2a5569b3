"""What a skill found out, as one person sees it: others' words stay text, links are ours, Slack takes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.limits import faults_of_message
from bot.core.briefs import Brief, BriefLine, Reference
from bot.core.errands import Errand, InSlack, OnTicket, Place
from bot.core.ids import EventId
from bot.core.reports import Report
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES, say
from bot.slack.briefs import Private, Replies
from bot.slack.briefs_drawing import LINES_MAX, Sheet, cut, told
from bot.slack.telling import Telling
from tests.approvals.drawing import faults_by_schema, faults_by_sdk
from tests.bot.slack.office import ROOM, Office
from tests.making import ALICE, ticket

HOSTILE = (
    "<!channel> <@U0ALICE> *Approved by Alice* <https://evil.example|click> ![x](https://evil.example/i.png)"
)
BRIEF = Brief(
    "brief.summary.title",
    (BriefLine("brief.summary.what", Untrusted("It burns.")), BriefLine("", Untrusted("Plain."))),
    (Reference(Untrusted("KB1: fires"), "https://kb.example.com/1"), Reference(Untrusted("a runbook"))),
)


def elements(sheet: Sheet, kind: str) -> list[dict[str, Any]]:
    """Every part of this type, however deep."""
    found: list[dict[str, Any]] = []

    def keep(part: dict[str, Any]) -> dict[str, Any]:
        found.extend([part] if part.get("type") == kind else [])
        return part

    json.loads(json.dumps(sheet.blocks), object_hook=keep)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_brief_says_what_where_and_by_whom(language: str) -> None:
    sheet = told(ticket(), Report(brief=BRIEF, brain="local"), language)
    assert sheet.text.startswith(f"OPS-1: {say(language, 'brief.summary.title')}")
    assert "It burns." in str(sheet.blocks)
    links = {each["url"]: each["text"] for each in elements(sheet, "link")}
    assert links == {
        "https://jira.example.com/browse/OPS-1": "OPS-1",
        "https://kb.example.com/1": "KB1: fires",
    }
    assert say(language, "brief.by.record") in str(sheet.blocks)
    assert faults_by_schema("KnownBlocks", sheet.blocks) == []
    assert faults_by_sdk(sheet.blocks) == []


def test_a_draft_stands_apart_as_a_quotation() -> None:
    sheet = told(ticket(), Report(draft=Untrusted("Dear Rita")), "en")
    (quotation,) = elements(sheet, "rich_text_quote")
    assert quotation["elements"] == [{"type": "text", "text": "Dear Rita"}]


def test_words_of_others_are_text_wherever_they_stand() -> None:
    brief = Brief(
        "brief.summary.title",
        (
            BriefLine("brief.summary.what", Untrusted(HOSTILE)),
            BriefLine("", Untrusted(f"{HOSTILE}\n{HOSTILE}")),
        ),
        (Reference(Untrusted(HOSTILE), "https://kb.example.com/1"), Reference(Untrusted(HOSTILE))),
    )
    sheet = told(ticket(), Report(brief=brief, draft=Untrusted(HOSTILE), brain=HOSTILE), "en")
    assert "<" not in sheet.text
    assert not [each for each in elements(sheet, "mrkdwn") if "<" in each["text"]]
    assert {each["url"] for each in elements(sheet, "link")} == {
        "https://jira.example.com/browse/OPS-1",
        "https://kb.example.com/1",
    }
    assert not [each for kind in ("user", "broadcast", "channel", "image") for each in elements(sheet, kind)]


def test_a_link_never_looks_like_one_to_somewhere_else() -> None:
    brief = Brief(
        "brief.summary.title", (), (Reference(Untrusted("https://bank.example"), "https://kb.example.com/1"),)
    )
    sheet = told(ticket(), Report(brief=brief), "en")
    assert [each["text"] for each in elements(sheet, "link") if "kb" in each["url"]] == ["kb.example.com"]


def test_a_line_about_a_ticket_leads_there_and_the_rest_of_it_stays_text() -> None:
    about = Reference(Untrusted("OPS-0"), "https://jira.example.com/browse/OPS-0")
    line = BriefLine("brief.similar.past", Untrusted(HOSTILE), about)
    sheet = told(ticket(), Report(brief=Brief("brief.similar.title", (line,))), "en")
    assert [each["text"] for each in elements(sheet, "link")] == ["OPS-1", "OPS-0"]
    assert "Solved before: OPS-0: " in sheet.text
    assert "<" not in sheet.text


@given(st.lists(st.text(max_size=5000), max_size=60), st.text(max_size=50_000))
def test_however_long_slack_takes_it(lines: list[str], draft: str) -> None:
    about = Reference(Untrusted(draft), "https://kb.example.com/1")
    both = tuple(BriefLine("", Untrusted(each), about if n % 2 else None) for n, each in enumerate(lines))
    brief = Brief("brief.summary.title", both, (about,), (about,))
    sheet = told(ticket(), Report(brief=brief, draft=Untrusted(draft)), "en")
    assert faults_of_message(sheet.text, sheet.blocks) == []
    assert len(sheet.blocks) <= LINES_MAX + 4


@given(st.integers(3_980, 4_000), st.text(alphabet="a&<>;", min_size=20, max_size=40))
def test_a_text_is_never_cut_inside_an_escaped_character(before: int, text: str) -> None:
    escaped = "a" * before + text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    short = cut(escaped)
    assert len(short) <= 4_000
    rest = short.removesuffix("…").replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


def errand(place: Place) -> Errand:
    return Errand(
        id=EventId("x"),
        skill="summary",
        connector="jira",
        key="OPS-1",
        person=ALICE,
        language="fr",
        place=place,
    )


async def test_the_answer_is_for_one_person_in_the_thread_where_they_asked(place: Office) -> None:
    replies = Replies(Private(place.client), Telling(place.cards, "en"))
    thread = place.world.say(ALICE, ROOM, "what is up with it?").ts
    here = InSlack(channel=ROOM, user=ALICE, team="T0MAIN", thread_ts=thread)
    await replies.told(errand(here), ticket(), Report(brief=BRIEF))
    message = place.world.ephemerals(ALICE)[-1]
    assert (message.thread_ts, message.for_user) == (thread, ALICE)
    assert not [each for each in place.world.messages(ROOM) if "burns" in str(each.blocks)]


async def test_who_is_not_in_the_channel_is_told_directly(place: Office) -> None:
    replies = Replies(Private(place.client), Telling(place.cards, "en"))
    for channel in ("C0RANDOM", "C0NOWHERE", "", "D0ALICE"):
        before = len(place.directly(ALICE))
        here = InSlack(channel=channel, user=ALICE, team="T0MAIN")
        await replies.failed(errand(here), "errand.no_ticket", {"key": "<!here>"})
        assert len(place.directly(ALICE)) == before + 1
        assert "&lt;!here&gt;" in place.directly(ALICE)[-1].text
        assert place.directly(ALICE)[-1].text.startswith("Il n'y a pas de ticket")


async def test_what_was_asked_on_the_ticket_is_not_told_in_slack(place: Office) -> None:
    replies = Replies(Private(place.client), Telling(place.cards, "en"))
    await replies.told(errand(OnTicket(comment="c1")), ticket(), Report(brief=BRIEF))
    await replies.failed(errand(OnTicket(comment="c1")), "errand.broke", {})
    assert not place.whispers(ALICE)
    assert not place.directly(ALICE)
