"""Teaches the bot the past of both desks: ``countersign learn --from``, beside the running demo."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypedDict

from bot.core.errors import BotError
from sandbox.demo.past.export import SYSTEMS

State: TypeAlias = Literal["learning", "learned", "failed"]
OURS: Final = ("ANTHROPIC_", "COUNTERSIGN_", "JIRA_", "SERVICENOW_", "SLACK_")
"""What the demo sets itself; nothing of it is taken from the shell it was started in."""


class Standing(TypedDict):
    """How far one desk's lesson is, as the page shows it."""

    state: State
    tickets: int
    """Learned; 0 before it is over."""
    fields: dict[str, dict[str, float]]
    """By field: in which share of tickets a value stands alone (``coverage``), how often it is right then
    (``precision``)."""


class Lessons:
    """One process a desk, which reads, learns and fits; the bot uses what comes of it without a restart."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """``ring``: called when something changed."""
        self._ring = ring
        self.standings: dict[str, Standing] = {
            system: {"state": "learning", "tickets": 0, "fields": {}} for system in SYSTEMS
        }

    async def run(self, environment: Mapping[str, str], config: Path) -> None:
        """Learn from every desk, one after the other; cancelled, it leaves no process behind."""
        for system in SYSTEMS:
            try:
                self.standings[system] = standing(await _learn(system, environment, config))
            except (BotError, OSError, ValueError) as error:
                # The demo goes on with what the bot learns by itself.
                sys.stderr.write(f"countersign demo: the past of {system} was not learned: {error}\n")
                self.standings[system] = {"state": "failed", "tickets": 0, "fields": {}}
            self._ring()


def standing(told: Mapping[str, Any]) -> Standing:
    """Return what the page shows of what ``countersign learn --json`` printed."""
    fitted: dict[str, dict[str, float]] = told["model"]["fields"] if told["model"] else {}
    fields = {
        name: {"coverage": each["coverage"], "precision": each["precision"]} for name, each in fitted.items()
    }
    return {"state": "learned", "tickets": int(told["kept"]), "fields": fields}


async def _learn(system: str, environment: Mapping[str, str], config: Path) -> dict[str, Any]:
    """Run the command.

    Raises:
        ValueError: it failed; in its own words.
    """
    given = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    learning = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "learn", "--from", system, "--config", str(config), "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**given, **environment},
        start_new_session=True,  # Ctrl-C is for the demo, which ends this one in its own time
    )
    try:
        out, errors = await learning.communicate()
    except asyncio.CancelledError:
        learning.kill()
        await learning.communicate()
        raise
    if learning.returncode:
        raise ValueError(errors.decode("utf-8", "replace").strip()[-500:])
    told: dict[str, Any] = json.loads(out)
    return told
