"""Set fields that are picked from lists: issue type, priority, components, labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import FieldsArguments, restoration
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.ports import ActionType
from connectors.jira.actions._edit import judge, label, put_issue, said

SETTABLE: Final = ("issuetype", "priority", "components", "labels")
"""What the reader brings back as well, so that the change can be verified."""
NEVER_EMPTY: Final = frozenset({"issuetype"})


class SetFields:
    """Change picked fields; each can be set back."""

    name = ActionName("jira.set_fields")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = FieldsArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        parts = [
            f"{label(name)} to {said(values)}" if values else f"{label(name)} to nothing"
            for name, values in self.touches(args).items()
        ]
        return f"Set {' and '.join(parts)}."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return each field and what it will hold."""
        return FieldsArguments.model_validate(dict(args)).values()

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one PUT.

        Raises:
            Refused: a field this verb does not set, or one that cannot be empty.
        """
        fields = self.touches(action.args)
        wrong = _wrong(fields)
        if wrong:
            says = "; ".join(f"{label(name)}: {why}" for name, why in wrong.items())
            raise Refused(says, fields=wrong)
        return put_issue(operation, now, fields)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare each field with what was asked for."""
        return judge(operation, now, self.touches(action.args))

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return each field as it was, lists whole; None where one of them could not be set to that."""
        touched = self.touches(action.args)
        had = {name: before[name] for name in touched if name in before}
        return None if _wrong(had) else restoration(touched, before)


def _wrong(fields: Mapping[str, FieldValue]) -> dict[str, str]:
    """Return why, for each field that cannot be set to this."""
    wrong = {name: "not a field the bot sets in Jira" for name in fields if name not in SETTABLE}
    return wrong | {name: "cannot be empty" for name in NEVER_EMPTY if fields.get(name) == ()}


ACTION: Final[ActionType] = SetFields()
