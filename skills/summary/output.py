"""What a model may say of a ticket in a hand-over: five statements, each of a sentence or two."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import StringConstraints

from bot.core.briefs import Brief, BriefLine
from bot.core.untrusted import Untrusted
from skills._writing import Answer

STATEMENT_CHARS_MAX: Final = 400
"""Two sentences; more is no hand-over."""
Statement = Annotated[
    str, StringConstraints(min_length=1, max_length=STATEMENT_CHARS_MAX, strip_whitespace=True)
]
LINES: Final = ("what", "since", "tried", "waits", "next")
"""In the order in which they are read."""


class HandOver(Answer):
    """The five."""

    what: Statement
    since: Statement
    tried: Statement
    waits: Statement
    next: Statement


def brief_of(said: HandOver) -> Brief:
    """Return them as lines."""
    words = (said.what, said.since, said.tried, said.waits, said.next)
    lines = [
        BriefLine(f"brief.summary.{name}", Untrusted(each)) for name, each in zip(LINES, words, strict=True)
    ]
    return Brief("brief.summary.title", tuple(lines))
