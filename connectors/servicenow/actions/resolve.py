"""Resolve an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Landing, Request, Risk
from bot.core.arguments import ResolveArguments
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot, Value
from connectors.servicenow import journal
from connectors.servicenow.actions._writing import ids, patch
from connectors.servicenow.mapping import CLOSED_STATES, INCIDENT, LABEL_CHARS_MAX, RESOLVED


class Resolve:
    """Set the state to Resolved with a code and notes, which a data policy demands and the caller is mailed.

    Reopening it is possible; the mail, resolved_at and the reopen count stay, so it counts as irreversible.
    """

    name = ActionName("servicenow.resolve")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = ResolveArguments
    undo = "undo.resolve"

    def describe(self, args: Args) -> str:
        """Say what will happen."""
        code = ResolveArguments.model_validate(args).close_code
        said = " ".join((code.label or code.id).split()).rstrip(".")
        return f"Resolve the incident as {said}."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return state, code and notes as they will be."""
        wanted = ResolveArguments.model_validate(args)
        notes = journal.plain(wanted.close_notes)
        return {
            "state": (Value(RESOLVED, "Resolved"),),
            "close_code": (wanted.close_code.value(),),
            "close_notes": (Value(notes, " ".join(notes.split())[:LABEL_CHARS_MAX]),),
        }

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the PATCH, marker included.

        Raises:
            Refused: it is not an incident, or it is already resolved, closed or cancelled.
        """
        if now.ticket.kind != INCIDENT:
            raise Refused(f"only incidents are resolved this way, and {now.ticket.key} is not one")
        if now.ticket.closed:
            raise Refused(f"{now.ticket.key} is {now.ticket.status.label} already")
        fields = {name: value[0].id for name, value in self.touches(action.args).items()}
        return patch(now, {**fields, journal.WORK_NOTES: journal.change_text(operation)}, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare state, code and notes; an incident that has been closed since was resolved too."""
        wanted, fields = self.touches(action.args), now.ticket.fields
        notes = fields.get("close_notes", ())
        missing = tuple(
            name
            for name, holds in (
                ("state", now.ticket.status.id in CLOSED_STATES - {"8"}),
                ("close_code", ids(fields.get("close_code", ())) == ids(wanted["close_code"])),
                ("close_notes", bool(notes) and journal.same_words(notes[0].id, wanted["close_notes"][0].id)),
            )
            if not holds
        )
        if not missing:
            return Landed(Landing.APPLIED)
        if operation in now.operations:
            return Landed(Landing.PARTLY, missing)
        return Landed(Landing.NOT_APPLIED, missing)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: reopening leaves the mail and the reopen count behind."""
        del action, before
        return None


ACTION: Final = Resolve()
