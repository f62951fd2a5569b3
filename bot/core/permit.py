"""Proof that an Action may be executed now.

The type lives here so that connectors can demand it. Only ``approvals/permits.py`` makes one; ``tests/tidy``
and ``lint-imports`` see to that.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.ids import Digest, Operation


@dataclass(frozen=True, slots=True)
class Permit:
    """One execution of one Action."""

    digest: Digest
    operation: Operation
    """The idempotency key: two sends with one operation must change the outside once."""
