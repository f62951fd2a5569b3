"""Real collectors on this machine: an HTTP server and a syslog receiver, each of which can have a bad day."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID


@dataclass
class Posted:
    """What an HTTP collector got."""

    url: str = ""
    lines: list[bytes] = field(default_factory=list[bytes])
    batches: list[str] = field(default_factory=list[str])
    tokens: set[str] = field(default_factory=set[str])
    answers: list[int] = field(default_factory=list[int])
    """Statuses for the next posts; 0: take it and cut the connection. Empty: 200."""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = self.answers.pop(0) if self.answers else 200
        self.tokens.add(request.headers.get("Authorization", ""))
        if status in {0, 200}:
            self.batches.append(request.headers["Idempotency-Key"])
            self.lines += body.splitlines(keepends=True)
        if status == 0:
            assert request.transport
            request.transport.abort()
        headers = {"Retry-After": "7"} if status == 429 else {}
        if status == 302:
            headers["Location"] = self.url
        return web.Response(status=status or 200, text="no such index", headers=headers)


@asynccontextmanager
async def http_collector() -> AsyncGenerator[Posted]:
    posted = Posted()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/audit", posted.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    posted.url = f"http://127.0.0.1:{runner.addresses[0][1]}/audit"
    try:
        yield posted
    finally:
        await runner.cleanup()


@dataclass
class Received:
    """What a syslog receiver got, taken apart by its octet counts."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list[bytes])
    resets: int = 0
    """How many of the next connections to reset half way."""
    deaf: bool = False
    """Never closes its side."""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._read(reader, writer)
        with contextlib.suppress(ConnectionError):
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            count = await reader.readuntil(b" ")
            self.messages.append(await reader.readexactly(int(count)))
            if self.resets:
                self.resets -= 1
                writer.transport.abort()
                return
        if self.deaf:
            await asyncio.Event().wait()


@asynccontextmanager
async def syslog_receiver(trusted: ssl.SSLContext | None = None) -> AsyncGenerator[Received]:
    received = Received()
    server = await asyncio.start_server(received.take, "127.0.0.1", 0, ssl=trusted)
    received.port = server.sockets[0].getsockname()[1]
    try:
        yield received
    finally:
        server.close()


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 and its key, in one file."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
