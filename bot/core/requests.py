"""A person asks for a change: the fact that brings what they want to the ticket's lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.core.actions import Proposal
from bot.core.ids import ActionName, EventId, SlackUserId
from bot.core.tickets import Snapshot
from bot.core.untrusted import Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """Somebody asked for changes, in a conversation or by a command; each has to be agreed to on a card."""

    id: EventId
    at: datetime
    by: SlackUserId
    """Who asked; each proposal's ``by`` is the same, so that four eyes are told apart. Empty, or
    ``skill:<name>`` for what a skill wishes: somebody on the ticket itself."""
    name: Untrusted = field(default_factory=lambda: Untrusted(""))
    """As Slack shows the person."""
    snapshot: Snapshot
    """What the proposals rest on."""
    proposals: tuple[Proposal, ...]
    exact: bool = False
    """The person filled in a form of ours that is exactly this, and sent it: what a rule allows needs no
    second click then. Counts for making tickets alone, whatever says it."""
    together: bool = False
    """They belong together: what has to be agreed to shares one card, and each is still decided by itself."""
    note_action: ActionName
    """The verb that leaves an internal note in this system."""
