"""kill -9 while it seals, again and again: every record is in the chain once, and the chain holds."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from functools import partial
from pathlib import Path

from bot.audit.keys import own_key
from bot.audit.lines import read_record
from bot.settings import Environment
from tests.bot.audit.conftest import Archive, checked, record
from tests.bot.runtime.conftest import until

ROOT = Path(__file__).parents[3]
KILLS = 3
RECORDS = 2_000


async def test_a_sealer_killed_anywhere_loses_and_doubles_nothing(
    archive: Archive, redis_url: str, tmp_path: Path
) -> None:
    key = await asyncio.to_thread(own_key, Environment({}), tmp_path)
    for start in range(0, RECORDS, 500):
        await asyncio.gather(*(archive.writes(record(n)) for n in range(start, start + 500)))
    for kill in range(1, KILLS + 1):
        await killed_after(redis_url, archive, tmp_path, kill * RECORDS // (KILLS + 2))
        assert await archive.chain.buffered() > 0, "it died half way"
    await archive.sealer(key).drain()
    export = await archive.export(key)
    found = checked(export, [key.public])
    assert found.ok, found.finding
    lines = [read_record(line) for line in export.splitlines(keepends=True)]
    events = [json.loads(line.sealed).get("event") for line in lines if line is not None]
    assert sorted(event for event in events if event) == sorted(f"jira:delivery:{n}" for n in range(RECORDS))


async def reached(archive: Archive, number: int) -> bool:
    return (await archive.chain.tip()).number >= number


async def killed_after(url: str, archive: Archive, data: Path, number: int) -> None:
    """Let a process seal beyond ``number`` and kill it there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.audit.sealing", url, archive.prefix, str(data)),
        cwd=ROOT,
        stdout=PIPE,
    )
    assert process.stdout
    assert await process.stdout.readline() == b"sealing\n"
    await until(partial(reached, archive, number))
    process.kill()
    await process.wait()
