"""Plans: steps that say who, how risky and what needs approval; changes out of live values or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from bot.core.errors import Forbidden
from bot.core.judgement import Judgement
from bot.core.passages import Field
from bot.core.reports import Report
from bot.core.tickets import Allowed, PastTicket, Snapshot, Ticket, Value
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from skills.plan import SKILL
from tests.skills.desk import (
    SUGGESTIBLE,
    Books,
    Brain,
    Pen,
    Shelves,
    Tickets,
    desk,
    passage,
    solved,
    ticket,
)

STEP = {"what": "Restart the client.", "owner": "requester", "risk": "none", "approval": False}
PLAN: dict[str, Any] = {"steps": [STEP], "sources": [{"mark": "A1", "quote": "Restart the client."}]}


class Closed(Tickets):
    """Nobody may see what can be set."""

    @override
    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        raise Forbidden(f"{ticket.key} {steps}")


def at(
    says: Any = None,
    *,
    books: tuple[Books, ...] = (),
    found: tuple[PastTicket, ...] = (),
    tickets: Tickets | None = None,
) -> Desk:
    plain = desk(tickets=tickets or Tickets(found=found), suggestible=SUGGESTIBLE)[0]
    brain = Brain(Judgement(brain="local", similar=found))
    return replace(plain, model=brain, writer=Pen(says) if says is not None else None, sources=books)


def said(report: Report) -> list[str]:
    assert report.brief is not None
    return [line.text.raw for line in report.brief.lines]


async def test_each_step_says_who_how_risky_and_what_needs_approval() -> None:
    says = {
        **PLAN,
        "steps": [STEP, {"what": "Wipe it.", "owner": "desk", "risk": "irreversible", "approval": False}],
    }
    report = await SKILL.run(Snapshot(ticket()), at(says, books=(Books((passage(),)),)))
    assert said(report) == [
        "1. Restart the client. (requester, no risk)",
        "2. Wipe it. (support desk, cannot be undone, needs approval)",
    ]
    assert report.brief is not None
    assert [each.title.raw for each in report.brief.references] == ["VPN drops"]
    assert report.wishes == ()


async def test_a_plan_without_a_source_that_holds_says_so() -> None:
    report = await SKILL.run(Snapshot(ticket()), at({**PLAN, "sources": []}))
    assert said(report)[-1] == "No runbook and no solved ticket backs this plan: check each step."


async def test_what_ought_to_be_set_is_wished_out_of_live_values_alone() -> None:
    now = ticket(fields={"category": (Value("hw", "Hardware"),), "labels": (Value("remote", "remote"),)})
    says = {
        **PLAN,
        "changes": [
            {"field": "category", "value": "network"},
            {"field": "category", "value": "Hardware"},
            {"field": "labels", "value": "vip"},
            {"field": "subcategory", "value": "VPN"},
            {"field": "assignee", "value": "admin"},
        ],
    }
    (wish,) = (await SKILL.run(Snapshot(now), at(says))).wishes
    assert wish.args == {
        "fields": {
            "category": [{"id": "net", "label": "Network"}],
            "labels": [{"id": "remote", "label": "remote"}, {"id": "vip", "label": "vip"}],
        }
    }
    assert wish.labels == {"category": "Category", "labels": "Labels"}
    assert wish.before == {"category": now.fields["category"], "labels": now.fields["labels"]}


@pytest.mark.parametrize("value", ["", "Mainframe", "net; drop table", "Hardware"])
async def test_a_value_that_is_not_live_or_not_new_is_left_out(value: str) -> None:
    now = ticket(fields={"category": (Value("hw", "Hardware"),)})
    says = {**PLAN, "changes": [{"field": "category", "value": value or "x"}]}
    assert (await SKILL.run(Snapshot(now), at(says))).wishes == ()


async def test_where_what_can_be_set_is_not_ours_to_see_the_plan_is_words_alone() -> None:
    says = {**PLAN, "changes": [{"field": "category", "value": "Network"}]}
    report = await SKILL.run(Snapshot(ticket()), at(says, tickets=Closed()))
    assert said(report)[0].startswith("1. Restart")
    assert report.wishes == ()


async def test_a_closed_ticket_is_not_set_to_anything() -> None:
    says = {**PLAN, "changes": [{"field": "category", "value": "Network"}]}
    assert (await SKILL.run(Snapshot(ticket(closed=True)), at(says))).wishes == ()


async def test_all_three_kinds_of_sources_are_asked() -> None:
    books = tuple(Books((), name=kind.value, about=kind) for kind in Field)
    await SKILL.run(Snapshot(ticket()), at(PLAN, books=books))
    assert [len(each.asked) for each in books] == [1, 1, 1]


async def test_without_a_model_the_runbooks_own_steps_are_given_and_not_judged() -> None:
    report = await SKILL.run(Snapshot(ticket()), at(books=(Books((passage(),)),), found=(solved(),)))
    assert said(report) == [
        "1. Restart the client.",
        "2. Sign in again.",
        "As written in the source below; nobody has judged who takes a step or how risky it is.",
    ]
    assert report.brief is not None
    assert [each.title.raw for each in report.brief.references] == ["VPN drops"]
    assert [each.title.raw for each in report.brief.also] == ["OPS-0: VPN drops"]
    assert (report.degraded, report.wishes) == ("no_key", ())


async def test_steps_that_the_excerpt_does_not_hold_come_from_the_whole_article() -> None:
    excerpts = tuple(replace(passage(text="It drops."), key=key, url=key) for key in ("KB1", "KB2", "KB3"))
    kb = Shelves(excerpts, whole={"KB2": "# What to do\n1. Restart the client."})
    report = await SKILL.run(Snapshot(ticket()), at(books=(kb,)))
    assert said(report)[0] == "1. Restart the client."
    assert kb.asked[1:] == [("read_article", "KB1"), ("read_article", "KB2")], "two at most"
    pen = at(PLAN, books=(kb,))
    await SKILL.run(Snapshot(ticket()), pen)
    assert isinstance(pen.writer, Pen)
    assert [p.text.raw for p in pen.writer.tasks[0].papers if p.label == "article"] == [
        "[A1] VPN drops\nIt drops.",
        "[A2] VPN drops\n# What to do\n1. Restart the client.",
        "[A3] VPN drops\nIt drops.",
    ]


@pytest.mark.parametrize("summary", ["Server slow", "Imprimante HS", "I need a new mouse"])
async def test_steps_of_what_is_about_something_else_are_no_plan(summary: str) -> None:
    books = (Books((passage("Outlook asks for the password again"),)),)
    found = (replace(solved(), summary=Untrusted("New starter in Purchasing")),)
    now = ticket(summary, "Hello,\n\nplease help me.\n\nKind regards")
    report = await SKILL.run(Snapshot(now), at(books=books, found=found))
    assert report.brief is not None
    assert (report.brief.title, said(report)) == ("brief.plan.none", [])
    assert len(report.brief.also) == 2, "a person may look for themselves"


async def test_without_a_runbook_the_nearest_answer_is_taken_apart() -> None:
    report = await SKILL.run(Snapshot(ticket()), at(found=(solved(),)))
    assert said(report)[:2] == ["1. Please restart the VPN client.", "2. It works after that."]


async def test_without_either_there_is_no_plan() -> None:
    prose = replace(passage(), text=Untrusted("All about VPN."))
    report = await SKILL.run(Snapshot(ticket()), at(books=(Books((prose,)),)))
    assert report.brief is not None
    assert (report.brief.title, report.brief.lines) == ("brief.plan.none", ())
    assert report.brief.references == ()
    assert [each.title.raw for each in report.brief.also] == ["VPN drops"]
