"""JSON to core and back, versioned; the only serialiser of what Redis keeps."""

from __future__ import annotations

import json
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
    """Return what :func:`encode` was given. Raises as :func:`decoded`."""
    try:
        outer = json.loads(data)
    except ValueError as error:
        raise Malformed("stored data is not JSON") from error
    return decoded(outer)


def decoded(outer: Any) -> Any:
    """Return the value of parsed JSON that :func:`encode` wrote.

    Raises:
        Malformed: not ours, another version, or a shape this build does not know. The caller makes a dead
            letter of it; nothing is guessed.
    """
    try:
        if outer["v"] != VERSION:
            raise Malformed(f"written by format {outer['v']}, this build reads {VERSION}: use what wrote it")
        kind, body = outer["k"], outer["d"]
        if kind == Wake.__name__:
            return Wake(id=body["id"], event=decoded(body["event"]))
        return _adapter(kind).validate_python(body, strict=False)
    except (KeyError, TypeError, ValidationError) as error:
        raise Malformed(f"stored data does not read: {type(error).__name__}") from error
