"""``agent:`` how long a conversation in Slack is remembered, and how much of one person is read."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_REMEMBER: Final = re.compile(r"(\d{1,5})\s*(m|h|d)")
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86_400}
REMEMBER_S_MIN, REMEMBER_S_MAX = 600, 7 * 86_400
"""Shorter, and a question is forgotten before its answer is read; longer, and it would be an archive."""


def _remember(value: object) -> object:
    """Read ``8h``; what is a number already is the default."""
    if isinstance(value, float):
        return value
    match = _REMEMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    found = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not REMEMBER_S_MIN <= found <= REMEMBER_S_MAX:
        raise ValueError("write how long, such as 30m, 8h or 2d: at least 10m, at most 7d")
    return float(found)


class AgentSection(BaseModel):
    """``agent:``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    remember: Annotated[
        float,
        BeforeValidator(_remember),
        WithJsonSchema({"type": "string", "pattern": r"^\s*\d{1,5}\s*[mhd]\s*$", "examples": ["8h"]}),
    ] = 8 * 3600.0
    """After the last word, in seconds."""
    messages_per_minute: Annotated[int, Field(ge=5, le=600)] = 30
    """Of one person; what comes beyond is not read, and they are told so."""
