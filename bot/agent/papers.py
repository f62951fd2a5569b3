"""What was read, laid out for a model: plain lines, each part bounded, still unmasked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.alike import Alike
from bot.core.linking import LISTS
from bot.core.passages import Passage
from bot.core.tickets import (
    Actor,
    Allowed,
    Attachment,
    Choices,
    Comment,
    FieldValue,
    PastTicket,
    Snapshot,
    Ticket,
    Transition,
)
from bot.core.untrusted import Untrusted

OURS: Final = "countersign."
"""How names of fields begin that a connector made up."""
SUMMARY_CHARS_MAX: Final = 500
DESCRIPTION_CHARS_MAX: Final = 6_000
"""Of a ticket's texts, in characters: what is wrong is said first, a pasted log comes after it."""
MESSAGES_MAX: Final = 20
"""The newest; what came before is usually repeated in them."""
MESSAGE_CHARS_MAX: Final = 1_500
"""Of one, in characters: what follows is usually the quoted mail before it."""
PAST_MAX: Final = 5
PAST_CHARS_MAX: Final = 700
"""Solved tickets, and characters of each one's texts: they must not outweigh the ticket in hand."""
PASSAGES_MAX: Final = 8
PASSAGE_CHARS_MAX: Final = 1_800
"""Of what a source found, best first, and characters of each."""
VALUES_MAX: Final = 60
"""Of one field's choices that are listed; a wrong guess beyond them is answered with names."""
LABEL_CHARS_MAX: Final = 80
"""Of a name or a label, in characters: enough to be told apart."""
FILE_NAME_CHARS_MAX: Final = 255
"""Of a file's name, in characters: as long as both systems keep it."""
_UNITS: Final = ("KB", "MB", "GB")
_KILO: Final = 1024
_SMALL: Final = 10


def ticket_text(snapshot: Snapshot, allowed: Allowed | None) -> Untrusted:
    """Return the ticket; ``allowed``: what may be set, for the ticket the conversation is about."""
    ticket = snapshot.ticket
    lines = [
        f"Key: {ticket.key}",
        f"Queue: {_one(ticket.queue)}; kind: {_one(ticket.kind)}; status: {_one(ticket.status.label)}"
        + ("; closed" if ticket.closed else ""),
        *(f"{name}: {shown(value)}" for name, value in fields_of(ticket).items()),
        f"Requester: {ticket.reporter.name.line(LABEL_CHARS_MAX) if ticket.reporter else 'not known'}",
        f"Opened: {ticket.created_at:%Y-%m-%d %H:%M} UTC",
        f"Last changed: {ticket.updated_at:%Y-%m-%d %H:%M} UTC",
        f"Messages: {len(snapshot.comments)}",
        *_attached(snapshot),
        *(_allowed(allowed) if allowed is not None else ()),
        f"Summary: {ticket.summary.line(SUMMARY_CHARS_MAX)}",
        f"Description:\n{ticket.description.clean(DESCRIPTION_CHARS_MAX)}",
    ]
    return Untrusted("\n".join(lines))


def conversation_text(snapshot: Snapshot) -> Untrusted:
    """Return what was said on the ticket, newest last."""
    key, said = snapshot.ticket.key, snapshot.comments
    if not said:
        return Untrusted(f"{key}: nobody has written anything on it yet.")
    left = len(said) - MESSAGES_MAX
    head = f"Conversation of {key}" + (f", without the {left} messages before" if left > 0 else "")
    requester = snapshot.ticket.reporter.id if snapshot.ticket.reporter else ""
    return Untrusted("\n\n".join([head, *(_message(each, requester) for each in said[-MESSAGES_MAX:])]))


def past_text(past: Sequence[PastTicket]) -> Untrusted:
    """Return solved tickets, most alike first."""
    return Untrusted(
        "\n\n".join(_past(each) for each in past[:PAST_MAX]) or "No solved ticket shares these words."
    )


def alike_text(alike: Alike) -> Untrusted:
    """Return other open tickets that a person should compare."""
    lines = [
        f"{each.key}: «{each.theirs.line(PAST_CHARS_MAX)}» (here: «{each.mine.line(PAST_CHARS_MAX)}»)"
        for each in alike.same
    ]
    if alike.part_of is not None:
        part = alike.part_of
        since = f"{part.since:%Y-%m-%d %H:%M} UTC"
        lines.append(
            f"Perhaps one incident: {part.count} tickets alike since {since}, the first is {part.key}."
        )
    return Untrusted("\n".join(lines) or "No other open ticket says the same.")


def passages_text(passages: Sequence[Passage]) -> Untrusted:
    """Return what a source found, best first."""
    return Untrusted("\n\n".join(_passage(each) for each in passages[:PASSAGES_MAX]) or "Nothing found.")


def names_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of the ticket's people, to be masked."""
    ticket = snapshot.ticket
    who = (*(each.author for each in snapshot.comments), *(each.by for each in snapshot.attachments))
    actors: Iterable[Actor] = (each for each in who if each is not None and each.is_person)
    names = [actor.name.line() for actor in (*([ticket.reporter] if ticket.reporter else []), *actors)]
    assignees = [
        value.label for field in ("assignee", "assigned_to") for value in ticket.fields.get(field, ())
    ]
    return tuple(dict.fromkeys(name for name in (*names, *assignees) if name))


def fields_of(ticket: Ticket) -> dict[str, FieldValue]:
    """Return the fields people know; what a connector keeps there for itself is nobody's business.

    Nor are other tickets, which the person may not be allowed to see: a search finds those that they may.
    """
    known = ticket.fields.items()
    return {name: value for name, value in known if not name.startswith(OURS) and name not in LISTS}


def shown(value: FieldValue) -> str:
    """Return a field's value on one line."""
    return ", ".join(_one(each.label) for each in value) or "not set"


def _attached(snapshot: Snapshot) -> list[str]:
    """Return what its files are called, a line each; nothing a name holds can begin a line of its own."""
    if not snapshot.attachments_known:
        return ["Attached: not known, the bot's account cannot list files here"]
    requester = snapshot.ticket.reporter.id if snapshot.ticket.reporter else ""
    listed = [_file(each, requester) for each in snapshot.attachments]
    return (
        [*listed, "(Of files only the names are read, never what is in them.)"]
        if listed
        else ["Attached: none"]
    )


def _file(file: Attachment, requester: str) -> str:
    name = file.name.line(FILE_NAME_CHARS_MAX) or "a file without a name"
    kind = file.kind.line(LABEL_CHARS_MAX) or "type not stated"
    who = _who(file.by, requester) if file.by else "somebody"
    return f"Attached: {name} ({kind}, {size(file.size_bytes)}, {file.at:%Y-%m-%d %H:%M} UTC, by {who})"


def size(size_bytes: int) -> str:
    """Return a size as people say it: ``117 KB``, with one digit more where it is below ten of a unit."""
    if size_bytes <= 0:
        return "size not known"
    amount, unit = float(size_bytes), "byte" if size_bytes == 1 else "bytes"
    for larger in _UNITS:
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    digits = 1 if unit in _UNITS and amount < _SMALL else 0
    return f"{amount:.{digits}f} {unit}"


def _allowed(allowed: Allowed) -> list[str]:
    lines = [f"May be set: {_choices(each)}" for each in allowed.choices if each.values]
    if allowed.transitions:
        onward = "; ".join(_step(each) for each in allowed.transitions)
        lines.append(f"Next statuses: {onward}")
    return lines


def _step(step: Transition) -> str:
    """Return where a step leads and what it asks for, with the values where it lists them."""
    listed = {each.field: _choices(each) for each in step.screen}
    needs = "; ".join(listed.get(name, _one(name)) for name in step.needs)
    return _one(step.to.label) + (f" (needs {needs})" if needs else "")


def _choices(choices: Choices) -> str:
    values = ", ".join(_one(each.label) for each in choices.values[:VALUES_MAX])
    more = len(choices.values) - VALUES_MAX
    name = choices.label or choices.field
    return f"{_one(name)} ({choices.field}): {values}" + (f" and {more} more" if more > 0 else "")


def _message(comment: Comment, requester: str) -> str:
    who = _who(comment.author, requester)
    seen = "public" if comment.public else "internal"
    return f"{comment.at:%Y-%m-%d %H:%M} UTC, {who}, {seen}:\n{comment.body.clean(MESSAGE_CHARS_MAX)}"


def _who(actor: Actor, requester: str) -> str:
    if actor.is_us:
        return "this bot"
    if requester and actor.id == requester:
        return f"{actor.name.line(LABEL_CHARS_MAX)} (who asked)"
    return actor.name.line(LABEL_CHARS_MAX) or "somebody"


def _past(past: PastTicket) -> str:
    answer = f"\nAnswer: {past.answer.clean(PAST_CHARS_MAX)}" if past.answer else ""
    fields = "; ".join(f"{name}: {shown(value)}" for name, value in past.fields.items() if value)
    closed = f" (closed {past.closed_at:%Y-%m-%d})" if past.closed_at else ""
    return (
        f"{past.key}{closed}: {past.summary.line(SUMMARY_CHARS_MAX)}\n{fields}\n"
        f"{past.description.clean(PAST_CHARS_MAX)}{answer}"
    )


def _passage(passage: Passage) -> str:
    when = f" ({passage.at:%Y-%m-%d %H:%M} UTC)" if passage.at else ""
    key = f" [key {_one(passage.key)}]" if passage.key else ""
    return f"{passage.title.line(200)}{when}{key}\n{passage.text.clean(PASSAGE_CHARS_MAX)}"


def _one(text: str) -> str:
    return Untrusted(text).line(LABEL_CHARS_MAX)
