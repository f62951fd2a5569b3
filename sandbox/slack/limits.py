"""Rate limits, per method and, for new messages, per channel: docs.slack.dev/apis/web-api/rate-limits.

Tiers are the published calls a minute. Where Slack only says "special", the figure is this sandbox's own and
the comment says so.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 60.0
TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
SPECIAL: Final = 600
"""For methods whose limit Slack does not publish ("hundreds a minute"); generous, and our own figure."""
POSTS_BURST: Final = 5
"""New messages per channel that may come at once; the sustained rate is one a second. Our own figure:
Slack only says that short bursts are allowed."""


class Limiter:
    """Counts calls; switched off it lets everything pass."""

    def __init__(self, clock: Callable[[], float], *, enabled: bool) -> None:
        self.enabled = enabled
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    def wait_s(self, method: str, per_minute: int) -> int:
        """Count a call; return 0 when it may pass, else the whole seconds of ``Retry-After``."""
        return self._wait(method, per_minute, WINDOW_S)

    def wait_for_channel_s(self, channel: str) -> int:
        """Count a new message in ``channel``; as ``wait_s``."""
        return self._wait(f"post {channel}", POSTS_BURST, float(POSTS_BURST))

    def _wait(self, name: str, most: int, window_s: float) -> int:
        if not self.enabled:
            return 0
        now, calls = self._clock(), self._calls.setdefault(name, deque())
        while calls and calls[0] <= now - window_s:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + window_s - now))
        calls.append(now)
        return 0
