"""Seed after seed: each one a world of its own, judged when it has come to rest."""

from __future__ import annotations

import gc
import logging
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from tests.simulation.checks import violations
from tests.simulation.happenings import begin
from tests.simulation.loop import Stuck
from tests.simulation.plan import Plan, make
from tests.simulation.server import Server
from tests.simulation.world import World

SERVER_SEEDS_MAX: Final = 50
"""Worlds that share a server; its append-only file grows with each, and a restart reads all of it."""
WORDS_TRACED_MAX: Final = 30
"""Lines of the trace shown with a violation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one seed."""

    seed: int
    events: int
    faults: int
    hours: float
    digest: str
    writes: int
    presses: int
    violations: tuple[str, ...]
    trace: tuple[str, ...]
    """The last lines that have to do with the violations, or simply the last; empty without violations."""


def quietly() -> None:
    """Let the product log nothing: a world would fill a screen with warnings about faults we planned."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


@contextmanager
def seeds(
    first: int, *, go_on: Callable[[int], bool], plans: Callable[[int], Plan] = make
) -> Generator[Iterator[Outcome]]:
    """Give the outcomes of ``first``, ``first + 1``, and so on, as long as ``go_on`` says so before each."""
    with tempfile.TemporaryDirectory(prefix="countersign-simulation-") as folder:
        yield _outcomes(first, Path(folder), go_on, plans)


def _outcomes(
    first: int, folder: Path, go_on: Callable[[int], bool], plans: Callable[[int], Plan]
) -> Iterator[Outcome]:
    server: Server | None = None
    seed = first
    try:
        while go_on(seed):
            if server is None or (seed - first) % SERVER_SEEDS_MAX == 0:
                if server is not None:
                    server.stop()
                server = Server(folder / str(seed))
            yield one(plans(seed), server)
            gc.collect()
            seed += 1
    finally:
        if server is not None:
            server.stop()


def one(plan: Plan, server: Server) -> Outcome:
    """Live through one seed and judge it."""
    world = World(plan, server)
    world.begins = begin
    try:
        wrong = _lived(world)
        return Outcome(
            seed=plan.seed,
            events=world.events,
            faults=world.faults,
            hours=world.hours,
            digest=world.digest.hexdigest(),
            writes=len(world.tracker.writes),
            presses=len(world.crowd.presses),
            violations=tuple(wrong),
            trace=_trace(world.lines, wrong),
        )
    finally:
        world.end()


def _lived(world: World) -> list[str]:
    try:
        world.run()
    except (Stuck, AssertionError) as error:
        return [f"it does not come to rest: {error}", *world.loop.failures, *violations(world)]
    return violations(world)


def _trace(lines: list[str], wrong: list[str]) -> tuple[str, ...]:
    """Return the lines that name what a violation names; the last lines when none does."""
    if not wrong:
        return ()
    names = {word for said in wrong for word in said.replace(":", " ").split() if _is_name(word)}
    about = [line for line in lines if any(name in line for name in names)]
    return tuple((about or lines)[-WORDS_TRACED_MAX:])


def _is_name(word: str) -> bool:
    return word.startswith(("OPS-", "CS-", "delivery-")) or (word.startswith("p") and len(word) == 32)
