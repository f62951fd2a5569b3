"""What Policy says about an Action: allow, ask or deny, always with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead without asking."""

    rule: str
    """Which row of the policy: ``approvals[0]``."""
    because: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask one of ``approvers`` first."""

    rule: str
    because: str
    approvers: tuple[str, ...]
    """Slack user ids and user-group ids, never empty."""
    four_eyes: bool
    """Who asked for it may not approve it."""
    expires_after_s: float


@dataclass(frozen=True, slots=True)
class Deny:
    """Not at all."""

    rule: str
    because: str


Verdict: TypeAlias = Allow | Ask | Deny
