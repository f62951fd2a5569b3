"""Two brains behind one port: the provider while it can answer, the local one whenever it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.errors import Forbidden, Misconfigured, Reject, Retry
from bot.core.judgement import Judgement, Question, Usage
from bot.ports import Clock, Model
from bot.runtime.spending import BudgetSpent, Unusable

NO_KEY = "no_key"
PROVIDER_DOWN = "provider_down"
BUDGET_SPENT = "budget_spent"
ANSWER_REFUSED = "answer_refused"

FAILURES_MAX = 3
"""In a row; then the provider is left alone for a while, so that its time-out is not paid for per ticket."""
REST_S = 30.0
"""How long it is left alone at least; a longer ``Retry-After`` counts, up to ``REST_MAX_S``."""
REST_MAX_S = 600.0

_log = structlog.get_logger(__name__)


class Cascade:
    """Implements the port ``Model``; ``Judgement.degraded`` says why the local brain stood in."""

    def __init__(self, local: Model, provider: Model | None, clock: Clock) -> None:
        """``provider``: None without a key; then the local brain is what was asked for, not a stopgap."""
        self._local = local
        self._provider = provider
        self._clock = clock
        self._failures = 0
        self._rests_until: datetime | None = None

    async def judge(self, question: Question) -> Judgement:
        """Answer with the provider, or with the local brain and the reason. Raises as the local one does."""
        if self._provider is None:
            return await self._stand_in(question, NO_KEY)
        if self._resting():
            return await self._stand_in(question, PROVIDER_DOWN)
        try:
            judgement = await self._provider.judge(question)
        except BudgetSpent:
            return await self._stand_in(question, BUDGET_SPENT)
        except Unusable as no:
            self._recovered()  # it answered; it is only the answer that is no good
            return await self._stand_in(question, ANSWER_REFUSED, why=no, usage=no.usage)
        except (Retry, Forbidden, Misconfigured) as away:
            self._failed(away)
            return await self._stand_in(question, PROVIDER_DOWN, why=away)
        except Reject as no:
            return await self._stand_in(question, ANSWER_REFUSED, why=no)
        self._recovered()
        return judgement

    async def _stand_in(
        self, question: Question, degraded: str, *, why: Exception | None = None, usage: Usage | None = None
    ) -> Judgement:
        if why is not None:
            _log.warning("local_brain_stands_in", degraded=degraded, why=str(why))
        judgement = await self._local.judge(question)
        return replace(judgement, degraded=degraded, usage=usage or judgement.usage)

    def _resting(self) -> bool:
        return self._rests_until is not None and self._clock.now() < self._rests_until

    def _failed(self, why: Retry | Reject) -> None:
        self._failures += 1
        if self._failures >= FAILURES_MAX:
            wanted = why.after_s if isinstance(why, Retry) else REST_MAX_S
            rest = min(max(wanted, REST_S), REST_MAX_S)
            # After the rest the next ticket tries; its failure starts another rest at once.
            self._rests_until = self._clock.now() + timedelta(seconds=rest)

    def _recovered(self) -> None:
        self._failures = 0
        self._rests_until = None
