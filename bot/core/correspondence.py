"""What the desk and the requester have written to each other on a ticket, and whose turn it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.errands import command
from bot.core.tickets import Comment, Snapshot
from bot.core.words import say

STAMP: Final = "%Y-%m-%d %H:%M UTC"
"""How moments are written: unambiguous everywhere, and no locale is needed."""
NAME_CHARS_MAX: Final = 80
"""Of a name, in characters: read at a glance."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a correspondence stands."""

    answer: Comment | None
    """What the desk wrote last to the requester."""
    unanswered: tuple[Comment, ...]
    """What the requester's side has written since, oldest first."""

    @property
    def is_theirs(self) -> bool:
        """Whether the desk waits for the requester."""
        return self.answer is not None and not self.unanswered


def messages_of(snapshot: Snapshot, *, internal: bool) -> list[Comment]:
    """Return what was said, oldest first: by people, and by us to the requester; no commands to the bot."""
    said = [c for c in snapshot.comments if (c.author.is_us and c.public) or _is_persons(c)]
    return [c for c in said if (c.public or internal) and not command(c.body.raw)]


def turn_of(snapshot: Snapshot) -> Turn:
    """Return whose turn it is: who asked three times is one who waits since the first."""
    unanswered: list[Comment] = []
    for each in reversed(messages_of(snapshot, internal=False)):
        if not snapshot.ticket.is_asked_by(each.author):
            return Turn(each, tuple(reversed(unanswered)))
        unanswered.append(each)
    return Turn(None, tuple(reversed(unanswered)))


def who_waits(snapshot: Snapshot, language: str, *, holder: str, group: str) -> str:
    """Return one sentence on who waits for whom, since when. ``holder``, ``group``: who has it, or empty."""
    if snapshot.ticket.closed:
        return say(language, "brief.summary.waits_nobody")
    turn = turn_of(snapshot)
    answer = turn.answer
    if answer is not None and turn.is_theirs:
        name = "" if answer.author.is_us else answer.author.name.line(NAME_CHARS_MAX)
        who = name or holder or say(language, "brief.summary.the_desk")
        return say(language, "brief.summary.waits_desk", who=who, at=answer.at.strftime(STAMP))
    # Who asked three times has waited since the first, and without an answer since they reported it.
    since = turn.unanswered[0].at if answer is not None else snapshot.ticket.created_at
    who = holder or group or say(language, "brief.summary.somebody")
    return say(language, "brief.summary.waits_requester", who=who, at=since.strftime(STAMP))


def _is_persons(comment: Comment) -> bool:
    return comment.author.is_person and not comment.author.is_us and comment.operation is None
