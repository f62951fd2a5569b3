"""What is remembered of one person's exchanges, cut to its bounds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.runs import Memory
from bot.core.turns import Heard, Spoke, Turn

TURNS_MAX = 80
"""Turns remembered of one person: some twenty questions with what was read for them."""
MEMORY_CHARS_MAX = 60_000
"""Characters of those turns: what a model reads again with every question, about 15,000 tokens."""
LET_GO = "(Answered. What was read for it was too long to remember: look again where it is needed.)"
"""What a model reads later of an answer that is not remembered, nor anything it rested on."""


def bounded(memory: Memory) -> Memory:
    """Return ``memory`` without its oldest exchanges, as far as it is too long.

    Only whole ones go: an answer to a question that is not there would be refused by every provider. Of the
    last one the person's own words stay.
    """
    turns = memory.turns
    while _is_too_long(turns):
        starts = [number for number, turn in enumerate(turns) if number and isinstance(turn, Heard)]
        turns = turns[starts[0] :] if starts else ()
    turns = turns or _asked(memory.turns)
    return memory if len(turns) == len(memory.turns) else replace(memory, turns=turns)


def _asked(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return what the person said last, and that it was answered; nothing, where that alone is too long."""
    said: list[Turn] = []
    for turn in reversed(turns):
        if isinstance(turn, Heard):
            said.insert(0, turn)
        elif said:
            break
    kept = (*said, Spoke(LET_GO))
    return kept if said and not _is_too_long(kept) else ()


def _is_too_long(turns: Sequence[Turn]) -> bool:
    return len(turns) > TURNS_MAX or sum(map(_size, turns)) > MEMORY_CHARS_MAX


def _size(turn: Turn) -> int:
    return len(repr(turn))
