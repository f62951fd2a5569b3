"""Decides about conversations and carries out what they ordered: one commit an event, as for tickets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, assert_never

import structlog

from bot.core.codec import encode
from bot.core.effects import TellTalk
from bot.core.errors import BotError, Retry
from bot.core.ids import EventId, trace_id
from bot.core.requests import Requested
from bot.core.runs import Ending, RunResult
from bot.core.talks import (
    AnswerBegun,
    AskPeople,
    FellQuiet,
    HaltRun,
    Line,
    LookAgain,
    PointTo,
    ProposalEnded,
    Redirected,
    Run,
    RunAgent,
    RunEnded,
    RunLost,
    SayLines,
    ShowSession,
    Talk,
    TalkEvent,
    TalkOrder,
    TalkPlace,
    WordsCame,
    place_of,
)
from bot.decide.talk_draft import Conversed, TalkRules
from bot.decide.talk_runs import answer_lines, status_after
from bot.decide.talking import converse
from bot.ports import Clock, Connector
from bot.proposing import note_action
from bot.runtime.attending import Attending, without
from bot.runtime.envelopes import event_job
from bot.runtime.jobs import Commit, Done, Job, Lease, Outcome
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.stops import Stops
from bot.runtime.talks import TALK, TALK_OF, TURN, Halts, Talks, talk_job, topic, turn_job, unseal
from bot.writers import Agent, Hearing

APPLY_TRIES_MAX: Final = 20
"""Lost races before an order is put back to wait: each means that somebody else got through."""
KEPT_MORE_S: Final = 3600
"""How much longer than it is remembered a conversation is kept: its timer is to find it there."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """How an answer was brought to its end."""

    said: bool
    """False: Slack is away, somebody has to say it later."""
    shown: str = ""
    """The status Slack shows now; empty: the one before."""


class Answering(Hearing, Protocol):
    """A run as the person watches it."""

    async def settled(self) -> str:
        """Wait until it is known where the answer is, and return that: its ``ts``; empty: nowhere.

        An error of Slack's is none here.
        """
        ...

    async def finish(self, lines: Sequence[Line], status: str) -> Finished:
        """Make the message say ``lines`` and nothing else, and show ``status`` where that comes with it."""
        ...


class Voice(Protocol):
    """Speaks in conversations. Every method may raise ``Retry``."""

    def answering(self, place: TalkPlace, run: Run, begun: Callable[[str], Awaitable[None]]) -> Answering:
        """Return what follows ``run``; ``begun`` gets the message's ``ts`` once it is there."""
        ...

    async def at_once(self, place: TalkPlace) -> bool:
        """Show that something is being done; never an error. False: it may come up later than it should."""
        ...

    async def session(self, place: TalkPlace, status: str) -> None:
        """Show ``processing``, ``suspended`` or ``active``; a workspace that cannot is no error."""
        ...

    async def say(self, place: TalkPlace, order: SayLines) -> None:
        """Say something."""
        ...

    async def link(self, place: TalkPlace) -> str:
        """Return where a conversation can be opened; empty where that cannot be told."""
        ...


class Redirector(Protocol):
    """Knows which conversation a first message belongs to."""

    async def elsewhere(self, talk: Talk, run: Run) -> str:
        """Return the lane of the channel's conversation about the same ticket; empty: it is this one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    """The handlers of both kinds of jobs; fills ``bot.runtime.effects.Talks``."""

    lanes: Lanes
    talks: Talks
    halts: Halts
    stops: Stops
    agent: Agent
    voice: Voice
    connectors: Mapping[str, Connector]
    rules: TalkRules
    clock: Clock
    meters: Meters
    redirector: Redirector | None = None

    async def decide(self, lease: Lease) -> Done:
        """Decide about one event. A lost race calls this again."""
        lane, event = unseal(lease.data)
        version, talk = await self.talks.load(lane)
        after = converse(talk, event, self.rules)
        commit, spawn, audit = await self._write(version, talk, after, event.id)
        return Done(spawn=spawn, commit=commit, audit=audit)

    async def carry_out(self, lease: Lease) -> Done:
        """Carry out one order; every branch bears being repeated.

        Raises:
            Retry: Slack, Redis or what a run reads is busy or away.
        """
        lane, order = unseal(lease.data)
        body: TalkOrder = order
        match body:
            case RunAgent():
                return Done(spawn=await self._run(lane, body))
            case HaltRun():
                await self.halts.call(body.run)
            case ShowSession():
                await self.voice.session(place_of(lane), (await self.talks.load(lane))[1].status)
            case SayLines():
                await self.voice.say(place_of(lane), body)
            case AskPeople():
                return Done(spawn=[self._request(body)])
            case PointTo():
                return Done(spawn=await self._point(lane, body))
            case LookAgain():
                event = FellQuiet(id=EventId(f"{body.id}/quiet"), at=self.clock.now())
                return Done(spawn=[talk_job(lane, event)])
            case _ as unreachable:
                assert_never(unreachable)
        return Done()

    async def settled(self, order: TellTalk) -> None:
        """Bring how a proposal stands to its conversation."""
        event = ProposalEnded(
            id=EventId(f"{order.id}/told"),
            at=self.clock.now(),
            proposal=order.asked_as or order.proposal,
            status=order.status,
            says=order.says,
            why=order.why,
        )
        await self.lanes.accept(talk_job(order.talk, event))

    def given_up(self, lease: Lease, why: str) -> list[Job]:
        """Return what remains to be done when the queue drops a run, or its end: nobody waits for ever."""
        if lease.kind not in {TALK, TURN}:
            return []
        try:
            lane, body = unseal(lease.data)
        except BotError:
            return []  # nobody can tell what it was; the dead letter keeps its bytes
        if not isinstance(body, RunAgent | RunEnded):
            return []
        log.warning("run_given_up", run=body.run, why=why)
        said = isinstance(body, RunEnded) and body.said
        lost = RunLost(id=EventId(f"{body.id}/lost"), at=self.clock.now(), run=body.run, said=said)
        return [talk_job(lane, lost)]

    # -- runs ----------------------------------------------------------------------------------------------

    async def _run(self, lane: str, order: RunAgent) -> list[Job]:
        _, talk = await self.talks.load(lane)
        run = talk.run
        if run is None or run.id != order.run:
            return []
        is_over = run.stopped or await self.halts.is_called(run.id)
        if not is_over and (to := await self._elsewhere(talk, run)):
            moved = Redirected(id=EventId(f"{order.id}/moved"), at=self.clock.now(), run=run.id, to=to)
            return [talk_job(lane, moved)]

        async def begun(ts: str) -> None:
            event = AnswerBegun(id=EventId(f"{run.id}/{ts}"), at=self.clock.now(), run=run.id, ts=ts)
            await self._apply(lane, event)

        answering = self.voice.answering(place_of(lane), run, begun)
        result = (
            without(Ending.STOPPED, talk, run.id)
            if is_over
            else await self._attending.answer(talk, run, answering)
        )
        await answering.settled()
        now = await self._surely(lane)
        still = now.run
        if still is None or still.id != run.id:
            return []
        end = Finished(said=False)
        if not (still.again or still.dropped):
            end = await answering.finish(answer_lines(still, result), status_after(now, result))
        where = await answering.settled()
        ended = replace(self._ended(order, result), said=end.said, shown=end.shown, answer_ts=where)
        return [talk_job(lane, ended)]

    async def _surely(self, lane: str) -> Talk:
        """Read the conversation however long Redis is away: what is answered is not answered once more.

        The lease runs out meanwhile where another replica sees Redis again before us; then we are cancelled.
        """
        while True:
            try:
                return (await self.talks.load(lane))[1]
            except Retry as away:
                await self.clock.sleep(away.after_s)

    def _ended(self, order: RunAgent, result: RunResult) -> RunEnded:
        connector = None
        if result.snapshot is not None:
            connector = self.connectors.get(result.snapshot.ticket.ref.connector)
        return RunEnded(
            id=EventId(f"{order.id}/ended"),
            at=self.clock.now(),
            run=order.run,
            result=result,
            note_action=note_action(connector) if connector is not None else None,
        )

    @property
    def _attending(self) -> Attending:
        return Attending(self.agent, self.halts, self.stops, self.clock)

    async def _elsewhere(self, talk: Talk, run: Run) -> str:
        """Return the lane where the conversation goes on; where that cannot be told or shown, it is here."""
        if self.redirector is None:
            return ""
        try:
            to = await self.redirector.elsewhere(talk, run)
            return to if to and await self.voice.link(place_of(to)) else ""
        except Retry as away:
            log.info("thread_not_looked_up", run=run.id, why=str(away))
            return ""

    # -- the rest ------------------------------------------------------------------------------------------

    def _request(self, order: AskPeople) -> Job:
        event = Requested(
            id=EventId(f"{order.id}/requested"),
            at=self.clock.now(),
            by=order.by,
            name=order.name,
            snapshot=order.snapshot,
            proposals=order.proposals,
            note_action=order.note_action,
        )
        return event_job(order.snapshot.ticket.ref, event, trace_id(order.id))

    async def _point(self, lane: str, order: PointTo) -> list[Job]:
        link = await self.voice.link(place_of(order.to))
        said = SayLines(order.id, (Line("talk.moved", {"link": link}),), self.rules.language)
        await self.voice.say(place_of(lane), said)
        await self.voice.at_once(place_of(order.to))
        return [
            talk_job(
                order.to,
                WordsCame(id=EventId(f"{order.id}/{number}"), at=self.clock.now(), words=words),
            )
            for number, words in enumerate(order.words)
        ]

    async def _apply(self, lane: str, event: TalkEvent) -> None:
        """Decide about ``event`` at once, from the middle of a run."""
        for _ in range(APPLY_TRIES_MAX):
            version, talk = await self.talks.load(lane)
            after = converse(talk, event, self.rules)
            commit, spawn, audit = await self._write(version, talk, after, event.id)
            if await self.lanes.commit(commit, spawn=spawn, audit=audit) is not Outcome.CONFLICT:
                return
        raise Retry("somebody else keeps committing this conversation", after_s=1.0)

    async def _write(
        self, version: int, before: Talk, after: Conversed, event: EventId
    ) -> tuple[Commit, Sequence[Job], Sequence[bytes]]:
        talk, trace = after.talk, trace_id(event)
        commit = Commit(
            key=talk.lane,
            expected_version=version,
            document=encode(talk),
            index=await self._look_ups(before, talk),
            keep_s=round(self.rules.remember_s) + KEPT_MORE_S,
        )
        records = [replace(record, trace=trace) for record in after.records]
        for record in records:
            self.meters.decisions.labels(record.what).inc()
            log.info(record.what, actor=record.actor, because=record.because, trace=trace)
        spawn = [turn_job(talk.lane, order, self.clock.now()) for order in after.orders]
        return commit, spawn, [encode(record) for record in records]

    async def _look_ups(self, before: Talk, after: Talk) -> Mapping[str, Mapping[str, str]]:
        """Return how the look-up of tickets' threads has to change; direct messages are nobody else's."""
        if before.focus == after.focus or after.direct:
            return {}
        channel = after.place.channel
        changed: dict[str, str] = {}
        # Another thread may have become the ticket's since.
        if before.focus is not None and await self.talks.about(channel, before.focus) == after.lane:
            changed[topic(channel, before.focus)] = ""
        if after.focus is not None:
            changed[topic(channel, after.focus)] = after.lane
        return {TALK_OF: changed} if changed else {}
