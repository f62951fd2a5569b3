"""What every test gets: one real server, no network but loopback, and no blocking call in the event loop."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import pytest
from blockbuster import BlockBuster
from hypothesis import settings
from pytest_socket import socket_allow_hosts
from redis.asyncio import Redis

from bot.runtime.embedded import open_embedded
from bot.runtime.redis_client import command_client, reading_client

# One thread of linear algebra a process: the test processes fill the cores already, and those they start
# would otherwise each take all of them. numpy reads it on its first import, which nothing above does.
for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")

# No test measures time, so none takes too long for hypothesis. The rest is as it comes, in CI too.
settings.register_profile("house", parent=settings(), deadline=None)
settings.load_profile("house")

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
PRODUCT = ["bot", "approvals", "connectors", "skills"]

# Where a blocking call is right: (file, function, why). Keep it short; a thread is nearly always the answer.
MAY_BLOCK: list[tuple[str, str, str]] = [
    ("connectors/jira/actions/__init__.py", "verbs", "looks for its own files, once, while the bot is built"),
    ("skills/_writing.py", "rules_in", "reads its own prompt, once, while the bot is built"),
]

LONG: Final = (
    ("tests/crash/test_table.py",),
    ("tests/crash/test_redis_killed.py", "tests/crash/test_replicas.py", "tests/crash/test_creating.py"),
    ("tests/simulation/", "tests/test_ladder_cli.py"),
    ("tests/test_run.py", "tests/test_approvals_cli.py", "tests/sandbox/demo/test_run.py"),
)
"""What takes half a minute and more, a lot for each test process: it begins with them, so that in the end
none is left alone with one while the others have nothing to do."""

Result = TypeVar("Result")
_prefixes = itertools.count(1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long ones first in the share of each test process: xdist deals in order, and evens out later."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    lots = [[each for each in items if each.nodeid.startswith(lot)] for lot in LONG]
    if processes != len(lots) or any(len(lot) > len(items) // processes for lot in lots):
        return
    others = iter([each for each in items if not any(each.nodeid.startswith(lot) for lot in LONG)])
    dealt: list[pytest.Item] = []
    for number, lot in enumerate(lots):
        share = (len(items) - len(dealt)) // (processes - number)
        dealt += [*lot, *itertools.islice(others, share - len(lot))]
    items[:] = dealt


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Refuse connections beyond this machine. pytest-socket lifts it after each test."""
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def _nothing_blocks_the_loop() -> Iterator[None]:
    guard = BlockBuster(scanned_modules=PRODUCT)
    for file, function, _why in MAY_BLOCK:
        for watched in guard.functions.values():
            watched.can_block_in(file, function)
    guard.activate()
    yield
    guard.deactivate()


def outside_the_loop(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run ``work`` to its end in a thread of its own, for fixtures that outlive one test's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One real embedded server for the whole session."""
    data = tmp_path_factory.mktemp("data")
    server = outside_the_loop(lambda: open_embedded(data))
    yield server.url
    outside_the_loop(server.stop)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client as the product makes it. Use it with ``prefix``: the server is shared."""
    client = command_client(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def reader(redis_url: str) -> AsyncIterator[Redis]:
    """A client for blocking reads."""
    client = reading_client(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def prefix() -> str:
    """A key prefix that no other test has."""
    return f"{{t{next(_prefixes)}}}"
