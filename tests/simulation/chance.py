"""Where a world's chances come from: one stream for each part of it, so that none disturbs another."""

from __future__ import annotations

import random

Dice = random.Random


def dice(seed: int, part: str) -> Dice:
    """Return the stream of ``part``: the same for the same seed, on every machine."""
    return Dice(f"{part} {seed}")


def seed_jitter(seed: int) -> None:
    """Make the product's own jitter follow the seed, in this process."""
    random.seed(seed)
