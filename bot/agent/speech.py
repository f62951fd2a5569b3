"""A model's words on their way to a person: put back, made harmless, and let out a sentence at a time. Pure.

A link or a mention may be cut anywhere by the stream it comes in. So nothing goes out before it is whole: a
line, or a sentence that has ended outside of every bracket. Each character is looked at once, however many
there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bot.core.outgoing import harmless
from bot.core.redaction import PLACEHOLDER

_MARK: Final = re.compile(r"[\[\](){}<>`]|\n|(?<=[.!?…:;])[ \t]+")
"""A bracket, or where a piece may end. No link holds white space, so what stands before one is whole or in a
bracket; and none goes on in the next line."""
_DEEPER: Final = frozenset("[({<")
HIDDEN: Final = "[…]"
"""What stands for a secret, and for a value of somebody else's ticket."""


class Speech:
    """The words of one answer."""

    def __init__(self, restore: Callable[[str], str], hosts: frozenset[str]) -> None:
        """``restore``: puts values back; ``hosts``: the only ones a link may go to."""
        self._restore, self._hosts = restore, hosts
        self._held = ""
        self._looked_at = self._safe = self._depth = 0
        self._in_code = False
        self._pieces: list[str] = []

    @property
    def heard(self) -> str:
        """All that came in so far, as the model wrote it."""
        return "".join(self._pieces)

    def take(self, delta: str) -> str:
        """Take some more, and return what may be shown now, as the model wrote it; often nothing."""
        self._pieces.append(delta)
        self._held += delta
        for mark in _MARK.finditer(self._held, self._looked_at):
            self._look_at(mark)
        self._looked_at = len(self._held)
        ready, self._held = self._held[: self._safe], self._held[self._safe :]
        self._looked_at, self._safe = len(self._held), 0
        return ready

    def rest(self) -> str:
        """Return what was held back, as the model wrote it; the answer is whole now."""
        left, self._held = self._held, ""
        self._looked_at = 0
        return left

    def shown(self, text: str) -> str:
        """Return some of the model's words as a person may read them."""
        return said(text, self._restore, self._hosts)

    def _look_at(self, mark: re.Match[str]) -> None:
        sign = mark.group()
        if sign == "\n":
            self._depth, self._in_code, self._safe = 0, False, mark.end()
        elif sign == "`":
            self._in_code = not self._in_code
        elif sign in _DEEPER:
            self._depth += 1
        elif not sign.isspace():
            self._depth = max(0, self._depth - 1)
        elif not self._depth and not self._in_code:
            self._safe = mark.end()


def said(text: str, restore: Callable[[str], str], hosts: frozenset[str]) -> str:
    """Return a model's words as a person may read them. White space at the ends stays, for pieces."""
    words = text.strip()
    if not words:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{harmless(PLACEHOLDER.sub(HIDDEN, restore(words)), hosts)}{after}"
