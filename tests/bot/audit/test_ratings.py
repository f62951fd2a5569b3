"""What people thought of answers, read back from the sealed audit: by week, by brain, their last word."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.app import PREFIX
from bot.audit.packing import Keeper
from bot.audit.ratings import Poor, Rated, Week, ratings
from bot.core.audit import Record
from bot.runtime.redis_client import command_client
from tests.bot.audit.conftest import Archive

ROOT = Path(__file__).parents[3]
DATABASE = 12
"""Of the server that all tests share; the command knows one prefix only."""
NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)  # a Thursday
MODEL = "claude-sonnet-4-5"
LONG = timedelta(days=365)


def answered(run: str, at: datetime = NOW, **details: Any) -> Record:
    known = {"talk": "talk:T:C:1.2", "run": run, "ending": "answered", "model": MODEL, **details}
    return Record(at=at, what="talk.answered", ticket="", actor="slack:U0ALICE", details=known)


def rated(run: str, verdict: str, at: datetime = NOW, by: str = "U0ALICE") -> Record:
    details = {"verdict": verdict, "run": run}
    return Record(at=at, what="answer.rated", ticket="", actor=f"slack:{by}", details=details)


async def found(archive: Archive, *records: Record, since: datetime = NOW - LONG) -> Rated:
    await archive.writes(*records)
    await archive.sealer().drain()
    return await ratings(archive.chain, since)


async def test_each_week_has_a_line_for_each_brain(archive: Archive) -> None:
    before = NOW - timedelta(days=7)
    got = await found(
        archive,
        answered("slack:Ev1", before),
        rated("slack:Ev1", "good", before),
        answered("slack:Ev2"),
        answered("slack:Ev3", model=""),
        rated("slack:Ev2", "good"),
        rated("slack:Ev2", "bad", by="U0BOB"),
        rated("slack:Ev3", "bad"),
        rated("slack:Ev4", "good"),
    )
    assert got.weeks == [
        Week(date(2026, 11, 9), MODEL, 1, 0),
        Week(date(2026, 11, 16), MODEL, 1, 1),
        Week(date(2026, 11, 16), "local", 0, 1),
        Week(date(2026, 11, 16), "unknown", 1, 0),
    ]
    at = "2026-11-19T12:00:00+00:00"
    # Record 1 is the key that seals.
    assert got.poor == [Poor(7, at, MODEL, "slack:Ev2", 4), Poor(8, at, "local", "slack:Ev3", 5)]


@pytest.mark.parametrize("ending", ["spent", "away"])
async def test_where_the_local_brain_stood_in_the_model_that_was_asked_is_not_blamed(
    archive: Archive, ending: str
) -> None:
    got = await found(archive, answered("slack:Ev1", ending=ending), rated("slack:Ev1", "bad"))
    assert [each.brain for each in got.weeks] == ["local"]


async def test_the_last_word_of_each_person_counts_and_no_other(archive: Archive) -> None:
    got = await found(
        archive,
        answered("slack:Ev1"),
        rated("slack:Ev1", "bad"),
        rated("slack:Ev1", "good", NOW + timedelta(minutes=1)),
        rated("slack:Ev1", "good", by="U0BOB"),
    )
    assert [(each.good, each.bad) for each in got.weeks] == [(2, 0)]
    assert got.poor == []


async def test_an_answer_of_before_the_time_asked_for_still_says_what_made_it(archive: Archive) -> None:
    archive.clock.time = NOW - timedelta(days=20)
    await archive.writes(
        answered("slack:Ev1", archive.clock.time), rated("slack:Ev1", "bad", archive.clock.time)
    )
    await archive.sealer().drain()
    archive.clock.time = NOW
    got = await found(archive, rated("slack:Ev1", "bad", by="U0BOB"), since=NOW - timedelta(days=7))
    assert [(each.brain, each.good, each.bad) for each in got.weeks] == [(MODEL, 0, 1)], "one of the two"


async def test_what_is_not_sealed_yet_is_told_and_not_counted(archive: Archive) -> None:
    await archive.writes(answered("slack:Ev1"), rated("slack:Ev1", "good"))
    got = await ratings(archive.chain, NOW - LONG)
    assert (got.weeks, got.poor, got.waiting) == ([], [], 2)


async def test_other_records_and_words_that_look_like_ours_are_passed_over(archive: Archive) -> None:
    forged = 'x","what":"answer.rated","details":{"run":"slack:Ev9","verdict":"bad"}'
    other = Record(at=NOW, what="talk.heard", ticket="", actor="slack:U0EVE", because=forged, event=forged)
    got = await found(archive, other, answered("slack:Ev1"))
    assert (got.weeks, got.poor) == ([], [])


async def test_what_retention_dropped_is_not_missed(archive: Archive) -> None:
    old = NOW - timedelta(days=40)
    archive.clock.time = old
    await archive.writes(answered("slack:Ev1", old), rated("slack:Ev1", "bad", old))
    await archive.sealer().drain()
    archive.clock.time = NOW
    await archive.writes(answered("slack:Ev2"), rated("slack:Ev2", "good"))
    await archive.sealer().drain()
    days_s = 10 * 86_400.0
    await Keeper(archive.chain, archive.clock, keep_s=days_s, forwarded=False).prune(days_s)
    assert (await archive.chain.pruned()).number > 0
    got = await ratings(archive.chain, NOW - LONG)
    assert [(each.good, each.bad) for each in got.weeks] == [(1, 0)]


# -- as a person runs it


class Desk:
    """A Redis of its own database, and somebody at a terminal."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = f"{url}?db={DATABASE}", data
        self.redis: Redis = command_client(self.url)
        self.archive = Archive(self.redis, PREFIX)

    async def runs(self, *words: str) -> tuple[int, str, str]:
        environ = {**os.environ, "REDIS_URL": self.url, "COUNTERSIGN_DATA": str(self.data), "NO_COLOR": "1"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "ratings", *words), cwd=ROOT, env=environ, stdout=PIPE, stderr=PIPE
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


async def test_the_command_counts_names_those_to_look_at_and_says_what_to_do_where_there_are_none(
    redis_url: str, tmp_path: Path
) -> None:
    desk = Desk(redis_url, tmp_path / "data")
    await desk.archive.chain.ask("FLUSHDB")
    try:
        code, out, err = await desk.runs("--days", "7")
        assert (code, err) == (0, "")
        assert out.startswith("nobody has rated an answer in the last 7 days. ")
        now = desk.archive.clock.time = datetime.now(UTC)
        await desk.archive.writes(answered("slack:Ev1", now), rated("slack:Ev1", "bad", now))
        await desk.archive.sealer().drain()
        await desk.archive.writes(rated("slack:Ev1", "good", now, "U0BOB"))
        code, out, err = await desk.runs()
        assert code == 0
        monday = (now - timedelta(days=now.weekday())).date()
        assert f"{monday}  {MODEL}" in out
        assert f"{MODEL}  record 3, the answer is record 2  run slack:Ev1" in out
        assert f"countersign audit export --clear --since {now.date()}" in out
        assert err == "1 records are not sealed yet, and not counted\n"
        told = json.loads((await desk.runs("--json"))[1])
        assert told["weeks"] == [{"week": str(monday), "brain": MODEL, "good": 0, "bad": 1}]
        assert [(each["record"], each["answer"]) for each in told["not_good"]] == [(3, 2)]
        assert (await desk.runs("--days", "0"))[0] == 2
    finally:
        await desk.archive.chain.ask("FLUSHDB")
        await desk.redis.aclose()
