"""``countersign eval``: past tickets, cleaned as ``learn`` cleans them, measured in memory.

Nothing is kept: no history, no model, no text.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from bot.brain.classify import fit
from bot.brain.exports import look_at
from bot.brain.files import KNOWN, parse_map, read_sourced
from bot.brain.lessons import FieldSpec, Lesson
from bot.brain.measure.evaluating import Bench, evaluate
from bot.brain.measure.outcomes import Fit
from bot.brain.measure.report import Report
from bot.brain.measure.splitting import NEWEST, Parts, as_given, by_time
from bot.brain.preparing import prepared
from bot.brain.remembering import Remembered, lesson_of, one_spelling, remember_all
from bot.brain.schooling import second_opinion, specs
from bot.brain.templates import Counting, Templates
from bot.core.errors import Misconfigured
from bot.fetching import connected, lessons_page
from bot.ports import Connector
from bot.settings import Environment, read_settings

TARGET_MIN: Final = 0.5
"""Of a promise; below it a coin does as well."""
TELL_EVERY: Final = 5_000


@dataclass(frozen=True, slots=True)
class Past:
    """The tickets of one file, or of one connector."""

    name: str
    """What errors call it."""
    tickets: Sequence[Remembered]
    header: str
    """What it has, for who named something else."""
    notes: Sequence[str]

    @property
    def fields(self) -> list[str]:
        """Fields that a ticket has a value for, in the order they appear."""
        return list(dict.fromkeys(name for each in self.tickets for name in each.fields))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure."""

    file: Path | Past
    train: Path | None = None
    """Learn from this file and measure all of ``file``; None: split ``file`` by time."""
    mapping: str = ""
    target: float = 0.95


@dataclass(frozen=True, slots=True)
class Brain:
    """What is measured, as it would be fitted in service."""

    fit: Fit
    note: str = ""
    """What the report says of it."""


def brain_of(environ: Mapping[str, str]) -> Brain:
    """Return the brain of this installation: with sentence vectors where their model is.

    Raises:
        Misconfigured: a setting or the model's file cannot be used.
    """
    votes = second_opinion(read_settings(Environment(environ)).data)
    if votes is None:
        return Brain(fit, "measured by words alone: the model for sentence vectors is not installed")
    return Brain(partial(fit, votes=votes), "measured with sentence vectors beside the words")


async def past_of(
    environ: Mapping[str, str], config: Path | None, source: str, query: str, tell: Callable[[str], None]
) -> Past:
    """Return what the connector ``source`` has solved, oldest first, in memory only.

    Raises:
        Misconfigured: no connector is called so.
        Refused: the vendor does not understand the query. Retry, Forbidden: it is away, or refuses us.
    """
    async with connected(environ, config, source) as connector:
        return await fetched(connector, query, tell)


async def fetched(connector: Connector, query: str, tell: Callable[[str], None]) -> Past:
    """Return as :func:`past_of`, page after page. Raises as ``Connector.solved_page``."""
    kept: list[Remembered] = []
    read, told, after = 0, 0, ""
    while True:
        page = await lessons_page(connector, query, after)
        made = await asyncio.to_thread(remember_all, [(each, each.person) for each in page.tickets])
        kept += [each for each in made if each is not None]
        read, after = read + len(made), page.after
        if read >= told + TELL_EVERY or not after:
            told = read
            tell(f"{read:,} tickets of {connector.name} read")
        if not after:
            break
    header = ", ".join(map(repr, connector.suggestible))
    return Past(connector.name, kept, header, _left_out(connector.name, read - len(kept)))


def measure(wanted: Wanted, tell: Callable[[str], None], *, brain: Brain | None = None) -> Report:
    """Measure how the brain would do; ``brain``: None for the shipped one by words alone.

    Raises:
        Misconfigured: a file cannot be used, a field is missing in one of them, or too few tickets are left.
    """
    if not TARGET_MIN <= wanted.target < 1:
        raise Misconfigured(
            f"--target {wanted.target:g}: write a share from 0.5 up to 0.999, for example 0.95"
        )
    brain = brain or Brain(fit)
    columns = parse_map(wanted.mapping)
    measured = wanted.file if isinstance(wanted.file, Past) else _read(wanted.file, columns, tell)
    training = _read(wanted.train, columns, tell) if wanted.train else None
    named = [name for name in columns if name not in KNOWN]
    names = _names(named, [measured] if training is None else [measured, training])
    tell("looking for tickets that read the same")
    parts = _parts(measured, training)
    if not parts.training or not parts.measured:
        raise Misconfigured(
            f"{measured.name}: {len(measured.tickets)} different tickets with words and fields are too few "
            "to learn from some and measure on others; ten are the least that say anything"
        )
    fields, notes = _specs(parts.training, names, is_named=bool(named))
    if not fields:
        raise Misconfigured(
            f"{measured.name}: no column has values that tickets share; say which hold fields, for example "
            f"--map category=Category; it has {measured.header}"
        )
    found = evaluate(parts, fields, wanted.target, Bench(brain.fit, time.perf_counter, tell))
    notes = [*measured.notes, *(training.notes if training else ()), *notes, *filter(None, [brain.note])]
    return replace(found, notes=tuple(notes))


def _read(path: Path, columns: Mapping[str, str], tell: Callable[[str], None]) -> Past:
    export = look_at(path)
    header = next((", ".join(map(repr, row)) for _, row in export.rows()), "nothing")
    kept: list[Remembered] = []
    empty = 0
    told = 0
    for batch in prepared((each.ticket, each.person) for each in read_sourced(export, columns)):
        found = [each for each in batch if each is not None]
        kept += found
        empty += len(batch) - len(found)
        if len(kept) + empty >= told + TELL_EVERY:
            told = len(kept) + empty
            tell(f"{told:,} tickets of {path.name} read")
    return Past(str(path), kept, header, [*export.notes, *_left_out(path.name, empty)])


def _left_out(name: str, count: int) -> list[str]:
    return [f"{name}: left out for want of words or fields: {count:,}"] if count else []


def _names(named: Sequence[str], files: Sequence[Past]) -> list[str]:
    """Return the fields there are; each must be in every file."""
    wanted = list(named) or list(dict.fromkeys(name for past in files for name in past.fields))
    for past in files:
        have = past.fields
        missing = next((name for name in wanted if name not in have), None)
        if missing is not None:
            raise Misconfigured(
                f"{past.name}: no ticket has a value for {missing!r}; it has {past.header}. Name the "
                "fields to measure with --map, for example --map text=Body,category=Category"
            )
    if not wanted:
        raise Misconfigured(
            f"{files[0].name}: no ticket has both words and a field; it has {files[0].header}"
        )
    return wanted


def _parts(measured: Past, training: Past | None) -> Parts:
    if training is not None:
        found = _templates(training.tickets)
        parts = as_given(_lessons(training.tickets, found), _lessons(measured.tickets, found))
    else:
        ordered = sorted(measured.tickets, key=lambda each: each.closed_at)
        found = _templates(ordered[: round((1 - NEWEST) * len(ordered))])
        parts = by_time(_lessons(ordered, found))
    return replace(parts, training=tuple(one_spelling(parts.training)))


def _specs(
    training: Sequence[Lesson], names: Sequence[str], *, is_named: bool
) -> tuple[list[FieldSpec], list[str]]:
    """Return what to learn, as the bot finds it for itself, and what whoever reads the figures should know.

    A field that was asked for by name is measured even if the bot would never suggest it.
    """
    lessons = [
        replace(each, values={name: each.values[name] for name in names if name in each.values})
        for each in training
    ]
    found = {spec.name: spec for spec in specs(lessons)}
    silent = ", ".join(name for name in names if name not in found)
    if is_named:
        notes = [f"measured, but never suggested in service: {silent}"] if silent else []
        return [found.get(name, FieldSpec(name)) for name in names], notes
    notes = (
        [f"not measured, for tickets share no values of it or it is never learned: {silent}"]
        if silent
        else []
    )
    return [found[name] for name in names if name in found], notes


def _templates(tickets: Iterable[Remembered]) -> Templates:
    """Return the template lines of the tickets that are learned from; the measured ones add none."""
    counting = Counting()
    for each in tickets:
        counting.add(each.queue, each.description)
    return counting.found()


def _lessons(tickets: Iterable[Remembered], templates: Templates) -> list[Lesson]:
    return [
        lesson_of(replace(each, description=templates.strip(each.queue, each.description)))
        for each in tickets
    ]


def write(path: Path, text: str) -> None:
    """Write a report.

    Raises:
        Misconfigured: it cannot be written there.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}") from error
