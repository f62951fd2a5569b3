"""Give a ticket to somebody, or take it away from everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import AssignArguments, assignment
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.ports import ActionType
from connectors.jira.actions._edit import judge, put_issue, said


class Assign:
    """Change the assignee, by id and through the issue itself.

    The ``jira`` library's ``assign_issue`` searches for people and takes the first hit when none fits exactly
    (pycontribs/jira#1284); and the assignee endpoint could not carry a marker.
    """

    name = ActionName("jira.assign")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = AssignArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        to = self.touches(args)["assignee"]
        return f"Assign the ticket to {said(to)}." if to else "Take the ticket away from its assignee."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return who will have it; empty for nobody."""
        to = AssignArguments.model_validate(dict(args)).to
        return {"assignee": (to.value(),) if to else ()}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one PUT."""
        return put_issue(operation, now, self.touches(action.args))

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare the assignee with who was asked for."""
        return judge(operation, now, self.touches(action.args))

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return who had it, or nobody."""
        del action
        return assignment(before, "assignee")


ACTION: Final[ActionType] = Assign()
