"""From a solved ticket to what is kept of it: cleaned, redacted, cut; and from that to a lesson."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.brain.cleaning import RAW_CHARS_MAX, clean
from bot.brain.lessons import Lesson
from bot.brain.words import words
from bot.core.redaction import redact
from bot.core.tickets import FieldValue, PastTicket, Value
from bot.core.untrusted import Untrusted

SUMMARY_CHARS_MAX: Final = 500
TEXT_CHARS_MAX: Final = 3_000
"""Of one ticket's words: what a requester says first says most."""
ANSWER_CHARS_MAX: Final = 2_000
"""Of its answer: a longer one is a thread, and no draft for anybody else."""
MARGIN_CHARS: Final = 600
"""Redacted beyond what is kept, so that what is kept ends in no half of an address that no pattern knows."""
RAGGED_CHARS: Final = 100
"""Dropped at the end of a text that was cut before it was redacted, for the same reason."""

_SPELLED_NAME = re.compile(r"(?<![\w.])[^\W\d_]{2,30}+[._-][^\W\d_]{2,30}+@")
_NAMES_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Remembered:
    """One solved ticket as we keep it: cleaned, redacted, cut, and with what was set on it."""

    key: str
    url: str
    queue: str
    summary: str
    description: str
    fields: Mapping[str, FieldValue]
    answer: str = ""
    closed_at: str = ""
    """ISO 8601 in UTC, or empty."""
    person: str = ""
    """A pseudonym of whoever asked, or empty."""
    learned_on: str = ""
    """The day, ISO 8601; empty where it was learned before days were kept."""

    @property
    def text(self) -> str:
        """What is compared."""
        return f"{self.summary}\n{self.description}"


def remember(ticket: PastTicket, person: str = "") -> Remembered | None:
    """Return what is kept of ``ticket``; None where it has no words or no field. ``person``: a pseudonym."""
    fields = {name: tuple(value) for name, value in ticket.fields.items() if value}
    boxes = (ticket.summary, ticket.description, ticket.answer or Untrusted(""))
    raw = [Untrusted(each.raw[: 2 * RAW_CHARS_MAX]).clean() for each in boxes]
    # One line, and the requester's own: nothing of a mail program's is in it.
    cleaned = [" ".join(raw[0].split()), clean(raw[1]), clean(raw[2], forwards=False)]
    summary, description, answer = _redacted(cleaned, _names_in(raw))
    if not fields or not any(words(f"{summary} {description}")):
        return None
    return Remembered(
        key=ticket.key,
        url=ticket.url,
        queue=ticket.queue,
        summary=summary,
        description=description,
        fields=fields,
        answer=answer,
        closed_at=_utc(ticket.closed_at) if ticket.closed_at else "",
        person=person,
    )


def text_of(summary: Untrusted, description: Untrusted) -> str:
    """Return the words of a ticket that is asked about, cleaned and redacted as those that were learned."""
    raw = [Untrusted(each.raw[: 2 * RAW_CHARS_MAX]).clean() for each in (summary, description)]
    head, body, _ = _redacted([" ".join(raw[0].split()), clean(raw[1]), ""], _names_in(raw))
    return f"{head}\n{body}"


def remember_all(tickets: Sequence[tuple[PastTicket, str]]) -> list[Remembered | None]:
    """Return :func:`remember` of each ticket and pseudonym: one errand for another process."""
    return [remember(ticket, person) for ticket, person in tickets]


def _redacted(texts: Sequence[str], names: str) -> list[str]:
    limits = (SUMMARY_CHARS_MAX, TEXT_CHARS_MAX, ANSWER_CHARS_MAX)
    windows = [text[: limit + MARGIN_CHARS] for text, limit in zip(texts, limits, strict=True)]
    done = redact([], others=[*windows, names]).others
    kept: list[str] = []
    for text, window, redacted, limit in zip(texts, windows, done, limits, strict=False):
        whole = redacted if len(window) == len(text) else redacted[:-RAGGED_CHARS]
        kept.append(Untrusted(whole).clean(limit))
    return kept


def _names_in(texts: Iterable[str]) -> str:
    """Return the names that addresses spell out, also in headers that were cleaned away.

    Whoever is in the header is often greeted in the text.
    """
    spelled = [found for text in texts if "@" in text for found in _SPELLED_NAME.findall(text)]
    return " ".join(spelled[:_NAMES_MAX])


def _utc(moment: datetime) -> str:
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:  # the first or last day there is, in another time zone
        return moment.isoformat()


def to_json(ticket: Remembered) -> dict[str, Any]:
    """Return ``ticket`` as a line of JSON has it; what is empty and may be so is left out."""
    line = {
        "key": ticket.key,
        "url": ticket.url,
        "queue": ticket.queue,
        "summary": ticket.summary,
        "description": ticket.description,
        "fields": {name: [[v.id, v.label] for v in value] for name, value in ticket.fields.items()},
        "answer": ticket.answer,
        "closed_at": ticket.closed_at,
    }
    more = {"person": ticket.person, "learned_on": ticket.learned_on}
    return line | {name: value for name, value in more.items() if value}


def from_json(line: Mapping[str, Any]) -> Remembered:
    """Read what :func:`to_json` made, also of version 1.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is something else.
    """
    fields = {
        str(name): tuple(Value(str(id_), str(label)) for id_, label in values)
        for name, values in line["fields"].items()
    }
    closed_at, learned_on = str(line["closed_at"]), str(line.get("learned_on", ""))
    for moment in filter(None, (closed_at, learned_on)):
        datetime.fromisoformat(moment)
    return Remembered(
        key=str(line["key"]),
        url=str(line["url"]),
        queue=str(line["queue"]),
        summary=str(line["summary"]),
        description=str(line["description"]),
        fields=fields,
        answer=str(line["answer"]),
        closed_at=closed_at,
        person=str(line.get("person", "")),
        learned_on=learned_on,
    )


def lesson_of(ticket: Remembered) -> Lesson:
    """Return what ``ticket`` teaches: fields with exactly one value."""
    values = {name: value[0] for name, value in ticket.fields.items() if len(value) == 1}
    return Lesson(ticket.key, ticket.text, values, at=ticket.closed_at, person=ticket.person)


def one_spelling(lessons: Iterable[Lesson]) -> list[Lesson]:
    """Return the lessons with values that differ in case alone made one: the spelling most tickets have."""
    taught = list(lessons)
    counts: dict[tuple[str, str], Counter[Value]] = {}
    for lesson in taught:
        for field, value in lesson.values.items():
            counts.setdefault((field, value.id.casefold()), Counter())[value] += 1
    spelling = {
        key: max(found, key=lambda value: (found[value], value.id, value.label))
        for key, found in counts.items()
    }
    return [
        replace(lesson, values={f: spelling[f, v.id.casefold()] for f, v in lesson.values.items()})
        for lesson in taught
    ]
