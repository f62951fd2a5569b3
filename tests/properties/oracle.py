"""What is right, written out once more by hand: taken from the code, it would agree with a wrong code too.

Nothing here calls ``decide``, the policy or the drift check; it reads the same data and works out for itself
what has to follow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.actions import Action, Proposal, Receipt, Risk
from bot.core.dossier import Tracked
from bot.core.events import Clicker
from bot.core.fingerprint import fingerprint
from bot.core.grants import Grant
from bot.core.tickets import FieldValue, Snapshot
from bot.core.verdicts import Asking
from tests.properties.parts import (
    BACK_AT_ONCE,
    BACK_BY_OTHERS,
    BOSS,
    DONE,
    ELSEWHERE,
    HELP,
    ONE,
    ONE_STRICT,
    PUBLIC,
    REPLY,
    SET,
    THREE,
    THREE_LAX,
    TWO,
    TWO_STRICT,
    touched,
)

HOUR = timedelta(hours=1)


@dataclass
class Known:
    """What must be true of one proposal that was put to people, as the machine has followed it."""

    asking: Asking
    """As it was when they were asked."""
    since: datetime
    queue: str
    """Where the ticket was then."""
    voices: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Who said yes to the current revision, and whose yes it was."""
    wider: bool = False
    """It has been escalated."""
    too_few: int | None = None

    @property
    def ends(self) -> datetime:
        """When nobody may decide any more."""
        return later(self.since, self.asking.expires_after_s, self.asking)

    @property
    def spent(self) -> set[str]:
        """Whose yes is counted already, in person or through somebody else."""
        return {voice for pair in self.voices for voice in pair}


def asks(what: Action, queue: str, *, undo: bool, strict: bool) -> Asking | None:
    """Return how people are asked about ``what``; None: no rule asks anybody."""
    fields = touched(what)
    if undo:
        return BACK_AT_ONCE if "priority" in fields else BACK_BY_OTHERS
    if queue == HELP and "impact" in fields:
        return ELSEWHERE
    if what.name == SET:
        by_field = {
            "priority": ONE_STRICT if strict else ONE,
            "urgency": TWO_STRICT if strict else TWO,
            "impact": THREE_LAX if strict else THREE,
        }
        return by_field.get(fields[0]) if fields else None
    return {DONE: BOSS, REPLY: PUBLIC}.get(what.name)


def voice(by: Clicker, ask: Asking, *, wider: bool, asker: str, spent: Collection[str] = ()) -> str | None:
    """Return whose word ``by`` may give; None: nobody's.

    One's own, for an approver; else that of an approver one stands in for, rather one that is not given yet.
    """
    approvers = {*ask.approvers, *(ask.escalate_to if wider else ())}
    if by.refused or (ask.four_eyes and by.id == asker):
        return None
    if by.id in approvers or approvers & by.groups:
        return by.id
    if not ask.stand_ins:
        return None
    lent = [
        who
        for who, groups in by.stands_in_for.items()
        if (who in approvers or approvers & groups) and not (ask.four_eyes and who == asker)
    ]
    fresh = [who for who in lent if who not in spent]
    return next(iter([*fresh, *lent]), None)


def may_ask_back(by: Clicker, ask: Asking, asker: str) -> bool:
    """Whether ``by`` may ask that a change ``asker`` wished for be set back."""
    approvers = set(ask.approvers)
    if by.refused:
        return False
    if by.id == asker or by.id in approvers or approvers & by.groups:
        return True
    lent = by.stands_in_for.items()
    return ask.stand_ins and any(who in approvers or bool(approvers & groups) for who, groups in lent)


def later(start: datetime, seconds: float, ask: Asking) -> datetime:
    """Return the moment ``seconds`` after ``start``; nine to five on weekdays, where the rule says so."""
    if not ask.business_hours:
        return start + timedelta(seconds=seconds)
    now, left = start, timedelta(seconds=seconds)
    while True:
        opens = now.replace(hour=9, minute=0, second=0, microsecond=0)
        closes = opens + 8 * HOUR
        if now.weekday() < 5 and now < closes:  # Monday is 0
            now = max(now, opens)
            if now + left <= closes:
                return now + left
            left -= closes - now
        now = opens + 15 * HOUR


def timers(known: Known) -> dict[str, datetime]:
    """Return the timers that a card just put to people must have, by their events' names."""
    ask = known.asking
    due = {"Reminded": ask.remind_after_s, "Escalated": ask.escalate_after_s}
    at = {name: later(known.since, after_s, ask) for name, after_s in due.items() if after_s is not None}
    return {**{name: when for name, when in at.items() if when < known.ends}, "Expired": known.ends}


def as_agreed(proposal: Proposal, now: Snapshot) -> bool:
    """Whether the ticket is still the one that people agreed to change."""
    basis = proposal.basis
    if proposal.action.risk is Risk.NOTE:
        return basis.quiet_after is None or not now.answered_by_person_after(basis.quiet_after)
    if now.ticket.closed or basis.essence not in {None, now.ticket.essence}:
        return False
    if basis.last_public not in {None, now.last_public}:
        return False
    return has(now, basis.before)


def has(now: Snapshot, fields: Mapping[str, FieldValue]) -> bool:
    """Whether the ticket holds these values."""
    return all(
        sorted(v.id for v in now.ticket.fields.get(name, ())) == sorted(v.id for v in value)
        for name, value in fields.items()
    )


def clean(receipt: Receipt | None, now: Snapshot) -> bool:
    """Whether what was done can be set back without treading on anybody's work."""
    if receipt is None or receipt.compensation is None:
        return False
    return not now.ticket.closed and has(now, receipt.after)


def granted(what: Action, ask: Asking | None, grants: Collection[Grant], queue: str) -> bool:
    """Whether somebody's *always* stands for ``what``, and the rule that asks still offers such."""
    if ask is None or ask.always_after is None or what.risk is not Risk.REVERSIBLE:
        return False
    return alike(what, queue) in {grant.shape for grant in grants}


def alike(what: Action, queue: str) -> str:
    """Name all changes that differ from ``what`` in nothing but the ticket."""
    return fingerprint([what.name, what.target.connector, queue, dict(what.args)])[:24]


def drawn(tracked: Tracked) -> object:
    """Return everything of a proposal that its card shows."""
    return (
        tracked.status,
        tracked.revision,
        tracked.digest,
        tracked.votes,
        tracked.too_few,
        tracked.escalated_at is not None,
        tracked.reminded_at is not None,
        tracked.expires_at,
        tracked.undoable and tracked.undone_by is None,
        tracked.undo_trouble,
        tracked.always,
        tracked.reason,
    )
