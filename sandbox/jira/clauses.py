"""One JQL clause: a field, an operator and values, made into a test of an issue."""

from __future__ import annotations

import functools
import operator as op
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.jira import seed
from sandbox.jira.records import Issue, Named, User

EMPTY: Final = frozenset({"empty", "null", "none"})
_UNITS: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_RELATIVE: Final = re.compile(r"([+-]?)(\d+)([mhdw])")
_DATES: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {">": op.gt, ">=": op.ge, "<": op.lt, "<=": op.le}


SortKey = Callable[[Issue], Any]
"""Keys of one field compare with each other."""


class ClauseError(ValueError):
    """A clause Jira would refuse; the message is Jira's."""


@dataclass(frozen=True)
class Context:
    """What the meaning of a query depends on."""

    now: datetime
    me: str
    """The caller's user name, for ``currentUser()``."""
    known: Callable[[str, str], bool]
    """Whether the site has such a project, status, …: (field, value)."""


@dataclass(frozen=True)
class Query:
    """A query that was understood."""

    matches: Callable[[Issue], bool]
    order: tuple[tuple[SortKey, bool], ...]
    """Sort keys, each with whether it is descending."""
    bounded: bool
    """Whether it restricts anything; Cloud runs no others."""

    def sort(self, issues: list[Issue]) -> list[Issue]:
        """Order the hits; without ORDER BY the newest first."""
        for key, descending in reversed(self.order or ((_created, True),)):
            issues = sorted(issues, key=key, reverse=descending)
        return issues


def _created(issue: Issue) -> Any:
    return (issue.created, int(issue.id))


def _names(*values: Named | None) -> list[str]:
    return [text for one in values if one is not None for text in (one.name.lower(), one.id)]


def _who(user: User | None) -> list[str]:
    if user is None:
        return []
    return [
        user.name.lower(),
        user.key.lower(),
        user.account_id.lower(),
        user.email,
        user.display_name.lower(),
    ]


_EQUAL: Final[dict[str, Callable[[Issue], list[str]]]] = {
    "project": lambda issue: [issue.project.key.lower(), issue.project.name.lower(), issue.project.id],
    "key": lambda issue: [issue.key.lower(), issue.id],
    "status": lambda issue: _names(issue.status),
    "statuscategory": lambda issue: [issue.status.category.name.lower(), issue.status.category.key],
    "resolution": lambda issue: _names(issue.resolution) or ["unresolved"],
    "assignee": lambda issue: _who(issue.assignee),
    "reporter": lambda issue: _who(issue.reporter),
    "creator": lambda issue: _who(issue.creator),
    "priority": lambda issue: _names(issue.priority),
    "issuetype": lambda issue: _names(issue.issuetype),
    "labels": lambda issue: [label.lower() for label in issue.labels],
    "component": lambda issue: _names(*issue.components),
    "request type": lambda issue: _names(issue.request_type),
    "impact": lambda issue: _names(issue.impact),
    "urgency": lambda issue: _names(issue.urgency),
}
_DATED: Final[dict[str, Callable[[Issue], datetime | None]]] = {
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "resolved": lambda issue: issue.resolved,
}


def _description(issue: Issue) -> str:
    return "" if issue.description is None else issue.description.text


_TEXTS: Final[dict[str, Callable[[Issue], str]]] = {
    "summary": lambda issue: issue.summary,
    "description": _description,
    "comment": lambda issue: "\n".join(one.body.text for one in issue.comments),
    "text": lambda issue: "\n".join(
        [issue.summary, _description(issue), *(one.body.text for one in issue.comments)]
    ),
}
_ALIASES: Final = {
    "issue": "key", "issuekey": "key", "id": "key", "type": "issuetype", "resolutiondate": "resolved",
    "updateddate": "updated", "createddate": "created", "components": "component", "label": "labels",
    f"cf[{seed.IMPACT.removeprefix('customfield_')}]": "impact",
    f"cf[{seed.URGENCY.removeprefix('customfield_')}]": "urgency",
    f"cf[{seed.REQUEST_TYPE.removeprefix('customfield_')}]": "request type",
}  # fmt: skip
CHECKED: Final = frozenset({"project", "key", "status", "priority", "issuetype", "resolution", "component"})
"""Fields whose values must exist, or the query is refused."""


@dataclass(frozen=True)
class Clause:
    """``field operator values``; values as written, without their quotes."""

    field: str
    operator: str
    values: tuple[str, ...]

    def predicate(self, context: Context) -> Callable[[Issue], bool]:
        """Build the test.

        Raises:
            ClauseError: no such field, operator or value.
        """
        name = _ALIASES.get(self.field.lower(), self.field.lower())
        if name in _TEXTS and self.operator in {"~", "!~"}:
            return self._negated(_text_test(_TEXTS[name], self.values[0]))
        if name in _DATED:
            return self._dated(_DATED[name], context)
        if name in _EQUAL:
            return self._equal(name, context)
        if name in _TEXTS:
            raise self._bad_operator()
        raise ClauseError(f"Field '{self.field}' does not exist or you do not have permission to view it.")

    def _bad_operator(self) -> ClauseError:
        return ClauseError(f"The operator '{self.operator}' is not supported by the '{self.field}' field.")

    def _negated(self, test: Callable[[Issue], bool]) -> Callable[[Issue], bool]:
        if self.operator in {"!=", "not in", "is not", "!~"}:
            return lambda issue: not test(issue)
        return test

    def _equal(self, name: str, context: Context) -> Callable[[Issue], bool]:
        if self.operator not in {"=", "!=", "in", "not in", "is", "is not"}:
            raise self._bad_operator()
        read = _EQUAL[name]
        wanted = {context.me if value == "currentUser()" else value.lower() for value in self.values}
        empty = bool(wanted & EMPTY)
        for value in self.values:
            if (
                name in CHECKED
                and value.lower() not in {*EMPTY, "unresolved"}
                and not context.known(name, value)
            ):
                raise ClauseError(f"The value '{value}' does not exist for the field '{self.field}'.")

        def test(issue: Issue) -> bool:
            has = read(issue)
            return bool(wanted.intersection(has)) or (empty and has in ([], ["unresolved"]))

        if self.operator in {"!=", "not in"} and not empty:
            # Jira leaves out issues whose field is empty when something is excluded.
            return lambda issue: bool(read(issue)) and not test(issue)
        return self._negated(test)

    def _dated(self, read: Callable[[Issue], datetime | None], context: Context) -> Callable[[Issue], bool]:
        if self.operator in {"is", "is not"}:
            return self._negated(lambda issue: read(issue) is None)
        if self.operator not in _COMPARE:
            raise self._bad_operator()
        compare, limit = _COMPARE[self.operator], _moment(self.values[0], self.field, context.now)

        def test(issue: Issue) -> bool:
            at = read(issue)
            return at is not None and compare(at, limit)

        return test


def _moment(value: str, field: str, now: datetime) -> datetime:
    """Read ``2026-11-20 09:30``, ``-15m`` or ``now()``; JQL knows no seconds."""
    relative = _RELATIVE.fullmatch(value)
    if relative is not None:
        seconds = int(relative[2]) * _UNITS[relative[3]]
        return now + timedelta(seconds=-seconds if relative[1] == "-" else seconds)
    if value.lower() == "now()":
        return now
    if value.lower() == "startofday()":
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    for form in _DATES:
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ClauseError(
        f"Date value '{value}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )


def _text_test(read: Callable[[Issue], str], wanted: str) -> Callable[[Issue], bool]:
    """Search words: all of them, or any when joined by OR; ``*`` ends a prefix; quotes make a phrase."""
    groups = [_terms(part) for part in re.split(r"\s+OR\s+", wanted)]
    if not any(groups):
        raise ClauseError("The text search needs at least one word.")

    def test(issue: Issue) -> bool:
        words = _words(read(issue))
        joined = f" {' '.join(words)} "
        return any(group and all(_found(term, words, joined) for term in group) for group in groups)

    return test


def _terms(part: str) -> list[str]:
    pieces = re.findall(r'"([^"]+)"|(\w+\*?)', part.lower())
    terms: list[str] = []
    for phrase, word in pieces:
        if phrase:
            words = [_stem(one) for one in re.findall(r"\w+", phrase)]
            terms.append(f" {' '.join(words)} ")
        elif word not in {"and", "or"}:
            terms.append(word if word.endswith("*") else _stem(word))
    return terms


def _found(term: str, words: Sequence[str], joined: str) -> bool:
    if term.startswith(" "):
        return term in joined
    if term.endswith("*"):
        return any(word.startswith(term[:-1]) for word in words)
    return term in words


@functools.lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Cut a text into stems; the same tickets are searched again and again."""
    return tuple(_stem(word) for word in re.findall(r"\w+", text.lower()))


def _stem(word: str) -> str:
    """Cut the commonest English endings, so that ``printers`` finds ``printer`` as in Jira's index."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:  # noqa: PLR2004  # shorter stems say nothing
            return word[: -len(ending)]
    return word


def order_key(name: str) -> SortKey:
    """Return the sort key of a field.

    Raises:
        ClauseError: it cannot be ordered by.
    """
    known = _ALIASES.get(name.lower(), name.lower())
    if known in {"created", "updated"}:
        read = _DATED[known]
        return lambda issue: (read(issue), int(issue.id))
    if known == "resolved":
        return lambda issue: (issue.resolved is not None, issue.resolved or issue.created)
    if known == "key":
        return lambda issue: (issue.project.key, int(issue.key.rpartition("-")[2]))
    if known == "priority":
        # Ascending is from the lowest up: the lists have the most urgent first.
        return lambda issue: (
            -int(issue.priority.id) if issue.priority is not None else -len(seed.PRIORITIES) - 1
        )
    if known in {"summary", "status", "assignee", "issuetype"}:
        return lambda issue: (
            issue.summary.lower() if known == "summary" else "".join(_EQUAL[known](issue)[:1])
        )
    raise ClauseError(f"Field '{name}' does not exist or you do not have permission to view it.")
