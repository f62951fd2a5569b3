"""Text that may leave the house."""

from __future__ import annotations

from typing import NewType

Masked = NewType("Masked", str)
"""Personal data and secrets are replaced by placeholders; only ``bot.core.pseudonyms`` makes one out of
untrusted text. What we wrote ourselves, without anybody else's words in it, is one by being written down."""
