"""Reading JSON that may be anything: the two questions every parser here asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast


def thing(value: Any) -> dict[str, Any]:
    """Return ``value`` if it is an object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def things(value: Any) -> list[dict[str, Any]]:
    """Return the objects in ``value`` if it is a list, else none."""
    return [thing(each) for each in listed(value) if isinstance(each, dict)]


def listed(value: Any) -> list[Any]:
    """Return ``value`` if it is a list, else an empty one."""
    return [*cast("Iterable[Any]", value)] if isinstance(value, list) else []
