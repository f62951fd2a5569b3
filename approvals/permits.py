"""The last gate before the outside is changed.

Only :mod:`bot.runtime.executor` may import this module, so a reviewer who sees a ``Permit`` knows that it
came through here.
"""

from __future__ import annotations

from approvals.drift import drift
from bot.core.dossier import Status, Tracked
from bot.core.errors import Stale
from bot.core.permit import Permit
from bot.core.tickets import Snapshot


def mint(tracked: Tracked, now: Snapshot, language: str) -> Permit:
    """Check, at the last moment, that this is claimed and unaltered, and the ticket still the approved one.

    ``now`` must have been read after the claim, or the check proves nothing.

    Raises:
        Stale: it is none of that; nothing may be executed. The message is for the card.
    """
    if tracked.status is not Status.EXECUTING or tracked.operation is None:
        raise Stale(f"status is {tracked.status.value}, not executing")
    if tracked.proposal.action.digest() != tracked.digest:
        raise Stale("what is stored is not what was approved")
    what = drift(tracked.proposal, now, language)
    if what is not None:
        raise Stale(what)
    return Permit(digest=tracked.digest, operation=tracked.operation)
