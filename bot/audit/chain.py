"""The chain as Redis keeps it: where it stands, its blocks, its keys. Reading only."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.audit.boxes import TextKey
from bot.audit.lines import GENESIS, HEAD, read_head
from bot.core.errors import Malformed
from bot.runtime.scripts import Script, outage_told

NO_TICKET: Final = "-"
"""Whose key locks the words of records that belong to no ticket."""
BLOCK_BYTES_MAX: Final = 64 * 1024 * 1024
"""A block unpacked: 500 lines, or what packing puts together, are far below it."""

_FIND = Script("audit_block")


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the chain ends."""

    number: int = 0
    hash: bytes = GENESIS
    before: str = ""
    """SHA-256 hex of the last head's line; empty when there is none."""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Some neighbouring segments: their record lines, each run followed by its head."""

    first: int
    last: int
    at_ms: int
    """When its last segment was sealed."""

    @property
    def member(self) -> str:
        """Its name among the blocks."""
        return f"{self.first}-{self.last}-{self.at_ms}"

    @staticmethod
    def read(member: bytes) -> Block:
        """Read its name.

        Raises:
            Malformed: somebody else wrote there.
        """
        try:
            first, last, at_ms = member.decode("ascii").split("-")
            return Block(int(first), int(last), int(at_ms))
        except ValueError as error:
            raise Malformed(f"a block of the audit is called {member!r}, which we never wrote") from error


@dataclass(frozen=True, slots=True)
class Pruned:
    """What retention has dropped."""

    number: int = 0
    head: bytes = b""
    """The line of the head that ended it."""


class Chain:
    """Read access; all replicas share one."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: of every key, as the lanes have it."""
        self.redis, self.prefix = redis, prefix

    def key(self, name: str) -> str:
        """Return the Redis key of one part; see ``audit_seal.lua``."""
        return f"{self.prefix}:audit:{name}"

    async def ask(self, *command: str | bytes | int) -> Any:
        """Send one command.

        Raises:
            Retry: Redis is away.
        """
        return await outage_told(cast("Any", self.redis).execute_command(*command))

    async def tip(self) -> Tip:
        """Return where the chain ends. Raises as :meth:`ask`."""
        number, digest, before, at_ms = await self.ask("HMGET", self.key("head"), "n", "h", "p", "a")
        if number is None:
            return Tip()
        return Tip(int(number), bytes.fromhex(digest.decode()), before.decode(), int(at_ms))

    async def buffered(self) -> int:
        """Return how many records wait to be sealed. Raises as :meth:`ask`."""
        return int(await self.ask("XLEN", f"{self.prefix}:audit"))

    async def signers(self) -> dict[str, str]:
        """Return who has sealed here: public keys by id. Raises as :meth:`ask`."""
        held = await self.ask("HGETALL", self.key("keys"))
        return dict(sorted((name.decode(), text.decode()) for name, text in held.items()))

    async def text_keys(self, tickets: Sequence[str]) -> Mapping[str, TextKey]:
        """Return the keys to the words about ``tickets``; those that have none are left out."""
        if not tickets:
            return {}
        stored = await self.ask("HMGET", self.key("text"), *tickets)
        keys = {ticket: TextKey.read(raw) for ticket, raw in zip(tickets, stored, strict=True) if raw}
        return {ticket: key for ticket, key in keys.items() if key is not None}

    async def pruned(self) -> Pruned:
        """Return what retention has dropped. Raises as :meth:`ask`."""
        number, line = await self.ask("HMGET", self.key("pruned"), "n", "l")
        return Pruned() if number is None else Pruned(int(number), line)

    async def forwarded(self) -> int:
        """Return the last number that was forwarded; 0: none. Raises as :meth:`ask`."""
        return int(await self.ask("GET", self.key("cursor")) or 0)

    async def blocks(self, start: int = 0, stop: int = -1) -> list[Block]:
        """Return blocks by their place in the order, oldest first. Raises as :meth:`ask`."""
        return [Block.read(name) for name in await self.ask("ZRANGE", self.key("blocks"), start, stop)]

    async def block(self, number: int) -> tuple[Block, bytes] | None:
        """Return the block that holds record ``number``, and its lines; None when there is none.

        Raises:
            Retry: Redis is away.
            Malformed: the block does not unpack.
        """
        found = await _FIND(self.redis, self.prefix, number)
        return (Block.read(found[0]), unpacked(found[1])) if found else None

    async def lines(self, first: int, last: int) -> AsyncIterator[list[bytes]]:
        """Yield the lines of records ``first`` to ``last`` and of their heads, some at a time.

        ``first`` must begin a segment. Blocks may be packed together meanwhile; lines stay what they are.

        Raises:
            Retry: Redis is away.
            Malformed: a block is not there, or does not unpack.
        """
        while first <= last:
            found = await self.block(first)
            if found is None:
                raise Malformed(f"record {first} is not in the store, though it was sealed and not dropped")
            block, text = found
            yield between(text.splitlines(keepends=True), block.first, first, last)
            first = block.last + 1

    async def since(self, moment: datetime) -> int:
        """Return the number of the first record sealed at or after ``moment``: the first of its segment.

        One more than the last number when there is none. Time never goes back along the chain, so it is
        looked for by halves. Raises as :meth:`lines`.
        """
        low, high = 0, int(await self.ask("ZCARD", self.key("blocks")))
        while low < high:
            middle = (low + high) // 2
            found = await self.blocks(middle, middle)
            # Nothing there: blocks were packed or dropped meanwhile, so that there are fewer now.
            if not found or found[0].at_ms >= milliseconds(moment):
                high = middle
            else:
                low = middle + 1
        for block in await self.blocks(low, low):
            held = await self.block(block.first)
            if held is not None:
                return _first_since(held[1].splitlines(keepends=True), held[0].first, moment)
        return (await self.tip()).number + 1

    async def head_before(self, number: int) -> bytes:
        """Return the line of the head that ends right before record ``number``; empty before the first.

        Raises as :meth:`lines`.
        """
        if number == 1:
            return b""
        pruned = await self.pruned()
        if pruned.number == number - 1:
            return pruned.head
        found = await self.block(number - 1)
        lines = between(found[1].splitlines(keepends=True), found[0].first, 1, number - 1) if found else []
        if not lines or not lines[-1].startswith(HEAD):
            raise Malformed(f"the head before record {number} is not in the store")
        return lines[-1]


def _first_since(lines: Sequence[bytes], number: int, moment: datetime) -> int:
    for line in lines:
        read = read_head(line) if line.startswith(HEAD) else None
        if read is not None and datetime.fromisoformat(read[0].at) >= moment:
            return read[0].first
        number += not line.startswith(HEAD)
    return number


def between(lines: Sequence[bytes], number: int, first: int, last: int) -> list[bytes]:
    """Return the lines of records ``first`` to ``last`` and of the heads behind them.

    ``number``: of the first record in ``lines``.
    """
    kept: list[bytes] = []
    for line in lines:
        if line.startswith(HEAD):
            kept += [line] if kept else []
            if number > last:
                break
        else:
            kept += [line] if first <= number <= last else []
            number += 1
    return kept


def packed(lines: bytes) -> bytes:
    """Return lines as a block is kept."""
    return zlib.compress(lines, 6)


def unpacked(block: bytes) -> bytes:
    """Return the lines of a block.

    Raises:
        Malformed: it was changed in Redis.
    """
    unpacker = zlib.decompressobj()
    try:
        lines = unpacker.decompress(block, BLOCK_BYTES_MAX)
    except zlib.error as error:
        raise Malformed(f"a block of the audit does not unpack: {error}") from error
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("a block of the audit does not unpack: it was cut, or something was added to it")
    return lines


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def moment_of(at_ms: int) -> str:
    """Return milliseconds since 1970 as heads write them."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).isoformat(
        timespec="milliseconds"
    )
