"""What was predicted and what was true, one field of one ticket at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.brain.classify.shapes import Sure
from bot.brain.lessons import Asked, Classifier, FieldSpec, Lesson, Prediction, Show

BATCH = 1_000
"""Tickets predicted at once."""


class Promised(Protocol):
    """What a fit says of one field, from the lessons it was fitted on."""

    @property
    def threshold(self) -> float | None:
        """The confidence from which it shows one value alone; None: never."""
        ...


class Fitted(Classifier, Protocol):
    """A classifier that can say what it promised, and be kept."""

    @property
    def standings(self) -> Mapping[str, Promised]:
        """By field that it says anything about."""
        ...

    @property
    def held(self) -> Mapping[str, Sequence[Sure]]:
        """By field, its answers to lessons that it was held to and not taught, as a fit has them."""
        ...

    def to_bytes(self) -> bytes:
        """Return all of it as a file."""
        ...


class Fit(Protocol):
    """How lessons become a classifier."""

    def __call__(self, lessons: Sequence[Lesson], fields: Sequence[FieldSpec], *, target: float) -> Fitted:
        """Fit; ``target``: the precision to promise."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One prediction and the truth; values as they are compared (:func:`plain`)."""

    truth: str
    ranked: tuple[str, ...]
    """Best first, at most three."""
    confidence: float = 0.0
    alone: bool = False
    """It would have been shown as the one value."""
    some: bool = False
    """It would have been shown as three to choose from."""
    support: int = 0
    at: str = ""

    @property
    def right(self) -> bool:
        """Whether the first value is the truth."""
        return bool(self.ranked) and self.ranked[0] == self.truth

    @property
    def near(self) -> bool:
        """Whether one of the first three is."""
        return self.truth in self.ranked


def plain(label: str) -> str:
    """Return a value's label as it is compared: case and blanks do not matter."""
    return " ".join(label.casefold().split())


def outcomes_of(
    classifier: Classifier, lessons: Sequence[Lesson], fields: Sequence[str]
) -> Mapping[str, list[Outcome]]:
    """Ask ``classifier`` about every lesson; by field, those that have a value for it, in their order."""
    found: dict[str, list[Outcome]] = {field: [] for field in fields}
    for lesson, said in _asked(classifier, lessons):
        for field in fields:
            if field in lesson.values:
                found[field].append(_outcome(lesson, field, said.get(field) or Prediction(field)))
    return found


def _asked(
    classifier: Classifier, lessons: Sequence[Lesson]
) -> Iterator[tuple[Lesson, Mapping[str, Prediction]]]:
    for begin in range(0, len(lessons), BATCH):
        batch = lessons[begin : begin + BATCH]
        yield from zip(batch, classifier.predict_all([Asked(each.text) for each in batch]), strict=True)


def _outcome(lesson: Lesson, field: str, said: Prediction) -> Outcome:
    return Outcome(
        truth=plain(lesson.values[field].label),
        ranked=tuple(plain(value.label) for value, _ in said.ranked[:3]),
        confidence=said.confidence,
        alone=said.show is Show.ONE and bool(said.ranked),
        some=said.show is Show.THREE and bool(said.ranked),
        support=said.support,
        at=lesson.at,
    )
