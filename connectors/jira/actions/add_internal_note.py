"""Write the internal note, or bring the one that is there up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import NoteArguments
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import COMMENTS_MAX, FieldValue, Snapshot
from bot.ports import ActionType
from connectors.jira import wiki
from connectors.jira.actions._comments import judge, through_desk, through_platform
from connectors.jira.mapping import ISSUE_ID
from connectors.jira.place import place_of


class AddInternalNote:
    """Add a comment that customers never see.

    A request takes it through the service desk API, the only one that has to be told whether it is public.
    That one cannot edit; so an edit goes through the platform, and states once more that it is internal.
    Where there is no customer portal, a comment is as internal as the project, and there is nothing to state.
    """

    name = ActionName("jira.add_internal_note")
    risk = Risk.NOTE
    arguments: type[BaseModel] = NoteArguments
    undo = "undo.note"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        replaces = NoteArguments.model_validate(dict(args)).replaces
        return "Bring the internal note up to date." if replaces else "Add an internal note."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return nothing: it sets no field."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one request: a new comment, or our earlier one edited; a new one where that is gone.

        Raises:
            Refused: what is to be replaced is not ours, or customers can read it.
        """
        wanted = NoteArguments.model_validate(dict(action.args))
        body = wiki.note(wanted.lines, operation)
        replaces = _still_there(wanted.replaces, now)
        if replaces or place_of(now.ticket).kind != "request":
            return through_platform(now, body, operation, kind="note", replaces=replaces)
        return through_desk(now, body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for the comment with our marker."""
        del action
        return judge(operation, now, public=False)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: it changes nothing that would have to be set back."""
        del action, before
        return None


def _still_there(comment: str, now: Snapshot) -> str:
    """Return ``comment`` where it can be edited, or empty."""
    if not comment:
        return ""
    if not ISSUE_ID.fullmatch(comment):  # it goes into a path
        raise Refused("the note to replace is not a comment of Jira's")
    found = next((each for each in now.comments if each.id == comment), None)
    if found is None:
        # Either somebody deleted it, or it is older than what is read.
        return comment if len(now.comments) >= COMMENTS_MAX else ""
    if not found.author.is_us:
        raise Refused("the note to replace was not written by the bot")
    if found.public and place_of(now.ticket).has_portal:
        raise Refused("the note to replace is public: customers would read it")
    return comment


ACTION: Final[ActionType] = AddInternalNote()
