"""People talk to the bot in Slack: a first sign at once, an answer as it comes, and nothing left over."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.core.effects import TellTalk
from bot.core.errors import Refused, Retry
from bot.core.ids import EffectId
from bot.core.requests import Requested
from bot.core.runs import Ending, RunRequest, RunResult, Settled
from bot.core.talks import TalkPlace
from bot.core.tickets import TicketRef
from bot.runtime.attending import AWAY_S
from bot.runtime.envelopes import EVENT, RUNS, unseal
from bot.runtime.jobs import FAST
from bot.runtime.talk_threads import Threads
from bot.runtime.talks import TALK
from bot.slack import talk_voice
from bot.writers import Hearing
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message
from tests.bot.records import Records
from tests.bot.slack.parlour import (
    Answer,
    Parlour,
    answered,
    echo,
    methods,
    parlour,
    remembered,
    result,
    shown,
    until,
)
from tests.bot.workbench import Hands
from tests.making import REF, T0, proposal, snapshot
from tests.sandbox.slack.contract_judge import assert_valid


async def test_a_direct_message_is_answered_in_its_thread_as_a_stream(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "What about OPS-1?")
    await room.hears()
    assert room.status(asked) == "processing"
    assert (await room.talk(asked)).run is not None
    assert await answered(room, asked) == "You said: What about OPS-1?"
    assert room.status(asked) == "active"
    assert methods(room).count("chat.startStream") == methods(room).count("chat.stopStream") == 1
    assert "chat.postMessage" not in methods(room)


async def test_the_first_sign_goes_out_before_the_message_is_decided_about(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "hello")
    await room.world.settle()
    for lease in await room.bench.leases(FAST):
        await room.side.handle(lease)
    assert room.status(asked) == "processing"
    assert (await room.talk(asked)).run is None


async def test_a_message_that_a_dying_worker_had_brought_already_leaves_no_status_behind(
    room: Parlour, redis: Redis
) -> None:
    asked = room.world.dm("U0ALICE", "hello")
    await room.world.settle()
    leases = await room.bench.leases(FAST)
    for lease in leases:
        await room.side.handle(lease)  # this worker dies before it can say so
    await room.goes_on()
    assert room.status(asked) == "active"
    for lease in leases:
        await room.works(lease)
    assert room.status(asked) == "processing"
    (again,) = await later(room)
    untyped: Any = redis
    await untyped.zadd(f"{room.lanes.prefix}:due", {again: 0})  # its time has come
    await room.lanes.tick()
    assert await answered(room, asked) == "You said: hello"
    assert room.status(asked) == "active"


async def test_a_mention_is_answered_in_its_thread_and_only_mentions_go_on(room: Parlour) -> None:
    asked = room.world.mention("U0ALICE", "C0GENERAL", "what about &lt;this&gt;?")
    assert await answered(room, asked) == "You said: what about &lt;this&gt;?"
    room.world.say("U0ALICE", "C0GENERAL", "thanks everybody", asked.ts)
    await room.goes_on()
    assert len(room.agent.asked) == 1
    room.world.mention("U0ALICE", "C0GENERAL", "and now?", asked.ts)
    await room.goes_on()
    assert len(room.agent.asked[1].memory.turns) == 2
    assert room.agent.heard[1] == "and now?"


async def test_thirty_messages_in_a_second_are_two_runs(room: Parlour) -> None:
    asked = [room.world.dm("U0ALICE", f"line {number}") for number in range(30)]
    await room.hears()
    await room.goes_on()
    assert len(room.agent.asked) == 2
    assert sorted(" / ".join(room.agent.heard).split(" / ")) == sorted(f"line {n}" for n in range(30))
    assert await room.is_calm()
    assert len(room.said(asked[0])) == 2


async def test_who_writes_more_than_is_read_is_told_once(room: Parlour) -> None:
    for number in range(40):
        room.world.dm("U0ALICE", f"line {number}")
    await room.goes_on()
    said = [shown(message) for message in room.directly("U0ALICE")]
    assert len([text for text in said if text.startswith("These are many messages")]) == 1
    assert await room.is_calm()
    assert "line 39" not in str(room.agent.heard)


async def test_forty_thousand_characters_end_in_an_answer(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "long " * 7_999)
    answer = await answered(room, asked)
    assert answer.startswith("Your message was long")
    assert len(answer) <= 12_000
    assert room.status(asked) == "active"


@pytest.mark.parametrize("what", ["file", "mention"])
async def test_nothing_to_read_ends_in_how_to_ask(room: Parlour, what: str) -> None:
    if what == "file":
        room.world.open_home("U0ALICE", "messages")
        asked = room.world.share_file("U0ALICE", "D0ALICE")
    else:
        asked = room.world.mention("U0ALICE", "C0GENERAL", "")
    assert (await answered(room, asked)).startswith("Write what you would like to know")
    assert room.status(asked) == "active"
    assert room.agent.asked == []


async def test_bots_get_no_answer(room: Parlour) -> None:
    asked = room.world.mention("U0OTHERBOT", "C0GENERAL", "hello, fellow bot")
    await room.goes_on()
    assert room.said(asked) == []
    assert room.status(asked) == ""
    assert await room.lanes_kept() == []


@pytest.mark.parametrize("who", ["U0GUEST", "U0STRANGER"])
async def test_externals_are_told_that_they_may_not_and_nobody_else_is(room: Parlour, who: str) -> None:
    channel = "C0GENERAL" if who == "U0GUEST" else "C0SHARED"
    asked = room.world.mention(who, channel, "what is in OPS-1?")
    await room.goes_on()
    assert room.said(asked) == []
    assert len(room.world.ephemerals(who)) == 1
    assert room.status(asked) == "active"
    assert room.agent.asked == []


async def test_where_another_workspace_reads_along_nothing_is_told(room: Parlour) -> None:
    asked = room.world.mention("U0ALICE", "C0SHARED", "what is in OPS-1?")
    await room.goes_on()
    assert room.said(asked) == []
    (told,) = room.world.ephemerals("U0ALICE")
    assert told.text.startswith("People of another workspace read this channel")
    assert room.agent.asked == []
    assert room.status(asked) == "active"


async def test_an_edit_while_it_answers_is_what_gets_answered(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "old")
    await room.hears()
    room.world.edit(asked.channel, asked.ts, "new")
    await room.hears()
    assert await answered(room, asked) == "You said: new"
    room.world.edit(asked.channel, asked.ts, "newer")
    await room.goes_on()
    assert room.said(asked)[1].startswith("You have changed a message")
    assert room.agent.heard == ["new"]


async def test_a_deleted_question_is_not_answered_and_forgotten(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "my password is hunter2")
    await room.hears()
    room.world.delete(asked.channel, asked.ts)
    await room.hears()
    await room.goes_on()
    assert room.said(asked) == []
    assert await room.is_calm()
    assert "hunter2" not in str(await room.lanes.load(room.place(asked).lane))


async def test_a_question_deleted_after_its_answer_is_forgotten(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "my password is hunter2")
    await room.goes_on()
    assert (await room.talk(asked)).memories
    room.world.delete(asked.channel, asked.ts)
    await room.goes_on()
    assert (await room.talk(asked)).memories == {}
    assert "hunter2" not in str(await room.lanes.load(room.place(asked).lane))


async def test_a_deleted_message_that_was_joined_to_another_is_found(room: Parlour) -> None:
    first = room.world.dm("U0ALICE", "one")
    second = room.world.dm("U0ALICE", "two, a secret")
    await room.hears()
    room.world.delete(second.channel, second.ts)
    await room.hears()
    assert [words.text.raw for words in (await room.talk(first)).waiting] == []


async def test_words_are_not_kept_raw_once_they_are_answered(room: Parlour) -> None:
    async def masking(request: RunRequest, _hearing: Hearing) -> RunResult:
        return RunResult(Ending.ANSWERED, request.memory, result(request, "fine").text)

    room.agent.answer = masking
    asked = room.world.dm("U0ALICE", "I am alice@example.com")
    await room.goes_on()
    assert "alice@example.com" not in str(await room.lanes.load(room.place(asked).lane))


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
    assert len(await later(room)) == 1


async def later(room: Parlour) -> list[bytes]:
    """Looks at the status that wait for their time."""
    untyped: Any = room.redis
    due: list[bytes] = await untyped.zrange(f"{room.lanes.prefix}:due", 0, -1)
    return [job for job in due if job.endswith(b"/again")]


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


# -- changes -----------------------------------------------------------------------------------------------


async def asking(request: RunRequest, _hearing: Hearing) -> RunResult:
    wanted = replace(proposal(by=request.person), talk=request.talk)
    memory = replace(remembered(request, "Shall I?"), focus=REF)
    told = result(request, "Shall I?").text
    return RunResult(Ending.ASKED, memory, told, proposals=(wanted,), snapshot=snapshot())


async def asks(room: Parlour, channel: str = "C0GENERAL") -> tuple[Message, Requested]:
    """Let Alice ask for a change, and return what reaches the ticket's lane."""
    room.agent.answer = asking
    asked = room.world.mention("U0ALICE", channel, "set OPS-1 to high")
    await room.hears()
    for lease in await room.bench.leases(RUNS):
        await room.works(lease)
    found: list[Requested] = []
    while leases := await room.bench.leases(FAST):
        for lease in leases:
            if lease.kind == EVENT:
                found.append(unseal(lease.data).body)
                await room.lanes.finish(lease)
            else:
                await room.works(lease)
    await room.goes_on()
    (requested,) = found
    return asked, requested


def told(requested: Requested, status: str, why: str = "", number: int = 0) -> TellTalk:
    wanted = requested.proposals[0]
    return TellTalk(EffectId(f"e#{number}"), wanted.talk, wanted.id, status, wanted.says, why)


async def test_a_change_is_asked_for_on_the_tickets_lane_and_its_end_comes_back(room: Parlour) -> None:
    asked, requested = await asks(room)
    assert requested.by == "U0ALICE"
    assert requested.proposals[0].talk == room.place(asked).lane
    assert room.status(asked) == "suspended"
    order = told(requested, "rejected", "<!channel> ask *Bob*")
    await room.talking.settled(order)
    await room.talking.settled(order)
    await room.goes_on()
    outcome = room.said(asked)[1:]
    assert len(outcome) == 1
    assert outcome[0].startswith("Rejected: ")
    assert "<!" not in outcome[0]
    assert room.status(asked) == "active"


async def test_a_run_that_is_repeated_asks_once(room: Parlour) -> None:
    room.agent.answer = asking
    asked = room.world.mention("U0ALICE", "C0GENERAL", "set OPS-1 to high")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    lost = await room.another().carry_out(lease)  # a worker that dies before it can say so
    await room.works(lease)
    await room.goes_on()
    for job in lost.spawn:
        await room.lanes.accept(job)
    await room.goes_on()
    dossier = await room.bench.journal.dossier(REF)
    assert len(dossier.tracked) == 1
    requested = [record for record in await room.bench.audit() if record.what == "change.requested"]
    assert len(requested) == 1
    assert len(room.said(asked)) == 1


async def test_a_run_follows_from_what_was_settled_hours_ago(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with parlour(redis, prefix, slack, resumes=True) as room:
        asked, requested = await asks(room)
        await room.talking.settled(told(requested, "executed"))
        await room.goes_on()
        (news,) = room.agent.asked[-1].news
        assert isinstance(news, Settled)
        assert list(news.outcomes.values()) == ["executed"]
        assert room.agent.asked[-1].person == "U0ALICE"
        assert room.said(asked)[1].startswith("Done: ")


async def test_a_ticket_has_one_thread_in_a_channel(room: Parlour) -> None:
    first, _ = await asks(room)
    again = room.world.mention("U0BOB", "C0GENERAL", "any news on OPS-1?")
    elsewhere = room.world.mention("U0BOB", "C0APPROVALS", "any news on OPS-1?")
    await room.goes_on()
    (pointer,) = room.said(again)
    assert "https://" in pointer or "http://" in pointer
    assert room.place(again).lane not in {request.talk for request in room.agent.asked}
    assert [request.talk for request in room.agent.asked[1:]].count(room.place(first).lane) == 1
    assert room.place(elsewhere).lane in {request.talk for request in room.agent.asked}
    assert room.status(again) == "active"


async def test_every_call_is_one_that_slack_takes(room: Parlour) -> None:
    asked, requested = await asks(room)
    await room.talking.settled(told(requested, "failed", "Field 'x' is *wrong*"))
    room.agent.answer = echo
    first = room.world.dm("U0DAN", "bonjour <tous>")
    await room.goes_on()
    answer = next(each for each in room.directly("U0DAN") if each.thread_ts == first.ts)
    await room.world.feedback("U0DAN", answer.channel, answer.ts)
    room.world.edit(first.channel, first.ts, "bonsoir")
    room.world.mention("U0GUEST", "C0GENERAL", "let me in")
    room.world.mention("U0BOB", "C0GENERAL", "any news on OPS-1?")
    await room.goes_on()
    assert room.status(asked) == "active"
    called = set(methods(room))
    assert called >= {"chat.startStream", "chat.stopStream", "chat.postMessage", "chat.postEphemeral"}
    assert assert_valid(room.slack.exchanges) > 10
