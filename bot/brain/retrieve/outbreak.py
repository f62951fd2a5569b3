"""Many alike within minutes: the first sign of a major incident, before anybody has called it one.

An alarm needs both: enough tickets alike within the window, from different people, and more of them than the
days before would lead one to expect. A desk with five password resets every half hour is not on fire.
Pure: time comes with each ticket, nothing is read and nothing is random.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.brain.retrieve.languages import is_small
from bot.brain.retrieve.terms import words

ALIKE_AT = 0.3
"""Cosine at which two tickets count as alike: they share a subject, in other words about it."""
SURPRISE = 0.001
"""How unlikely so many must be, were it a window like those before, to be called out."""
PACE_WINDOWS_MIN = 4
"""Windows that must lie behind before their pace counts; until then numbers alone decide."""
SHARED_MIN = 2
"""Words that two tickets must share: one alone has too many meanings."""
WORDS_MAX = 60
"""Of one ticket: what is said first says what it is about."""
SIZE_MIN = 200
"""Tickets a new watcher pretends to have seen: with three of three about mail, mail is no common word yet."""
HOLDERS_MIN = 3
"""A word of fewer tickets weighs as if it had so many: machine names and numbers drown no subject."""
COMMON_SHARE = 0.25
"""Words in a larger share of the tickets remembered bring no two of them together."""
SHARE_IN_COMMON = 0.6
"""Of an outbreak's tickets that must have a word for it to be named."""
COMMON_MAX = 6
MEMBERS_MAX = 200
ACTIVE_MAX = 50
"""Outbreaks held at once; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Outbreak:
    """Tickets that came close together and say the same."""

    id: str
    """The key of its first ticket."""
    since: datetime
    """When that one came."""
    until: datetime
    """When the last one came."""
    keys: tuple[str, ...]
    """In the order they came, at most ``MEMBERS_MAX``."""
    count: int
    terms: tuple[str, ...]
    """Words that most of them have in common, the most telling first."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    key: str
    at: datetime
    words: tuple[str, ...]
    person: str


class Outbreaks:
    """Watches one stream of tickets (one connector, or one queue). Not safe for threads."""

    def __init__(
        self, *, tickets_min: int = 5, window: timedelta = timedelta(minutes=30), memory: int = 2_000
    ) -> None:
        """Call out ``tickets_min`` alike within ``window``; ``memory``: tickets remembered, 8 KB each."""
        assert tickets_min > 1, "one ticket is no outbreak"
        assert memory >= tickets_min, "what is forgotten cannot be counted"
        self._tickets_min, self._window, self._memory = tickets_min, window, memory
        self._tickets: dict[str, _Ticket] = {}
        self._holders: dict[str, dict[str, None]] = {}
        self._called: dict[str, str] = {}
        """Key of a ticket to the id of its outbreak, as long as the ticket is remembered."""
        self._active: dict[str, Outbreak] = {}

    def __len__(self) -> int:
        """Return how many tickets are remembered."""
        return len(self._tickets)

    @property
    def active(self) -> tuple[Outbreak, ...]:
        """Those that were called out and had a ticket within the last window, oldest first."""
        return tuple(self._active.values())

    def add(self, key: str, at: datetime, text: str, *, person: str = "") -> Outbreak | None:
        """Take note of a ticket; return an outbreak the one time it is noticed, with who belongs to it.

        ``at`` has a time zone. ``text`` is redacted. ``person``: a pseudonym of who asked; tickets of one
        person count once. A ticket that came before (same ``key``) counts once as well. Later tickets of an
        outbreak join it silently, see :meth:`of`.
        """
        self._expire(at)
        if key in self._tickets:
            return None
        ticket = _Ticket(key, at, _telling(text), person)
        alike = self._alike(ticket)
        self._remember(ticket)
        outbreaks = Counter(self._called[each.key] for each in alike if each.key in self._called)
        joined = next((id_ for id_, _ in outbreaks.most_common() if id_ in self._active), None)
        if joined is not None:
            self._join(joined, ticket)
            return None
        fresh = [each for each in alike if each.key not in self._called]
        near = [each for each in fresh if abs(each.at - at) <= self._window]
        if _people([*near, ticket]) < self._tickets_min or self._expected(ticket, fresh, len(near) + 1):
            return None
        return self._call_out(sorted([*near, ticket], key=lambda each: (each.at, each.key)))

    def of(self, key: str) -> Outbreak | None:
        """Return the active outbreak that the ticket belongs to, if any."""
        return self._active.get(self._called.get(key, ""))

    def remove(self, key: str) -> None:
        """Forget a ticket: it is about something else after all, or nothing of it may be kept."""
        found = self.of(key)
        if found is not None:
            left = tuple(each for each in found.keys if each != key)
            self._active[found.id] = replace(found, keys=left, count=found.count - 1)
        self._drop(key)

    def _drop(self, key: str) -> None:
        ticket = self._tickets.pop(key, None)
        self._called.pop(key, None)
        for word in ticket.words if ticket else ():
            holders = self._holders[word]
            del holders[key]
            if not holders:
                del self._holders[word]

    def _alike(self, ticket: _Ticket) -> list[_Ticket]:
        size = max(len(self._tickets), SIZE_MIN)
        squares = {word: self._rarity(word, size) ** 2 for word in ticket.words}
        shared, common = dict[str, float](), Counter[str]()
        for word in ticket.words:
            holders = self._holders.get(word, {})
            if len(holders) <= size * COMMON_SHARE:
                for key in holders:
                    shared[key] = shared.get(key, 0.0) + squares[word]
                    common[key] += 1
        mine = sum(squares.values())
        found = list[_Ticket]()
        for key, product in shared.items():
            # Their own length is at least what they share: most are ruled out before it is added up.
            if common[key] < SHARED_MIN or product < ALIKE_AT**2 * mine:
                continue
            theirs = self._tickets[key]
            length = math.sqrt(mine * sum(self._rarity(word, size) ** 2 for word in theirs.words))
            if product >= ALIKE_AT * length:
                found.append(theirs)
        return found

    def _rarity(self, word: str, size: int) -> float:
        return math.log((2 + size) / (1 + max(len(self._holders.get(word, ())), HOLDERS_MIN)))

    def _expected(self, ticket: _Ticket, alike: list[_Ticket], count: int) -> bool:
        """Whether ``count`` in a window is what the time before would lead one to expect."""
        begin = ticket.at - self._window
        oldest = min((each.at for each in self._tickets.values()), default=ticket.at)
        windows = (begin - oldest) / self._window
        if windows < PACE_WINDOWS_MIN:
            return False
        before = sum(each.at < begin for each in alike)
        return _at_least(count, (before + 0.5) / windows) > SURPRISE

    def _call_out(self, members: list[_Ticket]) -> Outbreak:
        found = Outbreak(
            id=members[0].key,
            since=members[0].at,
            until=members[-1].at,
            keys=tuple(each.key for each in members[:MEMBERS_MAX]),
            count=len(members),
            terms=self._in_common(members),
        )
        self._active[found.id] = found
        self._called.update({each.key: found.id for each in members})
        if len(self._active) > ACTIVE_MAX:
            del self._active[next(iter(self._active))]
        return found

    def _join(self, id_: str, ticket: _Ticket) -> None:
        self._called[ticket.key] = id_
        was = self._active[id_]
        keys = (*was.keys, ticket.key)[:MEMBERS_MAX]
        until = max(was.until, ticket.at)
        self._active[id_] = replace(was, keys=keys, count=was.count + 1, until=until)

    def _in_common(self, members: list[_Ticket]) -> tuple[str, ...]:
        held = Counter(word for each in members for word in each.words)
        common = [word for word, count in held.items() if count >= SHARE_IN_COMMON * len(members)]
        size = max(len(self._tickets), SIZE_MIN)
        return tuple(sorted(common, key=lambda w: (-held[w] * self._rarity(w, size), w))[:COMMON_MAX])

    def _remember(self, ticket: _Ticket) -> None:
        self._tickets[ticket.key] = ticket
        for word in ticket.words:
            self._holders.setdefault(word, {})[ticket.key] = None
        if len(self._tickets) > self._memory:
            self._drop(next(iter(self._tickets)))

    def _expire(self, at: datetime) -> None:
        ended = [id_ for id_, each in self._active.items() if at - each.until > self._window]
        for id_ in ended:
            del self._active[id_]


def _telling(text: str) -> tuple[str, ...]:
    """Return the first different words of ``text`` that name something."""
    found = dict.fromkeys(word for word in words(text) if len(word) > 1 and not is_small(word))
    return tuple(found)[:WORDS_MAX]


def _people(tickets: Iterable[_Ticket]) -> int:
    """Count tickets, those of one known person once."""
    return len({each.person or f"\0{each.key}" for each in tickets})


def _at_least(count: int, pace: float) -> float:
    """Return how likely ``count`` or more are where ``pace`` are usual (Poisson)."""
    below, term = 0.0, math.exp(-pace)
    for number in range(count):
        below += term
        term *= pace / (number + 1)
    return max(0.0, 1.0 - below)
