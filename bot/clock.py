"""The one clock of a running process; tests bring their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """The machine's time. Fills ``bot.ports.Clock``."""

    def now(self) -> datetime:
        """Return the current instant, UTC and aware."""
        return datetime.now(UTC)  # noqa: TID251  # the one place that asks the machine

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds``; zero or less only lets others run."""
        await asyncio.sleep(max(seconds, 0.0))  # noqa: TID251  # the one place that really waits
