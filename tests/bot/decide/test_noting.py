"""The living note: one, brought up to date when there is something new to say, and never in a circle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from approvals.policy import Match, Rule
from bot.core.actions import Risk
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute
from bot.core.events import Answer, Drifted, Failed
from bot.core.modes import Mode
from tests.making import (
    Play,
    after,
    answered,
    asked,
    asks_for_notes,
    claimed,
    finding,
    finished,
    proposal,
    read,
    rulebook,
    snapshot,
    ticket,
    unique,
)


def said(tracked: Tracked) -> str:
    lines: Any = tracked.proposal.action.args["lines"]
    return "\n".join(str(line["text"]) for line in lines)


def test_the_first_report_leads_to_one_note() -> None:
    play = Play()
    play.happens(read(), finished())
    (note,) = play.notes()
    assert note.status is Status.APPROVED
    assert note.decided_by == "policy"
    assert note.proposal.action.args["replaces"] == ""
    assert len(play.ordered(Execute)) == 1


def test_the_note_lists_what_is_suggested_and_what_waits() -> None:
    play = Play()
    play.happens(read(), finished(proposal()))
    text = said(play.notes()[0])
    assert "High (now: Low; sure, 90 %)" in text
    assert "Waiting for a decision in Slack: Set Priority to High." in text


def test_a_note_that_is_up_is_edited_in_place() -> None:
    play, what = asked()
    play.happens(answered(what, answer=Answer.REJECT, reason="too hasty"))
    (note,) = play.notes()
    assert note.proposal.action.args["replaces"] == "n1"
    assert "Rejected by Alice: Set Priority to High. too hasty" in said(note)


def test_the_same_is_not_said_twice() -> None:
    play = Play()
    play.happens(read(), finished())
    play.note_lands()
    play.happens(finished())
    assert not play.notes()


def test_while_a_note_is_on_its_way_there_is_no_second_one_and_the_news_follows_it() -> None:
    play = Play()
    play.happens(read(), finished(), finished(findings=[finding(confidence=0.7)]))
    assert len(play.notes()) == 1
    play.note_lands()
    (note,) = play.notes()
    assert "likely, 70 %" in said(note)
    play.note_lands()
    assert not play.notes(), "and then there is nothing more to say"


def test_a_note_that_lands_is_forgotten_as_a_proposal() -> None:
    play = Play()
    play.happens(read(), finished())
    play.note_lands("n7")
    assert not play.dossier.tracked
    assert play.dossier.note.comment == "n7"


def test_a_note_that_failed_may_be_told_again_and_still_replaces_the_one_that_is_up() -> None:
    play = Play()
    play.happens(read(), finished())
    play.note_lands("n1")
    play.happens(finished(findings=[finding(confidence=0.7)]))
    (note,) = play.notes()
    stopped = Failed(id=unique(), at=after(3), proposal=note.proposal.id, why="Stopped by the kill switch")
    play.happens(claimed(note.proposal), stopped)
    assert not play.notes(), "not tried again by itself"
    play.happens(finished(findings=[finding(confidence=0.7)]))
    assert play.notes()[0].proposal.action.args["replaces"] == "n1"


def test_a_note_whose_place_is_gone_is_written_anew() -> None:
    play = Play()
    play.happens(read(), finished())
    play.note_lands("n1")
    play.happens(finished(findings=[finding(confidence=0.7)]))
    (note,) = play.notes()
    missing = Failed(id=unique(), at=after(3), proposal=note.proposal.id, why="404", gone=True)
    play.happens(claimed(note.proposal), missing, finished(findings=[finding(confidence=0.7)]))
    assert play.notes()[0].proposal.action.args["replaces"] == ""


def test_a_person_who_answers_first_voids_the_note() -> None:
    play = Play()
    play.happens(read(), finished(at=after(1)))
    (note,) = play.notes()
    assert note.proposal.basis.quiet_after == after(1)
    play.happens(
        claimed(note.proposal),
        Drifted(id=unique(), at=after(3), proposal=note.proposal.id, what="A person has answered."),
    )
    assert not play.notes()
    assert play.dossier.note.comment == ""


def test_an_edit_in_place_disturbs_nobody_so_an_answer_does_not_void_it() -> None:
    play, what = asked()
    play.happens(answered(what, answer=Answer.REJECT))
    assert play.notes()[0].proposal.basis.quiet_after is None


def test_in_a_journal_a_decision_is_a_short_entry_of_its_own() -> None:
    play = Play()
    of = snapshot(notes_editable=False)
    what = proposal()
    play.happens(read(of), finished(what, of=of))
    play.note_lands("j1")
    play.happens(answered(what, answer=Answer.REJECT, reason="no"))
    (note,) = play.notes()
    assert said(note) == "Rejected by Alice: Set Priority to High. no"
    assert note.proposal.action.args["replaces"] == ""


def test_in_a_journal_what_merely_lapsed_is_not_worth_an_entry() -> None:
    play = Play()
    of = snapshot(notes_editable=False)
    play.happens(read(of), finished(proposal(), of=of))
    play.note_lands("j1")
    play.happens(read(snapshot(ticket(closed=True), notes_editable=False)))
    assert not play.notes()


def test_a_note_nobody_allows_is_denied_once_and_not_asked_again() -> None:
    play = Play(rulebook(Rule(name="approvals[0]", match=Match(action="jira.assign"), allow=True)))
    play.happens(read(), finished(), finished())
    (note,) = play.notes()
    assert note.status is Status.DENIED
    assert not play.ordered(Execute)


def test_in_mode_shadow_nobody_is_shown_anything() -> None:
    play = Play(rulebook(mode=Mode.SHADOW))
    play.happens(read(), finished(proposal()))
    assert not play.dossier.tracked
    assert play.dossier.report is None
    assert "skill.finished" in play.records()


def test_a_note_that_had_to_be_asked_for_is_not_listed_among_the_decisions() -> None:
    play, note = asks_for_notes()
    play.happens(answered(note.proposal, answer=Answer.REJECT), finished(findings=[finding(confidence=0.7)]))
    assert all("Add an internal note" not in said(t) for t in play.notes())


def test_each_event_leads_to_at_most_one_note() -> None:
    play, what = asked()
    play.happens(answered(what))
    play.executes(play.of(what))
    for step in play.steps:
        fresh = [e for e in step.effects if isinstance(e, Execute) and e.proposal != what.id]
        assert len(fresh) <= 1
    assert len(play.notes()) == 1


def test_whatever_follows_a_note_ends() -> None:
    """Let every note land at once: it must come to rest within a few."""
    play, what = asked()
    play.happens(answered(what))
    play.executes(play.of(what))
    landed = 0
    while play.notes():
        play.note_lands(f"n{landed}")
        landed += 1
        assert landed < 4, "the bot talks to itself"
    assert replace(play.of(what).proposal.action, risk=Risk.REVERSIBLE) == what.action
