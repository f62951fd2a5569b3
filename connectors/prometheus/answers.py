"""What the HTTP API answers, read without trusting its shape. Pure.

Shapes: https://prometheus.io/docs/prometheus/latest/querying/api/.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.foreign import thing, things
from bot.core.passages import Passage
from connectors._passages import instant, long_words, passage, words
from connectors.prometheus.series import Series


def text_map(given: Any) -> dict[str, str]:
    """Return the pairs of ``given`` whose value is text."""
    return {str(name): value for name, value in thing(given).items() if isinstance(value, str)}


def series_of(data: Any) -> list[Series]:
    """Read a matrix; values that are no numbers (``NaN``, ``+Inf``, histograms) are left out."""
    found: list[Series] = []
    for each in map(thing, things(thing(data).get("result"))):
        pairs = [pair for pair in map(point, things(each.get("values"))) if pair]
        found.append(Series(text_map(each.get("metric")), tuple(pairs)))
    return found


def point(given: Any) -> tuple[float, float] | None:
    """Read ``[seconds, "value"]``."""
    match given:
        case [int() | float() as at, str() as value]:
            try:
                pair = float(at), float(value)
            except (ValueError, OverflowError):
                return None
            return pair if all(map(math.isfinite, pair)) else None
        case _:
            return None


def alerts_of(data: Any, query: str, count: int) -> list[Passage]:
    """Read up to ``count`` alerts that hold every word of ``query``, firing before pending, newest first.

    Where none holds them all, those that hold most of the longer ones: a sentence finds its alert as well.
    """
    every = [word.casefold() for word in words(query)]
    some = [word.casefold() for word in long_words(query)]
    active = [each for each in map(_active, things(thing(data).get("alerts"))) if each is not None]
    fitting = [each for each in active if all(word in each.said for word in every)]
    if not fitting:
        held = {id(each): sum(word in each.said for word in some) for each in active}
        best = max(held.values(), default=0)
        fitting = [each for each in active if best and held[id(each)] == best]
    return [each.passage for each in sorted(fitting, key=lambda each: each.rank, reverse=True)[:count]]


@dataclass(frozen=True, slots=True)
class _Active:
    said: str
    rank: tuple[bool, float]
    passage: Passage


def _active(given: Any) -> _Active | None:
    alert = thing(given)
    labels, notes, state = (
        text_map(alert.get("labels")),
        text_map(alert.get("annotations")),
        str(alert.get("state")),
    )
    if state not in {"firing", "pending"}:
        return None
    since = instant(alert.get("activeAt"))
    said = "\n".join([*labels.values(), *notes.values()]).casefold()
    rank = (state == "firing", since.timestamp() if since else 0.0)
    return _Active(said, rank, _alert(state, labels, notes, alert))


def _alert(
    state: str, labels: Mapping[str, str], notes: Mapping[str, str], given: Mapping[str, Any]
) -> Passage:
    since = instant(given.get("activeAt"))
    began = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    lines = [f"{state}{began}"]
    lines += [f"{name}: {notes[name]}" for name in ("summary", "description") if name in notes]
    others = [f"{name}={value}" for name, value in sorted(labels.items()) if name != "alertname"]
    lines += [", ".join(others)] if others else []
    shown = passage(labels.get("alertname", "alert"), "\n".join(lines))
    return Passage(shown.title, shown.text, at=since)
