"""A person asks for a change in words: a card for each, and nothing without a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue

from approvals.policy import Match, Rule
from bot.core.actions import Action, Proposal, Risk
from bot.core.creation import new_ref
from bot.core.dossier import HEARERS_MAX, Dossier, Status
from bot.core.effects import Effect, Execute, ShowCard, TellTalk
from bot.core.events import Answer
from bot.core.ids import ActionName, ProposalId, SlackUserId
from bot.core.modes import Mode
from bot.core.requests import Requested
from bot.core.tickets import TicketRef
from bot.decide import Transition, decide
from tests.making import (
    ALICE,
    BOB,
    MANAGERS,
    NOTE,
    REF,
    T0,
    Play,
    answered,
    person,
    proposal,
    rulebook,
    snapshot,
    unique,
)

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


OTHER = ProposalId("p" + "7" * 31)


def told(effects: Sequence[Effect]) -> list[tuple[str, str, str]]:
    """Which conversation hears what of which proposal, by the name it knows it under."""
    return [(e.talk, e.asked_as or e.proposal, e.status) for e in effects if isinstance(e, TellTalk)]


@pytest.mark.parametrize("first", ["", TALK, "talk:T0:C9:7.0"], ids=["a skill", "itself", "another thread"])
def test_a_card_that_waits_already_is_joined_and_whoever_asked_hears_its_end(first: str) -> None:
    """Else a conversation that asked for the same waits for ever, and Slack shows that it does."""
    asked_first = replace(wish(), talk=first)
    again = replace(wish(), id=OTHER)
    done = asked(again, dossier=asked(asked_first).dossier)
    [only] = done.dossier.tracked.values()
    assert only.proposal.id == asked_first.id
    assert told(done.effects) == [(TALK, OTHER, "pending")]
    play = Play(rulebook(), done.dossier)
    play.happens(answered(asked_first, person(BOB, groups=[MANAGERS]), Answer.REJECT))
    heard = told(play.ordered(TellTalk))
    assert (TALK, OTHER, "rejected") in heard
    assert len(heard) == (2 if first else 1)


def test_asking_often_for_the_same_does_not_make_a_ticket_grow() -> None:
    done = asked(wish())
    for number in range(HEARERS_MAX + 5):
        again = replace(wish(), id=ProposalId(f"p{number}"))
        done = asked(again, dossier=done.dossier)
    [only] = done.dossier.tracked.values()
    assert len(only.hearers) == HEARERS_MAX
    assert told(done.effects) == [(TALK, f"p{HEARERS_MAX + 4}", "cancelled")]


def together(*proposals: Proposal, by: str = "skill:similar", **more: Any) -> Requested:
    return Requested(
        id=unique(),
        at=T0,
        by=SlackUserId(by),
        snapshot=snapshot(),
        proposals=proposals,
        note_action=NOTE,
        together=True,
        **more,
    )


def links(count: int) -> list[Proposal]:
    return [
        replace(
            proposal(number=number, by="skill:similar"),
            action=Action(ActionName("jira.link"), REF, {"others": [f"OPS-{number}"]}, Risk.IRREVERSIBLE),
        )
        for number in range(count)
    ]


def test_what_belongs_together_shares_one_card_and_is_decided_one_by_one() -> None:
    wanted = links(3)
    done = decide(Dossier(REF), together(*wanted), rulebook())
    assert {each.card_of for each in done.dossier.tracked.values()} == {wanted[0].id}
    assert [each.proposal for each in done.effects if isinstance(each, ShowCard)] == [wanted[0].id]
    play = Play(rulebook(), done.dossier)
    play.happens(answered(wanted[1], person(BOB, groups=[MANAGERS])))
    assert [play.status(each) for each in wanted] == [Status.PENDING, Status.APPROVED, Status.PENDING]


@pytest.mark.parametrize("mode", [Mode.APPROVE, Mode.AUTO])
def test_what_a_skill_asks_for_together_is_never_carried_out_unasked(mode: Mode) -> None:
    book = replace(
        rulebook(mode=mode), rules=(Rule(name="all", match=Match(action="*"), allow=True), *rulebook().rules)
    )
    done = decide(Dossier(REF), together(*links(2)), book)
    assert not any(isinstance(each, Execute) for each in done.effects)
    assert {each.status for each in done.dossier.tracked.values()} == {Status.PENDING}


def test_of_what_belongs_together_only_what_still_has_to_be_asked_is_on_the_card() -> None:
    first, second, third = links(3)
    waiting = decide(Dossier(REF), together(first), rulebook()).dossier
    again = replace(first, id=ProposalId("p" + "8" * 31))
    done = decide(waiting, together(again, second, third), rulebook())
    assert again.id not in done.dossier.tracked
    assert done.dossier.tracked[first.id].card_of == first.id
    assert {done.dossier.tracked[each.id].card_of for each in (second, third)} == {second.id}


def test_the_same_request_twice_is_one() -> None:
    event = together(*links(2))
    once = decide(Dossier(REF), event, rulebook())
    assert decide(once.dossier, event, rulebook()).effects == ()


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
