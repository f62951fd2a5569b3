"""A flood's tickets: one card on the first asks whether to link the others, or the audit says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from approvals.policy import NOTE_PATTERN, Match, Rule, Rulebook
from approvals.set_card import ITEMS_MAX
from bot.core.dossier import Dossier, Status
from bot.core.effects import Execute, ShowCard
from bot.core.errors import Held, Missing, Retry
from bot.core.ids import ActionName
from bot.core.incidents import Incident, Incidents, Member, Propose, Queue, sealed, written
from bot.core.modes import Mode
from bot.core.requests import Requested
from bot.core.tickets import Value
from bot.ports import ActionType
from bot.runtime.envelopes import CHAT, unseal
from bot.runtime.incident_links import Around, IncidentLinks
from bot.runtime.incidents import PROPOSE
from bot.runtime.jobs import FAST, VENDOR, Commit, Done, Job, Outcome
from connectors.jira.actions.link import ACTION
from tests.bot.records import Records
from tests.bot.runtime.errand_office import lease_of
from tests.bot.workbench import Workbench
from tests.making import REF, T0, after, asking, rulebook, ticket

QUEUE = Queue("jira", "OPS")
JOB = Job("j", PROPOSE, sealed(QUEUE, Propose(f"link:{REF.id}", REF.id)), pool=VENDOR)


class Linkable(Records):
    """Records that can be linked as Jira's issues can."""

    @property
    @override
    def actions(self) -> Mapping[ActionName, ActionType]:
        return {**super().actions, ACTION.name: ACTION}


@dataclass
class Open:
    """Says which tickets are open."""

    closed: set[str] = field(default_factory=set[str])

    async def still_open(self, queue: Queue, members: Sequence[Member]) -> tuple[Member, ...]:
        assert queue == QUEUE
        return tuple(each for each in members if each.id not in self.closed)


class Office:
    """A flood of tickets, the first of which is the workbench's."""

    def __init__(self, redis: Redis, prefix: str, book: Rulebook | None = None) -> None:
        self.bench = Workbench(redis, prefix, book or rulebook())
        self.bench.records = Linkable()
        self.open, self.connected = Open(), True

    async def flood(self, count: int = 4, **more: Any) -> None:
        """Write down that a flood was called out."""
        first = Member(REF.id, "OPS-1", "", T0)
        others = tuple(Member(str(n), f"OPS-{n}", "", after(n)) for n in range(2, count + 1))
        incident = Incident(
            id=REF.id, since=T0, until=after(count), members=(first, *others), count=count, terms=("vpn",)
        )
        document = written(Incidents(QUEUE, (replace(incident, **more),)))
        write = Commit(key=QUEUE.lane, expected_version=0, document=document)
        assert await self.bench.lanes.commit(write) is Outcome.DONE

    async def runs(self) -> Done:
        """Run the job as a worker would, its record kept."""
        around = Around(
            connectors={"jira": self.bench.records} if self.connected else {},
            watch=self.open,
            lanes=self.bench.lanes,
            journal=self.bench.journal,
            clock=self.bench.clock,
            meters=self.bench.meters,
            stops=self.bench.stops,
        )
        done = await IncidentLinks(around).handlers()[PROPOSE](lease_of(JOB, T0.timestamp()))
        for record in done.audit:
            await self.bench.lanes.add_record(record)
        return done

    async def asks(self) -> Requested:
        """Run it, and return what reaches the first ticket's lane."""
        (job,) = (await self.runs()).spawn
        assert (job.lane, job.pool) == (REF.lane, FAST)
        request = unseal(job.data).body
        assert isinstance(request, Requested)
        return request

    async def withholds(self) -> str:
        """Run it, and return why nobody is asked."""
        done = await self.runs()
        assert not done.spawn
        (record,) = await self.bench.audit()
        assert (record.what, record.ticket) == ("incident.withheld", f"jira:{REF.id}")
        return str(record.because)


@pytest.fixture
def office(redis: Redis, prefix: str) -> Office:
    return Office(redis, prefix)


def named(request: Requested) -> list[Any]:
    return [each.action.args["others"] for each in request.proposals]


def cards(dossier: Dossier) -> set[str]:
    return {each.card_of for each in dossier.tracked.values()}


async def test_the_first_ticket_is_asked_about_with_a_link_to_each_of_the_others_on_one_card(
    office: Office,
) -> None:
    await office.flood()
    request = await office.asks()
    assert named(request) == [["OPS-2"], ["OPS-3"], ["OPS-4"]]
    assert {each.action.target for each in request.proposals} == {REF}
    assert request.proposals[0].says == "Link the ticket to OPS-2 (Relates)."
    assert request.proposals[0].why.raw.startswith("One of 4 alike tickets from different people since 2026")
    dossier = await office.bench.happens(request)
    assert {each.status for each in dossier.tracked.values()} == {Status.PENDING}
    assert cards(dossier) == {request.proposals[0].id}
    assert len([each for each in await office.bench.waiting(CHAT) if isinstance(each, ShowCard)]) == 1


async def test_the_audit_says_who_asks_for_what_and_holds_no_words(office: Office) -> None:
    await office.flood()
    request = await office.asks()
    (record,) = await office.bench.audit()
    assert (record.what, record.actor, record.event) == ("incident.proposed", "skill:similar", request.id)
    assert record.details == {"queue": "OPS", "proposals": [each.id for each in request.proposals]}
    assert "vpn" not in str(record)
    assert record.trace


async def test_a_job_that_runs_twice_asks_once(office: Office) -> None:
    await office.flood()
    first = await office.asks()
    office.bench.clock.passes(seconds=30)
    again = await office.asks()
    assert again.id == first.id
    assert [each.id for each in again.proposals] == [each.id for each in first.proposals]
    once = await office.bench.happens(first)
    twice = await office.bench.happens(again)
    assert twice.tracked.keys() == once.tracked.keys()
    assert cards(twice) == cards(once)


async def test_a_job_that_runs_twice_while_tickets_close_still_asks_once(office: Office) -> None:
    await office.flood()
    first = await office.asks()
    office.open.closed = {"2"}
    again = await office.asks()
    assert named(again) == [["OPS-3"], ["OPS-4"]]
    once = await office.bench.happens(first)
    assert (await office.bench.happens(again)).tracked.keys() == once.tracked.keys()


async def test_what_is_closed_meanwhile_or_linked_already_is_left_out(office: Office) -> None:
    await office.flood(5)
    office.open.closed = {"3"}
    office.bench.records.somebody_sets(issuelinks=(Value("Blocks OPS-4", "Blocks OPS-4"),))
    assert named(await office.asks()) == [["OPS-2"], ["OPS-5"]]


async def test_when_no_other_is_left_nobody_is_asked(office: Office) -> None:
    await office.flood()
    office.open.closed = {"2", "3", "4"}
    assert await office.withholds() == "no other ticket of it is left to link"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"closed": True}, "its first ticket is closed"),
        ({"restricted": True}, "few may read its first ticket"),
        ({"queue": "HR"}, "its first ticket is in another queue"),
    ],
)
async def test_a_first_ticket_that_is_none_of_theirs_any_more_is_not_asked_about(
    office: Office, now: Any, why: str
) -> None:
    await office.flood()
    office.bench.records.tickets[REF.id] = replace(ticket(), **now)
    assert await office.withholds() == why


async def test_a_first_ticket_that_is_gone_is_not_asked_about(office: Office) -> None:
    await office.flood()
    office.bench.records.unreadable = [Missing("no record")]
    assert await office.withholds() == "its first ticket cannot be read: Missing"


async def test_a_system_that_is_not_set_up_any_more_is_not_asked_about(office: Office) -> None:
    await office.flood()
    office.connected = False
    assert await office.withholds() == "its system is not set up any more"


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW, Mode.SUGGEST])
async def test_below_the_mode_approve_nobody_is_asked(redis: Redis, prefix: str, mode: Mode) -> None:
    office = Office(redis, prefix, rulebook(mode=mode))
    await office.flood()
    assert await office.withholds() == f"mode is {mode.value}"


@pytest.mark.parametrize("scope", ["*", "connector:jira", "skill:similar"])
async def test_while_it_is_stopped_it_waits_and_asks_afterwards(office: Office, scope: str) -> None:
    await office.flood()
    await office.bench.lanes.set_stop(scope, "for a drill", b"{}")
    with pytest.raises(Held):
        await office.runs()
    await office.bench.lanes.set_stop(scope, "", b"{}")
    assert len(named(await office.asks())) == 3


async def test_while_the_system_is_away_it_is_tried_again(office: Office) -> None:
    await office.flood()
    office.bench.records.unreadable = [Retry("busy", after_s=1)]
    with pytest.raises(Retry):
        await office.runs()
    assert await office.bench.audit() == []
    assert len(named(await office.asks())) == 3


async def test_a_card_holds_no_more_than_it_shows(redis: Redis, prefix: str) -> None:
    office = Office(redis, prefix, replace(rulebook(), actions_per_ticket_per_hour=100))
    await office.flood(60)
    assert len(named(await office.asks())) == ITEMS_MAX


@pytest.mark.parametrize(("limit", "spent", "asked"), [(5, 0, 5), (5, 2, 3), (5, 9, 1), (1, 0, 1)])
async def test_no_more_is_asked_than_the_tickets_ceiling_lets_happen(
    redis: Redis, prefix: str, limit: int, spent: int, asked: int
) -> None:
    office = Office(redis, prefix, replace(rulebook(), actions_per_ticket_per_hour=limit))
    await office.flood(30)
    await office.bench.becomes(Dossier(REF, acted_at=(after(-90), *[T0] * spent)))
    assert len(named(await office.asks())) == asked


async def test_a_key_that_the_verb_does_not_take_costs_none_of_the_others(office: Office) -> None:
    odd = Member("9", "<!channel>", "", after(1))
    good = Member("2", "OPS-2", "", after(2))
    await office.flood(members=(Member(REF.id, "OPS-1", "", T0), odd, good))
    assert named(await office.asks()) == [["OPS-2"]]


async def test_a_flood_that_nobody_knows_any_more_is_none(office: Office) -> None:
    done = await office.runs()
    assert (done.spawn, done.audit) == ((), ())


@pytest.mark.parametrize("mode", [Mode.APPROVE, Mode.AUTO])
async def test_it_is_never_carried_out_without_a_click_whatever_a_rule_allows(
    redis: Redis, prefix: str, mode: Mode
) -> None:
    allows = Rule(name="links", match=Match(action="jira.link", skill="similar"), allow=True)
    asks = Rule(name="all", match=Match(action="*"), ask=asking())
    office = Office(redis, prefix, rulebook(allows, asks, mode=mode))
    await office.flood()
    dossier = await office.bench.happens(await office.asks())
    assert {each.status for each in dossier.tracked.values()} == {Status.PENDING}
    assert not [each for each in await office.bench.waiting(VENDOR) if isinstance(each, Execute)]


async def test_what_a_rule_denies_is_on_no_card(redis: Redis, prefix: str) -> None:
    denies = Rule(name="links", match=Match(action="*.link"))
    notes = Rule(name="notes", match=Match(action=NOTE_PATTERN), allow=True)
    office = Office(redis, prefix, rulebook(notes, denies))
    await office.flood()
    dossier = await office.bench.happens(await office.asks())
    assert {each.status for each in dossier.tracked.values()} == {Status.DENIED}
    assert await office.bench.waiting(CHAT) == []


async def test_the_reason_is_in_the_language_of_shared_cards(redis: Redis, prefix: str) -> None:
    office = Office(redis, prefix, replace(rulebook(), language="fr"))
    await office.flood()
    assert (await office.asks()).proposals[0].why.raw.startswith("L'un de 4 tickets semblables")
