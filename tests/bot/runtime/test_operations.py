"""What operators lean on: the kill switch, the shared budget, the health pages and the meters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.core.errors import Misconfigured
from bot.core.events import Executed, Failed
from bot.core.tickets import Value
from bot.operating import kill_switch, operator, os_login
from bot.runtime.embedded import open_embedded
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.health import Health
from bot.runtime.jobs import Job
from bot.runtime.lanes import Lanes
from bot.runtime.limiter import Limiter
from bot.runtime.meters import Meters
from bot.runtime.pump import Worker
from bot.runtime.redis_client import command_client
from bot.runtime.stops import EVERYTHING, Names, Stop, StopNotice, Stops, scope_of
from tests.bot.runtime.conftest import audit_of, sent_twice, until
from tests.bot.workbench import Hands, Workbench
from tests.making import T0, proposal, set_fields


async def test_a_stop_holds_for_its_scope_until_it_is_lifted(redis: Redis, prefix: str) -> None:
    stops = Stops(redis, prefix)
    assert await stops.why(connector="jira", skill="triage") is None
    await stops.stop("connector:jira", "leak")
    assert await stops.why(connector="jira", skill="") == "leak"
    assert await stops.why(connector="servicenow", skill="triage") is None
    assert await Stops(redis, prefix).all() == {"connector:jira": "leak"}, "every replica sees it"
    assert await stops.resume("connector:jira")
    assert not await stops.resume("connector:jira")
    assert await stops.why(connector="jira", skill="") is None


async def test_a_stop_of_everything_holds_everywhere(redis: Redis, prefix: str) -> None:
    stops = Stops(redis, prefix)
    await stops.stop(EVERYTHING, "é — all of it")
    assert await stops.why(connector="any", skill="") == "é — all of it"


async def test_a_stop_without_words_is_still_a_stop(redis: Redis, prefix: str) -> None:
    stops = Stops(redis, prefix)
    await stops.stop("skill:triage", "")
    assert await stops.why(connector="jira", skill="triage") == ""


async def test_a_stop_says_since_when_and_by_whom_and_the_last_one_counts(redis: Redis, prefix: str) -> None:
    stops = Stops(redis, prefix)
    await stops.stop("skill:triage", "one", by="cli:bob", at=T0)
    await stops.stop("skill:triage", '{"why": "not ours"}', by="cli:alice", at=T0)
    await stops.stop("*", "leak")
    everything, skill = await stops.in_force()
    assert everything == Stop(scope="*", why="leak")
    assert skill == Stop(scope="skill:triage", why='{"why": "not ours"}', by="cli:alice", at=T0)


@pytest.mark.parametrize("words", ["a leak", "42", "[]", '"x"', "{}", "{"])
async def test_a_stop_of_an_older_build_is_still_a_stop(redis: Redis, prefix: str, words: str) -> None:
    untyped: Any = redis
    await untyped.hset(f"{prefix}:stops", "*", words)
    assert await Stops(redis, prefix).in_force() == (Stop(scope="*", why=words),)


KNOWN = Names(["jira", "desk"], ["triage"])


@pytest.mark.parametrize(
    ("connector", "skill", "scope"),
    [("", "", "*"), ("jira", "", "connector:jira"), ("", "triage", "skill:triage")],
)
def test_what_is_stopped_is_named_by_its_kind(connector: str, skill: str, scope: str) -> None:
    assert scope_of(connector, skill, KNOWN) == scope


@pytest.mark.parametrize(
    ("connector", "skill", "says"),
    [
        ("jura", "", "there is no connector 'jura'; known are desk, jira"),
        ("triage", "", "there is no connector 'triage'"),
        ("", "tirage", "there is no skill 'tirage'; known are triage"),
        ("jira", "triage", "not both"),
    ],
)
def test_a_stop_of_what_is_not_there_would_only_look_like_one(connector: str, skill: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        scope_of(connector, skill, KNOWN)


def test_without_a_configuration_any_name_can_be_stopped() -> None:
    assert scope_of("jura", "", None) == "connector:jura"


async def test_two_executors_obey_from_the_next_write_on_and_again_after_it(
    redis: Redis, prefix: str
) -> None:
    bench = Workbench(redis, prefix)
    here, there = bench.another(), bench.another()
    one, two, three = (proposal(set_fields(priority=(Value(str(n), "x"),)), number=n) for n in (1, 2, 3))
    orders = [await bench.approved(each) for each in (one, two)]
    switch = kill_switch(redis, prefix)
    await switch.stop("*", "enough", "cli:alice")
    for executor, order in zip((here, there), orders, strict=True):
        (event,) = await bench.runs(order, by=executor)
        assert isinstance(event, Failed)
        assert event.why == "Stopped by the kill switch: enough"
    assert bench.records.sent == []
    assert await switch.resume("*", "cli:alice")
    (event,) = await bench.runs(await bench.approved(three), by=there)
    assert isinstance(event, Executed), "a fresh proposal goes through"
    assert [r.what for r in await bench.audit() if r.what.startswith("stop.")] == ["stop.set", "stop.lifted"]


async def test_a_stop_whose_answer_is_lost_is_in_force_and_in_the_audit_once(
    lanes: Lanes, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent_twice(monkeypatch, redis)
    assert await lanes.set_stop("*", "why", b"set")
    assert await redis.hgetall(f"{prefix}:stops") == {b"*": b"why"}
    assert await lanes.set_stop("*", "", b"lifted"), "the second answer is the first one's"
    assert not await lanes.set_stop("*", "", b"lifted"), "another call finds none"
    assert await audit_of(redis, prefix) == ["set", "lifted"]


async def test_a_stop_without_a_reason_is_refused_and_stops_nothing(redis: Redis, prefix: str) -> None:
    with pytest.raises(Misconfigured, match="say why"):
        await kill_switch(redis, prefix).stop("*", " \n ", "cli:alice")
    assert await Stops(redis, prefix).all() == {}


async def test_the_health_page_and_the_metrics_say_what_is_stopped(
    redis: Redis, prefix: str, lanes: Lanes
) -> None:
    stops, meters = Stops(redis, prefix), Meters()
    notice = StopNotice(stops, Hands(), meters)
    health = Health(lanes, None, Hands(), meters)
    health.watch(notice.trouble)
    pages = Pages(health)
    await notice.look()
    assert json.loads((await pages.get("/readyz"))[1])["notes"] == []
    await stops.stop("connector:jira", "Jira is migrating")
    await notice.look()
    status, said = await pages.get("/readyz")
    assert (status, json.loads(said)["notes"]) == (200, ["stopped: connector:jira (Jira is migrating)"])
    assert 'countersign_stops{scope="connector:jira"} 1.0' in (await pages.get("/metrics"))[1]
    await stops.resume("connector:jira")
    await notice.look()
    assert json.loads((await pages.get("/readyz"))[1])["notes"] == []
    assert "countersign_stops{" not in (await pages.get("/metrics"))[1]


async def test_a_stop_is_not_forgotten_because_redis_is_away(tmp_path: Path) -> None:
    server = await open_embedded(tmp_path)
    redis = command_client(server.url)
    stops = Stops(redis, "{own}")
    notice = StopNotice(stops, Hands(), Meters())
    await stops.stop("*", "leak")
    await notice.look()
    await server.stop()
    await notice.look()
    assert notice.trouble() == "stopped: * (leak)"
    await redis.aclose()


async def test_the_notice_looks_once_a_second(redis: Redis, prefix: str) -> None:
    clock, stops = Hands(), Stops(redis, prefix)
    notice = StopNotice(stops, clock, Meters())
    running = asyncio.create_task(notice.run())
    await stops.stop("*", "leak")
    await until(lambda: bool(notice.trouble()))
    running.cancel()
    assert set(clock.slept) == {1.0}


# -- who is at the keyboard

ME = os_login()


@pytest.mark.parametrize(
    ("environ", "claimed", "known", "actor"),
    [
        ({}, "", {ME: "U0ME"}, f"cli:{ME}"),
        ({"SUDO_USER": "alice"}, "", {"alice": "U0ALICE"}, f"cli:alice({ME})"),
        ({"COUNTERSIGN_OPERATOR": "bob"}, "", {}, f"cli:bob({ME})"),
        ({"COUNTERSIGN_OPERATOR": "bob", "SUDO_USER": "alice"}, "carol", {}, f"cli:carol({ME})"),
        ({"COUNTERSIGN_OPERATOR": "bob", "SUDO_USER": "alice"}, "", {}, f"cli:bob({ME})"),
        ({}, "", {}, f"cli:{ME}"),
        # An operator's own account needs no other name, and gets none.
        ({"SUDO_USER": "alice"}, "", {ME: "U0ME", "alice": "U0ALICE"}, f"cli:{ME}"),
        ({}, ME, {ME: "U0ME"}, f"cli:{ME}"),
    ],
)
def test_who_acts_is_recorded_with_the_account_that_vouches_for_it(
    environ: dict[str, str], claimed: str, known: dict[str, str], actor: str
) -> None:
    assert operator(environ, claimed, known).actor == actor


@pytest.mark.parametrize(("environ", "claimed"), [({}, "bob"), ({"COUNTERSIGN_OPERATOR": "bob"}, "")])
def test_an_operator_cannot_act_as_another(environ: dict[str, str], claimed: str) -> None:
    with pytest.raises(Misconfigured, match="cannot act as 'bob'"):
        operator(environ, claimed, {ME: "U0ME", "bob": "U0BOB"})


async def test_a_budget_lets_a_burst_through_and_then_says_how_long(redis: Redis, prefix: str) -> None:
    one, other = Limiter(redis, prefix), Limiter(redis, prefix)
    taken = [await (one, other)[n % 2].wait_s("x", per_minute=60, burst=3) for n in range(5)]
    assert taken[:3] == [0.0, 0.0, 0.0]
    assert all(0 < wait <= 1.0 for wait in taken[3:]), "what is refused takes nothing"
    assert await one.wait_s("y", per_minute=60, burst=3) == 0.0


async def test_a_budget_comes_back_with_time(redis: Redis, prefix: str) -> None:
    limiter = Limiter(redis, prefix)
    assert await limiter.wait_s("x", per_minute=6000, burst=1) == 0.0

    async def free() -> bool:
        return await limiter.wait_s("x", per_minute=6000, burst=1) == 0.0

    await until(free, within_s=1)


class Pages:
    """The three pages of one replica."""

    def __init__(self, health: Health) -> None:
        self.health = health

    async def get(self, page: str) -> tuple[int, str]:
        app = web.Application()
        app.router.add_get("/healthz", self.health.healthz)
        app.router.add_get("/readyz", self.health.readyz)
        app.router.add_get("/metrics", self.health.metrics)
        async with (
            TestServer(app) as server,
            ClientSession() as session,
            session.get(server.make_url(page)) as response,
        ):
            return response.status, await response.text()


@pytest.fixture
def lanes(redis: Redis, prefix: str) -> Lanes:
    return Lanes(redis, prefix, pools=ALL_POOLS)


async def test_a_replica_that_only_takes_in_is_ready_once_redis_answers(lanes: Lanes) -> None:
    pages = Pages(Health(lanes, None, Hands(), Meters()))
    assert (await pages.get("/healthz"))[0] == 200
    assert await pages.get("/readyz") == (200, '{"ready": true, "reasons": [], "notes": []}')


async def test_without_redis_it_lives_but_is_not_ready_and_says_why(prefix: str) -> None:
    away = command_client("redis://127.0.0.1:1/0")
    pages = Pages(Health(Lanes(away, prefix), None, Hands(), Meters()))
    assert (await pages.get("/healthz"))[0] == 200
    status, said = await pages.get("/readyz")
    assert status == 503
    assert "Redis does not answer" in json.loads(said)["reasons"][0]
    assert (await pages.get("/metrics"))[0] == 200
    await away.aclose()


async def test_workers_that_do_not_run_are_a_reason(lanes: Lanes, reader: Redis) -> None:
    worker = Worker(lanes, reader, clock=SystemClock())
    status, said = await Pages(Health(lanes, worker, SystemClock(), Meters())).get("/readyz")
    assert (status, json.loads(said)["reasons"]) == (503, ["the workers do not run"])


async def running(lanes: Lanes, reader: Redis) -> AsyncIterator[Worker]:
    await lanes.ensure_groups()
    worker = Worker(lanes, reader, clock=SystemClock())
    task = asyncio.create_task(worker.run({}, {"fast": 1}))
    await until(lambda: worker.health.last_ok_at is not None)
    yield worker
    worker.stop()
    await task


async def test_workers_that_have_heard_nothing_for_too_long_are_a_reason(lanes: Lanes, reader: Redis) -> None:
    async for worker in running(lanes, reader):
        assert (await Pages(Health(lanes, worker, SystemClock(), Meters())).get("/readyz"))[0] == 200
        later = Hands()
        later.time = SystemClock().now() + timedelta(seconds=11)
        status, said = await Pages(Health(lanes, worker, later, Meters())).get("/readyz")
        assert status == 503
        assert "have not heard from Redis for 10 s" in said


async def test_what_merely_worries_keeps_nobody_from_being_ready(lanes: Lanes) -> None:
    health = Health(lanes, None, Hands(), Meters())
    health.watch(lambda: "Slack: has not answered yet")
    health.watch(lambda: "")
    status, said = await Pages(health).get("/readyz")
    assert (status, json.loads(said)["notes"]) == (200, ["Slack: has not answered yet"])


async def test_the_meters_show_what_waits(lanes: Lanes) -> None:
    await lanes.accept(Job(id="a", kind="x", data=b""))
    await lanes.accept(Job(id="b", kind="x", data=b"", lane="l"))
    await lanes.accept(Job(id="c", kind="x", data=b"", lane="l"))
    _, page = await Pages(Health(lanes, None, Hands(), Meters())).get("/metrics")
    assert 'countersign_queue_jobs{pool="fast",state="queued"} 2.0' in page
    assert 'countersign_queue_jobs{pool="fast",state="behind"} 1.0' in page
    assert "countersign_dead_letters 0.0" in page


NAMES = {
    "countersign_answers_rated_total",
    "countersign_intake_total",
    "countersign_intake_seconds",
    "countersign_queue_jobs",
    "countersign_queue_lag_seconds",
    "countersign_dead_letters",
    "countersign_skill_seconds",
    "countersign_model_tokens_total",
    "countersign_model_usd_total",
    "countersign_model_degraded_total",
    "countersign_records_total",
    "countersign_vendor_seconds",
    "countersign_effect_seconds",
    "countersign_internal_leaks_total",
}


def test_the_names_of_the_meters_are_a_promise_to_dashboards() -> None:
    families: Any = Meters().registry.collect()
    shown = {f"{f.name}_total" if f.type == "counter" else f.name for f in families}
    assert shown == NAMES


def test_several_bots_in_one_process_do_not_mix() -> None:
    one, other = Meters(), Meters()
    one.vendor("slack", "chat.update", 0.1)
    assert b'call="chat.update"' in one.page()
    assert b'call="chat.update"' not in other.page()
