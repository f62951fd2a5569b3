"""What cards need from around them: who is in a group or away, what is allowed for good, what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from approvals.blocks import is_person
from approvals.standing import Few
from bot.core.actions import Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.grants import Grant, shape
from bot.core.ids import ProposalId, Shape

COUNTED_MAX = 200
"""People of one rule who are looked up one by one to see whether enough of them can decide."""


class Roster(Protocol):
    """Who people are and which groups they are in. Every method may raise ``Retry``."""

    async def members(self, entry: str) -> frozenset[str] | None:
        """Return the Slack ids of a group's members; None when nobody knows the group any more."""
        ...

    async def may_decide(self, user: str) -> bool:
        """Whether ``user`` is a full member: no guest, stranger or bot, and not deactivated."""
        ...

    async def reached(self, people: Sequence[str], *, stand_ins: bool) -> Mapping[str, str]:
        """Return whom to write to instead of ``people``, each with the person they stand in for, or empty.

        ``stand_ins``: whether somebody's stand-in is written to in their place.
        """
        ...

    async def language(self, user: str, default: str) -> str:
        """Return the language to speak with ``user`` alone; ``default`` where it cannot be told."""
        ...


class Permissions(Protocol):
    """Standing permissions. Every method may raise ``Retry``."""

    async def equal(self, shape: Shape, proposal: ProposalId) -> int:
        """Return how many equal changes people approved and saw done."""
        ...

    async def get(self, shape: Shape) -> Grant | None:
        """Return the permission for ``shape``, if there is one."""
        ...


class Saying(Protocol):
    """What was said once. Every method may raise ``Retry``."""

    async def claim(self, topic: str, by: str) -> bool:
        """Whether ``by`` is the one to say ``topic``."""
        ...

    async def is_said(self, topic: str) -> bool:
        """Whether ``topic`` was said."""
        ...

    async def said(self, topic: str) -> None:
        """Remember that ``topic`` was said."""
        ...

    async def last(self, topic: str) -> str:
        """Return what was noted about ``topic``; empty when nothing was."""
        ...

    async def note(self, topic: str, what: str) -> None:
        """Note ``what`` about ``topic``, in place of what was noted before."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """The three together."""

    roster: Roster
    permissions: Permissions
    saying: Saying


async def headcount(roster: Roster, tracked: Tracked) -> Few:
    """Return how many people can decide on ``tracked``, counted as far as its quorum needs.

    Who asked does not count with four eyes; who has agreed does. May raise ``Retry``.
    """
    ask = tracked.ask
    assert ask is not None, "only what is asked has approvers"
    can: set[str] = {each.stands_in_for or each.by for each in tracked.votes}
    looked_at = set(can)
    gone: list[str] = []
    for entry in tracked.approvers:
        members = frozenset({entry}) if is_person(entry) else await roster.members(entry)
        if members is None:
            gone.append(entry)
        for user in sorted(members or ()):
            if len(can) >= ask.quorum or len(looked_at) >= COUNTED_MAX:
                break
            excluded = user in looked_at or (ask.four_eyes and user == tracked.proposal.by)
            looked_at.add(user)
            if not excluded and await roster.may_decide(user):
                can.add(user)
    return Few(len(can), tuple(gone))


async def offers_always(permissions: Permissions, dossier: Dossier, tracked: Tracked) -> bool:
    """Whether the record of ``tracked`` may offer: always allow exactly this. May raise ``Retry``."""
    ask, proposal = tracked.ask, tracked.proposal
    if ask is None or ask.always_after is None or tracked.status is not Status.EXECUTED:
        return False
    if proposal.action.risk is not Risk.REVERSIBLE or proposal.undoes is not None:
        return False
    if tracked.edited or tracked.always or not tracked.votes:
        return False
    kind = shape(proposal.action, dossier.queue)
    if await permissions.equal(kind, proposal.id) < ask.always_after:
        return False
    return await permissions.get(kind) is None
