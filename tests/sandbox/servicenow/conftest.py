"""A running fake instance, the real pysnow client against it, and a receiver for its events."""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pysnow  # pyright: ignore[reportMissingTypeStubs]  # it has none
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.deliveries import Deliveries
from sandbox.servicenow import ServiceNowSandbox

SAMPLES = Path(__file__).parents[3] / "../shared/data/servicenow/docs-samples"
BASIC = {"Authorization": aiohttp.encode_basic_auth("countersign.bot", "sandbox-password")}
SECRET = "whsec_" + "c2lnbmluZy1rZXktZm9yLXRlc3Rz"


@dataclass
class Receiver:
    """Where events arrive; answers ``statuses`` one by one, then 202."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    statuses: list[int] = field(default_factory=list[int])

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/servicenow", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/webhooks/servicenow"))
        yield made


@pytest.fixture
async def vendor() -> AsyncIterator[ServiceNowSandbox]:
    running = ServiceNowSandbox(webhook_secret=SECRET, deliveries=Deliveries(retry_after_s=0.005))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def http(vendor: ServiceNowSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(vendor.url, headers=BASIC) as session:
        yield session


class Snow(Protocol):
    """Runs a call on a fresh Resource."""

    def __call__(self, call: Callable[[Any], Any], table: str = "incident") -> Awaitable[Any]: ...


@pytest.fixture
async def snow(vendor: ServiceNowSandbox) -> AsyncIterator[Snow]:
    """Run ``call(resource)`` in a thread, with a fresh Resource of ``table``, as the connector has to."""
    client: Any = pysnow.Client(
        host=f"127.0.0.1:{vendor.port}", use_ssl=False, user="countersign.bot", password="sandbox-password"
    )
    client.parameters.add_custom(
        {
            "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true",
            "sysparm_suppress_pagination_header": "true",
        }
    )

    async def run(call: Callable[[Any], Any], table: str = "incident") -> Any:
        resource = client.resource(api_path=f"/table/{table}", timeout=(3, 20))
        return await asyncio.to_thread(functools.partial(call, resource))

    yield run
    client.close()


def patch(sys_id: str, **values: str) -> Callable[[Any], Any]:
    """A one-request write through pysnow: PATCH by sys_id, read with one()."""

    def call(resource: Any) -> Any:
        return resource.request("PATCH", path_append=f"/{sys_id}", data=json.dumps(values)).one()

    return call
