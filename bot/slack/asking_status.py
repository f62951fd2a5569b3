"""``/itsm status``: a ticket as it is now, and what the bot did or would do about it. Pure."""

from __future__ import annotations

from typing import Final

from approvals.blocks import named, words
from bot.core.actions import Risk
from bot.core.deeds import said_in
from bot.core.dossier import Dossier, Tracked
from bot.core.fields import fields_told
from bot.core.tickets import FieldValue, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.slack.briefs_drawing import Row, Sheet, sheet

PROPOSALS_MAX: Final = 5
"""Shown under a ticket, the newest first; the rest is in the audit."""
SAYS_CHARS_MAX: Final = 300
"""Of what one of them says."""
NOTHING: Final = "–"  # noqa: RUF001  # a dash stands for nothing


def status(ticket: Ticket, dossier: Dossier, language: str) -> Sheet:
    """Return what one person is shown about a ticket that they may see."""
    rows = [Row(text=Untrusted(ticket.key), url=ticket.url), Row(text=ticket.summary)]
    rows += [
        Row(say(language, "itsm.field.status"), Untrusted(ticket.status.label)),
        Row(say(language, "itsm.field.queue"), Untrusted(ticket.queue)),
        *(Row(label, _value(value)) for label, value in fields_told(ticket, language)),
    ]
    if ticket.reporter is not None:
        rows.append(Row(say(language, "itsm.field.reporter"), Untrusted(ticket.reporter.name.line())))
    rows += [_proposal(each, language) for each in _worth_telling(dossier)]
    return sheet(say(language, "itsm.status", key=ticket.key), rows, language=language)


def by_whom(who: str, language: str) -> tuple[dict[str, object], ...]:
    """Name who decided or asked, inside rich text: ``slack:U…``, ``skill:triage``, a Slack id, ``policy``."""
    kind, _, name = who.partition(":")
    if kind == "slack":
        return (named(name),)
    if kind == "skill":
        return (words(say(language, "itsm.skill", skill=name)),)
    return (named(who) if not name else words(who),)


def _worth_telling(dossier: Dossier) -> list[Tracked]:
    """Return the newest proposals; notes are on the ticket anyway."""
    found = [each for each in dossier.tracked.values() if each.proposal.action.risk is not Risk.NOTE]
    return list(reversed(found))[:PROPOSALS_MAX]


def _proposal(tracked: Tracked, language: str) -> Row:
    says = Untrusted(said_in(tracked.proposal.says, language)).line(SAYS_CHARS_MAX)
    label = say(language, f"status.{tracked.status.value}")
    return Row(label[:1].upper() + label[1:], Untrusted(f"{says} ({tracked.proposal.id})"))


def _value(value: FieldValue) -> Untrusted:
    return Untrusted(", ".join(each.label for each in value) or NOTHING)
