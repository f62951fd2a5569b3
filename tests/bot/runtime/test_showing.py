"""Whatever a skill finds, one person in Slack is shown no ticket that they might not ask about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.core.alike import Alike, PartOf, SameAs
from bot.core.errands import InSlack, OnTicket
from bot.core.judgement import Judgement, Question
from bot.core.tickets import PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from skills._papers import question_of
from tests.bot.runtime.errand_office import IN_SLACK, ON_TICKET, Office, errand
from tests.making import REF, T0, ticket

NOTHING = Untrusted("")
SNAPSHOT = Snapshot(ticket())


def past(key: str, queue: str = "OPS") -> PastTicket:
    return PastTicket(key, "", queue, NOTHING, NOTHING, {})


@dataclass
class Remembers:
    """A brain that has learned tickets of its own."""

    known: Judgement
    asked: list[Question] = field(default_factory=list[Question])

    async def judge(self, question: Question) -> Judgement:
        self.asked.append(question)
        return self.known


@dataclass
class Beside:
    """Tickets that are open as well."""

    alike: Alike

    async def of(self, snapshot: Snapshot) -> Alike:
        assert snapshot is SNAPSHOT
        return self.alike


def drafted(source: str, *similar: PastTicket, brain: str = "local") -> Judgement:
    return Judgement(brain=brain, draft=Untrusted("Try again."), draft_source=source, similar=similar)


def same(key: str, queue: str) -> SameAs:
    return SameAs(key, "", NOTHING, NOTHING, NOTHING, queue)


async def desk_of(office: Office, place: InSlack | OnTicket = IN_SLACK, /, **more: object) -> Desk:
    """Return the desk that a skill is given."""
    await office.runs(errand(place), **more)
    return office.skill.desks[-1]


async def judged(office: Office, known: Judgement, place: InSlack | OnTicket = IN_SLACK, /) -> Judgement:
    desk = await desk_of(office, place, model=Remembers(known))
    return await desk.model.judge(question_of(SNAPSHOT, (), (), wants_draft=True))


def finds(office: Office, monkeypatch: pytest.MonkeyPatch, solved: Sequence[PastTicket]) -> None:
    async def found(_ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        return tuple(solved[:limit])

    monkeypatch.setattr(office.bench.records, "similar", found)


async def test_solved_tickets_of_other_queues_are_shown_on_the_ticket_and_to_nobody_in_slack(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(office, monkeypatch, [past(f"{queue}-9", queue) for queue in ("OPS", "HR")])
    for place, queues in ((IN_SLACK, ["OPS"]), (ON_TICKET, ["OPS", "HR"])):
        desk = await desk_of(office, place)
        assert [past.queue for past in await desk.tickets.similar(ticket(), 5)] == queues
        assert (await desk.tickets.read(REF)).ticket.key == "OPS-1"
        assert (await desk.tickets.allowed(ticket())).choices


async def test_solved_tickets_that_the_person_may_not_see_are_not_found_for_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(office, monkeypatch, [past("OPS-8"), past("OPS-9")])
    office.door.hides = frozenset({"OPS-9"})
    for place, keys in ((IN_SLACK, ["OPS-8"]), (ON_TICKET, ["OPS-8", "OPS-9"])):
        desk = await desk_of(office, place)
        assert [each.key for each in await desk.tickets.similar(ticket(), 5)] == keys


async def test_what_a_brain_remembers_is_held_against_the_same(office: Office) -> None:
    office.door.hides = frozenset({"HR", "OPS-9", "nowhere"})
    known = Judgement(
        brain="local", similar=(past("OPS-8"), past("HR-3", "HR"), past("OPS-9"), past("X-1", ""))
    )
    assert [each.key for each in (await judged(office, known)).similar] == ["OPS-8"]
    assert (await judged(office, known, ON_TICKET)).similar == known.similar


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (drafted("OPS-8", past("OPS-8")), True),
        (drafted("OPS-8", past("OPS-8"), past("HR-3", "HR")), True),
        (drafted("HR-3", past("OPS-8"), past("HR-3", "HR")), False),
        (drafted("HR-3", past("OPS-8")), False),
        (drafted("OPS-8", past("OPS-8"), past("HR-3", "HR"), brain="a model"), False),
        (drafted("", past("OPS-8"), past("HR-3", "HR"), brain="a model"), False),
        (drafted("OPS-8", past("OPS-8"), brain="a model"), True),
        (drafted("How to reset a tunnel (https://kb.example/1)", past("OPS-8")), True),
        (drafted("How to reset a tunnel", past("HR-3", "HR")), True),
    ],
)
async def test_a_draft_goes_with_the_ticket_it_was_made_of(
    office: Office, known: Judgement, *, kept: bool
) -> None:
    office.door.hides = frozenset({"HR", "nowhere"})
    judgement = await judged(office, known)
    assert (judgement.draft is not None) is kept
    assert judgement.draft_source == (known.draft_source if kept else "")


async def test_the_queue_of_a_source_that_is_not_shown_is_looked_up(office: Office) -> None:
    office.door.hides = frozenset({"nowhere"})
    assert (await judged(office, drafted("OPS-1"))).draft is not None, "it is there, in OPS"
    office.door.hides = frozenset({"OPS"})
    assert (await judged(office, drafted("OPS-1"))).draft is None


async def test_open_tickets_alike_are_shown_as_far_as_the_person_may_see_them(office: Office) -> None:
    part = PartOf("OPS-2", "", 4, T0, NOTHING)
    alike = Alike((same("OPS-2", "OPS"), same("OPS-3", ""), same("HR-4", "HR"), same("OPS-5", "OPS")), part)
    for hidden, keys, told in (
        ({"HR"}, ["OPS-2", "OPS-3", "OPS-5"], part),
        ({"HR", "OPS-2"}, ["OPS-3", "OPS-5"], None),
        ({"HR", "OPS"}, [], None),
    ):
        office.door.hides = frozenset(hidden)
        desk = await desk_of(office, neighbours=Beside(alike))
        assert desk.neighbours is not None
        found = await desk.neighbours.of(SNAPSHOT)
        assert [each.key for each in found.same] == keys
        assert found.part_of == told
    on_ticket = await desk_of(office, ON_TICKET, neighbours=Beside(replace(alike)))
    assert on_ticket.neighbours is not None
    assert await on_ticket.neighbours.of(SNAPSHOT) == alike
