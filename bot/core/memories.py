"""What is remembered of one person's exchanges, cut to its bounds. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.core.runs import Memory
from bot.core.turns import Heard, Turn

TURNS_MAX = 80
"""Turns remembered of one person: some twenty questions with what was read for them."""
MEMORY_CHARS_MAX = 60_000
"""Characters of those turns: what a model reads again with every question, about 15,000 tokens."""


def bounded(memory: Memory) -> Memory:
    """Return ``memory`` without its oldest exchanges, as far as it is too long.

    Only whole ones go: an answer to a question that is not there would be refused by every provider.
    """
    turns = memory.turns
    while turns and (len(turns) > TURNS_MAX or sum(map(_size, turns)) > MEMORY_CHARS_MAX):
        starts = [number for number, turn in enumerate(turns) if number and isinstance(turn, Heard)]
        turns = turns[starts[0] :] if starts else ()
    return memory if len(turns) == len(memory.turns) else replace(memory, turns=turns)


def _size(turn: Turn) -> int:
    return len(repr(turn))
