"""The world of a story: the whole bot on a real Redis, fake vendors over HTTP, and people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self, TypeGuard

import aiohttp

from bot.app import PREFIX, Bot, Role
from bot.brain.history import Remembered
from bot.core.audit import Record
from bot.runtime.redis_client import command_client
from bot.thinking import history_in
from sandbox.anthropic import AnthropicSandbox
from sandbox.slack import Acked, SlackSandbox, Submitted
from sandbox.slack.rooms import Message
from tests.audit_reading import AuditReader
from tests.stories.desks import SUMMARY, TEXT, Desk, make

CHANNEL: Final = "C0APPROVALS"
PATIENCE_S: Final = 30.0
"""For what has to come true at all: no promise about time is measured by it, and machines stand still."""
LOOK_S: Final = 0.005
OK: Final = 200
SOON_S: Final = 1.5
"""A retry that is due within this time is still part of what happens now; nobody waits for it here."""
NOTES: Final = "approvals[0]"
"""The rule of :class:`Plan` that lets notes pass."""


@dataclass(frozen=True)
class Plan:
    """What a story's bot is started with."""

    desk: str = "cloud"
    """``cloud``, ``dc`` or ``servicenow``."""
    slack: str = "socket"
    """``socket`` or ``http``."""
    channel: str = CHANNEL
    mode: str = "approve"
    ask: str = "approvers: [U0ALICE, S0MANAGERS]"
    """The inside of the rule that asks."""
    rules: str = ""
    """Rows of ``approvals`` that come before it."""
    more: str = ""
    """Other top-level keys of the file."""
    slack_more: str = ""
    """Other keys of ``slack``, each behind a comma."""
    model: bool = False
    """Whether there is a model provider."""
    env: dict[str, str] = field(default_factory=dict[str, str])

    def file(self) -> str:
        """Return ``countersign.yaml``."""
        return f"""\
version: 1
slack: {{approvals_channel: "{self.channel}"{self.slack_more}}}
modes:
  - {{mode: {self.mode}}}
approvals:
  - match: {{action: "*.add_internal_note"}}
    allow: true
{self.rules}  - match: {{action: "*"}}
    ask: {{{self.ask}}}
{self.more}
"""


class Card:
    """One card in the approvals channel, or one item of a card that shows a set."""

    def __init__(self, world: World, message: Message, item: str = "") -> None:
        self._world, self._message, self._item = world, message, item

    @property
    def items(self) -> list[Card]:
        """Each proposal on it by itself, in the order in which they stand there."""
        idents = [b["block_id"].partition(":")[0] for b in self._blocks() if ":set:" not in b["block_id"]]
        return [Card(self._world, self._message, ident) for ident in dict.fromkeys(idents)]

    @property
    def text(self) -> str:
        """Everything a person reads on it, the notification's text first."""
        return "\n".join([*([] if self._item else [self._now.text]), *_texts(self._blocks())])

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons."""
        rows = (block["elements"] for block in self._blocks() if block["type"] == "actions")
        return [button["text"]["text"] for row in rows for button in row]

    @property
    def _now(self) -> Message:
        return self._world.slack.world.message(self._message.channel, self._message.ts)

    def _blocks(self) -> list[dict[str, Any]]:
        return [block for block in self._now.blocks if self._is_mine(block)]

    def _is_mine(self, block: dict[str, Any]) -> bool:
        ident = str(block["block_id"])
        return not self._item or (ident.startswith(f"{self._item}:") and ":set:" not in ident)

    async def click(self, button: str, *, by: str, stale: bool = False) -> Acked:
        """Press a button; ``stale``: on a client that still shows an earlier drawing."""
        drawn = [self._message.blocks, *reversed(self._message.versions)]
        found = next(
            b
            for blocks in drawn
            for row in blocks
            if row["type"] == "actions" and self._is_mine(row)
            for b in row["elements"]
            if b["text"]["text"] == button
        )
        people = self._world.slack.world
        user, place = f"U0{by.upper()}", (self._message.channel, self._message.ts)
        return await people.click(user, *place, found["action_id"], found["value"], stale=stale)

    async def submit(self, *, by: str, **typed: str) -> Submitted:
        """Send the form that is open for ``by``; a value is a text, or the label of an option."""
        people, user = self._world.slack.world, f"U0{by.upper()}"
        await self._world.until(lambda: any(b["type"] == "input" for b in self.form(by)["blocks"]))
        blocks = {block["block_id"]: block for block in self.form(by)["blocks"]}
        values = {_block_of(blocks, name): value for name, value in typed.items()}
        state = {block: _typed(blocks[block]["element"], value) for block, value in values.items()}
        return await people.submit_view(user, people.open_views(user)[-1].id, state)

    def form(self, by: str) -> dict[str, Any]:
        """Return the form that is open for ``by``."""
        return self._world.slack.world.open_views(f"U0{by.upper()}")[-1].body


class World:
    """Everything a story needs. ``async with`` starts it and takes it down."""

    def __init__(self, plan: Plan, redis_url: str, folder: Path) -> None:
        self.plan, self._redis_url, self._folder = plan, redis_url, folder
        self.desk: Desk = make(plan.desk)
        self.slack = SlackSandbox(mode=plan.slack, retry_delays_s=(0.05, 0.1, 0.2))
        self.anthropic = AnthropicSandbox()
        self._db = redis_url.partition("?db=")[2] or "0"
        self.redis: Any = command_client(redis_url)
        """``Any``: redis-py leaves half of its commands untyped."""
        self.bots: list[Bot] = []
        self._audit = AuditReader(self.redis, PREFIX)
        self._calls_before = 0
        self.may_leave_dead_letters = False
        """A story that ends with dead letters says so; in every other one they are a bug."""

    @property
    def bot(self) -> Bot:
        """The bot that was started last."""
        return self.bots[-1]

    # -- starting and stopping -----------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        try:
            await self.redis.flushdb()
            await asyncio.gather(self.desk.start(), self.slack.start(), self.anthropic.start())
            await self.start_bot()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_bot()
        await asyncio.gather(self.desk.vendor.stop(), self.slack.stop(), self.anthropic.stop())
        await self.redis.aclose()

    async def start_bot(self, role: Role = "all", *, ready: bool = True, **changes: Any) -> Bot:
        """Start a bot, or another one on the same Redis, and wait until it is up and has learned."""
        plan = replace(self.plan, **changes)
        file = self._folder / f"countersign-{len(self.bots)}.yaml"
        file.write_text(plan.file())
        # As `countersign run` does: files are read before the loop runs.
        bot = await asyncio.to_thread(Bot, self.environment(plan), file, role=role)
        self.bots.append(bot)
        self._calls_before = len(self.slack.exchanges)
        await bot.__aenter__()
        self.desk.tell(bot.url)
        self.slack.deliver_to(f"{bot.url}/slack/events")
        if ready:
            await self.until(self._is_up)
        return bot

    async def stop_bot(self) -> None:
        """Stop all bots, as SIGTERM does."""
        running, self.bots = self.bots, []
        stopping = [asyncio.ensure_future(bot.__aexit__(None, None, None)) for bot in running]
        while not all(each.done() for each in stopping):
            # A worker looks whether it should stop only between two blocking reads of half a second.
            for client in await self.redis.client_list():
                if client["cmd"] == "xreadgroup" and client["db"] == self._db:
                    await self.redis.client_unblock(int(client["id"]))
            await asyncio.sleep(LOOK_S)
        await asyncio.gather(*stopping)

    def environment(self, plan: Plan) -> dict[str, str]:
        """Return what contract §3 names, and nothing else."""
        env = {
            **self.desk.environment(),
            "REDIS_URL": self._redis_url,
            "COUNTERSIGN_DATA": str(self._folder / "data"),
            "COUNTERSIGN_PORT": "0",
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.options.bot_token,
        }
        if plan.slack == "http":
            env["SLACK_SIGNING_SECRET"] = self.slack.options.signing_secret
        else:
            env["SLACK_APP_TOKEN"] = self.slack.options.app_token
        if plan.model:
            env |= {"ANTHROPIC_API_KEY": self.anthropic.api_key, "ANTHROPIC_BASE_URL": self.anthropic.url}
        return env | plan.env

    def _is_up(self) -> bool:
        learned = history_in(self._folder / "data").path(self.desk.name).exists()
        heard = self.plan.slack == "http" or bool(self.slack.sockets.connections)
        calls = self.slack.exchanges[self._calls_before :]
        known = any(call.path == "/api/auth.test" and call.status == OK for call in calls)
        return learned and heard and known

    # -- people --------------------------------------------------------------------------------------------

    async def ticket(self, summary: str = SUMMARY, text: str = TEXT) -> str:
        """Open a ticket and let everything happen that follows from it."""
        key = self.desk.open(summary, text)
        await self.settles()
        return key

    def cards(self) -> list[Card]:
        """Return the cards in the approvals channel, oldest first."""
        return [Card(self, message) for message in self.slack.world.messages(CHANNEL)]

    def items(self) -> list[Card]:
        """Return every proposal in the approvals channel by itself."""
        return [item for card in self.cards() for item in card.items]

    def card(self) -> Card:
        """Return the only card there is."""
        cards = self.cards()
        assert len(cards) == 1, f"{len(cards)} cards: {[card.text for card in cards]}"
        return cards[0]

    def fields_card(self) -> Card:
        """Return what asks for fields, of two on one card or two cards."""
        return next(item for item in self.items() if "Post Reply" not in item.buttons)

    def reply_card(self) -> Card:
        """Return what asks for a reply, of two on one card or two cards."""
        return next(item for item in self.items() if "Post Reply" in item.buttons)

    def direct_card(self, person: str) -> Card:
        """Return the only card in the direct messages with ``person``."""
        (message,) = self.slack.world.messages(f"D0{person.upper()}")
        return Card(self, message)

    def note(self, key: str) -> str:
        """Return the newest note of the bot."""
        return self.desk.notes(key)[-1]

    def told(self, person: str) -> list[str]:
        """Return what only ``person`` was told."""
        user = f"U0{person.upper()}"
        direct = self.slack.world.channels.get(f"D0{person.upper()}")
        said = [m for m in direct.messages if m.user == "U0BOT"] if direct else []
        return [message.text for message in [*self.slack.world.ephemerals(user), *said]]

    async def past(self) -> tuple[Remembered, ...]:
        """Return what the local brain has learned from."""
        return await asyncio.to_thread(history_in(self._folder / "data").load, self.desk.name)

    async def learns(self, key: str) -> Remembered:
        """Wait until the local brain has learned from a ticket."""
        end = time.monotonic() + PATIENCE_S
        while True:
            found = [each for each in await self.past() if each.key == key]
            if found:
                return found[0]
            assert time.monotonic() < end, f"{key} teaches nothing"
            await asyncio.sleep(LOOK_S)

    # -- what happened -------------------------------------------------------------------------------------

    async def settles(self) -> None:
        """Wait until nothing happens any more and nothing is about to."""
        quiet, end = 0, time.monotonic() + PATIENCE_S
        while quiet < 2:
            assert time.monotonic() < end, f"still busy: {await self._busy()}; dead: {await self.dead()}"
            await asyncio.sleep(LOOK_S)
            quiet = 0 if await self._busy() or await self._ring(SOON_S) else quiet + 1

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until ``holds``."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"never came true; dead: {await self.dead()}"
            await asyncio.sleep(LOOK_S)

    async def skip(self, seconds: float) -> None:
        """Let every timer of the next ``seconds`` ring now, then let things settle."""
        await self._ring(seconds)
        await self.settles()

    async def _ring(self, seconds: float) -> int:
        """Make every timer due that would be within ``seconds``; returns how many that were."""
        due, now = f"{self.bot.lanes.prefix}:due", time.time() * 1000
        idents: list[Any] = await self.redis.zrangebyscore(due, "-inf", now + seconds * 1000)
        for ident in idents:
            await self.redis.zadd(due, {ident: now}, xx=True)
        return len(idents)

    async def _busy(self) -> str:
        under_way = self.desk.deliveries.under_way + self.slack.deliveries.under_way
        if under_way:
            return f"{under_way} deliveries"
        # What stands behind a job that waits to be tried again is not about to happen either.
        depths = await self.bot.lanes.depths()
        jobs = {name: pool for name, pool in depths.pools.items() if pool.queued + pool.running}
        return str(jobs) if jobs else ""

    async def dead(self) -> list[str]:
        """Return the dead letters, one line each."""
        return [f"{each.kind} {each.id}: {each.why}" for each in await self.bot.lanes.dead.list()]

    async def audit(self) -> list[Record]:
        """Return what was recorded, oldest first."""
        return await self._audit.records()

    async def recorded(self, what: str) -> list[Record]:
        """Return the records of one kind."""
        return [record for record in await self.audit() if record.what == what]

    async def heard(self) -> list[Record]:
        """Return what came by webhook. The first look of the poller may be late and find a ticket, too."""
        return [record for record in await self.recorded("ticket.touched") if ":poll:" not in record.event]

    async def executed(self) -> int:
        """Return how many changes were carried out, notes not counted."""
        return len([record for record in await self.recorded("proposal.executed") if record.rule != NOTES])

    async def stored(self) -> list[Any]:
        """Return everything Redis holds for the queue, raw."""
        found: list[Any] = []
        async for key in self.redis.scan_iter(f"{self.bot.lanes.prefix}:job:*"):
            found += list((await self.redis.hgetall(key)).values())
        return found

    async def metrics(self) -> str:
        """Return what Prometheus would read."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.bot.url}/metrics") as answer:
            return await answer.text()


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _texts(value: Any) -> list[str]:
    """Return every text in blocks, in reading order."""
    if _is_list(value):
        return [text for each in value for text in _texts(each)]
    if not _is_object(value):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else []
    return own + [text for each in value.values() if not isinstance(each, str) for text in _texts(each)]


def _block_of(blocks: dict[str, Any], name: str) -> str:
    return name if name in blocks else f"field:{name}"


def _typed(element: dict[str, Any], value: str) -> dict[str, Any]:
    if element["type"] != "static_select":
        return {element["action_id"]: value}
    option = next(each for each in element["options"] if each["text"]["text"] == value)
    return {element["action_id"]: option["value"]}
