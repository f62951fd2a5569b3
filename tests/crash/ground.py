"""Where it happens: vendors that outlive every bot, a real Redis, people, and a look at what there is."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

from redis.exceptions import RedisError

from bot.app import PREFIX
from bot.audit.export import Wanted
from bot.audit.verify import verify
from bot.auditing import export
from bot.core.actions import Risk
from bot.core.audit import Record
from bot.core.codec import decode
from bot.core.dossier import Dossier
from bot.core.errors import Retry
from bot.core.tickets import TicketRef
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.lanes import GROUP, Lanes
from bot.runtime.pump import LEASE_S
from bot.runtime.redis_client import command_client
from bot.thinking import history_in
from sandbox.slack import Acked, SlackSandbox
from sandbox.slack.rooms import Message
from tests.audit_reading import AuditReader
from tests.crash.hold import Hold
from tests.crash.nursery import Nursery
from tests.crash.picture import RECLAIMED, Picture, alone, straight, trail_of
from tests.crash.victim import START_S, Victim
from tests.stories.desks import SUMMARY, TEXT, Desk, make

CHANNEL: Final = "C0APPROVALS"
TAKEN: Final = (200, 202)
"""What a webhook is answered once it is stored."""
OUTWAIT: Final = """
local held = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])
for _, entry in ipairs(held) do
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, entry[1], 'IDLE', ARGV[3], 'JUSTID')
end
"""
"""Let a worker have been silent for so many ms; in one step, lest somebody take its jobs over in between."""
LOOK_S: Final = 0.02
SOON_S: Final = 1.5
"""A retry due within this time is still part of what happens now; nobody waits for it here."""
SETTLED_S: Final = 200.0
"""Longer than any vendor's settle time, shorter than any reminder."""
FILE: Final = """\
version: 1
slack: {approvals_channel: C0APPROVALS}
modes:
  - {mode: approve}
approvals:
  - match: {action: "*.add_internal_note"}
    allow: true
  - match: {action: "*.create"}
    allow: true
  - match: {action: "*"}
    ask: {approvers: [U0ALICE, U0BOB]}
limits: {actions_per_ticket_per_hour: 100}
brain: {learn_from_people: false}
"""


class Ground:
    """Vendors and Redis of one test. ``async with`` starts them; bots come and go."""

    def __init__(self, redis_url: str, folder: Path, *, shared: bool = True) -> None:
        """``shared``: whether bots are told of that Redis; else they start it themselves, as their own."""
        self.folder, self._redis_url, self._shared = folder, redis_url, shared
        self.redis: Any = command_client(redis_url)
        self.lanes = Lanes(self.redis, PREFIX, pools=ALL_POOLS)
        self.desks: list[Desk] = [make("cloud"), make("servicenow")]
        self.holds = {desk.name: Hold(desk) for desk in self.desks}
        self.slack = SlackSandbox(mode="http", retry_delays_s=(0.2, 0.5, 1.0, 2.0))
        self.port = free_port()
        self.bots: list[Victim] = []
        self._nursery = Nursery()
        self._audit = AuditReader(self.redis, PREFIX)

    async def __aenter__(self) -> Self:
        if self._shared:
            await self.redis.flushdb()
        (self.folder / "countersign.yaml").write_text(FILE)
        for desk in self.desks:
            desk.vendor.app.middlewares.append(self.holds[desk.name].middleware())
        await asyncio.gather(
            self._nursery.__aenter__(), self.slack.start(), *(desk.start() for desk in self.desks)
        )
        for desk in self.desks:
            desk.tell(f"http://127.0.0.1:{self.port}")
        self.slack.deliver_to(f"http://127.0.0.1:{self.port}/slack/events")
        return self

    async def __aexit__(self, *_: object) -> None:
        for hold in self.holds.values():
            hold.let_go.set()
        await asyncio.gather(*(bot.gone() for bot in self.bots))
        await self._nursery.__aexit__()
        await asyncio.gather(self.slack.stop(), *(desk.vendor.stop() for desk in self.desks))
        await self.redis.aclose()

    # -- bots ------------------------------------------------------------------------------------------------

    async def bot(self, role: str = "all", *, port: int = 0, name: str = "bot") -> Victim:
        """Start a bot and wait until it is up and has learned; ``name``: its folder.

        The leases of those who are dead by now have run out: nobody waits for the fifteen seconds here.
        """
        env = self.environment() | {"COUNTERSIGN_PORT": str(port or self.port)}
        config = str(self.folder / "countersign.yaml")
        with suppress(RedisError, OSError):  # it may be this bot that starts Redis
            await self.leases_run_out()
        bot = await Victim.born(self._nursery, self.folder / name, env, "--config", config, "--role", role)
        await self._up(bot)
        await self.leases_run_out()
        return bot

    async def as_usual(self) -> Victim:
        """Start the bot as everybody does, and wait as well."""
        env = self.environment() | {"COUNTERSIGN_PORT": str(self.port)}
        bot = await Victim.as_usual(
            self.folder / "usual", env, "--config", str(self.folder / "countersign.yaml")
        )
        await self._up(bot)
        return bot

    async def _up(self, bot: Victim) -> None:
        self.bots.append(bot)
        await bot.ready()
        await self.until(self._learned)

    def environment(self) -> dict[str, str]:
        """Return what contract §3 names, and nothing else."""
        env = {
            "REDIS_URL": self._redis_url if self._shared else "",
            "COUNTERSIGN_DATA": str(self.folder / "data"),
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.options.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.options.signing_secret,
        }
        for desk in self.desks:
            env |= desk.environment()
        return env

    def _learned(self) -> bool:
        history = history_in(self.folder / "data")
        return all(history.path(desk.name).exists() for desk in self.desks)

    # -- people ----------------------------------------------------------------------------------------------

    def opens(self, desk: Desk) -> str:
        """Open a ticket and return its key at once."""
        return desk.open(SUMMARY, TEXT)

    async def asked(self, desk: Desk) -> str:
        """Open a ticket, let the note and the card appear, and return its key."""
        key = self.opens(desk)
        await self.settles()
        return key

    async def undisturbed(self, desk: Desk) -> Picture:
        """Take a ticket from its opening to its end, with nobody dying, and return what there is then."""
        key = await self.asked(desk)
        (card,) = await self.cards(desk, key)
        assert (await self.approves(card)).ok
        await self.settles()
        return await self.picture(desk, key)

    async def approves(self, card: Message, *, by: str = "U0ALICE") -> Acked:
        """Press Approve, on a client that may not have heard of what happened since."""
        drawn = [card.blocks, *reversed(card.versions)]
        rows = [row for blocks in drawn for row in blocks if row["type"] == "actions"]
        button = next(each for row in rows for each in row["elements"] if each["text"]["text"] == "Approve")
        known = (button["action_id"], button["value"])
        return await self.slack.world.click(by, card.channel, card.ts, *known, stale=True)

    def told(self, user: str = "U0ALICE") -> list[str]:
        """Return what only ``user`` was told, oldest first."""
        return [message.text for message in self.slack.world.ephemerals(user)]

    # -- looking ---------------------------------------------------------------------------------------------

    async def dossier(self, desk: Desk, key: str) -> Dossier:
        """Return what the bot knows of a ticket."""
        ref = TicketRef(desk.name, _ident(desk, key))
        _, document = await self.lanes.load(ref.lane)
        assert document is not None, f"nothing is known of {key}"
        found: Dossier = decode(document)
        return found

    async def cards(self, desk: Desk, key: str) -> list[Message]:
        """Return the cards of a ticket, oldest first."""
        held = set((await self.dossier(desk, key)).tracked)
        return [card for card in self.slack.world.messages(CHANNEL) if _of(card) in held]

    async def audit(self) -> list[Record]:
        """Return what was recorded, oldest first."""
        return await self._audit.records()

    async def check_audit(self) -> None:
        """Export the audit as an operator does, check it as anybody can, and see that nothing is missing."""
        end = time.monotonic() + START_S
        # The turn to seal would be with one of the dead for some seconds more.
        await self.redis.delete(f"{PREFIX}:audit:sealer")
        while await self.redis.xlen(f"{PREFIX}:audit"):
            assert time.monotonic() < end, "nobody seals the audit"
            await asyncio.sleep(LOOK_S)
        file = BytesIO()
        await export(self.environment(), file, Wanted(), lambda _bytes: None)
        file.seek(0)
        checked = verify(file)
        assert checked.ok, checked.finding
        told = await self.audit()
        assert checked.records >= len(told), f"{checked.records} in the export, {len(told)} told"

    async def trails(self, desk: Desk, key: str) -> list[tuple[str, ...]]:
        """Return what the audit says about each proposal of a ticket; not how often it was taken over."""
        ticket = f"{desk.name}:{_ident(desk, key)}"
        ours = [each for each in await self.audit() if each.ticket == ticket and each.what != RECLAIMED]
        return [
            trail_of(ours, each) for each in dict.fromkeys(each.proposal for each in ours if each.proposal)
        ]

    async def picture(self, desk: Desk, key: str) -> Picture:
        """Return everything there is to compare about a ticket."""
        dossier, ident = await self.dossier(desk, key), _ident(desk, key)
        asked = [t for t in dossier.tracked.values() if t.proposal.action.risk is not Risk.NOTE]
        ours = [each for each in await self.audit() if each.ticket == f"{desk.name}:{ident}"]
        people = {str(t.proposal.id) for t in asked}
        notes = dict.fromkeys(each.proposal for each in ours if each.proposal and each.proposal not in people)
        return Picture(
            notes=tuple(alone(note) for note in desk.notes(key)),
            public=tuple(desk.public(key)),
            value=desk.value(key),
            writes=sum(ident.rpartition(":")[2] in each.path for each in desk.field_writes()),
            cards=tuple(_buttons(card) for card in await self.cards(desk, key)),
            held=tuple((t.proposal.action.name, t.status.value) for t in dossier.tracked.values()),
            trail=straight(trail_of(ours, *people)),
            noted=tuple(straight(trail_of(ours, note)) for note in notes),
            # A bot that comes up looks what it may have missed; hearing of a ticket twice is no fault.
            heard=Counter(each.what for each in ours if not each.proposal and each.because != "poll"),
        )

    # -- waiting ---------------------------------------------------------------------------------------------

    async def settles(self, *, within_s: float = SOON_S) -> None:
        """Wait until nothing happens any more, timers of the next ``within_s`` included."""
        quiet, end = 0, time.monotonic() + START_S
        while quiet < 2:
            assert time.monotonic() < end, f"still busy: {await self._busy()}; {self.bots[-1].said()}"
            await asyncio.sleep(LOOK_S)
            try:
                busy = await self._busy() or await self._ring(within_s)
            except (Retry, RedisError, OSError) as away:
                busy = str(away)
            quiet = 0 if busy else quiet + 1

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until ``holds``."""
        end = time.monotonic() + START_S
        while not holds():
            assert time.monotonic() < end, f"it never came true: {self.bots[-1].said()}"
            await asyncio.sleep(LOOK_S)

    async def dead(self) -> list[str]:
        """Return the dead letters, one line each."""
        return [f"{each.kind} {each.id}: {each.why}" for each in await self.lanes.dead.list()]

    async def forget_limits(self) -> None:
        """Give the bot a fresh minute of Slack's limits."""
        async for name in self.redis.scan_iter(f"{PREFIX}:limit:*"):
            await self.redis.delete(name)

    async def ends_well(self, tickets: Sequence[tuple[Desk, str]], usual: Mapping[str, Picture]) -> None:
        """Approve what still waits; then all of it must look as if nobody had died.

        ``usual``: by desk. A second copy of a card is no fault here: anything may have been under way.
        """
        for desk, key in tickets:
            card = (await self.cards(desk, key))[0]
            if "Approve" in _buttons(card):
                assert (await self.approves(card)).ok
        await self.settles(within_s=SETTLED_S)
        for desk, key in tickets:
            seen = await self.picture(desk, key)
            assert replace(seen, cards=tuple(dict.fromkeys(seen.cards))) == usual[desk.name], key
        assert await self.dead() == []
        await self.forget_limits()

    def taken_in(self, since: Mapping[str, int]) -> bool:
        """Whether every webhook sent since was taken in at the first try."""
        mine = [sent for desk in self.desks for sent in desk.deliveries.sent[since[desk.name] :]]
        return all(sent.statuses and sent.statuses[0] in TAKEN for sent in mine)

    def sent(self) -> dict[str, int]:
        """Return how many webhooks each vendor has sent so far."""
        return {desk.name: len(desk.deliveries.sent) for desk in self.desks}

    async def insist(self, since: Mapping[str, int]) -> None:
        """Send once more what was given up before anybody took it in, as vendors do later on."""
        for desk in self.desks:
            mine = desk.deliveries.sent[since[desk.name] :]
            again = [desk.deliveries.send(each.delivery) for each in mine if each.statuses[-1] not in TAKEN]
            await self.settles(within_s=SETTLED_S)
            assert all(each.statuses[-1] in TAKEN for each in again)

    async def leases_run_out(self) -> None:
        """Let Redis believe that the dead have been silent for longer than any lease."""
        for pool in ALL_POOLS:
            for name in await self.dead_workers(pool):
                silent_ms = int(2000 * LEASE_S)
                await self.redis.eval(OUTWAIT, 1, self.lanes.stream(pool), GROUP, name, silent_ms)

    async def dead_workers(self, pool: str) -> list[bytes]:
        """Return the workers that hold jobs of a pool and are no more, by their names in Redis."""
        living = [f"-{bot.process.pid}-".encode() for bot in self.bots if bot.process.returncode is None]
        known: list[dict[str, Any]] = await self.redis.xinfo_consumers(self.lanes.stream(pool), GROUP)
        names = [bytes(each["name"]) for each in known if each["pending"]]
        return [name for name in names if not any(mine in name for mine in living)]

    async def _busy(self) -> str:
        sending = self.slack.deliveries.under_way + sum(desk.deliveries.under_way for desk in self.desks)
        if sending:
            return f"{sending} deliveries"
        depths = await self.lanes.depths()
        jobs = {name: pool for name, pool in depths.pools.items() if pool.queued + pool.running + pool.behind}
        return str(jobs) if jobs else ""

    async def _ring(self, seconds: float) -> int:
        """Make every timer due that would be within ``seconds``; returns how many that were."""
        due, now = f"{PREFIX}:due", time.time() * 1000
        idents: list[Any] = await self.redis.zrangebyscore(due, "-inf", now + seconds * 1000)
        for ident in idents:
            await self.redis.zadd(due, {ident: now}, xx=True)
        return len(idents)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ident(desk: Desk, key: str) -> str:
    """Return what a ticket is called in a TicketRef."""
    return desk.vendor_id(key).replace("/", ":")


def _of(card: Message) -> str:
    return str(card.metadata.get("event_payload", {}).get("proposal", ""))


def _buttons(card: Message) -> tuple[str, ...]:
    rows = (block["elements"] for block in card.blocks if block["type"] == "actions")
    return tuple(button["text"]["text"] for row in rows for button in row)
