"""Arguments of an action as people type them: from ``fields.priority=High`` to what it takes. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError

from bot.core.actions import Args
from bot.core.arguments import Pick
from bot.core.errors import Misconfigured
from bot.core.foreign import thing
from bot.ports import ActionType

MORE_MAX = 5
"""Levels of an argument's name; none of ours has more than two."""


def arguments(verb: ActionType, typed: Iterable[str]) -> Args:
    """Return ``typed`` as arguments of ``verb``; each is ``name=value``, a value JSON where it looks like it.

    A plain word stands for a value of which only the label, or only the id, is known.

    Raises:
        Misconfigured: not of that form, or not what the action takes; says what it takes.
    """
    found: dict[str, Any] = {}
    for each in typed:
        _put(found, each)
    shaped = {
        name: _shaped(value, verb.arguments.model_fields[name].annotation)
        if name in verb.arguments.model_fields
        else value
        for name, value in found.items()
    }
    try:
        verb.arguments.model_validate(shaped)
    except ValidationError as error:
        told = [
            f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False)
        ]
        raise Misconfigured(f"{'; '.join(told)}. {takes(verb)}") from error
    return shaped


def takes(verb: ActionType) -> str:
    """Say which arguments ``verb`` takes."""
    named = [_described(name, each.annotation) for name, each in verb.arguments.model_fields.items()]
    return f"{verb.name} takes {', '.join(named)}"


def _put(found: dict[str, Any], typed: str) -> None:
    name, equals, text = typed.partition("=")
    steps = name.split(".")
    if not equals or not all(steps) or len(steps) > MORE_MAX:
        raise Misconfigured(f"--arg {typed!r}: write name=value, such as fields.priority=High")
    inner = found
    for step in steps[:-1]:
        inner = inner.setdefault(step, {})
        if not isinstance(cast("object", inner), dict):
            raise Misconfigured(f"--arg {typed!r}: {step} has a value of its own already")
    last, value = steps[-1], _value(typed, text)
    inner[last] = value if last not in inner else [*_many(inner[last]), value]


def _value(typed: str, text: str) -> JsonValue:
    if text[:1] not in {"{", "[", '"'} and text != "null":
        return text
    try:
        return cast("JsonValue", json.loads(text))
    except ValueError as error:
        raise Misconfigured(f"--arg {typed!r}: the value is not JSON: {error}") from error


def _shaped(value: Any, annotation: Any) -> Any:
    """Bring words to where the model wants a value with id and label; anything else stays as it is."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        kinds = [each for each in inner if each is not type(None)]
        return value if value is None else _shaped(value, kinds[0])
    if origin in {list, tuple}:
        return [_shaped(each, inner[0]) for each in _many(value)]
    if origin is dict and thing(value):
        return {name: _shaped(each, inner[1]) for name, each in thing(value).items()}
    if annotation is Pick and isinstance(value, str):
        return {"id": value, "label": value}
    return value


def _many(value: Any) -> list[Any]:
    found: Any = value
    return found if isinstance(value, list) else [value]


def _described(name: str, annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return f"{name}.NAME=VALUE"
    if origin in {list, tuple} and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
        return f"{name}=[JSON]"
    return f"{name}=VALUE"
