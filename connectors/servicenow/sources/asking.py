"""Asking in the connector's own threads, over its own sessions: one bound on everything that is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.core.errors import Retry
from connectors._threads import PerThread, Threads
from connectors.servicenow.failures import AWAY_S
from connectors.servicenow.wire import Wire

CALL_S: Final = 20.0
"""From asking for a thread to the whole answer: somebody waits for it in a conversation."""
ANSWER_BYTES_MAX: Final = 4 * 1024 * 1024
"""An article with pictures inside it can be that long; no answer to a search is."""


class Asking:
    """One instance, to be read from."""

    def __init__(self, threads: Threads, wires: PerThread[Wire]) -> None:
        self._threads, self._wires = threads, wires

    async def get(self, path: str, params: Mapping[str, str]) -> Any:
        """Return what stands under ``result``.

        Raises:
            Retry, Forbidden, Missing: as ``bot.sources.Source.look``. Refused: it is too much.
        """
        try:
            return await self._threads.run(
                lambda: self._wires.get().result(path, params, ANSWER_BYTES_MAX), timeout_s=CALL_S
            )
        except TimeoutError as error:
            raise Retry(f"no answer from ServiceNow within {CALL_S:g} s", after_s=AWAY_S) from error
