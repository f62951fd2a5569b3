"""Reminds whichever brain is asked of what was learned: the same past tickets for all, and in the note."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.brain.local import Local
from bot.core.judgement import Judgement, Question
from bot.ports import Model


class Recalling:
    """Implements the port ``Model`` around another."""

    def __init__(self, inner: Model, local: Local) -> None:
        """``local`` knows the history; ``inner`` is asked."""
        self._inner, self._local = inner, local

    async def judge(self, question: Question) -> Judgement:
        """Ask with the most alike past tickets, and say which these were. Raises as the inner one does."""
        similar = await asyncio.to_thread(self._local.similar, question)
        judgement = await self._inner.judge(replace(question, similar=similar))
        return replace(judgement, similar=similar)
