"""The audit: how fast it is sealed and checked, and what an export needs.

Checking is compared with the least that any checker must do: one pass over the same lines, one SHA-256 each.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import tempfile
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from bench.table import Row, middle
from bot.audit.chain import Chain
from bot.audit.export import Exporter, Wanted
from bot.audit.keys import SigningKey
from bot.audit.lines import GENESIS, SEALED_AT
from bot.audit.packing import Keeper
from bot.audit.sealer import Sealer
from bot.audit.verify import verify
from bot.clock import SystemClock
from bot.core.audit import Record
from bot.core.codec import encode
from bot.runtime.embedded import open_embedded
from bot.runtime.redis_client import command_client

PREFIX = "{bench}"
VERIFIED_PER_S = 200_000
MEMORY_BYTES = 8 * 1024 * 1024
SPARSE = 5
"""Records a segment when little happens: then signatures are most of the work."""


async def run(*, quick: bool) -> list[Row]:
    """Seal records into a real store, export them, and check the export."""
    many, rounds = (10_000, 3) if quick else (200_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        server = await open_embedded(Path(folder))
        redis = command_client(server.url)
        try:
            chain, key = Chain(redis, PREFIX), SigningKey.new()
            sealer = Sealer(redis, PREFIX, key, SystemClock())
            sealed_s = await _sealed(chain, sealer, many)
            await Keeper(chain, SystemClock(), keep_s=None, forwarded=False).pack(loose_max=0)
            whole, export_s, peak = await _exported(Exporter(chain, key, SystemClock()))
            rows = [
                Row(
                    measure=f"sealing {many:,} records",
                    value=f"{many / sealed_s:,.0f} records/s",
                    dominates="JSON, SHA-256 and AES of each record; Redis is asked once for 500",
                ),
                Row(
                    measure=f"exporting {many:,} records",
                    value=f"{many / export_s:,.0f} records/s",
                    dominates="unpacking blocks",
                ),
                Row(
                    measure="memory an export takes, whatever its length",
                    value=f"{peak / 1024 / 1024:.1f} MB",
                    target=f"at most {MEMORY_BYTES // 1024 // 1024} MB",
                    ok=peak <= MEMORY_BYTES,
                    dominates="one block and its lines",
                ),
                _checked("checking it", whole, rounds, target=True),
            ]
            await chain.ask("FLUSHALL")
            for start in range(0, many // 10, SPARSE):
                await _written(chain, start, SPARSE)
                await sealer.seal_once()
            sparse, _, _ = await _exported(Exporter(chain, key, SystemClock()))
            rows.append(
                _checked(f"checking heads after every {SPARSE} records", sparse, rounds, target=False)
            )
            return rows
        finally:
            await redis.aclose()
            await server.stop()


async def _sealed(chain: Chain, sealer: Sealer, many: int) -> float:
    taken = 0.0
    for start in range(0, many, 10_000):
        await _written(chain, start, 10_000)
        begun = perf_counter()
        await sealer.drain()
        taken += perf_counter() - begun
    return taken


async def _written(chain: Chain, start: int, count: int) -> None:
    """Put records into the buffer, as commits would."""
    records = [encode(_record(number)) for number in range(start, start + count)]
    for at in range(0, count, 500):
        await asyncio.gather(
            *(chain.ask("XADD", f"{PREFIX}:audit", "*", "r", each) for each in records[at : at + 500])
        )


def _record(number: int) -> Record:
    """A record as the bot writes it: a third of them with somebody's words."""
    return Record(
        at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        what="proposal.rejected" if number % 3 == 0 else "write.started",
        ticket=f"jira:{10_000 + number % 500}",
        actor="slack:U0ALICE",
        because="It is somebody else's turn this week" if number % 3 == 0 else "",
        event=f"jira:delivery:{number}",
        proposal="p" + hashlib.sha256(b"%d" % number).hexdigest()[:31],
        revision=1,
        digest=hashlib.sha256(b"d%d" % number).hexdigest(),
        rule="approvals[3]",
        trace=hashlib.sha256(b"t%d" % number).hexdigest()[:32],
        details={"operation": f"CS-{number:012X}", "request": hashlib.sha256(b"r%d" % number).hexdigest()},
    )


async def _exported(exporter: Exporter) -> tuple[bytes, float, int]:
    """Return an export, how long it took, and the memory of a second one, whose parts nobody keeps."""
    begun = perf_counter()
    parts = [part async for part in exporter.export(Wanted())]
    taken = perf_counter() - begun
    tracemalloc.start()
    async for _part in exporter.export(Wanted()):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return b"".join(parts), taken, peak


def _checked(measure: str, export: bytes, rounds: int, *, target: bool) -> Row:
    found = verify(io.BytesIO(export))
    assert found.ok, found.finding
    ours = middle([_timed(lambda: verify(io.BytesIO(export))) for _ in range(rounds)])
    bare = middle([_timed(lambda: _hashed(export)) for _ in range(rounds)])
    per_s = found.records / ours
    return Row(
        measure=measure,
        value=f"{per_s:,.0f} records/s of processor",
        ratio=ours / bare,
        target=f"at least {VERIFIED_PER_S:,}/s" if target else "",
        ok=per_s >= VERIFIED_PER_S if target else None,
        dominates=f"SHA-256 and {found.heads:,} signatures; the baseline only hashes",
    )


def _hashed(export: bytes) -> bytes:
    """The baseline: read the lines and chain their hashes, and compare nothing."""
    digest = GENESIS
    for line in io.BytesIO(export):
        digest = hashlib.sha256(digest + line[SEALED_AT:-2]).digest()
    return digest


def _timed(work: Callable[[], object]) -> float:
    """Return the processor seconds ``work`` took: it waits for nothing, so others' work is not counted."""
    begun = process_time()
    work()
    return process_time() - begun
