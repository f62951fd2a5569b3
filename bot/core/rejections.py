"""What people said no to, so that it is not asked again and the next suggestion is better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import ActionName, Digest, Essence
from bot.core.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """One rejection."""

    digest: Digest
    essence: Essence | None
    action: ActionName
    says: str
    """The change in words."""
    reason: Untrusted
    """In the words of the person who said no; may be empty."""
    at: datetime
