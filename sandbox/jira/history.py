"""A past for the site: resolved tickets of the last year, the same for the same seed."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sandbox.jira.stories import SLOTS, STORIES, Story
from sandbox.jira.world import World

T = TypeVar("T")

DAYS_BACK: Final = 360
"""How far the oldest past ticket lies back; the youngest, ten days."""
AGENTS_OF: Final = {
    "Network": "bob", "Telephony": "bob", "VPN": "bob", "Email": "carol", "Printing": "carol",
    "Laptop": "carol", "Identity": "alice", "ERP": "alice",
}  # fmt: skip
"""Who usually takes a component: something for the bot to learn."""
COUNT_MAX: Final = 20_000


class Dice:
    """Choices that are the same for the same seed on every machine and Python version."""

    def __init__(self, seed: int) -> None:
        self._seed, self._throws = seed, itertools.count()

    def number(self, sides: int) -> int:
        """Return a number from 0 to ``sides`` - 1."""
        digest = hashlib.blake2b(f"{self._seed}:{next(self._throws)}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % sides

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of ``choices``."""
        return choices[self.number(len(choices))]


def seed_history(world: World, count: int = 150, *, seed: int = 7) -> list[str]:
    """Tell ``count`` past tickets of OPS without telling anybody, and return their keys, oldest first.

    Raises:
        ValueError: ``count`` is not between 0 and ``COUNT_MAX``.
    """
    if not 0 <= count <= COUNT_MAX:
        raise ValueError(f"count is how many tickets, 0 to {COUNT_MAX}, not {count}")
    dice, now = Dice(seed), world.now()
    starts = sorted(now - timedelta(days=10, minutes=dice.number(DAYS_BACK * 1440)) for _ in range(count))
    return [
        _tell(world, dice, STORIES[(place * 7 + dice.number(7)) % len(STORIES)], at)
        for place, at in enumerate(starts)
    ]


def _tell(world: World, dice: Dice, story: Story, at: datetime) -> str:
    slots = {name: dice.pick(values) for name, values in SLOTS.items()}
    # History is noisy: one ticket in six goes to somebody unusual, one in eight has an odd priority.
    agent = AGENTS_OF[story.component] if dice.number(6) else dice.pick(("alice", "bob", "carol"))
    priority = story.priority if dice.number(8) else dice.pick(("High", "Medium", "Low"))
    with world.replaying(at):
        key = world.create_issue(
            dice.pick(story.summaries).format(**slots),
            description=story.description.format(**slots),
            request_type=story.request_type,
            components=[story.component],
            labels=[story.label],
        )
    with world.replaying(at + timedelta(minutes=5 + dice.number(60))):
        world.edit(key, agent, assignee=agent, priority=priority)
        world.transition(key, agent, "Start work")
    with world.replaying(at + timedelta(minutes=90 + dice.number(600))):
        world.comment(key, agent, story.reply.format(**slots))
        world.transition(key, agent, "Resolve", resolution=story.resolution)
    if dice.number(3):
        with world.replaying(at + timedelta(days=5)):
            world.transition(key, agent, "Close")
    return key
