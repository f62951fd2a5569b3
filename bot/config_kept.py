"""The text of a policy as its history keeps it: whole lines, but no section in which a secret may stand."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import yaml

from bot.core.errors import Misconfigured
from bot.core.foreign import thing
from bot.yaml_marks import Marked

NOT_KEPT: Final = frozenset({"connectors", "sources", "audit"})
"""Sections that may hold a token or a collector's address, and that say nothing about who must agree."""


def kept(text: str, data: Any) -> str:
    """Return ``text``, whose content is ``data``, with those sections emptied; lines stay in place."""
    cut = _emptied(text, NOT_KEPT)
    try:
        Marked(cut, "policy")
    except Misconfigured:
        # What was cut held an anchor that other sections point to.
        plain = {key: value for key, value in thing(data).items() if key not in NOT_KEPT}
        return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
    return cut


def _emptied(text: str, keys: Collection[str]) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return text
    spans = [(value.start_mark.index, value.end_mark.index) for key, value in root.value if key.value in keys]
    # From the end, so that what comes before keeps its place.
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + "{}" + "\n" * text.count("\n", start, end) + text[end:]
    return text
