"""A model's words on their way to a person: put back, made harmless, and let out a sentence at a time. Pure.

A link or a mention may be cut anywhere by the stream it comes in. So nothing goes out before it is whole: a
sentence that has ended, outside of every bracket, judged together with all that stands before it in its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bot.core.outgoing import harmless
from bot.core.redaction import PLACEHOLDER

_END: Final = re.compile(r"\n+|(?<=[.!?…:;])[ \t]+")
"""Where a piece may end. No link holds white space, so what stands before one is whole or in a bracket."""
HIDDEN: Final = "[…]"
"""What stands for a secret, and for a value of somebody else's ticket."""
HELD_CHARS_MAX: Final = 20_000
"""Held back at most: what never closes a bracket comes at the end, in one piece."""


class Speech:
    """The words of one answer."""

    def __init__(self, restore: Callable[[str], str], hosts: frozenset[str]) -> None:
        """``restore``: puts values back; ``hosts``: the only ones a link may go to."""
        self._restore, self._hosts = restore, hosts
        self._held = ""
        self._heard = ""

    @property
    def heard(self) -> str:
        """All that came in so far, as the model wrote it."""
        return self._heard

    def take(self, delta: str) -> str:
        """Take some more, and return what may be shown now; often nothing."""
        self._heard += delta
        self._held += delta
        cut = _safe_end(self._held)
        if not cut:
            return ""
        ready, self._held = self._held[:cut], self._held[cut:]
        return said(ready, self._restore, self._hosts)

    def rest(self) -> str:
        """Return what was held back; the answer is whole now."""
        left, self._held = self._held, ""
        return said(left, self._restore, self._hosts)


def said(text: str, restore: Callable[[str], str], hosts: frozenset[str]) -> str:
    """Return a model's words as a person may read them. White space at the ends stays, for pieces."""
    words = text.strip()
    if not words:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{harmless(PLACEHOLDER.sub(HIDDEN, restore(words)), hosts)}{after}"


def _safe_end(text: str) -> int:
    """Return how much of ``text`` is whole: up to the last end of a sentence with nothing open before it."""
    if len(text) > HELD_CHARS_MAX:
        return 0
    ends = [match.end() for match in _END.finditer(text)]
    for end in reversed(ends):
        if _closed(text[:end]):
            return end
    return 0


def _closed(text: str) -> bool:
    pairs = (("[", "]"), ("(", ")"), ("<", ">"), ("{", "}"))
    return (
        all(text.count(opens) <= text.count(closes) for opens, closes in pairs) and text.count("`") % 2 == 0
    )
