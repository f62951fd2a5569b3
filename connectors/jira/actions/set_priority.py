"""Set a ticket's priority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import PickArguments, accepted, pick_json
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.ports import ActionType
from connectors.jira.actions._edit import judge, put_issue, said


class SetPriority:
    """Change the priority; the old value is in the receipt."""

    name = ActionName("jira.set_priority")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = PickArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        return f"Set Priority to {said(self.touches(args)['priority'])}."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return the priority it will have."""
        return {"priority": (PickArguments.model_validate(dict(args)).to.value(),)}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one PUT."""
        return put_issue(operation, now, self.touches(action.args))

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare the priority with what was asked for."""
        return judge(operation, now, self.touches(action.args))

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return the priority it had; None where it had none: this verb cannot take one away."""
        del action
        had = before.get("priority", ())
        return accepted(PickArguments, {"to": pick_json(had[0])}) if len(had) == 1 else None


ACTION: Final[ActionType] = SetPriority()
