"""The second channel: decide from the command line, with the same checks as a click, while Slack is away.

What is said here becomes the event that a click becomes, in the ticket's own lane; the bot decides. Who an
operator is stands in the configuration and in what Slack last said about groups: it cannot be asked now.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from redis.asyncio import Redis

from approvals.policy import Rulebook
from bot.core.actions import Risk
from bot.core.audit import Record
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Whisper
from bot.core.errors import Misconfigured
from bot.core.events import Answer, Answered, Clicker, UndoAsked
from bot.core.fingerprint import fingerprint
from bot.core.grants import Grant
from bot.core.ids import EventId, ProposalId, Shape, SlackUserId
from bot.core.notes import outcome
from bot.core.tickets import TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.decide import decide
from bot.operating import Operator
from bot.ports import Clock
from bot.runtime.envelopes import ALL_POOLS, event_job
from bot.runtime.grants import Grants
from bot.runtime.journal import PENDING, PROPOSALS, Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pending import look_up, ticket_of

REMEMBERED: Final = timedelta(hours=24)
"""How old Slack's word on a group may be: an outage of a day must not stop the desk."""
REMEMBERED_IRREVERSIBLE: Final = timedelta(minutes=5)
"""For what cannot be undone, as for a click; an older word counts for nobody but those named in person."""
WAIT_S: Final = 10.0
"""How long a command waits to see what became of it. A bot that runs needs milliseconds to decide."""
LOOK_S: Final = 0.1
AT_ONCE: Final = 50
"""Dossiers read side by side; the client has 64 connections."""
REASON_CHARS_MAX: Final = 300
"""Of a rejection's reason, as in Slack's form."""
_FULL: Final = re.compile(r"p[0-9a-f]{31}")
_START: Final = re.compile(r"p[0-9a-f]{3,30}")
UNDER_WAY: Final = frozenset({Status.APPROVED, Status.EXECUTING})
WENT_WRONG: Final = frozenset({Status.FAILED, Status.STALE, Status.DENIED})

Held = tuple[Dossier, Tracked]


class Memory(Protocol):
    """What Slack last said about groups."""

    async def last(self, group: str) -> tuple[Iterable[str], datetime] | None:
        """Return who was in ``group`` and when that was known; None when it never was."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a command, for the person who gave it."""

    words: str
    done: bool
    """False: it was refused, went wrong, or nobody has decided yet."""


class Counter:
    """Where operators decide. Every method may raise ``Unavailable``."""

    def __init__(
        self,
        redis: Redis,
        prefix: str,
        book: Rulebook,
        clock: Clock,
        memory: Memory,
        *,
        wait_s: float = WAIT_S,
    ) -> None:
        """``book``: for who operators are and what is said; the bot decides by its own."""
        self._redis, self._prefix, self._book, self._clock = redis, prefix, book, clock
        self._memory, self._wait_s = memory, wait_s
        self._lanes = Lanes(redis, prefix, pools=ALL_POOLS)
        self._journal = Journal(self._lanes, book, clock, Meters())
        self._grants = Grants(redis, prefix)

    # -- reading -------------------------------------------------------------------------------------------

    async def waiting(self) -> list[Held]:
        """Return all that waits for people, the oldest first."""
        found = [
            (dossier, tracked)
            async for dossier in self._dossiers(PENDING)
            for tracked in dossier.tracked.values()
            if tracked.status is Status.PENDING
        ]
        return sorted(found, key=lambda held: (held[1].asked_at is None, held[1].asked_at))

    async def find(self, named: str, *, meant: Callable[[Tracked], bool]) -> Held:
        """Return the proposal that ``named`` names: an id, the start of one, or a ticket's key.

        ``meant``: decides where a start or a ticket fits several.

        Raises:
            Misconfigured: there is none, or more than one; says which.
        """
        if _FULL.fullmatch(named):
            held = await self._journal.find(ProposalId(named))
            found = [] if held is None else [held]
        elif _START.fullmatch(named):
            found = await self._starting_with(named)
        else:
            found = await self._of_ticket(named)
        if not found:
            raise Misconfigured(
                f"no proposal and no ticket is called {named!r}. See: countersign approvals list"
            )
        fitting = [held for held in found if meant(held[1])] or found
        if len(fitting) > 1:
            raise Misconfigured(f"{named!r} may be any of these; name one by its id:\n{_listed(fitting)}")
        return fitting[0]

    async def standing(self) -> tuple[Grant, ...]:
        """Return every standing permission, newest first."""
        return await self._grants.all()

    async def _starting_with(self, start: str) -> list[Held]:
        idents: set[str] = set()
        async for batch in look_up(self._redis, self._prefix, PROPOSALS, match=f"{start}*"):
            idents |= batch.keys()
        found = [await self._journal.find(ProposalId(ident)) for ident in sorted(idents)]
        return [held for held in found if held is not None]

    async def _of_ticket(self, key: str) -> list[Held]:
        # Most often what is meant waits, and what waits is far less than all there ever was.
        for name in (PENDING, PROPOSALS):
            found = [
                (dossier, tracked)
                async for dossier in self._dossiers(name)
                if dossier.key.casefold() == key.casefold()
                for tracked in dossier.tracked.values()
                if tracked.ask is not None
            ]
            if found:
                return found
        return []

    async def _dossiers(self, name: str) -> AsyncIterator[Dossier]:
        """Yield the dossier of every ticket in the look-up ``name``, each once."""
        known: set[TicketRef] = set()
        async for batch in look_up(self._redis, self._prefix, name):
            new = list(
                dict.fromkeys(ref for value in batch.values() if (ref := ticket_of(value)[0]) not in known)
            )
            known.update(new)
            for start in range(0, len(new), AT_ONCE):
                some = new[start : start + AT_ONCE]
                for dossier in await asyncio.gather(*(self._journal.dossier(ref) for ref in some)):
                    yield dossier

    # -- deciding ------------------------------------------------------------------------------------------

    async def answer(self, held: Held, answer: Answer, by: Operator, reason: str = "") -> Told:
        """Say yes or no to ``held`` as it was shown, and tell what became of it.

        Raises:
            Misconfigured: ``by`` is no operator; says what to add.
        """
        dossier, tracked = held
        now = self._clock.now()
        event = Answered(
            id=_named(by, tracked, answer.value, now),
            at=now,
            proposal=tracked.proposal.id,
            revision=tracked.revision,
            by=await self._clicker(held, by),
            answer=answer,
            reason=Untrusted(reason).line(REASON_CHARS_MAX),
        )
        return await self._bring(dossier.ref, event)

    async def undo(self, held: Held, by: Operator) -> Told:
        """Ask for the undo of ``held``, and tell what became of it. Raises as :meth:`answer`."""
        dossier, tracked = held
        now = self._clock.now()
        event = UndoAsked(
            id=_named(by, tracked, "undo", now),
            at=now,
            proposal=tracked.proposal.id,
            revision=tracked.revision,
            by=await self._clicker(held, by),
        )
        return await self._bring(dossier.ref, event)

    async def revoke(self, named: str, by: Operator) -> Grant:
        """Take back the standing permission whose shape is, or begins with, ``named``.

        Raises:
            Misconfigured: ``by`` is no operator, or no single permission is meant.
        """
        await self._user(by, None)
        found = [grant for grant in await self.standing() if named and grant.shape.startswith(named)]
        if len(found) != 1:
            raise Misconfigured(
                f"{len(found)} standing permissions are called {named!r}. See: "
                "countersign approvals standing list"
            )
        (grant,) = found
        if await self._grants.revoke(Shape(grant.shape)):
            details = {"shape": grant.shape, "action": grant.action, "queue": grant.queue}
            await self._journal.record(
                Record(
                    at=self._clock.now(),
                    what="grant.revoked",
                    ticket="",
                    actor=by.actor,
                    because=grant.says,
                    rule=grant.rule,
                    details=details,
                )
            )
        return grant

    async def _clicker(self, held: Held, by: Operator) -> Clicker:
        """Return ``by`` as decide knows people: a Slack user, with the groups Slack last said they are in."""
        user = await self._user(by, held)
        risks = {held[1].proposal.action.risk}
        done = held[1].receipt
        if done is not None and done.compensation is not None:
            risks.add(done.compensation.action.risk)
        age = REMEMBERED_IRREVERSIBLE if Risk.IRREVERSIBLE in risks else REMEMBERED
        groups = frozenset([
            group for group in _groups(self._book, held[1]) if await self._was_in(user, group, age)
        ])  # fmt: skip
        return Clicker(id=user, name=Untrusted(f"{by.login} (CLI)"), groups=groups, operator=by.recorded)

    async def _was_in(self, user: SlackUserId, group: str, age: timedelta) -> bool:
        known = await self._memory.last(group)
        return known is not None and user in known[0] and self._clock.now() - known[1] <= age

    async def _user(self, by: Operator, held: Held | None) -> SlackUserId:
        """Return the Slack user behind a login; who is none is refused, and that is written down."""
        user = self._book.operators.get(by.login)
        if user:
            return SlackUserId(user)
        tracked = held[1] if held else None
        await self._journal.record(
            Record(
                at=self._clock.now(),
                what="click.refused",
                ticket=f"{held[0].ref.connector}:{held[0].ref.id}" if held else "",
                actor=by.actor,
                because="not an operator",
                proposal=tracked.proposal.id if tracked else "",
                revision=tracked.revision if tracked else 0,
                digest=tracked.digest if tracked else "",
            )
        )
        raise Misconfigured(
            f"{by.login!r} is not an operator, so nothing happened. Add to countersign.yaml:\n"
            f"operators:\n  {by.login}: U…   # the person's Slack user id"
        )

    # -- what became of it ---------------------------------------------------------------------------------

    async def _bring(self, ref: TicketRef, event: Answered | UndoAsked) -> Told:
        trace = await self._journal.trace_of(event.proposal)
        await self._lanes.accept(event_job(ref, event, trace))
        dossier = await self._decided(ref, event)
        if dossier is None:
            return Told(
                f"Queued: no bot took it within {self._wait_s:g} s. It will be decided as soon as one runs. "
                f"See: countersign approvals show {event.proposal}",
                done=False,
            )
        counted = _counted(dossier, event)
        if event.proposal not in dossier.tracked:
            # Only a note is forgotten, once it is up or never will be; how it ended is in the audit.
            return Told("Decided, and over: only the audit has it now.", done=True)
        if counted is None:
            return Told(self._refusal(dossier, event), done=False)
        return Told(self._standing(counted, event), done=counted.status not in WENT_WRONG)

    async def _decided(self, ref: TicketRef, event: Answered | UndoAsked) -> Dossier | None:
        """Return the dossier once the event is in it and what it started is over, or time is up."""
        looks = max(1, round(self._wait_s / LOOK_S))
        dossier = await self._journal.dossier(ref)
        for _ in range(looks):
            tracked = _counted(dossier, event) if event.id in dossier.seen else None
            over = tracked is None or tracked.status not in UNDER_WAY
            if event.id in dossier.seen and over:
                return dossier
            await self._clock.sleep(LOOK_S)
            dossier = await self._journal.dossier(ref)
        return dossier if event.id in dossier.seen else None

    def _standing(self, counted: Tracked, event: Answered | UndoAsked) -> str:
        """Say where a proposal stands after an answer that counted."""
        language = self._book.language
        if counted.status is not Status.PENDING:
            return outcome(counted, language)
        if isinstance(event, UndoAsked):
            return say(language, "undo.others_asked")
        needed = counted.ask.quorum if counted.ask else 1
        return f"Your approval is counted: {len(counted.votes)} of {needed}. Others have to agree as well."

    def _refusal(self, dossier: Dossier, event: Answered | UndoAsked) -> str:
        """Say why it did not count, in the words a click would have got.

        A refusal changes nothing, and deciding is pure: asked once more, it says no for the same reason.
        """
        before = replace(dossier, seen=tuple(ident for ident in dossier.seen if ident != event.id))
        as_click = replace(event, by=replace(event.by, operator=""))
        for effect in decide(before, as_click, self._book).effects:
            if isinstance(effect, Whisper):
                return say(self._book.language, effect.says, **effect.words)
        return "It did not count; why stands in the audit: countersign audit export"


def _counted(dossier: Dossier, event: Answered | UndoAsked) -> Tracked | None:
    """Return the proposal that ``event`` brought forward; None when it was refused."""
    if isinstance(event, UndoAsked):
        undoing = (each for each in dossier.tracked.values() if each.proposal.undoes == event.proposal)
        return next((each for each in undoing if _moved_by(each, event)), None)
    tracked = dossier.tracked.get(event.proposal)
    return tracked if tracked is not None and _moved_by(tracked, event) else None


def _moved_by(tracked: Tracked, event: Answered | UndoAsked) -> bool:
    """Whether ``event`` asked for, voted on or decided ``tracked``: nobody else did at that instant."""
    voted = any((vote.by, vote.at) == (event.by.id, event.at) for vote in tracked.votes)
    asked = isinstance(event, UndoAsked) and event.at in {tracked.asked_at, tracked.decided_at}
    decided = (tracked.decided_by, tracked.decided_at) == (event.by.actor, event.at)
    return voted or asked or decided


def _groups(book: Rulebook, tracked: Tracked) -> list[str]:
    """Return every group that may decide on anything: by the policy, and by the rule that asked."""
    asks = [rule.ask for rule in book.rules] + [tracked.ask]
    named = [who for ask in asks if ask is not None for who in (*ask.approvers, *ask.escalate_to)]
    return [who for who in dict.fromkeys(named) if who[:1] not in "UW" or "/" in who]


def _named(by: Operator, tracked: Tracked, what: str, now: datetime) -> EventId:
    parts = [by.recorded, tracked.proposal.id, tracked.revision, what, now.isoformat()]
    return EventId(f"cli:{fingerprint(parts)[:32]}")


def _listed(held: list[Held]) -> str:
    rows = [(t.proposal.id, d.key, t.status.value, Untrusted(t.proposal.says).line(80)) for d, t in held]
    return "\n".join(f"  {ident}  {key}  {status}: {says}" for ident, key, status, says in rows)
