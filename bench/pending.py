"""What 10,000 pending approvals cost: memory of the server, and the pace of intake beside them.

The dossiers are made by the product's own journal and decide, with a note that is up, a proposal that waits
and its timer. Intake is measured against the same process on the same server without them, in turns.
"""

from __future__ import annotations

import itertools
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from approvals.policy import DEFAULT_RULES, Match, Rule, Rulebook
from bench.intake import environment, requests_without_end
from bench.processes import Child, child
from bench.table import Row, middle
from bench.wire import closed_loop
from bot.app import PREFIX
from bot.clock import SystemClock
from bot.core.actions import Action, Basis, Proposal, Risk
from bot.core.events import SkillFinished, TicketRead
from bot.core.ids import ActionName, EffectId, EventId, TraceId, proposal_id
from bot.core.modes import Mode, ModeRule
from bot.core.reports import Finding, Report
from bot.core.tickets import Actor, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Asking
from bot.runtime.embedded import open_embedded
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.redis_client import command_client

COUNT = 10_000
MIB = 1024 * 1024
TARGET_MIB, TARGET_SLOWER = 64.0, 0.05
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LOW, HIGH = Value("4", "Low"), Value("2", "High")
SET, NOTE = ActionName("jira.set_fields"), ActionName("jira.add_internal_note")
BOOK = Rulebook(
    rules=(
        *DEFAULT_RULES,
        Rule(name="approvals[1]", match=Match(action="*"), ask=Asking(approvers=("U0ALICE", "S0MANAGERS"))),
    ),
    modes=(ModeRule(mode=Mode.APPROVE),),
    skills=("triage",),
)


async def run(*, quick: bool) -> list[Row]:
    """Measure; ``quick`` with a tenth of the proposals, scaled up, and fewer requests."""
    return await (measure(COUNT // 10, 400, 3) if quick else measure(COUNT, 4_000, 9))


async def measure(count: int, requests: int, repetitions: int) -> list[Row]:
    """Let ``count`` proposals wait on one server and none on another, and ask both intakes in turns."""
    with (
        tempfile.TemporaryDirectory(prefix="cs-") as folder,
        tempfile.TemporaryDirectory(prefix="cs-") as other,
    ):
        servers = [await open_embedded(Path(folder)), await open_embedded(Path(other))]
        full, empty = [command_client(server.url) for server in servers]
        try:
            used = await _fill(full, count)
            async with (
                child("bot", "run", "--role", "intake", env=environment(servers[0].url, folder)) as beside,
                child("bot", "run", "--role", "intake", env=environment(servers[1].url, other)) as alone,
            ):
                rates = await _in_turns((alone, beside), requests, repetitions)
        finally:
            for redis, server in zip((full, empty), servers, strict=True):
                await redis.aclose()
                await server.stop()
    return [_memory_row(used, count), _pace_row(*rates)]


async def _fill(redis: Redis, count: int) -> float:
    """Make ``count`` proposals wait; returns the bytes the server uses for them."""
    lanes = Lanes(redis, PREFIX, pools=ALL_POOLS)
    journal = Journal(lanes, BOOK, SystemClock(), Meters())
    before = await _used(redis)
    for number in range(count):
        ref = TicketRef("jira", str(10_000 + number))
        now = _snapshot(ref, number)
        trace = TraceId(f"{number:032x}")
        read = TicketRead(id=EventId(f"r{number}"), at=NOW, snapshot=now, touched_at=NOW)
        await journal.apply(ref, read, trace)
        await journal.apply(ref, _finished(now, number), trace)
    await _without_work(redis)
    return await _used(redis) - before


async def _without_work(redis: Any) -> None:
    """Take away what the journal ordered: a worker would have done it; timers stay, they are part of it."""
    due: list[bytes] = await redis.zrange(f"{PREFIX}:due", 0, -1)
    timers = {ident.decode() for ident in due}
    keys: list[bytes] = await redis.keys(f"{PREFIX}:job:*")
    for key in keys:
        if key.decode().removeprefix(f"{PREFIX}:job:") not in timers:
            await redis.delete(key)
    await redis.delete(*(f"{PREFIX}:q:{pool}" for pool in ALL_POOLS), f"{PREFIX}:audit")


async def _used(redis: Any) -> float:
    info: Any = await redis.info("memory")
    return float(info["used_memory"])


def _snapshot(ref: TicketRef, number: int) -> Snapshot:
    ticket = Ticket(
        ref=ref,
        key=f"OPS-{number}",
        url=f"https://example.atlassian.net/browse/OPS-{number}",
        queue="OPS",
        kind="Incident",
        status=Value("1", "Open"),
        closed=False,
        summary=Untrusted(f"The printer in room {number} does nothing"),
        description=Untrusted("Since Monday. " * 20),
        fields={"priority": (LOW,)},
        reporter=Actor("rita", Untrusted("Rita Requester")),
        created_at=NOW,
        updated_at=NOW,
        version="1",
    )
    return Snapshot(ticket)


def _finished(now: Snapshot, number: int) -> SkillFinished:
    action = Action(
        SET, now.ticket.ref, {"fields": {"priority": [{"id": "2", "label": "High"}]}}, Risk.REVERSIBLE
    )
    proposal = Proposal(
        id=proposal_id(EffectId(f"run{number}"), 0, action.digest()),
        action=action,
        says="Set Priority to High.",
        why=Untrusted("Three similar tickets had it, and nobody there can print."),
        basis=Basis(now.ticket.essence, {"priority": (LOW,)}),
        by="skill:triage",
        confidence=0.9,
        labels={"priority": "Priority"},
        can_undo=True,
    )
    words = Untrusted("does nothing"), Untrusted("Three similar tickets had it.")
    finding = Finding("priority", "Priority", (LOW,), HIGH, 0.9, *words)
    return SkillFinished(
        id=EventId(f"f{number}"),
        at=NOW,
        skill="triage",
        snapshot=now,
        report=Report(findings=(finding,), brain="local", proposals=(proposal,)),
        touched_at=NOW,
        note_action=NOTE,
    )


async def _in_turns(pair: tuple[Child, Child], count: int, repetitions: int) -> tuple[float, float]:
    requests = requests_without_end()
    rates: tuple[list[float], list[float]] = ([], [])
    for repetition in range(repetitions + 1):
        for place, server in enumerate(pair):
            load = await closed_loop(server.port, list(itertools.islice(requests, count)))
            if set(load.statuses) != {202}:
                raise RuntimeError(f"not all were accepted: {dict(load.statuses)}")
            if repetition:  # the first one warms both up
                rates[place].append(load.per_second)
    return middle(rates[0]), middle(rates[1])


def _memory_row(used: float, count: int) -> Row:
    mib = used / MIB * COUNT / count
    return Row(
        measure=f"{COUNT:,} pending approvals, memory of the server",
        value=f"{mib:.1f} MiB",
        target=f"< {TARGET_MIB:.0f} MiB",
        ok=mib < TARGET_MIB,
        dominates=f"{used / count:.0f} bytes each: dossier, its timer, two look-ups"
        + ("" if count == COUNT else f"; scaled up from {count:,}"),
    )


def _pace_row(alone: float, beside: float) -> Row:
    return Row(
        measure="intake beside them",
        value=f"{beside:,.0f}/s",
        ratio=beside / alone,
        target=f">= {1 - TARGET_SLOWER:.2f} of without",
        ok=beside / alone >= 1 - TARGET_SLOWER,
        dominates="the same script calls; nothing of intake looks at what waits",
    )
