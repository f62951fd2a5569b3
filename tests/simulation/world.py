"""One seed from its beginning to its rest: replicas, vendors, people, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

from bot.core.tickets import Actor, Comment
from connectors.jira.place import Kind
from tests.simulation.chance import dice, seed_jitter
from tests.simulation.chat import Slack, Temper
from tests.simulation.facade import Shore, Weather
from tests.simulation.loop import VirtualLoop
from tests.simulation.people import ANSWER_S, Crowd
from tests.simulation.plan import APPROVERS, DIRECTORS, MANAGERS, NOON, Plan, Road
from tests.simulation.replica import SIGNING, Around, Replica, on_virtual_clock
from tests.simulation.server import Part, Server, on_virtual_time
from tests.simulation.skill import Wishes
from tests.simulation.tracker import (
    Issue,
    Tracker,
    webhook,
)
from tests.simulation.vendor import SECRET, Mood, Vendor

HOUR_S: Final = 3600.0
VENDOR_ANSWER_S: Final = 10.0
"""How long the vendor waits for the answer to a webhook."""
REDELIVER_S: Final = (300.0, 600.0, 900.0, 900.0, 900.0)
"""Jira Cloud sends a delivery again up to five times, 5 to 15 minutes apart
(https://developer.atlassian.com/cloud/jira/platform/webhooks/#retry-policy)."""
SKIP_FROM_S: Final = 2.0
"""Shorter pauses are lived through."""
REST_HOURS_MAX: Final = 24 * 20
"""Longer than any timer: a world that has not come to rest by then never will."""
PLACES: Final[tuple[Kind, ...]] = ("request", "desk", "project")
TRACE_LINES: Final = 400
"""At least so many of the last lines are kept."""
PART_CHARS_MAX: Final = 60
"""Of one argument in a line of the trace."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that the bot said it has taken."""

    at: float
    body: bytes
    delivery: str
    issue: str
    changed_at: float


class World:
    """Everything in one seed."""

    def __init__(self, plan: Plan, server: Server) -> None:
        on_virtual_time()
        self.plan = plan
        self.loop = VirtualLoop(plan.seed, start_s=NOON)
        on_virtual_clock(self.loop)
        seed_jitter(plan.seed)  # the product's own jitter
        self.dice = dice(plan.seed, "world")
        self.digest = hashlib.sha256()
        self.lines: list[str] = []
        self.events = 0
        self.shore = Shore(server, self.loop, dice(plan.seed, "shore"), self.trace)
        self.tracker = Tracker(dice(plan.seed, "tracker"), self.loop.wall, self._told)
        self.vendor = Vendor(self.tracker, self.loop, dice(plan.seed, "vendor"))
        self.slack = Slack(self.loop, dice(plan.seed, "slack"), self._shown)
        self.crowd = Crowd(self.slack, dice(plan.seed, "crowd"), self._to_slack, plan.clicks)
        self.crowd.spawn, self.crowd.secret = self._spawn, SIGNING
        self.crowd.old_drawings = plan.old_drawings
        self.replicas: list[Replica] = []
        self.accepted: list[Accepted] = []
        self.kills = 0
        self.lost_deliveries = 0
        self.begins: Callable[[World], None] = _nothing
        """Called once the replicas run: what happens from then on."""
        self._busy = 0
        self.is_calm = False
        self._deliveries = self._lives = 0
        self._at_rest: asyncio.Future[None] = self.loop.create_future()
        self.around = Around(
            loop=self.loop,
            shore=self.shore,
            vendor=self.vendor,
            slack=self.slack,
            skill=Wishes(plan.seed, plan.wishes, plan.skill_s),
            book=plan.book(),
            polls=plan.polls,
            dice=self.dice,
        )

    @property
    def faults(self) -> int:
        """How often something went wrong outside."""
        road = self.lost_deliveries + self.vendor.faults + self.slack.faults
        return road + self.shore.cuts + self.shore.restarts + self.kills

    @property
    def hours(self) -> float:
        """How long it has lasted."""
        return (self.loop.wall() - NOON) / HOUR_S

    def run(self) -> None:
        """Live until everything has come to rest."""
        self.loop.when_idle = self._idle
        self.loop.run_until_complete(self._lives_on())

    def end(self) -> None:
        """Take it down."""
        self.shore.closed = self.slack.closed = True
        self.loop.end()

    def trace(self, line: str, parts: Sequence[Part] = ()) -> None:
        """Write down what happened, for the digest and for whoever has to find out why."""
        self.events += 1
        at = f"{self.loop.wall() - NOON:.6f}"
        self.lines.append(f"{at} {line} {_shortened(parts)}".rstrip())
        # A commit's look-ups come from sets, so their order means nothing and may differ between processes.
        self.digest.update(f"{at} {line} {sorted(map(repr, parts))}".encode())
        if len(self.lines) > 20 * TRACE_LINES:
            del self.lines[: 10 * TRACE_LINES]

    # -- the course of things ------------------------------------------------------------------------------

    async def _lives_on(self) -> None:
        plan = self.plan
        for person in plan.people():
            self.slack.people[person.id] = person
        self.slack.set_group(MANAGERS, frozenset(APPROVERS[:2]))
        self.slack.set_group(DIRECTORS, frozenset(APPROVERS[2:]))
        for _ in range(plan.replicas):
            self._start()
        self._set_moods(plan.weather, plan.mood, plan.temper)
        for number in range(plan.tickets):
            self.at_random(0.5, partial(self._opens, number))
        self.begins(self)
        await self._at_rest

    def at_random(self, share: float, callback: Callable[[], None]) -> None:
        """Let something happen within the first ``share`` of the world's time; early things are likelier."""
        span = self.plan.hours * HOUR_S * share
        self.loop.outside_in(span * self.dice.random() ** 2, callback)

    def _set_moods(self, weather: Weather, mood: Mood, temper: Temper) -> None:
        self.shore.weather, self.vendor.mood, self.slack.temper = weather, mood, replace(temper)

    def calms(self) -> None:
        """From here on nothing goes wrong any more, and nobody does anything: what has begun has to end."""
        self.trace("calm")
        plan = self.plan
        self._set_moods(
            Weather(latency_s=plan.weather.latency_s),
            Mood(slow_s=plan.mood.slow_s),
            Temper(slow_s=plan.temper.slow_s),
        )
        self.is_calm = self.crowd.tired = True
        for number, replica in enumerate(self.replicas):
            if replica.ended:
                self.replicas[number] = self._born(replica.life.name.partition(".")[0])

    def _idle(self) -> None:
        """Sleep through the time in which nobody does anything; find out when it is all over."""
        if self._busy or self.shore.entries or self.shore.in_flight or self.shore.down_until:
            return
        outside, due = self.loop.next_outside(), self.shore.next_due
        if outside is None and math.isinf(due):
            if self.is_calm and not self._at_rest.done():
                self._at_rest.set_result(None)
            return
        if self.is_calm and self.hours > self.plan.hours + REST_HOURS_MAX:
            self._at_rest.set_exception(AssertionError("it never comes to rest"))
        gap = min(due, math.inf if outside is None else outside) - self.loop.wall()
        if gap > SKIP_FROM_S:
            self.loop.skip(gap - SKIP_FROM_S / 2)

    # -- replicas ------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self.replicas.append(self._born(f"r{len(self.replicas)}"))

    def _born(self, slot: str) -> Replica:
        self._lives += 1
        replica = Replica(f"{slot}.{self._lives}", self.around)
        replica.start()
        self.trace(f"{replica.life.name} starts")
        return replica

    def alive(self) -> list[Replica]:
        """Return the replicas that take requests."""
        return [each for each in self.replicas if each.life.alive]

    def crash(self, *, gently: bool) -> None:
        """End one replica, and let it come back after a while."""
        alive = self.alive()
        if not alive:
            return
        victim = self.dice.choice(alive)
        self.trace(f"{victim.life.name} {'stops' if gently else 'dies'}")
        if gently:
            victim.stop()
        else:
            victim.kill()
            self.kills += 1
        self.loop.outside_in(self.dice.choice((1.0, 20.0, 300.0)), lambda: self._returns(victim))

    def _returns(self, gone: Replica) -> None:
        if gone not in self.replicas:
            return
        gone.kill()  # a gentle stop that has not ended by now is ended as container platforms do
        self.replicas[self.replicas.index(gone)] = self._born(gone.life.name.partition(".")[0])

    # -- the road of webhooks and clicks -------------------------------------------------------------------

    def _spawn(self, work: Awaitable[None]) -> None:
        """Do something outside; time is not skipped meanwhile."""

        async def doing() -> None:
            self._busy += 1
            try:
                await work
            finally:
                self._busy -= 1

        self.loop.go(doing())

    async def _ask(self, replica: Replica, work: Coroutine[Any, Any, Any], patience_s: float) -> Any:
        """Return what ``replica`` answers; None when it does not in time, or breaks."""
        task = self.loop.create_task(work, context=replica.life.context())
        await asyncio.wait({task}, timeout=patience_s)
        if not task.done() or task.cancelled():
            return None
        error = task.exception()
        if error is not None:
            self.loop.failures.append(f"the edge broke: {type(error).__name__}: {error}")
            return None
        return task.result()

    async def _to_slack(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str] | None:
        alive = self.alive()
        if not alive:
            return None
        await asyncio.sleep(self.dice.random() * 0.2)
        replica = self.dice.choice(alive)
        answer = await self._ask(replica, replica.slack(headers, body), ANSWER_S)
        self.trace(f"slack to {replica.life.name}: {answer}")
        return cast("tuple[int, str] | None", answer)

    def _told(self, issue: Issue, what: str, by: Actor, comment: Comment | None) -> None:
        """Let the vendor tell the bot, by a road that may be slow, forgetful, or stutter."""
        body = as_json(webhook(issue, what, by, comment))
        self._deliveries += 1
        known = Accepted(0.0, body, f"delivery-{self._deliveries}", issue.id, self.loop.wall())
        self.trace(f"{issue.key} {what} by {by.id} v{issue.version}")
        road = self._road
        times = 2 if self.dice.random() < road.doubled else 1
        for _ in range(times):
            self.loop.outside_in(
                self.dice.random() * road.slow_s, lambda: self._spawn(self._deliver(known, 0))
            )

    @property
    def _road(self) -> Road:
        return Road(slow_s=self.plan.road.slow_s) if self.is_calm else self.plan.road

    async def _deliver(self, known: Accepted, failures: int) -> None:
        digest = hmac.new(SECRET.encode(), known.body, hashlib.sha256).hexdigest()
        headers = {
            "X-Hub-Signature": f"sha256={digest}",
            "X-Atlassian-Webhook-Identifier": known.delivery,
        }
        alive, road = self.alive(), self._road
        status: int | None = None
        if alive and self.dice.random() >= road.lost:
            replica = self.dice.choice(alive)
            status = await self._ask(replica, replica.webhook(headers, known.body), VENDOR_ANSWER_S)
            self.trace(f"{known.delivery} to {replica.life.name}: {status}")
        if status in {200, 202}:
            self.accepted.append(replace(known, at=self.loop.wall()))
            if self.dice.random() >= road.unanswered:
                return
        self.lost_deliveries += 1
        if failures < len(REDELIVER_S):
            again_s = REDELIVER_S[failures]
            self.loop.outside_in(again_s, lambda: self._spawn(self._deliver(known, failures + 1)))

    def _shown(self, message: Any) -> None:
        self.trace(f"slack {message.channel} {message.ts} shows {message.now.text!r}")
        self.crowd.sees(message)

    # -- what happens to tickets ---------------------------------------------------------------------------

    def _opens(self, number: int) -> None:
        place = self.dice.choice(PLACES)
        self.tracker.open(f"Printer {number} burns", f"It is room {self.dice.randint(1, 99)}.", place)

    def some_issue(self) -> Issue | None:
        """Return a ticket that is still there."""
        there = [each for each in self.tracker.issues.values() if not each.deleted]
        return self.dice.choice(there) if there else None


def _nothing(world: World) -> None:
    raise AssertionError(f"seed {world.plan.seed}: nobody said what happens in this world")


def _shortened(parts: Sequence[Part]) -> str:
    told = (part if isinstance(part, str) else repr(part) for part in parts)
    return " ".join(each if len(each) <= PART_CHARS_MAX else f"{each[:PART_CHARS_MAX]}…" for each in told)


def as_json(body: Mapping[str, Any]) -> bytes:
    """Return ``body`` as it travels."""
    return json.dumps(body).encode()
