"""Counting tokens, roughly, and the prompt cache: which part of a prompt was seen before."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CHARS_PER_TOKEN: Final = 3.6
"""An average for English; the true tokeniser is not public."""
TTL_S: Final = {"5m": 300, "1h": 3600}
BREAKPOINTS_MAX: Final = 4


@dataclass(frozen=True)
class Usage:
    """The input side of ``usage``; the three counts add up to the whole prompt."""

    input_tokens: int
    created: int
    read: int
    ttl: str = "5m"

    def as_json(self, output_tokens: int) -> dict[str, object]:
        """Give ``usage`` as the API writes it."""
        lived = {f"ephemeral_{ttl}_input_tokens": self.created if ttl == self.ttl else 0 for ttl in TTL_S}
        return {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.created,
            "cache_read_input_tokens": self.read,
            "cache_creation": lived,
            "output_tokens": output_tokens,
            "service_tier": "standard",
        }


def count(value: object) -> int:
    """Tokens of a text, or of anything else as JSON; an empty one has none."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return math.ceil(len(text) / CHARS_PER_TOKEN) if value else 0


def listed(holder: Mapping[str, Any], name: str) -> list[Any]:
    """The list under ``name``; empty where there is none."""
    value: list[Any] | None = holder.get(name)
    return value or list[Any]()


def blocks(body: Mapping[str, Any]) -> Iterator[tuple[object, str]]:
    """The prompt's pieces in the order the cache sees them: tools, system, messages.

    Each comes with the time to live its ``cache_control`` asks for; empty: no breakpoint behind it.
    """
    for tool in listed(body, "tools"):
        yield _bare(tool), _ttl(tool)
    for part in parts_of(body, "system"):
        yield _bare(part), _ttl(part)
    for message in listed(body, "messages"):
        for part in parts_of(message, "content"):
            yield (message["role"], _bare(part)), _ttl(part)


def parts_of(holder: Mapping[str, Any], name: str) -> list[Any]:
    """Content under ``name`` as blocks, also where it is a plain text."""
    value = holder.get(name)
    return [{"type": "text", "text": value}] if isinstance(value, str) and value else listed(holder, name)


def _bare(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "cache_control"}


def _ttl(part: Mapping[str, Any]) -> str:
    control = part.get("cache_control")
    return str(control.get("ttl") or "5m") if control else ""


@dataclass
class PromptCache:
    """Remembers prefixes that ended in a breakpoint: docs.anthropic.com, "Prompt caching"."""

    clock: Callable[[], float]
    tokens_min: int = 1024
    """Shorter prefixes are never cached."""
    _until: dict[str, float] = field(default_factory=dict[str, float])

    def charge(self, body: Mapping[str, Any]) -> Usage:
        """Split the prompt of ``body`` into read, newly written and plain tokens, and remember it."""
        pieces = list(blocks(body))
        if body.get("cache_control") and pieces:
            pieces[-1] = (pieces[-1][0], _ttl(body))
        digest, total, read, end, ttl = hashlib.sha256(str(body.get("model")).encode()), 0, 0, 0, "5m"
        for piece, wanted in pieces:
            digest.update(json.dumps(piece, sort_keys=True).encode())
            total += count(piece)
            if not wanted or total < self.tokens_min:
                continue
            key, now = digest.hexdigest(), self.clock()
            if self._until.get(key, 0.0) > now:
                read = total
            end, ttl = total, wanted
            self._until[key] = now + TTL_S.get(wanted, TTL_S["5m"])
        return Usage(total - end, end - read, read, ttl)
