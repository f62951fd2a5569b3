"""Many small worlds in which much goes wrong, each in a process of its own: none may break a promise.

The worlds run outside of pytest's process: there the product is on virtual time, and speaking to the server
blocks, which the rest of the suite forbids.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.defects import DEFECTS

ROOT = Path(__file__).parents[2]
SECONDS = 50
"""Of real time for the worlds of one test run."""
SEEDS_MIN = 30
"""Lived through even where the machine is busy and that takes longer."""
PLANTED_MAX = 60
"""Seeds in which a planted fault has to show: counted, as seconds would be fewer seeds on a busy machine."""
TOTAL = re.compile(r"seeds=(\d+) events=(\d+) faults=(\d+) violations=(\d+)")


def lives(*arguments: str, hash_seed: str = "random") -> tuple[int, list[str]]:
    """Run the simulation; return its exit code and the lines it wrote."""
    done = subprocess.run(  # noqa: S603  # this interpreter, our own module
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def counted(lines: list[str]) -> tuple[int, int, int, int]:
    """Return what the last line counts: seeds, events, faults, violations."""
    found = TOTAL.fullmatch(lines[-1])
    assert found is not None, lines[-1]
    seeds, events, faults, violations = (int(each) for each in found.groups())
    return seeds, events, faults, violations


def test_no_promise_is_broken_in_as_many_worlds_as_fit_into_a_minute() -> None:
    code, lines = lives("--seed", "1", "--seconds", str(SECONDS), "--least", str(SEEDS_MIN))
    seeds, events, faults, violations = counted(lines)
    assert violations == 0, "\n".join(lines)
    assert code == 0
    assert seeds >= SEEDS_MIN
    assert events > 100 * seeds
    assert faults > seeds


def test_one_seed_is_one_world_whatever_the_process_hashes_to() -> None:
    told = [lives("--seed", "7", "--hours", "0", "--every", hash_seed=each)[1] for each in ("0", "1")]
    assert told[0] == told[1]
    assert "digest=" in told[0][0]


def test_the_next_seed_is_another_world() -> None:
    one, other = (lives("--seed", each, "--hours", "0", "--every")[1][0] for each in ("3", "4"))
    assert one.partition("digest=")[2] != other.partition("digest=")[2]


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_a_planted_fault_is_found_and_told_with_the_way_back_to_it(defect: str) -> None:
    first = str(DEFECTS[defect].seed)
    code, lines = lives("--seed", first, "--seconds", "0", "--least", str(PLANTED_MAX), "--defect", defect)
    seeds, _, _, violations = counted(lines)
    assert code == 1
    assert violations > 0
    assert any(DEFECTS[defect].told in line for line in lines), "\n".join(lines)
    last = DEFECTS[defect].seed + seeds - 1
    assert any(line.endswith(f"make simulate SEED={last} HOURS=0") for line in lines)
