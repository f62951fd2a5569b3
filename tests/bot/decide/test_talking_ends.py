"""How runs of a conversation end, what becomes of proposals, and what is forgotten when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.dossier import Status
from bot.core.ids import EffectId, ProposalId
from bot.core.judgement import Usage
from bot.core.masked import Masked
from bot.core.memories import LET_GO, MEMORY_CHARS_MAX, TURNS_MAX, bounded
from bot.core.runs import Ending, Kept, Memory
from bot.core.talk_bounds import PEOPLE_MAX
from bot.core.talks import (
    AskPeople,
    FellQuiet,
    LookAgain,
    PointTo,
    ProposalEnded,
    Redirected,
    RunAgent,
    RunLost,
    SayLines,
    ShowSession,
    TalkPlace,
    Words,
    WordsCame,
    place_of,
)
from bot.core.turns import Call, Heard, Result, Returned, Spoke, Turn
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from bot.decide.talk_draft import TalkRules
from bot.decide.talking import ASKED_KEPT, RUN_KEPT
from bot.slack.talk_words import markdown
from tests.bot.decide.chatting import LANE, Chat
from tests.making import ALICE, BOB, LOW, REF, T0, proposal, set_fields, snapshot, unique


@pytest.fixture
def chat() -> Chat:
    return Chat()


# -- proposals ---------------------------------------------------------------------------------------------


def settled(ident: ProposalId, status: str, why: str = "") -> ProposalEnded:
    return ProposalEnded(id=unique(), at=T0, proposal=ident, status=status, says="Set it to high.", why=why)


def test_a_run_that_asks_ends_and_the_session_is_suspended(chat: Chat) -> None:
    chat.hears("set it to high")
    ident = chat.asks()
    assert chat.has(AskPeople, ShowSession)
    assert chat.talk.status == "suspended"
    assert chat.idle
    chat.takes(settled(ident, "executed"))
    assert chat.said() == ["talk.outcome.executed"]
    assert chat.talk.status == "active"


def test_while_the_card_is_up_nothing_is_over(chat: Chat) -> None:
    chat.hears("set it to high")
    ident = chat.asks()
    chat.takes(settled(ident, "pending"))
    assert chat.said() == ["talk.outcome.pending"]
    assert chat.talk.status == "suspended"


def test_a_rejection_comes_back_with_its_reason(chat: Chat) -> None:
    chat.hears("set it to high")
    chat.takes(settled(chat.asks(), "rejected", "not before noon"))
    assert chat.said() == ["talk.outcome.rejected.why"]


def test_the_next_run_hears_what_became_of_it(chat: Chat) -> None:
    chat.hears("set it to high")
    ident = chat.asks()
    chat.takes(settled(ident, "rejected", "no"))
    assert chat.idle
    chat.hears("and now?")
    assert chat.talk.run is not None
    assert [(each.proposal, each.status) for each in chat.talk.run.settled] == [(ident, "rejected")]


def test_with_a_model_a_run_follows_once_all_is_settled() -> None:
    chat = Chat(TalkRules(resumes=True))
    chat.hears("set it to high")
    ident = chat.asks()
    chat.takes(settled(ident, "executed"))
    assert chat.has(SayLines, RunAgent, ShowSession)
    assert chat.running == []
    chat.ends()
    assert chat.talk.status == "active"
    assert chat.idle


def test_no_run_follows_while_another_of_the_persons_changes_waits() -> None:
    chat = Chat(TalkRules(resumes=True))
    chat.hears("set it to high")
    first = chat.asks()
    chat.hears("and then to low")
    wanted = replace(proposal(by=ALICE, action=set_fields(priority=LOW)), talk=LANE, id=ProposalId("p2"))
    chat.takes(settled(first, "executed"))
    chat.ends(Ending.ASKED, proposals=(wanted,), snapshot=snapshot())
    assert chat.idle
    assert chat.talk.status == "suspended"
    chat.takes(settled(wanted.id, "executed"))
    assert chat.talk.run is not None
    assert [each.proposal for each in chat.talk.run.settled] == [first, wanted.id]


def test_before_others_the_desks_language_is_spoken_and_alone_the_persons(chat: Chat) -> None:
    french = Words(ts="1", by=ALICE, text=Untrusted("bonjour"), language="fr")
    for direct, spoken in ((False, "en"), (True, "fr")):
        chat.takes(WordsCame(id=unique(), at=T0, words=french, direct=direct))
        assert chat.talk.run is not None
        assert chat.talk.run.language == spoken
        chat.ends()
    chat.takes(WordsCame(id=unique(), at=T0, words=french, refused="refused.guest"))
    assert [each.language for each in chat.orders if isinstance(each, SayLines)] == ["fr"]


@pytest.mark.parametrize(
    "wrong", [{"by": BOB}, {"talk": "talk:T0:C2:1.0"}, {"talk": ""}], ids=["person", "thread", "nowhere"]
)
def test_proposals_that_are_not_this_persons_from_here_go_nowhere(chat: Chat, wrong: dict[str, Any]) -> None:
    chat.hears("set it to high")
    bad = replace(proposal(by=ALICE), **{"talk": LANE, **wrong})
    chat.ends(Ending.ASKED, proposals=(bad,), snapshot=snapshot())
    assert not any(isinstance(each, AskPeople) for each in chat.orders)
    assert chat.talk.asked == ()
    assert "talk.refused" in chat.records


def test_proposals_on_another_ticket_than_was_read_go_nowhere(chat: Chat) -> None:
    chat.hears("set it to high")
    good = replace(proposal(by=ALICE), talk=LANE)
    other = replace(good.action, target=replace(REF, id="999"))
    chat.ends(Ending.ASKED, proposals=(replace(good, action=other),), snapshot=snapshot())
    assert not any(isinstance(each, AskPeople) for each in chat.orders)


@pytest.mark.parametrize("ending", [Ending.STOPPED, Ending.ALARMED, Ending.UNUSABLE, Ending.ANSWERED])
def test_only_a_run_that_ended_by_asking_asks(chat: Chat, ending: Ending) -> None:
    chat.hears("set it to high")
    good = replace(proposal(by=ALICE), talk=LANE)
    chat.ends(ending, proposals=(good,), snapshot=snapshot())
    assert not any(isinstance(each, AskPeople) for each in chat.orders)


# -- endings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", list(Ending))
def test_every_ending_says_something(chat: Chat, ending: Ending) -> None:
    chat.hears("one")
    chat.ends(ending, said=False, text="")
    assert chat.said()
    assert isinstance(chat.orders[-1], ShowSession)


def test_nothing_of_an_alarmed_answer_is_said(chat: Chat) -> None:
    chat.hears("one")
    chat.ends(Ending.ALARMED, said=False, text="pwned")
    assert "pwned" not in str(
        [line.text.raw for o in chat.orders if isinstance(o, SayLines) for line in o.lines]
    )
    assert chat.said() == ["talk.ended.alarmed"]


def test_a_run_that_was_given_up_ends_in_a_sentence(chat: Chat) -> None:
    chat.hears("one")
    chat.ends()
    chat.hears("two")
    assert chat.talk.run is not None
    chat.takes(RunLost(id=unique(), at=T0, run=chat.talk.run.id))
    assert chat.said() == ["talk.ended.away"]
    assert chat.idle
    assert chat.talk.memory_of(ALICE).turns


def test_figures_go_to_the_audit_and_words_do_not(chat: Chat) -> None:
    chat.hears("my secret words")
    done = chat.ends(text="secret answer", calls=("read_ticket",), usage=Usage("m", 10, 5))
    told = str(done.records)
    assert "read_ticket" in told
    assert "secret" not in told


# -- forgetting --------------------------------------------------------------------------------------------


def test_a_quiet_conversation_is_forgotten(chat: Chat) -> None:
    chat.hears("one")
    chat.ends()
    chat.takes(FellQuiet(id=unique(), at=T0 + timedelta(hours=7)))
    assert chat.has(LookAgain)
    assert chat.talk.memories
    chat.takes(FellQuiet(id=unique(), at=T0 + timedelta(hours=8)))
    assert chat.orders == []
    assert (chat.talk.memories, chat.talk.focus, chat.talk.handled) == ({}, None, ())
    chat.hears("again")
    assert isinstance(chat.orders[0], LookAgain)


def test_a_conversation_that_waits_for_people_forgets_the_words_and_not_that_it_waits(chat: Chat) -> None:
    """Else its end comes to a conversation that knows of nothing, and Slack shows for ever that it waits."""
    french = Words(ts="1", by=ALICE, text=Untrusted("mets OPS-1 en haute"), language="fr")
    chat.takes(WordsCame(id=unique(), at=T0, words=french, direct=True))
    ident = chat.asks()
    for hours in range(8, 80, 8):
        chat.takes(FellQuiet(id=unique(), at=T0 + timedelta(hours=hours)))
        (again,) = chat.orders
        assert isinstance(again, LookAgain)
        kept_until = T0 + timedelta(hours=hours, seconds=chat.rules.remember_s + 3600)
        assert T0 + timedelta(hours=hours) < again.at < kept_until
        assert (chat.talk.memories, chat.talk.focus, chat.talk.handled) == ({}, None, ())
        assert chat.talk.status == "suspended"
    assert chat.records.count("talk.forgotten") == 1
    chat.takes(settled(ident, "executed"))
    assert chat.said() == ["talk.outcome.executed"]
    assert [each.language for each in chat.orders if isinstance(each, SayLines)] == ["fr"]
    assert isinstance(chat.orders[-1], ShowSession)
    assert chat.talk.status == "active"


def test_what_is_settled_after_all_was_forgotten_begins_no_run() -> None:
    chat = Chat(TalkRules(resumes=True))
    chat.hears("set it to high")
    ident = chat.asks()
    chat.takes(FellQuiet(id=unique(), at=T0 + timedelta(hours=9)))
    chat.takes(settled(ident, "executed"))
    assert chat.has(SayLines, ShowSession)
    assert chat.idle


def test_a_conversation_whose_proposal_never_ends_is_given_up_on(chat: Chat) -> None:
    chat.hears("set it to high")
    chat.asks()
    chat.takes(FellQuiet(id=unique(), at=T0 + ASKED_KEPT))
    assert chat.has(ShowSession)
    assert chat.talk.status == "active"
    assert not chat.talk.watched


def test_an_end_that_nobody_here_waits_for_is_said_and_leaves_the_status_right(chat: Chat) -> None:
    chat.takes(settled(ProposalId("p9"), "executed"))
    assert chat.said() == ["talk.outcome.executed"]
    assert isinstance(chat.orders[-1], ShowSession)
    assert chat.talk.status == "active"


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_of_a_proposal_has_words_in_every_language(
    chat: Chat, status: Status, language: str
) -> None:
    chat.takes(settled(ProposalId("p9"), status.value, "because"))
    lines = [line for each in chat.orders if isinstance(each, SayLines) for line in each.lines]
    assert {"en": "Set it to high", "fr": "Mettre it à high"}[language] in markdown(lines, language)


def test_a_timer_waits_for_a_run(chat: Chat) -> None:
    late = T0 + timedelta(hours=9)
    chat.hears("one")
    chat.ends()
    chat.at = late - timedelta(minutes=5)
    chat.hears("two")
    chat.talk = replace(chat.talk, last_at=T0)
    chat.takes(FellQuiet(id=unique(), at=late))
    (again,) = chat.orders
    assert isinstance(again, LookAgain)
    assert again.at > late
    assert chat.talk.run is not None


def test_a_run_that_never_ended_is_lost_in_the_end(chat: Chat) -> None:
    """Else its thread would wait for ever, and be looked at every five minutes."""
    chat.hears("one")
    chat.hears("two")
    late = T0 + RUN_KEPT
    chat.takes(FellQuiet(id=unique(), at=late - timedelta(seconds=1)))
    assert chat.talk.run is not None
    chat.takes(FellQuiet(id=unique(), at=late))
    assert chat.said() == ["talk.ended.away"]
    assert chat.running == ["two"]
    assert any(isinstance(each, LookAgain) for each in chat.orders)
    chat.at = late
    chat.ends()
    assert chat.talk.status == "active"


def test_of_whom_it_waits_for_nothing_but_the_id_is_left_after_the_words_are_forgotten(chat: Chat) -> None:
    words = Words(ts="1", by=ALICE, name=Untrusted("Alice Liddell"), text=Untrusted("set it to high"))
    chat.takes(WordsCame(id=unique(), at=T0, words=words))
    chat.asks()
    chat.takes(FellQuiet(id=unique(), at=T0 + timedelta(hours=9)))
    assert chat.talk.asked
    assert "Liddell" not in str(chat.talk)


def test_a_thread_of_five_hundred_messages_stays_within_its_bounds() -> None:
    memory = Memory()
    for number in range(500):
        turns: tuple[Turn, ...] = (
            Heard(Masked(f"question {number} " + "x" * 400)),
            Spoke("", (Call(f"c{number}", "read_ticket", {"key": "OPS-1"}),)),
            Returned((Result(f"c{number}", Masked("y" * 300)),)),
            Spoke(f"answer {number}"),
        )
        memory = bounded(replace(memory, turns=(*memory.turns, *turns)))
        assert isinstance(memory.turns[0], Heard)
    assert len(memory.turns) <= TURNS_MAX
    assert sum(len(repr(turn)) for turn in memory.turns) <= MEMORY_CHARS_MAX
    assert "answer 499" in str(memory.turns[-1])


def test_of_one_exchange_with_too_much_read_for_it_the_question_is_remembered() -> None:
    """Else "set it to high" after a long log would be about nothing at all."""
    asked = (Heard(Masked("OPS-1 fails since noon")), Heard(Masked("what do the logs say?")))
    long = Masked("y" * MEMORY_CHARS_MAX)
    turns: tuple[Turn, ...] = (
        Heard(Masked("hello")),
        Spoke("Hello."),
        *asked,
        Spoke("", (Call("c", "logs_search", {"query": "vpn"}),)),
        Returned((Result("c", long),)),
        Spoke("The certificate ran out."),
    )
    memory = bounded(Memory(turns, focus=REF))
    assert memory.turns == (*asked, Spoke(LET_GO))
    assert bounded(memory) == memory


def test_one_exchange_that_is_too_long_by_itself_is_dropped_whole() -> None:
    memory = Memory((Heard(Masked("x" * MEMORY_CHARS_MAX)), Spoke("a")), Kept({"[a]": "b"}))
    assert bounded(memory).turns == ()


def test_so_many_people_are_remembered(chat: Chat) -> None:
    for number in range(PEOPLE_MAX + 1):
        chat.hears("hello", f"U{number}")
        chat.ends()
    assert len(chat.talk.memories) == PEOPLE_MAX
    assert "U0" not in chat.talk.memories


def test_a_conversation_that_belongs_elsewhere_takes_its_words_along(chat: Chat) -> None:
    chat.hears("OPS-1?")
    chat.hears("please")
    assert chat.talk.run is not None
    chat.takes(Redirected(id=unique(), at=T0, run=chat.talk.run.id, to="talk:T0:C1:0.5"))
    (point, _) = chat.orders
    assert isinstance(point, PointTo)
    assert [words.text.raw for words in point.words] == ["OPS-1?", "please"]
    assert chat.idle
    assert not chat.talk.waiting


def test_a_lane_says_where_it_is() -> None:
    assert place_of(LANE) == TalkPlace("T0", "C1", "1.0")


def test_ids_of_orders_derive_from_the_event(chat: Chat) -> None:
    chat.hears("one")
    assert all(each.id == EffectId(each.id) and "#" in each.id for each in chat.orders)


def test_a_status_that_came_with_the_answer_is_not_shown_twice(chat: Chat) -> None:
    chat.hears("one")
    chat.ends(shown="active")
    assert chat.has()
    chat.hears("two")
    chat.hears("three")
    chat.ends(shown="active")
    assert chat.has(RunAgent, ShowSession)
    chat.ends(shown="suspended")
    assert chat.has(ShowSession)
