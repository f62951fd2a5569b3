"""Queries in Jira's language. Pure; words of others only ever stand in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bot.core.errors import Refused

TERMS_MAX: Final = 6
"""Words to look for: more of them find more, and less of it alike."""
TERM_CHARS_MIN: Final = 4
TERM_CHARS_MAX: Final = 40
TEXT_CHARS_MAX: Final = 2_000
"""How much of a ticket is looked at for words."""

_WORD: Final = re.compile(r"[^\W_]+")
_STRING: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_ORDER: Final = re.compile(r"\border\s+by\b", re.IGNORECASE)


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


def lesson(queues: Iterable[str], condition: str) -> str:
    """Return the query for solved tickets that meet ``condition``, somebody's own JQL; the oldest first.

    In an order in which what is solved meanwhile comes last, so that pages can be followed for hours.

    Raises:
        Refused: it says in which order, or its brackets or quotes do not end.
    """
    bare = _STRING.sub("", condition)
    if _ORDER.search(bare):
        raise Refused("leave ORDER BY out of the query: tickets are read oldest first")
    if '"' in bare or "'" in bare or not _is_closed(bare):
        raise Refused("a quote or a bracket in the query is not closed")
    also = f" AND ({condition.strip()})" if condition.strip() else ""
    return f"{within(queues)}statusCategory = Done{also} ORDER BY created ASC, key ASC"


def _is_closed(text: str) -> bool:
    """Whether every bracket is closed, and none before it was opened: what follows stays within ours."""
    depth = 0
    for mark in text:
        depth += (mark == "(") - (mark == ")")
        if depth < 0:
            return False
    return depth == 0


def changed_since(queues: Iterable[str], moment: datetime, zone: tzinfo | None) -> str:
    """Return the query for tickets changed since ``moment``, and up to a day earlier; oldest first.

    JQL reads a time to the minute and in the time zone of the account that asks, ``zone``. Where that is
    unknown (None), or the clocks are being put back, it asks for more: the caller sorts out what is too old.
    """
    return f"{within(queues)}updated >= {quoted(_local(moment, zone))} ORDER BY updated ASC, key ASC"


def made_since(queue: str, moment: datetime, zone: tzinfo | None) -> str:
    """Return the query for tickets that our own account made there since ``moment``, the oldest first."""
    since = quoted(_local(moment - timedelta(minutes=1), zone))
    return f"{within((queue,))}creator = currentUser() AND created >= {since} ORDER BY created ASC, key ASC"


def _local(moment: datetime, zone: tzinfo | None) -> str:
    if zone is None:
        # The offset can be 14 hours, either way.
        return f"{moment.astimezone(UTC) - timedelta(days=1):%Y-%m-%d %H:%M}"
    local = moment.astimezone(zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = (moment - timedelta(hours=2)).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}"
