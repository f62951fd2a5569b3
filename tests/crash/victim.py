"""``countersign run`` in a process of its own, told where to die, and what it left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp

from tests.crash import faulty

ROOT: Final = Path(__file__).parents[2]
LEASE_S: Final = 1.0
"""Of the workers here. The product's fifteen seconds would be waited for after every single kill."""
START_S: Final = 60.0
"""A start takes one second of a free core; other tests may have all of them."""
DEATH_S: Final = 30.0
LOOK_S: Final = 0.01
READY: Final = 200


class Victim:
    """One process, from its start to its end."""

    def __init__(self, process: Process, file: Path, log: Path, url: str) -> None:
        self.process, self.url = process, url
        self._file, self._log = file, log

    @classmethod
    async def born(
        cls,
        folder: Path,
        env: Mapping[str, str],
        *arguments: str,
        entry: str = "tests.crash.faulty",
        lease_s: float = LEASE_S,
    ) -> Victim:
        """Start ``python -m entry run`` with nothing but ``env``; it logs to a file in ``folder``."""
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        file, log = folder / "point", folder / "log"
        whole = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            faulty.FILE: str(file),
            faulty.LEASE_S: str(lease_s),
            **env,
        }
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", entry, "run", *arguments),
                env=whole,
                cwd="/",
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
            )
        return cls(process, file, log, f"http://127.0.0.1:{env['COUNTERSIGN_PORT']}")

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
        faulty.beside(self._file).unlink(missing_ok=True)
        self._file.write_text(f"{point} {times}")

    async def died_at(self, point: str) -> list[str]:
        """Wait until it is dead, and return its last words. Fails when it died of anything else."""
        async with asyncio.timeout(DEATH_S):
            code = await self.process.wait()
        assert code == -signal.SIGKILL, f"it ended with {code} and not by a kill: {self.said()}"
        last_words = json.loads(faulty.beside(self._file).read_text())
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
            self.process.kill()
        await self.process.wait()

    def said(self, lines: int = 30) -> str:
        """Return the last lines of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])
