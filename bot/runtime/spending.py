"""What answers cost: the price table, and what each model takes in a request."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
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


_DEAREST: Final = Price(
    input=max(row.input for row in PRICES.values()),
    output=max(row.output for row in PRICES.values()),
    cache_write=max(row.cache_write for row in PRICES.values()),
    cache_read=max(row.cache_read for row in PRICES.values()),
)
_DATED: Final = re.compile(r"(?:-latest|[-@]\d{8}(?:-v\d+(?::\d+)?)?)?")
"""What may follow an alias: with anything else it is another model, as ``claude-sonnet-5-6`` would be."""


def price_of(model: str) -> Price:
    """Return the row of ``model``, dated or not; one that is not listed is the dearest there could be."""
    fit = (
        row for name, row in PRICES.items() if model.startswith(name) and _DATED.fullmatch(model[len(name) :])
    )
    return next(fit, _DEAREST)
