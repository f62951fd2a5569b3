"""``slack.unfurl``: the queues whose tickets are previewed where somebody writes a link to one."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

QUEUES_MAX: Final = 200
"""Named in one file; more than a desk has."""
_QUEUE: Final = re.compile(r"[A-Za-z0-9_-]{1,60}/\S(.{0,198}\S)?")


def _queue(value: str) -> str:
    if not _QUEUE.fullmatch(value):
        raise ValueError(f"{value!r} is not a connector and one of its queues, such as jira/OPS")
    return value


Queues = Annotated[tuple[Annotated[str, AfterValidator(_queue)], ...], Field(max_length=QUEUES_MAX)]
"""``<connector>/<queue>`` each; empty: no link is previewed."""
