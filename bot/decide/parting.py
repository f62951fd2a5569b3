"""One wish of several fields becomes one per mode: no field is held up, or carried along, by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from bot.core.foreign import thing
from bot.core.modes import Mode
from bot.core.reports import Finding, Wish
from bot.core.rungs import Footing, fields_of
from bot.core.untrusted import Untrusted


def parted(wish: Wish, footing: Footing, findings: Sequence[Finding]) -> tuple[Wish, ...]:
    """Return ``wish`` in parts of one mode each, those that go furthest first; itself where all go as far.

    A field that hangs on another of the same wish goes no further than that one: alone it makes no sense.
    """
    modes = _modes(wish, footing)
    if len(set(modes.values())) <= 1:
        return (wish,)
    order = sorted(set(modes.values()), key=lambda mode: -mode.rank)
    return tuple(_part(wish, [name for name in modes if modes[name] is mode], findings) for mode in order)


def _modes(wish: Wish, footing: Footing) -> dict[str, Mode]:
    fields = fields_of(wish.args)
    modes = {name: footing.of_field(name, values) for name, values in fields.items()}
    return {name: _with_parents(name, modes, wish.hangs) for name in modes}


def _with_parents(name: str, modes: Mapping[str, Mode], hangs: Mapping[str, str]) -> Mode:
    lowest, seen, at = modes[name], {name}, hangs.get(name, "")
    while at in modes and at not in seen:
        lowest = lowest if modes[at].reaches(lowest) else modes[at]
        seen.add(at)
        at = hangs.get(at, "")
    return lowest


def _part(wish: Wish, names: Sequence[str], findings: Sequence[Finding]) -> Wish:
    fields: dict[str, JsonValue] = {
        name: picks for name, picks in thing(wish.args.get("fields")).items() if name in names
    }
    about = [each for each in findings if each.field in names]
    why = "\n".join(f"{each.label}: {each.because.raw}" for each in about)
    return replace(
        wish,
        args={**wish.args, "fields": fields},
        why=Untrusted(why) if about else wish.why,
        confidence=min((each.confidence for each in about), default=wish.confidence),
        before={name: value for name, value in wish.before.items() if name in names},
        hangs={name: on for name, on in wish.hangs.items() if name in names and on in names},
    )
