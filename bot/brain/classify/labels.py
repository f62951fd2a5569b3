"""Values to classes: one class for what people mean by one value, however it was written or numbered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from bot.brain.classify.votes import Places
from bot.core.tickets import Value

CLASSES_MAX = 500
"""Of one field, the commonest kept: a rarer value has too few lessons to be told from the others."""


def merged(values: Sequence[Value]) -> dict[Value, Value]:
    """Return, for each different value, the one that stands for it and all that mean the same.

    Values of a file have their label for an id; they mean the vendor's value of that label, if there is but
    one. Case and blanks tell no two of them apart. The commonest stands for the rest, the first of equals.
    """
    counts = Counter(values)
    numbered: dict[str, set[str]] = {}
    for value in counts:
        if value.id != value.label:
            numbered.setdefault(plain(value.label), set()).add(value.id)
    alike: dict[str, list[Value]] = {}
    for value in counts:
        alike.setdefault(_key(value, numbered), []).append(value)
    stands: dict[Value, Value] = {}
    for group in alike.values():
        best = max(group, key=lambda value: (value.id != value.label, counts[value]))
        stands |= dict.fromkeys(group, best)
    return stands


def numbered(values: Sequence[Value | None]) -> tuple[tuple[Value, ...], Places]:
    """Return the classes of ``values``, commonest first, and each value's class; -1: none, or too rare."""
    stands = merged([value for value in values if value is not None])
    found = [stands[value] if value is not None else None for value in values]
    counts = Counter(value for value in found if value is not None)
    classes = tuple(value for value, _ in counts.most_common(CLASSES_MAX))
    places = {value: place for place, value in enumerate(classes)}
    return classes, np.array(
        [-1 if value is None else places.get(value, -1) for value in found], dtype=np.int32
    )


class Names:
    """Finds a value among classes by id, or else by label in any case."""

    def __init__(self, classes: Sequence[Value]) -> None:
        """``classes``: in their order."""
        self._ids = {value.id: place for place, value in reversed(list(enumerate(classes)))}
        self._labels: dict[str, int | None] = {}
        for place, value in enumerate(classes):
            known = plain(value.label)
            self._labels[known] = None if known in self._labels else place  # two of a name name nobody

    def place(self, value: Value) -> int | None:
        """Return the class of ``value``; None where it was never learned."""
        found = self._ids.get(value.id)
        return self._labels.get(plain(value.label)) if found is None else found


def targets(classes: Sequence[Value], allowed: Collection[Value]) -> Mapping[int, Value]:
    """Return, by class, the one of ``allowed`` that it means now; classes that mean none are left out."""
    names = Names(tuple(allowed))
    listed = tuple(allowed)
    found = {place: names.place(value) for place, value in enumerate(classes)}
    return {place: listed[other] for place, other in found.items() if other is not None}


def plain(label: str) -> str:
    """Return a label as it is compared: case and blanks do not matter."""
    return " ".join(label.casefold().split())


def _key(value: Value, known: Mapping[str, Collection[str]]) -> str:
    if value.id != value.label:
        return f"#{value.id}"
    ids = known.get(plain(value.label), ())
    return f"#{next(iter(ids))}" if len(ids) == 1 else f"={plain(value.label)}"
