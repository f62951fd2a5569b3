"""The baseline of intake: the least a handler can do that is signed and durable.

``python -m bench.bare REDIS_URL SECRET`` runs aiohttp with one route: HMAC over the body, one XADD, 202. The
same event loop, the same server and the same client library as the bot.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import signal
import sys

from aiohttp import web
from redis.asyncio import Redis


def application(redis: Redis, secret: bytes) -> web.Application:
    """Return the application; it has one route."""

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature", ""), expected):
            return web.Response(status=401)
        await redis.xadd("bare", {"b": body})
        return web.Response(status=202)

    app = web.Application(client_max_size=5 * 1024 * 1024)
    app.router.add_post("/webhooks/jira", receive)
    return app


async def _serve(url: str, secret: str) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    redis = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]  # redis-py leaves **kwargs untyped
    runner = web.AppRunner(application(redis, secret.encode()), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stderr.write(f"bare: listening on http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stderr.flush()
    await stop.wait()
    await runner.cleanup()
    await redis.aclose()


def main() -> None:
    """Run until SIGTERM, on uvloop where the bot would."""
    work = _serve(sys.argv[1], sys.argv[2])
    try:
        import uvloop  # noqa: PLC0415  # as bot.cli does
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()
