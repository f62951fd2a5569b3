"""``countersign audit`` as a person runs it: a process, its exit code, and what it says."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import PREFIX
from bot.audit.keys import own_key
from bot.audit.sealer import Sealer
from bot.runtime.redis_client import command_client
from bot.settings import Environment
from tests.bot.audit.conftest import Archive, record

ROOT = Path(__file__).parents[3]
DATABASE = 11
"""Of the server that all tests share; these commands know one prefix only."""


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: bytes
    err: str


class Machine:
    """A data directory, a Redis, and a person at the keyboard."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = f"{url}?db={DATABASE}", data
        self.redis = command_client(self.url)
        self.archive = Archive(self.redis, PREFIX)

    async def runs(self, *words: str, typed: bytes = b"", data: Path | None = None) -> Ended:
        environ = {
            **os.environ,
            "REDIS_URL": self.url,
            "COUNTERSIGN_DATA": str(data or self.data),
            "NO_COLOR": "1",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "audit",
            *words,
            cwd=ROOT,
            env=environ,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await process.communicate(typed)
        assert process.returncode is not None
        return Ended(process.returncode, out, err.decode())

    async def writes(self, count: int) -> None:
        """Let the bot on this machine have written and sealed ``count`` records."""
        key = await asyncio.to_thread(own_key, Environment({}), self.data)
        await self.archive.writes(*(record(n) for n in range(1, count + 1)))
        await Sealer(self.redis, PREFIX, key, self.archive.clock).drain()


@pytest.fixture
async def machine(redis_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(redis_url, tmp_path / "data")
    await machine.archive.chain.ask("FLUSHDB")
    yield machine
    await machine.archive.chain.ask("FLUSHDB")
    await machine.redis.aclose()


async def test_an_export_piped_into_verify_holds_and_a_changed_byte_does_not(machine: Machine) -> None:
    await machine.writes(7)
    await machine.archive.writes(record(8))
    export = await machine.runs("export")
    assert export.code == 0, export.err
    assert export.out.count(b'{"h":"') == 9, "what waited in the buffer is there too"
    key = await machine.runs("key")
    assert key.code == 0
    assert key.out.startswith(b"ed25519:")
    fingerprint = key.err.split()[-1]

    held = await machine.runs("verify", "-", typed=export.out)
    assert held.code == 0
    assert held.out.startswith(b"OK: records 1 to 9 hold")
    assert fingerprint in held.out.decode(), "whose key it took, since none was given"
    pinned = await machine.runs("verify", "--key", key.out.decode().strip(), typed=export.out)
    assert (pinned.code, b"taken from the file" in pinned.out) == (0, False)

    lines = export.out.splitlines(keepends=True)
    changed = export.out.replace(b'"tokens_in":5', b'"tokens_in":6')
    for broken, says in (
        (changed, "line 7: record 6 is not as it was sealed"),
        (b"".join(lines[:5] + lines[6:]), "line 6: record 5 is not here"),
        (b"".join([*lines[:5], lines[6], lines[5], *lines[7:]]), "line 6: record 6 stands before record 5"),
    ):
        wrong = await machine.runs("verify", "-", typed=broken)
        assert wrong.code == 1
        assert says in wrong.out.decode()
        assert "What comes before" in wrong.out.decode(), "and what that means"


async def test_an_export_to_a_file_is_private_whole_and_readable_by_machines(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.writes(5)
    path = tmp_path / "audit.jsonl"
    done = await machine.runs("export", str(path), "--clear", "--since", "2026-11-20")
    assert done.code == 0, done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.with_name("audit.jsonl.part").exists()
    assert "Bob Smith asked for it" in path.read_text(encoding="ascii")
    found = await machine.runs("verify", str(path), "--json")
    told = json.loads(found.out)
    assert (found.code, told["ok"], told["records"], told["words"], told["finding"]) == (0, True, 6, 1, None)
    path.write_bytes(path.read_bytes()[:-40])
    found = await machine.runs("verify", str(path), "--json")
    assert (found.code, json.loads(found.out)["finding"]["fault"]) == (1, "cut")
    nowhere = await machine.runs("export", str(tmp_path / "no" / "such" / "file"))
    assert nowhere.code == 1
    assert "cannot be written" in nowhere.err


async def test_shredding_says_what_it_did_and_what_it_cannot_reach(machine: Machine) -> None:
    await machine.writes(3)
    done = await machine.runs("shred", "--ticket", "jira:10003", "--why", "asked for")
    assert done.code == 0, done.err
    assert b"destroyed" in done.out
    assert "Backups" in done.err
    export = await machine.runs("export", "--clear")
    assert b"Bob Smith" not in export.out
    assert b"audit.shredded" in export.out
    status = json.loads((await machine.runs("status", "--json")).out)
    assert (status["records"], status["waiting"], status["forwarded"]) == (5, 0, 0)


async def test_a_machine_without_the_key_says_where_to_go(machine: Machine, tmp_path: Path) -> None:
    await machine.writes(3)
    other = tmp_path / "laptop"
    none = await machine.runs("export", data=other)
    assert none.code == 1
    assert "no audit key on this machine" in none.err
    assert not (other / "audit.key").exists(), "and makes none"
    await machine.runs("key", data=other)
    foreign = await machine.runs("export", data=other)
    assert foreign.code == 1
    assert "has sealed nothing" in foreign.err
    assert not foreign.out
