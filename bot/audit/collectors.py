"""Where copies of the audit go: an HTTP collector, or syslog over TCP or TLS. Each send is all or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.audit.lines import HEAD
from bot.audit.settings import ForwardSection
from bot.core.errors import Forbidden, Misconfigured, Refused, Retry
from bot.core.foreign import thing
from bot.settings import Environment

TIMEOUT_S: Final = 30.0
"""For one send; a batch is about half a megabyte."""
AWAY_S: Final = 5.0
WAIT_MAX_S: Final = 600.0
"""However long a collector asks us to stay away."""
ACKNOWLEDGED_S: Final = 5.0
"""How long a syslog receiver may take to close its side once we have closed ours."""
PRIORITY: Final = 13 * 8 + 6
"""Facility *log audit*, severity *informational*: RFC 5424, section 6.2.1."""
MSGID_CHARS_MAX: Final = 32
HOST_CHARS_MAX: Final = 255
"""What RFC 5424, section 6, lets these parts of a message have."""
WORDS_BYTES_MAX: Final = 200
"""Of an answer that says no, for the log: the first sentence tells."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Collector(Protocol):
    """Takes lines, in order."""

    async def send(self, lines: Sequence[bytes], *, batch: str) -> None:
        """Deliver ``lines``; when it returns, they are there. ``batch`` names them, so a repeat can be told.

        Raises:
            Retry: away or busy; some of them may have arrived.
            Reject: it says no; a person has to look. Nothing is skipped, so it is tried again, less often.
        """
        ...

    async def close(self) -> None:
        """Give back sockets."""
        ...


def open_collector(section: ForwardSection, env: Environment) -> Collector:
    """Return the collector that the configuration names. Does no network I/O.

    Raises:
        Misconfigured: the variable with its token is not set, or the certificates cannot be read.
    """
    trusted = None
    if not section.syslog.startswith("tcp:") and not section.http.startswith("http:"):
        try:
            trusted = ssl.create_default_context(cafile=section.ca_file or None)
        except OSError as error:
            raise Misconfigured(
                f"audit.forward.ca_file: {section.ca_file} cannot be read: {error.strerror or error}"
            ) from error
    if section.syslog:
        parts = urlsplit(section.syslog)
        return SyslogCollector(str(parts.hostname), int(parts.port or 0), trusted)
    token = env.get(section.token_env) if section.token_env else ""
    if section.token_env and not token:
        raise Misconfigured(f"audit.forward.token_env: {section.token_env} is not set: export it")
    return HttpCollector(section.http, token, trusted)


class HttpCollector:
    """Posts newline-delimited JSON: the very lines of an export."""

    def __init__(self, url: str, token: str = "", trusted: ssl.SSLContext | None = None) -> None:
        self._url, self._token, self._trusted = url, token, trusted
        self._session: aiohttp.ClientSession | None = None

    async def send(self, lines: Sequence[bytes], *, batch: str) -> None:
        """See :class:`Collector`."""
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": batch}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        try:
            async with self._session.post(
                self._url,
                data=b"".join(lines),
                headers=headers,
                # Another address was never said to be trusted, and a redirected POST arrives as a GET.
                allow_redirects=False,
                ssl=self._trusted or True,
            ) as answer:
                _judged(answer.status, answer.headers.get("Retry-After", ""), await _start_of(answer))
        except (aiohttp.ClientError, TimeoutError, OSError) as away:
            raise Retry(
                f"the audit's collector is away: {type(away).__name__} {away}", after_s=AWAY_S
            ) from away

    async def close(self) -> None:
        """See :class:`Collector`."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _start_of(answer: aiohttp.ClientResponse) -> str:
    """Return how an answer that says no starts, for the log."""
    if answer.status < 300:  # noqa: PLR2004  # HTTP's own
        return ""
    return (await answer.content.read(WORDS_BYTES_MAX)).decode("utf-8", "replace")


def _judged(status: int, retry_after: str, words: str) -> None:
    match status // 100:
        case 2:
            return
        case 5:
            raise Retry(f"the audit's collector answers {status}", after_s=_wait(retry_after))
        case _ if status in {408, 425, 429}:
            raise Retry(f"the audit's collector is busy ({status})", after_s=_wait(retry_after))
        case _ if status in {401, 403}:
            raise Forbidden(f"the audit's collector refuses our token ({status}): {words}")
        case _:
            raise Refused(f"the audit's collector refuses the records ({status}): {words}")


def _wait(retry_after: str) -> float:
    return min(float(retry_after), WAIT_MAX_S) if retry_after.isascii() and retry_after.isdigit() else AWAY_S


class SyslogCollector:
    """Sends RFC 5424 messages with octet counting (RFC 5425, RFC 6587 section 3.4.1), a connection a batch.

    Syslog has no answer. What it has is the end of a connection: a receiver that has read everything closes
    its side cleanly, one that has not resets it. So each batch ends with that, and only then is it delivered.
    """

    def __init__(self, host: str, port: int, trusted: ssl.SSLContext | None) -> None:
        """``trusted``: None for plain TCP."""
        self._host, self._port, self._trusted = host, port, trusted
        self._here = _printable(socket.gethostname(), HOST_CHARS_MAX)
        self._silent = False

    async def send(self, lines: Sequence[bytes], *, batch: str) -> None:
        """See :class:`Collector`."""
        del batch  # every message has its number in it
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._deliver(b"".join(self.framed(line) for line in lines))
        except (OSError, TimeoutError, ssl.SSLError) as away:
            where = f"{self._host}:{self._port}"
            raise Retry(f"syslog at {where} is away: {type(away).__name__} {away}", after_s=AWAY_S) from away

    async def close(self) -> None:
        """See :class:`Collector`."""

    def framed(self, line: bytes) -> bytes:
        """Return one line of the audit as a syslog message with its length in front."""
        at, what = _told(line)
        start = f"<{PRIORITY}>1 {at} {self._here} countersign - {what} - "
        text = start.encode("ascii") + line.rstrip(b"\n")
        return b"%d " % len(text) + text

    async def _deliver(self, data: bytes) -> None:
        encrypted = self._trusted is not None
        reader, writer = await asyncio.open_connection(
            self._host,
            self._port,
            ssl=self._trusted,
            ssl_handshake_timeout=TIMEOUT_S if encrypted else None,
            ssl_shutdown_timeout=ACKNOWLEDGED_S if encrypted else None,
        )
        try:
            writer.write(data)
            await writer.drain()
            if encrypted:
                await self._goodbye(writer)
            else:
                writer.write_eof()
                await self._end_of(reader)
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                await writer.wait_closed()

    async def _end_of(self, reader: asyncio.StreamReader) -> None:
        """Wait until the receiver has closed its side; a reset raises."""
        try:
            async with asyncio.timeout(ACKNOWLEDGED_S):
                while await reader.read(1024):
                    pass
        except TimeoutError:
            self._unacknowledged()

    async def _goodbye(self, writer: asyncio.StreamWriter) -> None:
        """End TLS and wait for the receiver to do so too."""
        writer.close()
        try:
            await writer.wait_closed()
        except TimeoutError:
            self._unacknowledged()

    def _unacknowledged(self) -> None:
        """Take it as delivered: its kernel has it, and one that never closes would block us for ever."""
        if not self._silent:
            log.warning("audit_syslog_does_not_close", where=f"{self._host}:{self._port}")
        self._silent = True


def _told(line: bytes) -> tuple[str, str]:
    """Return when, and what in one word, for the head of a message."""
    value: Any = json.loads(line)
    if line.startswith(HEAD):
        return _printable(thing(thing(value).get("head")).get("at"), 64), "head"
    record = thing(thing(value).get("r"))
    return _printable(record.get("at"), 64), _printable(record.get("what"), MSGID_CHARS_MAX)


def _printable(value: object, chars: int) -> str:
    """Return ``value`` as RFC 5424 lets it stand in a message's head: printable ASCII, or a dash."""
    text = str(value or "")
    return "".join(char for char in text if "!" <= char <= "~")[:chars] or "-"
