"""Claude behind the port ``Model``: a ticket's fields and a draft, put to the fast model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.brain.asking import TOOL, Asking, ask, read
from bot.core.errors import Reject
from bot.core.judgement import Judgement, Question
from bot.core.outgoing import harmless
from bot.core.untrusted import Untrusted
from bot.ports import Model
from bot.runtime.budgets import Payer
from bot.runtime.models import Role
from bot.runtime.provider import Ask, Provider, Said
from bot.runtime.spending import Price
from bot.writers import Unusable

ANSWER_TOKENS_MAX: Final = 2_000
"""A dozen fields with their quotes and a page of draft need half of it."""


class Claude:
    """Implements the port ``Model``."""

    def __init__(
        self,
        provider: Provider,
        *,
        adviser: Model | None = None,
        names: Sequence[str] = (),
        hosts: frozenset[str] = frozenset(),
    ) -> None:
        """``adviser``: the local brain, whose suggestions go along. ``names``: people always masked.

        ``hosts``: those that links in a draft may lead to.
        """
        self._provider, self._hosts = provider, hosts
        self._adviser = adviser
        self._names = tuple(names)

    async def judge(self, question: Question) -> Judgement:
        """Ask once.

        Raises:
            As :meth:`Provider.ask`; Unusable also for an answer that breaks the form.
        """
        place = (question.connector, question.queue)
        price = self._provider.price(Role.TRIAGE, (place,))
        question = self._allowed(question)
        advice = await self._adviser.judge(question) if self._adviser else None
        asking = await asyncio.to_thread(ask, question, advice, self._names)
        said = await self._provider.ask(
            Ask(
                role=Role.TRIAGE,
                places=(place, *((question.connector, past.queue) for past in question.similar)),
                body=_body(asking, price),
                tokens_max=ANSWER_TOKENS_MAX,
                payer=Payer(ticket=question.ticket),
            )
        )
        return _judgement(said, asking, self._hosts)

    def _allowed(self, question: Question) -> Question:
        """Leave out past tickets of queues whose text may not be shown together with this ticket's."""
        place = (question.connector, question.queue)
        together = self._provider.models.together
        kept = tuple(
            past
            for past in question.similar
            if together(Role.TRIAGE, (place, (question.connector, past.queue)))
        )
        return replace(question, similar=kept)


def _body(asking: Asking, price: Price) -> dict[str, Any]:
    """Build the call. The mark makes the provider keep all before it: the tool and the rules."""
    forced = {"type": "tool", "name": TOOL}
    return {
        "system": [{"type": "text", "text": asking.system, "cache_control": {"type": "ephemeral"}}],
        "tools": [
            {
                "name": TOOL,
                "description": "Say what the ticket is, in the desk's own values, and draft a reply.",
                "input_schema": asking.schema,
            }
        ],
        "messages": [{"role": "user", "content": asking.text}],
        "tool_choice": {
            **(forced if price.forced_tool else {"type": "auto"}),
            "disable_parallel_tool_use": True,
        },
    }


def _judgement(said: Said, asking: Asking, hosts: frozenset[str]) -> Judgement:
    """Read the one tool call.

    Raises:
        Unusable: no call, two calls, or a call that breaks its schema.
    """
    usage = said.usage
    if len(said.calls) != 1 or said.calls[0].tool != TOOL:
        raise Unusable(f"the model called {len(said.calls)} tools instead of {TOOL!r} once", usage=usage)
    try:
        answers, draft, source = read(asking, said.calls[0].arguments)
    except Reject as no:
        raise Unusable(str(no), usage=usage) from no
    # Quotes stay: they are letter by letter the ticket's, or are dropped; who shows them makes them harmless.
    calm = tuple(replace(each, because=Untrusted(harmless(each.because.raw, hosts))) for each in answers)
    drafted = Untrusted(harmless(draft.raw, hosts)) if draft is not None else None
    return Judgement(brain=usage.model, answers=calm, draft=drafted, draft_source=source, usage=usage)
