"""What context sources bring back: words somebody else wrote, with where they stand."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.untrusted import Untrusted

NO_QUEUE: Final = "\0"
"""Stands for a queue where text belongs to none: rules about one queue are not about it."""


class Field(enum.Enum):
    """What a lookup is about; skills ask for the kind, not for the product."""

    KNOWLEDGE = "knowledge"
    """Articles, pages, runbooks."""
    INVENTORY = "inventory"
    """Configuration items and how they hang together."""
    TELEMETRY = "telemetry"
    """Metrics, alerts, logs."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that was found: an article, a configuration item, a series, a log line."""

    title: Untrusted
    text: Untrusted
    url: str = ""
    """Where a person opens it, built from our own configuration; empty: nowhere."""
    at: datetime | None = None
    """When it was written, changed or measured, where the source says."""
    key: str = ""
    """By which the same source finds it again; empty: it cannot be asked for alone."""
    source: str = ""
    """Name of the source it came from, for residency: set by whoever asked."""
