"""What the suite that every source has to pass needs to know of Confluence."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from bot.sources import Source
from connectors.confluence import SOURCE
from connectors.confluence.settings import ConfluenceSettings
from sandbox.confluence import ConfluenceSandbox
from tests.connectors.source_conformance import Asked, SourceCase

SECRET = "sandbox-secret"
QUESTIONS = {"search_pages": {"query": "vpn drops"}, "read_page": {"page": "98305"}}
CLOUD = {"email": "bot@example.com", "api_token": SECRET}


def opened(url: str, way: dict[str, str], **more: object) -> Source:
    return SOURCE.open("wiki", ConfluenceSettings.model_validate({"url": url, **way, **more}))


def at_with(way: dict[str, str]) -> Callable[[str], Source]:
    return lambda url: opened(url, way)


def running(way: dict[str, str]) -> Callable[[], AbstractAsyncContextManager[Asked]]:
    @asynccontextmanager
    async def start() -> AsyncGenerator[Asked]:
        vendor = ConfluenceSandbox(cloud=way is CLOUD)
        vendor.page("The VPN drops", "<p>Update the <strong>client</strong> to 5.2.</p>" * 500)
        for n in range(30):
            vendor.page(f"VPN note {n}", "<p>vpn</p>")
        await vendor.start()
        base = f"{vendor.url}/wiki" if vendor.cloud else vendor.url
        source = opened(base, way)
        yield Asked(vendor, source, base, QUESTIONS)
        await source.close()
        await vendor.stop()

    return start


WAYS = {"cloud": CLOUD, "data-center": {"pat": SECRET}}
SOURCES = {name: SourceCase(running(way), at_with(way), QUESTIONS, SECRET) for name, way in WAYS.items()}
