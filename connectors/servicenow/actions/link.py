"""Make the incident the child of another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, JsonValue

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import ParentArguments, accepted, pick_json
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from connectors.servicenow import journal
from connectors.servicenow.actions._writing import fields_landed, patch
from connectors.servicenow.mapping import INCIDENT, PARENT
from connectors.servicenow.queries import SYS_ID


class Link:
    """Set ``parent_incident``, which only incidents have; ``parent`` may name any task and moves nothing.

    The child follows its parent's state from then on, to *Resolved* too, with the parent's resolution notes
    (incident-management/parent-child-state-sync.md). Linking alone changes no state, and can be set back.
    """

    name = ActionName("servicenow.link")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = ParentArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        """Say what will happen."""
        others = ParentArguments.model_validate(dict(args)).others
        if not others:
            return "Take the ticket away from its parent incident."
        return f"Link the ticket to {others[0]} as its child."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return the parent it will have."""
        parent = ParentArguments.model_validate(dict(args)).parent
        return {PARENT: (parent.value(),) if parent else ()}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the PATCH with the parent's sys_id, marker included.

        Raises:
            Refused: it is not an incident, the parent is the ticket itself, or was never looked up.
        """
        wanted = ParentArguments.model_validate(dict(action.args))
        if now.ticket.kind != INCIDENT:
            raise Refused(f"only incidents have a parent incident, and {now.ticket.key} is not one")
        if now.ticket.key in wanted.others:
            raise Refused(f"{now.ticket.key} cannot be its own parent")
        if wanted.others and (wanted.parent is None or not SYS_ID.fullmatch(wanted.parent.id)):
            raise Refused(f"which record {wanted.others[0]} is was not looked up: ask for it once more")
        body = {
            PARENT: wanted.parent.id if wanted.parent else "",
            journal.WORK_NOTES: journal.change_text(operation),
        }
        return patch(now, body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare the parent with what the fresh read shows."""
        return fields_landed(self.touches(action.args), operation, now)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return the parent it had, or none, whatever has become of that parent; None where it is unknown."""
        del action
        had = before.get(PARENT)
        if had is None or any(not SYS_ID.fullmatch(each.id) for each in had):
            return None
        others: list[JsonValue] = [each.label for each in had]
        parent = pick_json(had[0]) if had else None
        return accepted(ParentArguments, {"others": others, "parent": parent, "back": True})


ACTION: Final = Link()
