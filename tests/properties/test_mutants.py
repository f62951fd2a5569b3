"""The machine finds mistakes: each of these, made on purpose in a copy of the code, is one it must catch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
EXAMPLES = 500
MUTANTS = {
    "anybody may approve": (
        "bot/decide/voting.py",
        "if {by.id, *by.groups} & approvers:",
        "if approvers:",
    ),
    "a guest may approve": (
        "bot/decide/answering.py",
        "    if event.by.refused:\n        return Refusal(event.by.refused)\n",
        "",
    ),
    "who asked may approve": (
        "bot/decide/voting.py",
        "if ask.four_eyes and asker == by.id else by.id",
        "if False else by.id",
    ),
    "an old card may be approved": (
        "bot/decide/voting.py",
        "if event.revision != tracked.revision:",
        "if False:",
    ),
    "what was altered may be approved": (
        "bot/decide/voting.py",
        'return None if same else Refusal("refused.digest")',
        "return None",
    ),
    "an edit may change the ticket it is about": (
        "bot/decide/answering.py",
        "(old.name, old.target, old.risk) == (new.name, new.target, new.risk)",
        "True",
    ),
    "a yes counts after the time is over": (
        "bot/decide/voting.py",
        "event.at >= tracked.expires_at",
        "False",
    ),
    "a settled proposal moves again": (
        "approvals/states.py",
        "Status.EXECUTED: frozenset({Status.UNDONE}),",
        "Status.EXECUTED: frozenset({Status.UNDONE, Status.FAILED, Status.UNCERTAIN}),",
    ),
    "what people rejected comes back": (
        "bot/decide/considering.py",
        "if no is not None and no.essence == proposal.basis.essence:",
        "if False:",
    ),
    "a redelivery is news": ("bot/decide/__init__.py", "if event.id in dossier.seen:", "if False:"),
    "a zombie may write": (
        "bot/decide/executing.py",
        "or tracked.fence != event.fence or tracked.request:",
        "or tracked.request:",
    ),
    "two writes at once": (
        "bot/decide/executing.py",
        "if write_under_way(dossier) or dossier.writes != event.writes:",
        "if False:",
    ),
    "what is there already is sent again": (
        "bot/decide/executing.py",
        "    if event.applied:",
        "    if event.applied and tracked.rounds:",
    ),
    "nothing matches means yes": (
        "approvals/policy.py",
        'return Deny(rule="", because=f"no rule matches {action.name}")',
        'return Allow(rule="", because=f"no rule matches {action.name}")',
    ),
    "a rule that allows does so in every mode": (
        "approvals/policy.py",
        "if human and action.risk is not Risk.NOTE:",
        "if False:",
    ),
    "a human edit is overlooked": (
        "approvals/drift.py",
        "if {v.id for v in after} != {v.id for v in before}:",
        "if False:",
    ),
    "a note is told while another is on its way": (
        "bot/decide/noting.py",
        "or dossier.gone or _under_way(dossier):",
        "or dossier.gone:",
    ),
    "the same note is told twice": (
        "bot/decide/noting.py",
        "if says == dossier.note.material:\n        return",
        "if False:\n        return",
    ),
    "a skill writes notes of its own": (
        "bot/decide/proposing.py",
        "if proposal.action.risk is Risk.NOTE or proposal.action.target != draft.dossier.ref:",
        "if False:",
    ),
}


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
    done = ran(copied(tmp_path), 30)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", MUTANTS)
def test_the_machine_catches_a_mistake(name: str, tmp_path: Path) -> None:
    file, right, wrong = MUTANTS[name]
    path = copied(tmp_path) / file
    code = path.read_text(encoding="utf-8")
    assert right in code, f"{file} has changed: write this mutant anew"
    path.write_text(code.replace(right, wrong), encoding="utf-8")
    done = ran(tmp_path, EXAMPLES)
    assert done.returncode != 0, f"nobody noticed that {name}"
    assert "AssertionError" in done.stderr, done.stderr
