"""Accepting, ordering, committing and fencing: each promise of a script, and what it must refuse."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.core.errors import Misconfigured
from bot.runtime.jobs import DATA_BYTES_MAX, Accepted, Again, Commit, Duplicate, Job, Outcome, Settled
from bot.runtime.lanes import RETRY_MIN_S, Lanes
from tests.bot.runtime.conftest import (
    ask,
    audit_of,
    left,
    read,
    read_entries,
    read_one,
    sent_twice,
    ticked,
    until,
)


def job(name: str, *, lane: str = "", pool: str = "fast", delay_ms: int = 0) -> Job:
    return Job(name, "k", name.encode(), lane, pool, delay_ms)


async def retry(lanes: Lanes, redis: Redis, *, within_s: float = 9, delay_s: float = 0.05) -> Settled:
    terms = Again(delay_s=delay_s, why="busy", within_s=within_s)
    return await lanes.retry(await read_one(lanes, redis), terms)


class TestAccept:
    async def test_a_job_comes_back_as_it_was_put_in(self, lanes: Lanes, redis: Redis) -> None:
        assert await lanes.accept(Job("a", "kind", b"\x00\xff", "lane", "model")) == Accepted("a")
        lease = await read_one(lanes, redis, "model")
        assert (lease.id, lease.kind, lease.data, lease.lane, lease.pool) == (
            *("a", "kind", b"\x00\xff"),
            *("lane", "model"),
        )
        assert lease.attempt == 1
        assert lease.accepted_ms > 1_700_000_000_000

    async def test_the_same_id_is_taken_once_also_after_it_was_done(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        assert await lanes.accept(job("a")) == Duplicate("a")
        assert await lanes.finish(await read_one(lanes, redis)) is Outcome.DONE
        assert await lanes.accept(job("a")) == Duplicate("a")
        assert await read(lanes, redis) == []

    async def test_a_dedupe_key_names_the_first_job(self, lanes: Lanes) -> None:
        await lanes.accept(job("a"), dedupe="delivery")
        assert await lanes.accept(job("b"), dedupe="delivery") == Duplicate("a")
        assert (await lanes.depths()).pools["fast"].queued == 1

    async def test_a_dedupe_key_is_forgotten_after_its_time(self, lanes: Lanes) -> None:
        await lanes.accept(job("a"), dedupe="delivery", dedupe_ttl_s=0.02)
        await asyncio.sleep(0.05)
        assert await lanes.accept(job("b"), dedupe="delivery", dedupe_ttl_s=0.02) == Accepted("b")

    async def test_a_refused_duplicate_does_not_burn_its_dedupe_key(self, lanes: Lanes) -> None:
        """The id was known, so nothing may be remembered under the new key."""
        await lanes.accept(job("a"))
        assert await lanes.accept(job("a"), dedupe="new") == Duplicate("a")
        assert await lanes.accept(job("b"), dedupe="new") == Accepted("b")

    async def test_a_thousand_equal_accepts_at_once_store_one_job(self, lanes: Lanes) -> None:
        answers = await asyncio.gather(*(lanes.accept(job(f"j{i}"), dedupe="one") for i in range(200)))
        assert sum(isinstance(answer, Accepted) for answer in answers) == 1
        assert left(await lanes.depths()) == 1

    def test_a_job_that_cannot_be_stored_is_refused_when_it_is_made(self) -> None:
        with pytest.raises(ValueError, match="at most"):
            Job("a", "k", b"x" * (DATA_BYTES_MAX + 1))
        with pytest.raises(ValueError, match="needs an id"):
            Job("", "k", b"")
        with pytest.raises(ValueError, match="never negative"):
            Job("a", "k", b"", delay_ms=-1)

    async def test_a_pool_that_nobody_reads_is_refused(self, lanes: Lanes) -> None:
        with pytest.raises(ValueError, match="nobody reads pool 'slow'"):
            await lanes.accept(job("a", pool="slow"))
        assert left(await lanes.depths()) == 0

    def test_a_prefix_without_a_hash_tag_is_refused(self, redis: Redis) -> None:
        for wrong in ("countersign", "{a}{b}", "{a", "", "{a}:b"):
            with pytest.raises(Misconfigured, match="one hash tag"):
                Lanes(redis, wrong)

    async def test_two_prefixes_do_not_see_each_other(self, redis: Redis, lanes: Lanes) -> None:
        await lanes.accept(job("a", lane="l"))
        assert await read(Lanes(redis, "{elsewhere}"), redis) == []


class TestLanes:
    async def test_only_the_head_of_a_lane_may_run(self, lanes: Lanes, redis: Redis) -> None:
        for name in "abc":
            await lanes.accept(job(name, lane="l"))
        for name in "abc":
            (lease,) = await read(lanes, redis)
            assert lease.id == name
            assert await read(lanes, redis) == []
            await lanes.finish(lease)
        assert left(await lanes.depths()) == 0

    async def test_a_lane_goes_through_pools_in_order(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a", lane="l"))
        await lanes.accept(job("b", lane="l", pool="model"))
        assert await read(lanes, redis, "model") == []
        await lanes.finish(await read_one(lanes, redis))
        assert (await read_one(lanes, redis, "model")).id == "b"

    async def test_a_retry_keeps_its_place_and_the_lane_waits(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a", lane="l"))
        await lanes.accept(job("b", lane="l"))
        assert await retry(lanes, redis) is Settled.RETRY
        assert await read(lanes, redis) == []
        await until(lambda: ticked(lanes))
        lease = await read_one(lanes, redis)
        assert (lease.id, lease.attempt) == ("a", 2)
        await lanes.finish(lease)
        assert (await read_one(lanes, redis)).id == "b"

    async def test_a_head_that_retries_for_too_long_is_dead_and_the_lane_goes_on(
        self, lanes: Lanes, redis: Redis
    ) -> None:
        await lanes.accept(job("a", lane="l"))
        await lanes.accept(job("b", lane="l"))
        assert await retry(lanes, redis, within_s=1, delay_s=2) is Settled.DEAD
        assert (await read_one(lanes, redis)).id == "b"
        (letter,) = await lanes.dead.list()
        assert (letter.id, letter.why) == ("a", "busy (tried for too long)")

    async def test_no_time_at_all_is_still_a_wait(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        await lanes.retry(await read_one(lanes, redis), Again(delay_s=0, within_s=9))
        _, next_ms = await lanes.tick()
        assert 0 < next_ms <= RETRY_MIN_S * 1000

    async def test_a_long_lane_costs_no_more_per_job_than_a_short_one(
        self, lanes: Lanes, redis: Redis
    ) -> None:
        for start in range(0, 20_000, 500):
            await lanes.accept_all([(job(f"j{i}", lane="l"), "", 1) for i in range(start, start + 500)])
        lease = await read_one(lanes, redis)
        await ask(redis, "SLOWLOG", "RESET")
        await ask(redis, "CONFIG", "SET", "slowlog-log-slower-than", 20_000)
        await lanes.finish(lease)
        assert await ask(redis, "SLOWLOG", "LEN") == 0
        assert (await read_one(lanes, redis)).id == "j1"

    async def test_a_lane_survives_a_job_removed_by_hand(
        self, lanes: Lanes, redis: Redis, prefix: str
    ) -> None:
        for name in "abc":
            await lanes.accept(job(name, lane="l"))
        await redis.delete(f"{prefix}:job:b")
        await lanes.finish(await read_one(lanes, redis))
        assert (await read_one(lanes, redis)).id == "c"


class TestTimers:
    async def test_a_delayed_job_waits_for_its_time(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a", delay_ms=80))
        moved, next_ms = await lanes.tick()
        assert moved == 0
        assert 0 < next_ms <= 80
        assert await read(lanes, redis) == []
        await until(lambda: ticked(lanes))
        assert (await read_one(lanes, redis)).id == "a"

    async def test_a_delayed_job_does_not_hold_its_lane(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("late", lane="l", delay_ms=50))
        await lanes.accept(job("now", lane="l"))
        lease = await read_one(lanes, redis)
        assert lease.id == "now"
        await until(lambda: ticked(lanes))
        assert await read(lanes, redis) == [], "its time has come, but the lane is taken"
        await lanes.finish(lease)
        assert (await read_one(lanes, redis)).id == "late"

    async def test_a_cancelled_timer_never_runs(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a", delay_ms=30))
        assert await lanes.cancel_timer("a") is True
        assert await lanes.cancel_timer("a") is False
        await asyncio.sleep(0.05)
        assert await lanes.tick() == (0, -1)
        assert left(await lanes.depths()) == 0
        assert await lanes.accept(job("a")) == Accepted("a"), "a timer may be set again under its name"
        assert await lanes.cancel_timer("a") is False, "queued is too late"
        assert (await read_one(lanes, redis)).id == "a"

    async def test_cancelling_between_two_tries_frees_the_lane(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a", lane="l"))
        await lanes.accept(job("b", lane="l"))
        await retry(lanes, redis, delay_s=5)
        assert await lanes.cancel_timer("a") is True
        assert (await read_one(lanes, redis)).id == "b"


class TestCommit:
    async def test_everything_is_written_at_once(self, lanes: Lanes, redis: Redis, prefix: str) -> None:
        await lanes.accept(job("a", lane="l"))
        lease = await read_one(lanes, redis)
        done = await lanes.finish(
            lease,
            spawn=[job("b", lane="l"), job("c", pool="model"), job("t", delay_ms=60_000)],
            commit=Commit("ticket", 0, b"doc", {"proposals": {"p1": "ticket"}}),
            audit=[b"one", b"two"],
        )
        assert done is Outcome.DONE
        assert await lanes.load("ticket") == (1, b"doc")
        assert await lanes.find("proposals", "p1") == "ticket"
        assert await audit_of(redis, prefix) == ["one", "two"]
        assert (await read_one(lanes, redis)).id == "b"
        assert (await read_one(lanes, redis, "model")).id == "c"
        assert (await lanes.depths()).delayed == 1

    async def test_a_conflict_writes_nothing_and_keeps_the_job(
        self, lanes: Lanes, redis: Redis, prefix: str
    ) -> None:
        await lanes.commit(Commit("ticket", 0, b"theirs"))
        await lanes.accept(job("a"))
        lease = await read_one(lanes, redis)
        write = Commit("ticket", 0, b"mine", {"n": {"f": "v"}})
        assert await lanes.finish(lease, spawn=[job("b")], commit=write, audit=[b"x"]) is Outcome.CONFLICT
        assert await lanes.load("ticket") == (1, b"theirs")
        assert await lanes.find("n", "f") is None
        assert await redis.exists(f"{prefix}:audit", f"{prefix}:job:b") == 0
        assert await lanes.finish(lease, commit=Commit("ticket", 1, b"again")) is Outcome.DONE

    async def test_of_many_writers_of_one_version_one_wins(self, lanes: Lanes) -> None:
        ends = await asyncio.gather(
            *(lanes.commit(Commit("t", 0, str(i).encode()), spawn=[job(f"j{i}")]) for i in range(50))
        )
        assert ends.count(Outcome.DONE) == 1
        assert ends.count(Outcome.CONFLICT) == 49
        assert left(await lanes.depths()) == 1, "only the winner's follow-up exists"

    async def test_who_lost_the_fence_writes_nothing(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        zombie = await read_one(lanes, redis)
        heir = Lanes(redis, lanes.prefix)
        _, (lease,) = await heir.reclaim("fast", silent_ms=0, cursor="0-0", count=10)
        assert (lease.id, lease.attempt) == ("a", 2)
        write = Commit("t", 0, b"zombie")
        assert await lanes.finish(zombie, commit=write, spawn=[job("b")]) is Outcome.LOST
        assert await lanes.commit(write, lease=zombie) is Outcome.LOST
        assert await lanes.retry(zombie, Again(delay_s=0, within_s=9)) is Settled.LOST
        assert await lanes.bury(zombie, why="") is Settled.LOST
        assert await lanes.hand_over(zombie) is Settled.LOST
        assert await lanes.beat("fast", [zombie]) == [False]
        assert await heir.beat("fast", [lease]) == [True]
        assert await lanes.load("t") == (0, None)
        assert await heir.finish(lease, commit=write) is Outcome.DONE

    async def test_a_write_ahead_leaves_the_job_running(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        lease = await read_one(lanes, redis)
        assert await lanes.commit(Commit("t", 0, b"ahead"), lease=lease, audit=[b"r"]) is Outcome.DONE
        assert await lanes.beat("fast", [lease]) == [True]
        assert await lanes.finish(lease, commit=Commit("t", 1, b"after")) is Outcome.DONE
        assert await lanes.load("t") == (2, b"after")

    async def test_the_same_call_sent_twice_writes_once_and_says_so(
        self, lanes: Lanes, redis: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """redis-py repeats a call whose answer was lost; the second answer must be the first one's."""
        await sent_twice(monkeypatch, redis)
        assert await lanes.commit(Commit("t", 0, b"one"), spawn=[job("x")], audit=[b"r"]) is Outcome.DONE
        assert await lanes.load("t") == (1, b"one")
        lease = await read_one(lanes, redis)
        assert (lease.attempt, lease.generation) == (1, 1)
        assert await lanes.finish(lease, commit=Commit("t", 1, b"two"), spawn=[job("y")]) is Outcome.DONE
        assert await lanes.load("t") == (2, b"two")
        assert (await lanes.depths()).pools["fast"].queued == 1
        assert await redis.xlen(f"{lanes.prefix}:audit") == 1

    @pytest.mark.parametrize("broken", ["lane:bad", "audit", "idx:bad", "q:model"])
    async def test_what_would_fail_half_way_fails_before_the_first_write(
        self, lanes: Lanes, redis: Redis, prefix: str, broken: str
    ) -> None:
        await lanes.accept(job("a"))
        lease = await read_one(lanes, redis)
        await redis.delete(f"{prefix}:{broken}")
        await redis.set(f"{prefix}:{broken}", "somebody wrote here")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await lanes.finish(
                lease,
                spawn=[job("ok"), job("b", lane="bad", pool="model")],
                commit=Commit("t", 0, b"doc", {"ok": {"f": "v"}, "bad": {"f": "v"}}),
                audit=[b"r"],
            )
        assert await lanes.load("t") == (0, None)
        assert await lanes.find("ok", "f") is None
        assert await redis.exists(f"{prefix}:job:ok", f"{prefix}:job:b") == 0
        assert await lanes.beat("fast", [lease]) == [True]

    async def test_look_ups_are_removed_by_an_empty_value(self, lanes: Lanes) -> None:
        await lanes.commit(Commit("t", 0, b"1", {"open": {"p1": "t", "p2": "t"}}))
        await lanes.commit(Commit("t", 1, b"2", {"open": {"p1": ""}}))
        assert await lanes.find_all("open") == {"p2": "t"}

    async def test_a_document_may_have_an_end(self, lanes: Lanes) -> None:
        await lanes.commit(Commit("t", 0, b"1", keep_s=1))
        assert await lanes.load("t") == (1, b"1")
        await lanes.commit(Commit("t", 1, b"2"))
        await asyncio.sleep(1.05)
        assert await lanes.load("t") == (2, b"2"), "the later commit keeps it for good"

    async def test_a_follow_up_that_is_there_already_is_not_doubled(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        lease = await read_one(lanes, redis)
        await lanes.accept(job("b"))
        assert await lanes.finish(lease, spawn=[job("b")]) is Outcome.DONE
        assert len(await read(lanes, redis)) == 1


class TestGivingBack:
    async def test_a_job_handed_over_can_be_read_at_once_and_did_not_count(
        self, lanes: Lanes, redis: Redis
    ) -> None:
        await lanes.accept(job("a", lane="l"))
        assert await lanes.hand_over(await read_one(lanes, redis)) is Settled.BACK
        assert (await read_one(lanes, redis)).attempt == 1

    async def test_entries_read_but_not_started_go_back(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        ((entry, _),) = await read_entries(lanes, redis)
        assert await lanes.give_back("fast", [(entry, "a")]) == 1
        assert await lanes.give_back("fast", [(entry, "a")]) == 0
        assert (await read_one(lanes, redis)).attempt == 1

    async def test_only_consumers_that_hold_nothing_are_forgotten(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        await read_one(lanes, redis)
        assert await lanes.reap("fast", silent_s=0) == 0
        idle = Lanes(redis, lanes.prefix)
        assert await read(idle, redis) == []
        await redis.xgroup_createconsumer(idle.stream("fast"), "workers", idle.name)
        assert await lanes.reap("fast", silent_s=3600) == 0
        assert await lanes.reap("fast", silent_s=0, only="somebody else") == 0
        assert await lanes.reap("fast", silent_s=0) == 1


class TestStart:
    async def test_an_entry_without_a_job_is_dropped(self, lanes: Lanes, redis: Redis) -> None:
        await redis.xadd(lanes.stream("fast"), {"j": "ghost"})
        assert await read(lanes, redis) == []
        assert left(await lanes.depths()) == 0

    async def test_an_entry_that_somebody_took_over_is_not_started(self, lanes: Lanes, redis: Redis) -> None:
        """A process frozen between reading and starting must not start what its heir runs."""
        await lanes.accept(job("a"))
        ((entry, _),) = await read_entries(lanes, redis)
        heir = Lanes(redis, lanes.prefix)
        _, (lease,) = await heir.reclaim("fast", silent_ms=0, cursor="0-0", count=1)
        assert await lanes.start("fast", [(entry, "a")], claim="late") == []
        assert await heir.finish(lease) is Outcome.DONE

    async def test_reclaiming_passes_over_entries_that_were_deleted(self, lanes: Lanes, redis: Redis) -> None:
        for name in "abc":
            await lanes.accept(job(name))
        leases = await read(lanes, redis)
        await redis.xdel(lanes.stream("fast"), leases[1].entry)
        heir = Lanes(redis, lanes.prefix)
        _, mine = await heir.reclaim("fast", silent_ms=0, cursor="0-0", count=10)
        assert [lease.id for lease in mine] == ["a", "c"]

    async def test_groups_created_late_read_from_the_beginning(self, lanes: Lanes, redis: Redis) -> None:
        await lanes.accept(job("a"))
        await lanes.ensure_groups()
        await lanes.ensure_groups()
        assert (await read_one(lanes, redis)).id == "a"


async def test_depths_tell_what_waits_where(lanes: Lanes, redis: Redis) -> None:
    for name in "abcd":
        await lanes.accept(job(name, lane="l"))
    await lanes.accept(job("e"))
    await lanes.accept(job("f", delay_ms=60_000))
    await lanes.accept(job("g", pool="model"))
    await lanes.bury(await read_one(lanes, redis, "model"), why="no")
    await read(lanes, redis, count=1)
    depths = await lanes.depths()
    fast = depths.pools["fast"]
    assert (fast.queued, fast.running, fast.behind) == (1, 1, 3)
    assert 0 <= fast.oldest_ms < 10_000
    assert (depths.delayed, depths.overdue, depths.dead) == (1, 0, 1)
