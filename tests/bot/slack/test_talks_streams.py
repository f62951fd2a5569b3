"""An answer as it comes: coalesced, harmless, and whole at the end whatever Slack says in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import Refused, Retry
from bot.core.ids import EffectId, EventId
from bot.core.runs import Step
from bot.core.talks import Line, Run, SayLines, TalkPlace
from bot.core.untrusted import Untrusted
from bot.slack.client import Unanswered
from bot.slack.streams import Stream
from bot.slack.talk_voice import SHOWN_MAX, Voice
from bot.slack.talk_words import MARKDOWN_CHARS_MAX, defused, literal, markdown, read
from tests.bot.workbench import Hands
from tests.making import ALICE, T0

PLACE = TalkPlace("T0", "D0", "1.0")


class Wire:
    """Slack's Web API: every call is kept; what a test names fails."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fails: dict[str, list[Exception]] = {}

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        self.calls.append((method, arguments))
        if self.fails.get(method):
            raise self.fails[method].pop(0)
        return {"ok": True, "ts": "9.9", "channel": {"id": "D0"}}

    @property
    def methods(self) -> list[str]:
        return [method.rpartition(".")[2] for method, _ in self.calls]

    def streamed(self) -> str:
        """The words that went into the stream."""
        chunks = [chunk for _, sent in self.calls for chunk in sent.get("chunks", [])]
        return "".join(chunk.get("text", "") for chunk in chunks)


class Rig:
    def __init__(self, answer_ts: str = "") -> None:
        self.wire, self.clock = Wire(), Hands()
        self.begun: list[str] = []
        self.forgets = False
        run = Run(
            id=EventId("r"),
            person=ALICE,
            name=Untrusted("A"),
            language="en",
            words=(),
            at=T0,
            answer_ts=answer_ts,
        )
        self.stream = Stream(self.wire, self.clock, PLACE, run, self._begin)

    async def _begin(self, ts: str) -> None:
        if self.forgets:
            raise Retry("Redis is away", after_s=1.0)
        self.begun.append(ts)

    async def says(self, *texts: str, apart_s: float = 1.0) -> None:
        for text in texts:
            await self.stream.words(text)
            self.clock.time += timedelta(seconds=apart_s)

    async def ends(self, text: str) -> bool:
        return (await self.stream.finish((Line(text=Untrusted(text)),), "active")).said

    def last(self) -> str:
        """What the message says at the end."""
        for method, sent in reversed(self.wire.calls):
            if method in {"chat.postMessage", "chat.update"}:
                return "".join(b["text"] for b in sent["blocks"] if b["type"] == "markdown")
        return self.wire.streamed()


async def test_words_go_out_as_they_come_and_add_up_to_the_answer() -> None:
    rig = Rig()
    await rig.says("One ", "two ", "three.")
    assert await rig.ends("One two three.\n\nFour.")
    assert rig.wire.methods == ["startStream", "appendStream", "appendStream", "stopStream"]
    assert rig.wire.streamed() == "One two three.\n\nFour."
    assert rig.begun == ["9.9"]


async def test_words_that_come_at_once_are_one_call() -> None:
    rig = Rig()
    await rig.says(*("word " * 40).split(" "), apart_s=0.005)
    await rig.ends("something else")
    assert rig.wire.methods.count("appendStream") == 0


async def test_no_mention_gets_through_even_in_two_pieces() -> None:
    rig = Rig()
    await rig.says("hello <", "!channel> and <", "@U0BOB>, 1 < 2")
    await rig.ends("hello <!channel> and <@U0BOB>, 1 < 2")
    told = rig.wire.streamed()
    assert told == "hello &lt;!channel> and &lt;@U0BOB>, 1 < 2"


async def test_an_answer_that_turned_out_otherwise_replaces_what_was_shown() -> None:
    rig = Rig()
    await rig.says("The password is ")
    await rig.ends("Stopped.")
    assert rig.wire.methods == ["startStream", "stopStream", "update"]
    assert rig.last() == "Stopped."


@pytest.mark.parametrize(
    "trouble", [Refused("channel_type_not_supported"), Retry("rate", after_s=60.0)], ids=["refused", "busy"]
)
async def test_without_a_stream_the_whole_answer_is_one_message(trouble: Exception) -> None:
    rig = Rig()
    rig.wire.fails["chat.startStream"] = [trouble]
    await rig.says("One ", "two.")
    assert await rig.ends("One two.")
    assert rig.wire.methods == ["startStream", "postMessage"]
    assert rig.last() == "One two."


async def test_when_appending_is_too_much_the_rest_comes_with_the_end() -> None:
    rig = Rig()
    rig.wire.fails["chat.appendStream"] = [Retry("rate", after_s=60.0)]
    await rig.says("One ", "two ", "three ", "four.")
    assert await rig.ends("One two three four.")
    assert rig.wire.methods == ["startStream", "appendStream", "stopStream"]
    assert rig.wire.streamed().endswith("two three four.")


async def test_words_that_slack_may_have_taken_are_not_sent_again() -> None:
    """A time-out says nothing about what Slack did: what was sent twice would stand there twice, for good."""
    rig = Rig()
    rig.wire.fails["chat.appendStream"] = [Unanswered("chat.appendStream: TimeoutError", after_s=5.0)]
    await rig.says("One ", "two ", "three ", "four.", apart_s=20.0)
    assert await rig.ends("One two three four.")
    assert rig.wire.methods == ["startStream", "appendStream", "stopStream", "update"]
    assert rig.last() == "One two three four."


async def test_a_stream_that_slack_may_have_begun_is_not_begun_again() -> None:
    rig = Rig()
    rig.wire.fails["chat.startStream"] = [Unanswered("chat.startStream: TimeoutError", after_s=5.0)]
    await rig.says("One ", "two.", apart_s=20.0)
    assert await rig.ends("One two.")
    assert rig.wire.methods == ["startStream", "postMessage"]


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_stream_never_holds_more_than_a_message_may(*, at_once: bool) -> None:
    rig, words = Rig(), "A sentence of some length. " * 700
    if at_once:
        rig.wire.fails["chat.startStream"] = [Retry("rate", after_s=0.5)]
        await rig.says(words, "And so on.", "And so on.")
    else:
        await rig.says(*(words[at : at + 300] for at in range(0, len(words), 300)))
    assert await rig.ends(words)
    assert len(rig.wire.streamed()) <= MARKDOWN_CHARS_MAX
    assert all(len(c.get("text", "")) <= 12_000 for _, sent in rig.wire.calls for c in sent.get("chunks", []))
    assert rig.last().endswith("(The answer is longer than Slack shows.)")
    assert at_once or rig.wire.methods[-1] == "stopStream"


async def test_a_step_that_came_to_no_end_does_not_seem_to_go_on() -> None:
    rig = Rig()
    await rig.stream.step(Step("1", "talk.thinking"))
    rig.clock.passes(seconds=1)
    await rig.stream.step(Step("1", "talk.thinking", done=True))
    rig.clock.passes(seconds=1)
    await rig.stream.step(Step("2", "talk.thinking"))
    rig.clock.passes(seconds=0.1)
    await rig.stream.step(Step("3", "talk.thinking"))
    assert await rig.ends("Stopped.")
    chunks = [chunk for _, sent in rig.wire.calls for chunk in sent.get("chunks", []) if "status" in chunk]
    assert {each["id"]: each["status"] for each in chunks} == {"1": "complete", "2": "error", "3": "error"}


async def test_slack_says_that_the_person_stopped_it() -> None:
    rig = Rig()
    rig.wire.fails["chat.appendStream"] = [Refused("stopped_by_user")]
    rig.wire.fails["chat.stopStream"] = [Refused("message_not_in_streaming_state")]
    await rig.says("One ", "two ")
    assert await rig.stream.stopped()
    await rig.says("three")
    await rig.ends("One two Stopped.")
    assert rig.last() == "One two Stopped."
    assert "postMessage" not in rig.wire.methods


async def test_a_repeated_run_streams_nothing_and_replaces_the_message() -> None:
    rig = Rig(answer_ts="5.5")
    await rig.says("One ", "two.")
    await rig.stream.step(Step("1", "talk.thinking"))
    assert rig.wire.calls == []
    await rig.ends("One two.")
    assert rig.wire.methods == ["stopStream", "update"]
    assert rig.wire.calls[1][1]["ts"] == "5.5"


async def test_a_message_that_is_gone_is_posted_afresh() -> None:
    rig = Rig(answer_ts="5.5")
    rig.wire.fails["chat.update"] = [Refused("message_not_found")]
    assert await rig.ends("One.")
    assert rig.wire.methods == ["stopStream", "update", "postMessage"]


@pytest.mark.parametrize("why", ["is_archived", "restricted_action_read_only_channel"])
async def test_where_nothing_may_be_written_any_more_the_person_is_told_directly(why: str) -> None:
    rig = Rig()
    rig.wire.fails["chat.startStream"] = [Refused(why)]
    rig.wire.fails["chat.postMessage"] = [Refused(why)]
    await rig.says("One.")
    assert await rig.ends("One.")
    assert rig.wire.methods == ["startStream", "postMessage", "open", "postMessage"]
    assert rig.last().endswith("\n\nOne.")
    assert rig.begun == [], "it is not where the conversation is"


async def test_an_end_that_slack_is_too_busy_for_is_left_to_somebody_else() -> None:
    rig = Rig()
    rig.wire.fails["chat.postMessage"] = [Retry("rate", after_s=1.0)]
    assert not await rig.ends("One.")


async def test_blocks_that_slack_does_not_know_cost_the_buttons_and_not_the_answer() -> None:
    rig = Rig()
    rig.wire.fails["chat.postMessage"] = [Refused("invalid_blocks")]
    assert await rig.ends("One.")
    (_, first), (_, second) = rig.wire.calls
    assert first["blocks"]
    assert second["blocks"] == []
    assert second["text"] == "One."


async def test_that_nobody_keeps_where_the_answer_is_doubles_nothing() -> None:
    rig = Rig()
    rig.forgets = True
    await rig.says("One ", "two.")
    assert await rig.ends("One two.")
    assert rig.wire.streamed() == "One two."
    rig = Rig()
    rig.forgets = True
    assert await rig.ends("One two.")
    assert rig.wire.methods == ["postMessage"]


async def test_steps_are_shown_with_what_they_are_about_made_harmless() -> None:
    rig = Rig()
    await rig.stream.step(Step("1", "talk.outcome.executed", {"says": "<!here> *x* " + "y" * 400}))
    (_, sent) = rig.wire.calls[0]
    (chunk,) = sent["chunks"]
    assert chunk["status"] == "in_progress"
    assert "<!" not in chunk["title"]
    assert len(chunk["title"]) <= 256


def test_an_answer_that_is_too_long_is_cut_and_says_so() -> None:
    told = markdown((Line(text=Untrusted("x" * 20_000)),), "en")
    assert len(told) <= MARKDOWN_CHARS_MAX
    assert told.endswith("(The answer is longer than Slack shows.)")


def test_what_is_cut_is_the_answer_and_never_what_was_asked_of_people() -> None:
    asks = [Line("talk.asks", {"says": f"Set {name} to High."}) for name in ("Priority", "Urgency")]
    lines = (Line("talk.cut"), Line(text=Untrusted("x" * 20_000)), *asks, Line("agent.note.left_out"))
    told = markdown(lines, "en")
    assert len(told) <= MARKDOWN_CHARS_MAX
    whole = markdown((lines[0], *lines[2:]), "en")
    assert all(sentence in told for sentence in whole.split("\n\n"))
    assert "(The answer is longer than Slack shows.)" in told
    assert told.count("x") > 10_000


def test_what_follows_a_cut_in_the_middle_of_code_is_no_code() -> None:
    lines = (Line(text=Untrusted("Look:\n```\n" + "log\n" * 5_000)), Line("talk.asks", {"says": "Set it."}))
    told = markdown(lines, "en")
    assert len(told) <= MARKDOWN_CHARS_MAX
    assert told.partition("(The answer is longer")[0].count("```") == 2


def test_sentences_that_are_too_long_by_themselves_are_cut_all_the_same() -> None:
    lines = [Line("talk.asks", {"says": "y" * 5_000})] * 4
    assert len(markdown(lines, "en")) <= MARKDOWN_CHARS_MAX
    assert len(markdown((*lines, Line(text=Untrusted("x" * 20_000))), "en")) <= MARKDOWN_CHARS_MAX


@pytest.mark.parametrize("attack", ["<!channel>", "<@U0BOB>", "<#C1>", "*bold*", "[a](https://evil.example)"])
def test_words_of_others_inside_our_sentences_are_only_words(attack: str) -> None:
    told = literal(f"before {attack}\nafter")
    assert "\n" not in told
    assert not any(live in told for live in ("<!", "<@", "<#", "](", " *bold*"))
    assert "https://evil" not in told


def test_what_people_write_is_read_without_slacks_markup() -> None:
    named = "<@U0BOT> see <https://a.example|OPS-1> &amp; <@U0BOB>, <#C1|ops> <!here>"
    told = read(f"{named} 1 &lt; 2 <mailto:a@b.c|a@b.c>", "U0BOT")
    assert told == "see OPS-1 (https://a.example) & @U0BOB, #ops @here 1 < 2 a@b.c"
    assert defused("<b>") == "<b>"


async def test_a_sentence_for_one_person_is_seen_by_one_person() -> None:
    wire = Wire()
    voice = Voice(wire, Hands(), "en")
    await voice.say(PLACE, SayLines(EffectId("e"), (Line("talk.rate"),), "fr", to=ALICE))
    ((method, sent),) = wire.calls
    assert method == "chat.postEphemeral"
    assert (sent["user"], sent["thread_ts"]) == (ALICE, "1.0")
    assert sent["text"].startswith("Cela fait beaucoup")


async def test_a_workspace_without_any_status_is_asked_once_in_ten_minutes() -> None:
    wire, clock = Wire(), Hands()
    voice = Voice(wire, clock, "en")
    for method in ("agents.sessions.setStatus", "assistant.threads.setStatus"):
        wire.fails[method] = [Refused("unknown_method"), Refused("unknown_method")]
    await voice.at_once(PLACE)
    await voice.session(PLACE, "active")
    assert len(wire.calls) == 2
    clock.passes(minutes=11)
    await voice.session(PLACE, "active")
    assert len(wire.calls) == 4


async def test_what_is_remembered_of_statuses_is_bounded() -> None:
    wire = Wire()
    voice = Voice(wire, Hands(), "en")
    places = [TalkPlace("T0", "D1", f"{number}.0") for number in range(SHOWN_MAX + 1)]
    for place in places:
        await voice.session(place, "processing")
    before = len(wire.calls)
    await voice.at_once(places[-1])
    assert len(wire.calls) == before, "that is shown since a moment"
    await voice.at_once(places[0])
    assert len(wire.calls) == before + 1, "that was forgotten, so that there is an end to it"


@pytest.mark.parametrize(
    "trouble", ["channel_not_found", "not_in_channel", "restricted_action_thread_locked", "message_not_found"]
)
async def test_one_conversation_that_cannot_be_shown_says_nothing_about_others(trouble: str) -> None:
    wire = Wire()
    voice = Voice(wire, Hands(), "en")
    wire.fails["agents.sessions.setStatus"] = [Refused(trouble)]
    await voice.session(PLACE, "active")
    await voice.session(TalkPlace("T0", "D1", "2.0"), "active")
    assert [method for method, _ in wire.calls].count("agents.sessions.setStatus") == 2
