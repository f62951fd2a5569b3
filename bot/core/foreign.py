"""Foreign JSON, read without trusting its shape: what is not there, or is something else, reads as empty."""

from __future__ import annotations

from typing import Any, cast


def thing(value: object) -> dict[str, Any]:
    """Return ``value`` when it is an object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def things(value: object) -> list[Any]:
    """Return ``value`` when it is an array, else an empty one."""
    found: Any = value
    return found if isinstance(value, list) else []
