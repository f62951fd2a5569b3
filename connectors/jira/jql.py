"""Queries in Jira's language. Pure; words of others only ever stand in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

TERMS_MAX: Final = 6
"""Words to look for: more of them find more, and less of it alike."""
TERM_CHARS_MIN: Final = 4
TERM_CHARS_MAX: Final = 40
TEXT_CHARS_MAX: Final = 2_000
"""How much of a ticket is looked at for words."""

_WORD: Final = re.compile(r"[^\W_]+")


def quoted(text: str) -> str:
    """Return ``text`` as one JQL string, whatever is in it."""
    flat = " ".join(text.split())
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"') + '"'


def within(queues: Iterable[str]) -> str:
    """Return the clause for these projects with an ``AND`` after it; empty for all projects."""
    keys = ", ".join(quoted(each) for each in queues)
    return f"project in ({keys}) AND " if keys else ""


def terms(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` worth looking for, the longest first: they say most.

    Letters and digits alone: nothing that Jira's text search takes for an operator or a wildcard.
    """
    words = (word.lower() for word in _WORD.findall(text[:TEXT_CHARS_MAX]))
    worth = dict.fromkeys(word for word in words if TERM_CHARS_MIN <= len(word) <= TERM_CHARS_MAX)
    return tuple(sorted(worth, key=len, reverse=True)[:TERMS_MAX])


def alike(queues: Iterable[str], words: Iterable[str]) -> str:
    """Return the query for solved tickets with any of ``words``; unordered, so that Jira ranks them."""
    either = " OR ".join(f"text ~ {quoted(each)}" for each in words)
    return f"{within(queues)}statusCategory = Done AND ({either})"


def solved(queues: Iterable[str]) -> str:
    """Return the query for solved tickets, the newest first."""
    return f"{within(queues)}statusCategory = Done ORDER BY resolutiondate DESC"


def changed_since(queues: Iterable[str], moment: datetime, zone: tzinfo | None) -> str:
    """Return the query for tickets changed since ``moment``, and up to a day earlier; oldest first.

    JQL reads a time to the minute and in the time zone of the account that asks, ``zone``. Where that is
    unknown (None), or the clocks are being put back, it asks for more: the caller sorts out what is too old.
    """
    return f"{within(queues)}updated >= {quoted(_local(moment, zone))} ORDER BY updated ASC, key ASC"


def _local(moment: datetime, zone: tzinfo | None) -> str:
    if zone is None:
        # The offset can be 14 hours, either way.
        return f"{moment.astimezone(UTC) - timedelta(days=1):%Y-%m-%d %H:%M}"
    local = moment.astimezone(zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = (moment - timedelta(hours=2)).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}"
