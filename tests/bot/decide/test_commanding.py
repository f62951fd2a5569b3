"""Commands on the ticket: who is heard, once, and what is no command at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.effects import RunErrand
from bot.core.errands import OnTicket, command
from bot.core.modes import Mode
from bot.core.tickets import Actor, Comment, Snapshot
from bot.core.untrusted import Untrusted
from bot.decide.commanding import AT_ONCE_MAX, FRESH, HEARD_MAX
from tests.making import AGENT, REPORTER, US, Play, after, read, rulebook, snapshot, ticket


def said(
    body: str = "@countersign summary",
    *,
    author: Actor = AGENT,
    public: bool = False,
    ident: str = "c1",
    minutes: float = 0,
) -> Comment:
    return Comment(ident, after(minutes), author, public, Untrusted(body))


def plain_project(*comments: Comment) -> Snapshot:
    return replace(snapshot(comments=comments), portal=False)


def errands(play: Play) -> list[RunErrand]:
    return [each for each in play.ordered(RunErrand) if isinstance(each, RunErrand)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("@countersign summary", "summary"),
        ("  /countersign draft  ", "draft"),
        ("@Countersign PLAN\nthank you", "plan"),
        ("@countersign summary please", ""),
        ("ask @countersign summary", ""),
        ("@countersign", ""),
        ("@countersignsummary", ""),
        ("@countersign\nsummary", ""),
        ("> @countersign summary", ""),
        (f"@countersign {'a' * 31}", ""),
        ("@countersign ../etc", ""),
    ],
)
def test_a_command_is_one_word_alone_on_the_first_line(text: str, word: str) -> None:
    assert command(text) == word


def test_an_internal_comment_has_the_skill_run_and_the_audit_says_who_asked() -> None:
    play = Play()
    play.happens(read(snapshot(comments=[said()])))
    (order,) = errands(play)
    errand = order.errand
    assert (errand.skill, errand.connector, errand.key) == ("summary", "jira", "OPS-1")
    assert errand.place == OnTicket(comment="c1")
    assert errand.person == AGENT.id
    assert "skill.asked" in play.records()


def test_the_same_comment_is_heard_once_however_often_the_ticket_is_read() -> None:
    play = Play()
    play.happens(read(snapshot(comments=[said()])), read(snapshot(comments=[said()])))
    play.happens(read(snapshot(comments=[said(), said(ident="c2", body="@countersign plan")])))
    assert [each.errand.skill for each in errands(play)] == ["summary", "plan"]
    assert len({each.errand.id for each in errands(play)}) == 2


@pytest.mark.parametrize(
    "comment",
    [
        said(public=True),
        said(public=True, author=REPORTER),
        said(author=US),
        said(author=Actor("robot", Untrusted("Automation"), is_person=False)),
        said(body="I asked @countersign summary already"),
        said(minutes=-FRESH / timedelta(minutes=1) - 1),
    ],
    ids=["customers read it", "the requester", "the bot itself", "an automation", "prose", "long ago"],
)
def test_nobody_else_is_heard(comment: Comment) -> None:
    play = Play()
    play.happens(read(snapshot(comments=[comment])))
    assert not errands(play)
    assert not play.dossier.commands


def test_where_there_are_no_customers_a_colleague_is_heard_but_not_whoever_reported_it() -> None:
    play = Play()
    asked = [said(public=True, author=REPORTER), said(public=True, ident="c2")]
    play.happens(read(plain_project(*asked)))
    assert [each.errand.place for each in errands(play)] == [OnTicket(comment="c2")]


def test_many_commands_at_once_are_heard_in_part_and_none_of_the_rest_later() -> None:
    play = Play()
    many = [said(ident=f"c{number}") for number in range(AT_ONCE_MAX + 4)]
    play.happens(read(snapshot(comments=many)), read(snapshot(comments=many)))
    assert len(errands(play)) == AT_ONCE_MAX
    assert len(play.dossier.commands) == len(many) <= HEARD_MAX


def test_a_word_that_is_no_skill_is_answered_too_but_not_written_into_the_audit() -> None:
    play = Play()
    step = play.happens(read(snapshot(comments=[said("@countersign sudo")])))
    assert [each.errand.skill for each in errands(play)] == ["sudo"]
    (record,) = [each for each in step.records if each.what == "skill.asked"]
    assert record.details["skill"] == ""


def test_a_command_on_a_closed_ticket_is_heard() -> None:
    play = Play(rulebook(mode=Mode.SUGGEST))
    play.happens(read(snapshot(ticket(closed=True), [said()])))
    assert len(errands(play)) == 1
