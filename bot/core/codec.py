"""JSON to core and back, versioned; the only serialiser of what Redis keeps."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeAlias, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from bot.core.audit import Record
from bot.core.dossier import Dossier
from bot.core.effects import Effect, Wake
from bot.core.errors import Malformed
from bot.core.events import Event
from bot.core.ladder import Climb, Ladder, Order
from bot.core.talks import Talk, TalkEvent, TalkOrder

Kept: TypeAlias = Event | Effect | Dossier | Record | Climb | Order | Ladder | TalkEvent | TalkOrder | Talk
"""What Redis keeps."""

VERSION = 1
"""Raised when a shape changes so that older data no longer reads; then a migration belongs here."""

_KINDS: dict[str, type[Any]] = {
    each.__name__: each
    for each in (
        *get_args(Event),
        *get_args(Effect),
        Dossier,
        Record,
        *get_args(Climb),
        *get_args(Order),
        Ladder,
        *get_args(TalkEvent),
        *get_args(TalkOrder),
        Talk,
    )
}


_HEAD = b'{"v": %d, "k": "' % VERSION
_NECK = b'", "d": '


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[kind])


def encode(value: Kept) -> bytes:
    """Return ``value`` as JSON that says its own kind and version."""
    if isinstance(value, Wake):
        # Its event is one of a closed union; the tag inside tells which without guessing by shape.
        body = b'{"id":' + json.dumps(value.id).encode() + b',"event":' + encode(value.event) + b"}"
    else:
        body = _written(value)
    return _HEAD + type(value).__name__.encode() + _NECK + body + b"}"


def decode(data: bytes | str) -> Any:
    """Return what :func:`encode` was given. Raises as :func:`decoded`."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    kind, neck, body = raw.removeprefix(_HEAD).partition(_NECK)
    found = _KINDS.get(kind.decode("ascii", "replace"))
    if neck and raw.startswith(_HEAD) and raw.endswith(b"}") and found not in {None, Wake}:
        # As we write it: read in one go, without building the same tree out of plain dictionaries first.
        try:
            return _adapter(found.__name__ if found else "").validate_json(body[:-1], strict=False)
        except ValidationError:
            pass  # half of a surrogate pair, which only the slow way reads, or truly wrong: it says so
    try:
        outer = json.loads(raw)
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


def _written(value: Kept) -> bytes:
    """Return the fields as JSON."""
    adapter = _adapter(type(value).__name__)
    try:
        return adapter.dump_json(value)
    except PydanticSerializationError:
        # Half of a surrogate pair, which is no UTF-8: a vendor can send one, and we keep it.
        text = json.dumps(adapter.dump_python(value, mode="json"), ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")
