"""Two brains behind one port: the local one first, the provider for what that has not proven it can tell.

The provider is asked for the fields left open and, where there is none yet, for a draft; the configuration
may say that it is asked for everything, for fields alone, or for nothing. While it cannot answer, what the
local brain thinks of those fields is better than nothing, and the note says so.
"""

from __future__ import annotations

import enum
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import structlog

from bot.core.errors import BudgetSpent, Forbidden, Misconfigured, Reject, Retry, StaysHome
from bot.core.judgement import BOTH, Judgement, Question, Thought, Usage
from bot.ports import Model
from bot.writers import Unusable

NO_KEY = "no_key"
PROVIDER_DOWN = "provider_down"
BUDGET_SPENT = "budget_spent"
ANSWER_REFUSED = "answer_refused"


class Ask(enum.Enum):
    """What the provider is asked for: ``brain.ask`` in the configuration."""

    ALWAYS = "always"
    """Every field and a draft, of every ticket."""
    UNSURE = "unsure"
    """Fields the local brain is not sure of, and a draft where it has none."""
    FIELDS = "fields"
    """Fields it is not sure of; drafts are the local brain's own."""
    NEVER = "never"
    """Nothing: no ticket leaves the house."""


_log = structlog.get_logger(__name__)


class Cascade:
    """Implements the port ``Model``; ``Judgement.degraded`` says why the local brain stood in."""

    def __init__(self, local: Model, provider: Model | None, *, ask: Ask = Ask.UNSURE) -> None:
        """``provider``: None without a key; then the local brain is what was asked for, not a stopgap."""
        self._local = local
        self._provider = provider
        self._ask = ask

    async def judge(self, question: Question) -> Judgement:
        """Answer, with the reason where the local brain had to do alone. Raises as the local one does."""
        local = await self._local.judge(question)
        if self._ask is Ask.NEVER:
            return local
        if self._provider is None:
            return replace(local, degraded=NO_KEY)
        kept = local if self._ask is not Ask.ALWAYS else replace(local, answers=(), draft=None)
        proven = {answer.field for answer in kept.answers if answer.proven}
        settled = _settled(question, proven)
        is_open = len(settled) < len(question.fields)
        # A brain that has proven nothing here has not proven its drafts either.
        lacks = kept.draft is None or (is_open and not proven)
        wants_draft = question.wants_draft and lacks and self._ask is not Ask.FIELDS
        if not is_open and not wants_draft:
            return local
        rest = replace(question, settled=settled, wants_draft=wants_draft)
        return await self._asked(self._provider, rest, local, _Kept(proven, draft=not wants_draft))

    async def _asked(self, provider: Model, rest: Question, local: Judgement, kept: _Kept) -> Judgement:
        try:
            judgement = await provider.judge(rest)
        except BudgetSpent:
            return replace(local, degraded=BUDGET_SPENT)
        except StaysHome:
            return local  # by the configuration: no stopgap
        except Unusable as no:
            return _stands_in(local, ANSWER_REFUSED, no, no.usage)
        except (Retry, Forbidden, Misconfigured) as away:
            return _stands_in(local, PROVIDER_DOWN, away)
        except Reject as no:
            return _stands_in(local, ANSWER_REFUSED, no)
        return _together(local, judgement, kept)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of the local brain's answer stays, whatever the model says."""

    fields: AbstractSet[str]
    draft: bool


def _settled(question: Question, proven: AbstractSet[str]) -> frozenset[str]:
    """Return the fields that need not be asked for: proven ones that no open field hangs on."""
    fields = {asked.choices.field for asked in question.fields}
    left = fields - proven
    left |= {asked.choices.depends_on for asked in question.fields if asked.choices.field in left}
    return frozenset(fields - left)


def _together(local: Judgement, model: Judgement, kept: _Kept) -> Judgement:
    """Return what is kept of the local brain, and the model's word on the rest."""
    mine = [answer for answer in local.answers if answer.field in kept.fields]
    theirs = [answer for answer in model.answers if answer.field not in kept.fields]
    ours = kept.draft and local.draft is not None
    return replace(
        model,
        brain=f"{BOTH}{model.brain}" if mine or ours else model.brain,
        answers=(*mine, *theirs),
        draft=local.draft if kept.draft else model.draft,
        draft_source=local.draft_source if kept.draft else model.draft_source,
        local=_thoughts(local),
    )


def _thoughts(local: Judgement) -> tuple[Thought, ...]:
    return tuple(Thought(each.field, each.value, each.confidence, each.proven) for each in local.answers)


def _stands_in(local: Judgement, degraded: str, why: Exception, usage: Usage | None = None) -> Judgement:
    _log.warning("local_brain_stands_in", degraded=degraded, why=str(why))
    return replace(
        local, degraded=degraded, usage=usage or local.usage, local=_thoughts(local) if usage else ()
    )
