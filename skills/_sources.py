"""What lies on the table beside the ticket: articles and solved tickets, each under a mark to cite it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.briefs import Reference
from bot.core.passages import Passage
from bot.core.tickets import PastTicket
from bot.writers import Paper
from skills._looking import passage_papers, passage_reference, past_reference
from skills._papers import past_papers
from skills._writing import Cited, marked, proven


@dataclass(frozen=True, slots=True)
class Shelf:
    """Papers by mark, and what a person opens to read them."""

    papers: Mapping[str, Paper]
    references: Mapping[str, Reference]

    def cited(self, cited: Iterable[Cited]) -> tuple[Reference, ...]:
        """Return what is quoted word for word; a quotation nobody wrote is no reference."""
        return tuple(self.references[mark] for mark in proven(tuple(cited), self.papers))


def shelf(passages: tuple[Passage, ...], past: tuple[PastTicket, ...]) -> Shelf:
    """Return them in order: articles as ``A1``, ``A2``…, tickets as ``T1``, ``T2`` and so on."""
    articles, tickets = marked("A", len(passages)), marked("T", len(past))
    papers = (*passage_papers(passages, articles), *past_papers(past, tickets))
    references = (*map(passage_reference, passages), *map(past_reference, past))
    marks = (*articles, *tickets)
    return Shelf(dict(zip(marks, papers, strict=True)), dict(zip(marks, references, strict=True)))
