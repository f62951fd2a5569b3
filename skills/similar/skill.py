"""Looks for tickets that say the same, open and solved, and asks about a flood of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.alike import Alike, SameAs
from bot.core.briefs import Brief, BriefLine, Reference
from bot.core.correspondence import STAMP
from bot.core.reports import Report
from bot.core.tickets import PastTicket, Snapshot
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from bot.writers import Paper
from skills._looking import recall
from skills._papers import papers_of, past_papers
from skills._writing import NO_KEY, Outcome, Wanted, marked, rules_in, write
from skills.similar.output import Comparison, link_wish

RULES: Final = rules_in("skills.similar")
SUMMARY_CHARS_MAX: Final = 120
"""Of another ticket's summary in a line."""


class Similar:
    """Duplicates, precedents, and what may be one incident."""

    name = "similar"
    on_change = False

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return what is alike; nothing is ever linked by that alone.

        Raises:
            Retry: the ticket system, every brain or Redis is away; run it again.
        """
        recalled = await recall(desk, snapshot, wants_draft=False)
        alike = await desk.neighbours.of(snapshot) if desk.neighbours is not None else Alike()
        told = await _compared(snapshot, desk, alike, recalled.past)
        given = (
            told.answer.reasons({*_marks("O", alike.same), *_marks("T", recalled.past)})
            if told.answer
            else {}
        )
        lines = (
            *_incident_lines(alike, desk.language),
            *_open_lines(alike, given, desk.language),
            *_past_lines(recalled.past, given),
            *recalled.lines,
        )
        found = bool(alike.same or alike.part_of or recalled.past)
        wish = link_wish(alike.part_of, snapshot.ticket, desk.language) if alike.part_of else None
        return Report(
            brief=Brief("brief.similar.title" if found else "brief.similar.none", lines),
            similar=recalled.past,
            alike=alike,
            brain=told.brain,
            degraded=told.degraded,
            usage=told.usage,
            wishes=(wish,) if wish else (),
        )


async def _compared(
    snapshot: Snapshot, desk: Desk, alike: Alike, past: tuple[PastTicket, ...]
) -> Outcome[Comparison]:
    """Have a model compare; without anything to compare nobody is asked."""
    if not alike.same and not past:
        return Outcome(None, degraded=NO_KEY if desk.writer is None else "")
    others = [
        Paper(
            "open_ticket",
            Untrusted(f"[{mark}]\n{same.theirs.clean()}"),
            own=False,
            queue=snapshot.ticket.queue,
        )
        for mark, same in zip(_marks("O", alike.same), alike.same, strict=True)
    ]
    solved = past_papers(past, _marks("T", past))
    wanted = Wanted(
        skill="similar",
        rules=RULES,
        answer=Comparison,
        papers=(*papers_of(snapshot, internal=False), *others, *solved),
        language=desk.language,
    )
    return await write(wanted, snapshot, desk)


def _incident_lines(alike: Alike, language: str) -> tuple[BriefLine, ...]:
    part = alike.part_of
    if part is None:
        return ()
    words = say(
        language,
        "brief.similar.incident_of",
        count=str(part.count),
        since=part.since.strftime(STAMP),
    )
    return (BriefLine("brief.similar.incident", Untrusted(words), Reference(Untrusted(part.key), part.url)),)


def _open_lines(alike: Alike, given: Mapping[str, str], language: str) -> tuple[BriefLine, ...]:
    return tuple(
        BriefLine(
            "brief.similar.open",
            Untrusted(_open(each, given.get(mark, ""), language)),
            Reference(Untrusted(each.key), each.url),
        )
        for mark, each in zip(_marks("O", alike.same), alike.same, strict=True)
    )


def _open(same: SameAs, because: str, language: str) -> str:
    shared = say(language, "note.shared", words=same.shared.line(SUMMARY_CHARS_MAX))
    return f"«{same.theirs.line(SUMMARY_CHARS_MAX)}» {Untrusted(because).line() or shared}"


def _past_lines(past: tuple[PastTicket, ...], given: Mapping[str, str]) -> tuple[BriefLine, ...]:
    """Return solved tickets, those a model holds for the same first."""
    marks = dict(zip(_marks("T", past), past, strict=True))
    lines: list[BriefLine] = []
    for mark, each in sorted(marks.items(), key=lambda item: item[0] not in given):
        because = Untrusted(given.get(mark, "")).line()
        summary = each.summary.line(SUMMARY_CHARS_MAX)
        said = Untrusted(f"{summary} ({because})" if because else summary)
        lines.append(BriefLine("brief.similar.past", said, Reference(Untrusted(each.key), each.url)))
    return tuple(lines)


def _marks(letter: str, of: tuple[object, ...]) -> tuple[str, ...]:
    return marked(letter, len(of))


SKILL = Similar()
