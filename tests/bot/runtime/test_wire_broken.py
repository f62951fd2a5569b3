"""Answers that are half of one, or of somebody else's making: each is told as what it is, and never used."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import BotError
from bot.runtime.models import Endpoint, one
from bot.runtime.provider import Guards, Provider
from bot.runtime.spending import FAST
from bot.writers import Away, Unusable
from tests.bot.runtime.speaking import KEY, nobody, wanted

Event = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STARTED: Event = {
    "type": "message_start",
    "message": {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "x",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
}
CALLS: Event = {
    "type": "content_block_start",
    "index": 0,
    "content_block": {"type": "tool_use", "id": "t1", "name": "set_priority", "input": {}},
}
SECRET = "the giraffe is called Gerald"


def piece(text: str, index: int = 0) -> Event:
    delta = {"type": "input_json_delta", "partial_json": text}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def ended(why: str | None) -> Sequence[Event]:
    return (
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": why}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    )


def wire(events: Sequence[Event]) -> bytes:
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events)


@asynccontextmanager
async def serving(answer: Handler) -> AsyncGenerator[Provider]:
    """Ask a server that answers everything with ``answer``."""
    app = web.Application()
    app.router.add_post("/v1/messages", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    desk = Provider(one(FAST, Endpoint(api_key=KEY, base_url=url)), Guards(retries=0))
    try:
        yield desk
    finally:
        await desk.close()
        await runner.cleanup()


def streaming(body: bytes, *, reset: bool = False) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(body)
        if reset:
            assert request.transport
            request.transport.abort()
        else:
            await response.write_eof()
        return response

    return answer


@pytest.mark.parametrize("reset", [False, True], ids=["quietly", "with a reset"])
async def test_a_stream_that_just_ends_is_no_answer(*, reset: bool) -> None:
    async with serving(streaming(wire([STARTED]), reset=reset)) as desk:
        with pytest.raises(Away):
            await desk.ask(wanted(), nobody)


@pytest.mark.parametrize("why", ["tool_use", "end_turn", None])
@pytest.mark.parametrize("half", ['{"to": "Hi', '{"to": "High", "wh', "[1, 2", "[]", '"High"', "{} {}"])
async def test_a_call_whose_arguments_break_off_is_never_used(half: str, why: str | None) -> None:
    """The library completes half an object by guessing where it would have ended."""
    async with serving(streaming(wire([STARTED, CALLS, piece(half), *ended(why)]))) as desk:
        with pytest.raises((Unusable, Away)):
            await desk.ask(wanted(), nobody)


async def test_a_call_that_came_in_pieces_or_without_arguments_is_whole() -> None:
    whole = wire([STARTED, CALLS, piece('{"to": '), piece('"High"}'), *ended("tool_use")])
    async with serving(streaming(whole)) as desk:
        said = await desk.ask(wanted(), nobody)
    assert [dict(call.arguments) for call in said.calls] == [{"to": "High"}]
    async with serving(streaming(wire([STARTED, CALLS, piece(""), *ended("tool_use")]))) as desk:
        said = await desk.ask(wanted(), nobody)
    assert [dict(call.arguments) for call in said.calls] == [{}]


@pytest.mark.parametrize(
    "events",
    [
        [CALLS],
        [STARTED, piece("{}", index=7), *ended("tool_use")],
        [STARTED, CALLS, piece(f'{{"to": {SECRET}'), *ended("tool_use")],
        [STARTED, {"type": "content_block_start", "index": 0}, *ended("end_turn")],
        [{**STARTED, "message": {"id": "m"}}, *ended("end_turn")[1:]],
        [{**STARTED, "message": None}],
    ],
    ids=["no beginning", "no such block", "no JSON", "no block", "no message", "nothing"],
)
async def test_a_stream_that_is_none_is_told_as_that_without_its_words(events: Sequence[Event]) -> None:
    async with serving(streaming(wire(events))) as desk:
        with pytest.raises((Away, Unusable)) as no:
            await desk.ask(wanted(), nobody)
    assert SECRET not in f"{no.value} {no.value.__cause__} {no.value.__context__}"


async def test_what_is_no_event_stream_at_all_is_told_as_that() -> None:
    async with serving(streaming(b"event: message_start\ndata: {not json\n\n")) as desk:
        with pytest.raises(Away):
            await desk.ask(wanted(), nobody)


@pytest.mark.parametrize(
    "changed",
    [
        {"usage": None},
        {"usage": {}},
        {"content": None},
        {"content": [{"type": "tool_use", "id": "t", "name": "x", "input": "High"}]},
        {"content": [{"type": "text"}]},
        {"content": ["hello"]},
    ],
    ids=["no usage", "empty usage", "no content", "words for arguments", "no text", "no block"],
)
async def test_a_message_that_lacks_half_of_it_is_no_crash(changed: Event) -> None:
    good = {**STARTED["message"], "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn"}

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response({**good, **changed})

    async with serving(answer) as desk:
        try:
            said = await desk.ask(wanted())
        except BotError as no:
            assert isinstance(no, Away | Unusable)  # noqa: PT017  # either is right, a crash is not
        else:
            assert said.text == "hi"
