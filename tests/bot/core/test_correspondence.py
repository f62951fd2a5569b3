"""Whose turn it is: the first word without an answer counts; notes, commands and the bot's notes do not."""

from dataclasses import replace

import pytest

from bot.core.correspondence import turn_of
from bot.core.tickets import Comment
from bot.core.untrusted import Untrusted
from tests.making import AGENT, REPORTER, US, after, comment, snapshot

ASKED, ANSWERED = comment(REPORTER), comment(AGENT)


def spoken(*comments: Comment) -> list[Comment]:
    """One after the other, a minute each."""
    return [replace(each, id=f"c{n}", at=after(n)) for n, each in enumerate(comments)]


@pytest.mark.parametrize(
    ("said", "answer", "unanswered"),
    [
        ([], None, []),
        ([ASKED, ASKED], None, ["c0", "c1"]),
        ([ASKED, ANSWERED], "c1", []),
        ([ASKED, ANSWERED, ASKED, ASKED], "c1", ["c2", "c3"]),
        ([ASKED, comment(AGENT, public=False)], None, ["c0"]),
        ([ASKED, comment(US)], "c1", []),
        ([ASKED, comment(US, public=False)], None, ["c0"]),
        ([ASKED, replace(ANSWERED, body=Untrusted("@countersign summary"))], None, ["c0"]),
    ],
)
def test_whose_turn_it_is(said: list[Comment], answer: str | None, unanswered: list[str]) -> None:
    turn = turn_of(replace(snapshot(), comments=tuple(spoken(*said))))
    assert (turn.answer.id if turn.answer is not None else None) == answer
    assert [each.id for each in turn.unanswered] == unanswered
    assert turn.is_theirs == (answer is not None and not unanswered)
