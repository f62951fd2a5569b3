"""A person asks for a change in words: a card for each, and nothing without a click."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from approvals.policy import Match, Rule
from bot.core.actions import Action, Proposal, Risk
from bot.core.creation import new_ref
from bot.core.dossier import Dossier, Status
from bot.core.effects import Execute, ShowCard, TellTalk
from bot.core.ids import ActionName
from bot.core.modes import Mode
from bot.core.requests import Requested
from bot.core.tickets import TicketRef
from bot.decide import Transition, decide
from tests.making import ALICE, NOTE, REF, T0, Play, proposal, rulebook, snapshot, unique

TALK = "talk:D0ALICE:1.0"


def asked(
    *proposals: Proposal,
    dossier: Dossier | None = None,
    allow: bool = False,
    mode: Mode = Mode.APPROVE,
    exact: bool = False,
) -> Transition:
    event = Requested(
        id=unique(),
        at=T0,
        by=ALICE,
        snapshot=snapshot(),
        proposals=proposals,
        note_action=NOTE,
        exact=exact,
    )
    book = rulebook(mode=mode)
    if allow:
        book = replace(book, rules=(Rule(name="all", match=Match(action="*"), allow=True),))
    return decide(dossier or Dossier(REF), event, book)


def wish() -> Proposal:
    return replace(proposal(), by=str(ALICE), talk=TALK)


def test_what_a_person_asks_for_is_put_on_a_card() -> None:
    done = asked(wish())
    assert [each.status for each in done.dossier.tracked.values()] == [Status.PENDING]
    assert any(isinstance(each, ShowCard) for each in done.effects)


def test_it_is_never_carried_out_unasked_even_where_a_rule_allows_it() -> None:
    done = asked(wish(), allow=True)
    assert not any(isinstance(each, Execute) for each in done.effects)
    assert [each.status for each in done.dossier.tracked.values()] == [Status.DENIED]


def test_the_conversation_hears_at_once_that_the_policy_denies_it() -> None:
    told = [each for each in asked(wish(), allow=True).effects if isinstance(each, TellTalk)]
    assert [(each.talk, each.status) for each in told] == [(TALK, "denied")]


NEW = new_ref("jira", "OPS", T0, "V1")


def to_be_made() -> Proposal:
    args: dict[str, JsonValue] = {"type": {"id": "1", "label": "Incident"}, "summary": "Printer is out"}
    made = Action(ActionName("jira.create"), NEW, args, Risk.IRREVERSIBLE)
    return replace(wish(), action=made)


def test_a_ticket_that_a_form_made_exactly_so_needs_no_second_click_where_a_rule_allows_it() -> None:
    done = asked(to_be_made(), dossier=Dossier(NEW), allow=True, exact=True)
    assert [type(each).__name__ for each in done.effects if isinstance(each, Execute | ShowCard)] == [
        "Execute"
    ]


def test_where_a_rule_asks_the_form_is_put_on_a_card_all_the_same() -> None:
    done = asked(to_be_made(), dossier=Dossier(NEW), exact=True)
    assert [each.status for each in done.dossier.tracked.values()] == [Status.PENDING]


def test_where_no_rule_speaks_of_it_the_asker_hears_that_it_is_denied() -> None:
    event = Requested(
        id=unique(),
        at=T0,
        by=ALICE,
        snapshot=snapshot(),
        proposals=(to_be_made(),),
        note_action=NOTE,
        exact=True,
    )
    done = decide(Dossier(NEW), event, replace(rulebook(), rules=()))
    assert [each.status for each in done.effects if isinstance(each, TellTalk)] == ["denied"]


def test_words_that_ask_for_a_ticket_are_no_form() -> None:
    done = asked(to_be_made(), dossier=Dossier(NEW), allow=True)
    assert not any(isinstance(each, Execute) for each in done.effects)


def test_a_form_never_stands_for_the_click_on_a_change_of_a_ticket_that_exists() -> None:
    done = asked(wish(), allow=True, exact=True)
    assert not any(isinstance(each, Execute) for each in done.effects)


def test_nothing_is_made_while_the_bot_is_off() -> None:
    done = asked(to_be_made(), dossier=Dossier(NEW), allow=True, exact=True, mode=Mode.OFF)
    assert not any(isinstance(each, Execute) for each in done.effects)


def test_a_card_that_waits_already_is_joined_and_not_doubled() -> None:
    first = asked(replace(wish(), talk=""))
    other = replace(wish(), id=type(wish().id)("p" + "7" * 31))
    done = asked(other, dossier=first.dossier)
    [only] = done.dossier.tracked.values()
    assert only.proposal.talk == TALK
    assert [each.status for each in done.effects if isinstance(each, TellTalk)] == ["pending"]


def test_somebody_elses_ticket_somebody_elses_name_and_somebodys_comment_are_not_to_be_had() -> None:
    elsewhere = replace(wish(), action=replace(wish().action, target=TicketRef("jira", "1")))
    forged = replace(wish(), by="U0BOB")
    args: dict[str, Any] = {"lines": [{"kind": "text", "text": "x"}], "replaces": "c1"}
    over = replace(wish(), action=Action(NOTE, REF, args, Risk.NOTE))
    done = asked(elsewhere, forged, over)
    assert not done.dossier.tracked
    assert not done.effects
    assert [each.what for each in done.records].count("proposal.withheld") == 3


def test_where_the_bot_is_off_nothing_is_asked_and_the_conversation_hears_why() -> None:
    done = asked(wish(), mode=Mode.OFF)
    assert not done.dossier.tracked
    [told] = [each for each in done.effects if isinstance(each, TellTalk)]
    assert told.status == "denied"
    assert "switched off" in told.why


def test_a_note_a_person_asks_for_is_left_at_once_and_is_not_the_bots_own() -> None:
    args: dict[str, Any] = {"lines": [{"kind": "text", "text": "handed over"}]}
    note = replace(wish(), action=Action(NOTE, REF, args, Risk.NOTE))
    done = asked(note)
    assert [type(each) for each in done.effects] == [Execute]
    play = Play(rulebook(), done.dossier)
    play.executes(play.of(note), comment="n7")
    assert play.status(note) is Status.EXECUTED
    assert play.dossier.note.comment == "", "the bot would edit it as its own"
    assert [each.status for each in play.ordered(TellTalk) if isinstance(each, TellTalk)] == ["executed"]
