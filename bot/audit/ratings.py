"""What people thought of answers, as the audit has it: by week, and by what had made the answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.audit.chain import Chain
from bot.audit.lines import read_record
from bot.core.foreign import thing

RATED: Final = "answer.rated"
ANSWERED: Final = "talk.answered"
GOOD, BAD = "good", "bad"
LOCAL: Final = "local"
"""The local brain, as notes call it."""
UNKNOWN: Final = "unknown"
"""The answer is older than what was read, or than the records that name their run."""
BEFORE: Final = timedelta(days=30)
"""How much older than the first rating an answer may be and still be found. Most are rated at once."""
_KINDS: Final = tuple(f'"what":"{each}"'.encode() for each in (RATED, ANSWERED))
_WITHOUT_MODEL: Final = frozenset({"spent", "away"})
"""Ends of a run whose answer the local brain gave, though a model may have been asked before."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One person's last word on one answer."""

    record: int
    """Number of the record that tells of it."""
    at: datetime
    by: str
    run: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What had made an answer, and which record says so."""

    record: int = 0
    """0: not found."""
    brain: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Week:
    """One brain's answers that were rated in one week, which begins on a Monday (UTC)."""

    week: date
    brain: str
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class Poor:
    """An answer somebody held for not good, to be looked at."""

    record: int
    at: str
    brain: str
    run: str
    answer: int
    """Number of the record of the answer itself; 0: not found."""


@dataclass(slots=True)
class Rated:
    """All of it."""

    weeks: Sequence[Week] = ()
    poor: Sequence[Poor] = ()
    waiting: int = 0
    """Records not sealed yet: not counted."""

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        weeks = [{**asdict(each), "week": each.week.isoformat()} for each in self.weeks]
        return {"weeks": weeks, "not_good": [asdict(each) for each in self.poor], "waiting": self.waiting}


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    since: datetime
    ratings: dict[tuple[str, str], Rating] = field(default_factory=dict[tuple[str, str], Rating])
    """By run and person: their last word counts."""
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])

    def take(self, lines: Iterable[bytes]) -> None:
        """Read the lines of both kinds; most are of others, and are not even parsed."""
        for line in lines:
            if not any(kind in line for kind in _KINDS):
                continue
            read = read_record(line)
            if read is not None:
                self._take(read.number, json.loads(read.sealed))

    def _take(self, number: int, record: dict[str, Any]) -> None:
        details = thing(record.get("details"))
        run, at = str(details.get("run") or ""), datetime.fromisoformat(str(record["at"]))
        if not run:
            return
        if record["what"] == ANSWERED:
            self.answers[run] = Answer(number, _brain(details))
        elif record["what"] == RATED and at >= self.since:
            by, verdict = str(record.get("actor") or ""), str(details.get("verdict"))
            self.ratings[run, by] = Rating(number, at, by, run, verdict)


async def ratings(chain: Chain, since: datetime) -> Rated:
    """Read what people thought of answers since then.

    Raises:
        Retry: Redis is away. Malformed: the store is damaged, or was pruned meanwhile.
    """
    found = _Found(since)
    first = max((await chain.pruned()).number + 1, await chain.since(since - BEFORE))
    async for lines in chain.lines(first, (await chain.tip()).number):
        found.take(lines)
    given = sorted(found.ratings.values(), key=lambda each: each.record)
    answers = found.answers
    return Rated(
        weeks=_weeks(given, answers),
        poor=[_poor(each, answers.get(each.run, Answer())) for each in given if each.verdict == BAD],
        waiting=await chain.buffered(),
    )


def _brain(details: dict[str, Any]) -> str:
    model = str(details.get("model") or "")
    return LOCAL if not model or details.get("ending") in _WITHOUT_MODEL else model


def _weeks(given: Sequence[Rating], answers: dict[str, Answer]) -> list[Week]:
    counted: Counter[tuple[date, str, str]] = Counter()
    for each in given:
        monday = each.at.date() - timedelta(days=each.at.weekday())
        counted[monday, answers.get(each.run, Answer()).brain, each.verdict] += 1
    rows = sorted({(week, brain) for week, brain, _ in counted})
    return [Week(week, brain, counted[week, brain, GOOD], counted[week, brain, BAD]) for week, brain in rows]


def _poor(rating: Rating, answer: Answer) -> Poor:
    at = rating.at.isoformat(timespec="seconds")
    return Poor(rating.record, at, answer.brain, rating.run, answer.record)
