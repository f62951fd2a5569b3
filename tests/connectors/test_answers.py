"""Answers that trickle, never end or break off, read through ``requests`` by the connectors that block."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.errors import Ambiguous, Refused, Retry
from connectors import _answers
from connectors.jira import client as jira_client
from connectors.jira.client import Client
from connectors.jira.settings import JiraSettings
from connectors.servicenow import sessions
from connectors.servicenow.wire import Select, Wire
from tests.connectors.servicenow.building import settings

PATIENCE_S = 0.1
"""What one body may take in these tests."""
BOUND_S = 3.0
"""No test waits longer; an answer that is not bounded would take an hour."""
SELECT = Select("incident", "", ("sys_id",), 1)

Body = Callable[[asyncio.StreamWriter], Awaitable[None]]


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", "Content-Type: application/json", *lines, "", "")).encode()


@asynccontextmanager
async def serving(answer: Body) -> AsyncGenerator[str]:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


async def _drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)


async def by_length(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 1000000"))
    await _drip(writer, b" ")


async def in_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Transfer-Encoding: chunked"))
    await _drip(writer, b"1\r\n \r\n")


async def of_a_refusal(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 1000000", status="403 Forbidden"))
    await _drip(writer, b" ")


async def of_a_login_page(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 1000000", "Location: /login", status="302 Found"))
    await _drip(writer, b" ")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "BODY_S", PATIENCE_S)
    monkeypatch.setattr("connectors.servicenow.wire.BODY_S", PATIENCE_S)
    monkeypatch.setattr(jira_client, "BODY_S", PATIENCE_S)


def _wire(url: str) -> Wire:
    given = settings(url)
    return Wire(given, sessions.Tokens(given))


async def _threaded(call: Callable[[], Any]) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(call), BOUND_S)


@pytest.mark.parametrize("trickle", [by_length, in_chunks, of_a_refusal])
async def test_a_trickle_from_servicenow_gives_its_thread_back(trickle: Body) -> None:
    async with serving(trickle) as url:
        wire = _wire(url)
        with pytest.raises(Retry, match="cannot be reached"):
            await _threaded(lambda: wire.rows(SELECT))
        with pytest.raises(Retry, match="cannot be reached"):
            await _threaded(lambda: wire.result("/api/x", {}, 1_000))
        with pytest.raises(Ambiguous):
            await _threaded(lambda: wire.patch("incident", "x" * 32, {}))
        wire.close()


async def test_a_login_page_that_trickles_is_not_waited_for() -> None:
    async with serving(of_a_login_page) as url:
        wire = _wire(url)
        with pytest.raises(Exception, match="login page"):
            await _threaded(lambda: wire.rows(SELECT))
        wire.close()


@pytest.mark.parametrize("trickle", [by_length, in_chunks, of_a_refusal])
async def test_a_trickle_from_jira_gives_its_thread_back(trickle: Body) -> None:
    async with serving(trickle) as url:
        client = Client("jira", JiraSettings(url=url, pat="x", webhook_secret="s" * 32))  # type: ignore[arg-type]  # secrets are read from text
        with pytest.raises(Retry, match="no answer to a GET"):
            await asyncio.wait_for(client.get("/rest/api/2/myself"), BOUND_S)
        with pytest.raises(Ambiguous):
            await asyncio.wait_for(client.write("POST", "/rest/api/2/issue", {}), BOUND_S)
        client.close()


async def test_an_answer_without_end_is_read_to_its_bound_and_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_answers.whole, "__defaults__", (1_000,))
    packed = gzip.compress(json.dumps({"result": [{"sys_id": "a" * 100_000}]}).encode())

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head(f"Content-Length: {len(packed)}", "Content-Encoding: gzip") + packed)

    async with serving(answer) as url:
        wire = _wire(url)
        with pytest.raises(Refused, match="more than 1,000 bytes"):
            await _threaded(lambda: wire.rows(SELECT))
        wire.close()


async def test_an_answer_that_breaks_off_is_tried_again_and_a_whole_one_in_pieces_is_read() -> None:
    body = json.dumps({"result": [{"sys_id": "a" * 200_000}]}).encode()
    cut = [True]

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head(f"Content-Length: {len(body)}"))
        for start in range(0, len(body), 50_000):
            writer.write(body[start : start + 50_000])
            await writer.drain()
            if cut:
                cut.clear()
                writer.close()
                return

    async with serving(answer) as url:
        wire = _wire(url)
        with pytest.raises(Retry):
            await _threaded(lambda: wire.rows(SELECT))
        assert len((await _threaded(lambda: wire.rows(SELECT))).rows[0]["sys_id"]) == 200_000
        wire.close()
