"""What brains learn from and what they predict: the shapes shared by reading, fitting and asking."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.tickets import Value

TOP_MAX = 10
"""Values a prediction names at most: who reads it looks at three, who measures it at a few more."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One solved ticket: cleaned, redacted, and with one value a field."""

    key: str
    text: str
    """Summary, a line break, description."""
    values: Mapping[str, Value]
    """By field, what was right in the end. A field that had several values teaches nothing."""
    at: str = ""
    """When it was closed, ISO 8601; lessons without it count as older than all others, in the order given."""
    person: str = ""
    """A pseudonym of whoever asked, or empty: nobody may teach more than their share."""
    weight: float = 1.0
    """Below 1 where the value was our own suggestion: people nod things through."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field to be learned."""

    name: str
    depends_on: str = ""
    """The field whose value narrows this one (category, for a subcategory), or empty."""


class Show(enum.Enum):
    """How much of a prediction a person should see."""

    ONE = "one"
    """The first value: it is right often enough."""
    THREE = "three"
    """The first three: one of them is right often enough."""
    NOTHING = "nothing"
    """It would be guessing."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a brain thinks of one field of one ticket."""

    field: str
    ranked: tuple[tuple[Value, float], ...] = ()
    """Values with their probabilities, best first, at most ``TOP_MAX``; none where nothing is known."""
    confidence: float = 0.0
    """How often a first value that looks like this one has been right, 0 to 1."""
    top3: float = 0.0
    """The same for the first three together."""
    familiar: float = 1.0
    """How much of the text resembles what was learned, 0 to 1; low means: out of our depth."""
    show: Show = Show.NOTHING
    support: int = 0
    """Lessons that had the first value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One ticket put to a classifier."""

    text: str
    known: Mapping[str, Value] = field(default_factory=dict[str, Value])
    """Fields that are set already: they narrow what depends on them."""
    allowed: Mapping[str, Collection[Value]] = field(default_factory=dict[str, Collection[Value]])
    """By field, the values that can be set now, matched by id or else by label in any case; a field that is
    not named here may have any value that was learned. A predicted value is always one of these objects."""


class Classifier(Protocol):
    """What was learned about the fields of one connector. Frozen: learning more makes another one."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it says anything about, parents before children."""
        ...

    def predict(self, asked: Asked) -> Mapping[str, Prediction]:
        """Return a prediction for each of ``fields``. Never raises, whatever the text."""
        ...

    def predict_all(self, asked: Sequence[Asked]) -> list[Mapping[str, Prediction]]:
        """As :meth:`predict` for many, faster."""
        ...
