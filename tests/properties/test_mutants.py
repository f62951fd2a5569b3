"""The machine finds mistakes: each of these, made on purpose in a copy of the code, is one it must catch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.properties.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
RUN = """
from tests.properties.parts import hunt
from tests.properties.ticket_machine import TicketMachine
import approvals, bot
assert bot.__file__.startswith({copy!r}) and approvals.__file__.startswith({copy!r}), "not the copy"
case = TicketMachine.TestCase
case.settings = hunt({examples}, explain=False)
case("runTest").runTest()
"""
EXAMPLES = 1_000
"""Most die within fifty; with other random numbers, the toughest has lived through a few hundred."""
CAUGHT = ("tests/properties/", "AssertionError")
"""How one knows that the machine has noticed, and not that the copy is broken."""


def copied(into: Path) -> Path:
    """Copy what decides, and nothing else."""
    for package in ("bot/core", "bot/decide", "approvals"):
        shutil.copytree(ROOT / package, into / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "bot/__init__.py", into / "bot/__init__.py")
    return into


def ran(copy: Path, examples: int) -> subprocess.CompletedProcess[str]:
    """Run the machine against the code in ``copy``."""
    run = [sys.executable, "-B", "-c", RUN.format(copy=str(copy), examples=examples)]
    paths = f"{copy}:{ROOT}"
    return subprocess.run(  # noqa: S603  # our own interpreter and our own words
        run, env={"PYTHONPATH": paths}, capture_output=True, text=True, check=False, cwd=copy
    )


def test_the_code_as_it_is_survives(tmp_path: Path) -> None:
    """Or every mutant below would count as caught."""
    done = ran(copied(tmp_path), 100)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", MUTANTS)
def test_the_machine_catches_a_mistake(name: str, tmp_path: Path) -> None:
    copied(tmp_path)
    assert MUTANTS[name], "a mutant that changes nothing"
    for file, right, wrong in MUTANTS[name]:
        code = (tmp_path / file).read_text(encoding="utf-8")
        assert right in code, f"{file} has changed: write this mutant anew"
        (tmp_path / file).write_text(code.replace(right, wrong), encoding="utf-8")
    done = ran(tmp_path, EXAMPLES)
    assert done.returncode != 0, f"nobody noticed that {name}"
    assert all(mark in done.stderr for mark in CAUGHT), done.stderr
