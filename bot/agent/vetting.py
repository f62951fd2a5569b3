"""From what a model wrote to a change people can decide on: live values, known people, harmless words. Pure.

Nothing is guessed and nothing is repaired. A label that two values share, a name that two people have, a
value of somebody else's ticket: each is a refusal in words that say what would do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import JsonValue

from bot.agent.offers import (
    AssignWanted,
    FieldsWanted,
    FieldWanted,
    LinkWanted,
    NoteWanted,
    PickWanted,
    ReplyWanted,
    ResolveWanted,
    StepWanted,
    Wanted,
)
from bot.core.actions import Args
from bot.core.arguments import pick_json
from bot.core.errors import Refused
from bot.core.outgoing import harmless
from bot.core.redaction import PLACEHOLDER, has_holes
from bot.core.reports import Wish
from bot.core.tickets import Allowed, Choices, Snapshot, Transition, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import ActionType

PEOPLE_MAX: Final = 8
"""Looked at for one name: more than one is a question to the person anyway."""
LISTED_MAX: Final = 40
"""Values that a refusal names: enough to choose from."""
_WORD: Final = re.compile(r"[^\s,;()]+")
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}")
_ALPHABETS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
"""Whose letters look like those of another."""
_BULLET: Final = re.compile(r"^\s*[-*•]\s+")


class Doubt(Refused):
    """A person has to say which one is meant; not the model's mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How a model's words become words of ours."""

    restore: Callable[[str], str]
    own: frozenset[str]
    """Placeholders whose values are of this ticket, or of the person's own words."""
    hosts: frozenset[str]
    """Of the configured systems: the only ones a link may go to."""

    def value(self, text: str) -> str:
        """Return ``text`` with its values put back, on one line, to be looked up.

        Raises:
            Refused: it holds a value of another ticket, or one that is never put back.
        """
        return " ".join(self._restored(text).split())

    def words(self, text: str) -> str:
        """Return ``text`` with values put back and nothing that leads away. Raises as :meth:`value`."""
        return harmless(self._restored(text), self.hosts).strip()

    def _restored(self, text: str) -> str:
        foreign = {each.group() for each in PLACEHOLDER.finditer(text)} - self.own
        if foreign:
            raise Refused(f"{', '.join(sorted(foreign))}: not a value of this ticket; leave it out")
        plain = self.restore(text)
        if has_holes(plain):
            raise Refused("a secret is never put back; leave its placeholder out")
        return Untrusted(plain).clean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All that a change is held against."""

    snapshot: Snapshot
    allowed: Allowed
    people: tuple[Value, ...] = ()
    """Who answers to the name that was written, for ``assign`` alone."""
    others: frozenset[str] = frozenset()
    """Keys of tickets that it may be linked to: named by the person, or found by our own search."""
    voice: Voice
    language: str = "en"
    """Of what stands on the ticket beside a model's words."""


def vet(verb: str, kind: ActionType, wanted: Wanted, table: Table) -> Wish:
    """Return the wish ``wanted`` comes down to.

    Raises:
        Doubt: a person has to be asked which one is meant.
        Refused: it cannot be done like this; says what would do.
    """
    if table.snapshot.ticket.closed and not isinstance(wanted, NoteWanted):
        raise Refused(f"{table.snapshot.ticket.key} is closed: nothing but a note can be proposed on it")
    return Wish(
        verb=verb,
        args=_args(kind, wanted, table),
        why=Untrusted(table.voice.words(wanted.why)),
        rests_on_last_public=isinstance(wanted, ReplyWanted),
    )


def labels(allowed: Allowed) -> dict[str, str]:
    """Return what people call each field."""
    return {each.field: each.label for each in allowed.choices if each.label}


def _args(kind: ActionType, wanted: Wanted, table: Table) -> Args:
    match wanted:
        case FieldsWanted():
            return {"fields": _fields(wanted.fields, table)}
        case PickWanted():
            return {"to": pick_json(_pick(_field_of(kind), wanted.to, table))}
        case AssignWanted():
            return {"to": pick_json(_person(wanted.to, table)) if wanted.to else None}
        case StepWanted():
            return _step(wanted, table)
        case LinkWanted():
            return {"others": [_other(wanted.other, table)]}
        case _:
            return _written(wanted, table)


def _written(wanted: Wanted, table: Table) -> Args:
    """Return the arguments of what says something in words."""
    match wanted:
        case NoteWanted():
            return {"lines": _lines(wanted.text, table), "replaces": ""}
        case ReplyWanted():
            return {"text": _said(wanted.text, table)}
        case ResolveWanted():
            code = _pick("close_code", wanted.close_code, table)
            return {"close_code": pick_json(code), "close_notes": _said(wanted.close_notes, table)}
        case _:
            raise Refused("nothing on offer takes these arguments")


def _other(text: str, table: Table) -> str:
    key = table.voice.value(text).upper()
    if key not in table.others:
        raise Refused(
            f"only a ticket that the person named or a search found can be linked; not {key[:40]!r}"
        )
    return key


def _fields(wanted: Sequence[FieldWanted], table: Table) -> dict[str, JsonValue]:
    chosen: dict[str, list[Value]] = {}
    for each in wanted:
        choices = _choices(each.field, table)
        values = chosen.setdefault(choices.field, [])
        if not each.value:
            if values:
                raise Refused(f"{choices.label}: either a value or none")
            continue
        value = _value(choices, each.value, table)
        if value not in values:
            values.append(value)
    for name, values in chosen.items():
        _check_many(_choices(name, table), values)
        _check_parent(_choices(name, table), values, chosen, table)
    return {name: [pick_json(value) for value in values] for name, values in chosen.items()}


def _check_many(choices: Choices, values: Sequence[Value]) -> None:
    if len(values) > 1 and not choices.several:
        raise Refused(f"{choices.label} takes one value: {_listed(value.label for value in values)}?")


def _check_parent(
    choices: Choices, values: Sequence[Value], chosen: dict[str, list[Value]], table: Table
) -> None:
    """Hold a value that belongs to one of another field's against that field, as it will be."""
    if not (choices.depends_on and choices.parents):
        return
    now = table.snapshot.ticket.fields.get(choices.depends_on, ())
    above = {value.id for value in chosen.get(choices.depends_on, now)}
    for value in values:
        parent = choices.parents.get(value.id)
        if parent is not None and parent not in above:
            raise Refused(
                f"{choices.label} {value.label} does not belong to the ticket's {choices.depends_on}: "
                f"set {choices.depends_on} as well, or choose another"
            )


def _pick(field: str, text: str, table: Table) -> Value:
    return _value(_choices(field, table), text, table)


def _choices(field: str, table: Table) -> Choices:
    wanted = table.voice.value(field).casefold()
    found = [
        each for each in table.allowed.choices if wanted in (each.field.casefold(), each.label.casefold())
    ]
    if len(found) == 1:
        return found[0]
    names = _listed(each.label or each.field for each in table.allowed.choices)
    raise Refused(f"{'no field' if not found else 'several fields'} of that name; there are: {names}")


def _value(choices: Choices, text: str, table: Table) -> Value:
    wanted = table.voice.value(text).casefold()
    exact = [each for each in choices.values if each.id.casefold() == wanted]
    found = exact or [each for each in choices.values if " ".join(each.label.split()).casefold() == wanted]
    if len(found) == 1:
        return found[0]
    name = choices.label or choices.field
    if found:
        ids = _listed(f"{each.label} ({each.id})" for each in found)
        raise Doubt(f"{name}: several values are called that: {ids}. Ask which one, then write its id")
    raise Refused(f"{name} has no such value; there are: {_listed(each.label for each in choices.values)}")


def called(name: str, people: Sequence[Value]) -> list[Value]:
    """Return those of ``people`` who are called ``name``: by all of it, else by whole words of it.

    A vendor's search also finds beginnings: with it alone, *me* would be Mehmet. A whole address is taken at
    its word, as it stands in no label. One word is no whole name: whoever calls himself *Anna* alone is not
    the Anna that is meant more than others are.
    """
    wanted = " ".join(name.split()).casefold()
    if _ADDRESS.fullmatch(wanted):
        return [each for each in people if wanted == each.id.casefold()] or list(people)
    words = set(wanted.split())
    some = [each for each in people if words and words <= set(_WORD.findall(each.label.casefold()))]
    whole = [
        each for each in people if wanted in (each.id.casefold(), " ".join(each.label.split()).casefold())
    ]
    return some if whole and len(words) == 1 and all(each in some for each in whole) else whole or some


def _mixes_alphabets(label: str) -> bool:
    """Whether a word of it takes its letters from several alphabets, as names do that pose as others."""
    return any(
        len({unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()} & _ALPHABETS)
        > 1
        for word in _WORD.findall(label)
    )


def _person(text: str, table: Table) -> Value:
    found = called(table.voice.value(text), table.people)
    if not found:
        raise Refused("nobody who may have this ticket is called that; ask for the full name")
    if len(found) > 1:
        names = _listed(each.label for each in found)
        raise Doubt(f"several people are called that: {names}. Ask which one, by mail address if need be")
    if _mixes_alphabets(found[0].label):
        raise Refused(
            "that name mixes letters of two alphabets: somebody has to look who it is, and assign it"
        )
    return found[0]


def _step(wanted: StepWanted, table: Table) -> Args:
    to, named = table.voice.value(wanted.to).casefold(), table.voice.value(wanted.step).casefold()
    steps = [
        each
        for each in table.allowed.transitions
        if to in (each.to.id.casefold(), each.to.label.casefold())
        and (not named or named in (each.id.casefold(), each.name.casefold()))
    ]
    if not steps:
        onward = _listed(each.to.label for each in table.allowed.transitions)
        raise Refused(f"no step leads there now; the next ones lead to: {onward or 'nowhere'}")
    if len(steps) > 1:
        names = _listed(each.name for each in steps)
        raise Doubt(f"several steps lead there: {names}. Ask which one, then write it as step")
    step = steps[0]
    fields = _fields(wanted.fields, _on_screen(step, table))
    _check_needs(step, fields)
    return {"id": step.id, "name": step.name[:255], "to": pick_json(step.to), "fields": fields}


def _on_screen(step: Transition, table: Table) -> Table:
    """Return the table with what the step's own screen allows, which goes before what the ticket's does."""
    names = {each.field for each in step.screen}
    rest = (each for each in table.allowed.choices if each.field not in names)
    return replace(table, allowed=replace(table.allowed, choices=(*step.screen, *rest)))


def _check_needs(step: Transition, fields: dict[str, JsonValue]) -> None:
    missing = [name for name in step.needs if not fields.get(name)]
    if missing:
        raise Refused(
            f"that step needs {_listed(missing)}; if no values are listed for it, a person has to do it"
        )


def _field_of(kind: ActionType) -> str:
    """Return the one field a verb sets: the verb itself says which."""
    touched = kind.touches({"to": {"id": "1", "label": "1"}})
    if len(touched) != 1:
        raise Refused("nothing on offer takes these arguments")
    return next(iter(touched))


def _lines(text: str, table: Table) -> list[JsonValue]:
    lines: list[dict[str, JsonValue]] = []
    for line in _said(text, table).split("\n"):
        if line.strip():
            bullet = _BULLET.match(line)
            words = line[bullet.end() :] if bullet else line
            lines.append({"kind": "bullet" if bullet else "text", "text": words.strip()})
    lines.append({"kind": "fine", "text": say(table.language, "agent.note.by")})
    return list(lines)


def _said(text: str, table: Table) -> str:
    words = table.voice.words(text)
    if not words:
        raise Refused("nothing is left of the text once links and mentions are taken out")
    return words


def _listed(names: Iterable[str]) -> str:
    found = [Untrusted(each).line(80) for each in names]
    more = len(found) - LISTED_MAX
    return ", ".join(found[:LISTED_MAX]) + (f" and {more} more" if more > 0 else "")
