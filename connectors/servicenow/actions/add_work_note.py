"""Add an internal note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Landing, Request, Risk
from bot.core.arguments import NoteArguments
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from connectors.servicenow import journal
from connectors.servicenow.actions._writing import patch


class AddWorkNote:
    """Add a work note, which the requester never sees.

    A body of ``work_notes`` alone can only become an internal entry; the client looks for it all the same.
    """

    name = ActionName("servicenow.add_work_note")
    risk = Risk.NOTE
    arguments: type[BaseModel] = NoteArguments
    undo = "undo.note"

    def describe(self, args: Args) -> str:
        """Say what will happen."""
        del args
        return "Add a work note."

    def touches(self, args: Args) -> dict[str, FieldValue]:
        """Touch no field."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the PATCH that adds the note.

        Raises:
            Refused: it asks to replace an earlier note; a journal cannot be edited.
        """
        args = NoteArguments.model_validate(action.args)
        if args.replaces:
            raise Refused("ServiceNow's work notes cannot be edited: add a new one")
        body = {journal.WORK_NOTES: journal.note_text(args.lines, operation)}
        return patch(now, body, operation, expects_internal=True)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for our marker among the internal entries.

        A note that shows up in public counts as partly there, never as absent: absent would be sent again.
        """
        del action
        if operation in now.operations:
            return Landed(Landing.APPLIED)
        if any(each.public and journal.marker(each.body.raw) == operation for each in now.comments):
            return Landed(Landing.PARTLY, (journal.WORK_NOTES,))
        return Landed(Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: a journal entry cannot be taken back."""
        del action, before
        return None


ACTION: Final = AddWorkNote()
