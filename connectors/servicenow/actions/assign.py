"""Assign the ticket to somebody, or to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import AssignArguments, assignment
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from connectors.servicenow import journal
from connectors.servicenow.actions._writing import fields_landed, patch
from connectors.servicenow.queries import SYS_ID

FIELD: Final = "assigned_to"


class Assign:
    """Set who works on it, by sys_id; the client refuses somebody who has left."""

    name = ActionName("servicenow.assign")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = AssignArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        """Say what will happen."""
        to = AssignArguments.model_validate(args).to
        if to is None:
            return "Take the ticket away from its assignee."
        who = " ".join(to.label.split()).rstrip(".") or to.id
        return f"Assign the ticket to {who}."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return the assignee it will have."""
        to = AssignArguments.model_validate(args).to
        return {FIELD: (to.value(),) if to else ()}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the PATCH, marker included.

        Raises:
            Refused: the assignee is not a sys_id; names are never looked up here, they are not unique.
        """
        to = AssignArguments.model_validate(action.args).to
        if to is not None and not SYS_ID.fullmatch(to.id):
            raise Refused("the assignee has to be a sys_id", fields={FIELD: "not a sys_id"})
        body = {FIELD: to.id if to else "", journal.WORK_NOTES: journal.change_text(operation)}
        return patch(now, body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare the assignee with what the fresh read shows."""
        return fields_landed(self.touches(action.args), operation, now)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return who had it, or nobody; None where the one before is not named by a sys_id."""
        del action
        args = assignment(before, FIELD)
        return None if any(not SYS_ID.fullmatch(each.id) for each in before.get(FIELD, ())) else args


ACTION: Final = Assign()
