"""Webhooks on their way to the bot: at least once, retried; on demand duplicated, delayed or reordered."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""What Jira Cloud sends again.

community.developer.atlassian.com/t/new-jira-cloud-webhook-retry-policy/30554
"""
TIMEOUT_S = 20.0


@dataclass
class Delivery:
    """One POST, ready to be sent and sent again: headers that change per try come from ``retry_headers``."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    retry_headers: Callable[[int], Mapping[str, str]] = field(default=lambda _attempt: {})
    """Headers added on the n-th try, 0 the first."""


@dataclass
class Sent:
    """What became of a delivery."""

    delivery: Delivery
    statuses: list[int] = field(default_factory=list[int])
    """The answer to each try; 0 where none came."""
    done: bool = False


class Deliveries:
    """Sends in the background; one instance a vendor."""

    def __init__(self, *, retries: int = 5, retry_after_s: float = 0.3) -> None:
        """``retry_after_s`` is the real vendors' minutes, shortened for people who wait."""
        self.duplicate = 0
        """How many of the next deliveries are sent twice."""
        self.hold_back = 0
        """How many of the next deliveries wait until the one after them has gone (reordering)."""
        self.drop = 0
        """How many of the next deliveries are never sent (a vendor that loses them)."""
        self.sent: list[Sent] = []
        self._retries, self._retry_after_s = retries, retry_after_s
        self._held: list[Sent] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def send(self, delivery: Delivery) -> Sent:
        """Queue ``delivery`` and return at once; its outcome appears in the returned object."""
        sent = Sent(delivery)
        self.sent.append(sent)
        if self.drop > 0:
            self.drop -= 1
            return sent
        if self.hold_back > 0:
            self.hold_back -= 1
            self._held.append(sent)
            return sent
        copies = 2 if self.duplicate > 0 else 1
        self.duplicate -= copies - 1
        held, self._held = self._held, []
        for each in [*[sent] * copies, *held]:
            task = asyncio.get_running_loop().create_task(self._deliver(each))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return sent

    @property
    def under_way(self) -> int:
        """How many deliveries were neither taken nor given up yet."""
        return len(self._tasks)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop retrying and close the session."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, sent: Sent) -> None:
        for attempt in range(self._retries + 1):
            if attempt:
                await asyncio.sleep(self._retry_after_s * attempt)
            status = await self._post(sent.delivery, attempt)
            sent.statuses.append(status)
            if status and status not in RETRIED:
                break
        sent.done = True

    async def _post(self, delivery: Delivery, attempt: int) -> int:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        headers = {**delivery.headers, **delivery.retry_headers(attempt)}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            # As a file, because aiohttp warns of large bytes.
            body = io.BytesIO(delivery.body)
            async with self._session.post(delivery.url, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        return 0
