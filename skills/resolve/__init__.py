"""Resolution notes and a close code out of the conversation."""

from skills.resolve.skill import SKILL

__all__ = ["SKILL"]
