"""Words somebody else wrote, kept in a box until they are escaped for the place where they go.

An :class:`Untrusted` cannot slip into an f-string, a log line or a request by accident: formatting it raises,
and its ``repr`` shows a length, never the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from typing_extensions import override

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23fa\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
)
"""C0 and C1 controls but tab and newline, line separators, and whatever Unicode lets a reader leave out
(DerivedCoreProperties.txt, Default_Ignorable_Code_Point): soft hyphen, zero-width and bidi controls, fillers,
tag characters, variation selectors but the one behind a symbol that says how it is drawn. With them a ticket
can hide text from people and not from a model, hide a secret from a pattern, turn a line around, or forge one
(research: slack.md §3.4). And halves of surrogate pairs, which are no UTF-8."""


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Text from a ticket, a person's name, a model: data, never an order, never markup."""

    raw: str

    @override
    def __str__(self) -> NoReturn:
        raise TypeError("untrusted text has to be escaped for where it goes; call .clean(), then escape")

    @override
    def __format__(self, _spec: str) -> NoReturn:
        str(self)
        raise AssertionError("unreachable")

    @override
    def __repr__(self) -> str:
        return f"Untrusted(<{len(self.raw)} characters>)"

    def __bool__(self) -> bool:
        return bool(self.raw.strip())

    def clean(self, chars_max: int | None = None) -> str:
        """Return the words without invisible characters, line ends as newlines; still to be escaped.

        Joiners inside emoji and scripts that need them are lost: a card that cannot be forged is worth it.
        ``chars_max`` cuts with an ellipsis, counted in code points; None keeps all of it.
        """
        text = _INVISIBLE.sub("", self.raw.replace("\r\n", "\n").replace("\r", "\n"))
        if chars_max is not None and len(text) > chars_max:
            return text[: max(chars_max - 1, 0)].rstrip() + "…"
        return text

    def line(self, chars_max: int | None = None) -> str:
        """Return the words on one line, so that they cannot add a line of their own to ours."""
        one = Untrusted(" ".join(self.clean().split()))
        return one.clean(chars_max)
