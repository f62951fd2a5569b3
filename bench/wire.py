"""Load over raw HTTP/1.1: prepared bytes, keep-alive, bounded in count and in time, loopback only.

An HTTP client library would cost more per request than the server that is measured. Two ways to ask: as fast
as answers come (closed), which finds the ceiling, and at a fixed rate whatever the answers do (open), which
is how webhooks come. In the open one a request's time counts from the moment it was due, so that a server
that stalls cannot hide it by stalling its own load.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

from typing_extensions import override

LOOPBACK = "127.0.0.1"
LOAD_S_MAX = 60.0
"""No single load takes longer; a server that answers nothing is an error, not a slow result."""


@dataclass(slots=True)
class Load:
    """What came of one load."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter[int])
    latencies: list[float] = field(default_factory=list[float])
    """Seconds, in the order of the answers."""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds


class _Line(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self._answer: asyncio.Future[int] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, complete, body = self._heard.partition(b"\r\n\r\n")
        if not complete or len(body) < _length(head):
            return
        self._heard = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever the reason, the answer will not come
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))

    async def ask(self, request: bytes) -> int:
        """Send ``request`` and return the status."""
        assert self._transport is not None, "connected"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def closed_loop(port: int, requests: Sequence[bytes], connections: int = 32) -> Load:
    """Send all ``requests``, each connection the next one as soon as it has its answer."""
    lines = await _connect(port, connections)
    waiting, load = deque(requests), Load()

    async def work(line: _Line) -> None:
        while waiting:
            request, sent = waiting.popleft(), perf_counter()
            load.statuses[await line.ask(request)] += 1
            load.latencies.append(perf_counter() - sent)

    began = perf_counter()
    try:
        async with asyncio.timeout(LOAD_S_MAX):
            await asyncio.gather(*(work(line) for line in lines))
    finally:
        for line in lines:
            line.close()
    load.seconds = perf_counter() - began
    return load


async def open_loop(
    port: int, requests: Sequence[bytes], per_second: float, *, connections: int = 32, began: float = 0.0
) -> Load:
    """Send ``requests`` at ``per_second``; a request waits for a free connection if all are busy.

    ``began``: the ``perf_counter`` at which the first one is due; 0: at once.
    """
    lines = await _connect(port, connections)
    free: asyncio.Queue[_Line] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    load, began = Load(), began or perf_counter() + 0.05

    async def send(request: bytes, due: float) -> None:
        line = await free.get()
        load.statuses[await line.ask(request)] += 1
        load.latencies.append(perf_counter() - due)
        free.put_nowait(line)

    try:
        async with asyncio.timeout(LOAD_S_MAX + len(requests) / per_second), asyncio.TaskGroup() as sends:
            for place, request in enumerate(requests):
                due = began + place / per_second
                await asyncio.sleep(max(0.0, due - perf_counter()))
                sends.create_task(send(request, due))
    finally:
        for line in lines:
            line.close()
    load.seconds = perf_counter() - began
    return load


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the bytes of one POST."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {LOOPBACK}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _connect(port: int, connections: int) -> list[_Line]:
    loop = asyncio.get_running_loop()
    made = [loop.create_connection(_Line, LOOPBACK, port) for _ in range(connections)]
    return [line for _, line in await asyncio.gather(*made)]
