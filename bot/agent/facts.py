"""Answers to questions about one ticket, out of the record and of what is open or solved beside it."""

from __future__ import annotations

from typing import Final

from bot.agent.papers import shown
from bot.agent.questions import About, Question
from bot.agent.turning import Kit
from bot.core.alike import Alike
from bot.core.correspondence import NAME_CHARS_MAX, STAMP, who_waits
from bot.core.errors import Retry
from bot.core.tickets import Comment, PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import CATALOGUE, say

SUMMARY_CHARS_MAX: Final = 160
MESSAGE_CHARS_MAX: Final = 300
"""Of another ticket's summary, and of a message or an answer, in characters: read at a glance."""
MESSAGES_MAX: Final = 3
"""The newest; `/itsm summary` has the hand-over."""
SHOWN_MAX: Final = 3
"""Tickets of a list in a conversation; `/itsm similar` has more, with what they share."""
HOLDERS: Final = ("assignee", "assigned_to")
GROUP: Final = "assignment_group"
NAMES: Final = {
    **dict.fromkeys(("prio", "priorité", "priorite"), "priority"),
    **dict.fromkeys(("urgent", "urgence"), "urgency"),
    **dict.fromkeys(("catégorie", "categorie"), "category"),
    **dict.fromkeys(("sous-catégorie", "sous-categorie", "sub-category"), "subcategory"),
    **dict.fromkeys(("component", "composant", "composants"), "components"),
    **dict.fromkeys(("type", "issue type"), "issuetype"),
    **dict.fromkeys(("team", "group", "queue", "équipe", "groupe"), GROUP),
    **dict.fromkeys(("state", "statut", "état", "etat"), "status"),
}
"""What people call fields, to how the systems do."""
INSTEAD_OF: Final = {"urgency": "priority"}
"""What answers for a field that a desk does not have."""


async def told(question: Question, kit: Kit, snapshot: Snapshot) -> str:
    """Return the answer, or nothing where there is no such thing to tell.

    Raises:
        Retry, Reject: as ``bot.agent.reading.Reader``; what stands beside the ticket is away.
    """
    ticket, language = snapshot.ticket, kit.request.language
    match question.about:
        case About.FIELD:
            return _field(question.field, ticket, language)
        case About.WAITS:
            return who_waits(snapshot, language, holder=holder_of(ticket), group=_group(ticket))
        case About.LAST:
            return _last(snapshot, language)
        case About.BEFORE | About.ALIKE:
            found = await (_before if question.about is About.BEFORE else _alike)(kit, snapshot)
            return "\n".join([*found, say(language, "agent.plain.closer", key=ticket.key)])
        case About.KNOWLEDGE | About.HEALTH:
            return _sources(kit, ticket, language)
        case _:
            return _of(question.about, ticket, language)


def _of(about: About, ticket: Ticket, language: str) -> str:
    """Return what the ticket's record alone says."""
    match about:
        case About.HOLDER:
            return _holder(ticket, language)
        case About.REPORTER | About.SINCE:
            return _since(ticket, language)
        case About.LINK:
            return say(language, "agent.plain.link", key=ticket.key, url=ticket.url)
        case About.DRAFT:
            return say(language, "agent.plain.draft", key=ticket.key)
        case _:
            return say(language, "agent.plain.list")


def _holder(ticket: Ticket, language: str) -> str:
    holder = holder_of(ticket)
    group = _group(ticket)
    if not holder:
        sentence = "agent.plain.unheld.group" if group else "agent.plain.unheld"
        return say(language, sentence, key=ticket.key, **({"group": group} if group else {}))
    if group:
        return say(language, "agent.plain.holder.group", key=ticket.key, who=holder, group=group)
    return say(language, "agent.plain.holder", key=ticket.key, who=holder)


def _since(ticket: Ticket, language: str) -> str:
    who = (
        ticket.reporter.name.line(NAME_CHARS_MAX) if ticket.reporter else say(language, "agent.plain.nobody")
    )
    at, changed = ticket.created_at.strftime(STAMP), ticket.updated_at.strftime(STAMP)
    if at == changed:
        return say(language, "agent.plain.opened_by", key=ticket.key, at=at, who=who)
    return say(language, "agent.plain.since", key=ticket.key, at=at, who=who, changed=changed)


def _last(snapshot: Snapshot, language: str) -> str:
    theirs = [each for each in snapshot.comments if not each.author.is_us]
    if not theirs:
        return say(language, "agent.plain.unwritten", key=snapshot.ticket.key)
    return "\n".join(_message(each, language) for each in theirs[-MESSAGES_MAX:])


def _message(comment: Comment, language: str) -> str:
    who, words = comment.author.name.line(NAME_CHARS_MAX), comment.body.line(MESSAGE_CHARS_MAX)
    return say(language, "agent.plain.message", at=comment.at.strftime(STAMP), who=who, words=words)


def _field(name: str, ticket: Ticket, language: str) -> str:
    """Return one field's value; nothing where the ticket has none that is called so."""
    wanted = NAMES.get(name.casefold(), name.casefold())
    if wanted == "status":
        label, status = say(language, "itsm.field.status"), _one(ticket.status.label)
        return say(language, "agent.plain.field", key=ticket.key, field=label, value=status)
    if wanted in HOLDERS:
        return _holder(ticket, language)
    for called in (wanted, INSTEAD_OF.get(wanted, "")):
        for each, value in ticket.fields.items():
            label = say(language, f"itsm.field.{each}") if f"itsm.field.{each}" in CATALOGUE else ""
            if label and called and called in (each, label.casefold()):
                return say(language, "agent.plain.field", key=ticket.key, field=label, value=shown(value))
    return ""


async def _before(kit: Kit, snapshot: Snapshot) -> list[str]:
    language, key = kit.request.language, snapshot.ticket.key
    found = (await kit.reader.solved_like(snapshot.ticket))[:SHOWN_MAX]
    if not found:
        return [say(language, "agent.plain.unsolved", key=key)]
    return [
        say(language, "agent.plain.solved", key=key),
        *(_past(each, language) for each in found[:SHOWN_MAX]),
    ]


def _past(past: PastTicket, language: str) -> str:
    summary, answer = past.summary.line(SUMMARY_CHARS_MAX).rstrip("."), past.answer
    if not answer:
        return say(language, "agent.plain.past", key=past.key, summary=summary)
    words = answer.line(MESSAGE_CHARS_MAX)
    return say(language, "agent.plain.past.answer", key=past.key, summary=summary, words=words)


async def _alike(kit: Kit, snapshot: Snapshot) -> list[str]:
    language, key = kit.request.language, snapshot.ticket.key
    try:
        alike = await kit.reader.alike(snapshot.ticket.ref)
    except Retry:
        alike = Alike()
    lines = [
        say(language, "agent.plain.past", key=each.key, summary=each.theirs.line(SUMMARY_CHARS_MAX))
        for each in alike.same[:SHOWN_MAX]
    ]
    head = "agent.plain.alike" if lines else "agent.plain.alone"
    return [say(language, head, key=key), *lines, *await _before(kit, snapshot)]


def _sources(kit: Kit, ticket: Ticket, language: str) -> str:
    names = dict.fromkeys(each.source.name for each in kit.reads.values() if each.source is not None)
    if not names:
        return say(language, "agent.plain.no_source", key=ticket.key)
    return say(language, "agent.plain.sources", key=ticket.key, names=", ".join(names))


def _group(ticket: Ticket) -> str:
    return ", ".join(_one(each.label) for each in ticket.fields.get(GROUP, ()))


def holder_of(ticket: Ticket) -> str:
    """Return who has the ticket, or nothing."""
    return next((_one(value.label) for field in HOLDERS for value in ticket.fields.get(field, ())), "")


def _one(text: str) -> str:
    return Untrusted(text).line(NAME_CHARS_MAX)
