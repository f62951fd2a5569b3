"""One thread a ticket and channel: a question goes on where the channel talks of its ticket already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from bot.core.errors import Reject, Retry
from bot.core.talks import Run, Talk
from bot.core.tickets import TicketRef
from bot.ports import Connector
from bot.runtime.talks import Talks

_KEY: Final = re.compile(
    r"(?<![\w/.-])(?:[A-Z][A-Z0-9_]{1,9}-[1-9]\d{0,8}|[A-Z]{2,8}\d{5,12})(?![\w-])", re.ASCII
)
"""What tickets are called: ``OPS-12``, ``INC0010023``."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Threads:
    """Fills ``bot.runtime.talking.Redirector``."""

    talks: Talks
    connectors: Mapping[str, Connector]

    async def elsewhere(self, talk: Talk, run: Run) -> str:
        """Return the lane of the channel's conversation about the same ticket; empty: it is this one.

        Only a conversation that begins moves, and only where one ticket is named. May raise ``Retry``.
        """
        if talk.direct or talk.memories or talk.focus is not None or run.settled:
            return ""
        keys = {key for words in run.words for key in _KEY.findall(words.text.raw)}
        if len(keys) != 1:
            return ""
        ref = await self._find(keys.pop())
        if ref is None:
            return ""
        channel = talk.place.channel
        lane = await self.talks.about(channel, ref)
        # What the look-up says may be over: then the thread that begins is the ticket's.
        if lane and lane != talk.lane and (await self.talks.load(lane))[1].focus == ref:
            return lane
        first = await self.talks.begun(channel, ref, talk.lane)
        if first == talk.lane:
            return ""
        # Two have asked at once: the second waits with the first, while that is answered.
        other = (await self.talks.load(first))[1]
        return first if other.run is not None or other.focus == ref else ""

    async def _find(self, key: str) -> TicketRef | None:
        away: Retry | None = None
        for connector in self.connectors.values():
            try:
                return await connector.find(key)
            except Reject as no:
                log.debug("ticket_not_there", connector=connector.name, why=type(no).__name__)
            except Retry as error:
                away = error  # another system may know it
        if away is not None:
            raise away
        return None
