"""A reply to the requester, in their language, with what it rests on."""

from skills.draft.skill import SKILL

__all__ = ["SKILL"]
