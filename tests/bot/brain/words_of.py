"""Tickets made of words by value: some values use a word often, all share the rest."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bot.brain.lessons import FieldSpec, Lesson
from bot.core.tickets import Value

CATEGORIES = tuple(Value(f"id-{name}", name) for name in ("Network", "Hardware", "Mail", "Access"))
FIELDS = (FieldSpec("category"),)
_OWN = {
    "Network": "vpn router switch wifi gateway cable firewall dns latency proxy",
    "Hardware": "laptop disk screen keyboard battery dock fan printer toner mouse",
    "Mail": "mailbox outlook attachment calendar inbox signature spam folder quota sender",
    "Access": "password login account token role group expired locked permission badge",
}
_SHARED = (
    *("please", "help", "since", "morning", "user", "cannot", "work"),
    *("again", "after", "update", "urgent", "error", "shows", "message"),
)


def text(value: Value, dice: random.Random, *, clear: float = 0.5) -> str:
    """Return a text of which about a share of ``clear`` are the value's own words, and some nobody's."""
    own = _OWN[value.label].split()
    words = [dice.choice(own if dice.random() < clear else _SHARED) for _ in range(14)]
    return " ".join([*words, *(f"w{dice.randrange(10_000)}" for _ in range(dice.randrange(6)))])


def lessons(
    count: int, *, seed: int = 1, wrong: float = 0.0, values: Sequence[Value] = CATEGORIES
) -> list[Lesson]:
    """Return lessons, oldest first, of which a share of ``wrong`` has any other value."""
    dice = random.Random(seed)  # noqa: S311  # chance that repeats is the point
    made: list[Lesson] = []
    for number in range(count):
        value = values[number % len(values)]
        said = text(value, dice)
        if dice.random() < wrong:
            value = dice.choice([each for each in values if each != value])
        made.append(Lesson(f"OPS-{seed}-{number}", said, {"category": value}, at=f"2026-01-{number:06}"))
    return made
