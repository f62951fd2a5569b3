"""``countersign run`` in a process of its own, told where to die, and what it left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from tests.crash import faulty
from tests.crash.nursery import ROOT, Nursery

START_S: Final = 60.0
"""A start takes one second of a free core; other tests may have all of them."""
DEATH_S: Final = 30.0
LOOK_S: Final = 0.01
READY: Final = 200
POINT, LOG = "point", "log"
"""Files in a bot's folder: where it is to die, and what it said."""


class Alive(Protocol):
    """A process, whoever started it."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int | None:
        """None while it lives; negative when a signal ended it."""
        ...

    def send_signal(self, number: signal.Signals, /) -> None:
        """Send it a signal."""
        ...

    async def wait(self) -> int:
        """Wait for its end and return its code."""
        ...


class Victim:
    """One process, from its start to its end."""

    def __init__(self, process: Alive, folder: Path, url: str) -> None:
        self.process, self.url = process, url
        self.file, self._log = folder / POINT, folder / LOG

    @classmethod
    async def born(
        cls,
        nursery: Nursery,
        folder: Path,
        env: Mapping[str, str],
        *arguments: str,
    ) -> Victim:
        """Start the bot with points to die at, in ``folder``, with nothing but ``env``."""
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        known = {faulty.FILE: str(folder / POINT), **env}
        child = await nursery.bear(["run", *arguments], known, folder / LOG)
        return cls(child, folder, _url(env))

    @classmethod
    async def as_usual(cls, folder: Path, env: Mapping[str, str], *arguments: str) -> Victim:
        """Start ``python -m bot run`` itself, with the same environment."""
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        known = {faulty.FILE: str(folder / POINT), **env}
        with (folder / LOG).open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", *arguments),
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **known},
                cwd="/",
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
            )
        return cls(process, folder, _url(env))

    async def ready(self) -> None:
        """Wait until it takes requests, its workers run, and Slack has come up."""
        end = time.monotonic() + START_S
        async with aiohttp.ClientSession() as http:
            while not await self._answers(http):
                assert self.process.returncode is None, f"it ended by itself: {self.said()}"
                assert time.monotonic() < end, f"it never became ready: {self.said()}"
                await asyncio.sleep(LOOK_S)

    async def _answers(self, http: aiohttp.ClientSession) -> bool:
        with suppress(aiohttp.ClientError):
            async with http.get(f"{self.url}/readyz") as answer:
                return answer.status == READY and not (await answer.json())["notes"]
        return False

    def dies_at(self, point: str, times: int = 1) -> None:
        """Say where it is to die, when it gets there for the ``times``-th time from now on."""
        assert point in faulty.POINTS or point in faulty.HELD
        faulty.beside(self.file).unlink(missing_ok=True)
        self.file.write_text(f"{point} {times}")

    async def died_at(self, point: str) -> list[str]:
        """Wait until it is dead, and return its last words. Fails when it died of anything else."""
        async with asyncio.timeout(DEATH_S):
            code = await self.process.wait()
        assert code == -signal.SIGKILL, f"it ended with {code} and not by a kill: {self.said()}"
        last_words = json.loads(faulty.beside(self.file).read_text())
        assert (last_words["point"], last_words["pid"]) == (point, self.process.pid)
        told: list[str] = last_words["told"]
        return told

    async def killed(self) -> None:
        """Kill it from outside, wherever it is."""
        assert self.process.returncode is None, f"it ended by itself: {self.said()}"
        self.process.send_signal(signal.SIGKILL)
        assert await self.process.wait() == -signal.SIGKILL

    async def stopped(self) -> int:
        """Stop it as an operator does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEATH_S):
            return await self.process.wait()

    async def gone(self) -> None:
        """Make sure that it is not there any more."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    def said(self, lines: int = 30) -> str:
        """Return the last lines of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def _url(env: Mapping[str, str]) -> str:
    return f"http://127.0.0.1:{env['COUNTERSIGN_PORT']}"
