"""Processes of our own: started, heard, measured and ended by their handle, never by a name."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import psutil

ROOT = Path(__file__).parents[1]
START_S_MAX, STOP_S_MAX = 60.0, 30.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
MIB = 1024 * 1024


@dataclass(slots=True)
class Child:
    """A running ``python -m …`` that has said where it listens."""

    process: asyncio.subprocess.Process
    port: int
    began: float
    """``perf_counter`` when it was started."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """Return the processor seconds it has used."""
        used = psutil.Process(self.process.pid).cpu_times()
        return used.user + used.system

    def resident_mib(self) -> float:
        """Return its resident memory, without that of its own children."""
        return psutil.Process(self.process.pid).memory_info().rss / MIB

    def kin_mib(self) -> float:
        """Return the resident memory of its children: the embedded server."""
        kin = psutil.Process(self.process.pid).children(recursive=True)
        return sum(each.memory_info().rss for each in kin) / MIB


@asynccontextmanager
async def child(
    *args: str, env: Mapping[str, str] | None = None, log: Path | None = None
) -> AsyncGenerator[Child]:
    """Run ``python -m ARGS`` until the block ends; ``log`` keeps what it writes after its address.

    The environment is ours without any variable of the bot's or of a vendor's: no key and no account of the
    person who measures is ever used.
    """
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *args,
        cwd=ROOT,
        env={**_plain(), **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    drain: asyncio.Task[None] | None = None
    try:
        port = await asyncio.wait_for(_port(process), START_S_MAX)
        drain = asyncio.create_task(_drain(process, log))
        yield Child(process, port, began)
    finally:
        await _end(process)
        if drain is not None:
            await drain


async def until_ready(running: Child) -> float:
    """Return the seconds from the start of the process to ``/readyz`` answering 200."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{running.url}/readyz") as answer:
                if answer.ok:
                    return perf_counter() - running.began
            if perf_counter() - running.began > START_S_MAX:
                raise TimeoutError("the bot does not become ready")
            await asyncio.sleep(0.005)


async def asked(session: aiohttp.ClientSession, url: str, body: Any = None) -> Any:
    """Send JSON to one of our own children and return its JSON; without a body, a GET."""
    method = "GET" if body is None else "POST"
    async with session.request(method, url, json=body) as answer:
        if not answer.ok:
            raise RuntimeError(f"{url}: {answer.status}: {await answer.text()}")
        return await answer.json()


def _plain() -> dict[str, str]:
    ours = ("COUNTERSIGN_", "JIRA_", "SERVICENOW_", "SLACK_", "ANTHROPIC_", "REDIS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None, "piped"
    said: list[str] = []
    async for line in process.stderr:
        said.append(line.decode(errors="replace"))
        found = _ADDRESS.search(said[-1])
        if found and "listening on" in said[-1]:
            return int(found[1])
    raise RuntimeError("it ended before it listened:\n" + "".join(said[-20:]))


async def _drain(process: asyncio.subprocess.Process, log: Path | None) -> None:
    """Keep the pipe empty: a full one would stop the child in the middle of a log line."""
    assert process.stderr is not None, "piped"
    kept = open(log, "ab") if log else None  # noqa: PTH123, SIM115, ASYNC230  # closed below; one line at a time
    try:
        async for line in process.stderr:
            if kept is not None:
                kept.write(line)
    finally:
        if kept is not None:
            kept.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S_MAX)
        except TimeoutError:
            process.kill()
            await process.wait()
