"""ServiceNow's encoded queries: parsed, with the platform's habit of ignoring what it does not understand.

Operators: ServiceNowDocs, platform-user-interface/r_OpAvailableFiltersQueries.md. Conditions are joined by
``^``, alternatives by ``^OR``, whole queries by ``^NQ``; a literal caret is written ``^^``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Check = Callable[[str, str], bool]
Lookup = Callable[[str], str]
"""Gives a row's raw value of a field, dot-walks included."""


def _ordered(left: str, right: str) -> int:
    """Compare as numbers where both are, else as text: dates are text that sorts."""
    try:
        a, b = float(left), float(right)
    except ValueError:
        return (left > right) - (left < right)
    return (a > b) - (a < b)


def _among(value: str, wanted: str) -> bool:
    return value.casefold() in {item.strip().casefold() for item in wanted.split(",")}


def _between(value: str, wanted: str) -> bool:
    low, _, high = wanted.partition("@")
    return bool(value) and _ordered(value, low) >= 0 and _ordered(value, high) <= 0


OPERATORS: Final[dict[str, Check]] = {
    "INSTANCEOF": lambda value, wanted: value == wanted,
    "ISNOTEMPTY": lambda value, _: bool(value),
    "ISEMPTY": lambda value, _: not value,
    "ANYTHING": lambda _value, _wanted: True,
    "EMPTYSTRING": lambda value, _: not value,
    "STARTSWITH": lambda value, wanted: value.casefold().startswith(wanted.casefold()),
    "ENDSWITH": lambda value, wanted: value.casefold().endswith(wanted.casefold()),
    "BETWEEN": _between,
    "NOT LIKE": lambda value, wanted: wanted.casefold() not in value.casefold(),
    "NOTLIKE": lambda value, wanted: wanted.casefold() not in value.casefold(),
    "CONTAINS": lambda value, wanted: wanted.casefold() in value.casefold(),
    "LIKE": lambda value, wanted: wanted.casefold() in value.casefold(),
    "NOT IN": lambda value, wanted: not _among(value, wanted),
    "NOTIN": lambda value, wanted: not _among(value, wanted),
    "IN": _among,
    "!=": lambda value, wanted: value.casefold() != wanted.casefold(),
    ">=": lambda value, wanted: bool(value) and _ordered(value, wanted) >= 0,
    "<=": lambda value, wanted: bool(value) and _ordered(value, wanted) <= 0,
    ">": lambda value, wanted: bool(value) and _ordered(value, wanted) > 0,
    "<": lambda value, wanted: bool(value) and _ordered(value, wanted) < 0,
    "=": lambda value, wanted: value.casefold() == wanted.casefold(),
}
"""Longest first where one begins another. Text compares without case, as the platform's database does."""

_CONDITION = re.compile(
    r"(?P<field>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?P<op>"
    + "|".join(re.escape(name) for name in OPERATORS)
    + r")(?P<value>.*)",
    re.DOTALL,
)
_CARET = re.compile(r"(?<!\^)\^(?!\^)")
_TEXT_SEARCH = "123TEXTQUERY321="


@dataclass(frozen=True)
class Condition:
    """One ``field operator value``."""

    field: str
    operator: str
    value: str

    def holds(self, lookup: Lookup) -> bool:
        """Whether the row behind ``lookup`` meets it."""
        return OPERATORS[self.operator](lookup(self.field), self.value)


@dataclass
class Query:
    """A parsed query: any of ``groups``, each all of its clauses, each any of its conditions."""

    groups: list[list[list[Condition]]] = field(default_factory=lambda: [[]])
    order: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    """(field, descending), the first the most significant."""
    words: list[str] = field(default_factory=list[str])
    """Full-text search: every word has to occur in the record."""
    ignored: list[str] = field(default_factory=list[str])
    """The parts that were not understood."""

    def matches(self, lookup: Lookup, text: Callable[[], str]) -> bool:
        """Whether a row meets it; ``text`` gives the row's searchable text."""
        if self.words and not all(word in text() for word in self.words):
            return False
        return any(all(any(one.holds(lookup) for one in clause) for clause in group) for group in self.groups)

    def sort_key(self, lookup: Lookup, which: str) -> tuple[int, float, str]:
        """Key of one order column: empty first, then numbers, then text."""
        value = lookup(which)
        try:
            return (bool(value), float(value), "") if value else (0, 0.0, "")
        except ValueError:
            return (2, 0.0, value.casefold())


def parse(encoded: str, known: Callable[[str], bool], dynamic: Callable[[str], str | None]) -> Query:
    """Read ``encoded``; a field that is not ``known`` puts its part among the ignored.

    ``dynamic`` evaluates a ``javascript:`` value, and gives ``None`` for a script it does not know.
    """
    query = Query()
    for part in _CARET.split(encoded):
        _take(query, part.replace("^^", "^"), known, dynamic)
    return query


def _take(
    query: Query, part: str, known: Callable[[str], bool], dynamic: Callable[[str], str | None]
) -> None:
    if part in ("", "EQ"):
        return
    if part.startswith("NQ"):
        query.groups.append([])
        part = part[2:]
    if part.startswith("ORDERBY"):
        descending = part.startswith("ORDERBYDESC")
        _order(
            query, part.removeprefix("ORDERBYDESC" if descending else "ORDERBY"), known, descending=descending
        )
    elif part.startswith(_TEXT_SEARCH):
        query.words += part.removeprefix(_TEXT_SEARCH).casefold().split()
    elif part.startswith("GROUPBY"):
        return
    else:
        alternative = part.startswith("OR")
        condition = _condition(part.removeprefix("OR") if alternative else part, known, dynamic)
        if condition is None:
            query.ignored.append(part)
        elif alternative and query.groups[-1]:
            query.groups[-1][-1].append(condition)
        else:
            query.groups[-1].append([condition])


def _order(query: Query, name: str, known: Callable[[str], bool], *, descending: bool) -> None:
    if known(name):
        query.order.append((name, descending))
    else:
        query.ignored.append(name)


def _condition(
    part: str, known: Callable[[str], bool], dynamic: Callable[[str], str | None]
) -> Condition | None:
    found = _CONDITION.fullmatch(part)
    if found is None or not known(found["field"]):
        return None
    value: str | None = found["value"]
    if found["value"].startswith("javascript:"):
        value = dynamic(found["value"].removeprefix("javascript:"))
    return None if value is None else Condition(found["field"], found["op"], value)
