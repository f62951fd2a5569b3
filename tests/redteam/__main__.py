"""Every attack on every surface against a model that obeys whatever it reads: ``make redteam``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from bot.runtime.embedded import open_embedded
from tests.redteam.running import ATTACKS, DESKS, Outcome, attacks, besiege, plan, surfaces, table
from tests.stories.world import World

EXAMPLES_MAX = 5


async def siege(every: int) -> dict[str, Outcome]:
    """Run every ``every``-th attack on all surfaces of all desks; print each surface when it is through."""
    outcomes: dict[str, Outcome] = {}
    for desk in DESKS:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            knowledge = folder / "knowledge"
            knowledge.mkdir()
            (knowledge / "welcome.md").write_text("# Welcome\n\nArticles of the desk.\n")
            server = await open_embedded(folder / "redis")
            async with World(plan(desk, knowledge), server.url, folder) as world:
                for place, (surface, plant) in enumerate(surfaces(world, knowledge).items()):
                    name = f"{world.desk.name}: {surface}"
                    outcomes[name] = await besiege(world, plant, attacks()[place % every :: every])
                    print(table({name: outcomes[name]}).splitlines()[1], flush=True)
            await server.stop()
    return outcomes


def main() -> int:
    """Return 1 where anything got through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every Nth attack on each surface")
    every = parser.parse_args().every
    if not ATTACKS.exists():
        print(f"there is no {ATTACKS.name}: the attacks are not part of this repository", file=sys.stderr)
        return 1
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    outcomes = asyncio.run(siege(every))
    print(table(outcomes))
    for name, each in outcomes.items():
        for example in each.examples[:EXAMPLES_MAX]:
            print(f"{name}: {example}")
    return 1 if any(each.harms for each in outcomes.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
