"""The part of PromQL that is asked for: a selector, its rate, and one way of adding up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LOOKBACK_S: Final = 300.0
"""How old a sample may be and still count as the value now."""
_RATE: Final = re.compile(r"rate\((?P<selector>\{.*\})\[(?P<range>\d+)s\]\)", re.DOTALL)
_MATCHER: Final = re.compile(r'(?P<name>[a-zA-Z_]\w*)="(?P<value>(?:[^"\\\n]|\\.)*)"')
_SELECTOR: Final = re.compile(
    rf"\{{(?:{_MATCHER.pattern.replace('?P<name>', '?:').replace('?P<value>', '?:')},?)+\}}"
)
_ESCAPES: Final = {"n": "\n", '"': '"', "\\": "\\"}
_AGGREGATES: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "count": lambda values: float(len(values)),
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
}


class BadExpression(ValueError):
    """It is not understood."""


@dataclass(frozen=True)
class Expression:
    """One expression."""

    matchers: Mapping[str, str]
    rate_s: float = 0.0
    aggregate: str = ""

    def value(self, samples: Sequence[tuple[float, float]], at: float) -> float | None:
        """Return what one series shows at ``at``; None: nothing."""
        if not self.rate_s:
            recent = [value for moment, value in samples if at - LOOKBACK_S < moment <= at]
            return recent[-1] if recent else None
        within = [pair for pair in samples if at - self.rate_s <= pair[0] <= at]
        if len(within) < 2:  # noqa: PLR2004  # a rate is between two samples
            return None
        return (within[-1][1] - within[0][1]) / (within[-1][0] - within[0][0])

    def together(self, values: Sequence[float]) -> float:
        """Add up."""
        return _AGGREGATES[self.aggregate](values)


def parse(text: str) -> Expression:
    """Read ``text``.

    Raises:
        BadExpression: it is not PromQL, or none that this fake knows.
    """
    aggregate, inner = "", text
    for name in _AGGREGATES:
        if text.startswith(f"{name}(") and text.endswith(")"):
            aggregate, inner = name, text[len(name) + 1 : -1]
    rate = _RATE.fullmatch(inner)
    selector = rate["selector"] if rate else inner
    if not _SELECTOR.fullmatch(selector):
        raise BadExpression(f'invalid parameter "query": parse error: {text[:80]}')
    matchers = {each["name"]: _unquoted(each["value"]) for each in _MATCHER.finditer(selector)}
    return Expression(matchers, float(rate["range"]) if rate else 0.0, aggregate)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)
