"""Saying something to one person who pressed or typed, in the words of the catalogue."""

from __future__ import annotations

from typing import Protocol

from approvals.blocks import escape
from bot.core.deeds import gaps_in
from bot.core.ids import SlackUserId
from bot.core.untrusted import Untrusted
from bot.core.words import say


class Teller(Protocol):
    """What is needed of the cards' side of Slack."""

    async def tell(self, person: str, channel: str, text: str) -> None:
        """Say ``text``, escaped already, to one person; may raise ``Retry``."""
        ...


class Telling:
    """Escapes and says."""

    def __init__(self, teller: Teller, language: str) -> None:
        self._teller, self.language = teller, language

    def into(self, language: str) -> Telling:
        """Return one that speaks ``language``."""
        return Telling(self._teller, language)

    async def say(self, person: SlackUserId, key: str, channel: str = "", /, **words: str) -> None:
        """Say the sentence ``key`` in ``channel``, or directly; may raise ``Retry``."""
        await self._teller.tell(person, channel, self.sentence(key, **words))

    async def lines(self, person: SlackUserId, channel: str, sentences: list[str]) -> None:
        """Say several sentences made by :meth:`sentence`, a line each; may raise ``Retry``."""
        await self._teller.tell(person, channel, "\n".join(sentences))

    def sentence(self, key: str, /, **words: str) -> str:
        """Return the sentence ``key``, what fills it escaped."""
        filled = {gap: escape(Untrusted(text).line()) for gap, text in gaps_in(words, self.language).items()}
        return say(self.language, key, **filled)
