"""What is kept can be exported by time, packed and dropped, and what is left always checks out."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest

from bot.audit import packing
from bot.audit.chain import Chain, packed
from bot.audit.export import Exporter, Wanted
from bot.audit.keys import SigningKey
from bot.audit.packing import Keeper
from bot.core.errors import Malformed, Misconfigured
from tests.bot.audit.conftest import KEY, Archive, checked, record
from tests.bot.runtime.conftest import until
from tests.making import T0

DAY_S = 86_400.0


def keeper(archive: Archive, *, keep_s: float | None = None, forwarded: bool = False) -> Keeper:
    return Keeper(archive.chain, archive.clock, keep_s=keep_s, forwarded=forwarded)


async def test_an_export_of_an_empty_audit_holds(archive: Archive) -> None:
    found = checked(await archive.export())
    assert found.ok, found.finding
    assert found.records == 0


async def test_an_export_by_time_has_whole_segments_and_holds_on_its_own(archive: Archive) -> None:
    await archive.sealed(20, each=5)  # 1-6, 7-11, 12-16, 17-21 at 0, 1, 2 and 3 minutes
    minute = timedelta(minutes=1)
    ranges: list[tuple[dict[str, Any], int, int]] = [
        ({"since": T0 + minute}, 7, 15),
        ({"since": T0 + 1.5 * minute, "until": T0 + 2.5 * minute}, 12, 5),
        ({"until": T0 + minute}, 1, 6),
        ({"since": T0 + 9 * minute}, 22, 0),
        ({"until": T0 - minute}, 1, 0),
        ({"since": T0 + 2 * minute, "until": T0 + minute}, 12, 0),
        ({"since": T0 - 9 * minute, "until": T0 + 9 * minute}, 1, 21),
    ]
    for tight in (False, True):
        if tight:
            assert await keeper(archive).pack(loose_max=0) == 4
        for wanted, first, count in ranges:
            for clear in (False, True):
                found = checked(await archive.export(**wanted, clear=clear), [KEY.public])
                assert found.ok, (wanted, found.finding)
                assert found.records == count, wanted
                assert found.first == first or not count, wanted


async def test_packing_changes_no_byte_of_an_export(archive: Archive) -> None:
    await archive.sealed(60, each=1)
    before = (await archive.export()).splitlines()[1:-1]
    size = await stored_bytes(archive)
    assert await keeper(archive).pack(loose_max=10) == 50
    assert (await archive.export()).splitlines()[1:-1] == before
    assert len(await archive.chain.blocks()) == 11
    assert await stored_bytes(archive) < 0.7 * size, (
        "half of it is hashes and signatures, which do not shrink"
    )
    await archive.sealed(3, each=1, start=61)
    assert checked(await archive.export()).ok


async def stored_bytes(archive: Archive) -> int:
    blocks = await archive.chain.blocks()
    key = archive.chain.key("block")
    return sum([await archive.chain.ask("STRLEN", f"{key}:{block.first}") for block in blocks])


async def test_packing_stops_at_a_size_and_is_not_done_over(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACKED_RECORDS", 10)
    await archive.sealed(40, each=2)
    assert await keeper(archive).pack(loose_max=0) == 19
    assert [block.last - block.first + 1 for block in await archive.chain.blocks()] == [9, 10, 10, 10, 2]
    assert await keeper(archive).pack(loose_max=0) == 0


async def test_an_export_goes_on_while_blocks_are_packed(archive: Archive) -> None:
    await archive.sealed(30, each=2)
    lines: list[bytes] = []
    number = 0
    async for part in archive.chain.lines(1, 31):
        lines += part
        number += 1
        if number == 3:
            await keeper(archive).pack(loose_max=0)
    assert sum(line.startswith(b'{"h"') for line in lines) == 31
    assert b"".join(lines) == b"".join([b"".join(part) async for part in archive.chain.lines(1, 31)])


async def test_what_is_dropped_is_counted_and_the_rest_still_holds(archive: Archive) -> None:
    await archive.sealed(10, each=5)
    archive.clock.passes(days=10)
    await archive.sealed(10, each=5, start=11)
    assert await keeper(archive).prune(5 * DAY_S) == 2
    await archive.sealer().drain()
    export = await archive.export()
    found = checked(export, [KEY.public])
    assert found.ok, found.finding
    assert (found.gone, found.first, found.records) == (11, 12, 11)
    assert b'"what":"audit.pruned"' in export
    assert b'"details":{"first":1,"last":11}' in export
    # Later again, and to the last record.
    archive.clock.passes(days=10)
    assert await keeper(archive).prune(5 * DAY_S) == 3
    assert await archive.sealer().drain() == 1
    found = checked(await archive.export(), [KEY.public])
    assert (found.ok, found.gone, found.first, found.records) == (True, 22, 23, 1)


async def test_nothing_young_is_dropped_and_nothing_twice(archive: Archive) -> None:
    await archive.sealed(10, each=5)
    assert await keeper(archive).prune(DAY_S) == 0
    archive.clock.passes(days=2)
    one, two = await asyncio.gather(keeper(archive).prune(DAY_S), keeper(archive).prune(DAY_S))
    assert one + two == 2
    assert await keeper(archive).prune(DAY_S) == 0


async def test_what_was_not_forwarded_is_never_dropped(archive: Archive) -> None:
    await archive.sealed(10, each=5)
    archive.clock.passes(days=400)
    assert await keeper(archive, forwarded=True).prune(DAY_S) == 0
    await archive.chain.ask("SET", archive.chain.key("cursor"), 6)
    assert await keeper(archive, forwarded=True).prune(DAY_S) == 1
    assert (await archive.chain.pruned()).number == 6
    assert checked(await archive.export()).ok


async def test_keys_to_words_that_are_gone_go_too_and_others_stay(archive: Archive) -> None:
    await archive.writes(*(record(3, ticket=f"jira:{n}") for n in range(5)))
    await archive.sealer().drain()
    archive.clock.passes(days=10)
    await archive.writes(record(3, ticket="jira:0"))
    await archive.sealer().drain()
    await keeper(archive).prune(DAY_S)
    held = await archive.chain.text_keys([f"jira:{n}" for n in range(5)])
    assert set(held) == {"jira:0"}
    assert b"Bob Smith" in await archive.export(clear=True)


async def test_a_keeper_packs_and_drops_by_itself(archive: Archive) -> None:
    await archive.sealed(80, each=1)
    archive.clock.passes(days=2)
    await archive.sealed(2, each=1, start=81)
    running = keeper(archive, keep_s=DAY_S)
    task = asyncio.create_task(running.run(every_s=0.01))
    await until(lambda: dropped(archive, 81))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await archive.sealer().drain()
    assert checked(await archive.export()).gone == 81


async def dropped(archive: Archive, number: int) -> bool:
    return (await archive.chain.pruned()).number == number


async def test_a_block_changed_in_redis_is_refused_or_found(archive: Archive) -> None:
    await archive.sealed(10, each=5)
    key = f"{archive.chain.key('block')}:1"
    block: bytes = await archive.chain.ask("GET", key)
    for changed in (block[:-3], block[:20] + b"\0" + block[21:], b"", block + b"x"):
        await archive.chain.ask("SET", key, changed)
        with pytest.raises(Malformed):
            await archive.export()
    await archive.chain.ask("DEL", key)
    with pytest.raises(Malformed, match="not in the store"):
        await archive.export()


async def test_a_chain_rewritten_in_redis_without_the_key_shows_in_the_export(archive: Archive) -> None:
    await archive.sealed(5, each=5)
    key = f"{archive.chain.key('block')}:1"
    lines = (await archive.chain.block(1) or (None, b""))[1].replace(b"write.started", b"write.stopped")
    await archive.chain.ask("SET", key, packed(lines))
    found = checked(await archive.export(), [KEY.public]).finding
    assert found
    assert (found.fault.value, found.record) == ("edited", 2)


async def test_a_key_that_sealed_nothing_here_may_not_sign_an_export(archive: Archive) -> None:
    await archive.sealed(3)
    with pytest.raises(Misconfigured, match="has sealed nothing"):
        await archive.export(SigningKey.new())


async def test_an_export_takes_the_same_memory_however_long_it_is(archive: Archive) -> None:
    """Ten times the records, the same peak: one block at a time is held."""
    peaks: list[int] = []
    for start, count in ((1, 1_000), (1_001, 9_000)):
        for first in range(start, start + count, 500):
            await archive.writes(*(record(n) for n in range(first, first + 500)))
            await archive.sealer().drain()
        peaks.append(await peak_of_export(archive))
    assert peaks[1] < 1.25 * peaks[0] + 200_000, peaks
    assert peaks[1] < 8_000_000, peaks


async def peak_of_export(archive: Archive) -> int:
    tracemalloc.start()
    size = 0
    async for part in Exporter(archive.chain, KEY, archive.clock).export(Wanted()):
        size += len(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 500_000
    return peak


async def test_a_store_somebody_else_wrote_to_says_so(archive: Archive) -> None:
    await archive.sealed(2)
    await archive.chain.ask("ZADD", archive.chain.key("blocks"), 0, "rubbish")
    with pytest.raises(Malformed, match="never wrote"):
        await Chain(archive.redis, archive.prefix).blocks()
