"""The part of JQL that connectors use: a tokeniser, a small parser, and the messages Jira gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.jira.answers import Refused, refusal
from sandbox.jira.clauses import Clause, ClauseError, Context, Query, SortKey, order_key
from sandbox.jira.records import Issue

Predicate = Callable[[Issue], bool]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<op>!=|!~|>=|<=|=|~|>|<)
    |(?P<mark>[(),])
    |(?P<word>(?:cf\[\d+\])|[^\s"'()=!~<>,]+))""",
    re.VERBOSE,
)
OPERATORS: Final = frozenset({"=", "!=", ">", ">=", "<", "<=", "~", "!~", "in", "not in", "is", "is not"})
DEPTH_MAX: Final = 50
"""Brackets within brackets; a guard against endless recursion."""


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool = False

    def is_word(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words


def parse(text: str, context: Context) -> Query:
    """Read ``text`` into a query.

    Raises:
        Refused: 400 with Jira's ``errorMessages`` for a query it would not run.
    """
    try:
        return _Parser(_tokens(text), context).query()
    except ClauseError as wrong:
        raise refusal(400, str(wrong)) from wrong


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise ClauseError(f"Error in the JQL Query: The character '{text[place]}' cannot be read.")
        place = found.end()
        quoted = found["quoted"]
        if quoted is not None:
            tokens.append(_Token(re.sub(r"\\(.)", r"\1", quoted[1:-1]), quoted=True))
        else:
            tokens.append(_Token(found["op"] or found["mark"] or found["word"]))
    return tokens


class _Parser:
    """Recursive descent over the tokens; ``bounded`` says whether any restriction was met."""

    def __init__(self, tokens: Sequence[_Token], context: Context) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._context = context
        self._clauses = 0

    def query(self) -> Query:
        matches: Predicate = _everything
        if self._peek() is not None and not self._at("order"):
            matches = self._either()
        order = self._order()
        left = self._peek()
        if left is not None:
            raise ClauseError(
                f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{left.text}'."
            )
        return Query(matches, tuple(order), bounded=self._clauses > 0)

    def _peek(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _at(self, *words: str) -> bool:
        token = self._peek()
        return token is not None and token.is_word(*words)

    def _next(self, expected: str) -> _Token:
        token = self._peek()
        if token is None:
            raise ClauseError(f"Error in the JQL Query: Expecting {expected} before the end of the query.")
        self._place += 1
        return token

    def _take(self, *words: str) -> bool:
        if self._at(*words):
            self._place += 1
            return True
        return False

    def _either(self) -> Predicate:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda issue: any(part(issue) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda issue: all(part(issue) for part in parts)

    def _one(self) -> Predicate:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ClauseError("Error in the JQL Query: The query is nested too deeply.")
        try:
            if self._take("not"):
                inner = self._one()
                return lambda issue: not inner(issue)
            if self._take("("):
                inner = self._either()
                self._expect(")")
                return inner
            return self._clause()
        finally:
            self._depth -= 1

    def _expect(self, mark: str) -> None:
        token = self._next(f"'{mark}'")
        if token.quoted or token.text != mark:
            raise ClauseError(f"Error in the JQL Query: Expecting '{mark}' but got '{token.text}'.")

    def _clause(self) -> Predicate:
        name = self._next("a field name")
        operator = self._next("an operator").text.lower()
        if operator == "not":
            self._next("'in'")
            operator = "not in"
        elif operator == "is" and self._take("not"):
            operator = "is not"
        if operator not in OPERATORS:
            wrong = f"Error in the JQL Query: Expecting an operator but got '{operator}'."
            raise ClauseError(wrong)
        values = self._values() if operator in {"in", "not in"} else [self._value()]
        self._clauses += 1
        return Clause(name.text, operator, tuple(values)).predicate(self._context)

    def _values(self) -> list[str]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> str:
        token = self._next("a value")
        if not token.quoted and self._at("("):
            self._expect("(")
            self._expect(")")
            return f"{token.text}()"
        return token.text

    def _order(self) -> list[tuple[SortKey, bool]]:
        if not self._take("order"):
            return []
        if not self._take("by"):
            raise ClauseError("Error in the JQL Query: Expecting 'by' after 'order'.")
        order = [self._order_field()]
        while self._take(","):
            order.append(self._order_field())
        return order

    def _order_field(self) -> tuple[SortKey, bool]:
        key = order_key(self._next("a field name").text)
        if self._take("desc"):
            return key, True
        self._take("asc")
        return key, False


def _everything(_issue: Issue) -> bool:
    return True


def matches(text: str, issue: Issue, context: Context) -> bool:
    """Say whether ``issue`` fits ``text``, a webhook's filter; one that cannot be read fits nothing."""
    try:
        return parse(text, context).matches(issue)
    except Refused:
        return False
