"""The lines of an export, byte for byte. Pure.

A checker slices these lines and never parses a record to trust it, so every byte has its place:

* record  ``{"h":"<64 hex>","r":<sealed>}`` where ``<sealed>`` starts with ``{"n":<number>,`` and
  ``h`` is SHA-256 over the 32 bytes of the hash before it and the bytes of ``<sealed>``
* words   ``{"clear":<number>,"salt":"<32 hex>","words":<JSON>}`` right after its record, or
  ``{"clear":<number>,"words":null}`` when the key to them was destroyed; in exports that were asked for words
* header, head and end  ``{"<name>":<body>,"sig":"<128 hex>"}`` (the header has no signature), ``<body>`` in
  exactly the form :func:`body` gives it

All of it is ASCII, since JSON escapes the rest: no reader takes a line apart elsewhere than we do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.core.foreign import thing

FORMAT: Final = "countersign-audit"
VERSION: Final = 1
LINE_BYTES_MAX: Final = 1024 * 1024
"""A longer line is none of ours; a checker must not hold a whole file because somebody joined its lines."""
GENESIS: Final = hashlib.sha256(b"countersign audit chain v1\n").digest()
"""What stands for the hash before record 1."""
NO_HEAD: Final = "0" * 64
"""What stands for the hash of the head before the first."""
HASH_AT: Final = 6
SEALED_AT: Final = 76
"""Where the hash and the sealed bytes of a record line start."""
HEAD_DOMAIN: Final = b"countersign audit head v1\0"
END_DOMAIN: Final = b"countersign audit end v1\0"
"""Put in front of what is signed, so that no signature can be taken for one of another kind."""

_WRITER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, allow_nan=False)
HEAD: Final = b'{"head":'
END: Final = b'{"end":'
HEADER: Final = b'{"audit":'
CLEAR: Final = b'{"clear":'
RECORD: Final = b'{"h":"'
_SIG: Final = b',"sig":"'
_SIGNED: Final = re.compile(rb'\{"(?:head|end)":(\{.*\}),"sig":"([0-9a-f]{128})"\}\n')
_HEADER: Final = re.compile(rb'\{"audit":(\{.*\})\}\n')
_RECORD: Final = re.compile(rb'\{"h":"([0-9a-f]{64})","r":(\{"n":([1-9]\d{0,15}),.*\})\}\n')
_WORDS: Final = re.compile(rb'\{"clear":([1-9]\d{0,15}),"salt":"([0-9a-f]{32})","words":(\{.*\})\}\n')
_DESTROYED: Final = re.compile(rb'\{"clear":([1-9]\d{0,15}),"words":null\}\n')


@dataclass(frozen=True, slots=True)
class Head:
    """What a signature covers: where a run of records starts and ends, and the hash of the last one."""

    first: int
    last: int
    before: str
    """SHA-256 hex of the previous head's line; ``NO_HEAD`` for the first."""
    hash: str
    """Of record ``last``, hex."""
    at: str
    """When it was sealed: UTC, ISO 8601 with milliseconds. Never earlier than the head before it."""
    key: str
    """Id of the key that signed it."""


@dataclass(frozen=True, slots=True)
class End:
    """The closing line: what the export holds, so that a tail cut off or a line left out is noticed."""

    first: int
    last: int
    hash: str
    header: str
    """SHA-256 hex of the header line."""
    words: int
    """How many lines with words in clear there are."""
    frame: str
    """SHA-256 hex of every line before this one that is not a record, in order: header, heads, words."""
    at: str
    key: str


@dataclass(frozen=True, slots=True)
class Header:
    """The first line."""

    at: str
    clear: bool
    first: int
    last: int
    gone: int
    """Records 1 to this one were dropped by retention."""
    keys: Mapping[str, str]
    """Public keys by their ids."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record line taken apart; its hash is what it states, not yet what it is."""

    number: int
    hash: bytes
    sealed: bytes


def chained(before: bytes, sealed: bytes) -> bytes:
    """Return the hash of a record, given the hash before it."""
    return hashlib.sha256(before + sealed).digest()


def sha(line: bytes) -> str:
    """Return the SHA-256 hex of a line."""
    return hashlib.sha256(line).hexdigest()


def body(value: Mapping[str, Any]) -> bytes:
    """Return JSON without blanks, in ASCII, keys in the order given."""
    return _WRITER.encode(value).encode("ascii")


def record_line(digest: bytes, sealed: bytes) -> bytes:
    """Return the line of a record."""
    return b'{"h":"' + digest.hex().encode() + b'","r":' + sealed + b"}\n"


def words_line(number: int, salt: bytes, words: bytes) -> bytes:
    """Return the line with a record's words in clear."""
    return b'{"clear":%d,"salt":"%b","words":%b}\n' % (number, salt.hex().encode(), words)


def destroyed_line(number: int) -> bytes:
    """Return the line that says that a record's words are gone for good."""
    return b'{"clear":%d,"words":null}\n' % number


def header_line(header: Header) -> bytes:
    """Return the first line."""
    named = {"format": FORMAT, "version": VERSION, **_plain(header)}
    return HEADER + body(named) + b"}\n"


def to_sign(what: Head | End) -> bytes:
    """Return the bytes a signature is made over."""
    return _domain(what) + body({"v": VERSION, **_plain(what)})


def signed_line(what: Head | End, signature: bytes) -> bytes:
    """Return the line of a head or of the end."""
    name = HEAD if isinstance(what, Head) else END
    text = body({"v": VERSION, **_plain(what)})
    return name + text + _SIG + signature.hex().encode() + b'"}\n'


def read_record(line: bytes) -> RecordLine | None:
    """Take a record line apart; None when it is not one."""
    found = _RECORD.fullmatch(line)
    return None if found is None else RecordLine(int(found[3]), bytes.fromhex(found[1].decode()), found[2])


def read_head(line: bytes) -> tuple[Head, bytes] | None:
    """Return a head and its signature; None when the line is not one, to the byte."""
    found = _signed(line, HEAD, Head)
    return None if found is None else (Head(**found[0]), found[1])


def read_end(line: bytes) -> tuple[End, bytes] | None:
    """Return the end and its signature; None when the line is not one, to the byte."""
    found = _signed(line, END, End)
    return None if found is None else (End(**found[0]), found[1])


def read_header(line: bytes) -> Header | None:
    """Return the header; None when the line is not one, or of a version we do not know."""
    found = _HEADER.fullmatch(line)
    value = _object(found[1]) if found else None
    if value is None or (value.pop("format", None), value.pop("version", None)) != (FORMAT, VERSION):
        return None
    if not _fits(value, Header) or not all(isinstance(text, str) for text in value["keys"].values()):
        return None
    header = Header(**value)
    return header if header_line(header) == line else None


def read_words(line: bytes) -> tuple[int, bytes, bytes] | None:
    """Return a record's number, the salt and its words; empty words when destroyed. None: not such a line."""
    if found := _WORDS.fullmatch(line):
        return int(found[1]), bytes.fromhex(found[2].decode()), found[3]
    if found := _DESTROYED.fullmatch(line):
        return int(found[1]), b"", b""
    return None


_TYPES: Final[Mapping[str, type[Any]]] = {
    **dict.fromkeys(("first", "last", "gone", "words"), int),
    **dict.fromkeys(("before", "hash", "at", "key", "header", "frame"), str),
    "clear": bool,
    "keys": dict,
}


def _plain(what: Head | End | Header) -> dict[str, Any]:
    return {name: getattr(what, name) for name in what.__slots__}


def _domain(what: Head | End) -> bytes:
    return HEAD_DOMAIN if isinstance(what, Head) else END_DOMAIN


def _signed(line: bytes, name: bytes, kind: type[Head | End]) -> tuple[dict[str, Any], bytes] | None:
    found = _SIGNED.fullmatch(line) if line.startswith(name) else None
    value = _object(found[1]) if found else None
    if found is None or value is None or value.pop("v", None) != VERSION or not _fits(value, kind):
        return None
    signature = bytes.fromhex(found[2].decode())
    # Written again it must be the same bytes: no blank, no second key of the same name, nothing added.
    return (value, signature) if signed_line(kind(**value), signature) == line else None


def _fits(value: Mapping[str, Any], kind: type[Head | End | Header]) -> bool:
    names = kind.__slots__
    return tuple(value) == tuple(names) and all(type(value[name]) is _TYPES[name] for name in names)


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return thing(value) or None
