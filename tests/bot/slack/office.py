"""The product's Slack side against a fake Slack: desk, cards, people, both Bolt apps and the edge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from redis.asyncio import Redis

from approvals.policy import Rulebook
from approvals.slack import SlackCards
from bot.clock import SystemClock
from bot.core.actions import Proposal, Receipt
from bot.core.effects import CountApproval, Effect, Ping, SetGrant, ShowCard, TellTalk, Whisper
from bot.core.events import Event, Executed, Failed
from bot.core.ids import Operation
from bot.runtime.acceptor import Acceptor
from bot.runtime.envelopes import CHAT, EFFECT, EVENT, FILL, SLACK, unseal
from bot.runtime.jobs import FAST
from bot.runtime.limiter import Limiter
from bot.runtime.pending import Pending
from bot.runtime.stops import KillSwitch
from bot.settings import SlackSettings
from bot.slack.client import SlackClient
from bot.slack.opening import Parts, open_slack
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message
from sandbox.slack.world import Acked
from tests.bot.records import Records
from tests.bot.workbench import Workbench
from tests.making import REF, claimed, finished, proposal, read, receipt, rulebook, started, unique

ROOM = "C0APPROVALS"


def settings_of(slack: SlackSandbox) -> SlackSettings:
    """What the environment would say to reach this Slack."""
    return SlackSettings(
        bot_token=SecretStr(slack.options.bot_token),
        app_token=SecretStr(slack.options.app_token),
        signing_secret=SecretStr(slack.options.signing_secret),
        mode="socket" if slack.options.mode == "socket" else "http",
        api_url=slack.api_url,
    )


class Office:
    """One replica's Slack side, with a worker that the test turns by hand."""

    def __init__(
        self,
        redis: Redis,
        prefix: str,
        slack: SlackSandbox,
        book: Rulebook,
        *,
        records: Records | None = None,
        **more: Any,
    ) -> None:
        """``more``: as ``Parts`` has it."""
        self.slack, self.world = slack, slack.world
        self.bench = Workbench(redis, prefix, book)
        self.bench.records = records or self.bench.records
        self.clock = SystemClock()
        settings = settings_of(slack)
        self.client = SlackClient(settings, Limiter(redis, prefix), self.bench.meters)
        pending = Pending(redis, self.bench.lanes, self.bench.journal, self.clock)
        self.switch = KillSwitch(self.bench.stops, pending, self.bench.journal, self.clock)
        parts = Parts(
            redis=redis,
            journal=self.bench.journal,
            lanes=self.bench.lanes,
            connectors={"jira": self.bench.records},
            clock=self.clock,
            switch=self.switch,
            meters=self.bench.meters,
            **more,
        )
        self.side, self.cards = open_slack(settings, self.client, parts)
        self._parts = settings, parts
        self.people = self.side.people
        self.acceptor = Acceptor(self.bench.lanes)

    def another_replica(self) -> SlackCards:
        """The cards of another process: it shares Redis and Slack, and nothing else."""
        settings, parts = self._parts
        return open_slack(settings, self.client, parts)[1]

    async def comes_up(self) -> None:
        """Learn who we are there."""
        await self.side.come_up(self.acceptor, self.bench.meters)

    async def asks(self, what: Proposal | None = None) -> Message:
        """Propose ``what`` and put its card up."""
        return await self.asks_for(what or proposal())

    async def asks_for(self, of: Proposal, *others: Proposal) -> Message:
        """Propose several things together and put their card up."""
        now = self.clock.now()
        await self.bench.happens(read(at=now), finished(of, *others, at=now, findings=()))
        await self.turns()
        return next(
            message
            for room in (ROOM, *(room for room in self.world.channels if room.startswith("D")))
            for message in self.world.messages(room)
            if of.id in str(message.metadata)
        )

    async def turns(self, rounds: int = 4) -> None:
        """Let the worker do what waits, but for what reads or writes tickets."""
        for _ in range(rounds):
            for lease in [*await self.bench.leases(FAST), *await self.bench.leases(CHAT)]:
                await self._handle(lease)

    async def _handle(self, lease: Any) -> None:
        done: Any
        match lease.kind:
            case str(kind) if kind == SLACK:
                done = await self.side.handle(lease)
            case str(kind) if kind == FILL:
                done = await self.side.fill(lease)
            case str(kind) if kind == EVENT:
                sealed = unseal(lease.data)
                done = await self.bench.journal.done(sealed.ref, sealed.body, sealed.trace)
            case str(kind) if kind == EFFECT:
                order = unseal(lease.data).body
                events = await self._told(order)
                for event in events:
                    await self.bench.happens(event)
                done = None
            case _:
                raise AssertionError(lease.kind)
        spawn, commit = (done.spawn, done.commit) if done is not None else ((), None)
        audit = done.audit if done is not None else ()
        await self.bench.lanes.finish(lease, spawn=spawn, commit=commit, audit=audit)

    async def _told(self, order: Effect) -> Sequence[Event]:
        """Carry out what is told to people; what reads, runs or writes is none of this office's business."""
        match order:
            case ShowCard():
                return await self.cards.show(REF, order)
            case Ping():
                return await self.cards.ping(REF, order)
            case Whisper():
                await self.cards.whisper(order)
                return ()
            case TellTalk():
                assert self.side.workflow is not None
                await self.side.workflow.settled(order)
                return ()
            case SetGrant():
                await self.bench.grants.set(order.grant)
                return ()
            case CountApproval():
                await self.bench.grants.count(order.shape, order.proposal)
                return ()
            case _:
                raise AssertionError(order)

    async def click(
        self, user: str, card: Message, action: str = "approval:approve", value: str | None = None
    ) -> Acked:
        """Press a button and let the worker see to it; ``value`` tells one of several apart."""
        acked = await self.world.click(user, card.channel, card.ts, action, value)
        await self.turns()
        return acked

    def tamper(self, card: Message, action: str, value: str) -> None:
        """Change what buttons carry, as nobody but Slack could."""
        for block in self.world.message(card.channel, card.ts).blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == action:
                    element["value"] = value

    def buttons(self, card: Message) -> list[str]:
        """What can be pressed on a card now, by label."""
        rows = [b for b in self.world.message(card.channel, card.ts).blocks if b["type"] == "actions"]
        return [element["text"]["text"] for row in rows for element in row["elements"]]

    async def carries_out(self, of: Proposal, *, fails: str = "") -> None:
        """Let the ticket system do what was approved, or refuse it with these words."""
        now = self.clock.now()
        dossier = await self.bench.happens(claimed(of, at=now))
        await self.bench.happens(started(of, writes=dossier.writes, at=now))
        if fails:
            await self.bench.happens(Failed(id=unique(), at=now, proposal=of.id, why=fails))
        else:
            proof = receipt(of) if "fields" in of.action.args else Receipt(Operation("CS-1"), "c1")
            await self.bench.happens(Executed(id=unique(), at=now, proposal=of.id, receipt=proof))
        await self.turns()

    async def done(self, of: Proposal | None = None, by: str = "U0ALICE") -> Message:
        """Ask for ``of``, let ``by`` approve it and have it carried out; returns its card."""
        what = of or proposal()
        card = await self.asks(what)
        await self.click(by, card)
        await self.carries_out(what)
        return self.world.message(card.channel, card.ts)

    def name(self, user: str) -> str:
        """What Slack calls somebody."""
        return self.world.users[user].real_name

    def directly(self, user: str) -> list[Message]:
        """What the bot wrote to this person directly."""
        room = f"D{user[1:]}"
        return self.world.messages(room) if room in self.world.channels else []

    def whispers(self, user: str) -> list[str]:
        """What this person alone was told."""
        return [message.text for message in self.world.ephemerals(user)]


@asynccontextmanager
async def office(
    redis: Redis,
    prefix: str,
    slack: SlackSandbox,
    book: Rulebook | None = None,
    *,
    records: Records | None = None,
    **more: Any,
) -> AsyncGenerator[Office]:
    """A running replica in HTTP mode."""
    rules = book or rulebook(approvals_channel=ROOM)
    place = Office(redis, prefix, slack, rules, records=records, **more)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/slack/events", place.side.receive)
    async with TestServer(app) as server:
        slack.deliver_to(str(server.make_url("/slack/events")))
        try:
            yield place
        finally:
            await place.side.close()


def shown(message: Message) -> str:
    """Everything a card says, as one string."""
    return json.dumps(message.blocks, ensure_ascii=False)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until ``holds``, for two seconds at most."""
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")
