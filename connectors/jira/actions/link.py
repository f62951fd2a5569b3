"""Link a ticket to another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, JsonValue

from bot.core.actions import Action, Args, Landed, Landing, Request, Risk
from bot.core.arguments import LinkArguments
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.core.untrusted import Untrusted
from bot.ports import ActionType
from connectors.jira.actions._edit import LABEL_CHARS_MAX
from connectors.jira.mapping import LINKS, link_name
from connectors.jira.marks import edit_marks


class Link:
    """Say that two tickets belong together.

    Through an edit of the ticket (``update.issuelinks``) rather than ``POST /issueLink``, which answers
    nothing and could carry no marker. An edit takes one link and no more, and only ever adds: ``DELETE
    /issueLink`` could carry no marker either. So it counts as irreversible, although a person takes it away
    in a moment.
    """

    name = ActionName("jira.link")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = LinkArguments
    undo = "undo.link"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        wanted = LinkArguments.model_validate(dict(args))
        return f"Link the ticket to {wanted.other} ({Untrusted(wanted.type).line(LABEL_CHARS_MAX)})."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return nothing: links that others make meanwhile are none of its business."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one PUT.

        Raises:
            Refused: it would be linked to itself, or is linked so already.
        """
        wanted = LinkArguments.model_validate(dict(action.args))
        if wanted.other == now.ticket.key:
            raise Refused(f"{wanted.other} cannot be linked to itself")
        if _is_there(wanted, now):
            raise Refused(f"the ticket is linked to {wanted.other} already")
        added: JsonValue = {"add": {"type": {"name": wanted.type}, "outwardIssue": {"key": wanted.other}}}
        body: dict[str, JsonValue] = {"update": {LINKS: [added]}}
        body |= edit_marks(operation, now.ticket.operations)
        return Request("PUT", f"/rest/api/2/issue/{now.ticket.ref.id}", body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for the link."""
        if _is_there(LinkArguments.model_validate(dict(action.args)), now):
            return Landed(Landing.APPLIED)
        if operation in now.ticket.operations:
            return Landed(Landing.PARTLY, (LINKS,))
        return Landed(Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: an edit takes no link away."""
        del action, before
        return None


def _is_there(wanted: LinkArguments, now: Snapshot) -> bool:
    name = link_name(wanted.type, wanted.other)
    return any(value.id == name for value in now.ticket.fields.get(LINKS, ()))


ACTION: Final[ActionType] = Link()
