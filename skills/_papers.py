"""What lies on the table when a skill writes: the ticket's words, cut to what is worth reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.correspondence import STAMP, messages_of
from bot.core.judgement import Question
from bot.core.languages import language_of
from bot.core.rejections import TurnedDown
from bot.core.tickets import Actor, Comment, PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.writers import Paper

SUMMARY_CHARS_MAX: Final = 500
"""Of a summary; Jira's own limit is 255."""
HEAD_CHARS_MAX: Final = 6_000
"""Of a description: what is wrong is said first..."""
TAIL_CHARS_MAX: Final = 2_000
"""...and the newest mail of a thread, or the error, last. A log of a megabyte lies in between."""
MESSAGES_MAX: Final = 20
"""Of a conversation: the newest, which is where it stands now."""
MESSAGE_CHARS_MAX: Final = 2_000
"""Of one message: what follows is usually the quoted mail before it."""
FILE_NAME_CHARS_MAX: Final = 255
"""Of a file's name: as long as both systems keep it."""
FILES_MAX: Final = 20
"""Names of files: the newest, which belong to where it stands now."""
CUT: Final = "\n[…]\n"
ENGLISH: Final = "en"
"""Of a reply where nothing tells the requester's language."""


def papers_of(snapshot: Snapshot, *, internal: bool) -> tuple[Paper, ...]:
    """Return the ticket and what was said on it; ``internal``: also what customers cannot read.

    Our own notes are left out: what the bot has said to colleagues is no evidence.
    """
    ticket = snapshot.ticket
    papers = [
        Paper("summary", cut(ticket.summary, SUMMARY_CHARS_MAX)),
        Paper("description", cut(ticket.description, HEAD_CHARS_MAX, TAIL_CHARS_MAX)),
        Paper("attachment_names", Untrusted("\n".join(file_names(snapshot, internal=internal)))),
    ]
    for comment in messages_of(snapshot, internal=internal)[-MESSAGES_MAX:]:
        body = cut(comment.body, MESSAGE_CHARS_MAX)
        label = "internal_note" if not comment.public else f"message_of_{_side(comment, ticket)}"
        papers.append(Paper(label, Untrusted(f"{comment.at.strftime(STAMP)}\n{body.raw}")))
    return tuple(paper for paper in papers if paper.text)


def file_names(snapshot: Snapshot, *, internal: bool) -> list[str]:
    """Return what its newest files are called, oldest first, a line each: nobody has looked into them."""
    named = [each.name.line(FILE_NAME_CHARS_MAX) for each in snapshot.attachments if each.public or internal]
    return [name for name in named if name][-FILES_MAX:]


def is_requester(comment: Comment, ticket: Ticket) -> bool:
    """Whether whoever reported the ticket has written it, or another customer."""
    return ticket.is_asked_by(comment.author)


def people_of(snapshot: Snapshot) -> tuple[Untrusted, ...]:
    """Return the names to be masked."""
    reporter = snapshot.ticket.reporter
    actors: list[Actor] = [*([reporter] if reporter else []), *(c.author for c in snapshot.comments)]
    actors += [each.by for each in snapshot.attachments if each.by is not None]
    named = [actor.name for actor in actors]
    for field in ("assignee", "assigned_to"):
        named += [Untrusted(value.label) for value in snapshot.ticket.fields.get(field, ())]
    return tuple(dict.fromkeys(name for name in named if name))


def requesters_language(snapshot: Snapshot, otherwise: str = ENGLISH) -> str:
    """Return the language the requester writes; ``otherwise``, where a word or two does not tell it."""
    ticket = snapshot.ticket
    theirs = [c.body for c in snapshot.comments if c.public and is_requester(c, ticket)][-MESSAGES_MAX:]
    said = [cut(each, MESSAGE_CHARS_MAX).raw for each in (ticket.summary, ticket.description, *theirs)]
    return language_of(" ".join(said)) or otherwise


def question_of(
    snapshot: Snapshot,
    similar: tuple[PastTicket, ...],
    turned_down: tuple[TurnedDown, ...],
    *,
    wants_draft: bool,
    reader: str = ENGLISH,
) -> Question:
    """Return what a brain is asked where no field is in question: what is alike, and a reply."""
    ticket = snapshot.ticket
    said = [cut(c.body, MESSAGE_CHARS_MAX) for c in messages_of(snapshot, internal=False)]
    return Question(
        connector=ticket.ref.connector,
        queue=ticket.queue,
        summary=cut(ticket.summary, SUMMARY_CHARS_MAX),
        description=cut(ticket.description, HEAD_CHARS_MAX, TAIL_CHARS_MAX),
        conversation=tuple(said[-MESSAGES_MAX:]),
        fields=(),
        similar=similar,
        language=requesters_language(snapshot, reader),
        reader=reader,
        turned_down=turned_down,
        wants_draft=wants_draft,
        people=people_of(snapshot),
        key=ticket.key,
        ticket=f"{ticket.ref.connector}:{ticket.ref.id}",
    )


def past_papers(past: Sequence[PastTicket], marks: Sequence[str]) -> tuple[Paper, ...]:
    """Return solved tickets with their answers, each under its mark."""
    return tuple(
        Paper("past_ticket", Untrusted(f"[{mark}]\n{_told(each)}"), own=False, queue=each.queue)
        for mark, each in zip(marks, past, strict=True)
    )


def cut(text: Untrusted, head: int, tail: int = 0) -> Untrusted:
    """Keep the beginning and the end of a text that is too long; before anything else looks at all of it."""
    raw = text.raw
    if len(raw) > head + tail:
        raw = raw[:head] + (CUT + raw[len(raw) - tail :] if tail else "")
    return Untrusted(Untrusted(raw).clean())


def _side(comment: Comment, ticket: Ticket) -> str:
    return "requester" if is_requester(comment, ticket) else "agent"


def _told(past: PastTicket) -> str:
    answer = cut(past.answer, MESSAGE_CHARS_MAX).raw if past.answer else "(no answer is on record)"
    asked = cut(past.description, MESSAGE_CHARS_MAX).raw
    return f"{past.summary.clean(SUMMARY_CHARS_MAX)}\n{asked}\n\nAnswer:\n{answer}"
