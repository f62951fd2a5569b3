"""Bots by the dozen: a process that has imported everything and forks one whenever it is asked to.

Each bot is a process of its own that runs the product's command line as ``tests/crash/faulty.py`` does; only
its imports, most of a start, were done before. Run as ``python -m tests.crash.nursery``, it reads a line of
JSON for each birth (``arguments``, ``env``, ``log``), writes one when it has happened (``born``: the pid) and
one for each death (``dead``: the pid, ``code``: as ``subprocess`` has it). It ends when its input does, and
takes those who are left along.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import select
import signal
import sys
import traceback
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, Self

from tests.crash import faulty

ROOT: Final = Path(__file__).parents[2]
IMPORTED: Final = ("bot.app", "bot.cli", "uvloop")
"""What a bot needs; ``bot.app`` brings nearly all of it along."""
PATIENCE_S: Final = 60.0
CHUNK: Final = 65_536


class Child:
    """A bot born here, with as much of ``asyncio.subprocess.Process`` as tests ask for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.dead = asyncio.Event()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it is dead: its number may be another's by then."""
        if self.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait until it is dead; returns its exit code, negative for a signal."""
        await self.dead.wait()
        assert self.returncode is not None
        return self.returncode


class Nursery:
    """The other end: asks for bots and hears of their deaths. ``async with`` starts and ends it."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._births: asyncio.Queue[int] = asyncio.Queue()
        self._children: dict[int, Child] = {}
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.nursery"),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            cwd="/",
            stdin=PIPE,
            stdout=PIPE,
        )
        assert self._process.stdout
        self._hearing = asyncio.create_task(self._hear(self._process.stdout))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        assert self._process.stdin
        assert self._hearing
        self._process.stdin.close()
        await self._process.wait()
        await self._hearing

    async def bear(self, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> Child:
        """Start a bot with ``arguments`` and nothing but ``env``; what it says is added to ``log``."""
        assert self._process
        assert self._process.stdin
        wish = {"arguments": list(arguments), "env": dict(env), "log": str(log)}
        async with self._one_at_a_time, asyncio.timeout(PATIENCE_S):
            self._process.stdin.write(json.dumps(wish).encode() + b"\n")
            return self._children[await self._births.get()]

    async def _hear(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            news = json.loads(line)
            if "born" in news:
                self._children[news["born"]] = Child(news["born"])
                self._births.put_nowait(news["born"])
            else:
                child = self._children.pop(news["dead"])
                child.returncode = news["code"]
                child.dead.set()


# -- inside the nursery ------------------------------------------------------------------------------------


def _main() -> None:
    for module in IMPORTED:
        importlib.import_module(module)
    deaths, wishes, alive = _deaths(), sys.stdin.fileno(), set[int]()
    rest, read = b"", b"\n"
    while read:
        ready, _, _ = select.select([wishes, deaths], [], [])
        if deaths in ready:
            os.read(deaths, CHUNK)
            _bury(alive)
        if wishes in ready:
            read = os.read(wishes, CHUNK)
            *lines, rest = (rest + read).split(b"\n")
            alive |= {_fork(json.loads(line)) for line in lines}
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    while alive:
        _bury(alive, wait=True)


def _deaths() -> int:
    """Return a file that can be read from whenever a child has died."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.signal(signal.SIGCHLD, _heard)
    signal.set_wakeup_fd(writable)
    return readable


def _heard(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: with a handler of ours, Python writes to the wake-up file."""


def _bury(alive: set[int], *, wait: bool = False) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, 0 if wait else os.WNOHANG)
            if not pid:
                return
            alive.discard(pid)
            _tell(dead=pid, code=os.waitstatus_to_exitcode(status))


def _fork(wish: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid:
        _tell(born=pid)
        return pid
    code = 1
    try:
        code = _live(wish)
    except BaseException:  # noqa: BLE001  # whatever it is, nobody above may go on as a second nursery
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _live(wish: Mapping[str, Any]) -> int:
    """Be a bot, from its first line to its exit code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for mine, theirs in ((null, 0), (log, 1), (log, 2)):
        os.dup2(mine, theirs)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(wish["env"])
    sys.argv = ["countersign", *wish["arguments"]]
    try:
        faulty.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _tell(**news: int) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
