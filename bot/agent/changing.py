"""From an order that was understood to a proposal, without a model: live values, and nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.agent.before import BOTH
from bot.agent.facts import GROUP, HOLDERS, NAMES, holder_of
from bot.agent.offers import (
    PREFIX,
    AssignWanted,
    FieldsWanted,
    FieldWanted,
    LinkWanted,
    NoteWanted,
    PickWanted,
    StepWanted,
    Wanted,
)
from bot.agent.orders import Order
from bot.agent.turning import Kit, WishFor, is_asker, is_mention, people_called, propose
from bot.agent.vetting import Voice, called
from bot.agent.wordings import LEVELS, Want
from bot.core.actions import Proposal
from bot.core.tickets import Allowed, Choices, Snapshot, Transition, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Connector
from bot.proposing import note_action

LISTED_MAX: Final = 12
"""Values named in a sentence: read at a glance."""
LIKE: Final = 0.75
"""From which likeness on a name is taken for a mistyped one, and asked about; 1 is the same word."""
CLOSED: Final = frozenset({"closed", "done", "close", "fermé", "fermée", "terminé", "terminée", "clos"})
RESOLVED: Final = frozenset(
    {"resolved", "solved", "fixed", "résolu", "résolue", "done", "terminé", "terminée"}
)
ENGLISH: Final = {
    **dict.fromkeys(("haute", "haut", "élevée", "élevé"), "high"),
    **dict.fromkeys(("moyenne", "moyen"), "medium"),
    **dict.fromkeys(("basse", "bas", "faible"), "low"),
    **dict.fromkeys(("la plus haute", "maximale", "très haute"), "highest"),
    **dict.fromkeys(("la plus basse", "minimale", "très basse"), "lowest"),
    **dict.fromkeys(("en cours", "cours"), "in progress"),
    **dict.fromkeys(("en attente", "attente"), "on hold"),
    **dict.fromkeys(("réseau", "réseaux"), "network"),
    "critique": "critical",
    "matériel": "hardware",
    "logiciel": "software",
    "messagerie": "email",
}
"""What French speakers call what most desks keep in English."""
RAISED: Final = ("priority", "urgency", "impact")
"""What is meant by *more urgent*, the first that can be set."""
_NUMBER: Final = re.compile(r"^(?P<number>\d+)\s*[-–.:]\s*")  # noqa: RUF001  # as ServiceNow writes it: "1 - High"
_LEVEL: Final = re.compile(r"p?(?P<number>\d)", re.IGNORECASE)
_THE: Final = re.compile(r"^(?:the|le|la|les|l')\s*", re.IGNORECASE)


class Unclear(Exception):  # an answer, not an error; it never leaves the rules
    """Ends with one sentence of the catalogue."""

    def __init__(self, sentence: str, /, **gaps: str) -> None:
        """Say ``sentence``, its gaps filled."""
        super().__init__(sentence)
        self.sentence, self.gaps = sentence, gaps


@dataclass(frozen=True, slots=True)
class _Found:
    """What an order comes down to."""

    verb: str
    wanted: Wanted
    people: tuple[Value, ...] = ()
    others: frozenset[str] = frozenset()


async def changed(kit: Kit, order: Order, snapshot: Snapshot, number: int) -> Proposal:
    """Return what ``order`` comes down to on the ticket the conversation is about.

    Raises:
        Unclear: it comes down to nothing, or to several things; says what would do.
        Retry, Reject: as :func:`bot.agent.turning.propose`.
    """
    ticket = snapshot.ticket
    if ticket.closed and order.want is not Want.NOTE:
        raise Unclear("agent.plain.closed", key=ticket.key)
    connector = kit.connectors[ticket.ref.connector]
    allowed = await kit.reader.allowed(ticket.ref)
    found = await _Change(kit, snapshot, connector, allowed).of(order)
    offer = kit.offers.get(f"{PREFIX}{connector.kind}_{found.verb}")
    if offer is None:
        raise Unclear("agent.plain.not_allowed")
    # The person's own words, unmasked: nothing is put back, and a placeholder somebody types is refused.
    voice = Voice(restore=str, own=frozenset(), hosts=kit.hosts)
    wish = WishFor(offer, found.wanted, others=found.others, people=found.people)
    return await propose(kit, connector, wish, voice, number=number)


@dataclass(frozen=True, slots=True)
class _Change:
    """Finds what an order means on one ticket."""

    kit: Kit
    snapshot: Snapshot
    connector: Connector
    allowed: Allowed

    @property
    def key(self) -> str:
        return self.snapshot.ticket.key

    @property
    def why(self) -> str:
        return say(self.kit.language, "agent.why")

    async def of(self, order: Order) -> _Found:
        match order.want:
            case Want.ASSIGN:
                return await self._assigned(order.value)
            case Want.UNASSIGN:
                return self._unassigned()
            case Want.TEAM:
                return self._given(order.value)
            case Want.RAISE:
                raise self._how_much()
            case Want.CLOSE | Want.RESOLVE | Want.REOPEN:
                return self._ended(order.want)
            case Want.NOTE:
                verb = note_action(self.connector).partition(".")[2]
                return _Found(verb, NoteWanted(text=order.value, why=self.why))
            case Want.LINK:
                return await self._linked(order.value)
            case _:
                return await self._set(order)

    # -- people and teams

    async def _assigned(self, name: str) -> _Found:
        fit = await self._people(name)
        if not fit and (is_asker(name) or is_mention(name)):
            raise Unclear("agent.plain.no_account" if is_asker(name) else "agent.plain.no_account.theirs")
        if not fit and self._groups(name, whole=True):
            return self._given(name)
        if not fit:
            raise Unclear("agent.plain.no_person", name=name)
        if len(fit) > 1:
            raise Unclear("agent.plain.people", names=_listed(fit))
        if fit[0].label and holder_of(self.snapshot.ticket) == fit[0].label:
            raise Unclear("agent.plain.holder", key=self.key, who=Untrusted(fit[0].label).line(60))
        return _Found("assign", AssignWanted(to=fit[0].id, why=self.why), people=(fit[0],))

    async def _people(self, name: str) -> list[Value]:
        plain = name if is_mention(name) else name.removeprefix("@")
        found = await people_called(self.kit, self.connector, self.snapshot.ticket, plain)
        return list(found) if is_asker(plain) or is_mention(plain) else called(plain, found)

    def _unassigned(self) -> _Found:
        if not holder_of(self.snapshot.ticket):
            raise Unclear("agent.plain.unheld", key=self.key)
        return _Found("assign", AssignWanted(to="", why=self.why))

    def _groups(self, name: str, *, whole: bool) -> list[Value]:
        """Return the groups of that name; ``whole``: not those whose names only hold it."""
        choices = self.allowed.of(GROUP)
        values = choices.values if choices is not None else ()
        for wanted in _spellings(_THE.sub("", name)):
            exact = [each for each in values if each.label.casefold() == wanted]
            held = [each for each in values if wanted in each.label.casefold()]
            if exact or (held and not whole):
                return exact or held
        return []

    def _given(self, name: str) -> _Found:
        choices = self.allowed.of(GROUP)
        if choices is None:
            raise Unclear("agent.plain.no_team", name=name)
        found = self._groups(name, whole=False)
        if len(found) != 1:
            raise Unclear(
                "agent.plain.no_value", field=choices.label, values=_listed(found or choices.values)
            )
        return self._setting([(choices, found[0])])

    # -- steps

    def _ended(self, want: Want) -> _Found:
        if want is Want.REOPEN:
            raise Unclear("agent.plain.open", key=self.key)
        names = CLOSED if want is Want.CLOSE else RESOLVED
        steps = self.allowed.transitions
        closing = [each for each in steps if each.closes]
        fit = closing if len(closing) == 1 else [each for each in steps if each.to.label.casefold() in names]
        if not steps or (len(fit) == 1 and fit[0].needs):
            raise Unclear("agent.plain.needs_code", key=self.key)
        if len(fit) != 1:
            raise Unclear("agent.plain.no_step", key=self.key, values=_listed([each.to for each in steps]))
        return self._step(fit[0])

    def _step(self, step: Transition) -> _Found:
        return _Found("transition", StepWanted(to=step.to.id, step=step.id, why=self.why))

    def _moved(self, name: str) -> _Found:
        """Return the step to the status called ``name``."""
        steps, said = self.allowed.transitions, _spellings(name)
        fit = [each for each in steps if each.to.label.casefold() in said or each.name.casefold() in said]
        if len(fit) == 1 and not fit[0].needs:
            return self._step(fit[0])
        if CLOSED.intersection(said) or RESOLVED.intersection(said):
            return self._ended(Want.CLOSE if CLOSED.intersection(said) else Want.RESOLVE)
        if self.snapshot.ticket.status.label.casefold() in said:
            status = Untrusted(self.snapshot.ticket.status.label).line(60)
            raise Unclear(
                "agent.plain.already", key=self.key, field=self._say("itsm.field.status"), value=status
            )
        if not steps:
            raise Unclear("agent.plain.no_steps", key=self.key)
        raise Unclear("agent.plain.no_step_to", name=name, values=_listed([each.to for each in steps]))

    # -- fields

    async def _set(self, order: Order) -> _Found:
        """Return the one field that can hold the value that was named, or the one step that leads there."""
        name = NAMES.get(order.field.casefold(), order.field.casefold())
        if name in ("status", GROUP, *HOLDERS):
            return await self._other(name, order.value)
        if not order.value:
            field = self._field(name, order)
            raise Unclear("agent.plain.which_value", field=field.label, values=_listed(field.values))
        every = name in ("", BOTH)
        fields = list(self.allowed.choices) if every else [self._field(name, order)]
        fit = [(each, value) for each in fields for value in _called(each, order.value, by_number=not every)]
        if len(fit) == 1 or (fit and name == BOTH):
            return self._setting(fit)
        if fit:
            labels = ", ".join(dict.fromkeys(each.label for each, _ in fit))
            raise Unclear("agent.plain.fields", values=labels)
        if not every:
            raise Unclear("agent.plain.no_value", field=fields[0].label, values=_listed(fields[0].values))
        return await self._elsewhere(order.value)

    async def _other(self, name: str, value: str) -> _Found:
        """Return what setting something means that is not set like a field."""
        if not value:
            raise Unclear("agent.plain.which_order", key=self.key)
        if name == "status":
            return self._moved(value)
        return self._given(value) if name == GROUP else await self._assigned(value)

    async def _elsewhere(self, value: str) -> _Found:
        """Return what else *set it to …* can mean: a status, a person, a team; each by its whole name."""
        said = _spellings(value)
        steps = [each for each in self.allowed.transitions if each.to.label.casefold() in said]
        if steps or CLOSED.intersection(said) or RESOLVED.intersection(said):
            return self._moved(value)
        if self.snapshot.ticket.status.label.casefold() in said:
            return self._moved(value)
        if self._groups(value, whole=True):
            return self._given(value)
        if len(await self._people(value)) == 1:
            return await self._assigned(value)
        if value.casefold() in LEVELS or _LEVEL.fullmatch(value):
            raise self._how_much()
        labels = {each.casefold(): each for each in self._labels()}
        near = get_close_matches(value.casefold(), labels, n=1, cutoff=LIKE)
        if near:
            raise Unclear("agent.plain.near", name=value, near=labels[near[0]], key=self.key)
        raise Unclear("agent.plain.no_such", name=value)

    def _how_much(self) -> Unclear:
        """Return the question to what a priority should be set, or what a desk has in its place."""
        choices = next((found for name in RAISED if (found := self.allowed.of(name))), None)
        if choices is None:
            return Unclear("agent.plain.which_order", key=self.key)
        return Unclear("agent.plain.which_value", field=choices.label, values=_listed(choices.values))

    def _labels(self) -> list[str]:
        values = [value for each in self.allowed.choices for value in each.values]
        values += [each.to for each in self.allowed.transitions]
        return [Untrusted(_NUMBER.sub("", each.label)).line(60) for each in values]

    def _field(self, name: str, order: Order) -> Choices:
        """Return the field that is called ``name``."""
        fields = {
            label: each
            for each in self.allowed.choices
            for label in (each.field.casefold(), each.label.casefold())
        }
        if name in fields:
            return fields[name]
        near = get_close_matches(name, fields, n=1, cutoff=LIKE)
        if near:
            label = fields[near[0]].label
            raise Unclear(
                "agent.plain.near_field", name=order.field, near=label, key=self.key, value=order.value
            )
        labels = ", ".join(each.label for each in self.allowed.choices)
        raise Unclear("agent.plain.no_field", name=order.field, values=labels)

    def _setting(self, chosen: Sequence[tuple[Choices, Value]]) -> _Found:
        """Return ``set_priority`` where there is one, so that rules on it hold; else ``set_fields``."""
        new = [(each, value) for each, value in chosen if value.id not in self._present(each)]
        if not new:
            (choices, value), *_ = chosen
            label = Untrusted(value.label).line(60)
            raise Unclear("agent.plain.already", key=self.key, field=choices.label, value=label)
        (choices, value), *others = new
        if (
            not others
            and choices.field == "priority"
            and f"{self.connector.kind}.set_priority" in self.connector.actions
        ):
            return _Found("set_priority", PickWanted(to=value.id, why=self.why))
        fields = [FieldWanted(field=each.field, value=value.id) for each, value in new]
        return _Found("set_fields", FieldsWanted(fields=fields, why=self.why))

    def _present(self, choices: Choices) -> set[str]:
        return (
            set()
            if choices.several
            else {each.id for each in self.snapshot.ticket.fields.get(choices.field, ())}
        )

    # -- other tickets

    async def _linked(self, other: str) -> _Found:
        ref = await self.kit.reader.find(other)
        if (
            ref is None
            or ref.connector != self.snapshot.ticket.ref.connector
            or ref == self.snapshot.ticket.ref
        ):
            raise Unclear("agent.plain.unlinked", key=self.key, other=other.upper())
        return _Found(
            "link", LinkWanted(other=other.upper(), why=self.why), others=frozenset({other.upper()})
        )

    def _say(self, key: str) -> str:
        return say(self.kit.request.language, key)


def _called(choices: Choices, name: str, *, by_number: bool) -> list[Value]:
    """Return the values people call so: by label, by what stands behind its number, or by that number."""
    for wanted in _spellings(name):
        exact = [each for each in choices.values if each.label.casefold() == wanted]
        found = exact or [each for each in choices.values if _NUMBER.sub("", each.label).casefold() == wanted]
        if found:
            return found
    level = _LEVEL.fullmatch(name) if by_number else None
    numbers = [(each, _NUMBER.match(each.label)) for each in choices.values]
    return [each for each, found in numbers if level and found and found["number"] == level["number"]]


def _spellings(name: str) -> tuple[str, ...]:
    """Return a word as it was written, and then as an English or a French desk would have it."""
    said = name.casefold()
    return (said, *([ENGLISH[said]] if said in ENGLISH else [fr for fr, en in ENGLISH.items() if en == said]))


def _listed(values: Sequence[Value]) -> str:
    names = [Untrusted(each.label).line(60) for each in values]
    return ", ".join(names[:LISTED_MAX]) + (", …" if len(names) > LISTED_MAX else "")
