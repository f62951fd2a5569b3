"""``python -m bench [--quick] [NAME …] [--json]``: measure speed and size on this machine, print one table.

Exit codes: 0 all targets are met, 1 one is missed, 2 bad usage. Ratios come from one run and mean something
on any machine; bare figures belong to this one and to what else it is doing. ``--quick`` proves that all of
it runs, in about two minutes; its figures are rough.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

from bench.neighbours import Neighbours
from bench.table import Row, as_json, printed
from bot.logs import configure

BENCHES: Final = (
    "intake",
    "engine",
    "tickets",
    "clicks",
    "talks",
    "decisions",
    "pending",
    "audit",
    "start",
    "memory",
    "classify",
    "retrieval",
    "semantic",
    "cascade",
    "redaction",
)
Bench = Callable[..., Awaitable[list[Row]]]


def main(argv: Sequence[str]) -> int:
    """Run what was asked for; the exit code."""
    asked = _options().parse_args(argv)
    configure("text", "WARNING")  # a log line a decision would be the slowest thing measured
    rows = _run(measured(asked.names or BENCHES, quick=asked.quick))
    sys.stdout.write((as_json(rows) if asked.json else printed(rows)) + "\n")
    return 1 if any(row.ok is False for row in rows) else 0


async def measured(names: Sequence[str], *, quick: bool) -> list[Row]:
    """Run the benchmarks one after another, never beside each other; progress goes to stderr."""
    rows: list[Row] = []
    with Neighbours() as others:
        for name in names:
            sys.stderr.write(f"bench: {name} …\n")
            run: Bench = importlib.import_module(f"bench.{name}").run
            rows += await run(quick=quick)
    return [*rows, others.row()]


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__.split("\n\n")[0] if __doc__ else ""
    )
    options.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="NAME", help=", ".join(BENCHES))
    options.add_argument("--quick", action="store_true", help="few repetitions: does it run at all")
    options.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return options


def _run(work: Coroutine[Any, Any, list[Row]]) -> list[Row]:
    """Run on the loop the bot would have: the load generator must not be slower than what it measures."""
    try:
        import uvloop  # noqa: PLC0415  # as bot.cli does
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
