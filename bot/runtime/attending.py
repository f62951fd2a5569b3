"""One run of the agent, attended to: until it ends, the person wants no more, or it takes too long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.core.errors import Reject, Retry
from bot.core.ids import EventId
from bot.core.runs import Ending, RunRequest, RunResult, Said, Settled, Step
from bot.core.talks import Run, Talk
from bot.core.untrusted import Untrusted
from bot.ports import Clock
from bot.runtime.stops import Stops
from bot.runtime.talks import Halts
from bot.writers import Agent, Hearing

LOOK_S: Final = 0.25
"""Between two looks whether a run is to end."""
GRACE_S: Final = 0.5
"""How long a run that is to end may take to do so by itself; with the look before it, below a second."""
RUN_S_MAX: Final = 270.0
"""Seconds a run may take at all: above its own bound, below what the queue gives a job."""
AWAY_S: Final = 45.0
"""How long a run is tried again while what it reads is away: a person waits."""
AWAY_TRIES_S: Final = 11.0
"""Between two such tries at most, however long it asks to be left alone: then the last one is this late."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attending:
    """Has the agent answer, and looks whether it is to stop."""

    agent: Agent
    halts: Halts
    stops: Stops
    clock: Clock

    async def answer(self, talk: Talk, run: Run, hearing: Hearing) -> RunResult:
        """Let the agent answer; whatever happens to it, something can be said."""
        if await self.stops.why(connector="", skill="ask") is not None:
            held = without(Ending.ANSWERED, talk, run.id)
            return replace(held, notes=("talk.held",))
        until = self.clock.now() + timedelta(seconds=AWAY_S)
        while True:
            try:
                return await self._watched(talk, run, hearing)
            except Retry as away:
                left_s = (until - self.clock.now()).total_seconds()
                if left_s <= 0:
                    log.warning("run_away", run=run.id, why=str(away))
                    return without(Ending.AWAY, talk, run.id)
                if await self._is_halted_within(min(away.after_s, AWAY_TRIES_S, left_s), run.id, hearing):
                    return without(Ending.STOPPED, talk, run.id)
            except Reject as no:
                log.warning("run_refused", run=run.id, why=type(no).__name__)
                return without(Ending.UNUSABLE, talk, run.id)

    async def _is_halted_within(self, wait_s: float, run: EventId, hearing: Hearing) -> bool:
        """Wait, unless the run is to end; here and not in the queue, where nobody would look for that."""
        until = self.clock.now() + timedelta(seconds=wait_s)
        while True:
            await self.clock.sleep(LOOK_S)
            if await self._is_to_end(run, hearing):
                return True
            if self.clock.now() >= until:
                return False

    async def _watched(self, talk: Talk, run: Run, hearing: Hearing) -> RunResult:
        """Run the agent until it ends, the person wants no more, or it takes too long."""
        halted = asyncio.Event()
        work = asyncio.create_task(self.agent.run(_request(talk, run), _Ear(hearing, halted)))
        watch = asyncio.create_task(self._watch(run.id, hearing, halted))
        try:
            await asyncio.wait({work, watch}, timeout=RUN_S_MAX, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and halted.is_set():
                await asyncio.wait({work}, timeout=GRACE_S)
            if work.done():
                return await work
            return without(Ending.STOPPED if halted.is_set() else Ending.ENDLESS, talk, run.id)
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)

    async def _watch(self, run: EventId, hearing: Hearing, halted: asyncio.Event) -> None:
        while not halted.is_set():
            await self.clock.sleep(LOOK_S)
            if await self._is_to_end(run, hearing):
                halted.set()

    async def _is_to_end(self, run: EventId, hearing: Hearing) -> bool:
        try:
            return await hearing.stopped() or await self.halts.is_called(run)
        except Retry:
            return False  # Redis is away: the run ends by itself, and Stop is honoured once it is back


class _Ear:
    """What the agent speaks to: the person's, with a Stop that costs nothing to ask for."""

    def __init__(self, hearing: Hearing, halted: asyncio.Event) -> None:
        self._hearing, self._halted = hearing, halted

    async def words(self, text: str) -> None:
        """Hand on; nothing more once it is to end."""
        if not self._halted.is_set():
            await self._hearing.words(text)

    async def step(self, step: Step) -> None:
        """Hand on."""
        if not self._halted.is_set():
            await self._hearing.step(step)

    async def stopped(self) -> bool:
        """Whether the person wants it to stop."""
        return self._halted.is_set()


def _request(talk: Talk, run: Run) -> RunRequest:
    news: list[Said | Settled] = []
    if run.settled:
        outcomes = {str(each.proposal): each.status for each in run.settled}
        reasons = {str(each.proposal): each.why.raw for each in run.settled if each.why}
        news.append(Settled(outcomes, reasons))
    news += [Said(each.text, each.ts) for each in run.words]
    return RunRequest(
        id=run.id,
        talk=talk.lane,
        person=run.person,
        language=run.language,
        memory=talk.memory_of(run.person),
        news=tuple(news),
    )


def without(ending: Ending, talk: Talk, run: EventId) -> RunResult:
    """Return a result without an answer; what was remembered before stays as it is."""
    person = talk.run.person if talk.run is not None and talk.run.id == run else ""
    return RunResult(ending, talk.memory_of(person), Untrusted(""))
