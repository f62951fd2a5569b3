"""Take a ticket one step through its workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, JsonValue

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import TransitionArguments
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.ports import ActionType
from connectors.jira.actions._edit import field_json, judge, label, said, same
from connectors.jira.marks import edit_marks
from connectors.jira.place import place_of


class Transition:
    """Move the ticket to another status.

    By id, sent as a string (the ``jira`` library sends a number, which Atlassian's OpenAPI refuses), and
    judged by the status it leads to: names of transitions are not unique.
    """

    name = ActionName("jira.transition")
    # Post-functions run, customers get mail, and there may be no way back in the workflow.
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = TransitionArguments
    undo = "undo.transition"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        step = TransitionArguments.model_validate(dict(args))
        sets = [f"{label(name)} {said(values)}" for name, values in _screen(step).items()]
        by = f" with {' and '.join(sets)}" if sets else ""
        return f"Move the ticket to {said((step.to.value(),))}{by}."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return the status it will have, and what its screen sets."""
        step = TransitionArguments.model_validate(dict(args))
        return {"status": (step.to.value(),), **_screen(step)}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one POST.

        Raises:
            Refused: the ticket is where it should go already.
        """
        step = TransitionArguments.model_validate(dict(action.args))
        if same((now.ticket.status,), (step.to.value(),)):
            raise Refused(f"the ticket is in {said((now.ticket.status,))} already")
        body: dict[str, JsonValue] = {"transition": {"id": step.id}}
        cloud = place_of(now.ticket).cloud
        fields = {name: field_json(name, values, cloud=cloud) for name, values in _screen(step).items()}
        if fields:
            body["fields"] = fields
        body |= edit_marks(operation, now.ticket.operations)
        return Request("POST", f"/rest/api/2/issue/{now.ticket.ref.id}/transitions", body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare the status, and what the screen set, with what was asked for."""
        return judge(operation, now, self.touches(action.args))

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: post-functions have run, and the workflow may know no way back."""
        del action, before
        return None


def _screen(step: TransitionArguments) -> dict[str, FieldValue]:
    return {name: tuple(pick.value() for pick in picks) for name, picks in step.fields.items()}


ACTION: Final[ActionType] = Transition()
