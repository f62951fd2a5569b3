"""A writer's habits: greeting, length, asides, signature, slips of the fingers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.demo.past.stories import Voice
from sandbox.jira.history import Dice

LENGTH_MAX: Final = 3
ASIDES_IN: Final = 2
"""One letter in so many says something beside the matter."""
QUOTED_IN: Final = 25
"""One in so many carries an older mail below."""
_WORD: Final = re.compile(r"[^\W\d_]{5,}")


@dataclass(frozen=True)
class Writer:
    """One person, who always writes in the same way."""

    name: str
    language: str
    voice: Voice
    length: int
    """1 to ``LENGTH_MAX``: how many things they say at most."""
    greets: bool
    signs: int
    """0: not at all; 1: a name; 2: a whole signature."""
    typos: int
    """In how many of a hundred tickets fingers slip."""

    @classmethod
    def of(cls, name: str, language: str, voice: Voice) -> Writer:
        """Return ``name``'s habits, which are as different as names are."""
        digest = hashlib.blake2b(name.encode(), digest_size=4).digest()
        length = (1, 2, 2, 3)[digest[0] % 4]
        return cls(
            name, language, voice, length, bool(digest[1] % 3), digest[2] % 3, (5, 15, 50)[digest[3] % 3]
        )

    def letter(self, body: Sequence[str], dice: Dice) -> str:
        """Return the text of a ticket that says ``body``."""
        said = list(body)
        if self.length > 1 and not dice.number(ASIDES_IN):
            said.insert(dice.number(len(said) + 1), dice.pick(self.voice.aside))
        if dice.number(3):
            said.append(dice.pick(self.voice.soft))
        elif self.length == 1 and not dice.number(3):
            said.append(dice.pick(self.voice.cut))
        gap = "\n" if self.length == LENGTH_MAX and dice.number(2) else " "
        parts = [dice.pick(self.voice.hello)] if self.greets else []
        parts += [gap.join(said)]
        parts += self._signature(dice)
        if not dice.number(QUOTED_IN):
            parts.append(f"> {dice.pick(self.voice.soft)}\n> {dice.pick(self.voice.aside)}")
        return "\n\n".join(parts)

    def _signature(self, dice: Dice) -> list[str]:
        if self.signs == 0:
            return []
        bye = f"{dice.pick(self.voice.bye)},\n{self.name}"
        team = dice.pick(self.voice.slots["team"])
        return [bye] if self.signs == 1 else [f"{bye}\n{team}, {dice.pick(self.voice.slots['place'])}"]


def misspelt(text: str, dice: Dice, words: int) -> str:
    """Return ``text`` with two letters swapped, or one lost, in about one long word of ``words``."""

    def slip(found: re.Match[str]) -> str:
        word = found[0]
        if dice.number(words):
            return word
        at = 1 + dice.number(len(word) - 2)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return swapped if dice.number(2) else word[:at] + word[at + 1 :]

    return _WORD.sub(slip, text)
