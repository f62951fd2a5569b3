"""Which field values fit a ticket, which solved ones are like it, and what to answer."""

from skills.triage.skill import SKILL

__all__ = ["SKILL"]
