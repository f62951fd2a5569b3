"""``countersign ladder`` as a process beside a bot that runs: the figures, the moves, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.stories.test_ladder import QUIET, came_true, ladder
from tests.stories.world import Plan, World
from tests.test_approvals_cli import DATABASE, Terminal

OPERATORS = "operators: {alice: U0ALICE, carol: U0CAROL}"


@pytest.fixture
async def terminal(redis_url: str, tmp_path: Path) -> AsyncIterator[Terminal]:
    plan = Plan("cloud", mode="approve", more=f"{QUIET}\n{OPERATORS}")
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(World(plan, f"{redis_url}?db={DATABASE}", tmp_path))
        (tmp_path / "countersign.yaml").write_text(world.plan.file())
        yield Terminal(world, tmp_path)


async def test_a_manager_takes_a_move_back_at_a_terminal_and_nobody_else_does(terminal: Terminal) -> None:
    world = terminal.world
    key = await world.ticket()
    await came_true(world, key, right=30, wrong=15)
    (found,) = await terminal.json("ladder", "list")
    (step,), (row,) = found["steps"], found["rungs"]
    assert (step["from"], step["to"], step["by"]) == ("approve", "suggest", "the bot")
    assert (row["mode"], row["n"], row["value"]) == ("suggest", 0, world.desk.sure), "counting begins anew"
    shown = await terminal.does("ladder", "list")
    assert f"{step['id'][:9]}  taken  OPS" in shown.out

    no = await terminal.does("ladder", "undo", step["id"][:9], by="carol")
    assert (no.code, no.out) == (1, "")
    assert "not among the people who may move a mode" in no.err
    assert len((await ladder(world)).held) == 1

    yes = await terminal.does("ladder", "undo", step["id"][:9])
    assert (yes.code, yes.out) == (0, "taken back: approve again\n")
    assert (await ladder(world)).held == ()
    (undone,) = await world.recorded("ladder.undone")
    assert undone.actor.startswith("cli:alice")
    export = terminal.folder / "audit.jsonl"
    assert (await terminal.does("audit", "export", str(export))).code == 0
    held = await terminal.does("audit", "verify", str(export))
    assert held.out.startswith("OK"), held
    assert "ladder.undone" in export.read_text(), "what it was is readable, whose words it was about is not"
