"""Writes how a ticket was solved, and asks to close it where the conversation shows that it is."""

from __future__ import annotations

from typing import Final

from bot.core.briefs import Brief, BriefLine
from bot.core.correspondence import messages_of
from bot.core.errors import Reject
from bot.core.redaction import has_holes
from bot.core.reports import Report
from bot.core.tickets import Snapshot
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from bot.writers import Paper
from skills._papers import is_requester, papers_of, requesters_language
from skills._sentences import sentences
from skills._writing import ANSWER_REFUSED, Outcome, Wanted, rules_in, stands_in, write
from skills.resolve.output import Resolution, Way, close_wish, code_of, way_out

RULES: Final = rules_in("skills.resolve")
SENTENCES_MAX: Final = 3
"""Of an agent's last public message that stand in for notes."""
CODES_MAX: Final = 20
"""Codes that are listed."""


class Resolve:
    """Notes and a close code."""

    name = "resolve"
    on_change = False

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return the notes, what it can be closed as, and a wish to close it where it is settled.

        Raises:
            Retry: the ticket system is away; run it again.
        """
        if snapshot.ticket.closed:
            return Report(brief=Brief("brief.resolve.closed"))
        way = await _way(snapshot, desk)
        wanted = Wanted(
            skill=self.name,
            rules=RULES,
            answer=Resolution,
            papers=(*papers_of(snapshot, internal=True), *_codes_paper(way)),
            language=requesters_language(snapshot, desk.language),
        )
        told = await write(wanted, snapshot, desk)
        if told.answer is None or has_holes(told.answer.notes):
            return _on_record(told, snapshot, way, desk.language)
        return _written(told, told.answer, snapshot, way, desk.language)


async def _way(snapshot: Snapshot, desk: Desk) -> Way | None:
    try:
        return way_out(await desk.tickets.allowed(snapshot.ticket))
    except Reject:
        return None


def _codes_paper(way: Way | None) -> tuple[Paper, ...]:
    codes = way.codes if way else ()
    return (Paper("close_codes", Untrusted("\n".join(each.label for each in codes))),) if codes else ()


def _written(
    told: Outcome[Resolution], said: Resolution, snapshot: Snapshot, way: Way | None, language: str
) -> Report:
    settled = said.solved and _is_shown(said.quote, snapshot)
    code = code_of(said.code, way.codes) if way and settled else None
    wish = close_wish(way, code, said.notes, language) if way and settled else None
    lines = [BriefLine("brief.resolve.notes", Untrusted(said.notes))] if said.notes else []
    if settled:
        lines.append(BriefLine("brief.resolve.shows", Untrusted(f"«{Untrusted(said.quote).line()}»")))
    else:
        lines.append(BriefLine("", Untrusted(say(language, "brief.resolve.unsettled"))))
    if code is not None:
        lines.append(BriefLine("brief.resolve.code", Untrusted(code.label)))
    elif settled:
        lines += _codes_line(way, language)
    return Report(
        brief=Brief("brief.resolve.title", tuple(lines)),
        brain=told.brain,
        usage=told.usage,
        wishes=(wish,) if wish else (),
    )


def _on_record(told: Outcome[Resolution], snapshot: Snapshot, way: Way | None, language: str) -> Report:
    """Return the words an agent has closed with, if any, and what a person may choose from: no verdict."""
    ticket = snapshot.ticket
    agents = [c for c in messages_of(snapshot, internal=False) if not is_requester(c, ticket)]
    notes = " ".join(sentences(agents[-1].body, SENTENCES_MAX)) if agents else ""
    lines = [BriefLine("brief.resolve.notes", Untrusted(notes or say(language, "brief.resolve.no_notes")))]
    lines += _codes_line(way, language)
    return Report(
        brief=Brief("brief.resolve.title", tuple(lines)),
        degraded=told.degraded or ANSWER_REFUSED,
        usage=told.usage,
    )


def _codes_line(way: Way | None, language: str) -> list[BriefLine]:
    if way is None:
        return [BriefLine("", Untrusted(say(language, "brief.resolve.no_way")))]
    codes = ", ".join(Untrusted(each.label).line() for each in way.codes[:CODES_MAX])
    return [BriefLine("brief.resolve.codes", Untrusted(codes))] if codes else []


def _is_shown(quote: str, snapshot: Snapshot) -> bool:
    """Whether the words are a person's on this ticket, word for word."""
    said = messages_of(snapshot, internal=True)
    return any(stands_in(quote, each.body) for each in said if each.author.is_person)


SKILL = Resolve()
