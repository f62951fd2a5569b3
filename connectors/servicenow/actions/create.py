"""Make a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, JsonValue

from bot.core.actions import Action, Args, Landed, Landing, Request, Risk
from bot.core.creation import CreateArguments, unborn
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.core.untrusted import Untrusted
from connectors.servicenow import journal
from connectors.servicenow.asking import may_be_set, sent
from connectors.servicenow.labels import label_of
from connectors.servicenow.queries import SYS_ID

FORM_FIELD: Final = "correlation_id"
"""Where ServiceNow keeps what another system calls a record; on every task."""
OPERATION_FIELD: Final = "correlation_display"


class Create:
    """Make a record, once; nothing deletes it again."""

    name = ActionName("servicenow.create")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = CreateArguments
    undo = "undo.create"

    def describe(self, args: Args) -> str:
        """Say what will happen."""
        return CreateArguments.model_validate(dict(args)).says("ServiceNow")

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return nothing: there is no record yet whose fields could have moved."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one POST with the raw values, token and marker included.

        Raises:
            Refused: the target exists already, or a field cannot be set this way.
        """
        del now
        wanted, args = unborn(action.target), CreateArguments.model_validate(dict(action.args))
        if wanted is None:
            raise Refused("this record exists already")
        wrong = {name: why for name, value in args.values().items() if (why := _complaint(name, value))}
        wrong |= {name: "it cannot be set here" for name in args.typed if not may_be_set(name)}
        if args.requester is not None and not SYS_ID.fullmatch(args.requester.id):
            wrong["caller_id"] = "its value has to be a sys_id"
        if wrong:
            raise Refused("; ".join(f"{label_of(name)}: {why}" for name, why in wrong.items()), fields=wrong)
        body: dict[str, JsonValue] = {
            "short_description": Untrusted(args.summary).line(),
            "description": Untrusted(args.description).clean().strip(),
            **sent(args),
            FORM_FIELD: wanted.token,
            OPERATION_FIELD: operation,
            journal.WORK_NOTES: journal.made_text(operation),
        }
        if args.requester is not None:
            body["caller_id"] = args.requester.id
        return Request("POST", f"/api/now/table/{wanted.queue}", body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for the marker: a record is made whole or not at all, and rules may have changed it since."""
        del action
        return Landed(Landing.APPLIED if operation in now.operations else Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: the bot deletes nothing."""
        del action, before
        return None


def _complaint(name: str, value: FieldValue) -> str:
    if not may_be_set(name):
        return "it cannot be set here"
    if len(value) != 1:
        return "it takes one value"
    if name == "assignment_group" and not SYS_ID.fullmatch(value[0].id):
        return "its value has to be a sys_id"
    return ""


ACTION: Final = Create()
"""One verb per file."""
