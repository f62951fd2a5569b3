"""How proposals end, brought to whoever asked: by the first part of the lane they named."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bot.core.effects import TellTalk
from bot.runtime.effects import Talks

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class TalksRouter:
    """Fills ``Talks`` for several kinds of conversations."""

    def __init__(self, kinds: Mapping[str, Talks]) -> None:
        """``kinds``: what stands before the first colon of a lane, and who takes what is told there."""
        self._kinds = kinds

    async def settled(self, order: TellTalk) -> None:
        """Pass it on; may raise ``Retry``."""
        kind = order.talk.partition(":")[0]
        taker = self._kinds.get(kind)
        if taker is None:
            # A conversation of a kind that is not set up any more: the card has told everybody else.
            log.warning("nobody_to_tell", kind=kind, proposal=order.proposal)
            return
        await taker.settled(order)
