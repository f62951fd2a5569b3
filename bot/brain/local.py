"""The brain that needs nobody: what was fitted on the desk's own history, held to what came true.

Of a field with too few solved tickets to fit anything, the most alike ones vote, and say how many agreed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import structlog

from bot.brain.answers import answer as answer_of
from bot.brain.classify import Fitted
from bot.brain.classify.shelf import Shelf
from bot.brain.drafts import adapt, particulars
from bot.brain.history import History, Remembered
from bot.brain.index import Index, alike
from bot.brain.lessons import Asked, Prediction
from bot.brain.remembering import text_of
from bot.brain.semantic.embedder import open_embedder
from bot.brain.semantic.votes_file import opener
from bot.brain.trust import Trust
from bot.core.errors import Misconfigured
from bot.core.judgement import FieldAnswer, FieldQuestion, Judgement, Question
from bot.core.redaction import redact
from bot.core.tickets import Choices, FieldValue, PastTicket, Value
from bot.core.untrusted import Untrusted

NAME = "local"
VOTERS_MAX = 15
"""Neighbours asked; measured best between 10 and 20 on word and pair counts."""
ALIKE_MIN = 0.12
"""Below this two tickets share little more than their courtesy."""
FULL_VOTE_AT = 0.4
"""How alike a ticket must be for its vote to count whole; a fainter one counts in proportion."""
SUPPORT_MIN = 2
"""Tickets that must agree; one is an anecdote."""
PRIOR = 1.0
"""Votes that nobody cast, added to the total: little evidence then cannot look certain."""
SMALL_HISTORY = 200
"""Below so many learned tickets the vendor's own search results vote as well."""
DRAFT_AT = 0.6
"""How alike the answered ticket must be before its answer is worth offering."""
TEXT_CHARS_MAX = 8_000
"""Of a question; the skill has cut it already, this holds for other callers."""

_log = structlog.get_logger(__name__)


Believed: TypeAlias = Callable[[str, str], Trust | None]
"""Connector and field to how far its answers are to be believed; None: as it was found when it was fitted."""


@dataclass(frozen=True, slots=True)
class _Voter:
    key: str
    score: float
    fields: Mapping[str, FieldValue]
    answer: str
    particulars: frozenset[str]
    """What the answer says of its own ticket alone."""


@dataclass(frozen=True, slots=True)
class _Memory:
    """One connector's history, ready to be asked."""

    stamp: tuple[int, int, int] | None
    index: Index
    voters: tuple[_Voter, ...]


class Local:
    """Implements the port ``Model``. Never raises: without a history it has no answers, which is true."""

    def __init__(
        self,
        history: History,
        shelf: Shelf | None = None,
        believed: Believed | None = None,
        semantic: Path | None = None,
    ) -> None:
        """``history`` is read on the first question and again whenever its file changes, ``shelf`` likewise.

        ``believed``: how far the answers for a field of a connector are to be believed now; ``semantic``: the
        directory of the model for sentence vectors, which need not be there.
        """
        self._history, self._shelf, self._believed, self._semantic = history, shelf, believed, semantic
        self._memories: dict[str, _Memory] = {}
        self._fitted: dict[str, tuple[object, Fitted | None]] = {}
        self._building = threading.Lock()

    async def judge(self, question: Question) -> Judgement:
        """Answer from past tickets, in a thread: the first question reads the history (1 s per 10,000)."""
        return await asyncio.to_thread(self.judge_now, question)

    def judge_now(self, question: Question) -> Judgement:
        """Answer as :meth:`judge`, in the caller's thread."""
        text = text_of(question.summary, question.description)
        voters = self._voters(question, text)
        fitted = self._classifier(question.connector)
        answers = self._told(fitted, question, text) if fitted else {}
        for asked in _parents_first(question.fields):
            if fitted is None or asked.choices.field not in fitted.standings:
                answer = _answer(_narrowed(asked, answers, question.fields), voters)
                if answer is not None:
                    answers[asked.choices.field] = answer
        draft, source = _draft(voters, question)
        kept = tuple(answers[q.choices.field] for q in question.fields if q.choices.field in answers)
        return Judgement(brain=NAME, answers=kept, draft=draft, draft_source=source)

    def _told(self, fitted: Fitted, question: Question, text: str) -> dict[str, FieldAnswer]:
        """Return what was fitted says; of fields that hang on others, in the light of these."""
        told: dict[str, FieldAnswer] = {}
        current = {q.choices.field: q.current[0] for q in question.fields if len(q.current) == 1}
        for hang in (False, True):
            level = [q for q in question.fields if bool(q.choices.depends_on) is hang]
            choices = [_narrowed(asked, told, question.fields) for asked in level]
            known = current | {name: each.value for name, each in told.items() if not each.others}
            allowed = {each.field: each.values for each in choices}
            found: Mapping[str, Prediction] = fitted.predict(Asked(text, known, allowed)) if level else {}
            for name in allowed.keys() & fitted.standings.keys():
                answer = answer_of(found[name], self._trust(question.connector, name))
                if answer is not None:
                    told[name] = answer
        return told

    def _trust(self, connector: str, field: str) -> Trust | None:
        return self._believed(connector, field) if self._believed is not None else None

    def _classifier(self, connector: str) -> Fitted | None:
        if self._shelf is None:
            return None
        stamp = self._shelf.stamp(connector)
        known = self._fitted.get(connector)
        if known is not None and known[0] == stamp:
            return known[1]
        with self._building:
            known = self._fitted.get(connector)
            if known is None or known[0] != stamp:
                known = self._fitted[connector] = (stamp, self._opened(connector, self._shelf))
            return known[1]

    def _opened(self, connector: str, shelf: Shelf) -> Fitted | None:
        found = shelf.current(connector)
        if found is None:
            return None
        try:
            embedder = open_embedder(self._semantic) if self._semantic is not None else None
        except Misconfigured as error:
            _log.warning("votes_left_out", why=str(error))
            embedder = None
        return Fitted.from_bytes(found[1], votes=opener(embedder))

    def _voters(self, question: Question, text: str) -> list[_Voter]:
        memory = self._memory(question.connector)
        voters: dict[str, _Voter] = {}
        for hit in memory.index.nearest(text, VOTERS_MAX):
            known = memory.voters[hit.place]
            if hit.score >= ALIKE_MIN:
                voters[known.key] = replace(known, score=hit.score)
        if len(memory.index) < SMALL_HISTORY:
            for past in question.similar:
                voter = _from_search(past, text)
                if voter.score >= ALIKE_MIN:
                    voters.setdefault(past.key, voter)
        return sorted(voters.values(), key=lambda voter: -voter.score)[:VOTERS_MAX]

    def _memory(self, connector: str) -> _Memory:
        stamp = self._history.stamp(connector)
        found = self._memories.get(connector)
        if found is not None and found.stamp == stamp:
            return found
        with self._building:
            found = self._memories.get(connector)
            if found is None or found.stamp != stamp:
                found = self._memories[connector] = _remember(stamp, self._load(connector))
            return found

    def _load(self, connector: str) -> Sequence[Remembered]:
        try:
            return self._history.load(connector)
        except Misconfigured as error:
            # A damaged file must not stop every ticket: said once per change of the file, then as if empty.
            _log.error("history_unreadable", connector=connector, why=str(error))
            return ()


def _remember(stamp: tuple[int, int, int] | None, tickets: Sequence[Remembered]) -> _Memory:
    shared: dict[FieldValue, FieldValue] = {}
    voters = tuple(
        _Voter(
            key=ticket.key,
            score=0.0,
            fields={name: shared.setdefault(value, value) for name, value in ticket.fields.items()},
            answer=ticket.answer,
            particulars=particulars(ticket.answer, ticket.text),
        )
        for ticket in tickets
    )
    return _Memory(stamp, Index(ticket.text for ticket in tickets), voters)


def _from_search(past: PastTicket, text: str) -> _Voter:
    texts = [f"{past.summary.clean(500)}\n{past.description.clean(TEXT_CHARS_MAX)}"]
    other, answer = redact([], others=[*texts, past.answer.clean() if past.answer else ""]).others
    score = max(past.score, alike(text, other))
    return _Voter(past.key, score, past.fields, answer, particulars(answer, other))


def _parents_first(fields: Iterable[FieldQuestion]) -> list[FieldQuestion]:
    return sorted(fields, key=lambda asked: bool(asked.choices.depends_on))


def _narrowed(
    asked: FieldQuestion, answers: Mapping[str, FieldAnswer], fields: Sequence[FieldQuestion]
) -> Choices:
    """Return the choices that belong to the parent's value: the one just suggested, else the present one."""
    choices = asked.choices
    if not choices.depends_on or not choices.parents:
        return choices
    suggested = answers.get(choices.depends_on)
    current = next((q.current for q in fields if q.choices.field == choices.depends_on), ())
    sure = suggested is not None and not suggested.others
    parents = {suggested.value.id} if suggested and sure else {value.id for value in current}
    values = tuple(value for value in choices.values if choices.parents.get(value.id) in parents)
    return Choices(choices.field, choices.label, values, several=choices.several)


def _answer(choices: Choices, voters: Sequence[_Voter]) -> FieldAnswer | None:
    """Count the votes for one field. Past values that cannot be set any more count against, for nobody."""
    ids = {value.id: value for value in choices.values}
    labels = {value.label.casefold(): value for value in choices.values}
    weights: dict[Value, float] = {}
    counts: dict[Value, int] = {}
    total, asked = 0.0, 0
    for voter in voters:
        past = voter.fields.get(choices.field, ())
        if not past:
            continue
        weight = min(1.0, voter.score / FULL_VOTE_AT)
        total, asked = total + weight, asked + 1
        for value in {ids.get(v.id) or labels.get(v.label.casefold()) for v in past} - {None}:
            if value is not None:
                weights[value] = weights.get(value, 0.0) + weight
                counts[value] = counts.get(value, 0) + 1
    if not weights:
        return None
    best = max(choices.values, key=lambda value: (weights.get(value, 0.0), counts.get(value, 0)))
    if counts[best] < SUPPORT_MIN:
        return None
    confidence = min(weights[best] / (total + PRIOR), counts[best] / asked)
    said = Untrusted(f"{counts[best]} of {asked} similar solved tickets have it.")
    return FieldAnswer(choices.field, best, round(confidence, 3), Untrusted(""), said)


def _draft(voters: Sequence[_Voter], question: Question) -> tuple[Untrusted | None, str]:
    said = f"{question.summary.clean()}\n{question.description.clean()}".casefold()
    for voter in voters:
        if voter.score < DRAFT_AT:
            break
        fits = all(word in said for word in voter.particulars)
        text = adapt(voter.answer, question.language) if voter.answer and fits else None
        if text is not None:
            return Untrusted(text), voter.key
    return None, ""
