"""``countersign learn`` and ``forget``: past tickets into the local brain's history, and out of it again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.brain import schooling
from bot.brain.classify.shelf import Shelf
from bot.brain.exports import look_at
from bot.brain.files import parse_map, read_sourced
from bot.brain.history import History
from bot.brain.journal import Journal
from bot.brain.preparing import prepared
from bot.brain.remembering import remember_all
from bot.core.errors import Refused
from bot.fetching import connected, lessons_page
from bot.ports import Connector, PastPage
from bot.settings import Environment, read_settings
from bot.thinking import history_in

Progress = Callable[[int], None]
"""Called after each batch with the number of tickets read so far."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was asked for, and where it goes."""

    data: Path
    """The data directory."""
    history: History
    shelf: Shelf
    connector: str
    now: datetime
    progress: Progress
    notes: list[str] = field(default_factory=list[str])
    """What whoever asked should know of how it was done."""


def lesson(environ: Mapping[str, str], connector: str, now: datetime, progress: Progress) -> Lesson:
    """Prepare to learn for ``connector``. Raises as ``read_settings``."""
    data = read_settings(Environment(environ)).data
    return Lesson(data, history_in(data), schooling.shelf_in(data), connector, now, progress)


def learn_file(lesson: Lesson, file: Path, mapping: str) -> dict[str, Any]:
    """Learn from a file, going on where a run that was killed had come to.

    Raises:
        Misconfigured: a row or column cannot be used; names line and column.
    """
    columns = parse_map(mapping)
    export = look_at(file)
    lesson.notes.extend(export.notes)
    asked = json.dumps([export.digest, file.name, sorted(columns.items())])
    journal = _journal(lesson, asked)
    done = False
    try:
        rows = read_sourced(export, columns, skip=journal.given)
        for batch in prepared((row.ticket, lesson.history.pseudonym(row.person)) for row in rows):
            journal.add(batch, "")
            lesson.progress(journal.given)
        told = _learned(lesson, journal)
        done = True
    finally:
        journal.close(done=done)
    return told


async def learn_from(
    lesson: Lesson, environ: Mapping[str, str], config: Path | None, query: str
) -> dict[str, Any]:
    """Learn from what a connector has solved, oldest first, going on where a run that was killed had come to.

    Raises:
        Misconfigured: no connector is called so.
        Refused: the vendor does not understand the query. Retry, Forbidden: it is away, or refuses us.
    """
    async with connected(environ, config, lesson.connector) as connector:
        return await learn_pages(lesson, connector, query)


async def learn_pages(lesson: Lesson, connector: Connector, query: str) -> dict[str, Any]:
    """Learn page after page. Raises as :func:`learn_from`."""
    journal = await asyncio.to_thread(_journal, lesson, json.dumps(["query", query]))
    done = False
    try:
        page = await _first_page(lesson, journal, connector, query)
        while True:
            await asyncio.to_thread(_keep_page, lesson, journal, page)
            lesson.progress(journal.given)
            if not page.after:
                break
            page = await lessons_page(connector, query, page.after)
        told = await asyncio.to_thread(_learned, lesson, journal)
        done = True
    finally:
        await asyncio.to_thread(journal.close, done=done)
    return told


def _keep_page(lesson: Lesson, journal: Journal, page: PastPage) -> None:
    named = [(each, lesson.history.pseudonym(each.person)) for each in page.tickets]
    journal.add(remember_all(named), page.after)


def refit(environ: Mapping[str, str], connector: str) -> dict[str, Any]:
    """Fit the classifier of ``connector`` to what is remembered; up to half a minute.

    Raises:
        Misconfigured: the history does not read, or the directory cannot be written.
    """
    data = read_settings(Environment(environ)).data
    fitted = schooling.refit(
        history_in(data), schooling.shelf_in(data), connector, votes=schooling.second_opinion(data)
    )
    return {"connector": connector, "model": asdict(fitted)}


def forget(environ: Mapping[str, str], connector: str, key: str) -> dict[str, Any]:
    """Remove a ticket from the history, and never learn it again.

    Raises:
        Misconfigured: the history cannot be read or written.
    """
    history = history_in(read_settings(Environment(environ)).data)
    removed = history.forget(connector, key)
    return {"connector": connector, "key": key, "removed": removed, "kept": len(history.load(connector))}


def _journal(lesson: Lesson, asked: str) -> Journal:
    source = hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()
    journal = Journal(lesson.history.directory, lesson.connector, source)
    if journal.given:
        lesson.notes.append(
            f"a run that was cut short had read {journal.given:,} tickets: going on from there"
        )
    return journal


async def _first_page(lesson: Lesson, journal: Journal, connector: Connector, query: str) -> PastPage:
    try:
        return await lessons_page(connector, query, journal.cursor)
    except Refused:
        if not journal.cursor:
            raise
        # The vendor forgets its cursors after some days.
        lesson.notes.append("the vendor does not go on from there any more: beginning anew")
        return await lessons_page(connector, query, "")


def _learned(lesson: Lesson, journal: Journal) -> dict[str, Any]:
    learned = lesson.history.keep(lesson.connector, journal.tickets(), now=lesson.now)
    model = None
    if learned.added or lesson.shelf.stamp(lesson.connector) is None:
        votes = schooling.second_opinion(lesson.data)
        model = asdict(schooling.refit(lesson.history, lesson.shelf, lesson.connector, votes=votes))
    return {
        "connector": lesson.connector,
        "read": journal.given,
        "learned": learned.added,
        "skipped": learned.skipped,
        "kept": learned.total,
        "notes": lesson.notes,
        "model": model,
    }
