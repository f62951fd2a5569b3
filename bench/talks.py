"""Conversations: when the first sign goes out, our own time a turn, and the memory of 200 at once.

The bot is a process of its own with a stopwatch on its calls, as in ``bench.clicks``; a provider in this
process answers at once, or nobody until it is let. A turn lasts from the moment the handler has Slack's
request to the start of the call that ends the answer, less the time a call to Jira, Slack or the provider
was out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from time import perf_counter
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.estate import Estate, Ticket, estate
from bench.table import Row, middle, ms, percentile
from bench.tickets import Own, largest_gaps, outside
from bench.watched import CLICK, SLACK, VENDOR, Note

TARGET_SIGN_S, TARGET_TURN_S, TARGET_MIB = 0.3, 0.03, 400.0
AT_ONCE: Final = 200
PAUSE_S = 3.0
"""Between two turns: Slack allows twenty streams a minute, and what is measured is not that."""
WAIT_S_MAX = 60.0
"""For a turn, or for all of them to be under way."""
PEOPLE: Final = ("U0ALICE", "U0BOB", "U0CAROL", "U0DAN")
"""Of two hundred runs at once, one person's budget for a day would not hold all."""
MODEL: Final = "model"
STATUS: Final = frozenset({"agents.sessions.setStatus", "assistant.threads.setStatus"})
ENDS: Final = frozenset({"chat.stopStream", "chat.postMessage", "chat.update"})
FILE: Final = """\
agent: { messages_per_minute: 600 }
"""


class Provider:
    """Speaks just enough of the Messages API to answer with one sentence."""

    def __init__(self) -> None:
        self.waiting, self.notes = 0, list[Note]()
        self._let = asyncio.Event()
        self._let.set()

    def hold(self) -> None:
        """Answer nobody until :meth:`let`."""
        self._let.clear()

    def let(self) -> None:
        """Answer all who wait."""
        self._let.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer ``POST /v1/messages`` as a stream."""
        began = perf_counter()
        await request.read()
        self.waiting += 1
        try:
            await self._let.wait()
        finally:
            self.waiting -= 1
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for event in _events("All is well with it."):
            await response.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        await response.write_eof()
        self.notes.append(("", MODEL, "messages", began, perf_counter()))
        return response


def _events(text: str) -> list[dict[str, Any]]:
    usage = {"input_tokens": 100, "output_tokens": 10}
    message: dict[str, Any] = {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "bench",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    delta = {"type": "text_delta", "text": text}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]


@asynccontextmanager
async def _provided() -> AsyncGenerator[tuple[Provider, Estate]]:
    provider = Provider()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/v1/messages", provider.answer)
    async with TestServer(app) as server:
        env = {"ANTHROPIC_API_KEY": "bench", "ANTHROPIC_BASE_URL": str(server.make_url("")).rstrip("/")}
        async with estate(cards=True, more=FILE, env=env) as world:
            yield provider, world


async def run(*, quick: bool) -> list[Row]:
    """Measure; ``quick`` with a few turns and conversations."""
    return await measure(5 if quick else 40, 20 if quick else AT_ONCE)


async def measure(turns: int, at_once: int) -> list[Row]:
    """Take ``turns`` turns one after another, then keep ``at_once`` conversations waiting for the model."""
    async with _provided() as (provider, world):
        # A ticket has one thread in a channel: each conversation is about another one.
        tickets = await world.prepare(turns + at_once)
        first, *rest = [await _turn(world, provider, ticket) for ticket in tickets[:turns]]
        before = world.bot.resident_mib()
        during = await _crowd(world, provider, tickets[turns:])
    taken = rest or [first]
    return [*_rows(taken), _memory(before, during, at_once)]


async def _turn(world: Estate, provider: Provider, ticket: Ticket) -> tuple[float, Own]:
    await world.timeline()
    provider.notes.clear()
    await world.mention("U0ALICE", f"What is {ticket.key} about?")
    notes, end = list[Note](), perf_counter() + WAIT_S_MAX
    while not any(note[2] in ENDS for note in notes):
        await asyncio.sleep(0.02)
        notes += await world.timeline()
        if perf_counter() > end:
            raise TimeoutError("a question led to no answer")
    await world.idle()
    await asyncio.sleep(PAUSE_S)
    return measured([*notes, *provider.notes])


def measured(notes: Sequence[Note]) -> tuple[float, Own]:
    """Return when the first sign went out, and where the time of one turn went."""
    began = next(note[3] for note in notes if note[1] == CLICK)
    sign = min(note[3] for note in notes if note[2] in STATUS) - began
    end = min(note[3] for note in notes if note[2] in ENDS)
    calls = sorted((n for n in notes if n[1] in {VENDOR, SLACK, MODEL}), key=lambda note: note[3])
    out, gaps = outside(calls, began, end)
    return sign, Own(total=end - began, vendor=out, wire=out, brain=0.0, gaps=gaps)


async def _crowd(world: Estate, provider: Provider, tickets: Sequence[Ticket]) -> float:
    """Return the memory in MiB while a conversation about each of ``tickets`` waits for the model."""
    many = len(tickets)
    provider.hold()
    for person, ticket in zip(cycle(PEOPLE), tickets, strict=False):
        await world.mention(person, f"What is {ticket.key} about?")
    end = perf_counter() + WAIT_S_MAX
    while provider.waiting < many:
        await asyncio.sleep(0.05)
        if perf_counter() > end:
            raise TimeoutError(f"only {provider.waiting} of {many} conversations are under way")
    resident = world.bot.resident_mib()
    provider.let()
    return resident


def _rows(turns: Sequence[tuple[float, Own]]) -> list[Row]:
    signs, owns = [sign for sign, _ in turns], [own for _, own in turns]
    own, sign = percentile([each.own for each in owns], 50), percentile(signs, 99)
    return [
        Row(
            measure=f"message to first sign, p99 of {len(signs)}",
            value=ms(sign),
            target=f"< {TARGET_SIGN_S * 1000:.0f} ms",
            ok=sign < TARGET_SIGN_S,
            dominates=f"p50 {ms(percentile(signs, 50))}: storing the event, and the worker taking it up",
        ),
        Row(
            measure=f"own time a turn, p50 of {len(owns)}",
            value=ms(own),
            target=f"< {TARGET_TURN_S * 1000:.0f} ms",
            ok=own < TARGET_TURN_S,
            dominates=f"{largest_gaps(owns)}; taken off: {ms(middle([each.vendor for each in owns]))}",
        ),
    ]


def _memory(before: float, during: float, many: int) -> Row:
    return Row(
        measure=f"memory with {many} conversations waiting for the model",
        value=f"{during:.0f} MiB",
        target=f"< {TARGET_MIB:.0f} MiB",
        ok=during < TARGET_MIB,
        dominates=f"{before:.0f} MiB before, {(during - before) * 1024 / many:.0f} KiB each",
    )
