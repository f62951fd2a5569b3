"""A word that stands only in our rules: where it comes out, somebody has the model repeat them. Pure."""

from __future__ import annotations

import base64
import codecs
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

_LETTERS: Final = "bcdfghjkmnpqrstvwxz"
"""Consonants only: no language has such words, so nobody writes one by chance."""
LENGTH: Final = 16
_LEFT: Final = re.compile(r"[^0-9a-z]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{22,}+")
"""As many characters as the word alone comes to; what is longer may hold it anywhere."""
_BREAKS: Final = re.compile(r"[^A-Za-z0-9+/_-]+")
_URL_SAFE: Final = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Canary:
    """The word of one conversation, in every spelling that is looked for."""

    word: str = field(repr=False)

    def sung(self, text: str) -> bool:
        """Whether the word is in ``text``: plain, spaced out, backwards, rotated, in hex or Base64."""
        wide = unquote(unicodedata.normalize("NFKC", text))
        bare = _LEFT.sub("", wide.casefold())
        spelled = (
            self.word,
            self.word[::-1],
            codecs.encode(self.word, "rot13"),
            self.word.encode().hex(),
            "".join(str(ord(letter)) for letter in self.word),
        )
        if any(each in bare for each in spelled):
            return True
        return any(self.word in said or self.word[::-1] in said for said in _decoded(wide))


def canary(secret: bytes, talk: str) -> Canary:
    """Return the word of the conversation ``talk``.

    Of a conversation rather than of a run: the rules come first in every prompt, and a provider keeps what
    stays the same from one run to the next.
    """
    digest = hmac.new(secret, talk.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return Canary("".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:LENGTH]))


def _decoded(text: str) -> Iterator[str]:
    """Return what Base64 in ``text`` says, in letters: of both alphabets, and broken up by anything.

    Where one run of characters begins is not known, so each is read from four places.
    """
    for found in _BASE64.finditer(_BREAKS.sub("", text).translate(_URL_SAFE)):
        for skipped in range(4):
            part = found[0][skipped:]
            whole = part[: len(part) - len(part) % 4] + f"{part[len(part) - len(part) % 4 :]}AAAA"[:4]
            yield _LEFT.sub("", base64.b64decode(whole).decode("latin-1").casefold())
