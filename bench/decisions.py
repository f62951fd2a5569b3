"""From Slack's request with a click to the commit of the decision, at a steady rate of clicks.

The clicks are signed requests as Slack sends them, each on another proposal, at a fixed rate whatever the
answers do; a click's time counts from the moment it was due. Not in it: Slack's own way to us. In it:
signature, storing before the answer, who clicked (remembered after the first look-up), the decision, and the
commit. Measured twice: where the click is the first of two that are needed, so that deciding is all there is
to do; and where it is the only one, so that the bot carries out beside it what was approved before. For that
its fake vendors, which run on the same processors, need as much as the bot does.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote_plus

from redis.asyncio import Redis

from bench.estate import Estate, estate
from bench.table import Row, ms, percentile
from bench.watched import CLICK, COMMIT, Note
from bench.wire import open_loop, post
from bot.app import PREFIX
from bot.core.fingerprint import fingerprint
from bot.runtime.embedded import open_embedded
from bot.runtime.journal import PENDING
from bot.runtime.redis_client import command_client

RATE = 50.0
"""Clicks a second."""
TARGET_P50_S, TARGET_P99_S = 0.005, 0.025
APPROVER, TEAM, CHANNEL = "U0ALICE", "T0MAIN", "C0APPROVALS"
WARM = 10
"""Clicks before it counts: the first look-up of the person, the first of each code path."""
LEAD_S = 0.2
"""For the connections to be there before the first click is due."""
WAIT_S_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Press:
    """One click to be sent."""

    request: bytes
    job: str
    """The id of the job that decides about it."""


async def run(*, quick: bool) -> list[Row]:
    """Measure; ``quick`` with a few clicks."""
    return await measure(40 if quick else 500)


async def measure(count: int) -> list[Row]:
    """Have ``count`` proposals wait, then approve them all at ``RATE`` a second; once deciding alone."""
    rows: list[Row] = []
    for quorum in (2, 1):
        taken, answers = await _measured(count, quorum)
        rows.append(_row(taken, answers, alone=quorum > 1))
    return rows


async def _measured(count: int, quorum: int) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        server = await open_embedded(Path(folder))
        redis = command_client(server.url)
        try:
            async with estate(cards=True, quorum=quorum, redis_url=server.url) as world:
                waiting = await _waiting(world, redis, count)
                presses = [_press(world, ident, number) for number, ident in enumerate(waiting)]
                return await _clicked(world, presses)
        finally:
            await redis.aclose()
            await server.stop()


async def _waiting(world: Estate, redis: Redis, count: int) -> list[str]:
    """Send tickets until ``count`` proposals wait; returns their ids."""
    end = perf_counter() + WAIT_S_MAX
    while True:
        known: Any = await redis.hkeys(f"{PREFIX}:idx:{PENDING}")
        if len(known) >= count:
            return [ident.decode() for ident in known[:count]]
        if perf_counter() > end:
            raise TimeoutError(f"only {len(known)} proposals wait")
        tickets = await world.prepare(min(50, count))
        await open_loop(world.bot.port, [ticket.webhook for ticket in tickets], 50.0)
        await asyncio.sleep(1.0)


def _press(world: Estate, ident: str, number: int) -> Press:
    trigger = f"bench.{number}.{ident}"
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "sandbox"},
        "user": {"id": APPROVER, "team_id": TEAM},
        "trigger_id": trigger,
        "container": {"type": "message", "channel_id": CHANNEL, "message_ts": "1.000001"},
        "actions": [
            {"type": "button", "action_id": "approval:approve", "block_id": "b", "value": f"{ident}|1"}
        ],
    }
    body = f"payload={quote_plus(json.dumps(payload))}".encode()
    stamp = str(int(time.time()))
    signed = hmac.new(world.slack_secret.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signed.hexdigest()}",
    }
    return Press(post("/slack/events", headers, body), f"e:slack:{fingerprint(trigger)[:32]}")


async def _clicked(world: Estate, presses: Sequence[Press]) -> tuple[list[float], list[float]]:
    """Send the clicks; returns the times from due to committed, and from the handler's start to its end."""
    warm, measured = presses[:WARM], presses[WARM:]
    await open_loop(world.bot.port, [press.request for press in warm], RATE)
    await _commits(world, warm, [])
    notes: list[Note] = []
    began = perf_counter() + LEAD_S
    load = await open_loop(world.bot.port, [press.request for press in measured], RATE, began=began)
    if set(load.statuses) != {200}:
        raise RuntimeError(f"not all clicks were taken: {dict(load.statuses)}")
    committed = await _commits(world, measured, notes)
    due = {press.job: began + number / RATE for number, press in enumerate(measured)}
    answers = [note[4] - note[3] for note in notes if note[1] == CLICK]
    return [committed[job] - due[job] for job in due], answers


async def _commits(world: Estate, presses: Sequence[Press], notes: list[Note]) -> dict[str, float]:
    """Wait until every click is decided; returns when each was, by job."""
    wanted, end = {press.job for press in presses}, perf_counter() + WAIT_S_MAX
    while True:
        notes += await world.timeline()
        found = {note[2]: note[4] for note in notes if note[1] == COMMIT and note[2] in wanted}
        if found.keys() == wanted:
            return found
        if perf_counter() > end:
            raise TimeoutError(f"{len(wanted) - len(found)} clicks were never decided")
        await asyncio.sleep(0.05)


def _row(taken: Sequence[float], answers: Sequence[float], *, alone: bool) -> Row:
    p50, p99 = percentile(taken, 50), percentile(taken, 99)
    how = "" if alone else ", all carried out meanwhile"
    return Row(
        measure=f"click to decision committed at {RATE:.0f}/s{how}, p50 / p99 of {len(taken)}",
        value=f"{ms(p50)} / {ms(p99)}",
        target=f"< {TARGET_P50_S * 1000:.0f} ms / < {TARGET_P99_S * 1000:.0f} ms",
        ok=p50 < TARGET_P50_S and p99 < TARGET_P99_S,
        dominates=f"answered to Slack after {ms(percentile(answers, 50))}; then two hops through the queue",
    )
