"""Steps to a solution, with who takes them, how risky they are, and what has to be agreed to."""

from skills.plan.skill import SKILL

__all__ = ["SKILL"]
