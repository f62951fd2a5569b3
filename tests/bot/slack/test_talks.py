"""People talk to the bot in Slack: a first sign at once, an answer as it comes, and nothing left over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.core.codec import encode
from bot.core.effects import TellTalk
from bot.core.ids import EffectId, EventId
from bot.core.requests import Requested
from bot.core.runs import Ending, RunRequest, RunResult, Settled
from bot.core.talks import FellQuiet, Talk, TalkPlace
from bot.runtime.envelopes import EVENT, RUNS, unseal
from bot.runtime.jobs import FAST, Commit
from bot.runtime.talks import TALK_OF, talk_job, topic
from bot.writers import Hearing
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message
from tests.bot.slack.parlour import (
    Parlour,
    answered,
    echo,
    methods,
    parlour,
    remembered,
    result,
    shown,
)
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
    (again,) = await room.later()
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


async def test_a_thread_that_lets_go_of_a_ticket_leaves_it_to_the_thread_that_has_it_now(
    room: Parlour,
) -> None:
    old, now = (TalkPlace("T0", "C0GENERAL", ts).lane for ts in ("1.0", "2.0"))
    index = {TALK_OF: {topic("C0GENERAL", REF): now}}
    for lane in (old, now):
        document = encode(Talk(lane, focus=REF, last_at=T0, watched=True))
        await room.lanes.commit(Commit(key=lane, expected_version=0, document=document, index=index))
    for lane, left in ((old, now), (now, "")):
        quiet = FellQuiet(id=EventId(f"{lane}/quiet"), at=T0 + timedelta(days=1))
        await room.lanes.accept(talk_job(lane, quiet))
        await room.goes_on()
        assert (await room.talks.load(lane))[1].focus is None
        assert await room.talks.about("C0GENERAL", REF) == left


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
