"""The classifier's file: a line with its length and SHA-256, a table in JSON, arrays. Data, never code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.brain.classify.blend import Blend, Family, Judge
from bot.brain.classify.confidence import Curve
from bot.brain.classify.shapes import Learned, Standing, View
from bot.brain.classify.terms import Kind, Vocabulary
from bot.brain.classify.trees import Trees
from bot.core.errors import Misconfigured
from bot.core.tickets import Value

VERSION: Final = 2
FORMAT: Final = "countersign-classifier"
HEAD_BYTES_MAX = 1_000
"""Of the first line: longer is none of ours."""
_KINDS: Final = {"<f2", "<f4", "<f8", "<u8", "<i4", "|u1"}
"""Numbers and nothing else: no array of objects can be asked for."""


class Arrays:
    """Arrays by number, written one after another."""

    def __init__(self, table: Sequence[Sequence[Any]] = (), body: memoryview | None = None) -> None:
        """Begin empty, or with the ``table`` and ``body`` of a file."""
        self.table: list[list[Any]] = []
        self.parts: list[bytes] = []
        self._read = [] if body is None else list(_read(table, body))

    def put(self, array: npt.NDArray[Any]) -> int:
        """Add ``array``; the number to take it out by."""
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        self.table.append([plain.dtype.str, list(plain.shape)])
        self.parts.append(plain.tobytes())
        return len(self.table) - 1

    def take(self, number: int) -> npt.NDArray[Any]:
        """Return what was put."""
        return self._read[number]


def pack(
    views: Sequence[View], learned: Sequence[Learned], silent: Sequence[str], extra: Mapping[str, bytes]
) -> bytes:
    """Return the file."""
    arrays = Arrays()
    table = {
        "views": [_view(each, arrays) for each in views],
        "fields": [_field(each, arrays) for each in learned],
        "silent": list(silent),
        "extra": {name: arrays.put(np.frombuffer(part, dtype=np.uint8)) for name, part in extra.items()},
    }
    text = json.dumps({**table, "arrays": arrays.table}, ensure_ascii=True, sort_keys=True).encode()
    return sealed(text + b"\n" + b"".join(arrays.parts))


def unpack(data: bytes) -> tuple[list[View], list[Learned], list[str], dict[str, bytes]]:
    """Return what :func:`pack` was given.

    Raises:
        Misconfigured: it is cut, changed, of another version or none of ours.
    """
    body = opened(data)
    try:
        text, _, _ = body.partition(b"\n")
        table = json.loads(text)
        arrays = Arrays(table["arrays"], memoryview(body)[len(text) + 1 :])
        return (
            [_view_of(each, arrays) for each in table["views"]],
            [_field_of(each, arrays) for each in table["fields"]],
            [str(name) for name in table["silent"]],
            {str(name): arrays.take(at).tobytes() for name, at in table["extra"].items()},
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Misconfigured(f"the classifier's file does not read ({error}): fit it again") from error


def sealed(body: bytes) -> bytes:
    """Return ``body`` behind a line with its length and SHA-256."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return json.dumps(head).encode() + b"\n" + body


def opened(data: bytes) -> bytes:
    """Return what was :func:`sealed`.

    Raises:
        Misconfigured: it is cut, changed, of another version or none of ours.
    """
    line, _, body = data[:HEAD_BYTES_MAX].partition(b"\n")
    body = data[len(line) + 1 :]
    try:
        _check(json.loads(line), body)
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured(
            f"the classifier's file cannot be used ({error}): go back to the one before, or fit it again"
        ) from error
    return body


def _check(head: Mapping[str, Any], body: bytes) -> None:
    if head["format"] != FORMAT or head["version"] != VERSION:
        raise ValueError(f"{head['format']} of version {head['version']}")
    if head["bytes"] != len(body) or head["sha256"] != hashlib.sha256(body).hexdigest():
        raise ValueError("it is cut or changed")


def _read(table: Sequence[Sequence[Any]], body: memoryview) -> Sequence[npt.NDArray[Any]]:
    found: list[npt.NDArray[Any]] = []
    at = 0
    for kind, shape in table:
        if kind not in _KINDS:
            raise ValueError(f"an array of {kind!r}")
        count = int(np.prod(shape, dtype=np.int64))
        found.append(np.frombuffer(body, dtype=kind, count=count, offset=at).reshape(shape))
        at += count * found[-1].itemsize
    return found


def _view(view: View, arrays: Arrays) -> dict[str, Any]:
    known = view.vocabulary
    return {
        "kind": known.kind.value,
        "codes": arrays.put(known.codes),
        "idf": arrays.put(known.idf),
        "unknown": known.unknown,
        "terms": arrays.put(view.terms),
        "bias": arrays.put(view.bias),
    }


def _view_of(data: Mapping[str, Any], arrays: Arrays) -> View:
    take = arrays.take
    vocabulary = Vocabulary(
        Kind(data["kind"]), take(data["codes"]), take(data["idf"]), float(data["unknown"])
    )
    return View(vocabulary, take(data["terms"]), take(data["bias"]))


def _field(field: Learned, arrays: Arrays) -> dict[str, Any]:
    return {
        "name": field.name,
        "depends_on": field.depends_on,
        "classes": [[value.id, value.label] for value in field.classes],
        "support": arrays.put(field.support),
        "priors": arrays.put(field.priors),
        "family": arrays.put(field.family.counts) if field.family else None,
        "plain": _judge(field.plain, arrays),
        "voted": _judge(field.voted, arrays) if field.voted else None,
        "familiar_min": field.familiar_min,
        "margin_min": field.margin_min,
        "standing": asdict(field.standing),
    }


def _field_of(data: Mapping[str, Any], arrays: Arrays) -> Learned:
    take = arrays.take
    return Learned(
        name=str(data["name"]),
        depends_on=str(data["depends_on"]),
        classes=tuple(Value(str(id_), str(label)) for id_, label in data["classes"]),
        support=take(data["support"]),
        priors=take(data["priors"]),
        family=None if data["family"] is None else Family(take(data["family"])),
        plain=_judge_of(data["plain"], arrays),
        voted=None if data["voted"] is None else _judge_of(data["voted"], arrays),
        familiar_min=float(data["familiar_min"]),
        margin_min=float(data["margin_min"]),
        standing=Standing(**data["standing"]),
    )


def _judge(judge: Judge, arrays: Arrays) -> dict[str, Any]:
    return {
        "blend": asdict(judge.blend),
        "first": _curve(judge.first, arrays),
        "three": _curve(judge.three, arrays),
        "from_one": judge.from_one,
        "from_three": judge.from_three,
    }


def _judge_of(data: Mapping[str, Any], arrays: Arrays) -> Judge:
    return Judge(
        Blend(**data["blend"]),
        _curve_of(data["first"], arrays),
        _curve_of(data["three"], arrays),
        data["from_one"],
        data["from_three"],
    )


def _curve(curve: Curve, arrays: Arrays) -> list[int]:
    trees = curve.trees
    parts = (curve.mean, curve.scale, curve.mix, trees.signs, trees.cuts, trees.answers)
    return [arrays.put(each) for each in (*parts, curve.levels, curve.shares)]


def _curve_of(numbers: Sequence[int], arrays: Arrays) -> Curve:
    mean, scale, mix, signs, cuts, answers, levels, shares = (arrays.take(number) for number in numbers)
    return Curve(mean, scale, mix, Trees(signs, cuts, answers), levels, shares)
