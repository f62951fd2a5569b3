"""One conversation's placeholders: the only way for somebody's words to become text that may leave the house.

The same value keeps its placeholder for as long as the conversation is remembered, so that a model can follow
a person through it without ever learning who that is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from bot.core.masked import Masked
from bot.core.redaction import PLACEHOLDER, hide, ready
from bot.core.redaction_names import names_in_addresses, names_pattern
from bot.core.runs import Kept
from bot.core.untrusted import Untrusted

NUMBERS_MAX = 99_999
"""Of one kind in one conversation: what :data:`PLACEHOLDER` recognises. Beyond, all share the last number,
which is then never put back."""
_SECRET_BYTES = 2
"""Of a secret's fingerprint: enough to tell a conversation's secrets apart, too little to find one by trying
out a dictionary. Two that meet share a placeholder that nobody puts back."""
_VALUE_BYTES = 16


class Pseudonyms:
    """Masks texts one after the other, and puts values back at home."""

    def __init__(self, kept: Kept | None = None) -> None:
        """``kept``: what was given before in the same conversation; None: nothing."""
        kept = kept or Kept()
        self._originals, self._marks = dict(kept.originals), dict(kept.marks)
        self._counts = dict(kept.counts)
        self._restorable = True

    @property
    def kept(self) -> Kept:
        """What to remember for the next run: placeholders, values of all but secrets."""
        return Kept(originals=dict(self._originals), marks=dict(self._marks), counts=dict(self._counts))

    def mask(self, text: Untrusted, *, restorable: bool = True, names: Iterable[str] = ()) -> Masked:
        """Replace personal data and secrets, invisible characters first: they could hide one from us.

        ``restorable``: whether values first seen here may be put back; not those of other people's tickets.
        ``names``: people the ticket system knows here; names met before and names that mail addresses spell
        out are added. Names nobody lists stay: no pattern finds them.
        """
        words = ready(text)
        known = names_pattern([*names, *names_in_addresses([words]), *self._met()])
        self._restorable = restorable
        return Masked(hide(words, self._mark, known))

    def restore(self, text: str) -> str:
        """Put the values back; placeholders of secrets, and those we never gave, stay as they are."""
        return PLACEHOLDER.sub(lambda m: self._originals.get(m.group(), m.group()), text)

    def _met(self) -> list[str]:
        """Return the names of people met so far, newest first, as the oldest are the first to be let go."""
        people = [value for mark, value in self._originals.items() if mark.startswith("<PERSON_")]
        addresses = [value for mark, value in self._originals.items() if mark.startswith("<EMAIL_")]
        return [*reversed(people), *names_in_addresses(reversed(addresses))]

    def _mark(self, kind: str, value: str) -> str:
        known = _fingerprint(kind, value)
        if known not in self._marks:
            number = self._counts[kind] = min(self._counts.get(kind, 0) + 1, NUMBERS_MAX)
            self._marks[known] = f"<{kind}_{number}>"
        mark = self._marks[known]
        if mark == f"<{kind}_{NUMBERS_MAX}>":
            self._originals.pop(mark, None)
        elif self._restorable and kind != "SECRET":
            self._originals[mark] = value
        return mark


def _fingerprint(kind: str, value: str) -> str:
    size = _SECRET_BYTES if kind == "SECRET" else _VALUE_BYTES
    raw = f"{kind} {value}".encode("utf-8", "surrogatepass")
    return f"{kind}:{hashlib.blake2b(raw, digest_size=size).hexdigest()}"
