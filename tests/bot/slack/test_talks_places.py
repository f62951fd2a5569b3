"""Conversations whose place goes away, or that two replicas share: nobody waits for what cannot come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.core.runs import RunRequest, RunResult
from bot.runtime import attending
from bot.runtime.envelopes import CHAT, RUNS
from bot.runtime.jobs import FAST
from bot.slack.client import SlackClient
from bot.slack.talk_voice import Voice
from bot.writers import Hearing
from sandbox.slack.rooms import Message
from tests.bot.slack.parlour import Parlour, answered, methods, result, shown, until
from tests.bot.slack.test_talks_ends import endless
from tests.making import REF


def ours(room: Parlour, channel: str) -> list[str]:
    """Everything the bot said there, wherever it stands."""
    return [shown(each) for each in room.world.messages(channel) if each.bot_id == "B0BOT"]


# -- direct messages ---------------------------------------------------------------------------------------


async def test_who_deletes_a_question_and_writes_it_anew_is_answered_below_the_new_one(room: Parlour) -> None:
    """Within ten seconds of another a message belongs to its thread; not where that one is gone."""
    first = room.world.dm("U0ALICE", "What about OPS-11?")
    await room.goes_on()
    room.world.delete(first.channel, room.world.messages(first.channel)[-1].ts)  # no tombstone: no answers
    room.world.delete(first.channel, first.ts)
    await room.goes_on()
    second = room.world.dm("U0ALICE", "What about OPS-1?")
    assert await answered(room, second) == "You said: What about OPS-1?"


async def test_what_waited_in_a_thread_that_is_gone_is_answered_outside_of_it(room: Parlour) -> None:
    first = room.world.dm("U0ALICE", "What about OPS-11?")
    second = room.world.dm("U0ALICE", "and OPS-1?")
    await room.hears()
    room.world.delete(first.channel, first.ts)
    await room.goes_on()
    assert await room.is_calm()
    assert ours(room, second.channel)[-1] == "You said: and OPS-1?"


async def test_an_outcome_finds_its_person_when_the_thread_is_gone(room: Parlour) -> None:
    """A workspace may keep messages for a day only, and people decide after two."""
    first = room.world.dm("U0ALICE", "go")
    await room.hears()
    room.slack.store.remove(first)
    await room.goes_on()
    assert ours(room, first.channel) == ["You said: go"]


# -- channels ----------------------------------------------------------------------------------------------


def removed(room: Parlour, channel: str) -> None:
    room.world.channels[channel].members.remove(room.slack.store.identity.bot_user)


async def test_who_asked_in_a_channel_that_the_bot_has_left_is_told_directly(room: Parlour) -> None:
    room.world.mention("U0ALICE", "C0GENERAL", "news?")
    await room.hears()
    removed(room, "C0GENERAL")
    await room.goes_on()
    assert await room.is_calm()
    assert ours(room, "C0GENERAL") == []
    (told,) = ours(room, room.world.room_with("U0ALICE").id)
    assert told == "I may not write any more where you asked, so you are told here.\n\nYou said: news?"


async def test_a_question_that_is_gone_from_a_channel_is_answered_nowhere(room: Parlour) -> None:
    """Slack does not tell us of deletions there, and nobody waits for what they have taken back."""
    asked = room.world.mention("U0ALICE", "C0GENERAL", "news?")
    await room.hears()
    room.world.delete(asked.channel, asked.ts)
    await room.goes_on()
    assert await room.is_calm()
    assert ours(room, "C0GENERAL") == ours(room, room.world.room_with("U0ALICE").id) == []


async def about(request: RunRequest, _hearing: Hearing) -> RunResult:
    answer = result(request, "Here you are.")
    return replace(answer, memory=replace(answer.memory, focus=REF))


async def test_nobody_is_sent_to_a_thread_that_is_gone(room: Parlour) -> None:
    room.agent.answer = about
    first = room.world.mention("U0ALICE", "C0GENERAL", "news on OPS-1?")
    await room.goes_on()
    for message in [*room.world.channels["C0GENERAL"].thread(first.ts)][::-1]:
        room.world.delete("C0GENERAL", message.ts)
    second = room.world.mention("U0BOB", "C0GENERAL", "news on OPS-1?")
    assert await answered(room, second) == "Here you are."
    third = room.world.mention("U0BOB", "C0GENERAL", "and who has OPS-1?")
    await room.goes_on()
    assert len(room.said(second)) == 2  # it is the ticket's thread now
    assert room.said(third)[0].startswith("This ticket has a thread in this channel already")


async def test_two_who_ask_about_a_ticket_at_once_have_one_thread(room: Parlour) -> None:
    """In the first minutes of an outage everybody asks."""
    room.agent.answer = about
    first = room.world.mention("U0ALICE", "C0GENERAL", "news on OPS-1?")
    second = room.world.mention("U0BOB", "C0GENERAL", "who has OPS-1?")
    await room.goes_on()
    assert await room.is_calm()
    assert room.said(first) == ["Here you are.", "Here you are."]
    (pointed,) = room.said(second)
    assert pointed.startswith("This ticket has a thread in this channel already")
    assert room.status(first) == room.status(second) == "active"


async def test_a_first_question_that_came_to_nothing_keeps_no_other_away(room: Parlour) -> None:
    first = room.world.mention("U0ALICE", "C0GENERAL", "news on OPS-1?")
    await room.goes_on()  # nobody found it
    room.agent.answer = about
    second = room.world.mention("U0BOB", "C0GENERAL", "who has OPS-1?")
    assert await answered(room, second) == "Here you are."
    assert room.said(first) == ["You said: news on OPS-1?"]


# -- what is under way -------------------------------------------------------------------------------------


async def test_a_stop_while_slack_begins_the_message_leaves_one_message(
    room: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is over before Slack says where its message is; else that would stand there half, for good."""
    call, held = SlackClient.call, asyncio.Event()

    async def slow(client: SlackClient, method: str, **arguments: Any) -> Mapping[str, Any]:
        answer = await call(client, method, **arguments)
        if method == "chat.startStream":
            await held.wait()
        return answer

    monkeypatch.setattr(SlackClient, "call", slow)
    monkeypatch.setattr(attending, "LOOK_S", 0.01)
    monkeypatch.setattr(attending, "GRACE_S", 0.01)
    room.agent.answer = endless
    asked = room.world.dm("U0ALICE", "go")
    await room.hears()
    (lease,) = await room.bench.leases(RUNS)
    running = asyncio.create_task(room.works(lease))
    await until(lambda: len(room.said(asked)) == 1)
    room.world.dm("U0ALICE", "stop", asked.ts)
    await room.hears()
    asyncio.get_running_loop().call_later(0.1, held.set)  # after the run was given up on
    await asyncio.wait_for(running, 10)
    assert await answered(room, asked) == "Stopped. Nothing was changed."
    (message,) = [each for each in room.world.messages(asked.channel) if each.bot_id]
    assert message.stream is not None
    assert message.stream.state == "completed"


async def test_a_first_sign_on_one_replica_does_not_outlive_an_end_on_another(room: Parlour) -> None:
    """A status that one has shown is not shown anew for two seconds; meanwhile the other has ended it."""
    asked = room.world.dm("U0ALICE", "one")
    await room.hears()
    room.talking = replace(room.talking, voice=Voice(room.client, room.clock, "en"))
    await room.goes_on()
    assert room.status(asked) == "active"
    room.world.dm("U0ALICE", "two", asked.ts)
    await room.hears()
    for lease in await room.bench.leases(CHAT):
        await room.works(lease)
    assert (await room.talk(asked)).run is not None
    assert room.status(asked) == "processing"


async def test_files_that_come_with_words_are_said_not_to_be_read(room: Parlour) -> None:
    channel = room.world.room_with("U0ALICE").id
    asked: Message = room.world.share_file("U0ALICE", channel, text="What is wrong here on OPS-1?")
    answer = await answered(room, asked)
    assert answer == "You said: What is wrong here on OPS-1?\n\nFiles are not read: only your words were."
    assert "chat.update" not in methods(room)  # it streams all the same


async def test_an_edit_that_overtakes_its_message_is_answered(room: Parlour) -> None:
    room.world.dm("U0ALICE", "one thing")  # whose thread the next would join
    await room.goes_on()
    asked = room.world.dm("U0ALICE", "about OPS-11")
    room.world.edit(asked.channel, asked.ts, "about OPS-1")
    await room.world.settle()
    for lease in reversed(await room.bench.leases(FAST)):
        await room.works(lease)
    assert await answered(room, asked) == "You said: about OPS-1"
