"""Set fields of the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, JsonValue

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import FieldsArguments, restoration
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from connectors.servicenow import journal
from connectors.servicenow.actions._writing import fields_landed, patch
from connectors.servicenow.labels import label_of
from connectors.servicenow.mapping import SUGGESTIBLE
from connectors.servicenow.queries import SYS_ID

REFERENCES: Final = frozenset({"assignment_group"})
"""Fields that hold a sys_id; the others are choices."""


class SetFields:
    """Set some of the fields triage may suggest; each can be set back.

    Other fields have verbs of their own with other risks: a ``comments`` in here would be a public reply.
    """

    name = ActionName("servicenow.set_fields")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = FieldsArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        """Say what will happen, field by field."""
        values = FieldsArguments.model_validate(args).values()
        return _sentence([_phrase(name, value) for name, value in values.items()])

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return the fields and what they will hold."""
        return FieldsArguments.model_validate(args).values()

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the PATCH with the raw values, marker included.

        Raises:
            Refused: a field that cannot be set this way, or a value it cannot hold.
        """
        wrong: dict[str, str] = {}
        body: dict[str, JsonValue] = {}
        for name, value in self.touches(action.args).items():
            complaint = _complaint(name, value)
            if complaint:
                wrong[name] = complaint
            body[name] = value[0].id if value else ""
        if wrong:
            raise Refused("; ".join(f"{name}: {why}" for name, why in wrong.items()), fields=wrong)
        return patch(now, {**body, journal.WORK_NOTES: journal.change_text(operation)}, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Compare every field with what the fresh read shows."""
        return fields_landed(self.touches(action.args), operation, now)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return each field as it was; None where one was an empty choice, which cannot be emptied again."""
        touched = self.touches(action.args)
        if any(_complaint(name, before.get(name, ())) for name in touched):
            return None
        return restoration(touched, before)


def _complaint(name: str, value: FieldValue) -> str:
    if name == "priority":
        return "ServiceNow computes it from impact and urgency: set those"
    if name not in SUGGESTIBLE:
        return f"it cannot be set here; {', '.join(SUGGESTIBLE)} can"
    if len(value) > 1:
        return "it takes one value"
    if name in REFERENCES:
        return "" if not value or SYS_ID.fullmatch(value[0].id) else "its value has to be a sys_id"
    # "An empty string clears the field, except for choice fields" (Table API): it would be ignored.
    return "" if value else "ServiceNow does not clear a choice field through its API"


def _phrase(name: str, value: FieldValue) -> str:
    if not value:
        return f"clear {label_of(name)}"
    return f"set {label_of(name)} to {' '.join(each.label.strip() or each.id for each in value)}"


def _sentence(phrases: list[str]) -> str:
    last = phrases.pop()
    said = f"{', '.join(phrases)} and {last}" if phrases else last
    one_line = " ".join(said.split()).rstrip(".")
    return one_line[:1].upper() + one_line[1:] + "."


ACTION: Final = SetFields()
