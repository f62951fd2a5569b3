"""What must not leave the house: personal data and secrets, replaced by numbered placeholders.

``redact`` takes every text of one question at once, so that one value is one placeholder throughout, and
gives back what is needed to put the values into a draft again. Secrets are never put back, and neither is
anything that stood in somebody else's ticket only. A conversation, whose texts come one after the other, has
:class:`bot.core.pseudonyms.Pseudonyms`.

All patterns are linear on hostile text: each repeat is bounded, possessive, or starts at a boundary it cannot
start at twice. Order matters: addresses and dates look like telephone numbers, so they go first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.redaction_names import names_in_addresses, names_pattern
from bot.core.redaction_personal import hide_personal
from bot.core.redaction_secrets import Marker, hide_secrets
from bot.core.untrusted import Untrusted

KINDS = ("SECRET", "EMAIL", "IBAN", "NATIONAL_ID", "CARD", "IP", "PHONE", "PERSON")
PLACEHOLDER = re.compile(f"<(?:{'|'.join(KINDS)})_[0-9]{{1,5}}>")
_LIKE_ASCII = {
    **{
        code: code - 0xFEE0
        for code in (*range(0xFF10, 0xFF1B), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    },
    **{code: code - 0xFEE0 for code in (0xFF0B, 0xFF0D, 0xFF0E, 0xFF0F, 0xFF1D, 0xFF20)},
    **dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((0x2010, 0x2011), "-"),
}
"""Blanks that do not break, as French puts them before a colon and into numbers, hyphens alike, and what
stands in full width: letters, digits, and the signs that keys and addresses are written with."""
_DIGIT = re.compile(r"(?![0-9])\d")
"""Of any other script."""
_DASH = re.compile(r"(?<=[0-9])[\u2012\u2013\u2212](?=[0-9])")


@dataclass(frozen=True, slots=True)
class Redaction:
    """Texts that may leave, and how to undo it at home."""

    own: tuple[str, ...]
    others: tuple[str, ...]
    originals: Mapping[str, str]
    """Placeholder to value, for the ticket's own texts and never for a secret."""

    def restore(self, text: str) -> str:
        """Put the values back. Placeholders that may not be restored stay: see :func:`has_holes`."""
        return PLACEHOLDER.sub(lambda m: self.originals.get(m.group(), m.group()), text)


def has_holes(text: str) -> bool:
    """Whether a placeholder is left in ``text``: then nobody should be sent it."""
    return PLACEHOLDER.search(text) is not None


def redact(own: Sequence[str], *, others: Sequence[str] = (), names: Iterable[str] = ()) -> Redaction:
    """Replace personal data and secrets.

    ``own``: the ticket's texts. ``others``: texts of other people's tickets, whose values are never restored.
    ``names``: people the ticket system knows here (reporter, assignee, watchers); names that mail addresses
    spell out are added. Names nobody lists stay: no pattern finds them.
    """
    book = _Book()
    texts = [ready(Untrusted(text)) for text in (*own, *others)]
    known = names_pattern([*names, *names_in_addresses(texts)])
    done: list[str] = []
    for index, text in enumerate(texts):
        book.restorable = index < len(own)
        done.append(hide(text, book.mark, known))
    return Redaction(tuple(done[: len(own)]), tuple(done[len(own) :]), book.originals)


def ready(text: Untrusted) -> str:
    """Return ``text`` as it is searched: nothing in it that only hides something from a pattern.

    Placeholders somebody typed are unmade: they would have another value put in their place.
    """
    words = unicodedata.normalize("NFC", text.clean().translate(_LIKE_ASCII))
    if not words.isascii():
        words = _DASH.sub("-", _DIGIT.sub(lambda m: str(unicodedata.decimal(m[0])), words))
    return PLACEHOLDER.sub(lambda m: f"[{m.group()[1:-1]}]", words)


def hide(text: str, mark: Marker, names: re.Pattern[str] | None) -> str:
    """Replace everything that must not leave out of a text that is :func:`ready`."""
    text = hide_personal(hide_secrets(text, mark), mark)
    return names.sub(lambda m: mark("PERSON", m.group()), text) if names else text


class _Book:
    """Which value became which placeholder, within one call."""

    def __init__(self) -> None:
        self.originals: dict[str, str] = {}
        self.restorable = True
        self._marks: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def mark(self, kind: str, value: str) -> str:
        mark = self._marks.get((kind, value))
        if mark is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            mark = self._marks[kind, value] = f"<{kind}_{self._counts[kind]}>"
        if self.restorable and kind != "SECRET":
            self.originals[mark] = value
        return mark
