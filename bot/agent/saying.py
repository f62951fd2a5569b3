"""What a run lets people hear while it goes on: searched for the canary, and until somebody says stop."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from bot.agent.canary import Canary
from bot.agent.speech import Speech
from bot.agent.turning import Kit
from bot.core.runs import Ending
from bot.core.turns import Spoke
from bot.writers import Hearing

SPELLED_CHARS_MAX: Final = 400
"""Looked back for the canary while words come: as long as it gets when it is spelled out. The whole is looked
through at the end, before anything of it is used."""


class Halt(Exception):  # an ending, not an error; a run catches it
    """Ends a run from within the words that come."""

    def __init__(self, ending: Ending) -> None:
        """End as ``ending``."""
        super().__init__(ending.value)
        self.ending = ending


class Saying:
    """The words of one run, answer after answer."""

    def __init__(self, kit: Kit, hearing: Hearing, bird: Canary) -> None:
        """Let ``hearing`` hear what has none of ``bird`` in it."""
        self._kit, self._hearing, self._bird = kit, hearing, bird
        self._said: list[str] = []
        self._heard_something = False
        self.begin()

    @property
    def words(self) -> str:
        """All that was said, an answer a paragraph."""
        return "\n\n".join(filter(None, self._said))

    def begin(self) -> None:
        """Get ready for the next answer; what one that came to nothing left unsaid is dropped."""
        self._speech = Speech(self._kit.names.restore, self._kit.hosts)
        self._tail, self._is_first = "", True

    async def hear(self, delta: str) -> None:
        """Take some more of an answer.

        Raises:
            Halt: the person pressed Stop, or the canary came out.
        """
        ready = self._speech.take(delta)
        if not ready:
            return
        self._tail = self._tail[-SPELLED_CHARS_MAX:] + ready
        if self._bird.sung(self._tail):
            raise Halt(Ending.ALARMED)
        if await self._hearing.stopped():
            raise Halt(Ending.STOPPED)
        await self._let_out(self._speech.shown(ready))

    async def end(self, spoke: Spoke) -> None:
        """Say the rest of an answer that is whole, and remember all of it.

        Raises:
            Halt: the canary is in its words or in what it wants done.
        """
        if self._bird.sung(_all_of(spoke)):
            raise Halt(Ending.ALARMED)
        whole, heard = self._speech.shown(spoke.text), self._speech.heard
        if heard == spoke.text:
            await self._let_out(self._speech.shown(self._speech.rest()))
        elif not heard:
            await self._let_out(whole)
        self._said.append(whole.strip())

    async def _let_out(self, words: str) -> None:
        """Show some more; what another answer said before stands in a paragraph of its own."""
        if not words.strip():
            return
        between = "\n\n" if self._is_first and self._heard_something else ""
        self._is_first, self._heard_something = False, True
        await self._hearing.words(f"{between}{words}")


def _all_of(spoke: Spoke) -> str:
    """Return all that an answer says: its words, every text its tools would get, and what is called how.

    The texts stand one right behind the other: half of a word in each of two is a word.
    """
    texts, names = [spoke.text], [call.tool for call in spoke.calls]
    for call in spoke.calls:
        left: list[JsonValue] = [dict(call.arguments)]
        while left:
            value = left.pop()
            if isinstance(value, dict):
                names += value
                left += reversed(value.values())
            elif isinstance(value, list):
                left += reversed(value)
            else:
                texts.append(str(value))
    return "\n".join([*texts, *names])
