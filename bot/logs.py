"""Structured logs: JSON for machines, text for a terminal. Libraries that log bodies are kept quiet.

What went wrong is often told in a vendor's words, which name people and quote what they wrote. So personal
data and secrets are taken out of whatever is no name of ours, and of errors the place and the words are kept,
never the variables.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import structlog

from bot.core.redaction import hide, ready
from bot.core.untrusted import Untrusted

QUIET: Final = (
    "jira",
    "slack_bolt",
    "slack_sdk",
    "anthropic",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "urllib3",
    "requests",
    "aiohttp",
)
"""At DEBUG, and some at INFO, these write whole requests: tokens and tickets."""

TOLD: Final = frozenset({"event", "why", "error", "because", "reason", "exception"})
"""What may hold somebody else's words; anything else is an id or a number, but for an address."""
STAYS: Final = frozenset({"IP", "PHONE"})
"""Not taken out: which machine did not answer has to be told, and most of what looks like a phone is ours."""


def without_persons(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Take addresses, accounts, ids and secrets out of one line."""
    for key, value in event.items():
        if isinstance(value, str) and (key in TOLD or "@" in value):
            event[key] = hide(ready(Untrusted(value)), _mark, None)
    return event


def _mark(kind: str, value: str) -> str:
    return value if kind in STAYS else f"<{kind}>"


def configure(log_format: Literal["json", "text", ""], level: str) -> None:
    """Set up logging for the process. An empty format means text on a terminal, JSON elsewhere."""
    as_text = log_format == "text" or (not log_format and sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_persons,
    ]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if as_text
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
