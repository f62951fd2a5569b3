"""What is remembered of one connector, ready to be asked: the index, the answers, and who may see what.

What people teach is added to it as it is; only a lesson of thousands makes a new one. One thread at a time
may change it, any number may ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.remembering import Remembered
from bot.brain.retrieve.index import LIVE_MAX, Index
from bot.brain.retrieve.postings import Mask
from bot.brain.retrieve.replies import Answered, Replies
from bot.brain.snapshot import Snapshot

NO_WALL: Final = 0


@dataclass(frozen=True, slots=True)
class Near:
    """A past ticket and how alike it is, 0 to 1."""

    ticket: Remembered
    score: float


@dataclass(frozen=True, slots=True)
class _Live:
    """What belongs together by place; replaced as one, so that no mask meets another index."""

    index: Index
    replies: Replies
    walls: NDArray[np.int32]
    """By place, the number of the queue that a reader must be of; ``NO_WALL``: any."""


class Memory:
    """Made of a snapshot in 0.2 ms a ticket."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Index all of ``snapshot``."""
        self._snapshot = snapshot
        self._numbers: dict[str, int] = {}
        replies = Replies(Index.build([]), self._answered)
        walls = np.zeros(len(snapshot), np.int32)

        def told() -> Iterator[tuple[str, str]]:
            for place, ticket in enumerate(snapshot):
                replies.put(place, ticket.answer)
                walls[place] = self._wall(ticket)
                yield ticket.key, ticket.text

        index = Index.build(told(), size=len(snapshot))
        self._live = _Live(index, replies.moved(index, np.arange(len(snapshot))), walls)

    def __len__(self) -> int:
        """Return how many tickets are known."""
        return len(self._snapshot)

    def nearest(self, text: str, count: int, *, seen_from: str | None = None, but: str = "") -> list[Near]:
        """Return up to ``count`` tickets most like ``text``, best first, without the one called ``but``.

        ``seen_from``: the queue of the ticket whose readers will see them; the others are left out before
        anything is compared. None: nobody sees more of them than a count.
        """
        live, snapshot = self._live, self._snapshot
        allowed = None if seen_from is None else self._seen_from(live, seen_from)
        hits = live.index.nearest(text, count + bool(but), allowed=allowed)
        found = [(hit, snapshot.get(hit.key)) for hit in hits if hit.key != but]
        return [Near(ticket, hit.score) for hit, ticket in found if ticket is not None][:count]

    def alike(self, one: str, other: str) -> float:
        """Return how alike two texts are, by the measure of :meth:`nearest`; 0 to 1."""
        return self._live.index.alike(one, other)

    def replies(self, seen_from: str, but: str = "") -> tuple[Replies, Mask]:
        """Return the past answers, and which of them may be used for a ticket of the queue ``seen_from``."""
        live = self._live
        allowed = self._seen_from(live, seen_from)
        own = live.index.place(but) if but else None
        if own is not None and own < len(allowed):
            allowed[own] = False
        return live.replies, allowed

    def following(self, snapshot: Snapshot) -> Memory:
        """Return what is remembered with ``snapshot``: this one, brought up to date, or a new one."""
        before = self._snapshot
        gone, fresh = snapshot.gone_since(before), snapshot.fresh_since(before)
        if len(gone) + len(fresh) > LIVE_MAX:
            return Memory(snapshot)
        for key in gone:
            self._forget(before, key)
        self._snapshot = snapshot
        for key in fresh:
            self._take(before.get(key), snapshot.get(key))
        if self._live.index.crowded:
            self._merge()
        return self

    def _forget(self, before: Snapshot, key: str) -> None:
        index, old = self._live.index, before.get(key)
        place = index.place(key)
        index.remove(key)
        if place is not None and old is not None:
            self._live.replies.drop(place, old.answer)

    def _take(self, old: Remembered | None, new: Remembered | None) -> None:
        live = self._live
        if new is None:
            return
        place = live.index.place(new.key)
        if old is not None and place is not None:
            live.replies.drop(place, old.answer)
        if old is None or place is None or old.text != new.text:
            place = live.index.add(new.key, new.text)
        walls = np.append(live.walls, np.zeros(max(0, place + 1 - len(live.walls)), np.int32))
        walls[place] = self._wall(new)
        live.replies.put(place, new.answer)
        self._live = replace(live, walls=walls)

    def _merge(self) -> None:
        live = self._live
        places = live.index.places
        index = live.index.merged()
        self._live = _Live(index, live.replies.moved(index, places), live.walls[places])

    def _answered(self, key: str) -> Answered | None:
        found = self._snapshot.get(key)
        return Answered(found.key, found.text, found.answer, found.url) if found is not None else None

    def _wall(self, ticket: Remembered) -> int:
        """Return the number of the queue beside which nobody may see ``ticket``.

        A key that begins with its queue is of a project with readers of its own, as Jira's are. A group that
        works on a ticket is no such wall: in ServiceNow it changes with whoever takes it over.
        """
        if not ticket.queue or not ticket.key.startswith(f"{ticket.queue}-"):
            return NO_WALL
        return self._numbers.setdefault(ticket.queue, len(self._numbers) + 1)

    def _seen_from(self, live: _Live, queue: str) -> Mask:
        mask: Mask = (live.walls == NO_WALL) | (live.walls == self._numbers.get(queue, NO_WALL))
        return mask
