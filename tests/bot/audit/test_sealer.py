"""Everything that is written is sealed once, in order, whoever seals and whatever dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.audit import sealer as sealing
from bot.audit.chain import Chain
from bot.audit.keys import SigningKey
from bot.audit.lines import read_record
from bot.audit.sealer import Sealer
from bot.core.errors import Retry
from bot.runtime.redis_client import command_client
from tests.bot.audit.conftest import KEY, Archive, checked, record
from tests.bot.runtime.conftest import Server, until
from tests.bot.workbench import Hands
from tests.making import T0

OTHER = SigningKey.new()


async def contents(archive: Archive) -> list[dict[str, Any]]:
    """The sealed records, from an export that holds."""
    export = await archive.export()
    found = checked(export, [KEY.public, OTHER.public])
    assert found.ok, found.finding
    records = [read_record(line) for line in export.splitlines(keepends=True)]
    return [json.loads(each.sealed) for each in records if each is not None]


async def test_an_empty_buffer_seals_nothing(archive: Archive) -> None:
    assert await archive.sealer().seal_once() == 0
    assert (await archive.chain.tip()).number == 0
    assert await archive.chain.blocks() == []


async def test_records_are_sealed_in_order_and_leave_the_buffer(archive: Archive) -> None:
    await archive.writes(*(record(n) for n in range(1, 8)))
    assert await archive.sealer().drain() == 8, "seven and the announcement of the key"
    assert await archive.chain.buffered() == 0
    found = await contents(archive)
    assert [each["n"] for each in found] == list(range(1, 9))
    assert found[0]["what"] == "audit.key_announced"
    assert found[0]["details"] == {"key": KEY.public.id, "public": KEY.public.text}
    assert [each["event"] for each in found[1:]] == [f"jira:delivery:{n}" for n in range(1, 8)]


async def test_a_segment_has_a_limit_and_the_rest_follows(archive: Archive) -> None:
    await archive.writes(*(record(n) for n in range(sealing.RECORDS_MAX + 3)))
    one = archive.sealer()
    assert await one.seal_once() == sealing.RECORDS_MAX + 1
    assert await one.seal_once() == 3
    assert await one.seal_once() == 0
    assert len(await contents(archive)) == sealing.RECORDS_MAX + 4


async def test_what_is_written_while_sealing_waits_for_the_next_turn(archive: Archive) -> None:
    """Or a busy hour would have a signature for every record."""
    await archive.writes(*(record(n) for n in range(30)))

    class Busy(Hands):
        @override
        async def sleep(self, seconds: float) -> None:
            await archive.writes(record(99))

    assert await Sealer(archive.redis, archive.prefix, KEY, Busy()).drain() == 31
    assert await archive.chain.buffered() == 1


async def test_a_key_is_announced_once_and_a_second_key_again(archive: Archive) -> None:
    for key in (KEY, KEY, OTHER, KEY, OTHER):
        await archive.writes(record())
        await archive.sealer(key).drain()
    announced = [each["n"] for each in await contents(archive) if each["what"] == "audit.key_announced"]
    assert announced == [1, 4]
    assert set(await archive.chain.signers()) == {KEY.public.id, OTHER.public.id}


async def test_two_sealers_and_a_writer_at_once_neither_lose_nor_double_a_record(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "RECORDS_MAX", 40)
    monkeypatch.setattr(sealing, "TRIES_MAX", 1000)
    writing = True

    async def write() -> None:
        nonlocal writing
        for start in range(0, 2000, 50):
            await asyncio.gather(*(archive.writes(record(n)) for n in range(start, start + 50)))
        writing = False

    async def seal(key: SigningKey) -> int:
        one, sealed = archive.sealer(key), 0
        while writing or await archive.chain.buffered():
            sealed += await one.seal_once()
            await asyncio.sleep(0)
        return sealed

    _, *sealed = await asyncio.gather(write(), seal(KEY), seal(OTHER), seal(KEY))
    assert sum(sealed) == 2002
    assert all(sealed), "each of them had its turn"
    found = await contents(archive)
    events = [each["event"] for each in found if "event" in each]
    assert len(events) == len(set(events)) == 2000


class Dying(Hands):
    """A clock at whose n-th breath the sealer is killed."""

    def __init__(self, breaths: int) -> None:
        super().__init__()
        self.left = breaths

    @override
    async def sleep(self, seconds: float) -> None:
        self.left -= 1
        if self.left == 0:
            raise asyncio.CancelledError


async def test_a_sealer_killed_half_way_leaves_everything_to_the_next(archive: Archive) -> None:
    await archive.writes(*(record(n) for n in range(100)))
    for breaths in (1, 2, 4):
        with pytest.raises(asyncio.CancelledError):
            await Sealer(archive.redis, archive.prefix, KEY, Dying(breaths)).seal_once()
        assert await archive.chain.buffered() == 100
        assert (await archive.chain.tip()).number == 0
    await archive.sealer().drain()
    assert len(await contents(archive)) == 101


async def test_a_sealer_cancelled_anywhere_seals_nothing_twice(archive: Archive) -> None:
    """Cancelled after each wait there is, its command sent or not, and the next one goes on from there."""
    total = 0
    for steps in range(1, 24):
        await archive.writes(*(record(n) for n in range(total, total + 3)))
        total += 3
        task = asyncio.create_task(archive.sealer().seal_once())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await archive.sealer().drain()
    events = [each["event"] for each in await contents(archive) if "event" in each]
    assert events == [f"jira:delivery:{n}" for n in range(total)]


class Echoing:
    """A client whose every script call is sent twice, as after a lost answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._redis, name)
        if name not in {"evalsha", "eval"}:
            return real
        call: Callable[..., Awaitable[Any]] = real

        async def twice(*args: Any) -> Any:
            await call(*args)
            return await call(*args)

        return twice


async def test_a_seal_whose_answer_was_lost_is_not_sealed_again(archive: Archive) -> None:
    echoing: Any = Echoing(archive.redis)
    for n in range(3):
        await archive.writes(record(n))
        sealer = Sealer(echoing, archive.prefix, KEY, archive.clock)
        assert await sealer.seal_once() == (2 if n == 0 else 1)
    assert len(await contents(archive)) == 4


async def test_time_along_the_chain_never_goes_back(archive: Archive) -> None:
    await archive.sealed(2, each=1)
    archive.clock.time = T0 - timedelta(hours=1)
    await archive.sealed(2, each=1, start=3)
    times = [block.at_ms for block in await archive.chain.blocks()]
    assert times == sorted(times)
    assert checked(await archive.export()).ok


async def test_what_cannot_be_read_is_sealed_all_the_same(archive: Archive) -> None:
    await archive.writes(record(1))
    await archive.raw(b'{"v": 99, "k": "Record", "d": {"secret": "Bob Smith"}}')
    await archive.raw(b"\xff\x00")
    await archive.chain.ask("XADD", f"{archive.prefix}:audit", "*", "other", "field")
    await archive.writes(record(2))
    await archive.sealer().drain()
    found = await contents(archive)
    assert [each["what"] for each in found[2:5]] == ["audit.unreadable"] * 3
    assert b"Bob Smith" not in await archive.export()
    assert b"Bob Smith" in await archive.export(clear=True)
    assert found[5]["event"] == "jira:delivery:2"


async def test_a_record_beyond_all_measure_is_sealed_with_its_fingerprint(archive: Archive) -> None:
    await archive.writes(
        record(1, because="long " * 300_000),
        record(2, details={"tokens": list(range(40_000))}),
        record(3, digest="d" * 70_000),
    )
    await archive.sealer().drain()
    export = await archive.export(clear=True)
    assert checked(export).ok
    assert max(map(len, export.splitlines())) < 1024 * 1024
    assert b"too_long_bytes" in export


async def test_no_words_are_left_in_what_redis_keeps(archive: Archive) -> None:
    await archive.writes(record(3, because="Bob Smith is on sick leave"), record(1, actor="bob@example.org"))
    await archive.sealer().drain()
    export = await archive.export()
    for word in (b"Bob", b"sick", b"bob@example.org"):
        assert word not in export
    assert b"sick leave" in await archive.export(clear=True)


async def test_a_running_sealer_survives_a_redis_that_dies(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    await server.start()
    redis = command_client(server.url)
    archive = Archive(redis, "{t}")
    archive.clock = Ticking()
    task = asyncio.create_task(archive.sealer(name="one").run(every_s=0.01))
    try:
        await archive.writes(*(record(n) for n in range(20)))
        await until(lambda: settled(archive.chain, 21))
        await server.kill()
        with pytest.raises(Retry):
            await archive.sealer().seal_once()
        await server.start()
        await archive.writes(*(record(n) for n in range(20, 40)))
        # Not a promise about time: the client itself waits between its tries, and machines stand still.
        await until(lambda: settled(archive.chain, 41), within_s=30)
        assert len(await contents(archive)) == 41
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await redis.aclose()
        if server.now:
            await server.now.stop()


async def settled(chain: Chain, number: int) -> bool:
    try:
        return (await chain.tip()).number == number
    except Retry:
        return False


class Ticking(Hands):
    """A clock whose every wait is a moment of real time."""

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.002)


async def test_one_replica_at_a_time_seals_and_another_takes_over_at_once(archive: Archive) -> None:
    archive.clock = Ticking()
    first = asyncio.create_task(archive.sealer(KEY, name="one").run(every_s=0.01))
    await archive.writes(record(1))
    await until(lambda: settled(archive.chain, 2))
    second = asyncio.create_task(archive.sealer(OTHER, name="two").run(every_s=0.01))
    for n in range(2, 8):
        await archive.writes(record(n))
        await until(partial(settled, archive.chain, n + 1))
    assert set(await archive.chain.signers()) == {KEY.public.id}, "the other one kept still"
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    await archive.writes(record(9))
    await until(lambda: settled(archive.chain, 10))
    assert OTHER.public.id in await archive.chain.signers()
    second.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await second


async def test_a_buffer_cut_by_hand_is_never_sealed_as_if_it_were_whole(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading and sealing somebody trims the stream: read again, seal what is left."""
    await archive.writes(*(record(n) for n in range(50)))
    clock = Trimming(archive)
    monkeypatch.setattr(archive, "clock", clock)
    sealed = await archive.sealer().seal_once()
    assert sealed == 31
    assert len(await contents(archive)) == 31


class Trimming(Hands):
    """A clock at whose first breath somebody trims the stream."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._archive, self._done = archive, False

    @override
    async def sleep(self, seconds: float) -> None:
        if not self._done:
            self._done = True
            await self._archive.chain.ask("XTRIM", f"{self._archive.prefix}:audit", "MAXLEN", 30)
