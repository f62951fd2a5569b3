"""The brain that needs nobody: what was fitted on the desk's own history, held to what came true.

Of a field with too few solved tickets to fit anything, the most alike ones vote, and say how many agreed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import structlog

from bot.brain.answers import answer as answer_of
from bot.brain.classify import Fitted
from bot.brain.classify.shelf import Shelf
from bot.brain.corrections import NEAR_MAX, corrected
from bot.brain.drafts import Asked as Wanted
from bot.brain.drafts import Draft, Drafts, threshold_in
from bot.brain.following import Memories
from bot.brain.history import History
from bot.brain.lessons import Asked, Prediction
from bot.brain.library import Library
from bot.brain.memory import Memory
from bot.brain.remembering import text_of
from bot.brain.retrieve.rarities import alike
from bot.brain.semantic.embedder import Embedder, open_embedder
from bot.brain.semantic.votes_file import opener
from bot.brain.similar import SMALL_HISTORY, said_in, similar
from bot.brain.trust import Trust
from bot.brain.voting import Voter, elected, heard, narrowed, parents_first
from bot.core.errors import Misconfigured
from bot.core.judgement import FieldAnswer, Judgement, Question
from bot.core.redaction import redact
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted

NAME = "local"
VOTERS_MAX = 15
"""Neighbours asked; measured best between 10 and 20 on word and pair counts."""
_log = structlog.get_logger(__name__)


Believed: TypeAlias = Callable[[str, str], Trust | None]
"""Connector and field to how far its answers are to be believed; None: as it was found when it was fitted."""


@dataclass(frozen=True, slots=True)
class _Taught:
    """What stands on the shelf for one connector."""

    stamp: object
    fitted: Fitted | None
    notes: Mapping[str, Any]


class Local:
    """Implements the port ``Model``. Never raises: without a history it has no answers, which is true."""

    def __init__(
        self,
        history: History,
        shelf: Shelf | None = None,
        believed: Believed | None = None,
        semantic: Path | None = None,
        knowledge: Path | None = None,
    ) -> None:
        """``history`` is read on the first question and again whenever its file changes, ``shelf`` likewise.

        ``believed``: how far the answers for a field of a connector are to be believed now; ``semantic``: the
        directory of the model for sentence vectors, which need not be there; ``knowledge``: a folder of
        articles that may be quoted to whoever asks.
        """
        self._shelf, self._believed, self._semantic = shelf, believed, semantic
        self._memories = Memories(history)
        self._library = Library(knowledge, self._model) if knowledge is not None else None
        self._embedder: Embedder | None = None
        self._taught: dict[str, _Taught] = {}
        self._opening = threading.Lock()

    async def judge(self, question: Question) -> Judgement:
        """Answer from past tickets, in a thread: the first question reads the history (0.2 ms a ticket)."""
        return await asyncio.to_thread(self.judge_now, question)

    def judge_now(self, question: Question) -> Judgement:
        """Answer as :meth:`judge`, in the caller's thread."""
        text = text_of(question.summary, question.description)
        memory, taught = self._memories.of(question.connector), self._on_shelf(question.connector)
        answers = self._told(taught.fitted, question, text) if taught.fitted else {}
        open_ = [
            each
            for each in parents_first(question.fields)
            if taught.fitted is None or each.choices.field not in taught.fitted.standings
        ]
        voters = _voters(memory, question, text) if open_ else []
        for asked in open_:
            answer = elected(narrowed(asked, answers, question.fields), voters, question.reader)
            if answer is not None:
                answers[asked.choices.field] = answer
        # Only what its readers may see: the note names the ticket that was put right.
        near = memory.nearest(text, NEAR_MAX, seen_from=question.queue, but=question.key)
        answers = corrected(question.fields, answers, near, taught.notes, question.reader)
        draft = self._draft(memory, taught.notes, question, text)
        kept = tuple(answers[q.choices.field] for q in question.fields if q.choices.field in answers)
        return Judgement(
            brain=NAME,
            answers=kept,
            draft=Untrusted(draft.text) if draft else None,
            draft_source=draft.named if draft else "",
        )

    def similar(self, question: Question) -> tuple[PastTicket, ...]:
        """Return what to show beside the ticket, most alike first: of what was learned and what was found.

        Of what was learned only tickets that the readers of this one may see; what the vendor's search found
        is seen with the rights that it was found with. Blocks, as :meth:`judge_now`.
        """
        memory = self._memories.of(question.connector)
        return similar(memory, question, text_of(question.summary, question.description))

    def _told(self, fitted: Fitted, question: Question, text: str) -> dict[str, FieldAnswer]:
        """Return what was fitted says; of fields that hang on others, in the light of these."""
        told: dict[str, FieldAnswer] = {}
        current = {q.choices.field: q.current[0] for q in question.fields if len(q.current) == 1}
        for hang in (False, True):
            level = [q for q in question.fields if bool(q.choices.depends_on) is hang]
            choices = [narrowed(asked, told, question.fields) for asked in level]
            known = current | {name: each.value for name, each in told.items() if not each.others}
            allowed = {each.field: each.values for each in choices}
            found: Mapping[str, Prediction] = fitted.predict(Asked(text, known, allowed)) if level else {}
            for name in allowed.keys() & fitted.standings.keys():
                answer = answer_of(found[name], self._trust(question.connector, name), question.reader)
                if answer is not None:
                    told[name] = answer
        return told

    def _trust(self, connector: str, field: str) -> Trust | None:
        return self._believed(connector, field) if self._believed is not None else None

    def _on_shelf(self, connector: str) -> _Taught:
        if self._shelf is None:
            return _Taught(None, None, {})
        stamp, known = self._shelf.stamp(connector), self._taught.get(connector)
        if known is not None and known.stamp == stamp:
            return known
        with self._opening:
            known = self._taught.get(connector)
            if known is None or known.stamp != stamp:
                fitted, notes = self._opened(connector, self._shelf)
                known = self._taught[connector] = _Taught(stamp, fitted, notes)
            return known

    def _opened(self, connector: str, shelf: Shelf) -> tuple[Fitted | None, Mapping[str, Any]]:
        found = shelf.current(connector)
        if found is None:
            return None, {}
        fitted = Fitted.from_bytes(found[1], votes=opener(self._model()))
        return fitted, shelf.notes(connector, found[0])

    def _model(self) -> Embedder | None:
        """Return the model for sentence vectors, opened once; None as long as there is none."""
        if self._embedder is None and self._semantic is not None:
            try:
                self._embedder = open_embedder(self._semantic)
            except Misconfigured as error:
                _log.warning("votes_left_out", why=str(error))
        return self._embedder

    def _draft(self, memory: Memory, notes: Mapping[str, Any], question: Question, text: str) -> Draft | None:
        replies, allowed = memory.replies(question.queue, question.key)
        knowledge = self._library.current() if self._library is not None else None
        wanted = Wanted(text, question.language, key=question.key)
        return Drafts(replies, threshold_in(notes), knowledge).draft(wanted, allowed=allowed)


def _voters(memory: Memory, question: Question, text: str) -> list[Voter]:
    near = memory.nearest(text, VOTERS_MAX, but=question.key)
    voters = {each.ticket.key: Voter(each.ticket.key, each.score, each.ticket.fields) for each in near}
    if len(memory) < SMALL_HISTORY:
        for past in question.similar:
            score = max(past.score, alike(text, _words(past)))
            voters.setdefault(past.key, Voter(past.key, score, past.fields))
    return heard(voters.values(), VOTERS_MAX)


def _words(past: PastTicket) -> str:
    return redact([], others=[said_in(past)]).others[0]
