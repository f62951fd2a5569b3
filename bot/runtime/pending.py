"""What waits for people, taken together: called off at a stop, or because the policy has changed.

Ten thousand cards may wait. They are read a batch at a time, and each is called off by an event in its own
ticket's lane, so neither Redis nor the loop is held up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final, cast

import structlog
from redis.asyncio import Redis

from approvals.policy import Rulebook, evaluate
from bot.core.actions import Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.errors import Malformed, Retry
from bot.core.events import Cancelled
from bot.core.ids import EventId, ProposalId, TraceId
from bot.core.modes import Mode
from bot.core.tickets import TicketRef
from bot.core.verdicts import Deny
from bot.core.words import say
from bot.decide.proposing import mode_of
from bot.decide.transition import where
from bot.ports import Clock
from bot.runtime.envelopes import event_job
from bot.runtime.jobs import DEDUPE_S, Accepted
from bot.runtime.journal import PENDING, Journal
from bot.runtime.ladders import Ladders, held_at
from bot.runtime.lanes import Lanes
from bot.runtime.scripts import outage_told

EVERYTHING: Final = "*"
BATCH: Final = 200
"""Entries read, and events queued, by one call: each takes Redis about a millisecond."""
POLICY: Final = "policy"

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def look_up(
    redis: Redis, prefix: str, name: str, *, match: str | None = None
) -> AsyncIterator[dict[str, str]]:
    """Yield the look-up ``name`` of the lanes a batch at a time; an entry may come twice.

    ``match``: a pattern over the fields. What comes or goes meanwhile may be missed.
    https://valkey.io/commands/scan/#scan-guarantees

    Raises:
        Unavailable: Redis is away; begin again.
    """
    cursor = 0
    while True:
        asked = redis.hscan(f"{prefix}:idx:{name}", cursor, match=match, count=BATCH)
        cursor, rows = cast("tuple[int, dict[bytes, bytes]]", await outage_told(asked))
        if rows:
            yield {field.decode(): value.decode() for field, value in rows.items()}
        if not cursor:
            return


def ticket_of(value: str) -> tuple[TicketRef, TraceId]:
    """Read what the journal's look-ups hold: ``<connector>:<ticket>|<trace>``."""
    where_, _, trace = value.partition("|")
    connector, _, ticket = where_.partition(":")
    return TicketRef(connector, ticket), TraceId(trace)


class Pending:
    """Calls waiting proposals off, each once however often it is asked for."""

    def __init__(self, redis: Redis, lanes: Lanes, journal: Journal, clock: Clock) -> None:
        """``redis``: what ``lanes`` is on."""
        self._redis, self._lanes, self._journal, self._clock = redis, lanes, journal, clock
        self._ladders = Ladders(lanes)

    async def cancel(self, scope: str, by: str, why: str) -> int:
        """Call off what waits in ``scope``, and return how much that newly was.

        ``scope``: ``*``, ``connector:<name>`` or ``skill:<name>``. ``by``: for the audit, ``slack:U…``,
        ``cli:<login>`` or ``api``. ``why``: shown on the cards.

        Raises:
            Unavailable: Redis is away; what is not called off yet is by calling this again.
        """
        count = 0
        async for batch in look_up(self._redis, self._lanes.prefix, PENDING):
            reasons = {ident: why for ident in batch if await self._is_in(scope, ident, batch[ident])}
            count += await self._call_off(batch, reasons, by)
        return count

    async def sweep(self, book: Rulebook) -> int:
        """Call off what waits under a mode or a rule that does not let it through any more.

        For the start of a replica; waits for a Redis that is away, however long. Returns how much it was.
        """
        while True:
            try:
                return await self._sweep(book)
            except Retry as away:
                await self._clock.sleep(away.after_s)

    async def _sweep(self, book: Rulebook) -> int:
        count = 0
        async for batch in look_up(self._redis, self._lanes.prefix, PENDING):
            reasons: dict[str, str] = {}
            for ident in batch:
                held = await self._held(ident)
                why = await self._why_void(book, *held) if held is not None else None
                if why is not None:
                    reasons[ident] = why
            count += await self._call_off(batch, reasons, POLICY)
        return count

    async def _is_in(self, scope: str, ident: str, value: str) -> bool:
        kind, _, name = scope.partition(":")
        if kind == "connector":
            return ticket_of(value)[0].connector == name
        if kind == "skill":
            # Who asked stands only in the dossier.
            held = await self._held(ident)
            return held is not None and held[1].proposal.by == f"skill:{name}"
        return scope == EVERYTHING

    async def _held(self, ident: str) -> tuple[Dossier, Tracked] | None:
        try:
            held = await self._journal.find(ProposalId(ident))
        except Malformed as unreadable:
            # One dossier of another format must not keep all the others from being called off.
            log.warning("pending_not_read", proposal=ident, why=str(unreadable))
            return None
        return held if held is not None and held[1].status is Status.PENDING else None

    async def _call_off(self, batch: Mapping[str, str], reasons: Mapping[str, str], by: str) -> int:
        if not reasons:
            return 0
        jobs: list[tuple[TicketRef, Cancelled, TraceId]] = []
        for ident, why in reasons.items():
            ref, trace = ticket_of(batch[ident])
            # Named after the proposal alone: one that waits no more never waits again.
            event = Cancelled(
                id=EventId(f"cancel:{ident}"),
                at=self._clock.now(),
                proposal=ProposalId(ident),
                by=by,
                why=why,
            )
            jobs.append((ref, event, trace))
        receipts = await self._lanes.accept_all([(event_job(*job), "", DEDUPE_S) for job in jobs])
        return sum(isinstance(receipt, Accepted) for receipt in receipts)

    async def _why_void(self, book: Rulebook, dossier: Dossier, tracked: Tracked) -> str | None:
        place = where(dossier, tracked.proposal)
        footing = book.footing(place, await held_at(self._ladders, place))
        return _why_void(book, dossier, tracked, mode_of(footing, dossier, tracked))


def _why_void(book: Rulebook, dossier: Dossier, tracked: Tracked, mode: Mode) -> str | None:
    """Return, for the card, why nobody's yes could carry ``tracked`` out; None when one could."""
    place = where(dossier, tracked.proposal)
    if place.skill:
        mode = mode if place.skill in book.skills else Mode.OFF
        note = tracked.proposal.action.risk is Risk.NOTE
        if not mode.reaches(Mode.SUGGEST if note else Mode.APPROVE):
            return say(book.language, "failed.mode", mode=mode.value)
    verdict = evaluate(book, tracked.proposal.action, place, human=True)
    return say(book.language, "refused.policy", why=verdict.because) if isinstance(verdict, Deny) else None
