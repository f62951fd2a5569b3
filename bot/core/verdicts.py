"""What Policy says about an Action: allow, ask or deny, always with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

EXPIRES_AFTER_S = 8 * 3600.0
"""When a rule does not say: one working day."""


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead without asking."""

    rule: str
    """Which row of the policy: ``approvals[0]``."""
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who has to agree, and by when."""

    approvers: tuple[str, ...]
    """Slack user ids, Slack group ids, and ``<connector>/<group>`` of a ticket system; never empty."""
    quorum: int = 1
    """How many of them have to agree, one vote a person."""
    four_eyes: bool = True
    """Who asked for it may not approve it."""
    expires_after_s: float = EXPIRES_AFTER_S
    remind_after_s: float | None = None
    escalate_after_s: float | None = None
    escalate_to: tuple[str, ...] = ()
    """Who may agree as well once ``escalate_after_s`` have passed without a decision."""
    business_hours: bool = False
    """The four times above count working hours only."""
    stand_ins: bool = True
    """Whom an approver named in the App Home may agree in their place."""
    on_duty: tuple[str, ...] = ()
    """Who gets a direct message when the card is up and when it is forgotten; ids as in ``approvers``."""
    always_after: int | None = None
    """After so many equal approvals, an approver may say: always allow exactly this. None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Asking):
    """Ask ``quorum`` of ``approvers`` first."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Deny:
    """Not at all."""

    rule: str
    because: str


Verdict: TypeAlias = Allow | Ask | Deny
