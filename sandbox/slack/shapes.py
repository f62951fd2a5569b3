"""A small language for saying what JSON may look like, with the error sentences Slack uses.

Slack names the place of each fault by a JSON pointer at the end of the sentence, as in
``no more than 25 items allowed [json-pointer:/blocks/1/elements]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

Json = Any
"""A value out of a caller's JSON: anything until a rule has looked at it."""
Report = Callable[[str, str], None]
"""Takes what is wrong and the JSON pointer of where."""
Rule = Callable[[Json, str, Report], None]
"""Looks at the value at a pointer and reports what is wrong with it."""


def as_object(value: Json) -> dict[str, Json] | None:
    """Return ``value`` when it is a JSON object, else ``None``."""
    return value if _is_object(value) else None


def as_array(value: Json) -> list[Json] | None:
    """Return ``value`` when it is a JSON array, else ``None``."""
    return value if _is_array(value) else None


def _is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)  # JSON: the keys are strings


def _is_array(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


def anything(_value: Json, _at: str, _report: Report) -> None:
    """Accept whatever it is: parts that Slack checks and this sandbox does not model."""


def boolean(value: Json, at: str, report: Report) -> None:
    """Accept ``true`` and ``false``."""
    if not isinstance(value, bool):
        report("must be a boolean", at)


def whole(minimum: int, maximum: int) -> Rule:
    """Accept a whole number in a range."""

    def check(value: Json, at: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report("must be a whole number", at)
        elif not minimum <= value <= maximum:
            report(f"must be between {minimum} and {maximum}", at)

    return check


def string(maximum: int, minimum: int = 0, *, of: frozenset[str] | None = None) -> Rule:
    """Accept a string of ``minimum`` to ``maximum`` characters, and only those in ``of`` when given."""

    def check(value: Json, at: str, report: Report) -> None:
        if not isinstance(value, str):
            report("must be a string", at)
        elif len(value) < minimum:
            report(f"must be more than {minimum - 1} characters", at)
        elif len(value) > maximum:
            report(f"must be less than {maximum + 1} characters", at)
        elif of is not None and value not in of:
            report(f"must be one of {', '.join(sorted(of))}", at)

    return check


def many(rule: Rule, minimum: int, maximum: int) -> Rule:
    """Accept a list of ``minimum`` to ``maximum`` things that each satisfy ``rule``."""

    def check(value: Json, at: str, report: Report) -> None:
        items = as_array(value)
        if items is None:
            report("must be an array", at)
            return
        if len(items) < minimum:
            report(f"no fewer than {minimum} items allowed", at)
        if len(items) > maximum:
            report(f"no more than {maximum} items allowed", at)
        for index, item in enumerate(items):
            rule(item, f"{at}/{index}", report)

    return check


@dataclass(frozen=True)
class Shape:
    """A JSON object: which keys it must and may have. Being called, it is a ``Rule``."""

    required: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    optional: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    one_of: tuple[str, ...] = ()
    """At least one of these has to be there."""

    def __call__(self, value: Json, at: str, report: Report) -> None:
        """Report missing, unknown and wrong keys."""
        body = as_object(value)
        if body is None:
            report("must be an object", at)
            return
        known = {**self.required, **self.optional}
        for key in self.required:
            if key not in body:
                report(f"missing required field: {key}", at)
        if self.one_of and not any(key in body for key in self.one_of):
            report(f"missing required field: {' or '.join(self.one_of)}", at)
        for key, item in body.items():
            rule = known.get(key)
            if rule is None:
                report(f"invalid additional property: {key}", at)
            else:
                rule(item, f"{at}/{key}", report)


def typed(shapes: Callable[[], Mapping[str, Rule]], what: str) -> Rule:
    """Accept an object whose ``type`` is one of ``shapes`` and which satisfies that shape's rule."""

    def check(value: Json, at: str, report: Report) -> None:
        kind = (as_object(value) or {}).get("type")
        if not isinstance(kind, str):
            report("missing required field: type", at)
            return
        rule = shapes().get(kind)
        if rule is None:
            report(f"unsupported type: {kind} is no {what} allowed here", f"{at}/type")
        else:
            rule(value, at, report)

    return check
