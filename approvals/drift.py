"""Is the ticket still the one the proposal rests on? Pure; the answer is in words for the card."""

from __future__ import annotations

from approvals.payload import label_of
from bot.core.actions import Proposal, Risk
from bot.core.notes import shown
from bot.core.tickets import Snapshot
from bot.core.words import say


def drift(proposal: Proposal, now: Snapshot, language: str) -> str | None:
    """Return what changed so that ``proposal`` no longer applies, or None when it still does.

    ``now`` must have been read after the approval, or the check proves nothing.
    """
    basis = proposal.basis
    if basis.quiet_after is not None and now.answered_by_person_after(basis.quiet_after):
        return say(language, "drift.person")
    if proposal.action.risk is Risk.NOTE:
        return None
    if now.ticket.closed:
        return say(language, "drift.closed")
    if basis.essence is not None and now.ticket.essence != basis.essence:
        return say(language, "drift.text")
    for name, before in basis.before.items():
        after = now.ticket.fields.get(name, ())
        if {v.id for v in after} != {v.id for v in before}:
            return say(
                language,
                "drift.field",
                field=label_of(proposal, name),
                before=shown(before, language),
                after=shown(after, language),
            )
    if basis.last_public is not None and now.last_public != basis.last_public:
        return say(language, "drift.message")
    return None
