"""Fits each connector's classifier afresh once enough was learned, in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Final, TypeAlias

import structlog

from bot.brain.candidates import is_due
from bot.brain.classify.shelf import Shelf
from bot.brain.history import History
from bot.brain.reconsidering import reconsider
from bot.core.errors import BotError
from bot.ports import Clock

LOOK_S: Final = 60.0
"""Between two looks whether there is enough new to learn."""
DOUBT_STEP: Final = 50
"""Tickets learned before a classifier in doubt is looked at again: fewer change no verdict."""

Refit: TypeAlias = Callable[[str], Awaitable[None]]
"""Fits one connector's classifier and puts it on the shelf, if it is no worse."""
Failing: TypeAlias = Callable[[str], Collection[str]]
"""The fields of a connector that are wrong more often than promised, now."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class School:
    """The files are its only memory: whoever shares the directory shares the classifiers."""

    def __init__(self, history: History, shelf: Shelf, refit: Refit, clock: Clock, failing: Failing) -> None:
        """``refit`` must not hold up the event loop."""
        self._history, self._shelf, self._refit, self._clock = history, shelf, refit, clock
        self._failing = failing
        self._seen: dict[str, object] = {}
        self._doubted: dict[str, object] = {}

    async def run(self, connectors: Iterable[str]) -> None:
        """Look once a minute until cancelled."""
        names = list(connectors)
        while True:
            for name in names:
                try:
                    await self.doubt(name)
                    await self.look(name)
                except BotError as error:
                    log.warning("not_fitted", connector=name, why=str(error))
            await self._clock.sleep(LOOK_S)

    async def look(self, connector: str) -> bool:
        """Fit if it is time; whether it was.

        Raises:
            Misconfigured: the history does not read, or the shelf cannot be written.
            Retry: the fit was ended from outside.
        """
        stamp = await asyncio.to_thread(self._history.stamp, connector)
        if stamp is None or self._seen.get(connector) == stamp:
            return False
        due = await asyncio.to_thread(self._is_due, connector)
        if due:
            await self._refit(connector)
            version = await asyncio.to_thread(self._shelf.stamp, connector)
            log.info("fitted", connector=connector, version=version[0] if version else None)
        self._seen[connector] = stamp
        return due

    async def doubt(self, connector: str) -> bool:
        """Go back to the classifier before, if a promise is broken and that one kept it better.

        Returns whether it did. Raises as :meth:`look`.
        """
        failing = frozenset(self._failing(connector))
        if not failing:
            return False
        known = await asyncio.to_thread(self._history.count, connector)
        used = await asyncio.to_thread(self._shelf.stamp, connector)
        looked_at = (used, failing, known // DOUBT_STEP)
        if used is None or self._doubted.get(connector) == looked_at:
            return False
        why = await asyncio.to_thread(reconsider, self._history, self._shelf, connector, failing)
        self._doubted[connector] = looked_at
        if why:
            log.error("classifier_rolled_back", connector=connector, version=used[0], why=why)
        return bool(why)

    def _is_due(self, connector: str) -> bool:
        used = self._shelf.stamp(connector)
        notes: Mapping[str, Any] = self._shelf.notes(connector, used[0]) if used else {}
        return is_due(self._history.count(connector), notes)
