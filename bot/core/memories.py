"""What is remembered of one person's exchanges, cut to its bounds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.ids import clocked
from bot.core.masked import Masked
from bot.core.redaction import PLACEHOLDER
from bot.core.runs import Kept, Memory
from bot.core.turns import Heard, Spoke, Turn

TURNS_MAX = 80
"""Turns remembered of one person: some twenty questions with what was read for them."""
MEMORY_CHARS_MAX = 60_000
"""Characters of those turns: what a model reads again with every question, about 15,000 tokens."""
VALUES_MAX = 500
"""Values kept that no turn names any more: a name met long ago is masked all the same when it comes again."""
LET_GO = "(Answered. What was read for it was too long to remember: look again where it is needed.)"
"""What a model reads later of an answer that is not remembered, nor anything it rested on."""


LEFT_OUT = (
    "[The beginning of this conversation is not remembered any more. Ask or look again for what is missing; "
    "do not guess it.]"
)
"""What a model reads first of a conversation that has lost its beginning."""


def bounded(memory: Memory) -> Memory:
    """Return ``memory`` without its oldest exchanges, where it is too long, and say there that they are gone.

    Only whole ones go: an answer to a question that is not there would be refused by every provider. They go
    down to half of the bounds at once: what a conversation begins with stays the same for many messages, and
    a provider's cache keeps it. Of the last one the person's own words stay. Of the values behind
    placeholders the oldest go that no turn names.
    """
    turns = memory.turns
    if _is_too_long(turns):
        turns = _newest(turns)
        turns = () if _is_too_long(turns) else turns
    turns = turns or _asked(memory.turns)
    if len(turns) == len(memory.turns) and len(memory.kept.marks) <= VALUES_MAX:
        return memory
    return replace(memory, turns=turns, kept=_named(memory.kept, turns, VALUES_MAX))


def before(memory: Memory, ts: str) -> Memory | None:
    """Return what was remembered before the message ``ts``; None: nothing, or nobody can tell.

    What was answered after it may rest on it, so the whole of that goes, with the values in it.
    """
    turns, known = memory.turns, [turn.ts for turn in memory.turns if isinstance(turn, Heard) and turn.ts]
    if ts not in known:
        # Newer than all of it: it came to nothing that is remembered, or that is forgotten already.
        return memory if known and max(map(clocked, known)) < clocked(ts) else None
    at = next(at for at, turn in enumerate(turns) if isinstance(turn, Heard) and turn.ts == ts)
    while at and isinstance(turns[at - 1], Heard):
        at -= 1  # what was answered together
    left = turns[:at]
    if not left:
        return None
    focus = next((turn.about for turn in reversed(left) if isinstance(turn, Heard)), None)
    return replace(memory, turns=left, kept=_named(memory.kept, left, 0), focus=focus)


def _named(kept: Kept, turns: Sequence[Turn], more: int) -> Kept:
    """Return the values that ``turns`` name, and the ``more`` newest of the others; no number comes again."""
    named = {found.group() for turn in turns for found in PLACEHOLDER.finditer(repr(turn))}
    recent = {*list(kept.marks.values())[max(0, len(kept.marks) - more) :]}
    marks = {value: mark for value, mark in kept.marks.items() if mark in named or mark in recent}
    left = {*marks.values()}
    originals = {mark: value for mark, value in kept.originals.items() if mark in left}
    return Kept(originals=originals, marks=marks, counts=kept.counts)


def _newest(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the newest exchanges, half of what may be remembered or the last one."""
    begins = [
        at
        for at, turn in enumerate(turns)
        if at and isinstance(turn, Heard) and not isinstance(turns[at - 1], Heard)
    ]
    left = [(*turns[at:],) for at in begins] or [(*turns,)]
    kept = next((each for each in left if not _is_too_long(each, 2)), left[-1])
    first = kept[0]
    if not begins or not isinstance(first, Heard) or first.text.startswith(LEFT_OUT):
        return kept
    return (replace(first, text=Masked(f"{LEFT_OUT}\n\n{first.text}")), *kept[1:])


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


def _is_too_long(turns: Sequence[Turn], part: int = 1) -> bool:
    return len(turns) * part > TURNS_MAX or sum(map(_size, turns)) * part > MEMORY_CHARS_MAX


def _size(turn: Turn) -> int:
    return len(repr(turn))
