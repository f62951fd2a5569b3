"""Texts that a regular expression matches, drawn from a seed: what a scanner's rule would call a secret."""

from __future__ import annotations

import importlib
import re
import string
from random import Random
from typing import Any, Final

codes: Final[Any] = importlib.import_module("re._constants")
parser: Final[Any] = importlib.import_module("re._parser")
"""The standard library's own parser; it has no stubs, so it is not imported by name."""

REPEATS_MAX: Final = 12
"""Beyond the least; a rule that allows any number is not tried with a page."""
PRINTABLE: Final = tuple(chr(code) for code in range(33, 127))
_CATEGORIES: Final = {
    codes.CATEGORY_DIGIT: string.digits,
    codes.CATEGORY_WORD: f"{string.ascii_letters}{string.digits}_",
    codes.CATEGORY_SPACE: " ",
}
_OTHERS: Final = {
    codes.CATEGORY_NOT_DIGIT: string.digits,
    codes.CATEGORY_NOT_WORD: f"{string.ascii_letters}{string.digits}_",
    codes.CATEGORY_NOT_SPACE: " ",
}


class Sampler:
    """Draws texts for one expression. Look-arounds and anchors are left out: check what comes."""

    def __init__(self, pattern: str, random: Random) -> None:
        """Parse ``pattern``; ``re.error`` where Python does not read it."""
        self._tree, self._random = parser.parse(pattern), random

    def draw(self) -> str:
        """Return one text."""
        return "".join(self._drawn(item) for item in self._tree)

    def _drawn(self, item: tuple[Any, Any]) -> str:
        code, what = item
        if code is codes.LITERAL:
            return chr(what)
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            least, most, inner = what
            times = self._random.randint(least, min(most, least + REPEATS_MAX))
            return "".join(self._all(inner) for _ in range(times))
        if code is codes.BRANCH:
            return self._all(self._random.choice(what[1]))
        if code is codes.SUBPATTERN:
            return self._all(what[-1])
        if code is codes.ATOMIC_GROUP:
            return self._all(what)
        return self._character(code, what)

    def _all(self, items: Any) -> str:
        return "".join(self._drawn(item) for item in items)

    def _character(self, code: Any, what: Any) -> str:
        if code is codes.IN:
            return self._random.choice(_members(what))
        if code is codes.ANY:
            return self._random.choice(PRINTABLE)
        if code is codes.NOT_LITERAL:
            return self._random.choice([each for each in PRINTABLE if each != chr(what)])
        return ""  # an anchor, a look-around, a reference back: whoever draws checks the whole


def python_form(pattern: str) -> str:
    """Return RE2's ``pattern`` as Python reads it: the whole is case-blind where a part is."""
    plain = pattern.replace(r"\z", r"\Z").replace("[[:alnum:]]", "[A-Za-z0-9]")
    if "(?i)" not in plain:
        return plain
    return "(?i)" + plain.replace("(?i)", "")


def matched(pattern: re.Pattern[str], text: str, group: int) -> str:
    """Return the secret in ``text`` as the rule has it: the named group, or the first that is no quote."""
    found = pattern.search(text)
    if found is None:
        return ""
    if group:
        return found[group] or ""
    return next((each for each in found.groups() if each and len(each) > 4), found[0])


def _members(items: Any) -> list[str]:
    inside: set[str] = set()
    negated = False
    for code, what in items:
        if code is codes.NEGATE:
            negated = True
        elif code is codes.LITERAL:
            inside.add(chr(what))
        elif code is codes.RANGE:
            inside |= {chr(each) for each in range(what[0], min(what[1], 126) + 1)}
        elif what in _CATEGORIES:
            inside |= set(_CATEGORIES[what])
        else:
            inside |= set(PRINTABLE) - set(_OTHERS[what])
    return sorted(set(PRINTABLE) - inside if negated else inside)
