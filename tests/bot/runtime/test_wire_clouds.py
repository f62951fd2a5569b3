"""Bedrock and Vertex through the library's own clients; their extras are not here, and stood in for."""

from __future__ import annotations

import importlib.machinery
import json
import sys
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import Forbidden, Misconfigured
from bot.runtime.models import Endpoint, one
from bot.runtime.provider import Guards, Provider
from bot.runtime.spending import FAST
from bot.writers import Away
from tests.bot.runtime.speaking import nobody, wanted

ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "x",
    "content": [{"type": "text", "text": "Hello."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 2},
}


class Cloud:
    """Answers whatever is asked, and remembers it."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.asked.append((request.path, request.headers.get("Authorization", ""), body))
        return web.json_response(ANSWER)


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    made, app = Cloud(), web.Application()
    app.router.add_post("/{any:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, code: str = "") -> None:
    """Make a module called ``name`` that can be found and does what ``code`` says."""
    module = ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    exec(code, module.__dict__)  # noqa: S102  # its functions must belong to it, as the real ones do
    monkeypatch.setitem(sys.modules, name, module)


def desk(endpoint: Endpoint) -> Provider:
    return Provider(one(FAST, endpoint), Guards(retries=0))


@pytest.mark.parametrize("kind", ["bedrock", "vertex"])
async def test_a_cloud_whose_library_is_missing_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    for module in ("boto3", "google.auth"):
        monkeypatch.setitem(sys.modules, module, None)
    asked = desk(Endpoint("cloud", kind, region="eu-central-1", project="p"))

    with pytest.raises(Misconfigured, match=rf"countersign\[{kind}\]"):
        await asked.ask(wanted())


async def test_bedrock_is_asked_by_its_own_name_of_the_model(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud
) -> None:
    stand_in(monkeypatch, "boto3")
    names = {FAST: "eu.anthropic.fast"}
    asked = desk(
        Endpoint("aws", "bedrock", api_key="bk", base_url=cloud.url, region="eu-central-1", names=names)
    )

    said = await asked.ask(wanted())

    assert (said.text, said.usage.model) == ("Hello.", FAST)
    ((path, key, body),) = cloud.asked
    assert (path, key) == ("/model/eu.anthropic.fast/invoke", "Bearer bk")
    assert "model" not in body
    await asked.close()


SIGNING = "class Session:\n    def __init__(self, **how): pass\n    def get_credentials(self): return None\n"
BROKEN = "class HTTPClientError(Exception): ...\ndef Session(**how):\n    raise HTTPClientError\n"


@pytest.mark.parametrize(("code", "told"), [(SIGNING, Forbidden), (BROKEN, Away)])
async def test_credentials_that_are_not_there_are_told_and_those_out_of_reach_tried_later(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud, code: str, told: type[Exception]
) -> None:
    stand_in(monkeypatch, "boto3", code)
    stand_in(monkeypatch, "botocore")
    stand_in(monkeypatch, "botocore.auth", "class SigV4Auth: ...")
    stand_in(monkeypatch, "botocore.awsrequest", "class AWSRequest:\n    def __init__(self, **how): pass\n")
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    asked = desk(Endpoint("aws", "bedrock", base_url=cloud.url, region=f"eu-{told.__name__.lower()}-1"))

    for hear in (None, nobody):
        with pytest.raises(told):
            await asked.ask(wanted(), hear)

    assert cloud.asked == []
    await asked.close()
