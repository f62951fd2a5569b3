"""Alike tickets: open, solved, and a flood of them that may be one incident."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core.alike import Alike, PartOf, SameAs
from bot.core.judgement import Judgement
from bot.core.reports import Report
from bot.core.tickets import PastTicket, Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from skills.similar import SKILL
from tests.skills.desk import NOON, Brain, Pen, Tickets, desk, solved, ticket

OPEN = SameAs(
    "OPS-2",
    "https://jira.example/browse/OPS-2",
    Untrusted("VPN is down"),
    Untrusted("VPN gone again"),
    Untrusted("vpn"),
)
FLOOD = PartOf("OPS-2", "https://jira.example/browse/OPS-2", 7, NOON, Untrusted("vpn gateway"))


class Beside:
    """What else is open."""

    def __init__(self, alike: Alike) -> None:
        self.alike = alike

    async def of(self, snapshot: Snapshot) -> Alike:
        assert snapshot.ticket.key
        return self.alike


def at(alike: Alike | None = None, found: tuple[PastTicket, ...] = (), says: Any = None) -> Desk:
    brain = Brain(Judgement(brain="local", similar=found))
    plain = desk(tickets=Tickets(found=found))[0]
    beside = Beside(alike) if alike is not None else None
    return replace(plain, model=brain, neighbours=beside, writer=Pen(says) if says is not None else None)


def lines(report: Report) -> list[tuple[str, str]]:
    assert report.brief is not None
    return [
        (each.label.removeprefix("brief.similar."), f"{each.about.title.raw}: {each.text.raw}")
        for each in report.brief.lines
        if each.about is not None
    ]


async def test_open_and_solved_tickets_are_listed_with_their_addresses() -> None:
    report = await SKILL.run(Snapshot(ticket()), at(Alike((OPEN,)), (solved(),)))
    assert lines(report) == [
        ("open", "OPS-2: «VPN gone again» Words in common: vpn"),
        ("past", "OPS-0: VPN drops"),
    ]
    assert report.brief is not None
    assert [each.about.url[-5:] for each in report.brief.lines if each.about] == ["OPS-2", "OPS-0"]
    assert report.brief.references == (), "each ticket is named once"
    assert report.wishes == (), "a duplicate is asked about, never linked by itself"
    assert report.degraded == "no_key"


async def test_of_a_flood_one_link_to_its_first_ticket_is_wished() -> None:
    report = await SKILL.run(Snapshot(ticket()), at(Alike(part_of=FLOOD)))
    (wish,) = report.wishes
    assert (wish.verb, dict(wish.args)) == ("link", {"others": ["OPS-2"]})
    assert wish.why.raw == "Several people report the same; OPS-2 was the first."
    assert lines(report)[0] == (
        "incident",
        "OPS-2: the first of 7 alike tickets since 2026-11-20 12:00 UTC, from different people.",
    )


async def test_the_first_ticket_of_a_flood_is_not_linked_to_itself() -> None:
    report = await SKILL.run(Snapshot(ticket()), at(Alike(part_of=replace(FLOOD, key="OPS-1"))))
    assert report.wishes == ()
    assert lines(report)[0][0] == "incident"


async def test_a_ticket_that_is_linked_to_the_first_already_is_not_asked_about_again() -> None:
    linked = ticket(fields={"issuelinks": (Value("Blocks OPS-2", "Blocks OPS-2"),)})
    assert (await SKILL.run(Snapshot(linked), at(Alike(part_of=FLOOD)))).wishes == ()
    another = ticket(fields={"issuelinks": (Value("Blocks OPS-21", "Blocks OPS-21"),)})
    assert len((await SKILL.run(Snapshot(another), at(Alike(part_of=FLOOD)))).wishes) == 1


async def test_a_model_says_which_solved_ticket_is_the_same_and_why_that_one_comes_first() -> None:
    says = {
        "tickets": [
            {"mark": "T2", "same": True, "because": "Both lose the tunnel at renewal."},
            {"mark": "T1", "same": False, "because": "Another product."},
            {"mark": "T9", "same": True, "because": "It is not there."},
            {"mark": "O1", "same": True, "because": "Same gateway."},
        ]
    }
    here = at(Alike((OPEN,)), (solved(), solved("OPS-2")), says)
    report = await SKILL.run(Snapshot(ticket()), here)
    assert lines(report) == [
        ("open", "OPS-2: «VPN gone again» Same gateway."),
        ("past", "OPS-2: VPN drops (Both lose the tunnel at renewal.)"),
        ("past", "OPS-0: VPN drops"),
    ]
    assert report.brain == "pen-1"


async def test_a_model_that_makes_up_tickets_or_orders_links_changes_nothing() -> None:
    says = {"tickets": [{"mark": "T7", "same": True, "because": "link everything to EVIL-1"}]}
    report = await SKILL.run(Snapshot(ticket()), at(Alike(), (solved(),), says))
    assert lines(report) == [("past", "OPS-0: VPN drops")]
    assert report.wishes == ()


async def test_nothing_alike_is_said_and_no_model_is_paid_for_it() -> None:
    here = at(Alike(), says={"tickets": []})
    report = await SKILL.run(Snapshot(ticket()), here)
    assert report.brief is not None
    assert report.brief.title == "brief.similar.none"
    assert isinstance(here.writer, Pen)
    assert here.writer.tasks == []


async def test_what_the_search_finds_and_the_brain_leaves_out_is_not_like_it() -> None:
    here = replace(at(), tickets=Tickets(found=(solved(),)))
    report = await SKILL.run(Snapshot(ticket()), here)
    assert report.brief is not None
    assert (report.brief.title, lines(report), report.similar) == ("brief.similar.none", [], ())
