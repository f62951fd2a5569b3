"""An answer as server-sent events: docs.anthropic.com/en/docs/build-with-claude/streaming."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.anthropic.compose import Composed, Part
from sandbox.anthropic.errors import error_body

PIECE_CHARS: Final = 24
"""How much one delta carries."""
Event = Mapping[str, Any]


def events(message: Mapping[str, Any], composed: Composed, ids: tuple[str, ...]) -> Iterator[Event]:
    """Give the events in order; ``message`` is the finished message, ``ids`` name its blocks."""
    usage = {**message["usage"], "output_tokens": 1}
    opened: dict[str, Any] = {
        **message,
        "content": list[Any](),
        "stop_reason": None,
        "stop_details": None,
        "stop_sequence": None,
    }
    yield {"type": "message_start", "message": {**opened, "usage": usage}}
    sent = 0
    for index, part in enumerate(composed.parts):
        yield {"type": "content_block_start", "index": index, "content_block": _opening(part, ids[index])}
        if index == 0:
            yield {"type": "ping"}
        for piece in _pieces(part):
            if composed.break_stream_after and sent >= composed.break_stream_after:
                yield error_body(529)
                return
            sent += 1
            yield {"type": "content_block_delta", "index": index, "delta": piece}
        yield {"type": "content_block_stop", "index": index}
    ending = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield {"type": "message_delta", "delta": ending, "usage": message["usage"]}
    yield {"type": "message_stop"}


def encode(event: Event) -> bytes:
    """One event on the wire."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _opening(part: Part, block_id: str) -> dict[str, object]:
    if part.tool:
        return {"type": "tool_use", "id": block_id, "name": part.tool, "input": {}}
    return {"type": "text", "text": ""}


def _pieces(part: Part) -> Iterator[dict[str, str]]:
    """The deltas of a block; a tool's input opens with an empty one, as on the real wire."""
    kind, key = ("input_json_delta", "partial_json") if part.tool else ("text_delta", "text")
    if part.tool:
        yield {"type": kind, key: ""}
    for start in range(0, len(part.text), PIECE_CHARS):
        yield {"type": kind, key: part.text[start : start + PIECE_CHARS]}
