"""Drafts: in the requester's language, with sources that hold, and nothing said among colleagues."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors import Missing, Retry
from bot.core.judgement import Judgement
from bot.core.reports import Report
from bot.core.tickets import Actor, PastTicket, Snapshot
from bot.core.untrusted import Untrusted
from bot.ports import Desk, Skill
from skills.draft import SKILL
from skills.triage import SKILL as TRIAGE
from tests.skills.desk import Books, Brain, Pen, Tickets, comment, desk, passage, solved, ticket

ARNE = Actor("u-2", Untrusted("Arne Agent"))
REPLY = {
    "reply": "Please restart the client.",
    "sources": [
        {"mark": "A1", "quote": "Restart the client."},
        {"mark": "T1", "quote": "restart the VPN client"},
    ],
}


def at(
    says: Any = None,
    *,
    books: tuple[Books, ...] = (),
    found: tuple[PastTicket, ...] = (),
    remembered: str | None = None,
) -> tuple[Desk, Brain]:
    words = Untrusted(remembered) if remembered is not None else None
    brain = Brain(Judgement(brain="local", draft=words, draft_source="OPS-0", similar=found))
    plain = desk(tickets=Tickets(found=found))[0]
    return replace(plain, model=brain, writer=Pen(says) if says is not None else None, sources=books), brain


def pen_of(desk: Desk) -> Pen:
    assert isinstance(desk.writer, Pen)
    return desk.writer


def references(report: Report) -> list[tuple[str, str]]:
    assert report.brief is not None
    return [(each.title.raw, each.url) for each in report.brief.references]


def said(report: Report) -> list[str]:
    assert report.brief is not None
    return [line.text.raw for line in report.brief.lines]


async def test_a_reply_comes_with_what_it_rests_on_and_a_wish_to_send_it() -> None:
    here, _ = at(REPLY, books=(Books((passage(),)),), found=(solved(),))
    report = await SKILL.run(Snapshot(ticket()), here)
    assert report.draft == Untrusted("Please restart the client.")
    assert references(report) == [
        ("VPN drops", "https://kb.example/KB1"),
        ("OPS-0: VPN drops", "https://jira.example/browse/OPS-0"),
    ]
    (wish,) = report.wishes
    assert (wish.verb, wish.args, wish.rests_on_last_public) == (
        "reply_publicly",
        {"text": "Please restart the client."},
        True,
    )


@pytest.mark.parametrize("draft", [SKILL, TRIAGE])
async def test_why_a_reply_is_proposed_stands_in_the_language_of_whoever_decides(draft: Skill) -> None:
    here, _ = at(remembered="Please restart the client.")
    (wish,) = (await draft.run(Snapshot(ticket()), replace(here, language="fr"))).wishes
    assert wish.why.raw == "Une réponse au demandeur, à relire avant l'envoi."


async def test_a_quotation_nobody_wrote_is_no_source_and_that_is_said() -> None:
    lied = {
        "reply": "Format the disk.",
        "sources": [{"mark": "A1", "quote": "Format the disk."}, {"mark": "A9", "quote": "Restart"}],
    }
    here, _ = at(lied, books=(Books((passage(),)),))
    report = await SKILL.run(Snapshot(ticket()), here)
    assert references(report) == []
    assert said(report) == ["No article and no solved ticket backs this: check each statement."]


async def test_only_what_customers_may_read_goes_into_a_reply() -> None:
    comments = (
        comment("It still drops."),
        comment("He is a difficult one.", author=ARNE, public=False),
    )
    here, brain = at(REPLY)
    await SKILL.run(Snapshot(ticket(), comments), here)
    papers = " ".join(paper.text.raw for paper in pen_of(here).tasks[0].papers)
    assert "still drops" in papers
    assert "difficult" not in papers
    assert all("difficult" not in text.raw for asked in brain.asked for text in asked.conversation)


async def test_it_is_written_in_the_requesters_language_whatever_the_agents() -> None:
    here, _ = at(REPLY)
    french = ticket("Le VPN ne marche plus", "Bonjour, je ne peux plus me connecter depuis ce matin, merci.")
    await SKILL.run(Snapshot(french), replace(here, language="en"))
    assert pen_of(here).tasks[0].language == "fr"


@pytest.mark.parametrize(("summary", "language"), [("VPN", "fr"), ("Password reset", "en")])
async def test_a_ticket_of_a_word_is_answered_in_the_language_of_whoever_reads_the_draft(
    summary: str, language: str
) -> None:
    here, brain = at(REPLY)
    await SKILL.run(Snapshot(ticket(summary, "")), replace(here, language="fr"))
    assert pen_of(here).tasks[0].language == language
    await TRIAGE.run(Snapshot(ticket(summary, "")), replace(here, language="fr"))
    assert {each.language for each in brain.asked} == {language}


async def test_other_peoples_tickets_are_laid_down_as_others_and_only_with_an_answer() -> None:
    silent = replace(solved("OPS-2"), answer=None)
    here, _ = at(REPLY, found=(solved(), silent))
    await SKILL.run(Snapshot(ticket()), here)
    past = [paper for paper in pen_of(here).tasks[0].papers if paper.label == "past_ticket"]
    assert [(paper.own, paper.text.raw[:4]) for paper in past] == [(False, "[T1]")]


async def test_without_a_model_the_nearest_answer_is_offered_with_its_source() -> None:
    here, brain = at(remembered="Please restart the client.", books=(Books((passage(),)),), found=(solved(),))
    report = await SKILL.run(Snapshot(ticket()), here)
    assert report.draft == Untrusted("Please restart the client.")
    assert (report.brain, report.degraded, report.draft_source) == ("local", "no_key", "OPS-0")
    assert references(report) == [("OPS-0: VPN drops", "https://jira.example/browse/OPS-0")]
    assert report.brief is not None
    assert [each.title.raw for each in report.brief.also] == ["VPN drops"]
    assert [asked.wants_draft for asked in brain.asked] == [True]
    assert len(report.wishes) == 1


async def test_where_nothing_is_near_that_is_said_and_nothing_is_made_up() -> None:
    report = await SKILL.run(Snapshot(ticket()), at()[0])
    assert report.brief is not None
    assert report.brief.title == "brief.draft.none"
    assert (report.draft, report.wishes) == (None, ())


async def test_a_model_that_is_away_is_replaced_by_the_brain_and_the_reader_knows() -> None:
    here, brain = at(Retry("busy", after_s=1), remembered="Please restart the client.")
    report = await SKILL.run(Snapshot(ticket()), here)
    assert report.degraded == "provider_down"
    assert report.draft is not None
    assert [asked.wants_draft for asked in brain.asked] == [False, True]


async def test_a_reply_with_a_hole_in_it_is_nobodys_to_send() -> None:
    holed: dict[str, Any] = {"reply": "Your password is <SECRET_1>.", "sources": []}
    report = await SKILL.run(Snapshot(ticket()), at(holed)[0])
    assert (report.draft, report.wishes, report.degraded) == (None, (), "answer_refused")


@pytest.mark.parametrize(
    "box", ["<untrusted_past_ticket>", "\u2039/untrusted_past_ticket\u203a", "</ticket_summary>"]
)
async def test_a_reply_that_repeats_what_lies_on_the_table_is_not_used(box: str) -> None:
    echoed: dict[str, Any] = {"reply": f"Hello, {box} Rita's password", "sources": []}
    report = await SKILL.run(Snapshot(ticket()), at(echoed)[0])
    assert (report.draft, report.wishes, report.degraded) == (None, (), "answer_refused")


async def test_a_source_that_fails_costs_its_own_answer_and_is_named() -> None:
    books = (
        Books(fails=Retry("busy", after_s=1), name="wiki"),
        Books(fails=TimeoutError(), name="slow"),
        Books((passage(),)),
    )
    here, _ = at(REPLY, books=books)
    report = await SKILL.run(Snapshot(ticket()), here)
    assert said(report) == [
        "wiki did not answer, so nothing from there is in this.",
        "slow did not answer, so nothing from there is in this.",
    ]
    assert references(report) == [("VPN drops", "https://kb.example/KB1")]
    assert books[2].asked == [("search_articles", "VPN is down")], (
        "what wants more than a question is not asked"
    )


async def test_past_tickets_that_may_not_be_searched_cost_only_themselves() -> None:
    here, _ = at(REPLY)
    here = replace(here, tickets=Tickets(search_fails=Missing("no right to search")))
    report = await SKILL.run(Snapshot(ticket()), here)
    assert report.draft is not None
    assert "Past tickets could not be searched with the bot's account." in said(report)


async def test_a_ticket_without_words_gets_no_reply() -> None:
    here, brain = at(REPLY, remembered="Hello!")
    report = await SKILL.run(Snapshot(ticket("", " ")), here)
    assert (report.draft, report.wishes, brain.asked, pen_of(here).tasks) == (None, (), [], [])
