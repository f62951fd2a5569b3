"""How many signed webhooks one process accepts durably a second, next to the least that could be done.

Baseline and bot write to the same embedded server, run in processes of their own, and are asked in turns by
the same load generator (32 connections, this process), so that whatever else the machine does hits both. The
ratio is that of the medians of the repetitions.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from redis.asyncio import Redis

from bench.processes import Child, child
from bench.table import Row, middle, ms, percentile
from bench.wire import Load, closed_loop, open_loop, post
from bot.runtime.embedded import open_embedded
from bot.runtime.redis_client import command_client
from sandbox.jira import JiraSandbox

SECRET = "bench-webhook-secret"  # noqa: S105  # made up, of a fake on this machine
LANES = 200
"""Tickets the load is about; as on a busy morning, several deliveries tell of the same one."""
TARGET_RATIO, TARGET_P99_S, RATE = 0.8, 0.010, 500.0
ACCEPTED = 202


async def run(*, quick: bool) -> list[Row]:
    """Measure; ``quick`` with fewer requests."""
    return await (measure(600, 3, 1) if quick else measure(4_000, 9, 10))


async def measure(count: int, repetitions: int, seconds: int) -> list[Row]:
    """Send ``count`` requests a repetition as fast as they go, then some at a fixed rate for ``seconds``."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
        server = await open_embedded(Path(folder))
        redis = command_client(server.url)
        try:
            async with (
                child("bench.bare", server.url, SECRET) as bare,
                child("bot", "run", "--role", "intake", env=environment(server.url, folder)) as ours,
            ):
                requests = requests_without_end()
                ceiling = await _in_turns((bare, ours), redis, requests, (count, repetitions))
                steady = await open_loop(
                    ours.port, list(itertools.islice(requests, int(RATE) * seconds)), RATE
                )
                _check(steady)
        finally:
            await redis.aclose()
            await server.stop()
    return [*ceiling, _latency(steady)]


def environment(redis_url: str, folder: str) -> dict[str, str]:
    """Intake asks Jira nothing, so nobody listens at its address."""
    return {
        "REDIS_URL": redis_url,
        "COUNTERSIGN_DATA": folder,
        "COUNTERSIGN_PORT": "0",
        "COUNTERSIGN_LOG_LEVEL": "WARNING",
        "JIRA_URL": "http://127.0.0.1:1",
        "JIRA_EMAIL": "bot@example.com",
        "JIRA_API_TOKEN": "unused",
        "JIRA_WEBHOOK_SECRET": SECRET,
    }


async def _in_turns(
    pair: tuple[Child, Child], redis: Redis, requests: Iterator[bytes], size: tuple[int, int]
) -> list[Row]:
    count, repetitions = size
    rates: dict[int, list[float]] = {0: [], 1: []}
    cpu: dict[int, list[float]] = {0: [], 1: []}
    for repetition in range(repetitions + 1):
        for place, server in enumerate(pair):
            await redis.flushall()  # pyright: ignore[reportUnknownMemberType]  # untyped **kwargs
            before = server.cpu_s()
            load = await closed_loop(server.port, list(itertools.islice(requests, count)))
            _check(load)
            if repetition:  # the first one warms both up
                rates[place].append(load.per_second)
                cpu[place].append((server.cpu_s() - before) / count)
    bare, ours = middle(rates[0]), middle(rates[1])
    of_bare, of_ours = middle(cpu[0]) * 1e6, middle(cpu[1]) * 1e6
    return [
        Row(
            measure="intake: bare aiohttp, HMAC + XADD",
            value=f"{bare:,.0f}/s",
            ratio=1.0,
            dominates=f"{of_bare:.0f} µs CPU a request, mostly redis-py's own per command",
        ),
        Row(
            measure="intake: signed Jira webhooks, durable",
            value=f"{ours:,.0f}/s",
            ratio=ours / bare,
            target=f">= {TARGET_RATIO} of bare",
            ok=ours / bare >= TARGET_RATIO,
            dominates=f"{of_ours:.0f} µs CPU a request: aiohttp, HMAC, JSON; a batch shares Redis",
        ),
    ]


def _latency(load: Load) -> Row:
    p99 = percentile(load.latencies, 99)
    return Row(
        measure=f"intake at {RATE:.0f}/s, p50 / p99",
        value=f"{ms(percentile(load.latencies, 50))} / {ms(p99)}",
        target=f"p99 < {TARGET_P99_S * 1000:.0f} ms",
        ok=p99 < TARGET_P99_S,
        dominates="one script call; the tail is other processes on this machine",
    )


def _check(load: Load) -> None:
    if set(load.statuses) != {ACCEPTED}:
        raise RuntimeError(f"not all were accepted: {dict(load.statuses)}")


def requests_without_end() -> Iterator[bytes]:
    """Yield signed deliveries without end, each with an id of its own; the bodies are a fake Jira's."""
    site = JiraSandbox(webhook_secret=SECRET)
    site.register_webhook("http://127.0.0.1:1/")
    site.deliveries.drop = LANES
    bodies: list[bytes] = []
    for number in range(LANES):
        site.world.create_issue(
            f"The printer in room {number} does nothing", description="Since Monday. " * 20
        )
        bodies.append(site.deliveries.sent[-1].delivery.body)
    signed = [(body, _signature(body)) for body in bodies]
    for number in itertools.count():
        body, signature = signed[number % LANES]
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Hub-Signature": signature,
            "X-Atlassian-Webhook-Identifier": f"bench-{number}",
        }
        yield post("/webhooks/jira", headers, body)


def _signature(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
