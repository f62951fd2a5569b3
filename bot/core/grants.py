"""Standing permission for one exact change: a person said *always allow exactly this*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.actions import Action
from bot.core.fingerprint import fingerprint
from bot.core.ids import ActionName, Shape, SlackUserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Changes of one shape go ahead without a card, until somebody revokes this."""

    shape: Shape
    action: ActionName
    connector: str
    queue: str
    says: str
    """The change in words, as its cards had it."""
    by: SlackUserId
    at: datetime
    rule: str
    """The rule whose cards it replaces; when that rule stops asking, the grant is void."""


def shape(action: Action, queue: str) -> Shape:
    """Name what two changes have in common when only the ticket differs: verb, arguments and queue."""
    parts = [action.name, action.target.connector, queue, dict(action.args)]
    return Shape(fingerprint(parts)[:24])
