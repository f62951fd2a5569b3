"""``countersign approvals``, ``stop``, ``resume`` and ``stops`` as processes beside a bot that runs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from bot.operating import os_login
from sandbox.faults import Fault, FaultKind
from tests.stories.world import Plan, World

ROOT: Final = Path(__file__).parents[1]
DATABASE: Final = 8
"""Of the server that all tests share; this file's is its own."""
END_S: Final = 60.0
"""A process on a busy machine."""
OPERATORS: Final = "operators: {alice: U0ALICE, bob: U0BOB}"
ACTOR: Final = f"cli:alice({os_login()})"


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


class Terminal:
    """Somebody at a command line, on the machine on which the bot runs."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder

    async def does(self, *arguments: str, by: str = "alice", typed: str | None = None, **env: str) -> Said:
        """Run a command to its end. ``typed``: at a terminal, this is answered; None: there is none."""
        whole = self.world.environment(self.world.plan) | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "COUNTERSIGN_OPERATOR": by,
        }
        keyboard, stdin = os.openpty() if typed is not None else (None, asyncio.subprocess.DEVNULL)
        command = (sys.executable, "-m", "bot", *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, env=whole | env, cwd=self.folder, stdin=stdin, stdout=PIPE, stderr=PIPE
        )
        if keyboard is not None and typed is not None:
            os.write(keyboard, typed.encode())
        out, err = await asyncio.wait_for(process.communicate(), END_S)
        if keyboard is not None:
            os.close(keyboard)
            os.close(stdin)
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    async def json(self, *arguments: str) -> Any:
        """Run a command that prints JSON and nothing else."""
        said = await self.does(*arguments, "--json")
        assert (said.code, said.err) == (0, "")
        return json.loads(said.out)


class Sit(Protocol):
    """Start a bot, and sit down beside it: fields of ``Plan`` by name."""

    async def __call__(self, **plan: Any) -> Terminal: ...


@pytest.fixture
async def sit(redis_url: str, tmp_path: Path) -> AsyncIterator[Sit]:
    async with AsyncExitStack() as stack:

        async def start(**plan: Any) -> Terminal:
            whole: dict[str, Any] = {"more": OPERATORS, **plan}
            world = World(Plan("cloud", **whole), f"{redis_url}?db={DATABASE}", tmp_path)
            terminal = Terminal(await stack.enter_async_context(world), tmp_path)
            # Where a command looks for its configuration when nobody says where it is.
            (tmp_path / "countersign.yaml").write_text(world.plan.file())
            return terminal

        yield start


async def test_slack_is_away_so_an_operator_decides_and_the_card_catches_up(sit: Sit) -> None:
    terminal = await sit()
    world = terminal.world
    key = await world.ticket()
    down = world.slack.faults.add(Fault(FaultKind.STATUS, times=-1))

    (waiting,) = await terminal.json("approvals", "list")
    assert (waiting["ticket"], waiting["approvers"], waiting["votes"]) == (key, ["U0ALICE", "S0MANAGERS"], [])
    said = await terminal.does("approvals", "approve", key, "--yes")

    assert (said.code, said.err) == (0, "")
    assert "exactly this would be done:" in said.out
    assert waiting["digest"] in said.out
    assert said.out.rstrip().endswith("Approved by alice (CLI).")
    assert world.desk.value(key) == world.desk.sure
    assert len(world.desk.field_writes()) == 1
    assert "Approved by alice (CLI)." in world.note(key)
    assert down.hits, "Slack was really asked, and really away"
    assert "Approve" in world.card().buttons

    world.slack.faults.clear()
    await world.skip(60)
    assert "Approved by alice (CLI)." in world.card().text
    assert "Approve" not in world.card().buttons
    assert [r.actor for r in await world.recorded("proposal.approved")] == [ACTOR]
    assert world.told("alice") == [], "nobody in Slack did anything"
    assert await terminal.json("approvals", "list") == []


async def test_slack_was_away_from_the_start_so_the_card_goes_up_as_a_record(sit: Sit) -> None:
    terminal = await sit()
    world = terminal.world
    world.slack.faults.add(Fault(FaultKind.STATUS, times=-1))
    key = await world.ticket()
    assert world.cards() == []
    said = await terminal.does("approvals", "reject", key, "--why", "Bob looks after this one.")
    assert said.code == 0, said
    world.slack.faults.clear()
    await world.skip(60)
    assert world.cards()
    for card in world.cards():
        assert "Rejected by alice (CLI)" in card.text
        assert "Bob looks after this one." in card.text
        assert "Approve" not in card.buttons, "nobody is asked what is decided"
    assert world.desk.field_writes() == []


async def test_somebody_at_a_terminal_is_shown_everything_and_asked_first(sit: Sit) -> None:
    terminal = await sit()
    key = await terminal.world.ticket()
    (waiting,) = await terminal.json("approvals", "list")
    no = await terminal.does("approvals", "approve", key, typed="y\n")
    assert (no.code, no.err) == (1, "countersign: nothing happened\n")
    for words in ("Type yes", waiting["id"], "revision 1", "approvals[1]", "U0ALICE S0MANAGERS", "0 of 1"):
        assert words in no.out, words
    (change,) = waiting["changes"]
    assert f"-> {change['after'][0]['label']}" in no.out
    assert await terminal.world.recorded("proposal.approved") == []
    yes = await terminal.does("approvals", "approve", waiting["id"][:10], typed="yes\n")
    assert (yes.code, yes.err) == (0, "")
    assert len(terminal.world.desk.field_writes()) == 1


async def test_a_script_has_to_say_that_it_means_it(sit: Sit) -> None:
    terminal = await sit()
    key = await terminal.world.ticket()
    for verb in ("approve", "undo"):
        said = await terminal.does("approvals", verb, key)
        assert said.code == 2
        assert "add --yes" in said.err
    assert (await terminal.does("approvals", "reject", key)).code == 2, "a no needs a reason"
    assert await terminal.world.recorded("proposal.approved") == []
    assert "Approve" in terminal.world.card().buttons


async def test_who_may_not_decide_is_told_why_and_the_audit_has_it(sit: Sit) -> None:
    terminal = await sit(ask="approvers: [U0ALICE]")
    world = terminal.world
    key = await world.ticket()
    stranger = await terminal.does("approvals", "approve", key, "--yes", by="mallory")
    assert stranger.code == 1
    assert "'mallory' is not an operator" in stranger.err
    assert "operators:\n  mallory: U…" in stranger.err
    bob = await terminal.does("approvals", "approve", key, "--yes", by="bob")
    assert bob.code == 1
    assert "You are not among the people who may approve this" in bob.err
    unknown = await terminal.does("approvals", "show", "OPS-4711")
    assert (unknown.code, "OPS-4711" in unknown.err) == (1, True)
    refused = [(r.actor, r.because) for r in await world.recorded("click.refused")]
    account = os_login()
    assert refused == [
        (f"cli:mallory({account})", "not an operator"),
        (f"cli:bob({account})", "refused.not_approver"),
    ]
    assert world.desk.field_writes() == []
    assert world.told("bob") == []


async def test_what_was_done_is_undone_at_the_terminal(sit: Sit) -> None:
    terminal = await sit(ask="approvers: [U0ALICE], four_eyes: false")
    world = terminal.world
    key = await world.ticket()
    await terminal.does("approvals", "approve", key, "--yes")
    assert world.desk.value(key) == world.desk.sure
    await world.settles()
    said = await terminal.does("approvals", "undo", key, "--yes")
    assert (said.code, said.err) == (0, "")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset
    assert [r.actor for r in await world.recorded("undo.asked")] == [ACTOR]
    again = await terminal.does("approvals", "undo", key, "--yes")
    assert again.code == 1
    assert (await terminal.does("approvals", "standing", "list")).out == "no standing permissions\n"


async def test_a_tickets_words_do_not_steer_the_terminal(sit: Sit) -> None:
    terminal = await sit()
    hostile = "Cannot connect to VPN from home\x1b]0;owned\x07\x9b2J \u202eback"
    key = await terminal.world.ticket(hostile)
    for arguments in (("show", key), ("list", "--json")):
        said = await terminal.does("approvals", *arguments)
        assert (said.code, said.err) == (0, "")
        assert "Cannot connect to VPN from home" in said.out
        assert not set(said.out) & {"\x1b", "\x07", "\x9b", "\u202e"}, arguments


# -- the kill switch


async def test_a_stop_that_calls_off_tells_so_on_the_cards(sit: Sit) -> None:
    terminal = await sit()
    world = terminal.world
    key = await world.ticket()
    why = "A wave of wrong ones"
    said = await terminal.does("stop", "--connector", "jira", "--why", why, "--cancel")
    assert (said.code, said.out, said.err) == (0, "stopped: connector:jira; 1 called off\n", "")
    await world.settles()
    assert "called off" in world.card().text
    assert why in world.card().text
    assert "Approve" not in world.card().buttons
    (stop,) = await terminal.json("stops")
    assert (stop["scope"], stop["why"], stop["by"]) == ("connector:jira", why, ACTOR)
    (cancelled,) = await world.recorded("proposal.cancelled")
    assert (cancelled.actor, cancelled.because) == (ACTOR, why)
    assert world.desk.field_writes() == []
    assert key in world.card().text
    assert (await terminal.does("resume", "--connector", "jira")).out == "resumed: connector:jira\n"
    again = await terminal.does("resume", "--connector", "jira")
    assert (again.code, again.out) == (0, "connector:jira was not stopped. See: countersign stops\n")
    assert [r.what for r in await world.audit() if r.what.startswith("stop.")] == ["stop.set", "stop.lifted"]


async def test_a_stop_leaves_the_cards_and_what_is_approved_meanwhile_fails_with_the_reason(sit: Sit) -> None:
    terminal = await sit()
    world = terminal.world
    key = await world.ticket()
    await terminal.does("stop", "--why", "Looking into it")
    assert "Approve" in world.card().buttons
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "Stopped by the kill switch: Looking into it" in world.card().text
    assert world.desk.field_writes() == []
    assert (await terminal.does("stops")).out.endswith(f"by {ACTOR}: Looking into it\n")

    await terminal.does("resume")
    world.desk.reword(key, "Cannot connect to VPN from home, still")
    await world.settles()
    fresh = next(card for card in world.cards() if "Approve" in card.buttons)
    await fresh.click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    assert len(world.desk.field_writes()) == 1


async def test_a_stop_names_what_there_is_and_works_without_a_configuration_too(sit: Sit) -> None:
    terminal = await sit()
    wrong = await terminal.does("stop", "--connector", "jura", "--why", "x")
    assert (wrong.code, wrong.out) == (1, "")
    assert "there is no connector 'jura'; known are jira" in wrong.err
    assert (await terminal.does("stop", "--connector", "jira", "--skill", "triage", "--why", "x")).code == 2
    assert (await terminal.does("stop", "--why", "  ")).code == 2
    assert await terminal.json("stops") == []
    (terminal.folder / "countersign.yaml").write_text("version: [")
    blind = await terminal.does("stop", "--connector", "jura", "--why", "x")
    assert blind.code == 0
    assert "not checked against the configuration" in blind.err
    assert await terminal.world.bot.stops.all() == {"connector:jura": "x"}
