"""E-mail addresses as vendors show them, made fit to be compared: by them a group's members are known."""

from __future__ import annotations

import re
from typing import Final

_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
"""Two parts around one @, within the 254 characters of RFC 5321 (errata 1690)."""


def address(shown: object) -> str:
    """Return an address in lower case, or empty where ``shown`` is none.

    One that is hidden (absent, null, empty) or masked (``alice at example dot com``) is none. Nor is one
    outside of ASCII: in lower case the Kelvin sign is a ``k``, and a stranger would pass for a member.
    """
    text = shown.strip() if isinstance(shown, str) else ""
    return text.lower() if text.isascii() and _ADDRESS.fullmatch(text) else ""
