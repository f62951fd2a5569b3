"""``/healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web

from bot.core.errors import Retry
from bot.ports import Clock
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pump import Worker

SILENT_S: Final = 10.0
"""Without an answer from Redis for this long, the workers do not count as running."""


class Health:
    """What an orchestrator and a person ask."""

    def __init__(self, lanes: Lanes, worker: Worker | None, clock: Clock, meters: Meters) -> None:
        """``worker`` None: this replica only takes in."""
        self._lanes, self._worker, self._clock, self._meters = lanes, worker, clock, meters
        self._troubles: list[Callable[[], str]] = []

    def watch(self, trouble: Callable[[], str]) -> None:
        """Show what ``trouble`` returns under ``notes``; it keeps nobody from being ready."""
        self._troubles.append(trouble)

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the process lives."""
        return web.json_response({"status": "alive"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 only if Redis answers and the workers run; else 503 with the reasons."""
        reasons = await self._reasons()
        notes = [said for trouble in self._troubles if (said := trouble())]
        status = 503 if reasons else 200
        return web.json_response(
            {"ready": not reasons, "reasons": list(reasons), "notes": notes}, status=status
        )

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus' text format."""
        await self._measure()
        return web.Response(body=self._meters.page(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _reasons(self) -> Sequence[str]:
        reasons: list[str] = []
        try:
            await self._lanes.load("readyz")
        except Retry as away:
            reasons.append(f"Redis does not answer: {away}")
        if self._worker is not None:
            health = self._worker.health
            silent = (
                health.last_ok_at is None
                or (self._clock.now() - health.last_ok_at).total_seconds() > SILENT_S
            )
            if not health.alive:
                reasons.append("the workers do not run")
            elif silent:
                reasons.append(f"the workers have not heard from Redis for {SILENT_S:g} s")
        return reasons

    async def _measure(self) -> None:
        try:
            depths = await self._lanes.depths()
        except Retry:
            return
        for name, pool in depths.pools.items():
            self._meters.queue.labels(name, "queued").set(pool.queued)
            self._meters.queue.labels(name, "running").set(pool.running)
            self._meters.queue.labels(name, "behind").set(pool.behind)
            self._meters.lag.labels(name).set(pool.oldest_ms / 1000)
        self._meters.dead.set(depths.dead)
