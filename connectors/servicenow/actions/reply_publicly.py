"""Answer the requester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Landing, Request, Risk
from bot.core.arguments import ReplyArguments
from bot.core.ids import ActionName, Operation
from bot.core.tickets import FieldValue, Snapshot
from connectors.servicenow import journal
from connectors.servicenow.actions._writing import patch


class ReplyPublicly:
    """Write an additional comment: the requester reads it and is mailed, so it cannot be taken back."""

    name = ActionName("servicenow.reply_publicly")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = ReplyArguments
    undo = "undo.reply"

    def describe(self, args: Args) -> str:
        """Say what will happen; the text itself is shown beside it."""
        del args
        return "Reply to the requester."

    def touches(self, args: Args) -> dict[str, FieldValue]:
        """Touch no field."""
        del args
        return {}

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the PATCH: the reply for the requester, our marker for the desk, in one request."""
        args = ReplyArguments.model_validate(action.args)
        body = {
            journal.COMMENTS: journal.plain(args.text),
            journal.WORK_NOTES: journal.reply_text(operation),
        }
        return patch(now, body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Look for our marker and for our words.

        Only one of the two: the other was dropped. That is never reported as absent, because a second try
        would write to the requester twice.
        """
        wanted = journal.plain(ReplyArguments.model_validate(action.args).text)
        marked = operation in now.operations
        said = any(
            each.public and each.author.is_us and journal.same_words(each.body.raw, wanted)
            for each in now.comments
        )
        match marked, said:
            case True, True:
                return Landed(Landing.APPLIED)
            case True, False:
                return Landed(Landing.PARTLY, (journal.COMMENTS,))
            case False, True:
                return Landed(Landing.PARTLY, (journal.WORK_NOTES,))
            case _:
                return Landed(Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return None: the requester has been mailed."""
        del action, before
        return None


ACTION: Final = ReplyPublicly()
