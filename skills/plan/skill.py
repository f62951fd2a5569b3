"""Plans how a ticket is solved: a model's steps where there is one, else those of the nearest runbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.core.briefs import Brief, BriefLine, Reference
from bot.core.errors import Reject
from bot.core.passages import Field, Passage
from bot.core.reports import Report
from bot.core.subjects import names_one_of, subjects
from bot.core.tickets import Choices, PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from bot.writers import Paper
from skills._looking import Looked, Recalled, look, passage_reference, past_reference, recall
from skills._papers import papers_of
from skills._sentences import sentences
from skills._sources import shelf
from skills._writing import Outcome, Wanted, rules_in, write
from skills.plan.output import STEP_CHARS_MAX, STEPS_MAX, Planned, change_wish, settable, step_lines

RULES: Final = rules_in("skills.plan")
VALUES_MAX: Final = 40
"""Values of one field that a model is shown; a list of thousands is not chosen from."""
WORDS_CHARS_MAX: Final = 8_000
"""Of a text that is searched for steps."""
_STEP: Final = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+(\S[^\n]{2,})$", re.MULTILINE)


class Plan:
    """Steps, with owner, risk and what needs approval."""

    name = "plan"
    on_change = False

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return the steps, or say that no runbook and no solved ticket has any.

        Raises:
            Retry: the ticket system or every brain is away; run it again.
        """
        looked = await look(desk, snapshot.ticket, {Field.KNOWLEDGE, Field.INVENTORY, Field.TELEMETRY})
        recalled = await recall(desk, snapshot, wants_draft=False)
        shelved = shelf(looked.passages, tuple(past for past in recalled.past if past.answer))
        fields = await _fields(snapshot, desk)
        wanted = Wanted(
            skill=self.name,
            rules=RULES,
            answer=Planned,
            papers=(*papers_of(snapshot, internal=True), *shelved.papers.values(), *_offered(fields)),
            language=desk.language,
        )
        told = await write(wanted, snapshot, desk)
        more = (*recalled.lines, *looked.lines(desk.language))
        if told.answer is None:
            return _on_record(told, _nearer(looked, recalled, snapshot.ticket), more, desk.language)
        wish = change_wish(told.answer.changes, snapshot.ticket, fields, desk.language)
        references = shelved.cited(told.answer.sources)
        if not references:
            more = (*more, BriefLine("", Untrusted(say(desk.language, "brief.plan.no_source"))))
        return Report(
            brief=Brief(
                "brief.plan.title", (*step_lines(told.answer.steps, desk.language), *more), references
            ),
            brain=told.brain,
            usage=told.usage,
            wishes=(wish,) if wish else (),
        )


async def _fields(snapshot: Snapshot, desk: Desk) -> tuple[Choices, ...]:
    """Return the fields that may be set now; none where that is not ours to see, or nobody would choose."""
    if desk.writer is None or snapshot.ticket.closed:
        return ()
    try:
        return settable(await desk.tickets.allowed(snapshot.ticket, steps=False), desk.suggestible)
    except Reject:
        return ()


def _offered(fields: tuple[Choices, ...]) -> tuple[Paper, ...]:
    return tuple(
        Paper(
            "field",
            Untrusted(
                f"{each.field} ({each.label}): {' | '.join(v.label for v in each.values[:VALUES_MAX])}"
            ),
        )
        for each in fields
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What may hold steps, and what else was found."""

    articles: tuple[Passage, ...]
    past: tuple[PastTicket, ...]
    references: tuple[Reference, ...]
    """Of all that was found."""


def _nearer(looked: Looked, recalled: Recalled, ticket: Ticket) -> _Found:
    """Leave out what is about something else by its title: nobody has judged whether its steps fit."""
    about = subjects(" ".join([ticket.summary.line(), *sentences(ticket.description, 1)]))
    return _Found(
        tuple(each for each in looked.passages if names_one_of(each.title.raw, about)),
        tuple(each for each in recalled.past if each.answer and names_one_of(each.summary.raw, about)),
        (*map(passage_reference, looked.passages), *map(past_reference, recalled.past)),
    )


def _on_record(told: Outcome[Planned], found: _Found, more: tuple[BriefLine, ...], language: str) -> Report:
    """Return the steps somebody has written down, word for word, and whose they are."""
    steps, reference = _written_down(found)
    lines = tuple(BriefLine("", Untrusted(f"{number}. {each}")) for number, each in enumerate(steps, start=1))
    if lines:
        lines = (*lines, BriefLine("", Untrusted(say(language, "brief.plan.unjudged"))))
    references = (reference,) if reference else ()
    also = tuple(each for each in dict.fromkeys(found.references) if each not in references)
    return Report(
        brief=Brief("brief.plan.title" if lines else "brief.plan.none", (*lines, *more), references, also),
        degraded=told.degraded,
        usage=told.usage,
    )


def _written_down(found: _Found) -> tuple[tuple[str, ...], Reference | None]:
    """Return the first steps in an article, else in the answer of a solved ticket; else its sentences."""
    for passage in found.articles:
        steps = _steps(passage.text)
        if steps:
            return steps, passage_reference(passage)
    answered = [(past.answer, past_reference(past)) for past in found.past if past.answer]
    for answer, reference in answered:
        steps = _steps(answer)
        if steps:
            return steps, reference
    for answer, reference in answered:
        said = sentences(answer, STEPS_MAX)
        if said:
            return said, reference
    return (), None


def _steps(text: Untrusted) -> tuple[str, ...]:
    found = _STEP.findall(text.clean(WORDS_CHARS_MAX))[:STEPS_MAX]
    return tuple(Untrusted(each).line(STEP_CHARS_MAX) for each in found)


SKILL = Plan()
