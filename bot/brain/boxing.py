"""Boxes around other people's words in a prompt: data between marks that it cannot forge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def unmarked(text: str, names: Iterable[str]) -> str:
    """Take the point off anything in ``text`` that looks like the mark of a box called one of ``names``."""
    return _marks(frozenset(names)).sub("‹", text)  # noqa: RUF001  # on purpose not the mark's own character


def boxed(name: str, text: str, names: Iterable[str]) -> str:
    """Put ``text`` in a box called ``name``; ``names``: of all boxes of the prompt, it ends none of them."""
    return f"<{name}>\n{unmarked(text, names)}\n</{name}>"


@lru_cache(maxsize=64)
def _marks(names: frozenset[str]) -> re.Pattern[str]:
    either = "|".join(sorted(map(re.escape, names)))
    return re.compile(rf"<(?=\s{{0,8}}/?\s{{0,8}}(?:{either})\b)", re.IGNORECASE)
