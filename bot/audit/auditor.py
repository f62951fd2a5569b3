"""Everything a worker does for the audit, beside its work: seal, keep the store small, forward."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from bot.audit.chain import Chain
from bot.audit.collectors import open_collector
from bot.audit.forwarding import Forwarder
from bot.audit.keys import SigningKey
from bot.audit.packing import Keeper
from bot.audit.sealer import Sealer
from bot.audit.settings import AuditSection
from bot.ports import Clock
from bot.settings import Environment


class Auditor:
    """One replica's part. Any number of replicas may run one; they take turns."""

    def __init__(
        self, redis: Redis, prefix: str, clock: Clock, key: SigningKey, *, name: str, section: AuditSection
    ) -> None:
        """``key``: from :func:`bot.audit.keys.own_key`. ``name``: of this replica, unique."""
        chain = Chain(redis, prefix)
        self._clock, self._name, self._section, self.chain = clock, name, section, chain
        self.sealer = Sealer(redis, prefix, key, clock, name=name)
        self.keeper = Keeper(
            chain, clock, keep_s=section.keep, forwarded=section.forward is not None, name=name
        )
        self.forwarder: Forwarder | None = None

    def forward(self, env: Environment) -> None:
        """Also forward, where the configuration says so. Does no network I/O.

        Raises:
            Misconfigured: the collector's token or certificates cannot be read.
        """
        if self._section.forward is not None:
            collector = open_collector(self._section.forward, env)
            self.forwarder = Forwarder(self.chain, collector, self._clock, name=self._name)

    @property
    def trouble(self) -> str:
        """Why nothing is sealed or forwarded, for /readyz; empty when all is well."""
        return self.sealer.trouble or (self.forwarder.trouble if self.forwarder is not None else "")

    async def run(self) -> None:
        """Do all of it until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.sealer.run())
            tasks.create_task(self.keeper.run())
            if self.forwarder is not None:
                tasks.create_task(self.forwarder.run())

    async def finish(self) -> None:
        """Seal what the last jobs wrote, so that no words lie in the buffer while nothing runs.

        Raises:
            Retry: Redis is away; the next start seals it.
        """
        await self.sealer.drain()
