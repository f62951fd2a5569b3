"""Conversations over a fake Slack: ears, voice and lane, with an agent that does as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from bot.core.errors import Retry
from bot.core.masked import Masked
from bot.core.runs import Ending, Memory, RunRequest, RunResult, Said, Step
from bot.core.talks import Talk, TalkPlace
from bot.core.turns import Heard, Spoke
from bot.core.untrusted import Untrusted
from bot.decide.talk_draft import TalkRules
from bot.runtime.envelopes import ALL_POOLS, CHAT, RUNS, SLACK
from bot.runtime.jobs import FAST, Lease
from bot.runtime.lanes import Lanes
from bot.runtime.talk_threads import Threads
from bot.runtime.talking import Talking
from bot.runtime.talks import TALK, TURN, Halts, Talks
from bot.slack.opening import open_slack
from bot.slack.talk_voice import Voice
from bot.slack.talks import TalkLimits
from bot.writers import Hearing
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message
from tests.bot.slack.office import Office
from tests.making import rulebook

TEAM = "T0SANDBOX"
Answer = Callable[[RunRequest, Hearing], Awaitable[RunResult]]


class Scripted:
    """An agent that answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[RunRequest] = []
        self.answer: Answer = echo

    async def run(self, request: RunRequest, hearing: Hearing) -> RunResult:
        """Answer."""
        self.asked.append(request)
        return await self.answer(request, hearing)

    @property
    def heard(self) -> list[str]:
        """What was said to it, run by run."""
        return [said_in(request) for request in self.asked]


def said_in(request: RunRequest) -> str:
    """All that is new to the agent, in one line."""
    return " / ".join(each.text.raw for each in request.news if isinstance(each, Said))


def remembered(request: RunRequest, answer: str) -> Memory:
    """What an agent keeps after saying ``answer``; a masked copy of what it was asked."""
    heard = Heard(Masked(said_in(request)))
    return replace(request.memory, turns=(*request.memory.turns, heard, Spoke(answer)))


def result(request: RunRequest, answer: str, ending: Ending = Ending.ANSWERED, **more: Any) -> RunResult:
    """A run that ends in ``answer``."""
    return RunResult(ending, remembered(request, answer), Untrusted(answer), **more)


async def echo(request: RunRequest, hearing: Hearing) -> RunResult:
    """Take a step, and say what was said, word by word."""
    await hearing.step(Step("1", "talk.thinking"))
    answer = f"You said: {said_in(request)}"
    for word in answer.split(" "):
        await hearing.words(word if word == "You" else f" {word}")
    await hearing.step(Step("1", "talk.thinking", done=True))
    return result(request, answer)


class Parlour(Office):
    """An office that talks."""

    def __init__(self, redis: Redis, prefix: str, slack: SlackSandbox, **rules: Any) -> None:
        super().__init__(redis, prefix, slack, rulebook(approvals_channel="C0APPROVALS"))
        self.redis, self.agent = redis, Scripted()
        self.rules = TalkRules(**rules)
        self.lanes = Lanes(redis, prefix, pools=ALL_POOLS)
        self.talks = Talks(self.lanes)
        self.voice = Voice(self.client, self.clock, "en")
        self.talking = self.another()
        settings, parts = self._parts
        talked = replace(parts, talks=TalkLimits(30, self.rules.remember_s), voice=self.voice)
        self.side, self.cards = open_slack(settings, self.client, talked)
        self.people = self.side.people

    def another(self) -> Talking:
        """The handlers of another replica."""
        return Talking(
            lanes=self.lanes,
            talks=Talks(self.lanes),
            halts=Halts(self.redis, self.lanes.prefix),
            stops=self.bench.stops,
            agent=self.agent,
            voice=self.voice,
            connectors={"jira": self.bench.records},
            rules=self.rules,
            clock=self.clock,
            meters=self.bench.meters,
            redirector=Threads(Talks(self.lanes), {"jira": self.bench.records}),
        )

    # -- the worker ----------------------------------------------------------------------------------------

    async def hears(self) -> None:
        """Let every event of Slack's arrive and be decided about; no run begins."""
        await self.world.settle()
        while leases := await self.bench.leases(FAST):
            for lease in leases:
                await self.works(lease)

    async def goes_on(self) -> None:
        """Do all that waits, until nothing does."""
        await self.world.settle()
        while leases := [lease for pool in (FAST, CHAT, RUNS) for lease in await self.bench.leases(pool)]:
            for lease in leases:
                await self.works(lease)

    async def works(self, lease: Lease) -> None:
        """Do one job, as a worker would."""
        handler = {TALK: self.talking.decide, TURN: self.talking.carry_out, SLACK: self.side.handle}
        if lease.kind in handler:
            try:
                done = await handler[lease.kind](lease)
            except Retry:  # a minute passes, and Slack takes more
                await self.redis.delete(*[key async for key in self._budgets()])
                done = await handler[lease.kind](lease)
            await self.lanes.finish(lease, spawn=done.spawn, commit=done.commit, audit=done.audit)
        else:
            await self._handle(lease)

    def _budgets(self) -> AsyncIterator[bytes]:
        untyped: Any = self.redis
        return cast("AsyncIterator[bytes]", untyped.scan_iter(f"{self.lanes.prefix}:limit:slack:*"))

    async def later(self) -> list[bytes]:
        """Looks at the status that wait for their time."""
        untyped: Any = self.redis
        due: list[bytes] = await untyped.zrange(f"{self.lanes.prefix}:due", 0, -1)
        return [job for job in due if job.endswith(b"/again")]

    # -- what people see -----------------------------------------------------------------------------------

    def place(self, message: Message) -> TalkPlace:
        """Where the conversation that a message begins is."""
        team = self.world.users["U0ALICE"].team_id
        return TalkPlace(team, message.channel, message.thread_ts or message.ts)

    async def talk(self, message: Message) -> Talk:
        """What is kept of it."""
        return (await self.talks.load(self.place(message).lane))[1]

    def said(self, message: Message) -> list[str]:
        """What the bot said in the thread of ``message``, as people read it."""
        room, thread = self.world.messages(message.channel), message.thread_ts or message.ts
        return [shown(each) for each in room if each.thread_ts == thread and each.bot_id == "B0BOT"]

    def status(self, message: Message) -> str:
        """What the session says."""
        return self.slack.store.sessions.status((message.channel, message.thread_ts or message.ts))

    async def is_calm(self) -> bool:
        """Whether nothing is under way or left over anywhere."""
        depths = await self.lanes.depths()
        busy = sum(pool.queued + pool.running + pool.behind for pool in depths.pools.values())
        docs = [await self.talks.load(lane) for lane in await self.lanes_kept()]
        return not busy and not depths.dead and all(talk.run is None and not talk.waiting for _, talk in docs)

    async def lanes_kept(self) -> list[str]:
        """The lanes of all conversations that Redis keeps."""
        untyped: Any = self.redis
        head = f"{self.lanes.prefix}:doc:"
        return [key.decode().removeprefix(head) async for key in untyped.scan_iter(f"{head}talk:*")]


def shown(message: Message) -> str:
    """What people read of a message: its Markdown, or its text."""
    told = [block["text"] for block in message.blocks if block["type"] == "markdown"]
    return "\n".join(told) or message.text


@asynccontextmanager
async def parlour(redis: Redis, prefix: str, slack: SlackSandbox, **rules: Any) -> AsyncGenerator[Parlour]:
    """A running replica in HTTP mode that people can talk to."""
    place = Parlour(redis, prefix, slack, **rules)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/slack/events", place.side.receive)
    async with TestServer(app) as server:
        slack.deliver_to(str(server.make_url("/slack/events")))
        await place.comes_up()
        try:
            yield place
        finally:
            await place.side.close()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until ``holds``, for five seconds at most."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


def methods(room: Parlour) -> list[str]:
    """Return what was called, in order."""
    return [each.path.rpartition("/")[2] for each in room.slack.exchanges]


async def answered(room: Parlour, asked: Message) -> str:
    """Let everything happen, and return the one answer; nothing may be left over."""
    await room.goes_on()
    assert await room.is_calm()
    (answer,) = room.said(asked)
    return answer
