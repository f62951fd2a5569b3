"""What becomes of a skill's report: allowed, asked, denied, withheld, or too late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.policy import Match, Rule
from bot.core.actions import Action, Risk
from bot.core.dossier import Status
from bot.core.effects import Execute, ShowCard, Wake
from bot.core.events import Answer, Expired
from bot.core.modes import Mode
from bot.core.tickets import TicketRef
from bot.decide.considering import TRACKED_MAX
from tests.making import (
    NOTE,
    Play,
    after,
    answered,
    asked,
    asking,
    comment,
    finished,
    proposal,
    read,
    reply,
    rulebook,
    set_fields,
    snapshot,
    ticket,
)


def test_what_is_asked_gets_a_card_and_a_time_to_end() -> None:
    play = Play(rulebook(Rule(name="approvals[0]", match=Match(), ask=asking("U0ALICE", hours=2))))
    what = proposal()
    step = play.happens(read(), finished(what))
    tracked = play.of(what)
    assert (tracked.status, tracked.rule) == (Status.PENDING, "approvals[0]")
    assert tracked.expires_at == after(120)
    timers = [e.event for e in step.effects if isinstance(e, Wake)]
    assert next((t.at, t.proposal) for t in timers if isinstance(t, Expired)) == (after(120), what.id)
    assert any(isinstance(e, ShowCard) and e.proposal == what.id for e in step.effects)
    assert not any(isinstance(e, Execute) and e.proposal == what.id for e in step.effects)


ALLOWED = Rule(name="approvals[0]", match=Match(action="jira.set_fields"), allow=True)


def test_what_a_rule_allows_runs_without_asking_in_mode_auto_alone() -> None:
    play = Play(rulebook(ALLOWED, mode=Mode.AUTO))
    what = proposal()
    step = play.happens(read(), finished(what))
    assert play.of(what).decided_by == "policy"
    assert any(isinstance(e, Execute) and e.proposal == what.id for e in step.effects)
    assert not any(isinstance(e, ShowCard) for e in step.effects)


def test_a_mode_below_auto_passes_over_what_allows() -> None:
    later = Rule(name="approvals[1]", match=Match(action="jira.*"), ask=asking())
    play = Play(rulebook(ALLOWED, later))
    what = proposal()
    play.happens(read(), finished(what))
    assert (play.status(what), play.of(what).rule) == (Status.PENDING, "approvals[1]")


def test_nothing_that_matches_means_no_and_the_reason_is_kept() -> None:
    play = Play(rulebook(Rule(name="approvals[0]", match=Match(action="jira.assign"), allow=True)))
    what = proposal()
    step = play.happens(read(), finished(what))
    assert play.status(what) is Status.DENIED
    assert play.of(what).reason == "no rule matches jira.set_fields"
    assert "verdict.deny" in [record.what for record in step.records]
    assert not any(isinstance(e, Execute | ShowCard) and e.proposal == what.id for e in step.effects)


def test_mode_suggest_makes_the_note_and_no_card() -> None:
    play = Play(rulebook(mode=Mode.SUGGEST))
    play.happens(read(), finished(proposal()))
    assert len(play.notes()) == 1
    assert len(play.dossier.tracked) == 1


def test_the_same_report_twice_asks_once() -> None:
    play, what = asked()
    play.happens(finished(what), finished(what))
    assert [t.proposal.id for t in play.dossier.tracked.values()] == [what.id]


def test_what_people_rejected_does_not_come_back_on_the_same_words() -> None:
    play, what = asked()
    play.happens(answered(what, answer=Answer.REJECT))
    again = proposal(number=2)
    step = play.happens(finished(again))
    assert again.id not in play.dossier.tracked
    assert "proposal.withheld" in [record.what for record in step.records]


def test_it_may_come_back_once_the_requester_has_written_something_else() -> None:
    play, what = asked()
    play.happens(answered(what, answer=Answer.REJECT))
    of = snapshot(ticket(description="Now the whole floor burns."))
    again = proposal(on=of.ticket, number=2)
    play.happens(read(of), finished(again, of=of))
    assert play.status(again) is Status.PENDING


def test_another_action_than_the_rejected_one_may_be_proposed() -> None:
    play, what = asked()
    play.happens(answered(what, answer=Answer.REJECT))
    other = proposal(reply(), number=2)
    play.happens(finished(other))
    assert play.status(other) is Status.PENDING


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (snapshot(ticket(summary="Something else")), "the ticket changed while it was being read"),
        (snapshot(ticket(closed=True)), "the ticket was closed while it was being read"),
        (snapshot(comments=[comment(at=after(9))]), "a person has answered"),
    ],
    ids=["changed", "closed", "answered"],
)
def test_a_report_that_comes_too_late_is_recorded_and_dropped(of: object, why: str) -> None:
    play = Play()
    assert isinstance(of, type(snapshot()))
    play.happens(read(), read(of))
    step = play.happens(finished(proposal()))
    assert not play.dossier.tracked
    assert why in [record.because for record in step.records]


def test_a_skill_writes_no_notes_of_its_own() -> None:
    own = proposal(Action(NOTE, ticket().ref, {"lines": [], "replaces": "n1"}, Risk.NOTE), number=3)
    play = Play()
    play.happens(read(), finished(own))
    assert own.id not in play.dossier.tracked
    assert len(play.notes()) == 1


def test_a_skill_speaks_of_no_other_ticket() -> None:
    elsewhere = proposal(replace(set_fields(), target=TicketRef("jira", "999")), number=3)
    play = Play()
    play.happens(read(), finished(elsewhere))
    assert elsewhere.id not in play.dossier.tracked


def test_a_ticket_keeps_its_newest_proposals_and_never_drops_one_that_is_alive() -> None:
    play, what = asked()
    for number in range(10, TRACKED_MAX + 30):
        other = proposal(reply(f"No. {number}"), number=number)
        play.happens(
            finished(other, at=after(number)), answered(other, answer=Answer.REJECT, at=after(number))
        )
        for note in play.notes():
            play.executes(note, comment="n1")
    assert len(play.dossier.tracked) <= TRACKED_MAX + 1
    assert play.status(what) is Status.PENDING


def test_the_run_is_recorded_with_what_it_cost() -> None:
    play = Play()
    step = play.happens(read(), finished())
    (record,) = [r for r in step.records if r.what == "skill.finished"]
    assert record.details["brain"] == "local"
    assert record.details["findings"] == 1
