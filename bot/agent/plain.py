"""The conversation without a model: a few fixed forms, the same readings and the same vetting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.agent.offers import (
    PREFIX,
    AssignWanted,
    FieldsWanted,
    FieldWanted,
    PickWanted,
    StepWanted,
    Wanted,
)
from bot.agent.orders import Order, Want, orders_in
from bot.agent.papers import shown
from bot.agent.provenance import typed_keys
from bot.agent.turning import Kit, WishFor, is_asker, people_called, propose
from bot.agent.vetting import Voice, called
from bot.core.actions import Proposal
from bot.core.errors import Reject
from bot.core.fields import fields_told
from bot.core.outgoing import harmless
from bot.core.runs import Said
from bot.core.tickets import Choices, Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Connector

SUMMARY_CHARS_MAX: Final = 200
MESSAGE_CHARS_MAX: Final = 300
LISTED_MAX: Final = 12
"""Characters of a summary and of the last message, and values named in a sentence: read at a glance."""
GROUP: Final = "assignment_group"
CLOSED: Final = frozenset({"closed", "done", "close", "fermé", "fermée", "terminé", "terminée", "clos"})
RESOLVED: Final = frozenset({"resolved", "résolu", "résolue", "done", "terminé", "terminée"})
ENGLISH: Final = {
    **dict.fromkeys(("haute", "haut", "élevée", "élevé"), "high"),
    **dict.fromkeys(("moyenne", "moyen"), "medium"),
    **dict.fromkeys(("basse", "bas", "faible"), "low"),
    **dict.fromkeys(("en cours", "cours"), "in progress"),
    "critique": "critical",
    "priorité": "priority",
    "urgence": "urgency",
    "catégorie": "category",
    "sous-catégorie": "subcategory",
    "composant": "components",
    "composants": "components",
}
"""What French speakers call what most desks keep in English."""
_NUMBER: Final = re.compile(r"^\d+\s*[-–.:]\s*")  # noqa: RUF001  # as ServiceNow writes it: "1 - High"


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer by rule."""

    text: Untrusted
    proposals: tuple[Proposal, ...] = ()
    snapshot: Snapshot | None = None


class _Say(Exception):  # an answer, not an error; it never leaves this module
    """Ends with one sentence of the catalogue."""

    def __init__(self, sentence: str, /, **gaps: str) -> None:
        super().__init__(sentence)
        self.sentence, self.gaps = sentence, gaps


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
    except _Say as end:
        return _told(kit, say(kit.request.language, end.sentence, **end.gaps))
    except Reject:
        return _told(kit, say(kit.request.language, "agent.plain.refused"))


async def _answer(kit: Kit, text: str) -> Plain:
    orders = orders_in(text)
    wants = {each.want for each in orders}
    if Want.HELP in wants or not (orders or typed_keys(text)):
        raise _Say("agent.plain.help")
    if Want.PENDING in wants:
        raise _Say("agent.plain.pending")
    snapshot = await _meant(kit)
    if not orders:  # at least what there is to know of the ticket that was named
        only = say(kit.request.language, "agent.plain.only", key=snapshot.ticket.key)
        return _told(kit, f"{_status(snapshot, kit.request.language)}\n{only}")
    order = orders[0]
    match order.want:
        case Want.STATUS:
            return _told(kit, _status(snapshot, kit.request.language))
        case Want.SUMMARY:
            return _told(kit, "\n".join(_summary(snapshot, kit.request.language)))
        case Want.SKILL:
            raise _Say("agent.plain.command", skill=order.value, key=snapshot.ticket.key)
        case _:
            made = [await _proposed(kit, each, snapshot, n) for n, each in enumerate(orders)]
            return Plain(Untrusted(""), tuple(made), snapshot)


async def _meant(kit: Kit) -> Snapshot:
    """Return the one ticket it is about; says which, where that is not one."""
    if kit.ground.several:
        raise _Say("agent.plain.several", keys=", ".join(kit.ground.several))
    if kit.ground.unknown:
        raise _Say("agent.plain.unknown", keys=", ".join(kit.ground.unknown))
    if kit.ground.focus is None:
        raise _Say("agent.plain.which")
    return await kit.reader.snapshot(kit.ground.focus.ref)


def _told(kit: Kit, words: str) -> Plain:
    return Plain(Untrusted(harmless(words, kit.hosts)))


def _status(snapshot: Snapshot, language: str) -> str:
    ticket = snapshot.ticket
    fields = "; ".join(f"{label}: {shown(value)}" for label, value in fields_told(ticket, language) if value)
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


# -- changes -----------------------------------------------------------------------------------------------


async def _proposed(kit: Kit, order: Order, snapshot: Snapshot, number: int) -> Proposal:
    connector = kit.connectors[snapshot.ticket.ref.connector]
    if snapshot.ticket.closed:
        raise _Say("agent.plain.closed", key=snapshot.ticket.key)
    people: tuple[Value, ...] = ()
    if order.want is Want.ASSIGN:
        people = (await _person(kit, snapshot, connector, order.value),)
    verb, wanted = await _wanted(kit, order, connector, people)
    offer = kit.offers.get(f"{PREFIX}{connector.kind}_{verb}")
    if offer is None:
        raise _Say("agent.plain.not_allowed")
    # The person's own words, unmasked: nothing is put back, and a placeholder somebody types is refused.
    voice = Voice(restore=str, own=frozenset(), hosts=kit.hosts)
    return await propose(kit, connector, WishFor(offer, wanted, people=people), voice, number=number)


async def _wanted(
    kit: Kit, order: Order, connector: Connector, people: tuple[Value, ...]
) -> tuple[str, Wanted]:
    why = say(kit.language, "agent.why")
    match order.want:
        case Want.ASSIGN:
            return "assign", AssignWanted(to=people[0].id, why=why)
        case Want.TEAM:
            return "set_fields", _group(await _choices(kit, GROUP, order.value), order.value, why)
        case Want.CLOSE:
            return await _closing(kit, CLOSED, why)
        case Want.RESOLVE:
            return await _closing(kit, RESOLVED, why)
        case _:
            return await _set(kit, order, connector, why)


async def _person(kit: Kit, snapshot: Snapshot, connector: Connector, name: str) -> Value:
    found = await people_called(kit, connector, snapshot.ticket, name)
    fit = list(found) if is_asker(name) else called(name, found)
    if not fit and is_asker(name):
        raise _Say("agent.plain.no_account")
    if not fit:
        raise _Say("agent.plain.no_person", name=name)
    if len(fit) > 1:
        raise _Say("agent.plain.people", names=_listed(fit))
    return fit[0]


async def _choices(kit: Kit, field: str, value: str) -> Choices:
    focus = kit.ground.focus
    assert focus is not None, "it was looked at before"
    found = (await kit.reader.allowed(focus.ref)).of(field)
    if found is None:
        raise _Say("agent.plain.no_team", name=value)
    return found


def _group(choices: Choices, name: str, why: str) -> FieldsWanted:
    """Return the one group of that name, or whose name holds it."""
    words = name.casefold()
    exact = [each for each in choices.values if each.label.casefold() == words]
    found = exact or [each for each in choices.values if words in each.label.casefold()]
    if len(found) != 1:
        raise _Say("agent.plain.no_value", field=choices.label, values=_listed(found or choices.values))
    return FieldsWanted(fields=[FieldWanted(field=choices.field, value=found[0].id)], why=why)


async def _closing(kit: Kit, names: frozenset[str], why: str) -> tuple[str, Wanted]:
    focus = kit.ground.focus
    assert focus is not None, "it was looked at before"
    steps = (await kit.reader.allowed(focus.ref)).transitions
    closing = [each for each in steps if each.closes]
    fit = closing if len(closing) == 1 else [each for each in steps if each.to.label.casefold() in names]
    if not steps or (len(fit) == 1 and fit[0].needs):
        raise _Say("agent.plain.needs_code", key=focus.key)
    if len(fit) != 1:
        raise _Say("agent.plain.no_step", key=focus.key, values=_listed([each.to for each in steps]))
    return "transition", StepWanted(to=fit[0].to.id, step=fit[0].id, why=why)


async def _set(kit: Kit, order: Order, connector: Connector, why: str) -> tuple[str, Wanted]:
    """Return the one field that can hold the value that was named, or the one step that leads there."""
    focus = kit.ground.focus
    assert focus is not None, "it was looked at before"
    allowed = await kit.reader.allowed(focus.ref)
    named = _spellings(order.field) if order.field else ()
    fields = [
        each
        for each in allowed.choices
        if not named or {each.field.casefold(), each.label.casefold()}.intersection(named)
    ]
    if named and len(fields) != 1:
        raise _Say(
            "agent.plain.no_field", name=order.field, values=", ".join(each.label for each in allowed.choices)
        )
    fit = [(each, value) for each in fields for value in _called(each, order.value)]
    if len(fit) == 1:
        return _setting(fit[0][0], fit[0][1], connector, why)
    if len(fit) > 1:
        raise _Say("agent.plain.fields", values=", ".join(dict.fromkeys(each.label for each, _ in fit)))
    steps = [each for each in allowed.transitions if each.to.label.casefold() in _spellings(order.value)]
    if not named and len(steps) == 1:
        return "transition", StepWanted(to=steps[0].to.id, step=steps[0].id, why=why)
    if named:
        raise _Say("agent.plain.no_value", field=fields[0].label, values=_listed(fields[0].values))
    raise _Say("agent.plain.no_such", name=order.value)


def _setting(choices: Choices, value: Value, connector: Connector, why: str) -> tuple[str, Wanted]:
    """Return ``set_priority`` where there is such a verb, so that rules on it hold; else ``set_fields``."""
    if choices.field == "priority" and f"{connector.kind}.set_priority" in connector.actions:
        return "set_priority", PickWanted(to=value.id, why=why)
    return "set_fields", FieldsWanted(fields=[FieldWanted(field=choices.field, value=value.id)], why=why)


def _called(choices: Choices, name: str) -> list[Value]:
    """Return the values people call so: by label, or by what stands behind its number."""
    for wanted in _spellings(name):
        exact = [each for each in choices.values if each.label.casefold() == wanted]
        found = exact or [each for each in choices.values if _NUMBER.sub("", each.label).casefold() == wanted]
        if found:
            return found
    return []


def _spellings(name: str) -> tuple[str, ...]:
    """Return a word as it was written, and then as an English desk would have it."""
    said = name.casefold()
    return (said, ENGLISH[said]) if said in ENGLISH else (said,)


def _listed(values: Sequence[Value]) -> str:
    names = [Untrusted(each.label).line(60) for each in values]
    return ", ".join(names[:LISTED_MAX]) + (", …" if len(names) > LISTED_MAX else "")
