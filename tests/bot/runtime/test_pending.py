"""What waits for people is called off together, once, and without holding anybody else up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.actions import Proposal
from bot.core.dossier import Dossier, Status
from bot.core.effects import ShowCard
from bot.core.events import Cancelled
from bot.core.modes import Mode, ModeRule
from bot.core.tickets import TicketRef
from bot.runtime.embedded import open_embedded
from bot.runtime.envelopes import unseal
from bot.runtime.jobs import Outcome
from bot.runtime.journal import PENDING
from bot.runtime.pending import BATCH, Pending, look_up, ticket_of
from bot.runtime.redis_client import command_client
from tests.bot.runtime.conftest import until
from tests.bot.workbench import Workbench
from tests.making import ALICE, answered, asking, finished, proposal, read, reply, rulebook

ONE, TWO = proposal(), proposal(reply(), number=1)
NOTES = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True)


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    return Workbench(redis, prefix)


def pending(bench: Workbench) -> Pending:
    return Pending(bench.redis, bench.lanes, bench.journal, bench.clock)


async def asked(bench: Workbench, *what: Proposal) -> Dossier:
    return await bench.happens(read(), finished(*(what or (ONE, TWO)), findings=()))


async def called_off(bench: Workbench) -> list[Any]:
    """Let the events that wait in the ticket's lane happen, one after another as a lane hands them out."""
    found: list[Any] = []
    while leases := await bench.leases("fast"):
        for lease in leases:
            event: Any = unseal(lease.data).body
            found.append(event)
            assert await bench.lanes.finish(lease) is Outcome.DONE
            await bench.happens(event)
    return found


async def statuses(bench: Workbench) -> list[Status]:
    dossier = await bench.happens()
    return [dossier.tracked[each.id].status for each in (ONE, TWO)]


@pytest.mark.parametrize("scope", ["*", "connector:jira", "skill:triage"])
async def test_what_is_in_scope_is_called_off_and_its_card_and_the_audit_say_by_whom_and_why(
    bench: Workbench, scope: str
) -> None:
    await asked(bench)
    assert await pending(bench).cancel(scope, "cli:alice", "a wave of wrong ones") == 2
    events = await called_off(bench)
    assert [type(event) for event in events] == [Cancelled, Cancelled]
    assert await statuses(bench) == [Status.CANCELLED, Status.CANCELLED]
    assert (await bench.of(ONE)).reason == "a wave of wrong ones"
    assert [r.actor for r in await bench.audit() if r.what == "proposal.cancelled"] == ["cli:alice"] * 2
    assert any(isinstance(order, ShowCard) for order in await bench.waiting("chat"))
    assert await bench.journal.pending() == []


@pytest.mark.parametrize(
    "scope", ["connector:servicenow", "skill:other", "connector:jir", "skill:", "jira", ""]
)
async def test_what_is_out_of_scope_goes_on_waiting(bench: Workbench, scope: str) -> None:
    await asked(bench)
    assert await pending(bench).cancel(scope, "api", "x") == 0
    assert await called_off(bench) == []
    assert await statuses(bench) == [Status.PENDING, Status.PENDING]


async def test_a_stop_of_a_skill_leaves_what_a_person_asked_for(bench: Workbench) -> None:
    await asked(bench, ONE, replace(TWO, by=ALICE))
    assert await pending(bench).cancel("skill:triage", "api", "x") == 1
    await called_off(bench)
    assert await statuses(bench) == [Status.CANCELLED, Status.PENDING]


async def test_asking_twice_calls_off_once(bench: Workbench) -> None:
    await asked(bench)
    assert await pending(bench).cancel("*", "api", "x") == 2
    assert await pending(bench).cancel("*", "cli:alice", "y") == 0, "it is on its way already"
    await called_off(bench)
    assert await pending(bench).cancel("*", "cli:alice", "y") == 0
    assert await called_off(bench) == []
    assert len([r for r in await bench.audit() if r.what == "proposal.cancelled"]) == 2


async def test_what_was_approved_meanwhile_is_not_called_off(bench: Workbench) -> None:
    await asked(bench)
    await pending(bench).cancel("*", "api", "x")
    await bench.happens(answered(await bench.of(ONE)))
    await called_off(bench)
    assert await statuses(bench) == [Status.APPROVED, Status.CANCELLED]


async def test_a_dossier_that_cannot_be_read_keeps_nobody_else_waiting(bench: Workbench) -> None:
    await asked(bench)
    untyped: Any = bench.redis
    await untyped.hset(f"{bench.lanes.prefix}:idx:{PENDING}", "p" + "e" * 31, "jira:broken|t")
    await untyped.hset(f"{bench.lanes.prefix}:doc:ticket:jira:broken", mapping={"v": 1, "d": b"{nonsense"})
    assert await pending(bench).cancel("skill:triage", "api", "x") == 2


# -- the start under another policy


async def test_under_the_same_policy_a_start_calls_nothing_off(bench: Workbench) -> None:
    await asked(bench)
    assert await pending(bench).sweep(bench.journal.book) == 0
    assert await called_off(bench) == []


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW, Mode.SUGGEST])
async def test_what_waits_under_a_mode_that_asks_nobody_any_more_is_called_off(
    bench: Workbench, mode: Mode
) -> None:
    await asked(bench)
    changed = replace(bench.journal.book, modes=(ModeRule(mode=mode),))
    assert await pending(bench).sweep(changed) == 2
    await called_off(bench)
    assert await statuses(bench) == [Status.CANCELLED, Status.CANCELLED]
    why = (await bench.of(ONE)).reason
    assert why == f"The mode here is {mode.value}, which does not change tickets."
    assert {r.actor for r in await bench.audit() if r.what == "proposal.cancelled"} == {"policy"}


async def test_only_what_a_rule_denies_now_is_called_off(bench: Workbench) -> None:
    await asked(bench)
    replies = Rule(name="approvals[1]", match=Match(action="jira.reply_publicly"), ask=asking())
    assert await pending(bench).sweep(rulebook(NOTES, replies)) == 1
    await called_off(bench)
    assert await statuses(bench) == [Status.CANCELLED, Status.PENDING]
    assert "no rule matches jira.set_fields" in (await bench.of(ONE)).reason


async def test_a_skill_that_is_not_there_any_more_leaves_nothing_waiting(bench: Workbench) -> None:
    await asked(bench)
    assert await pending(bench).sweep(replace(bench.journal.book, skills=())) == 2


async def test_what_a_person_asked_for_does_not_hang_on_a_skills_mode(bench: Workbench) -> None:
    await asked(bench, replace(ONE, by=ALICE))
    off = replace(bench.journal.book, modes=(ModeRule(mode=Mode.OFF),), skills=())
    assert await pending(bench).sweep(off) == 0


async def test_a_start_waits_for_redis_and_then_sweeps(tmp_path: Path) -> None:
    server = await open_embedded(tmp_path / "own")
    url = server.url
    await server.stop()
    own = Workbench(command_client(url), "{own}")
    sweeping = asyncio.create_task(pending(own).sweep(own.journal.book))
    await until(lambda: bool(own.clock.slept))
    again = await open_embedded(tmp_path / "own")
    try:
        assert await asyncio.wait_for(sweeping, 10) == 0
    finally:
        await own.redis.aclose()
        await again.stop()


# -- many


async def test_ten_thousand_are_read_and_called_off_in_small_steps(bench: Workbench) -> None:
    untyped: Any = bench.redis
    key = f"{bench.lanes.prefix}:idx:{PENDING}"
    rows = {f"p{n:031x}": f"jira:{n % 5000}|{'t' * 32}" for n in range(10_000)}
    await untyped.hset(key, mapping=rows)
    found: dict[str, str] = {}
    async for batch in look_up(bench.redis, bench.lanes.prefix, PENDING):
        assert len(batch) <= BATCH * 5, "HSCAN may go a little over, never all at once"
        found |= batch
    assert found == rows

    before = await untyped.info("commandstats")
    gaps: list[float] = []
    watching = asyncio.create_task(watch(gaps))
    assert await pending(bench).cancel("connector:jira", "api", "x") == 10_000
    watching.cancel()
    after = await untyped.info("commandstats")

    def calls(stats: Any, name: str) -> int:
        return int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"])

    assert calls(after, "hgetall") == calls(before, "hgetall"), "the whole look-up is never asked for at once"
    assert calls(after, "hscan") - calls(before, "hscan") >= 10_000 // (BATCH * 5)
    assert sorted(gaps)[len(gaps) // 2] < 0.05, "others had their turn all the time"
    assert len(gaps) > 50


async def watch(gaps: list[float]) -> None:
    """Note how long the loop keeps somebody else waiting."""
    while True:
        began = perf_counter()
        await asyncio.sleep(0)
        gaps.append(perf_counter() - began)
        await asyncio.sleep(0.005)


def test_a_look_up_names_a_ticket_and_a_trace() -> None:
    assert ticket_of("jira:10042|abc") == (TicketRef("jira", "10042"), "abc")
    assert ticket_of("snow:a:b|") == (TicketRef("snow", "a:b"), "")
