"""The bot's own time from a click on a card to the request that changes the ticket.

As in ``bench.tickets``: from the moment the handler has Slack's request to the start of the write, less the
time during which a call to Jira for this ticket, or a look-up in Slack of who clicked, was out. One click at
a time, so nothing else competes; what the bot tells Slack beside it is not on the way and is not taken off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from bench.estate import Estate, estate
from bench.table import Row, middle, ms, percentile
from bench.tickets import Own, is_write, largest_gaps, outside
from bench.watched import CLICK, SLACK, VENDOR, Note
from bench.wire import open_loop
from bot.slack.client import READS

TARGET_P50_S = 0.015
CARDS_S_MAX, WRITE_S_MAX = 120.0, 10.0
QUIET_S = 2.0
"""Without another card: above the second that Slack asks for between two."""
CHANNEL, APPROVER, APPROVE = "C0APPROVALS", "U0ALICE", "approval:approve"


@dataclass(frozen=True, slots=True)
class Card:
    """One that waits for a decision."""

    ts: str
    value: str
    """What its button carries."""


async def run(*, quick: bool) -> list[Row]:
    """Measure; ``quick`` with a few cards. Slack lets an app post one a second, so cards take a while."""
    return await measure(6 if quick else 40)


async def measure(count: int) -> list[Row]:
    """Send ``count`` tickets, wait for the cards that some of them lead to, and approve each."""
    async with estate(cards=True) as world:
        tickets = await world.prepare(count)
        await open_loop(world.bot.port, [ticket.webhook for ticket in tickets], 5.0)
        cards = await _cards(world, count // 2)
        await world.idle()
        first, *rest = [await _click(world, card) for card in cards]
    return [_row(rest or [first])]


async def _cards(world: Estate, least: int) -> list[Card]:
    """Wait until every ticket that leads to a card has one: no more come, and there are enough."""
    seen, end = -1, perf_counter() + CARDS_S_MAX
    while True:
        cards = list(_shown(await world.slack_state()))
        if len(cards) == seen and len(cards) >= least:
            return cards
        if perf_counter() > end:
            raise TimeoutError(f"only {len(cards)} cards came")
        seen = len(cards)
        await asyncio.sleep(QUIET_S)


def _shown(state: dict[str, Any]) -> Iterator[Card]:
    (room,) = [each for each in state["channels"] if each["id"] == CHANNEL]
    for message in room["messages"]:
        for block in message.get("blocks", ()):
            for element in block.get("elements", ()):
                if element.get("action_id") == APPROVE:
                    yield Card(message["ts"], element["value"])


async def _click(world: Estate, card: Card) -> Own:
    await world.timeline()
    await world.click(user=APPROVER, channel=CHANNEL, ts=card.ts, action_id=APPROVE, value=card.value)
    notes, end = list[Note](), perf_counter() + WRITE_S_MAX
    while not any(is_write(note) for note in notes):
        await asyncio.sleep(0.02)
        notes += await world.timeline()
        if perf_counter() > end:
            raise TimeoutError("a click led to no write")
    await world.idle()
    return measured(notes)


def measured(notes: Sequence[Note]) -> Own:
    """Return where the time of one click went."""
    began = next(note[3] for note in notes if note[1] == CLICK)
    end = min(note[3] for note in notes if is_write(note))
    calls = sorted((note for note in notes if _is_on_the_way(note)), key=lambda note: note[3])
    vendor, gaps = outside(calls, began, end)
    return Own(total=end - began, vendor=vendor, wire=vendor, brain=0.0, gaps=gaps)


def _is_on_the_way(note: Note) -> bool:
    return note[1] == VENDOR or (note[1] == SLACK and note[2] in READS)


def _row(measured: Sequence[Own]) -> Row:
    own = [one.own for one in measured]
    p50, vendor = percentile(own, 50), middle([one.vendor for one in measured])
    return Row(
        measure=f"click to vendor write, p50 of {len(own)}",
        value=ms(p50),
        target=f"< {TARGET_P50_S * 1000:.0f} ms",
        ok=p50 < TARGET_P50_S,
        dominates=f"{largest_gaps(measured)}; taken off: vendor {ms(vendor)}",
    )
