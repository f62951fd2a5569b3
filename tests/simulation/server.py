"""One real Valkey, spoken to over one blocking socket: a command has run when the call returns.

That is what makes a run repeatable: between two commands nothing happens that the seed did not decide. Faults
and delays are put around the call by :mod:`tests.simulation.facade`.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
from pathlib import Path
from typing import IO, Any, Final

from redis.exceptions import NoScriptError, ResponseError

from bot.core.errors import Misconfigured
from bot.runtime import scripts
from bot.runtime.embedded import Embedded, open_embedded

ANSWER_S: Final = 30.0
"""Real seconds for one answer; a server that needs more has crashed."""
_SHIM: Final = (Path(__file__).parent / "virtual_time.lua").read_text(encoding="utf-8")
_END: Final = "\nend\nreturn told(body())\n"
ONE_COMMAND: Final = "return redis.call(unpack(ARGV))"
"""Any single command that looks at a clock: an expiry, a read that starts leases."""
EXPIRE: Final = """
local gone = redis.call('ZRANGEBYSCORE', TTL, '-inf', WALL_MS)
for _, key in ipairs(gone) do redis.call('DEL', key) redis.call('ZREM', TTL, key) end
return #gone
"""

Part = str | bytes | int | float


def on_virtual_time() -> None:
    """Let every script of the product look at the simulation's clock, in this process only."""
    texts = _texts()
    if texts["lib"].startswith(_SHIM):
        return
    for name in texts:
        texts[name] = _SHIM + texts[name] if name == "lib" else texts[name] + _END


def names() -> dict[str, str]:
    """Return the name of each script of the product by its hash."""
    texts = _texts()
    both = {name: texts["lib"] + text for name, text in texts.items() if name != "lib"}
    return {hashed(text): name for name, text in both.items()}


def _texts() -> dict[str, str]:
    """Return where the product keeps its scripts' texts."""
    kept: dict[str, str] = vars(scripts)["_TEXTS"]
    return kept


def hashed(text: str) -> str:
    """Return what EVALSHA calls ``text``."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def script(text: str) -> str:
    """Return ``text`` as a script on virtual time."""
    return _SHIM + text + _END


class Server:
    """The process and the wire to it. It can be killed and comes back with its append-only file."""

    def __init__(self, folder: Path) -> None:
        """Start it; ``folder`` is where it keeps its file."""
        self._folder = folder
        self._process: Embedded = asyncio.run(open_embedded(folder))
        self._wire, self._answers = self._connected()
        self._write_at_once()

    def call(self, *parts: Part) -> Any:
        """Run one command.

        Raises:
            ResponseError, NoScriptError: as the server says.
        """
        try:
            self._wire.sendall(_packed(parts))
            answer = self._answer()
        except OSError as lost:
            # Nobody but this world ends its server; an outage that the product sees is made by the shore.
            raise SystemExit(f"the simulation's own server was lost: {lost!r}") from lost
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    def kill(self) -> None:
        """End it as the kernel would for want of memory: nothing is saved, no good-bye."""
        child = self._process.child
        assert child is not None, "it was started here"
        child.kill()
        child.wait()
        self._answers.close()
        self._wire.close()

    def start_again(self) -> None:
        """Start it on the file it left behind."""
        process: Any = self._process
        try:
            process._revive()
            self._wire, self._answers = self._connected()
            self._write_at_once()
        except (OSError, Misconfigured) as lost:
            raise SystemExit(f"the simulation's own server did not come back: {lost}") from lost

    def _write_at_once(self) -> None:
        """Let what was answered be in the file, however slow this machine's disk is.

        With ``everysec`` the server puts writing off for up to two seconds while the disk is busy, and a kill
        then loses what it has answered: no seed decides about that, so the run could not be repeated.
        """
        self.call("CONFIG", "SET", "appendfsync", "no")

    def stop(self) -> None:
        """End it for good."""
        self._answers.close()
        self._wire.close()
        asyncio.run(self._process.stop())

    def _connected(self) -> tuple[socket.socket, IO[bytes]]:
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(ANSWER_S)
        wire.connect(str(self._process.path))
        return wire, wire.makefile("rb")

    def _answer(self) -> Any:
        """Read one answer: https://valkey.io/topics/protocol/, version 2."""
        line = self._answers.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server has gone")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if rest == b"-1" else self._answers.read(int(rest) + 2)[:-2]
        if kind == b":":
            return int(rest)
        if kind == b"*":
            return None if rest == b"-1" else [self._answer() for _ in range(int(rest))]
        if kind == b"+":
            return rest
        words = rest.decode()
        return NoScriptError(words) if words.startswith("NOSCRIPT") else ResponseError(words)


def _packed(parts: tuple[Part, ...]) -> bytes:
    raw = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join([b"*%d\r\n" % len(raw), *(b"$%d\r\n%b\r\n" % (len(each), each) for each in raw)])
