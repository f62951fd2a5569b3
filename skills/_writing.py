"""Asking the writer: an answer of the shape that was asked for, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Annotated, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.errors import BudgetSpent, Reject, Retry, StaysHome
from bot.core.judgement import Usage
from bot.core.tickets import Snapshot
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from bot.writers import Paper, Task, Unusable
from skills._papers import people_of

NO_KEY: Final = "no_key"
PROVIDER_DOWN: Final = "provider_down"
BUDGET_SPENT: Final = "budget_spent"
ANSWER_REFUSED: Final = "answer_refused"
STAYS_HOME: Final = "stays_home"
QUOTE_CHARS_MAX: Final = 300
"""Of the words something rests on; a sentence is enough to find it."""


_BOX: Final = re.compile(r"[<\u2039(\[]/?(?:ticket|untrusted)_[a-z_]+[>\u203a)\]]")
"""A box around a paper, also with its marks made harmless. Words that bring one along repeat what lies on the
table, other people's tickets too."""


class Answer(BaseModel):
    """Base of what a model may say: what is not named is refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[A]):
    """What came of asking."""

    answer: A | None
    brain: str = ""
    degraded: str = ""
    """Why there is no answer; empty with one."""
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Generic[A]):
    """What is to be written."""

    skill: str
    rules: str
    answer: type[A]
    papers: Sequence[Paper]
    language: str


def rules_in(package: str) -> str:
    """Return the skill's ``prompt.md``; it is read from disk, once, while the bot is built."""
    return files(package).joinpath("prompt.md").read_text(encoding="utf-8")


async def write(wanted: Wanted[A], snapshot: Snapshot, desk: Desk) -> Outcome[A]:
    """Have it written; never raises what a writer raises: the skill does without, and says so."""
    if desk.writer is None:
        return Outcome(None, degraded=NO_KEY)
    ticket = snapshot.ticket
    task = Task(
        name=wanted.skill,
        rules=wanted.rules,
        answer=wanted.answer,
        papers=tuple(wanted.papers),
        language=wanted.language,
        connector=ticket.ref.connector,
        queue=ticket.queue,
        ticket=f"{ticket.ref.connector}:{ticket.ref.id}",
        people=people_of(snapshot),
        person=desk.asked_by,
    )
    try:
        written = await desk.writer.write(task)
    except BudgetSpent:
        return Outcome(None, degraded=BUDGET_SPENT)
    except Retry:
        return Outcome(None, degraded=PROVIDER_DOWN)
    except StaysHome:
        return Outcome(None, degraded=STAYS_HOME)
    except Unusable as no:
        return Outcome(None, degraded=ANSWER_REFUSED, usage=no.usage)
    except Reject:
        return Outcome(None, degraded=PROVIDER_DOWN)  # the key or the model is refused: as good as away
    if not isinstance(written.answer, wanted.answer) or _BOX.search(written.answer.model_dump_json()):
        return Outcome(None, degraded=ANSWER_REFUSED, usage=written.usage)
    return Outcome(written.answer, written.brain, usage=written.usage)


class Cited(Answer):
    """What a statement rests on."""

    mark: Annotated[str, StringConstraints(pattern=r"^[AT][0-9]{1,2}$")]
    """The mark in brackets at the paper's beginning."""
    quote: Annotated[str, StringConstraints(min_length=1, max_length=QUOTE_CHARS_MAX)]
    """Words of that paper, verbatim."""


def marked(letter: str, many: int) -> tuple[str, ...]:
    """Return marks for that many papers."""
    return tuple(f"{letter}{number}" for number in range(1, many + 1))


def proven(cited: Sequence[Cited], papers: Mapping[str, Paper]) -> tuple[str, ...]:
    """Return the marks of papers in which the words that were quoted stand; the rest proves nothing."""
    marks = (
        each.mark for each in cited if each.mark in papers and stands_in(each.quote, papers[each.mark].text)
    )
    return tuple(dict.fromkeys(marks))


def stands_in(quote: str, text: Untrusted) -> bool:
    """Whether ``quote`` is in ``text`` word for word, whatever the line breaks."""
    wanted = Untrusted(quote).line()
    return bool(wanted) and wanted in text.line()
