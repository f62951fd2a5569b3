"""The knowledge folder, kept up with: what was written into it is found a minute later, without a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from bot.brain.retrieve.articles import stamp
from bot.brain.retrieve.knowledge import Knowledge
from bot.brain.semantic.remembering import Embeds
from bot.core.errors import Misconfigured

LOOK_S: Final = 60.0
"""Between two looks at the folder's dates and sizes; 20,000 files are looked at in 0.2 s."""
WAIT_S: Final = 1.0
"""For a look to end before the older articles answer: a hundred new ones take a second."""

Stamp = tuple[tuple[str, int, int], ...]

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Library:
    """Articles that may be quoted to whoever asks. Safe for threads; blocks, so never in the event loop."""

    def __init__(
        self,
        folder: Path,
        embedder: Callable[[], Embeds | None] = lambda: None,
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """``embedder``: gives the model for sentence vectors, if there is one; ``now``: seconds."""
        self._folder, self._embedder, self._now = folder, embedder, now
        self._lock = threading.Lock()
        self._held: Knowledge | None = None
        self._stamp: Stamp | None = None
        self._looked_at = 0.0
        self._thread: threading.Thread | None = None

    def current(self) -> Knowledge | None:
        """Return the articles; the first time reads them, 10 ms each, later ones are read in a thread.

        None: they could not be read yet; the log says why. Never raises.
        """
        if self._stamp is None:
            with self._lock:
                if self._stamp is None:
                    self._read()
        elif self._now() - self._looked_at >= LOOK_S:
            self._look_aside()
        return self._held

    def settle(self) -> None:
        """Wait until what is being read has been."""
        if self._thread is not None:
            self._thread.join()

    def _look_aside(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._looked_at = self._now()
                self._thread = threading.Thread(target=self._look, name="knowledge", daemon=True)
                self._thread.start()
            finally:
                self._lock.release()
            self._thread.join(WAIT_S)

    def _look(self) -> None:
        with self._lock:
            if stamp(self._folder) != self._stamp:
                self._read()

    def _read(self) -> None:
        self._looked_at, self._stamp = self._now(), stamp(self._folder)
        try:
            self._held = Knowledge.read(self._folder, self._embedder(), self._held)
        except Misconfigured as error:
            # What was read before is still true enough to quote; said once per change of the folder.
            _log.error("knowledge_unreadable", why=str(error))
        else:
            _log.info("knowledge_read", articles=len(self._held))
