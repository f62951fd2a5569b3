"""Whether the classifier before the present one was better, now that its promise is broken."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.brain.candidates import NEWEST, worse_at
from bot.brain.classify import Fitted
from bot.brain.classify.shelf import Shelf
from bot.brain.history import History

UNSEEN_MIN: Final = 100
"""Tickets learned since the present version was fitted, which neither was taught; fewer prove nothing."""


def reconsider(history: History, shelf: Shelf, connector: str, failing: Collection[str]) -> str:
    """Take the present version out of use where the one before it does better on what came since.

    ``failing``: the fields that are wrong more often than promised. Returns what it was worse at, empty where
    it stays. Blocks for some seconds.

    Raises:
        Misconfigured: the history does not read, or the shelf cannot be written.
    """
    used = shelf.current(connector)
    before = shelf.current(connector, below=used[0]) if used else None
    if used is None or before is None:
        return ""
    taught = shelf.notes(connector, used[0]).get("lessons")
    # Retention takes the oldest away, which makes what is left out here too much and never too little.
    unseen = history.lessons(connector)[taught:][-NEWEST:] if isinstance(taught, int) else []
    if len(unseen) < UNSEEN_MIN:
        return ""
    present, other = Fitted.from_bytes(used[1]), Fitted.from_bytes(before[1])
    for field in sorted(present.standings.keys() & other.standings.keys() & set(failing)):
        worse = worse_at(field, other, present, unseen)
        if worse:
            shelf.rollback(connector)
            return worse
    return ""
