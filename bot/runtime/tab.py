"""What has come of an answer so far, for whoever leaves before its end."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Final

UNSEEN: Final = frozenset({"thinking", "redacted_thinking"})
"""Blocks that are handed back as they are in the same answer's next step
(https://platform.claude.com/docs/en/build-with-claude/thinking, "Preserving thinking blocks")."""


@dataclass(slots=True)
class Tab:
    """Counted from a stream's events: the provider tells the input at the beginning, the output at the end.

    https://platform.claude.com/docs/en/build-with-claude/streaming, "Event types"
    """

    fresh: int = 0
    """Tokens of input that no cache had a part in."""
    written: int = 0
    read: int = 0
    has_begun: bool = False
    has_thought: bool = False
    """Thinking may come shortened, or not at all."""
    out_bytes: int = 0
    """Of words, arguments and thinking."""

    def note(self, event: Any) -> None:
        """Take ``event`` down; one that is not as the API's tells nothing."""
        with contextlib.suppress(AttributeError, TypeError, ValueError):
            self._note(event)

    def _note(self, event: Any) -> None:
        match event.type:
            case "message_start":
                used = event.message.usage
                self.fresh = int(used.input_tokens)
                self.written = int(used.cache_creation_input_tokens or 0)
                self.read = int(used.cache_read_input_tokens or 0)
                self.has_begun = True
            case "content_block_start":
                self.has_thought |= event.content_block.type in UNSEEN
            case "content_block_delta":
                for name in ("text", "partial_json", "thinking"):
                    self.out_bytes += len(str(getattr(event.delta, name, "")).encode("utf-8", "replace"))
            case _:
                pass
