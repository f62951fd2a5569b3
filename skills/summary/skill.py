"""Reads a ticket and hands it over in five lines: a model's where there is one, else out of the record."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.core.briefs import Brief
from bot.core.reports import Report
from bot.core.tickets import Comment, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from skills._papers import STAMP, is_requester, messages_of, papers_of, sentences
from skills._writing import Wanted, rules_in, write
from skills.summary.output import HandOver, brief_of

RULES: Final = rules_in("skills.summary")
TRIED_MAX: Final = 2
"""Messages of agents whose first sentences are shown: the newest are where it stands."""
NAME_CHARS_MAX: Final = 80
"""Of a person's or a status' name in a sentence."""


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
            what=ticket.summary.line() or say(language, "brief.summary.unsaid"),
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


def _tried(snapshot: Snapshot, language: str) -> str:
    agents = [c for c in messages_of(snapshot, internal=True) if not is_requester(c, snapshot.ticket)]
    firsts = [first for c in agents[-TRIED_MAX:] for first in sentences(c.body, 1)]
    return " / ".join(firsts) or say(language, "brief.summary.tried_none")


def _waits(snapshot: Snapshot, language: str) -> str:
    ticket, last = snapshot.ticket, _last_public(snapshot)
    if ticket.closed:
        return say(language, "brief.summary.waits_nobody")
    if last is None or is_requester(last, ticket):
        who = _holder(ticket) or say(language, "brief.summary.somebody")
        return say(language, "brief.summary.waits_requester", who=who, at=_at(last, ticket.created_at))
    return say(
        language, "brief.summary.waits_desk", who=_name(last.author.name), at=_at(last, ticket.created_at)
    )


def _next(snapshot: Snapshot, language: str) -> str:
    ticket, last = snapshot.ticket, _last_public(snapshot)
    status, holder = _name(Untrusted(ticket.status.label)), _holder(ticket)
    if ticket.closed:
        return say(language, "brief.summary.next_none", status=status)
    if not holder:
        return say(language, "brief.summary.next_assign", status=status)
    answered = last is not None and not is_requester(last, ticket)
    key = "brief.summary.next_wait" if answered else "brief.summary.next_answer"
    return say(language, key, who=holder, status=status)


def _last_public(snapshot: Snapshot) -> Comment | None:
    return next(reversed(messages_of(snapshot, internal=False)), None)


def _holder(ticket: Ticket) -> str:
    for field in ("assignee", "assigned_to"):
        for value in ticket.fields.get(field, ()):
            return _name(Untrusted(value.label))
    return ""


def _name(name: Untrusted) -> str:
    return name.line(NAME_CHARS_MAX)


def _at(comment: Comment | None, otherwise: datetime) -> str:
    return (comment.at if comment else otherwise).strftime(STAMP)


SKILL = Summary()
