"""JSON to core and back, versioned; the only serialiser of what Redis keeps."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from bot.core.audit import Record
from bot.core.dossier import Dossier
from bot.core.effects import Effect, Wake
from bot.core.errors import Malformed
from bot.core.events import Event

VERSION = 1
"""Raised when a shape changes so that older data no longer reads; then a migration belongs here."""

_KINDS: dict[str, type[Any]] = {
    each.__name__: each for each in (*get_args(Event), *get_args(Effect), Dossier, Record)
}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[kind])


def encode(value: Event | Effect | Dossier | Record) -> bytes:
    """Return ``value`` as JSON that says its own kind and version."""
    kind = type(value).__name__
    body = _adapter(kind).dump_python(value, mode="json")
    if isinstance(value, Wake):
        # Its event is one of a closed union; the tag inside tells which without guessing by shape.
        body["event"] = json.loads(encode(value.event))
    return json.dumps({"v": VERSION, "k": kind, "d": body}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def decode(data: bytes | str) -> Any:
    """Return what :func:`encode` was given.

    Raises:
        Malformed: not ours, another version, or a shape this build does not know. The caller makes a dead
            letter of it; nothing is guessed.
    """
    try:
        outer = json.loads(data)
        if outer["v"] != VERSION:
            raise Malformed(
                f"written by format {outer['v']}, this build reads {VERSION}: run the version that wrote it"
            )
        return _decoded(outer)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise Malformed(f"stored data does not read: {type(error).__name__}") from error


def _decoded(outer: dict[str, Any]) -> Any:
    kind, body = outer["k"], outer["d"]
    if kind == "Wake":
        event = _decoded(body["event"])
        return _KINDS[kind](id=body["id"], event=event)
    return _adapter(kind).validate_python(body, strict=False)


def moment(text: str) -> datetime:
    """Read an ISO 8601 instant with an offset."""
    return datetime.fromisoformat(text)
