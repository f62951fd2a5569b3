"""The shared pool: bounded, turned away instead of piled up, and honest about what was started."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from bot.core.errors import Retry
from connectors import _threads
from connectors._threads import PerThread, Threads


@pytest.fixture
def threads() -> Iterator[Threads]:
    pool = Threads("test", size_max=1)
    yield pool
    pool.close()


class Gate:
    """A call that blocks until it is opened, and tells when it began."""

    def __init__(self) -> None:
        self.began, self.open = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.began.set()
        assert self.open.wait(5)
        return "through"


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")


async def test_a_call_runs_in_a_thread_of_the_pool_and_returns(threads: Threads) -> None:
    assert (await threads.run(lambda: threading.current_thread().name, timeout_s=5)).startswith(
        "connector-test"
    )


async def test_what_a_call_raises_passes_through(threads: Threads) -> None:
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, timeout_s=5)


async def test_a_call_that_was_started_and_hangs_is_told_apart_from_one_that_was_not(
    threads: Threads,
) -> None:
    gate, ran = Gate(), threading.Event()
    with pytest.raises(TimeoutError):
        await threads.run(gate, timeout_s=0.02)
    with pytest.raises(Retry):
        await threads.run(ran.set, timeout_s=0.02)
    gate.open.set()
    assert await threads.run(lambda: "next", timeout_s=5) == "next"
    assert not ran.is_set()


async def test_a_cancelled_caller_takes_a_waiting_call_along(threads: Threads) -> None:
    gate, ran = Gate(), threading.Event()
    first = asyncio.create_task(threads.run(gate, timeout_s=5))
    await until(gate.began.is_set)
    second = asyncio.create_task(threads.run(ran.set, timeout_s=5))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    gate.open.set()
    assert await first == "through"
    assert await threads.run(lambda: "next", timeout_s=5) == "next"
    assert not ran.is_set()


async def test_a_cancelled_caller_does_not_cut_a_call_under_way(threads: Threads) -> None:
    gate = Gate()
    first = asyncio.create_task(threads.run(gate, timeout_s=5))
    await until(gate.began.is_set)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.open.set()
    assert await threads.run(lambda: "next", timeout_s=5) == "next"


async def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_threads, "WAITING_MAX", 1)
    pool, gate = Threads("small", size_max=1), Gate()
    running = asyncio.create_task(pool.run(gate, timeout_s=5))
    await until(gate.began.is_set)
    waiting = asyncio.create_task(pool.run(lambda: "second", timeout_s=5))
    await asyncio.sleep(0)
    with pytest.raises(Retry, match="too many"):
        await pool.run(lambda: "third", timeout_s=5)
    gate.open.set()
    assert (await running, await waiting) == ("through", "second")
    assert await pool.run(lambda: "fourth", timeout_s=5) == "fourth"
    pool.close()


async def test_a_closed_pool_calls_off_what_waits_and_takes_nothing_more() -> None:
    pool, gate = Threads("closing", size_max=1), Gate()
    running = asyncio.create_task(pool.run(gate, timeout_s=5))
    await until(gate.began.is_set)
    waiting = asyncio.create_task(pool.run(lambda: "never", timeout_s=5))
    await asyncio.sleep(0)
    pool.close()
    with pytest.raises(Retry):
        await waiting
    with pytest.raises(Retry, match="shutting down"):
        await pool.run(lambda: "late", timeout_s=5)
    gate.open.set()
    assert await running == "through"


async def test_each_thread_has_its_own_and_all_are_disposed_of() -> None:
    made: list[object] = []
    disposed: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    mine = PerThread(make, disposed.append)
    pool, both = Threads("two", size_max=2), threading.Barrier(2)

    def ask() -> object:
        both.wait(5)
        return mine.get()

    first, second = await asyncio.gather(pool.run(ask, timeout_s=5), pool.run(ask, timeout_s=5))
    assert first is not second
    mine.close()
    pool.close()
    assert disposed == made
