"""Which past tickets to look at, and how alike they are. Pure.

The platform's full-text search wants every word at once, so a whole summary finds nothing. Candidates are
those that hold any of the summary's most telling words; the order is by words in common.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.core.errors import Refused
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from connectors.servicenow.mapping import INCIDENT, Row, raw
from connectors.servicenow.queries import moment_text

WORDS_MAX: Final = 6
"""Each is a LIKE over the table: more would be slow on a large instance."""
WORD_CHARS_MIN: Final = 4
CANDIDATES_MAX: Final = 60
"""Rows compared: five are shown, and each may bring a long description."""
LOOK_BACK: Final = timedelta(days=730)
"""sys_updated_on is indexed: the bound keeps the LIKEs off the oldest years."""
TEXT_CHARS_MAX: Final = 4_000
"""How much of a text is compared; a ticket may hold a megabyte."""

_WORD: Final = re.compile(rf"[^\W_]{{{WORD_CHARS_MIN},40}}")
_COMMON: Final = frozenset(
    _WORD.findall("""
    about after again also been before cannot could does doing from have help into just like need needs
    please problem since some that their them then there they this ticket user users very when where which
    will with work working would your
    avec cette dans depuis être mais merci nous plus pour sont tout votre
""")
)
"""Words of English and French that tell one ticket from another badly."""


def solved_query(table: str) -> str:
    """Return the condition that holds for solved records: cancelled ones taught nobody anything."""
    return "stateIN6,7" if table == INCIDENT else "active=false"


def lesson_query(table: str, condition: str) -> str:
    """Return the query for solved records that meet ``condition``, somebody's own query; oldest first.

    Raises:
        Refused: it says in which order, or begins a second query, which would not be held to solved records.
    """
    if "^^" in condition:
        raise Refused("a query with ^^ in it cannot be read page by page: look for the rest of that value")
    parts = [part for part in condition.strip().strip("^").split("^") if part not in {"", "EQ"}]
    if any(part.startswith(("NQ", "ORDERBY", "GROUPBY")) for part in parts):
        raise Refused("leave ^NQ, ^ORDERBY and ^GROUPBY out of the query: records are read oldest first")
    if any(part.startswith("OR") for part in parts[:1]):
        raise Refused("the query may not begin with OR: it would then also find unsolved records")
    return "^".join([solved_query(table), *parts, "ORDERBYsys_created_on", "ORDERBYsys_id"])


def similar_query(ticket: Ticket, table: str, sys_id: str) -> str:
    """Return the query for candidates, or empty where the summary holds no word to go by."""
    words = _telling(ticket.summary)
    if not words:
        return ""
    since = moment_text(ticket.created_at - LOOK_BACK)
    anywhere = "^OR".join(f"short_descriptionLIKE{word}" for word in words)
    bounds = f"sys_updated_on>={since}^sys_id!={sys_id}"
    return f"{solved_query(table)}^{bounds}^{anywhere}^ORDERBYDESCsys_updated_on"


def score(ticket: Ticket, row: Row) -> float:
    """Return how alike, 0 to 1: the share of words in common (Dice), a summary's words counted twice."""
    one = _weights(ticket.summary.raw, ticket.description.raw)
    other = _weights(raw(row, "short_description"), raw(row, "description"))
    total = sum(one.values()) + sum(other.values())
    common = sum(min(weight, other.get(word, 0)) for word, weight in one.items())
    return 2 * common / total if total else 0.0


def best(ticket: Ticket, rows: Sequence[Row], limit: int) -> list[tuple[float, Row]]:
    """Return the ``limit`` rows most alike, best first; those without a word in common are left out."""
    scored = [(score(ticket, row), row) for row in rows]
    ranked = sorted(scored, key=lambda each: (-each[0], raw(each[1], "number")))
    return [each for each in ranked if each[0] > 0][:limit]


def _telling(summary: Untrusted) -> list[str]:
    words = dict.fromkeys(_words(summary.raw))
    return sorted(words, key=lambda word: (-len(word), word))[:WORDS_MAX]


def _weights(summary: str, description: str) -> dict[str, int]:
    weights = dict.fromkeys(_words(description), 1)
    return weights | dict.fromkeys(_words(summary), 2)


def _words(text: str) -> list[str]:
    found = _WORD.findall(Untrusted(text[:TEXT_CHARS_MAX]).clean().casefold())
    return [word for word in found if word not in _COMMON]
