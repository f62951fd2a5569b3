"""Keeps what is remembered up with the files it was learned into, without a restart and beside the work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from bot.brain.history import History
from bot.brain.memory import Memory
from bot.brain.snapshot import Snapshot
from bot.core.errors import Misconfigured

AT_ONCE_BYTES: Final = 1 << 20
"""A file up to this size is read by whoever asks first: 50 ms at most. A larger one is read in a thread."""
REST_S: Final = 20.0
"""Between two readings of a large file: what was taught shows within a minute."""
WAIT_S: Final = 1.0
"""For a reading to end before the older memory answers: 50,000 tickets with a few new ones take 0.2 s."""

Stamp = tuple[int, int, int] | None

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    memory: Memory
    snapshot: Snapshot
    stamp: Stamp
    read_at: float


class Memories:
    """One memory a connector. Safe for threads; every method blocks, so never in the event loop."""

    def __init__(self, history: History, *, now: Callable[[], float] = monotonic) -> None:
        """``now``: seconds, from any beginning."""
        self._history, self._now = history, now
        self._held: dict[str, _Held] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._threads: dict[str, threading.Thread] = {}

    def of(self, connector: str) -> Memory:
        """Return what is remembered of ``connector``, as it is now or, while a large file is read, was.

        The first time takes 0.2 ms a ticket. Never raises: a damaged file is said once, then as if empty.
        """
        stamp, held = self._history.stamp(connector), self._held.get(connector)
        if held is not None and held.stamp == stamp:
            return held.memory
        if held is None or stamp is None or stamp[1] <= AT_ONCE_BYTES:
            return self._followed(connector)
        if self._now() - held.read_at >= REST_S:
            self._follow_aside(connector)
        return self._held[connector].memory

    def settle(self) -> None:
        """Wait until what is being read has been."""
        for thread in list(self._threads.values()):
            thread.join()

    def _follow_aside(self, connector: str) -> None:
        running = self._threads.get(connector)
        if running is not None and running.is_alive():
            return  # whoever started it waits for it
        name = f"remember-{connector}"
        thread = threading.Thread(target=self._followed, args=(connector,), name=name, daemon=True)
        thread.start()
        self._threads[connector] = thread  # two at once do no harm: the second finds it read
        thread.join(WAIT_S)

    def _followed(self, connector: str) -> Memory:
        """Bring one up to date."""
        with self._locks.setdefault(connector, threading.Lock()):
            stamp, held = self._history.stamp(connector), self._held.get(connector)
            if held is not None and held.stamp == stamp:
                return held.memory
            snapshot = self._taken(connector, held.snapshot if held is not None else None)
            memory = held.memory.following(snapshot) if held is not None else Memory(snapshot)
            self._held[connector] = _Held(memory, snapshot, stamp, self._now())
            return memory

    def _taken(self, connector: str, before: Snapshot | None) -> Snapshot:
        try:
            return Snapshot.take(self._history.path(connector), before)
        except Misconfigured as error:
            # A damaged file must not stop every ticket: said once per change of the file, then as if empty.
            _log.error("history_unreadable", connector=connector, why=str(error))
            return Snapshot.none()
