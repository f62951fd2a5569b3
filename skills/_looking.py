"""Asking context sources side by side; one that fails costs its own answer, never the skill."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import BaseModel, ValidationError

from bot.core.briefs import BriefLine, Reference
from bot.core.errors import BotError, Reject
from bot.core.judgement import Judgement
from bot.core.passages import Field, Passage
from bot.core.tickets import PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from bot.sources import Lookup, Source
from bot.writers import Paper
from skills._papers import question_of

LOOKUPS_MAX: Final = 6
"""Questions at once; a person waits for the slowest."""
LOOK_S: Final = 8.0
"""Patience with one of them."""
WHOLE_MAX: Final = 2
"""Articles read whole, of those found: a search brings the sentence that fits, and steps stand elsewhere."""
WHOLE_S: Final = 4.0
"""Patience with reading one of them: what the search brought is there already."""
PASSAGES_MAX: Final = 6
"""What a model reads and a person looks at, of all sources together."""
EACH_MAX: Final = 3
"""Of one lookup: they come best first."""
QUERY_CHARS_MAX: Final = 300
"""Of a question: the summary is one, a whole mail is none."""
PASSAGE_CHARS_MAX: Final = 4_000
"""Of a passage: an article says first what it is about."""
TITLE_CHARS_MAX: Final = 160
"""Of a passage's title."""
SIMILAR_MAX: Final = 5
"""Solved tickets that are looked at."""
CANDIDATES_MAX: Final = 30
"""Asked of the vendor's search, which finds words but ranks by date: the brain ranks them."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and who did not answer."""

    passages: tuple[Passage, ...] = ()
    away: tuple[str, ...] = ()
    """Names of sources."""

    def lines(self, language: str) -> tuple[BriefLine, ...]:
        """Return a line for each source that did not answer."""
        return tuple(
            BriefLine("", Untrusted(say(language, "brief.source.away", source=name))) for name in self.away
        )


@dataclass(frozen=True, slots=True)
class _Ask:
    source: Source
    lookup: Lookup
    arguments: BaseModel


async def look(desk: Desk, ticket: Ticket, fields: Iterable[Field]) -> Looked:
    """Ask every lookup of these fields that takes a free question; what needs more is not for skills."""
    query = ticket.summary.line(QUERY_CHARS_MAX) or ticket.description.line(QUERY_CHARS_MAX)
    wanted = frozenset(fields)
    if not query:
        return Looked()
    asks = [
        _Ask(source, each, arguments)
        for source in desk.sources
        for each in source.lookups.values()
        if each.field in wanted and (arguments := _arguments(each, query)) is not None
    ][:LOOKUPS_MAX]
    answers = await asyncio.gather(*(_one(ask) for ask in asks))
    found: list[Passage] = []
    for rank in range(EACH_MAX):  # the best of each before the second of any
        found += [passages[rank] for passages in answers if passages is not None and rank < len(passages)]
    away = [ask.source.name for ask, passages in zip(asks, answers, strict=True) if passages is None]
    kept = _unlike(found)[:PASSAGES_MAX]
    whole = await asyncio.gather(*(_whole(desk, each) for each in kept[:WHOLE_MAX]))
    return Looked((*whole, *kept[WHOLE_MAX:]), tuple(dict.fromkeys(away)))


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the desk's own past says about a ticket."""

    past: tuple[PastTicket, ...] = ()
    """Solved tickets, most alike first."""
    judgement: Judgement = field(default_factory=lambda: Judgement(brain=""))
    """The brain's; its draft where one was wanted."""
    lines: tuple[BriefLine, ...] = ()
    """What whoever asked should know about how it was found."""


async def recall(desk: Desk, snapshot: Snapshot, *, wants_draft: bool) -> Recalled:
    """Search for solved tickets, and have the brain say which are alike, and perhaps draft a reply.

    Raises:
        Retry: the ticket system or every brain is away; run it again.
    """
    ticket, lines = snapshot.ticket, tuple[BriefLine, ...]()
    try:
        found = await desk.tickets.similar(ticket, CANDIDATES_MAX)
    except Reject:
        found, lines = (), (BriefLine("", Untrusted(say(desk.language, "brief.search.refused"))),)
    others = tuple(past for past in found if past.key != ticket.key)
    question = question_of(snapshot, others, desk.turned_down, wants_draft=wants_draft, reader=desk.language)
    try:
        judgement = await desk.model.judge(question)
    except Reject:
        return Recalled(others[:SIMILAR_MAX], lines=lines)
    # What the search found and the brain left out has a word in common with the ticket, and no more.
    past = tuple(each for each in judgement.similar if each.key != ticket.key)
    return Recalled(past[:SIMILAR_MAX], judgement, lines)


def passage_papers(passages: Sequence[Passage], marks: Sequence[str]) -> tuple[Paper, ...]:
    """Return passages to lay on the table, each under its mark."""
    return tuple(
        Paper(
            "article",
            Untrusted(f"[{mark}] {each.title.line(TITLE_CHARS_MAX)}\n{_words(each)}"),
            own=False,
            source=each.source,
        )
        for mark, each in zip(marks, passages, strict=True)
    )


def passage_reference(passage: Passage) -> Reference:
    """Return what a person opens to read it."""
    return Reference(Untrusted(passage.title.line(TITLE_CHARS_MAX)), passage.url)


def past_reference(past: PastTicket) -> Reference:
    """Return what a person opens to read it."""
    return Reference(Untrusted(f"{past.key}: {past.summary.line(TITLE_CHARS_MAX)}"), past.url)


def _words(passage: Passage) -> str:
    return passage.text.clean(PASSAGE_CHARS_MAX)


def _arguments(lookup: Lookup, query: str) -> BaseModel | None:
    """Return the question as this lookup takes it; None where it wants more than a question."""
    if "query" not in lookup.arguments.model_fields:
        return None
    try:
        return lookup.arguments.model_validate({"query": query})
    except ValidationError:
        return None


async def _one(ask: _Ask, patience_s: float = LOOK_S) -> Sequence[Passage] | None:
    """Return what one lookup found; None: it did not answer."""
    try:
        async with asyncio.timeout(patience_s):
            found = await ask.source.look(ask.lookup.name, ask.arguments)
            return [replace(each, source=ask.source.name) for each in found]
    except (BotError, TimeoutError):
        return None


async def _whole(desk: Desk, passage: Passage) -> Passage:
    """Return all of an article that a search brought an excerpt of; the excerpt, where it cannot be read."""
    ask = next(
        (ask for each in desk.sources if each.name == passage.source for ask in _reads(each, passage)), None
    )
    read = await _one(ask, WHOLE_S) if ask is not None else None
    return replace(passage, text=read[0].text) if read and read[0].text else passage


def _reads(source: Source, passage: Passage) -> Iterator[_Ask]:
    """Return the lookups of knowledge that take the key of what was found, and nothing else."""
    for each in source.lookups.values():
        names = tuple(each.arguments.model_fields)
        if each.field is Field.KNOWLEDGE and passage.key and len(names) == 1 and names != ("query",):
            with contextlib.suppress(ValidationError):
                yield _Ask(source, each, each.arguments.model_validate({names[0]: passage.key}))


def _unlike(passages: Iterable[Passage]) -> list[Passage]:
    seen: dict[tuple[str, str], Passage] = {}
    for each in passages:
        seen.setdefault((each.title.raw, each.url), each)
    return list(seen.values())
