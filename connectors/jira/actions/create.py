"""Make a ticket."""

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
from bot.ports import ActionType
from connectors.jira import wiki
from connectors.jira.asking import sent
from connectors.jira.marks import made_marks
from connectors.jira.place import place_of

NAMED: Final = frozenset({"project", "issuetype", "summary", "description", "reporter"})
"""Fields with an argument of their own."""


class Create:
    """Make an issue, once; nothing deletes it again."""

    name = ActionName("jira.create")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = CreateArguments
    undo = "undo.create"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        return CreateArguments.model_validate(dict(args)).says("Jira")

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return nothing: there is no ticket yet whose fields could have moved."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one POST; the marks travel in it as issue properties.

        Raises:
            Refused: the target exists already, or a field has an argument of its own.
        """
        wanted, args = unborn(action.target), CreateArguments.model_validate(dict(action.args))
        if wanted is None:
            raise Refused("this ticket exists already")
        doubled = sorted(NAMED & (set(args.fields) | set(args.typed)))
        if doubled:
            raise Refused(
                f"{', '.join(doubled)} cannot be set like this", fields=dict.fromkeys(doubled, "set")
            )
        description = wiki.prose(args.description)
        cloud = place_of(now.ticket).cloud
        fields: dict[str, JsonValue] = {
            "project": {"key": wanted.queue},
            "issuetype": {"id": args.type.id},
            "summary": Untrusted(args.summary).line(),
        }
        if description:
            fields["description"] = description
        if args.requester is not None:
            fields["reporter"] = {"accountId" if cloud else "name": args.requester.id}
        fields |= sent(args, cloud=cloud)
        body: dict[str, JsonValue] = {"fields": fields, "properties": made_marks(operation, wanted.token)}
        return Request("POST", "/rest/api/2/issue", body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for the marker: an issue is made whole or not at all, and people may have changed it since."""
        del action
        return Landed(Landing.APPLIED if operation in now.operations else Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: the bot deletes nothing."""
        del action, before
        return None


ACTION: Final[ActionType] = Create()
