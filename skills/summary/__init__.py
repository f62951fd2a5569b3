"""The hand-over in five lines: what, since when, what was tried, who waits for whom, what is next."""

from skills.summary.skill import SKILL

__all__ = ["SKILL"]
