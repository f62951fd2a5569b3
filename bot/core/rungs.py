"""How far the bot may go with one value of a field: the mode in the file, and what the ladder made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bot.core.foreign import thing, things
from bot.core.modes import Mode


@dataclass(frozen=True, slots=True, order=True)
class Rung:
    """What the ladder measures and moves by itself: suggestions of one value, by one skill, in one queue."""

    queue: str
    skill: str
    field: str
    value: str
    """The vendor's id of the value that is suggested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A mode that holds for one rung in place of the one in the file, until somebody changes it again."""

    rung: Rung
    mode: Mode
    base: Mode
    """What the file said when this came about. A raise is void once people go below it there."""
    at: datetime
    step: str
    """The id of the step it came about by."""

    @property
    def is_lowered(self) -> bool:
        """Whether it narrows the mode in the file."""
        return not self.mode.reaches(self.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderRules:
    """``ladder:`` of the file: when a mode moves, how far, and who says so."""

    enabled: bool = True
    highest: Mode = Mode.APPROVE
    """Nothing is raised above it, by whomever."""
    managers: tuple[str, ...] = ()
    """Who may move a mode: ids as in ``approvers``. Empty: whom the policy asks about such a change."""
    target: float = 0.95
    """What is promised: to raise, the lower end of the interval has to reach it."""
    floor: float = 0.93
    """What must not be fallen below: two points under the promise, as the alarm of a running field."""
    last: int = 500
    """Outcomes of a rung that count, newest."""
    outcomes_min: int = 100
    """For a raise. With the default target 100 % right of 72 would do; a slow month is not a track record."""
    certain: float = 0.05
    """How often a mode may be lowered by mistake."""

    def limit(self, base: Mode) -> Mode:
        """Return how far the ladder may go where the file says ``base``."""
        return _higher(base, self.highest if self.enabled and base is not Mode.OFF else base)


def effective(base: Mode, held: Moved | None, rules: LadderRules) -> Mode:
    """Return the mode that holds where the file says ``base``.

    What was lowered stays lowered, also while the ladder is switched off. What was raised holds up to
    ``highest`` only, and only while the file says no less than it did then.
    """
    if held is None or base is Mode.OFF:
        return base
    if held.is_lowered:
        return _lower(base, held.mode)
    if not base.reaches(held.base):
        return base
    return _lower(_higher(base, held.mode), rules.limit(base))


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """How far the bot may go with what one skill found in one queue."""

    base: Mode
    """In the file."""
    queue: str
    skill: str
    held: tuple[Moved, ...]
    rules: LadderRules

    def of_value(self, field: str, value: str) -> Mode:
        """Return the mode of one suggested value."""
        rung = Rung(self.queue, self.skill, field, value)
        held = next((each for each in self.held if each.rung == rung), None)
        return effective(self.base, held, self.rules)

    def of_field(self, field: str, values: Iterable[str]) -> Mode:
        """Return the mode of setting ``field`` to ``values``: the lowest among them."""
        modes = [self.of_value(field, value) for value in values]
        return min(modes, key=lambda mode: mode.rank, default=self.base)

    def of_change(self, args: Mapping[str, JsonValue]) -> Mode:
        """Return the mode of a change: the lowest among the fields it sets; the file's where it sets none."""
        modes = [self.of_field(field, values) for field, values in fields_of(args).items()]
        return min(modes, key=lambda mode: mode.rank, default=self.base)


def fields_of(args: Mapping[str, JsonValue]) -> dict[str, list[str]]:
    """Return the fields that a change sets, each with the ids of its values."""
    return {
        field: [str(thing(pick).get("id", "")) for pick in things(picks)]
        for field, picks in thing(args.get("fields")).items()
    }


def _lower(one: Mode, other: Mode) -> Mode:
    return other if one.reaches(other) else one


def _higher(one: Mode, other: Mode) -> Mode:
    return one if one.reaches(other) else other
