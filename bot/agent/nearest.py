"""Which solved tickets are most like one in hand, by the words they share. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.core.tickets import PastTicket, Ticket
from bot.core.untrusted import Untrusted

TEXT_CHARS_MAX: Final = 2_000
"""Of each text that is compared, in characters: what is wrong is said first."""
SHARED_MIN: Final = 2
"""Words that a solved ticket has in common with this one before it is shown: one may be anybody's."""
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
"""Shorter ones are mostly grammar."""


def nearest(ticket: Ticket, past: Sequence[PastTicket]) -> list[PastTicket]:
    """Return those that share most with ``ticket``, the rarer the better: a vendor's search goes by date."""
    mine = _words(ticket.summary, ticket.description)
    theirs = [(each, mine & _words(each.summary, each.description)) for each in past]
    spread = Counter(word for _, shared in theirs for word in shared)
    scored = [
        (sum(1 / spread[word] for word in shared), each)
        for each, shared in theirs
        if len(shared) >= SHARED_MIN
    ]
    best = max((score for score, _ in scored), default=0.0)
    near = sorted((each for each in scored if each[0] >= best / 2), key=lambda each: -each[0])
    return [each for _, each in near]


def _words(*texts: Untrusted) -> frozenset[str]:
    return frozenset(word for each in texts for word in _WORD.findall(each.clean(TEXT_CHARS_MAX).casefold()))
