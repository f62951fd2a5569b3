"""Triage: what a brain says, held against the ticket as it is."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.arguments import FieldsArguments, ReplyArguments
from bot.core.briefs import Brief
from bot.core.errors import Forbidden, Retry
from bot.core.ids import ActionName, Digest, Essence
from bot.core.languages import language_of
from bot.core.rejections import TurnedDown
from bot.core.reports import Report
from bot.core.tickets import Snapshot, Value
from bot.core.untrusted import Untrusted
from skills.triage import SKILL
from skills.triage.skill import CUT, HEAD_CHARS_MAX, TAIL_CHARS_MAX
from tests.skills.desk import ALLOWED, NOON, US, Tickets, answer, comment, desk, past, ticket

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))


def case(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: case(path)["says"])
async def test_each_case_comes_out_as_it_is_written_down(path: Path) -> None:
    it = case(path)
    labels = {v.id: v for choices in ALLOWED.choices for v in choices.values}
    fields = {name: tuple(labels[i] for i in ids) for name, ids in it["ticket"].pop("fields", {}).items()}
    answers = [answer(a.pop("field"), **a) for a in it["answers"]]
    at, _ = desk(*answers)

    report = await SKILL.run(Snapshot(ticket(**it["ticket"], fields=fields)), at)

    expect = it["expect"]
    assert {f.field: f.value.id for f in report.findings} == expect["findings"]
    wished = {name: [v["id"] for v in values] for name, values in sets(report).items()}
    assert wished == expect["sets"]
    for finding in report.findings:
        assert finding.value == labels[finding.value.id], "the label is the live one, not the brain's"
        assert finding.quote.raw == expect.get("quotes", {}).get(finding.field, "")


def sets(report: Report) -> dict[str, list[dict[str, str]]]:
    for wish in report.wishes:
        if wish.verb == "set_fields":
            fields = FieldsArguments.model_validate(wish.args).fields
            assert set(wish.before) == set(fields)
            return {name: [pick.model_dump() for pick in picks] for name, picks in fields.items()}
    return {}


async def test_a_wish_carries_what_stood_there_before() -> None:
    at, _ = desk(answer("category", "net"))
    before = (Value("hw", "Hardware"),)

    report = await SKILL.run(Snapshot(ticket(fields={"category": before})), at)

    assert report.wishes[0].before == {"category": before}
    assert report.wishes[0].confidence == 0.9
    assert not report.wishes[0].rests_on_last_public


async def test_a_draft_becomes_a_reply_that_rests_on_the_last_public_message() -> None:
    at, _ = desk(draft="Please restart the client.\u202e")

    report = await SKILL.run(Snapshot(ticket()), at)

    (wish,) = report.wishes
    assert wish.verb == "reply_publicly"
    assert ReplyArguments.model_validate(wish.args).text == "Please restart the client."
    assert wish.rests_on_last_public
    assert report.draft_source == "OPS-0"


@pytest.mark.parametrize("draft", [None, "", " \n\u200b "])
async def test_without_words_there_is_no_draft_and_no_wish(draft: str | None) -> None:
    at, _ = desk(draft=draft)

    report = await SKILL.run(Snapshot(ticket()), at)

    assert report.draft is None
    assert report.draft_source == ""
    assert report.wishes == ()


@pytest.mark.parametrize(
    ("snapshot", "why"),
    [
        (Snapshot(ticket(closed=True)), "brief.triage.closed"),
        (Snapshot(ticket(summary=" ", description="\n")), "brief.triage.empty"),
    ],
)
async def test_a_closed_or_empty_ticket_costs_no_model_call_and_no_search(
    snapshot: Snapshot, why: str
) -> None:
    tickets = Tickets()
    at, brain = desk(answer(), tickets=tickets)

    assert await SKILL.run(snapshot, at) == Report(brief=Brief(why)), "whoever asks is told why"
    assert (brain.asked, tickets.searches) == ([], 0)


async def test_a_ticket_without_a_summary_is_still_read() -> None:
    at, brain = desk(answer())

    report = await SKILL.run(Snapshot(ticket(summary="")), at)

    assert report.findings
    assert brain.asked[0].description.raw.startswith("The VPN")


async def test_of_a_megabyte_the_brain_reads_the_head_and_the_tail() -> None:
    text = "head " + "x" * (1 << 20) + " tail"
    at, brain = desk(answer(quote="x" * 50))

    await SKILL.run(Snapshot(ticket(description=text)), at)

    read = brain.asked[0].description.raw
    assert read.startswith("head ")
    assert read.endswith(" tail")
    assert len(read) == HEAD_CHARS_MAX + TAIL_CHARS_MAX + len(CUT)


@pytest.mark.parametrize("confidence", [math.nan, -0.1, 1.1, math.inf])
async def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    at, _ = desk(answer(confidence=confidence))

    assert (await SKILL.run(Snapshot(ticket()), at)).findings == ()


async def test_internal_notes_and_our_own_words_are_not_part_of_the_conversation() -> None:
    said = comment("It also hits my colleague")
    hidden = comment("She always exaggerates", public=False)
    ours = comment("We look into it", author=US)
    at, brain = desk()

    await SKILL.run(Snapshot(ticket(), (said, hidden, ours)), at)

    assert [text.raw for text in brain.asked[0].conversation] == ["It also hits my colleague"]


async def test_a_quote_may_come_from_the_conversation_over_a_line_break() -> None:
    at, _ = desk(answer(quote="hits my colleague"))

    report = await SKILL.run(Snapshot(ticket(), (comment("It also hits\nmy colleague"),)), at)

    assert report.findings[0].quote.raw == "hits my colleague"


async def test_the_brain_gets_what_was_found_without_the_ticket_itself_and_its_choice_is_shown() -> None:
    found = (past("OPS-1"), *(past(f"OPS-{n}") for n in range(20, 30)))
    at, brain = desk(tickets=Tickets(found=found))
    brain.says = replace(brain.says, similar=found[3:5])

    report = await SKILL.run(Snapshot(ticket()), at)

    assert brain.asked[0].similar == found[1:]
    assert report.similar == found[3:5]


async def test_a_search_we_may_not_make_leaves_the_rest_of_the_triage() -> None:
    at, _ = desk(answer(), tickets=Tickets(search_fails=Forbidden("no search")))

    assert (await SKILL.run(Snapshot(ticket()), at)).findings


async def test_a_busy_search_is_tried_again_by_the_caller() -> None:
    at, _ = desk(answer(), tickets=Tickets(search_fails=Retry("busy", after_s=1)))

    with pytest.raises(Retry):
        await SKILL.run(Snapshot(ticket()), at)


async def test_only_suggestible_fields_are_asked_about_in_their_order() -> None:
    at, brain = desk(suggestible=("labels", "category", "nonsense"))

    await SKILL.run(Snapshot(ticket()), at)

    assert [q.choices.field for q in brain.asked[0].fields] == ["labels", "category"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, mon écran ne s'allume plus depuis ce matin, merci de m'aider", "fr"),
        ("My screen does not turn on since this morning", "en"),
        ("", "en"),
        ("VPN", "en"),
        ("عندي مشكلة", "en"),
        ("Need a laptop", "en"),
        ("Mein Bildschirm geht seit heute Morgen nicht mehr an, bitte helfen Sie mir", "de"),
    ],
)
async def test_the_draft_is_in_the_requesters_language(text: str, language: str) -> None:
    assert (language_of(text) or "en") == language
    at, brain = desk()
    await SKILL.run(Snapshot(ticket(summary=text or "-", description=text)), at)
    assert brain.asked[0].language == language


def test_formatting_untrusted_text_by_accident_still_raises() -> None:
    with pytest.raises(TypeError):
        str(Untrusted("x"))


async def test_what_people_said_no_to_reaches_the_brain() -> None:
    at, brain = desk(answer("category", "net"))
    reason = Untrusted("it is the printer")
    no = TurnedDown(Digest("d"), Essence("e"), ActionName("jira.set_fields"), "Set it.", reason, NOON)

    await SKILL.run(Snapshot(ticket()), replace(at, turned_down=(no,)))

    assert brain.asked[-1].turned_down == (no,)
