"""Reads on in what people have taught, and adds it to the history: every replica for its own directory."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from bot.core.errors import BotError, Misconfigured, Reject, Retry
from bot.core.tickets import PastTicket, Snapshot
from bot.ports import Clock, Connector
from bot.runtime.outcomes import Outcomes, Taught

LOOK_S: Final = 15.0
"""Between two looks: what people decide shows in suggestions within a minute."""
AT_ONCE_MAX: Final = 50
"""Tickets read per look, so that a morning after an outage does not crowd out the day's own reads."""
_MARK: Final = "taught.json"

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


Learn: TypeAlias = Callable[[str, Sequence[PastTicket]], Awaitable[object]]
"""Adds solved tickets to the history of one connector."""


class Pupil:
    """Learns from tickets on which people have shown what is right. Keeps no text but in the history."""

    def __init__(
        self,
        outcomes: Outcomes,
        connectors: Mapping[str, Connector],
        learn: Learn,
        clock: Clock,
        directory: Path,
    ) -> None:
        """``directory``: the history's own; how far it has read is kept in it, beside the history."""
        self._outcomes, self._connectors, self._learn = outcomes, connectors, learn
        self._clock, self._path = clock, directory / _MARK

    async def run(self) -> None:
        """Learn until cancelled."""
        while True:
            try:
                await self.step()
            except Retry as later:
                log.info("not_learned_yet", why=str(later))
            except Misconfigured as wrong:
                log.error("not_learned", why=str(wrong))  # noqa: TRY400  # the sentence says it all, no place in our code does
            await self._clock.sleep(LOOK_S)

    async def step(self) -> int:
        """Learn what came since the last look; returns how many tickets taught something.

        Raises:
            Retry: Redis or a ticket system is away; what was not learned is learned then.
            Misconfigured: the data directory cannot be written; says what to do.
        """
        mark = await asyncio.to_thread(self._mark)
        if mark is None:
            # What was taught before this directory knew anything is in what it was first filled with.
            await asyncio.to_thread(self._keep, await self._outcomes.newest())
            return 0
        lessons: dict[str, list[PastTicket]] = {}
        for reached, taught in await self._outcomes.since(mark, AT_ONCE_MAX):
            past = await self._read(taught)
            if past is not None:
                lessons.setdefault(taught.ref.connector, []).append(past)
            mark = reached
        for connector, past_tickets in lessons.items():
            await self._learn(connector, past_tickets)
        await asyncio.to_thread(self._keep, mark)
        return sum(map(len, lessons.values()))

    async def _read(self, taught: Taught) -> PastTicket | None:
        """Return the ticket as it is now; None where there is nothing to learn from it any more."""
        connector = self._connectors.get(taught.ref.connector)
        if connector is None:
            return None
        try:
            snapshot = await connector.read(taught.ref)
        except Reject as gone:
            log.info("lesson_skipped", ticket=taught.ref.id, why=type(gone).__name__)
            return None
        except Retry:
            raise
        except BotError as error:
            raise Retry(f"the ticket was not read: {type(error).__name__}", after_s=LOOK_S) from error
        if snapshot.ticket.restricted:
            log.info("lesson_skipped", ticket=taught.ref.id, why="few may read it")
            return None  # its words would be shown beside tickets that others read
        fields = connector.suggestible if taught.fields is None else taught.fields
        return _past(snapshot, fields)

    def _mark(self) -> float | None:
        try:
            return float(json.loads(self._path.read_text(encoding="utf-8"))["mark"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured(
                f"{self._path} does not read ({type(error).__name__}): delete it, and learn what was "
                "taught meanwhile with `countersign learn --from`"
            ) from error

    def _keep(self, mark: float) -> None:
        new = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.write_text(json.dumps({"mark": mark}), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            raise Misconfigured(f"{self._path} cannot be written: {error.strerror}") from error


def teachable(past: PastTicket, connector: Connector) -> PastTicket:
    """Return ``past`` with what could be suggested alone: where a workflow ended teaches nothing."""
    fields = {name: value for name, value in past.fields.items() if name in connector.suggestible}
    return replace(past, fields=fields)


def _past(snapshot: Snapshot, fields: tuple[str, ...]) -> PastTicket:
    ticket = snapshot.ticket
    reporter = ticket.reporter.id if ticket.reporter else ""
    answers = [
        each
        for each in snapshot.comments
        if each.public
        and not ticket.is_asked_by(each.author)
        and (each.author.is_person or each.author.is_us)
    ]
    return PastTicket(
        key=ticket.key,
        url=ticket.url,
        queue=ticket.queue,
        summary=ticket.summary,
        description=ticket.description,
        fields={name: value for name in fields if (value := ticket.fields.get(name, ()))},
        closed_at=ticket.updated_at,
        answer=answers[-1].body if answers and ticket.closed else None,
        person=reporter,
    )
