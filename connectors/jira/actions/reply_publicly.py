"""Answer the requester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk
from bot.core.arguments import ReplyArguments
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.ports import ActionType
from connectors.jira import wiki
from connectors.jira.actions._comments import judge, through_platform


class ReplyPublicly:
    """Add a comment that the requester reads, and is mailed."""

    name = ActionName("jira.reply_publicly")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = ReplyArguments
    undo = "undo.reply"

    def describe(self, args: Args) -> str:
        """Say in one sentence what will happen."""
        text = ReplyArguments.model_validate(dict(args)).text
        return f"Reply to the requester in {len(text.split()):,} words."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return nothing: it sets no field."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one POST; the platform API, because only there the marker fits into the same request.

        Raises:
            Refused: too long for a comment.
        """
        body = wiki.reply(ReplyArguments.model_validate(dict(action.args)).text, operation)
        return through_platform(now, body, operation, kind="reply")

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for the comment with our marker."""
        del action
        return judge(operation, now, public=True)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: the requester has been mailed."""
        del action, before
        return None


ACTION: Final[ActionType] = ReplyPublicly()
