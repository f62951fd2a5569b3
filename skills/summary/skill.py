"""Reads a ticket and hands it over in five lines: a model's where there is one, else out of the record."""

from __future__ import annotations

from itertools import islice
from typing import Final

from bot.core.briefs import Brief
from bot.core.correspondence import NAME_CHARS_MAX, STAMP, messages_of, turn_of, who_waits
from bot.core.reports import Report
from bot.core.tickets import Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from skills._papers import MESSAGES_MAX, is_requester, papers_of
from skills._sentences import sentences
from skills._writing import Wanted, rules_in, write
from skills.summary.output import HandOver, brief_of

RULES: Final = rules_in("skills.summary")
TRIED_MAX: Final = 3
"""Messages of agents whose first sentences are shown: the newest that say something are where it stands."""
WORDS_MIN: Final = 4
"""Of the description's first sentence, where it is shown: fewer say no more than the summary."""


class Summary:
    """The hand-over."""

    name = "summary"
    on_change = False

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return five lines; a ticket without words gives those its record has."""
        wanted = Wanted(
            skill=self.name,
            rules=RULES,
            answer=HandOver,
            papers=papers_of(snapshot, internal=True),
            language=desk.language,
        )
        told = await write(wanted, snapshot, desk)
        brief = brief_of(told.answer) if told.answer else _recorded(snapshot, desk.language)
        return Report(brief=brief, brain=told.brain, degraded=told.degraded, usage=told.usage)


def _recorded(snapshot: Snapshot, language: str) -> Brief:
    """Return what the record alone says: no word of it is anybody's guess."""
    ticket = snapshot.ticket
    return brief_of(
        HandOver.model_construct(
            what=_what(ticket) or say(language, "brief.summary.unsaid"),
            since=say(
                language,
                "brief.summary.since_at",
                created=ticket.created_at.strftime(STAMP),
                updated=ticket.updated_at.strftime(STAMP),
            ),
            tried=_tried(snapshot, language),
            waits=_waits(snapshot, language),
            next=_next(snapshot, language),
        )
    )


def _what(ticket: Ticket) -> str:
    """Return the summary, and the first sentence that says more."""
    summary = ticket.summary.line()
    first = next(iter(sentences(ticket.description, 1)), "")
    if not summary or len(first.split()) < WORDS_MIN or first.rstrip(".").casefold() == summary.casefold():
        return summary or first
    return f"{summary.rstrip('.')}. {first}"


def _tried(snapshot: Snapshot, language: str) -> str:
    agents = [c for c in messages_of(snapshot, internal=True) if not is_requester(c, snapshot.ticket)]
    firsts = (first for c in agents[: -MESSAGES_MAX - 1 : -1] for first in sentences(c.body, 1))
    return " / ".join([*islice(firsts, TRIED_MAX)][::-1]) or say(language, "brief.summary.tried_none")


def _waits(snapshot: Snapshot, language: str) -> str:
    ticket, unanswered = snapshot.ticket, turn_of(snapshot).unanswered
    waits = who_waits(snapshot, language, holder=_holder(ticket), group=_group(ticket))
    words = next(iter(sentences(unanswered[-1].body, 1)), "") if unanswered and not ticket.closed else ""
    return f"{waits} {say(language, 'brief.summary.last_wrote', words=words)}" if words else waits


def _next(snapshot: Snapshot, language: str) -> str:
    ticket, turn = snapshot.ticket, turn_of(snapshot)
    status, holder, group = _name(Untrusted(ticket.status.label)), _holder(ticket), _group(ticket)
    if ticket.closed:
        return say(language, "brief.summary.next_none", status=status)
    if not holder and group:
        return say(language, "brief.summary.next_take", group=group, status=status)
    if not holder:
        return say(language, "brief.summary.next_assign", status=status)
    key = "brief.summary.next_wait" if turn.is_theirs else "brief.summary.next_answer"
    return say(language, key, who=holder, status=status)


def _holder(ticket: Ticket) -> str:
    return _first(ticket, "assignee") or _first(ticket, "assigned_to")


def _group(ticket: Ticket) -> str:
    return _first(ticket, "assignment_group")


def _first(ticket: Ticket, field: str) -> str:
    return next((_name(Untrusted(value.label)) for value in ticket.fields.get(field, ())), "")


def _name(name: Untrusted) -> str:
    return name.line(NAME_CHARS_MAX)


SKILL = Summary()
