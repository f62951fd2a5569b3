"""A made-up desk, and a plain learner of our own to measure on it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.brain.classify.bounds import threshold
from bot.brain.classify.shapes import Sure
from bot.brain.lessons import Asked, FieldSpec, Lesson, Prediction, Show
from bot.core.tickets import Value

KINDS = ("Network", "Printer", "Access", "Mail")


def lessons(
    count: int, *, seed: int = 1, noise: float = 0.15, kinds: Sequence[str] = KINDS, start: int = 0
) -> list[Lesson]:
    """Tickets whose words tell their kind, but for ``noise``; a ticket's number is its age."""
    rng = random.Random(seed)  # noqa: S311  # made-up tickets
    made: list[Lesson] = []
    for number in range(start, start + count):
        kind = rng.choice(kinds)
        said = rng.choice(kinds) if rng.random() < noise else kind
        told = [f"{said.lower()}{rng.randrange(30)}" for _ in range(5)]
        rest = [f"word{rng.randrange(4_000)}" for _ in range(9)]
        made.append(
            Lesson(
                f"T-{number}",
                " ".join([*told, *rest]),
                {"kind": Value(kind, kind), "side": Value(f"{kind} desk", f"{kind} desk")},
                at=f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}+00:00",
            )
        )
    return made


@dataclass(frozen=True)
class Promise:
    threshold: float | None


class Counted:
    """Votes of words. It holds back every fourth lesson to set its threshold, and learns from the others."""

    def __init__(self, lessons: Sequence[Lesson], fields: Sequence[FieldSpec], *, target: float) -> None:
        self.fields = tuple(each.name for each in fields)
        self.fitted_on = tuple(each.key for each in lessons)
        self._votes: dict[str, dict[str, Counter[Value]]] = {name: {} for name in self.fields}
        self._counts: dict[str, Counter[Value]] = {name: Counter() for name in self.fields}
        self.standings: dict[str, Promise] = {}
        self.held: dict[str, list[Sure]] = {}
        for place, each in enumerate(lessons):
            if place % 4:
                self._learn(each)
        for name in self.fields:
            held = [(self._said(name, each.text), each.values[name]) for each in lessons[::4]]
            sure, right = [said[1] for said, _ in held], [said[0] == value for said, value in held]
            self.held[name] = [Sure(*each) for each in zip(sure, right, strict=True)]
            self.standings[name] = Promise(threshold(sure, right, target))

    def predict(self, asked: Asked) -> Mapping[str, Prediction]:
        return {name: self._predict(name, asked.text) for name in self.fields}

    def predict_all(self, asked: Sequence[Asked]) -> list[Mapping[str, Prediction]]:
        return [self.predict(each) for each in asked]

    def to_bytes(self) -> bytes:
        return b"x" * sum(map(len, self._votes.values()))

    def _learn(self, lesson: Lesson) -> None:
        for name in self.fields:
            if name in lesson.values:
                self._counts[name][lesson.values[name]] += 1
                for word in lesson.text.split():
                    self._votes[name].setdefault(word, Counter())[lesson.values[name]] += 1

    def _ranked(self, name: str, text: str) -> list[tuple[Value, float]]:
        shares: Counter[Value] = Counter()
        for word in text.split():
            shares.update(self._votes[name].get(word, Counter()))
        total = shares.total() or 1
        return [(value, count / total) for value, count in shares.most_common(10)]

    def _said(self, name: str, text: str) -> tuple[Value | None, float]:
        ranked = self._ranked(name, text)
        return ranked[0] if ranked else (None, 0.0)

    def _predict(self, name: str, text: str) -> Prediction:
        ranked = self._ranked(name, text)
        if not ranked:
            return Prediction(name)
        least = self.standings[name].threshold
        alone = least is not None and ranked[0][1] >= least
        return Prediction(
            name,
            tuple(ranked),
            confidence=ranked[0][1],
            show=Show.ONE if alone else Show.THREE,
            support=self._counts[name][ranked[0][0]],
        )
