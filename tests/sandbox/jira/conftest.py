"""A running fake site, and the two ways to reach it: raw HTTP and the real client library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
import pytest
from aiohttp import web
from jira import JIRA

from sandbox.jira import JiraSandbox
from tests.sandbox.jira.openapi_judge import assert_valid

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def errors(self) -> dict[str, str]:
        return dict(self.body["errors"])


class Rest:
    """Raw requests with the bot's credentials."""

    def __init__(self, site: JiraSandbox, session: aiohttp.ClientSession) -> None:
        self.site, self._session = site, session
        token = f"Bearer {site.pat}"
        if site.flavour == "cloud":
            token = aiohttp.encode_basic_auth(site.email, site.api_token)
        self.headers = {"Authorization": token}

    async def __call__(self, method: str, path: str, body: object = None, **params: str) -> Answer:
        full = path if path.startswith("/") else f"/rest/api/2/{path}"
        sent: dict[str, Any] = {} if body is None else {"json": body}
        async with self._session.request(
            method, self.site.url + full, params=params, headers=self.headers, allow_redirects=False, **sent
        ) as answer:
            text = await answer.text()
            shown = await answer.json() if "json" in answer.content_type else text
            return Answer(answer.status, shown, dict(answer.headers))


@dataclass
class Inbox:
    """A listener for webhooks that answers what it is told to."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    statuses: list[int] = field(default_factory=list[int])
    """What the next deliveries are answered; then 200."""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def cloud() -> AsyncGenerator[JiraSandbox]:
    site = JiraSandbox(retry_after_s=0.01)
    await site.start()
    yield site
    await site.stop()
    assert_judged(site)


@pytest.fixture
async def dc() -> AsyncGenerator[JiraSandbox]:
    site = JiraSandbox(flavour="dc", retry_after_s=0.01)
    await site.start()
    yield site
    await site.stop()


def assert_judged(site: JiraSandbox) -> None:
    """Whatever a test did, Atlassian's documents must agree with it (skipped without them)."""
    try:
        # The library sends what the documents forbid: numbers for ids and nulls.
        assert_valid(site.exchanges, ignore=[r"^POST .*/transitions$", r"^POST .*/search/jql$"])
    except pytest.skip.Exception:
        return


@pytest.fixture
async def rest(cloud: JiraSandbox) -> AsyncGenerator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(cloud, session)


@pytest.fixture
async def rest_dc(dc: JiraSandbox) -> AsyncGenerator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(dc, session)


@pytest.fixture
async def inbox() -> AsyncGenerator[Inbox]:
    box, app = Inbox(), web.Application()
    app.router.add_post("/in", box.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    box.url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    yield box
    await runner.cleanup()


def client_of(site: JiraSandbox) -> Any:
    """The real library, as our connector sets it up: no server info, no retries, flavour told by hand.

    ``Any``, because the library's own annotations are partial.
    """
    auth: dict[str, Any] = {"token_auth": site.pat}
    if site.flavour == "cloud":
        auth = {"basic_auth": (site.email, site.api_token)}
    client = JIRA(server=site.url, get_server_info=False, max_retries=0, timeout=(3, 15), **auth)
    client.deploymentType = "Cloud" if site.flavour == "cloud" else "Server"
    return client


async def in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)
