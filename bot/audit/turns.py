"""Whose turn it is: of all replicas one at a time does a job. That saves work; nothing rests on it."""

from __future__ import annotations

import contextlib
from typing import Final

from bot.audit.chain import Chain
from bot.core.errors import Retry

HELD_S: Final = 15
"""For how long a turn lasts unless it is taken again: how late another replica takes over from a dead one."""


class Turns:
    """One replica's claim on one job."""

    def __init__(self, chain: Chain, job: str, name: str) -> None:
        """``name``: of this replica; empty: it takes no turns and always goes."""
        self._chain, self._key, self._name = chain, chain.key(job), name
        self._held = False

    async def mine(self) -> bool:
        """Whether it is this replica's turn, taking it when it is free.

        Raises:
            Retry: Redis is away.
        """
        if not self._name:
            return True
        # Until the answer is here it may be ours: whoever is cancelled meanwhile gives it up all the same.
        self._held = True
        taken = bool(await self._chain.ask("SET", self._key, self._name, "NX", "EX", HELD_S))
        self._held = taken or await self._is_ours()
        await self.keep()
        return self._held

    async def keep(self) -> None:
        """Take it for longer, when it is ours. Raises as :meth:`mine`."""
        if self._held:
            await self._chain.ask("EXPIRE", self._key, HELD_S)

    async def give_up(self) -> None:
        """Let another replica go on at once; without Redis it goes on when the turn runs out."""
        if self._held:
            self._held = False
            with contextlib.suppress(Retry):
                if await self._is_ours():
                    await self._chain.ask("DEL", self._key)

    async def _is_ours(self) -> bool:
        return bool(await self._chain.ask("GET", self._key) == self._name.encode())
