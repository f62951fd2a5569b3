"""The conversation without a model: fixed forms, the same readings and the same vetting.

What was asked for is a card, what was asked is answered out of the record, and what is neither is told so,
with what to write instead. An order that was only spoken of is never one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.agent.before import corrects, orders_after, replaces
from bot.agent.changing import Unclear, changed
from bot.agent.doubts import Doubt, Doubted, doubt_in
from bot.agent.facts import told
from bot.agent.orders import Order, orders_in
from bot.agent.papers import shown
from bot.agent.provenance import Ground, typed_keys
from bot.agent.questions import About, Question, question_in
from bot.agent.turning import Kit
from bot.agent.wordings import Want
from bot.core.actions import Proposal
from bot.core.errors import Reject
from bot.core.fields import fields_told
from bot.core.outgoing import harmless
from bot.core.runs import Said
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say

SUMMARY_CHARS_MAX: Final = 200
MESSAGE_CHARS_MAX: Final = 300
"""Characters of a summary and of the last message: read at a glance."""
SENTENCES: Final = {
    Want.HELP: "agent.plain.help",
    Want.THANKS: "agent.plain.thanks",
    Want.CALL_OFF: "agent.plain.called_off",
    Want.PENDING: "agent.plain.pending",
}
"""What is answered whatever the ticket."""
POINTS_ELSEWHERE: Final = frozenset({Want.LINK, Want.NOTE})
"""Changes in whose words other tickets may be named than the one that is changed."""
NO_SUCH: Final = frozenset({"agent.plain.no_such", "agent.plain.no_person", "agent.plain.no_value"})
FIELD_WORDS_MAX: Final = 2
"""Of a message that only names a field: *the impact*."""
BESIDE: Final = {"similar": About.ALIKE, "draft": About.DRAFT}
"""Skills that are asked for like a question; the others only by their commands."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer by rule."""

    text: Untrusted
    proposals: tuple[Proposal, ...] = ()
    snapshot: Snapshot | None = None
    focus: TicketRef | None = None
    """The ticket it is about, where that is not the one whose key was typed."""


async def answer(kit: Kit) -> Plain:
    """Answer what the person said.

    Raises:
        Retry: the ticket system is away.
    """
    said = [each.text.clean() for each in kit.request.news if isinstance(each, Said)]
    if not said:
        return Plain(Untrusted(""))
    try:
        return await _answer(kit, "\n".join(said))
    except Unclear as end:
        return _told(kit, say(kit.request.language, end.sentence, **end.gaps))
    except Reject:
        return _told(kit, say(kit.request.language, "agent.plain.refused"))


async def _answer(kit: Kit, text: str) -> Plain:
    given = orders_in(text)
    after = _after(kit, text, given)
    orders = after or given
    if not orders:
        return await _talked(kit, text)
    order = orders[0]
    if order.want in SENTENCES:
        raise Unclear(SENTENCES[order.want])
    if order.want in POINTS_ELSEWHERE:
        return await _changed_there(kit, order)
    snapshot = await _meant(kit)
    match order.want:
        case Want.STATUS:
            return _told(kit, _status(snapshot, kit.request.language))
        case Want.SUMMARY:
            return _told(kit, "\n".join(_summary(snapshot, kit.request.language)))
        case Want.SKILL if order.value in BESIDE:
            return _told(kit, await told(Question(BESIDE[order.value]), kit, snapshot))
        case Want.SKILL:
            raise Unclear("agent.plain.command", skill=order.value, key=snapshot.ticket.key)
        case _:
            return await _proposed(kit, orders, snapshot, said=text if after else "")


async def _changed_there(kit: Kit, order: Order) -> Plain:
    """Change the ticket that is meant, whatever other one is named; the conversation stays with it."""
    there = await _pointed(kit, order)
    try:
        return await _proposed(there, (order,), await _meant(there), said="")
    except Unclear as end:
        focus = there.ground.focus
        words = _told(kit, say(kit.request.language, end.sentence, **end.gaps))
        return replace(words, focus=focus.ref if focus is not None else None)


def _after(kit: Kit, text: str, given: tuple[Order, ...]) -> tuple[Order, ...]:
    """Return what the message asks for as an answer to the one before; what it asks by itself goes first."""
    is_key = given == (Order(Want.STATUS),) and typed_keys(text) == (text.strip().upper(),)
    if given and not is_key:
        return ()
    question = question_in(text)
    asks = question is not None and (question.about is not About.FIELD or len(text.split()) > FIELD_WORDS_MAX)
    if asks or doubt_in(text) is not None:
        return ()
    return orders_after(text, kit.request.memory.turns, kit.names.restore)


async def _proposed(kit: Kit, orders: tuple[Order, ...], snapshot: Snapshot, *, said: str) -> Plain:
    try:
        made = [await changed(kit, each, snapshot, n) for n, each in enumerate(orders)]
    except Unclear as unclear:
        # What may have been no correction at all is not said to be a wrong one.
        if said and replaces(said) and unclear.sentence in NO_SUCH:
            raise Unclear("agent.plain.lost", key=snapshot.ticket.key) from unclear
        raise
    words = say(kit.request.language, "agent.plain.stands") if corrects(said) else ""
    return Plain(Untrusted(words), tuple(made), snapshot, snapshot.ticket.ref)


async def _talked(kit: Kit, text: str) -> Plain:
    """Answer what is no order: one that is not given, a question, or what rules do not understand."""
    doubted = doubt_in(text)
    if doubted is not None:
        return _doubted(kit, doubted)
    question = question_in(text)
    if question is not None and question.about is About.LIST:
        raise Unclear("agent.plain.list")
    if question is None and not typed_keys(text):
        focus = kit.ground.focus
        raise Unclear("agent.plain.lost", key=focus.key) if focus else Unclear("agent.plain.help")
    if (
        kit.ground.focus is None
        and not typed_keys(text)
        and question is not None
        and question.about is About.FIELD
    ):
        raise Unclear("agent.plain.help")
    snapshot = await _meant(kit)
    if question is not None and (words := await told(question, kit, snapshot)):
        return _told(kit, words)
    if not typed_keys(text):
        raise Unclear("agent.plain.lost", key=snapshot.ticket.key)
    # At least what there is to know of the ticket that was named.
    only = say(kit.request.language, "agent.plain.only", key=snapshot.ticket.key)
    return _told(kit, f"{_status(snapshot, kit.request.language)}\n{only}")


def _doubted(kit: Kit, doubted: Doubted) -> Plain:
    """Say why there is no card; a ticket that was only named beside another is not what it is about now."""
    order = Untrusted(doubted.order).line(MESSAGE_CHARS_MAX)
    gaps = {} if doubted.doubt is Doubt.NEGATED else {"order": order}
    words = _told(kit, say(kit.request.language, f"agent.plain.doubt.{doubted.doubt.value}", **gaps))
    beside = any(each.want in POINTS_ELSEWHERE for each in orders_in(doubted.order))
    return replace(words, focus=kit.request.memory.focus) if beside else words


async def _pointed(kit: Kit, order: Order) -> Kit:
    """Return ``kit`` about the ticket that is changed: named before the other ones, or the conversation's."""
    if order.want is Want.NOTE and not typed_keys(order.value):
        return kit
    ref = await kit.reader.find(order.field.upper()) if order.field else kit.request.memory.focus
    if order.field and ref is None:
        raise Unclear("agent.plain.unknown", keys=order.field.upper())
    focus = await kit.reader.focus(ref) if ref is not None else None
    return replace(kit, ground=Ground(focus))


async def _meant(kit: Kit) -> Snapshot:
    """Return the one ticket it is about; says which, where that is not one."""
    if kit.ground.several:
        raise Unclear("agent.plain.several", keys=", ".join(kit.ground.several))
    if kit.ground.unknown:
        raise Unclear("agent.plain.unknown", keys=", ".join(kit.ground.unknown))
    if kit.ground.focus is None:
        raise Unclear("agent.plain.which")
    return await kit.reader.snapshot(kit.ground.focus.ref)


def _told(kit: Kit, words: str) -> Plain:
    return Plain(Untrusted(harmless(words, kit.hosts)))


def _status(snapshot: Snapshot, language: str) -> str:
    ticket = snapshot.ticket
    told_apart = [(label, shown(value)) for label, value in fields_told(ticket, language) if value]
    fields = "; ".join(
        say(language, "agent.plain.pair", field=label, value=value) for label, value in told_apart
    )
    return say(
        language,
        "agent.plain.status",
        key=ticket.key,
        summary=ticket.summary.line(SUMMARY_CHARS_MAX),
        status=Untrusted(ticket.status.label).line(80),
        fields=fields,
    )


def _summary(snapshot: Snapshot, language: str) -> list[str]:
    ticket = snapshot.ticket
    who = ticket.reporter.name.line(80) if ticket.reporter else ""
    at = f"{ticket.created_at:%Y-%m-%d %H:%M}"
    lines = [
        _status(snapshot, language),
        say(language, "agent.plain.opened", at=at, who=who or say(language, "agent.plain.nobody")),
    ]
    theirs = [each for each in snapshot.comments if not each.author.is_us]
    if not theirs:
        return [*lines, say(language, "agent.plain.silent")]
    last = theirs[-1]
    at, who = f"{last.at:%Y-%m-%d %H:%M}", last.author.name.line(80)
    words = last.body.line(MESSAGE_CHARS_MAX)
    return [*lines, say(language, "agent.plain.last", at=at, who=who, words=words)]
