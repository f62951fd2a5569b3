"""The append-only record: who did what, on which evidence, under which rule. No ticket text, no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the audit."""

    at: datetime
    what: str
    """``<subject>.<past tense>``: ``proposal.approved``, ``click.refused``, ``skill.finished``."""
    ticket: str
    """``<connector>:<vendor id>``."""
    actor: str
    """``slack:U…``, ``skill:triage``, ``policy``, ``executor``, ``timer`` or a vendor's user id."""
    because: str = ""
    event: str = ""
    """Id of the event it follows from."""
    proposal: str = ""
    revision: int = 0
    digest: str = ""
    rule: str = ""
    trace: str = ""
    details: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Fingerprints, counts, ids, tokens and cost: figures, never prose from a ticket."""
