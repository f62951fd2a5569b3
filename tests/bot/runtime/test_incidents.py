"""Signs of a flood as jobs: one message, whatever is repeated, lost or held up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.core.errors import Held, Malformed, Retry
from bot.core.events import CardPlace
from bot.core.ids import EventId
from bot.core.incidents import Flood, Incident, Member, Queue, read
from bot.runtime.envelopes import CHAT
from bot.runtime.incidents import FLOOD, LOOK, TELL, Around, IncidentJobs, sign_job
from bot.runtime.jobs import FAST, Job, Lease, Outcome
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.stops import Stops
from tests.audit_reading import AuditReader
from tests.bot.workbench import Hands
from tests.making import T0, after, unique

QUEUE = Queue("jira", "OPS")
PLACE = CardPlace(channel="C1", ts="1.5")


@dataclass
class Wall:
    """Takes messages; away as often as a test says."""

    away: int = 0
    posted: int = 0
    shown: list[Incident] = field(default_factory=list[Incident])
    meanwhile: Job | None = None
    """What another worker does while the message is on its way."""
    does: Callable[[Job], Awaitable[object]] | None = None

    async def show(self, queue: Queue, incident: Incident) -> CardPlace | None:
        assert queue == QUEUE
        if self.away:
            self.away -= 1
            raise Retry("away", after_s=0.01)
        if self.meanwhile is not None and self.does is not None:
            await self.does(self.meanwhile)
        self.posted += incident.place is None
        self.shown.append(incident)
        return PLACE


class Desk:
    """One replica's handlers, and what a worker does with what they return."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.redis, self.prefix = redis, prefix
        self.lanes, self.clock, self.wall, self.meters = Lanes(redis, prefix), Hands(), Wall(), Meters()
        self.jobs = self.handlers(self.wall)

    def handlers(self, wall: Wall | None) -> IncidentJobs:
        around = Around(
            lanes=self.lanes,
            clock=self.clock,
            meters=self.meters,
            stops=Stops(self.redis, self.prefix),
            message=wall,
            window=timedelta(minutes=30),
        )
        return IncidentJobs(around)

    async def runs(self, job: Job) -> Sequence[Job]:
        """Run one job as a worker would, and return what it led to."""
        while True:
            done = await self.jobs.handlers()[job.kind](lease_of(job))
            outcome = await self.lanes.commit(done.commit, audit=done.audit)
            if outcome is not Outcome.CONFLICT:
                return done.spawn

    async def known(self) -> Incident:
        _, document = await self.lanes.load(QUEUE.lane)
        assert document is not None
        (incident,) = read(document).known
        return incident


def lease_of(job: Job) -> Lease:
    return Lease(
        id=job.id,
        kind=job.kind,
        data=job.data,
        lane=job.lane,
        pool=job.pool,
        attempt=1,
        accepted_ms=0,
        entry="1-0",
        generation=1,
    )


def flood(*numbers: int, at: datetime = T0) -> Job:
    members = tuple(Member(str(n), f"OPS-{n}", "", after(n - 10)) for n in numbers)
    sign = Flood(
        id=unique("flood"), at=at, members=members, count=len(members), terms=("vpn", "gate"), shown=True
    )
    return sign_job(QUEUE, sign)


@pytest.fixture
def desk(redis: Redis, prefix: str) -> Desk:
    return Desk(redis, prefix)


def kinds(jobs: Sequence[Job]) -> list[str]:
    return [job.kind for job in jobs]


async def test_a_flood_leads_to_a_message_in_slacks_own_pool_and_to_a_look_when_it_may_be_over(
    desk: Desk,
) -> None:
    first = flood(1, 2, 3)
    assert (first.kind, first.pool, first.lane) == (FLOOD, FAST, QUEUE.lane)
    tell, look = await desk.runs(first)
    assert (tell.kind, tell.pool) == (TELL, CHAT)
    assert tell.lane not in {"", QUEUE.lane}, "a slow Slack holds up no decision"
    assert (look.kind, look.lane) == (LOOK, QUEUE.lane)
    assert look.delay_ms == (30 - 10 + 3) * 60_000
    assert kinds(await desk.runs(tell)) == []
    assert (await desk.known()).place == PLACE


async def test_told_again_it_is_brought_up_to_date_and_not_posted_again(desk: Desk) -> None:
    tell, _ = await desk.runs(flood(1, 2, 3))
    await desk.runs(tell)
    await desk.runs(tell)
    later = await desk.runs(flood(1, 2, 3, 4, at=after(5)))
    await desk.runs(later[0])
    assert desk.wall.posted == 1
    assert [each.count for each in desk.wall.shown] == [3, 3, 4]


async def test_while_slack_is_away_the_message_is_tried_again(desk: Desk) -> None:
    desk.wall.away = 2
    tell, _ = await desk.runs(flood(1, 2, 3))
    for _ in range(2):
        with pytest.raises(Retry):
            await desk.runs(tell)
    await desk.runs(tell)
    assert desk.wall.posted == 1


async def test_while_the_kill_switch_is_thrown_it_waits_however_long(desk: Desk) -> None:
    tell, _ = await desk.runs(flood(1, 2, 3))
    await desk.lanes.set_stop("*", "for a drill", b"{}")
    with pytest.raises(Held):
        await desk.runs(tell)
    assert desk.wall.shown == []


async def test_what_others_committed_between_post_and_place_is_kept(desk: Desk) -> None:
    tell, _ = await desk.runs(flood(1, 2, 3))
    desk.wall.meanwhile, desk.wall.does = flood(1, 2, 3, 4), desk.runs
    await desk.runs(tell)
    known = await desk.known()
    assert (known.place, known.count) == (PLACE, 4)


async def test_two_replicas_that_decide_at_once_make_one_of_it(desk: Desk) -> None:
    one, other = flood(1, 2, 3), flood(2, 3, 4)
    first = await desk.jobs.handlers()[FLOOD](lease_of(one))
    second = await desk.jobs.handlers()[FLOOD](lease_of(other))
    assert await desk.lanes.commit(first.commit, audit=first.audit) is Outcome.DONE
    assert await desk.lanes.commit(second.commit, audit=second.audit) is Outcome.CONFLICT
    assert kinds(await desk.runs(other)) == [LOOK], "the message follows later"
    assert (await desk.known()).count == 4


async def test_without_slack_nothing_is_shown_and_it_is_recorded(desk: Desk) -> None:
    tell, _ = await desk.runs(flood(1, 2, 3))
    desk.jobs = desk.handlers(None)
    assert await desk.runs(tell) == ()
    (record,) = await AuditReader(desk.redis, desk.prefix).records()
    assert record.what == "incident.noticed"
    assert record.trace


async def test_a_message_about_what_nobody_knows_any_more_is_none(desk: Desk) -> None:
    tell, _ = await desk.runs(flood(1, 2, 3))
    await desk.redis.delete(f"{desk.prefix}:doc:{QUEUE.lane}")
    assert await desk.runs(tell) == ()
    assert desk.wall.shown == []


async def test_a_sign_that_does_not_read_is_refused(desk: Desk) -> None:
    job = flood(1, 2, 3)
    with pytest.raises(Malformed):
        await desk.runs(Job(id="x", kind=job.kind, data=b"{}", lane=job.lane))


def test_the_same_sign_is_the_same_job() -> None:
    sign = Flood(id=EventId("f"), at=T0, members=(), count=0, terms=(), shown=False)
    assert sign_job(QUEUE, sign) == sign_job(QUEUE, sign)
    assert sign_job(QUEUE, sign).id != sign_job(Queue("jira", "HR"), sign).id
