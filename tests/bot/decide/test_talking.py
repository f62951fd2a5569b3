"""A conversation, decided: one run at a time, all that is heard meanwhile in the next, nothing left over."""

from __future__ import annotations

import pytest

from bot.core.ids import EventId, SlackUserId
from bot.core.masked import Masked
from bot.core.runs import Ending, Memory, RunResult
from bot.core.talk_bounds import EARLY_MAX, EARLY_S, WAITING_CHARS_MAX, WAITING_MAX, WORDS_CHARS_MAX
from bot.core.talks import (
    AnswerBegun,
    HaltRun,
    LookAgain,
    RunAgent,
    RunEnded,
    SayLines,
    ShowSession,
    StopPressed,
    Words,
    WordsCame,
    WordsChanged,
    WordsGone,
)
from bot.core.turns import Heard, Spoke
from bot.core.untrusted import Untrusted
from bot.decide.talk_runs import answer_lines
from tests.bot.decide.chatting import Chat
from tests.making import ALICE, BOB, REF, T0, unique


@pytest.fixture
def chat() -> Chat:
    return Chat()


def test_the_first_word_begins_a_run_and_sets_a_timer(chat: Chat) -> None:
    chat.hears("What about OPS-1?")
    assert chat.has(LookAgain, RunAgent)
    assert chat.talk.status == "processing"
    assert chat.running == ["What about OPS-1?"]


def test_what_is_said_meanwhile_is_one_next_run(chat: Chat) -> None:
    chat.hears("one")
    for text in ("two", "three"):
        chat.hears(text)
        assert chat.has()
    assert (chat.running, chat.waiting) == (["one"], ["two", "three"])
    chat.ends()
    assert (chat.running, chat.waiting) == (["two", "three"], [])
    chat.ends()
    assert chat.has(ShowSession)
    assert chat.talk.status == "active"


def test_each_person_has_their_own_run_and_memory(chat: Chat) -> None:
    chat.hears("hers")
    chat.hears("his", BOB)
    chat.hears("hers again")
    chat.ends(memory=Memory((Heard(Masked("secret of hers")),), focus=REF))
    assert chat.running == ["his"]
    assert chat.talk.memory_of(BOB) == Memory(focus=REF)
    chat.ends(memory=Memory((Heard(Masked("his")),)))
    assert chat.running == ["hers again"]
    assert "secret of hers" in str(chat.talk.memory_of(ALICE))
    assert "secret of hers" not in str(chat.talk.memory_of(BOB))


def test_the_same_event_twice_changes_nothing_more(chat: Chat) -> None:
    words = Words(ts="1", by=ALICE, text=Untrusted("one"))
    event = WordsCame(id=EventId("slack:1"), at=T0, words=words)
    chat.takes(event)
    before = chat.talk
    assert chat.takes(event).orders == ()
    assert chat.talk == before


def test_a_result_of_a_run_that_is_over_is_dropped(chat: Chat) -> None:
    chat.hears("one")
    run = chat.talk.run
    assert run is not None
    chat.ends()
    old = RunResult(Ending.ANSWERED, Memory(), Untrusted("late"))
    chat.takes(RunEnded(id=unique(), at=T0, run=run.id, result=old))
    assert chat.orders == []
    assert chat.talk.memory_of(ALICE).turns


def test_who_may_not_ask_is_told_why_and_no_run_begins(chat: Chat) -> None:
    chat.hears("hello", refused="refused.guest")
    assert chat.said() == ["refused.guest"]
    assert isinstance(chat.orders[-1], ShowSession)
    assert chat.idle
    assert not chat.talk.waiting
    assert "talk.refused" in chat.records


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_message_is_answered_with_how_to_ask(chat: Chat, text: str) -> None:
    chat.hears(text)
    assert chat.said() == ["talk.empty"]
    assert isinstance(chat.orders[-1], ShowSession)
    assert chat.idle


def test_a_long_message_is_cut_and_the_answer_says_so(chat: Chat) -> None:
    chat.hears("x" * 40_000)
    assert len(chat.running[0]) == WORDS_CHARS_MAX
    assert chat.talk.run is not None
    lines = answer_lines(chat.talk.run, RunResult(Ending.ANSWERED, Memory(), Untrusted("Well.")))
    assert [line.key for line in lines] == ["talk.cut", ""]


def test_no_more_than_so_many_messages_wait(chat: Chat) -> None:
    chat.hears("first")
    for number in range(WAITING_MAX + 1):
        chat.hears(f"m{number}")
    assert len(chat.waiting) == WAITING_MAX
    assert chat.said() == ["talk.too_many"]
    assert f"m{WAITING_MAX}" not in chat.waiting


@pytest.mark.parametrize("text", ["stop", "Stop!", "Stop\u202f!", "arrête", "arre\u0302te", "Arreter."])
def test_stop_as_a_word_is_the_button(chat: Chat, text: str) -> None:
    chat.hears("one")
    chat.hears("two")
    chat.hears(text)
    assert chat.has(HaltRun)
    assert chat.talk.run is not None
    assert chat.talk.run.stopped
    assert chat.waiting == []
    chat.ends(Ending.STOPPED, text="")
    assert chat.talk.status == "active"
    assert chat.idle


@pytest.mark.parametrize("then", ["two", "stop"])
def test_a_first_sign_that_may_come_after_the_end_it_overlaps_is_put_right(chat: Chat, then: str) -> None:
    """Slack takes what it is told at once in any order: what is told last, in its lane, is true."""
    chat.hears("one")
    chat.hears(then)
    chat.ends(shown="active")
    assert ShowSession in map(type, chat.orders)


def test_a_status_shown_anew_is_put_right_after_an_end_that_may_have_overtaken_it(chat: Chat) -> None:
    chat.hears("one")
    chat.ends(shown="active")
    assert chat.orders == [], "nothing came between"
    chat.hears("two")
    assert chat.has(RunAgent, ShowSession)
    chat.ends(shown="active")
    assert chat.has(ShowSession)


def test_an_answer_that_nobody_could_keep_the_place_of_is_found_by_its_end(chat: Chat) -> None:
    chat.hears("one", ts="1")
    chat.takes(edited("one, better", "1"))
    chat.ends(said=False, answer_ts="9.9")
    assert chat.talk.run is not None
    assert chat.talk.run.answer_ts == "9.9"


@pytest.mark.parametrize("how", ["word", "button"])
def test_stop_drops_what_its_presser_has_waiting_and_nobody_elses_question(chat: Chat, how: str) -> None:
    chat.hears("hers")
    chat.hears("his", BOB)
    chat.hears("hers too")
    if how == "word":
        chat.hears("stop")
    else:
        chat.takes(StopPressed(id=unique(), at=T0, by=ALICE))
    assert chat.waiting == ["his"]
    chat.ends(Ending.STOPPED, text="")
    assert chat.running == ["his"]


def test_words_that_arrive_after_the_stop_that_followed_them_begin_nothing(chat: Chat) -> None:
    chat.takes(StopPressed(id=unique(), at=T0, by=ALICE, ts="1700000010.000200"))
    chat.hears("sent before", ts="1700000010.000100")
    assert chat.idle
    assert isinstance(chat.orders[-1], ShowSession)
    chat.hears("his, sent before", BOB, ts="1700000009.000100")
    assert chat.running == ["his, sent before"]
    chat.hears("sent after", ts="1700000010.000300")
    assert chat.waiting == ["sent after"]


def test_a_stop_that_does_not_say_when_ends_what_runs_and_nothing_more(chat: Chat) -> None:
    chat.takes(StopPressed(id=unique(), at=T0, by=ALICE))
    chat.hears("one", ts="1700000010.000100")
    assert chat.running == ["one"]


def test_several_messages_are_read_in_the_order_they_were_written(chat: Chat) -> None:
    chat.hears("zero", ts="999.000001")
    for text, ts in (("no, to low", "1000.000010"), ("set it to high", "1000.000002"), ("OPS-1:", "999.9")):
        chat.hears(text, ts=ts)
    chat.ends()
    assert chat.running == ["OPS-1:", "set it to high", "no, to low"]


def test_stop_when_nothing_runs_clears_the_status(chat: Chat) -> None:
    chat.takes(StopPressed(id=unique(), at=T0, by=ALICE))
    assert chat.has(ShowSession)


def test_stop_as_a_word_gets_an_answer_where_nothing_runs(chat: Chat) -> None:
    words = Words(ts="1", by=ALICE, text=Untrusted("annule"), language="fr")
    chat.takes(WordsCame(id=unique(), at=T0, words=words, direct=True))
    assert chat.said() == ["talk.idle"]
    assert [each.language for each in chat.orders if isinstance(each, SayLines)] == ["fr"]
    assert isinstance(chat.orders[-1], ShowSession)


def test_a_stopped_run_says_so(chat: Chat) -> None:
    chat.hears("one")
    chat.ends(Ending.STOPPED, said=False, text="")
    assert chat.said() == ["talk.ended.stopped"]


# -- edits and deletions -----------------------------------------------------------------------------------


def changed(text: str, ts: str, by: SlackUserId = ALICE) -> WordsChanged:
    return WordsChanged(id=unique(), at=T0, words=Words(ts=ts, by=by, text=Untrusted(text)))


def test_an_edit_of_what_waits_is_what_gets_answered(chat: Chat) -> None:
    chat.hears("first")
    chat.hears("old", ts="2")
    chat.takes(changed("new", "2"))
    assert chat.waiting == ["new"]
    assert chat.orders == []


def test_an_edit_of_what_is_being_answered_begins_anew_in_the_same_message(chat: Chat) -> None:
    chat.hears("old", ts="1")
    run = chat.talk.run
    assert run is not None
    chat.takes(AnswerBegun(id=unique(), at=T0, run=run.id, ts="9.9"))
    chat.takes(changed("new", "1"))
    assert chat.has(HaltRun)
    chat.ends(Ending.STOPPED, said=False, text="half of the old answer")
    assert chat.said() == []
    assert chat.running == ["new"]
    assert chat.talk.run is not None
    assert (chat.talk.run.answer_ts, chat.talk.run.stopped) == ("9.9", False)
    assert chat.talk.run.id != run.id


def edited(text: str, ts: str, by: SlackUserId = ALICE) -> WordsChanged:
    return WordsChanged(id=unique(), at=T0, words=Words(ts=ts, by=by, text=Untrusted(text)))


def test_an_edit_that_overtakes_its_message_is_what_gets_answered(chat: Chat) -> None:
    """Slack sends again what was not taken: the first version may arrive minutes after the second."""
    ts = f"{T0.timestamp() - 300:.6f}"
    chat.takes(edited("about OPS-2", ts))
    chat.takes(edited("about OPS-3", ts, BOB))
    assert chat.idle
    chat.hears("about OPS-1", ts=ts)
    assert chat.running == ["about OPS-2"]
    assert {words.by for words in chat.talk.early} == {BOB}


def test_an_edit_of_what_will_not_come_any_more_is_not_kept(chat: Chat) -> None:
    chat.takes(edited("long ago", f"{T0.timestamp() - 2 * EARLY_S:.6f}"))
    assert chat.talk.early == ()
    ts = f"{T0.timestamp():.6f}"
    chat.takes(edited("in time", ts))
    chat.takes(WordsGone(id=unique(), at=T0, ts=ts, by=ALICE))
    chat.hears("and gone", ts=ts)
    assert chat.idle
    for number in range(30):
        chat.takes(edited("again", f"{T0.timestamp() + number:.6f}"))
    assert len(chat.talk.early) == EARLY_MAX


def test_an_edit_of_what_was_answered_leaves_the_answer(chat: Chat) -> None:
    chat.hears("old", ts="1")
    chat.ends()
    chat.takes(changed("new", "1"))
    assert chat.said() == ["talk.stands"]
    assert chat.idle


def test_nobody_edits_the_words_of_another(chat: Chat) -> None:
    chat.hears("first")
    chat.hears("hers", ts="2")
    chat.takes(changed("his", "2", BOB))
    assert chat.waiting == ["hers"]


def test_deleted_before_it_is_answered_is_never_answered(chat: Chat) -> None:
    chat.hears("one", ts="1")
    chat.hears("two", ts="2")
    chat.takes(WordsGone(id=unique(), at=T0, ts="2", by=ALICE))
    assert chat.waiting == []
    chat.takes(WordsGone(id=unique(), at=T0, ts="1", by=ALICE))
    assert chat.has(HaltRun)
    assert chat.running == []
    chat.ends(said=False, text="an answer nobody asked for", memory=Memory((Heard(Masked("one")),)))
    assert chat.said() == []
    assert chat.talk.memories == {}
    assert chat.talk.status == "active"


def test_one_of_two_deleted_leaves_the_other_to_be_answered(chat: Chat) -> None:
    chat.hears("zero")
    chat.hears("one", ts="1")
    chat.hears("two", ts="2")
    chat.ends()
    chat.takes(WordsGone(id=unique(), at=T0, ts="1", by=ALICE))
    chat.ends(Ending.STOPPED, said=False)
    assert chat.running == ["two"]


def test_deleted_after_it_was_answered_is_forgotten_with_all_that_was_said(chat: Chat) -> None:
    chat.hears("one", ts="1")
    chat.ends()
    chat.takes(WordsGone(id=unique(), at=T0, ts="1", by=ALICE))
    assert chat.talk.memories == {}
    assert "talk.forgotten" in chat.records


def test_deleted_after_it_was_answered_leaves_what_was_said_before(chat: Chat) -> None:
    first, second = (Heard(Masked("one"), "1", REF), Spoke("a")), (Heard(Masked("two"), "2"), Spoke("b"))
    chat.hears("one", ts="1", direct=True)
    chat.ends(memory=Memory(first, focus=REF))
    chat.hears("two", ts="2", direct=True)
    chat.ends(memory=Memory((*first, *second)))
    for ts in ("2", "2"):  # and once more changes nothing more
        chat.takes(WordsGone(id=unique(), at=T0, ts=ts, by=ALICE))
        assert chat.talk.memory_of(ALICE).turns == first
        assert chat.talk.memory_of(ALICE).focus == chat.talk.focus == REF
    assert "talk.forgotten" in chat.records


def test_deleted_before_it_arrives_is_never_answered(chat: Chat) -> None:
    chat.takes(WordsGone(id=unique(), at=T0, ts="5", by=ALICE))
    chat.hears("too late", ts="5")
    assert chat.idle
    assert isinstance(chat.orders[-1], ShowSession)
    chat.hears("another", ts="6")
    assert chat.running == ["another"]


def test_what_is_deleted_while_the_next_answer_is_made_does_not_come_back_with_it(chat: Chat) -> None:
    """The run under way was given what is deleted now: it begins anew without, and keeps nothing of it."""
    chat.hears("my secret", ts="1")
    chat.ends(memory=Memory((Heard(Masked("my secret")), Spoke("a")), focus=REF))
    chat.hears("and now?", ts="2")
    chat.takes(WordsGone(id=unique(), at=T0, ts="1", by=ALICE))
    assert isinstance(chat.orders[0], HaltRun)
    assert chat.talk.memories == {}
    chat.ends(Ending.STOPPED, said=False, text="", memory=Memory((Heard(Masked("my secret")),)))
    assert chat.said() == []
    assert "my secret" not in str(chat.talk)
    assert chat.running == ["and now?"]
    chat.ends(memory=Memory((Heard(Masked("and now?")), Spoke("b"))))
    assert "and now?" in str(chat.talk.memory_of(ALICE))


def test_nor_when_that_answer_is_stopped_as_well(chat: Chat) -> None:
    chat.hears("my secret", ts="1")
    chat.ends()
    chat.hears("and now?", ts="2")
    chat.takes(WordsGone(id=unique(), at=T0, ts="1", by=ALICE))
    chat.takes(StopPressed(id=unique(), at=T0, by=ALICE))
    chat.ends(Ending.STOPPED, said=False, text="", memory=Memory((Heard(Masked("my secret")),)))
    assert chat.said() == ["talk.ended.stopped"]
    assert chat.talk.memories == {}
    assert chat.idle


def test_what_another_person_deletes_leaves_an_answer_alone(chat: Chat) -> None:
    chat.hears("his", BOB, ts="1")
    chat.ends()
    chat.hears("hers", ts="2")
    chat.takes(WordsGone(id=unique(), at=T0, ts="1", by=BOB))
    assert chat.orders == []
    chat.ends()
    assert chat.talk.memory_of(ALICE).turns


def test_edits_do_not_make_more_wait_than_may(chat: Chat) -> None:
    chat.hears("go")
    for number in range(20):
        chat.hears("short", ts=f"1.{number}")
    for number in range(20):
        edited = Words(ts=f"1.{number}", by=ALICE, text=Untrusted("y" * WORDS_CHARS_MAX))
        chat.takes(WordsChanged(id=unique(), at=T0, words=edited))
    assert sum(map(len, chat.waiting)) <= WAITING_CHARS_MAX
    assert len(chat.waiting) == 20
    assert chat.talk.waiting[5].cut
