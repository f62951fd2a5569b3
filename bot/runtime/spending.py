"""What answers cost: the price table, and what each model takes in a request."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Price:
    """One row of ``prices.toml``: US dollars per million tokens, and what requests the model takes."""

    input: float
    output: float
    cache_write: float
    cache_read: float
    forced_tool: bool = False
    thinking: str = ""
    """The kind of thinking to ask for so that it thinks least; empty: nothing is asked for."""

    def usd(self, *, fresh: int, written: int, read: int, out: int) -> float:
        """Return the price of one answer from its token counts."""
        cached = written * self.cache_write + read * self.cache_read
        return (fresh * self.input + cached + out * self.output) / 1_000_000


def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("bot.runtime").joinpath("prices.toml").read_text(encoding="utf-8"))


_TABLE: Final = _table()
"""Read with the module: later would be a file read inside the event loop."""
PRICES: Final = {name: Price(**row) for name, row in _TABLE["models"].items()}
FAST: Final[str] = _TABLE["roles"]["triage"]
STRONG: Final[str] = _TABLE["roles"]["chat"]


def price_of(model: str) -> Price:
    """Return the row of ``model`` (a dated id counts as its alias); the dearest when it is not listed."""
    alias = max((name for name in PRICES if model.startswith(name)), key=len, default="")
    dearest = max(PRICES.values(), key=lambda price: price.output)
    return PRICES[alias] if alias else replace(dearest, forced_tool=False, thinking="")
