"""Reads a ticket, asks the brain, and brings back what holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.briefs import Brief
from bot.core.errors import Reject
from bot.core.judgement import FieldQuestion, Question
from bot.core.languages import language_of
from bot.core.reports import Report
from bot.core.tickets import Actor, Allowed, PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from skills._papers import file_names
from skills.triage.output import report_of

CANDIDATES_MAX = 30
"""Asked of the vendor's search, which finds words but ranks by date: the brain picks what is most alike."""
SUMMARY_CHARS_MAX = 500
"""Of a summary; Jira's own limit is 255."""
HEAD_CHARS_MAX = 6_000
"""Of a description: what is wrong is said first..."""
TAIL_CHARS_MAX = 2_000
"""...and what was tried, or the newest mail of a thread, last. A log of a megabyte lies in between."""
MESSAGES_MAX = 10
"""Of a conversation: the newest, which is where it stands now."""
MESSAGE_CHARS_MAX = 1_500
"""Of one message: what follows is usually the quoted mail before it."""
CUT = "\n[…]\n"


class Triage:
    """The first skill: fields, similar tickets, a draft."""

    name = "triage"
    on_change = True

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return what it found; nothing but why not for a closed ticket or one without words.

        Raises:
            Retry: the ticket system or every brain is away; run it again.
            Reject: the ticket or its allowed values cannot be read.
        """
        ticket = snapshot.ticket
        if ticket.closed:
            return Report(brief=Brief("brief.triage.closed"))
        if not (ticket.summary or ticket.description):
            return Report(brief=Brief("brief.triage.empty"))
        allowed = await desk.tickets.allowed(ticket, steps=False)
        similar = await _similar(ticket, desk)
        question = _question(snapshot, _asked(ticket, allowed, desk.suggestible), similar)
        question = replace(question, turned_down=desk.turned_down, reader=desk.language)
        # Where a word or two does not tell what the requester writes, it is what is read here.
        question = replace(question, language=question.language or desk.language)
        report = report_of(question, await desk.model.judge(question))
        return replace(report, alike=await desk.neighbours.of(snapshot)) if desk.neighbours else report


async def _similar(ticket: Ticket, desk: Desk) -> tuple[PastTicket, ...]:
    try:
        found = await desk.tickets.similar(ticket, CANDIDATES_MAX)
    except Reject:
        # Some accounts may read a ticket and not search for others: the triage is worth having without them.
        return ()
    return tuple(past for past in found if past.key != ticket.key)


def _asked(ticket: Ticket, allowed: Allowed, suggestible: Sequence[str]) -> tuple[FieldQuestion, ...]:
    choices = (allowed.of(name) for name in suggestible)
    return tuple(
        FieldQuestion(each, ticket.fields.get(each.field, ())) for each in choices if each and each.values
    )


def _question(
    snapshot: Snapshot, fields: tuple[FieldQuestion, ...], similar: tuple[PastTicket, ...]
) -> Question:
    ticket = snapshot.ticket
    messages = [c for c in snapshot.comments if c.public and not c.author.is_us and c.operation is None]
    requester = ticket.reporter.id if ticket.reporter else None
    theirs = [c.body for c in messages if c.author.id == requester]
    conversation = tuple(_cut(c.body, MESSAGE_CHARS_MAX, 0) for c in messages[-MESSAGES_MAX:])
    summary = _cut(ticket.summary, SUMMARY_CHARS_MAX, 0)
    description = _cut(ticket.description, HEAD_CHARS_MAX, TAIL_CHARS_MAX)
    written = [summary, description, *(_cut(body, MESSAGE_CHARS_MAX, 0) for body in theirs[-MESSAGES_MAX:])]
    return Question(
        connector=ticket.ref.connector,
        queue=ticket.queue,
        summary=summary,
        description=description,
        conversation=conversation,
        fields=fields,
        similar=similar,
        language=language_of(" ".join(text.raw for text in written)),
        people=tuple(dict.fromkeys(actor.name for actor in _people(snapshot) if actor.name)),
        key=ticket.key,
        ticket=f"{ticket.ref.connector}:{ticket.ref.id}",
        # A draft for the requester comes out of it: what colleagues attached among themselves stays theirs.
        attachments=tuple(map(Untrusted, file_names(snapshot, internal=False))),
    )


def _people(snapshot: Snapshot) -> list[Actor]:
    writers = [comment.author for comment in snapshot.comments]
    return [snapshot.ticket.reporter, *writers] if snapshot.ticket.reporter else writers


def _cut(text: Untrusted, head: int, tail: int) -> Untrusted:
    """Keep the beginning and the end of a text that is too long; before anything else looks at all of it."""
    raw = text.raw
    if len(raw) > head + tail:
        raw = raw[:head] + (CUT + raw[len(raw) - tail :] if tail else "")
    return Untrusted(Untrusted(raw).clean())


SKILL = Triage()
