"""Conversations in Slack that end as nobody wished: stopped, away, lost, hanging; each in a sentence."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from bot.clock import SystemClock
from bot.core.errors import Refused, Retry
from bot.core.runs import RunRequest, RunResult
from bot.core.talks import Talk, TalkPlace
from bot.core.tickets import TicketRef
from bot.runtime.attending import AWAY_S
from bot.runtime.envelopes import RUNS
from bot.runtime.jobs import FAST, Unavailable
from bot.runtime.talk_threads import Threads
from bot.runtime.talks import TALK, Talks
from bot.slack import talk_voice
from bot.slack.client import SlackClient
from bot.writers import Hearing
from tests.bot.records import Records
from tests.bot.slack.parlour import (
    Answer,
    Parlour,
    answered,
    echo,
    shown,
    until,
)
from tests.bot.workbench import Hands
from tests.making import T0

# -- Stop --------------------------------------------------------------------------------------------------


async def endless(_request: RunRequest, hearing: Hearing) -> RunResult:
    await hearing.words("I will never " + "x" * 300)
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@pytest.mark.parametrize("how", ["button", "word"])
async def test_stop_ends_an_agent_that_listens_to_nothing(room: Parlour, how: str) -> None:
    room.agent.answer = endless
    asked = room.world.dm("U0ALICE", "go")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    running = asyncio.create_task(room.works(lease))
    await until(lambda: len(room.said(asked)) == 1)
    if how == "button":
        room.world.stop_session("U0ALICE", asked.channel, asked.ts)
    else:
        room.world.dm("U0ALICE", "stop", asked.ts)
    await room.hears()
    await asyncio.wait_for(running, 10)
    answer = await answered(room, asked)
    assert answer.endswith("Stopped. Nothing was changed.")
    assert room.status(asked) == "active"


# -- endings that are nobody's wish ------------------------------------------------------------------------


async def test_what_the_agent_may_not_do_ends_in_a_sentence(room: Parlour) -> None:
    async def fails(_request: RunRequest, hearing: Hearing) -> RunResult:
        await hearing.words("Here it com")
        raise Refused("cut")

    room.agent.answer = fails
    asked = room.world.dm("U0ALICE", "go")
    assert (await answered(room, asked)).startswith("The model gave no usable answer")


def away_for(after_s: float) -> Answer:
    async def away(_request: RunRequest, _hearing: Hearing) -> RunResult:
        raise Retry("Jira is away", after_s=after_s)

    return away


@pytest.mark.parametrize("after_s", [0.0, 5.0, 86_400.0, math.inf])
async def test_what_is_away_is_tried_again_before_it_is_said(room: Parlour, after_s: float) -> None:
    clock = Hands()
    room.talking = replace(room.talking, clock=clock)
    room.agent.answer = away_for(after_s)
    asked = room.world.dm("U0ALICE", "go")
    assert (await answered(room, asked)).startswith("What is needed for an answer is away")
    assert 3 <= len(room.agent.asked) <= 200
    assert AWAY_S <= (clock.now() - T0).total_seconds() < AWAY_S + 15
    assert room.status(asked) == "active"


async def test_what_comes_back_in_time_is_answered(room: Parlour) -> None:
    async def back(_request: RunRequest, _hearing: Hearing) -> RunResult:
        room.agent.answer = echo
        raise Retry("Jira is away", after_s=0.01)

    room.agent.answer = back
    asked = room.world.dm("U0ALICE", "go")
    assert await answered(room, asked) == "You said: go"


async def test_stop_ends_a_run_that_waits_for_what_is_away(room: Parlour) -> None:
    room.agent.answer = away_for(30.0)
    asked = room.world.dm("U0ALICE", "go")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    running = asyncio.create_task(room.works(lease))
    await until(lambda: len(room.agent.asked) == 1)
    room.world.stop_session("U0ALICE", asked.channel, asked.ts)
    await room.hears()
    await asyncio.wait_for(running, 1.0)
    assert (await answered(room, asked)) == "Stopped. Nothing was changed."
    assert len(room.agent.asked) == 1
    assert room.status(asked) == "active"


class Unreachable(Records):
    """A ticket system that cannot look anything up."""

    @override
    async def find(self, key: str) -> TicketRef:
        raise Retry(f"away, so {key} cannot be looked up", after_s=3600.0)


async def test_a_ticket_system_that_is_away_does_not_keep_a_channel_waiting(room: Parlour) -> None:
    """Whether the ticket has a thread here already cannot be told then: it is answered where it was asked."""
    room.talking = replace(room.talking, redirector=Threads(room.talks, {"jira": Unreachable()}))
    asked = room.world.mention("U0ALICE", "C0GENERAL", "any news on OPS-1?")
    assert await answered(room, asked) == "You said: any news on OPS-1?"
    assert room.status(asked) == "active"


async def test_a_run_that_was_stopped_before_it_began_asks_nobody_anything(room: Parlour) -> None:
    class Untouched(Records):
        @override
        async def find(self, key: str) -> TicketRef:
            raise AssertionError(f"{key} was looked up")

    room.talking = replace(room.talking, redirector=Threads(room.talks, {"jira": Untouched()}))
    asked = room.world.mention("U0ALICE", "C0GENERAL", "any news on OPS-1?")
    await room.hears()
    room.world.stop_session("U0ALICE", asked.channel, asked.ts)
    await room.hears()
    assert await answered(room, asked) == "Stopped. Nothing was changed."
    assert room.agent.asked == []


async def test_an_end_that_nobody_can_decide_about_leaves_nobody_waiting(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "go")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    await room.works(lease)
    (end,) = [each for each in await room.bench.leases(FAST) if each.kind == TALK]
    await room.lanes.bury(end, why="it crashed", heirs=room.talking.given_up(end, "it crashed"))
    await room.goes_on()
    assert (await room.talk(asked)).run is None
    assert room.said(asked) == ["You said: go"]
    assert room.status(asked) == "active"


async def test_a_slack_that_hangs_holds_the_words_for_a_moment_only(
    room: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first sign is a courtesy, and whoever waits for it keeps others from being heard."""
    monkeypatch.setattr(talk_voice, "FIRST_SIGN_S", 0.02)

    class Hanging:
        async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
            await asyncio.sleep(30)
            raise AssertionError(f"{method} was waited for: {len(arguments)}")

    voice = talk_voice.Voice(Hanging(), room.clock, "en")
    assert not await asyncio.wait_for(voice.at_once(TalkPlace("T0", "D1", "1.0")), 1.0)


async def test_a_first_sign_that_may_come_late_is_put_right_later(
    room: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(_voice: talk_voice.Voice, _place: TalkPlace) -> bool:
        return False

    monkeypatch.setattr(talk_voice.Voice, "at_once", late)
    room.world.dm("U0ALICE", "hello")
    await room.goes_on()
    assert len(await room.later()) == 1


async def test_a_message_that_is_tried_again_while_slack_is_away_counts_once(
    room: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that they write too much because Slack did not say who they are for a while."""
    call, asked = SlackClient.call, list[str]()

    async def away(client: SlackClient, method: str, **arguments: Any) -> Mapping[str, Any]:
        if method == "users.info" and len(asked) < 100:
            asked.append(method)
            raise Retry("Slack does not answer", after_s=0.01)
        return await call(client, method, **arguments)

    monkeypatch.setattr(SlackClient, "call", away)
    message = room.world.dm("U0ALICE", "hello")
    await room.world.settle()
    jobs = await room.bench.leases(FAST)
    while len(asked) < 100:
        for lease in jobs:
            with contextlib.suppress(Retry):
                await room.side.handle(lease)
    for lease in jobs:
        await room.works(lease)
    assert await answered(room, message) == "You said: hello"


async def test_who_writes_too_much_is_told_so_every_day(
    room: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said once a minute; the same minute of the next day is another one."""
    start, later = SystemClock().now(), timedelta(0)

    def now(_clock: SystemClock) -> datetime:
        return start + later

    monkeypatch.setattr(SystemClock, "now", now)
    for days in range(2):
        for number in range(35 if not days else 5):  # by Redis' clock hardly any time passes
            room.world.dm("U0ALICE", f"line {number}")
        await room.world.settle()
        later = timedelta(days=days)
        await room.goes_on()
        later = timedelta(0)
        said = [shown(message) for message in room.directly("U0ALICE")]
        assert len([text for text in said if text.startswith("These are many messages")]) == days + 1


async def test_what_was_answered_while_redis_failed_over_is_answered_once(
    room: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where the message is could be kept, nor looked up what became of the question."""
    load, away = Talks.load, list[str]()

    async def failing(talks: Talks, lane: str) -> tuple[int, Talk]:
        if room.agent.asked and len(away) < 5:
            away.append(lane)
            raise Unavailable("READONLY You can't write against a read only replica.", after_s=0.01)
        return await load(talks, lane)

    monkeypatch.setattr(Talks, "load", failing)
    asked = room.world.dm("U0ALICE", "go")
    assert await answered(room, asked) == "You said: go"
    assert len(away) == 5
    assert len(room.agent.asked) == 1
    assert room.status(asked) == "active"


async def test_a_run_the_queue_gave_up_leaves_nobody_waiting(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "go")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    await room.lanes.bury(lease, why="it crashed", heirs=room.talking.given_up(lease, "it crashed"))
    await room.goes_on()
    assert room.said(asked) == ["What is needed for an answer is away. Ask again in a few minutes."]
    assert (await room.talk(asked)).run is None
    assert room.status(asked) == "active"


async def test_a_run_that_is_repeated_answers_in_the_same_message(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "go")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    await room.talking.carry_out(lease)  # the worker dies before it can say so
    await room.works(lease)
    assert await answered(room, asked) == "You said: go"
    assert len(room.agent.asked) == 2
    assert room.agent.asked[0].id == room.agent.asked[1].id


async def test_a_stopped_bot_says_so_and_asks_no_model(room: Parlour) -> None:
    await room.bench.stops.stop("*", "maintenance")
    asked = room.world.dm("U0ALICE", "go")
    assert "kill switch" in await answered(room, asked)
    assert room.agent.asked == []
