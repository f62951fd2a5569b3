"""The model's other moods: an answer that violates its schema, and a model that does what the ticket says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from typing_extensions import override

from sandbox.anthropic.brain import ORDER, Honest, Schema, orders_in, words_of

NOT_AN_OPTION: Final = "not-one-of-the-options"
LOOSE_ORDER = re.compile(
    r"(?<![^.!?\n])[^.!?\n]*\b(?:forget|say|post|send|delete|transition|include|assign)\b[^\n]*",
    re.IGNORECASE,
)
"""Verbs that are orders only to a model that looks for orders everywhere."""


def violate(schema: Schema, value: Any) -> dict[str, Any]:
    """Break an honest answer three ways: an invented option, a wrong type, a required property missing."""
    broken: dict[str, Any] = dict(value)
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name, one in properties.items():
        if "enum" in one:
            broken[name] = NOT_AN_OPTION
        elif one.get("type") in ("array", "object"):
            broken[name] = "a text where a structure belongs"
    required = [*schema.get("required", properties)]
    if required:
        broken.pop(required[-1], None)
    return {**broken, "invented_property": 42}


class Obedient(Honest):
    """Fell for whatever the ticket says: options it names win, and its orders stand in every text."""

    @cached_property
    def orders(self) -> str:
        """The lines of the ticket that sound like orders; without any, it is honest."""
        return "\n".join(orders_in(self.ticket, ORDER) or orders_in(self.ticket, LOOSE_ORDER))

    @override
    def choose(self, options: Any, hint: str = "") -> Any:
        ordered = words_of(self.orders)
        named = [one for one in options if words_of(str(one)) and words_of(str(one)) <= ordered]
        return named[0] if named else super().choose(options, hint)

    @override
    def reply(self) -> str:
        return self.orders or super().reply()

    @override
    def quote(self, chosen: str) -> str:
        return self.orders or super().quote(chosen)
