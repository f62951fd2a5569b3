"""The bot's own time per ticket: from the webhook to the note on the ticket, less the time at vendors.

Tickets arrive at a fixed rate whatever the bot does (open loop). For each:

    own = (start of the request that writes the note - moment the webhook was due)
          - the time in between during which at least one request of this ticket was out at the vendor

The second line is a union of intervals: two requests out at the same time are taken off once. A request's
interval is the call into the vendor's client library, in the bot's own process: the vendor's network, its
queue, its work and the library are off; everything of ours is in: intake, queue, deciding, the local brain,
our threads, the mapping, and waiting for a free place or for the interpreter. The row also says what the
figure would be with the library's own work counted as ours (urllib3's interval instead, first byte sent to
the answer's head).

What this does not see: while a request is out, the same processor works for other tickets, and that overlap
makes an answer look later than it was. So the table also says how much processor time a ticket takes in all,
which hides nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from bench.estate import Estate, Ticket, estate
from bench.table import Row, middle, ms, percentile
from bench.watched import BRAIN, VENDOR, WIRE, Note
from bench.wire import open_loop

RATE = 20.0
TARGET_P50_S, TARGET_P99_S = 0.015, 0.060
WARM_UP = 10
DONE_S_MAX = 30.0
"""After the last webhook; then whatever has no note yet is an error."""
WRITES = ("POST ", "PUT ")


@dataclass(frozen=True, slots=True)
class Own:
    """Where one ticket's time went, in seconds."""

    total: float
    vendor: float
    wire: float
    """As ``vendor``, without what the client library itself took."""
    brain: float
    gaps: tuple[tuple[str, float], ...]
    """Our own stretches, each named for the request it ended with."""

    @property
    def own(self) -> float:
        """What was ours."""
        return self.total - self.vendor


async def run(*, quick: bool) -> list[Row]:
    """Measure at 20 tickets a second; ``quick`` for a few seconds."""
    return await measure(60 if quick else 1_000)


async def measure(count: int) -> list[Row]:
    """Send ``count`` tickets and wait for their notes."""
    async with estate() as world:
        await _round(world, WARM_UP)
        before = world.bot.cpu_s()
        measured = await _round(world, count)
        cpu_s = (world.bot.cpu_s() - before) / count
    return _rows(measured, cpu_s)


async def _round(world: Estate, count: int) -> list[Own]:
    tickets = await world.prepare(count)
    began = perf_counter() + 0.2
    load = asyncio.create_task(_send(world, tickets, began))
    notes: list[Note] = []
    wanted, end = {ticket.id for ticket in tickets}, began + count / RATE + DONE_S_MAX
    while wanted - _noted(notes):
        await asyncio.sleep(0.25)
        notes += await world.timeline()
        if perf_counter() > end:
            raise TimeoutError(f"{len(wanted - _noted(notes))} of {count} tickets never got a note")
    await load
    page = by_ticket(notes)
    return [measured(page[ticket.id], began + place / RATE) for place, ticket in enumerate(tickets)]


async def _send(world: Estate, tickets: Sequence[Ticket], began: float) -> None:
    load = await open_loop(world.bot.port, [each.webhook for each in tickets], RATE, began=began)
    if set(load.statuses) != {202}:
        raise RuntimeError(f"not all were accepted: {dict(load.statuses)}")


def by_ticket(notes: Iterable[Note]) -> dict[str, list[Note]]:
    """Sort notes by ticket, each ticket's by time."""
    page: dict[str, list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda note: note[3]):
        page[note[0]].append(note)
    return page


def measured(notes: Sequence[Note], began: float) -> Own:
    """Return where the time went from ``began`` to the first write of one ticket."""
    calls = [note for note in notes if note[1] == VENDOR and note[3] >= began]
    end = next(note[3] for note in calls if is_write(note))
    brain = sum(note[4] - note[3] for note in notes if note[1] == BRAIN and note[4] <= end)
    vendor, gaps = outside(calls, began, end)
    wire, _ = outside([note for note in notes if note[1] == WIRE and note[3] >= began], began, end)
    return Own(end - began, vendor, wire, brain, gaps)


def outside(calls: Sequence[Note], began: float, end: float) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Return how long any call was out, and the stretches between, each with the call that ended it."""
    reached, out, gaps = began, 0.0, list[tuple[str, float]]()
    for _, _, what, start, stop in calls:
        if start > end:
            break
        if start > reached:
            gaps.append((what, start - reached))
        out += max(0.0, min(stop, end) - max(start, reached))
        reached = max(reached, min(stop, end))
    return out, tuple(gaps)


def is_write(note: Note) -> bool:
    """Whether this request changes the ticket."""
    return note[1] == VENDOR and note[2].startswith(WRITES)


def largest_gaps(measured: Sequence[Own], count: int = 3) -> str:
    """Say before which requests most of our own time passes, by the median per ticket."""
    spent: dict[str, list[float]] = defaultdict(list)
    for one in measured:
        sums: dict[str, float] = defaultdict(float)
        for what, seconds in one.gaps:
            sums[_shape(what)] += seconds
        for what, seconds in sums.items():
            spent[what].append(seconds)
    ranked = sorted(((middle(each), what) for what, each in spent.items()), reverse=True)[:count]
    return ", ".join(f"{ms(seconds)} before {what}" for seconds, what in ranked)


def _shape(what: str) -> str:
    """Leave ids out of a request's path, and keep its last words."""
    method, _, path = what.partition(" ")
    words = [part for part in path.split("/") if part and not part.isdigit()]
    return f"{method} …/{'/'.join(words[-2:])}"


def _noted(notes: Iterable[Note]) -> set[str]:
    return {note[0] for note in notes if is_write(note)}


def _rows(measured: Sequence[Own], cpu_s: float) -> list[Row]:
    own = [one.own for one in measured]
    p50, p99 = percentile(own, 50), percentile(own, 99)
    vendor, brain = middle([one.vendor for one in measured]), middle([one.brain for one in measured])
    strict = middle([one.total - one.wire for one in measured])
    name = f"own time per ticket at {RATE:.0f}/s"
    return [
        Row(
            measure=f"{name}, p50",
            value=ms(p50),
            target=f"< {TARGET_P50_S * 1000:.0f} ms",
            ok=p50 < TARGET_P50_S,
            dominates=f"{largest_gaps(measured)}; {ms(strict)} with the HTTP library's work as ours",
        ),
        Row(
            measure=f"{name}, p99",
            value=ms(p99),
            target=f"< {TARGET_P99_S * 1000:.0f} ms",
            ok=p99 < TARGET_P99_S,
            dominates=f"waiting for the loop; local brain {ms(brain)} is in; taken off: vendor {ms(vendor)}",
        ),
        Row(
            measure="processor time per ticket, all of it",
            value=ms(cpu_s),
            dominates=f"so at most {1 / cpu_s:.0f} tickets/s a process; with read-back and our note's echo",
        ),
    ]
