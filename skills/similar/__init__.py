"""What else says the same: open tickets, solved ones, and whether many do at once."""

from skills.similar.skill import SKILL

__all__ = ["SKILL"]
