"""A desk's past of our own making: tickets as people write them, from stories, the same for the same seed."""

from sandbox.demo.past.telling import Past, tell

__all__ = ["Past", "tell"]
