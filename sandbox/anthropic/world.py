"""What a test arranges and looks at: scripted answers, the model's mood, and every call that was made."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Mode(enum.Enum):
    """How the model behaves when nothing is scripted."""

    HONEST = "honest"
    """Fills what it is asked to fill from the ticket, quotes it word for word."""
    BAD_SCHEMA = "bad_json_schema"
    """Honest, then broken: its answer violates the schema it was given."""
    OBEDIENT = "obedient"
    """Does what the ticket's text says, as a model does that fell for an injection."""
    REFUSING = "refusing"
    """Stops with ``refusal`` every time."""


@dataclass(frozen=True)
class ToolCall:
    """One use of a tool."""

    tool: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """One answer, scripted or thought up.

    Give ``text`` to talk, ``tool_input`` to call the forced (or first) tool, ``calls`` to use several.
    """

    text: str = ""
    tool_input: Mapping[str, object] | None = None
    tool: str = ""
    """The tool's name; empty: the forced one, else the first."""
    calls: tuple[ToolCall, ...] = ()
    stop_reason: str = ""
    """Empty: what follows from the content and from max_tokens."""
    cut_after: int = 0
    """Characters of output after which it stops with ``max_tokens``; 0: only the request's own limit cuts."""
    break_stream_after: int = 0
    """Streaming only: after so many deltas an ``overloaded_error`` event ends the stream; 0: never."""


@dataclass(frozen=True)
class Failure:
    """One scripted error instead of an answer."""

    status: int
    message: str = ""
    """Empty: the usual words."""
    retry_after: str = ""


@dataclass(frozen=True)
class Call:
    """One accepted request to /v1/messages and what it cost."""

    body: Mapping[str, Any]
    usage: Mapping[str, Any]
    stop_reason: str
    answered_by: str
    """``script`` or the name of the mode."""


class AnthropicWorld:
    """The state behind the API."""

    def __init__(self) -> None:
        self.mode = Mode.HONEST
        self.latency_s = 0.0
        """How long the model thinks before it answers."""
        self.requests_per_minute = 0
        """More are answered 429; 0: no limit."""
        self.calls: list[Call] = []
        """Oldest first; at most ``CALLS_MAX``."""
        self.queue: deque[Answer | Failure] = deque()

    def script(self, *answers: Answer | Failure) -> None:
        """Queue what the next calls get, one each; afterwards ``mode`` decides again."""
        self.queue.extend(answers)

    def record(self, call: Call) -> None:
        """Keep ``call`` for whoever asks."""
        self.calls.append(call)
        del self.calls[:-CALLS_MAX]

    def state(self) -> dict[str, object]:
        """The world as JSON; prompts are not in it, they are as long as tickets."""
        return {
            "mode": self.mode.value,
            "latency_s": self.latency_s,
            "requests_per_minute": self.requests_per_minute,
            "scripted": len(self.queue),
            "calls": [
                {
                    "model": call.body["model"],
                    "usage": call.usage,
                    "stop_reason": call.stop_reason,
                    "by": call.answered_by,
                }
                for call in self.calls
            ],
        }


CALLS_MAX = 10_000
"""Enough for any test; a demo left open for days must not grow without end."""
