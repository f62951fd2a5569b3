"""One replica: the product's own parts over the simulated network, put together as ``bot.app`` does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from aiohttp import web
from pydantic import SecretStr
from redis.asyncio import Redis

from approvals.policy import Rulebook
from bot.core.ids import SlackUserId
from bot.ports import Connector, Skill
from bot.runtime import journal as journal_module
from bot.runtime import pools as pools_module
from bot.runtime import pump as pump_module
from bot.runtime.acceptor import Acceptor
from bot.runtime.ceiling import Ceiling
from bot.runtime.effects import Effects, Outside
from bot.runtime.envelopes import ALL_POOLS, CHAT, DELIVERY, EFFECT, EVENT, FILL, SLACK, unseal
from bot.runtime.executor import Executor
from bot.runtime.gates import Gates
from bot.runtime.grants import Grants
from bot.runtime.intake import Reader, Receiver
from bot.runtime.jobs import FAST, MODEL, VENDOR, Done, Lease
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.outcomes import Outcomes
from bot.runtime.pending import Pending
from bot.runtime.poller import Poller
from bot.runtime.pump import Handler, Worker
from bot.runtime.stops import KillSwitch, Stops
from bot.settings import SlackSettings
from bot.slack.client import SlackClient
from bot.slack.opening import Parts, open_slack
from bot.slack.stand_ins import StandIn, StandIns
from tests.simulation.chance import Dice
from tests.simulation.chat import Slack, SlackLine
from tests.simulation.facade import Shore
from tests.simulation.loop import Life, VirtualLoop
from tests.simulation.skill import NoModel
from tests.simulation.vendor import Vendor

PREFIX: Final = "{sim}"
ROOM: Final[Mapping[str, int]] = {FAST: 4, MODEL: 2, VENDOR: 3, CHAT: 2}
"""Small, so that pools fill up."""
BLOCK_MS: Final = 2000
"""A blocking read ends when something comes; how long an empty one lasts only costs turns of the loop."""
TICK_S: Final = 1.0
"""Between two looks for timers; the product looks four times as often and is that much more punctual."""
SIGNING: Final = "slack signs with this"


class ReplicaClock:
    """A replica's own clock, a little off. Fills the port ``Clock``."""

    def __init__(self, loop: VirtualLoop, skew_s: float) -> None:
        self._loop, self._skew_s = loop, skew_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=round(self._loop.wall() + self._skew_s, 6))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What all replicas share."""

    loop: VirtualLoop
    shore: Shore
    vendor: Vendor
    slack: Slack
    skill: Skill
    book: Rulebook
    polls: bool
    dice: Dice


class Posted:
    """As much of an HTTP request as the edge reads."""

    def __init__(self, headers: Mapping[str, str], body: bytes, connector: str = "") -> None:
        self.headers, self._body = dict(headers), body
        self.match_info = {"connector": connector}
        self.content_length = len(body)

    async def read(self) -> bytes:
        return self._body


class Replica:
    """One process, from its start to its end."""

    def __init__(self, name: str, around: Around) -> None:
        self.life = Life(name)
        self._around = around
        self._redis = cast("Redis", around.shore.client(self.life))
        self._reader = cast("Redis", around.shore.client(self.life, retries=0))
        self.clock = ReplicaClock(around.loop, around.dice.uniform(-0.5, 0.5))
        self.meters = Meters()
        self.lanes = Lanes(self._redis, PREFIX, pools=ALL_POOLS)
        self.lanes.name = name
        self.journal = Journal(self.lanes, around.book, self.clock, self.meters)
        self.stops = Stops(self._redis, PREFIX)
        pending = Pending(self._redis, self.lanes, self.journal, self.clock)
        self.switch = KillSwitch(self.stops, pending, self.journal, self.clock)
        self.acceptor = Acceptor(self.lanes)
        self.connectors: dict[str, Connector] = {around.vendor.name: around.vendor}
        self.receiver = Receiver(self.connectors, self.acceptor, self.clock, self.meters)
        line = cast("SlackClient", SlackLine(around.slack))
        parts = Parts(
            redis=self._redis,
            journal=self.journal,
            lanes=self.lanes,
            connectors=self.connectors,
            clock=self.clock,
            switch=self.switch,
        )
        self.side, self.cards = open_slack(_slack_settings(), line, parts)
        self.worker = Worker(self.lanes, self._reader, clock=self.clock)
        self._poller = Poller(around.vendor, self.lanes, self._redis, self.clock)
        self.ended = False

    def start(self) -> None:
        """Start it, in a life of its own."""
        go = self._around.loop.go
        go(self._work(), self.life)
        go(self.side.come_up(self.acceptor, self.meters), self.life)
        if self._around.polls:
            go(self._poller.run(), self.life)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.life.alive = False
        self.ended = True

    def stop(self) -> None:
        """Ask it to end, as SIGTERM does."""
        self.worker.stop()
        self._around.shore.wake_all()

    async def lend(self, of: str, by: str, until: datetime) -> None:
        """Let ``by`` decide in place of ``of``, as the App Home does."""
        stand_in = StandIn(of=SlackUserId(of), by=SlackUserId(by), until=until)
        await StandIns(self._redis, PREFIX).set(stand_in)

    async def webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take a delivery of the vendor's; returns the status."""
        posted: Any = Posted(headers, body, self._around.vendor.name)
        return (await self.receiver.receive(cast("web.Request", posted))).status

    async def slack(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Take a request of Slack's; returns the status and the body."""
        posted: Any = Posted(headers, body)
        answer = await self.side.receive(cast("web.Request", posted))
        return answer.status, answer.text or ""

    async def _work(self) -> None:
        while True:
            try:
                await self.lanes.ensure_groups()
                break
            except Exception:  # noqa: BLE001  # as bot.app: it waits for Redis, however long that is away
                await self.clock.sleep(1.0)
        effects, handlers = self._handlers()
        await self.worker.run(handlers, ROOM, effects.given_up)
        self.life.alive = False
        self.ended = True

    def _handlers(self) -> tuple[Effects, dict[str, Handler]]:
        around = self._around
        grants = Grants(self._redis, PREFIX)
        executor = Executor(
            journal=self.journal,
            connectors=self.connectors,
            gates=Gates(self.stops, grants, Ceiling(self._redis, PREFIX), self.clock),
            clock=self.clock,
            meters=self.meters,
        )
        outside = Outside(
            connectors=self.connectors,
            skills={around.skill.name: around.skill},
            model=NoModel(),
            cards=self.cards,
            executor=executor,
            grants=grants,
            journal=self.journal,
            stops=self.stops,
            outcomes=Outcomes(self._redis, PREFIX),
        )
        effects = Effects(outside, self.clock, self.meters)
        return effects, {
            DELIVERY: Reader(self.connectors, self.journal).handle,
            EVENT: self._event,
            EFFECT: effects.handle,
            SLACK: self.side.handle,
            FILL: self.side.fill,
        }

    async def _event(self, lease: Lease) -> Done:
        sealed = unseal(lease.data)
        return await self.journal.done(sealed.ref, sealed.body, sealed.trace)


def on_virtual_clock(loop: VirtualLoop) -> None:
    """Let what the product measures on the monotonic clock be measured on the loop's, in this process."""
    for module, name, value in (
        (journal_module, "monotonic", loop.time),
        (pools_module, "monotonic", loop.time),
        (pools_module, "BLOCK_MS", BLOCK_MS),
        (pump_module, "_TICK_S", TICK_S),
    ):
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        setattr(module, name, value)


def _slack_settings() -> SlackSettings:
    return SlackSettings(
        bot_token=SecretStr("xoxb-simulated"),
        app_token=SecretStr(""),
        signing_secret=SecretStr(SIGNING),
        mode="http",
        api_url="https://slack.example.com/api/",
    )
