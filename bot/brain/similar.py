"""Past tickets to show beside a new one: out of what was learned and what the vendor's search found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.brain.memory import Memory
from bot.brain.remembering import Remembered
from bot.brain.retrieve.duplicates import collapsed
from bot.brain.retrieve.index import Hit
from bot.brain.retrieve.rarities import Rarities
from bot.core.judgement import Question
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted

SHOWN_MAX: Final = 5
"""What people look at, and what a prompt is worth paying for."""
LOOKED_AT: Final = 2 * SHOWN_MAX
"""Of what was learned, so that five are left when copies are put together."""
SHOWN_AT: Final = 0.12
"""Below this a past ticket has the value of the new one no more often than any has (three public sets)."""
SMALL_HISTORY: Final = 200
"""Below so many learned tickets the vendor's own search results vote as well."""
TEXT_CHARS_MAX: Final = 8_000
"""Of a ticket that the vendor's search found: what it is about is said long before."""


def similar(memory: Memory, question: Question, text: str) -> tuple[PastTicket, ...]:
    """Return up to ``SHOWN_MAX``, most alike to ``text`` first; near copies are one, and counted.

    A ticket that was both learned and found is shown as it was found: as it is now, and as it is written.
    """
    found = {past.key: past for past in question.similar if past.key != question.key}
    known = {past.key: (past, said_in(past)) for past in _scored([*found.values()], memory, text)}
    for near in memory.nearest(text, LOOKED_AT, seen_from=question.queue, but=question.key):
        if near.score >= SHOWN_AT:
            past = found.get(near.ticket.key) or _past(near.ticket)
            known[near.ticket.key] = replace(past, score=round(near.score, 3)), near.ticket.text
    ranked = sorted(known.values(), key=lambda each: -each[0].score)
    hits = [Hit(place, past.score, past.key) for place, (past, _) in enumerate(ranked)]
    shown = collapsed(hits, lambda hit: ranked[hit.place][1], SHOWN_MAX)
    return tuple(replace(ranked[each.hit.place][0], copies=len(each.copies)) for each in shown)


def said_in(past: PastTicket) -> str:
    """Return the words of what was found, as they are compared."""
    return f"{past.summary.clean(500)}\n{past.description.clean(TEXT_CHARS_MAX)}"


def _scored(found: Sequence[PastTicket], memory: Memory, text: str) -> Iterator[PastTicket]:
    """Give what was found the scores it would have if it had been learned, where these mean something."""
    alike = memory.alike if len(memory) >= SMALL_HISTORY else _among(text, found)
    for past in found:
        score = alike(text, said_in(past))
        if score >= SHOWN_AT:
            yield replace(past, score=round(score, 3))


def _among(text: str, found: Sequence[PastTicket]) -> Callable[[str, str], float]:
    """Weigh words by how few of the tickets at hand hold them: too little was learned to know better."""
    rarities = Rarities()
    for each in (text, *map(said_in, found)):
        rarities.add(each)
    return rarities.alike


def _past(ticket: Remembered) -> PastTicket:
    return PastTicket(
        key=ticket.key,
        url=ticket.url,
        queue=ticket.queue,
        summary=Untrusted(ticket.summary),
        description=Untrusted(ticket.description),
        fields=ticket.fields,
        closed_at=datetime.fromisoformat(ticket.closed_at) if ticket.closed_at else None,
        answer=Untrusted(ticket.answer) if ticket.answer else None,
    )
