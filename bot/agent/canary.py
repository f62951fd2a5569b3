"""A word that stands only in our rules: where it comes out, somebody has the model repeat them. Pure."""

from __future__ import annotations

import base64
import codecs
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

_LETTERS: Final = "bcdfghjkmnpqrstvwxz"
"""Consonants only: no language has such words, so nobody writes one by chance."""
LENGTH: Final = 16
_LEFT: Final = re.compile(r"[^0-9a-z]+")
_BASE64_MIN: Final = 8
"""Characters of an encoding that have to be found: fewer would be met by chance."""


@dataclass(frozen=True, slots=True)
class Canary:
    """The word of one conversation, in every spelling that is looked for."""

    word: str = field(repr=False)

    def sung(self, text: str) -> bool:
        """Whether the word is in ``text``: plain, spaced out, backwards, rotated, in hex or Base64."""
        wide = unicodedata.normalize("NFKC", text)
        if any(each in wide for each in _base64(self.word)):
            return True
        bare = _LEFT.sub("", wide.casefold())
        spelled = (
            self.word,
            self.word[::-1],
            codecs.encode(self.word, "rot13"),
            self.word.encode().hex(),
            "".join(str(ord(letter)) for letter in self.word),
        )
        return any(each in bare for each in spelled)


def canary(secret: bytes, talk: str) -> Canary:
    """Return the word of the conversation ``talk``.

    Of a conversation rather than of a run: the rules come first in every prompt, and a provider keeps what
    stays the same from one run to the next.
    """
    digest = hmac.new(secret, talk.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return Canary("".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:LENGTH]))


def _base64(word: str) -> list[str]:
    """Return what every Base64 text that holds ``word`` contains, wherever in it the word begins."""
    found: list[str] = []
    for spelled in (word, word.upper()):
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + spelled.encode()).decode().rstrip("=")
            # The first and the last letters also depend on what stands beside the word.
            core = encoded[(0, 2, 3)[shift] : -1]
            assert len(core) >= _BASE64_MIN, "the word is long enough to be told from chance"
            found.append(core)
    return found
