"""Commands on the ticket: a new internal comment ``@countersign summary`` has a skill run, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from approvals.policy import Rulebook
from bot.core.effects import RunErrand
from bot.core.errands import Errand, OnTicket, command
from bot.core.events import TicketRead
from bot.core.ids import EventId
from bot.core.tickets import Comment, Snapshot
from bot.decide.transition import Draft

FRESH: Final = timedelta(hours=1)
"""How old a command may be when the news of its ticket comes in: a bot that is set up today does not answer
what was asked of another last month."""
HEARD_MAX: Final = 50
"""Comments remembered: as many as a snapshot brings back."""
AT_ONCE_MAX: Final = 3
"""Commands of one ticket that are heard in one reading; the rest would be somebody's game."""


def commanded(draft: Draft, event: TicketRead, book: Rulebook) -> None:
    """Order what people have asked for since the ticket was last read."""
    snapshot, heard = event.snapshot, set(draft.dossier.commands)
    new = [
        (comment, word)
        for comment in snapshot.comments
        if comment.id not in heard
        and _may_command(comment, snapshot, event.touched_at)
        and (word := command(comment.body.raw))
    ]
    if not new:
        return
    known = (*draft.dossier.commands, *(comment.id for comment, _ in new))[-HEARD_MAX:]
    draft.dossier = replace(draft.dossier, commands=known)
    for comment, word in new[-AT_ONCE_MAX:]:
        _order(draft, snapshot, comment, word, book)


def _may_command(comment: Comment, snapshot: Snapshot, touched_at: datetime) -> bool:
    """Whether a colleague has just written it: internally, or where there are no customers at all.

    There the requester is left out: mail that became a ticket may be anybody's.
    """
    author, ticket = comment.author, snapshot.ticket
    if not author.is_person or author.is_us or comment.operation is not None:
        return False
    if touched_at - comment.at > FRESH:
        return False
    is_requester = ticket.reporter is not None and author.id == ticket.reporter.id
    return not comment.public or (not snapshot.portal and not is_requester)


def _order(draft: Draft, snapshot: Snapshot, comment: Comment, word: str, book: Rulebook) -> None:
    ticket = snapshot.ticket
    errand = Errand(
        id=EventId(f"{ticket.ref.lane}/comment:{comment.id}"),
        skill=word,
        connector=ticket.ref.connector,
        key=ticket.key,
        person=comment.author.id,
        language=book.language,
        place=OnTicket(comment=comment.id),
    )
    draft.order(lambda ident: RunErrand(ident, errand))
    asked = {"comment": comment.id, "skill": word if word in book.skills else ""}
    draft.record("skill.asked", actor=f"{ticket.ref.connector}:{comment.author.id}", details=asked)
