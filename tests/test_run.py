"""``countersign run`` and the other commands as processes, with nothing but the environment of the contract.

The fake vendors run apart, as ``python -m sandbox`` starts them, and are driven over their control API alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from sandbox.demo.estate import POLICY_FILE

ROOT: Final = Path(__file__).parents[1]
START_S: Final = 60.0
"""A process on a busy machine; after a kill -9 a lease of 15 s may have to run out as well."""
STOP_S: Final = 15.0
CHANNEL: Final = "C0APPROVALS"
DATABASE: Final = 9
"""Of the server that all tests share; this file's is its own."""


class Running:
    """A process of ours and what it has said."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout is not None
        self.reading = asyncio.create_task(self._read(process.stdout))

    async def says(self, pattern: str) -> str:
        """Wait for a line with ``pattern`` and return its first group, or the whole match."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            for line in self.lines:
                if found := re.search(pattern, line):
                    return found[found.re.groups and 1]
            assert self.process.returncode is None, "\n".join(self.lines)
            await asyncio.sleep(0.02)
        raise AssertionError(f"never said {pattern}:\n" + "\n".join(self.lines))

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        code = await asyncio.wait_for(self.process.wait(), STOP_S)
        await self.reading
        return code

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while raw := await stream.readline():
            self.lines.append(raw.decode(errors="replace").rstrip())


@asynccontextmanager
async def running(*arguments: str, env: Mapping[str, str]) -> AsyncGenerator[Running]:
    process = await _spawn(*arguments, env=env)
    started = Running(process)
    try:
        yield started
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await started.reading


async def _spawn(*arguments: str, env: Mapping[str, str]) -> Process:
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **env}
    command = (sys.executable, "-m", *arguments)
    return await asyncio.create_subprocess_exec(
        *command,
        env=whole,
        cwd="/",
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def finished(*arguments: str, env: Mapping[str, str]) -> tuple[int, str]:
    """Run ``countersign`` to its end; returns the exit code and everything it said."""
    process = await _spawn("bot", *arguments, env=env)
    said, _ = await asyncio.wait_for(process.communicate(), START_S)
    assert process.returncode is not None
    return process.returncode, said.decode()


class Outside:
    """The fake vendors of ``python -m sandbox``, through their control API."""

    def __init__(self, http: aiohttp.ClientSession, env: dict[str, str]) -> None:
        self._http, self.env = http, env
        self._base = {
            "jira": env["JIRA_URL"],
            "servicenow": env["SERVICENOW_URL"],
            "slack": env["SLACK_API_URL"].removesuffix("/api/"),
        }

    async def state(self, vendor: str) -> Any:
        async with self._http.get(f"{self._base[vendor]}/_control/state") as answer:
            return await answer.json()

    async def does(self, vendor: str, verb: str, *, method: str = "POST", **body: Any) -> Any:
        url = f"{self._base[vendor]}/_control/{verb}"
        async with self._http.request(method, url, json=body) as answer:
            said = await answer.json()
            assert answer.ok, said
            return said

    async def cards(self) -> list[dict[str, Any]]:
        channels = (await self.state("slack"))["channels"]
        return list(next(each for each in channels if each["id"] == CHANNEL)["messages"])

    async def card(self) -> dict[str, Any]:
        """Wait for the first card that asks for a change and return it."""

        async def look() -> dict[str, Any] | None:
            return next((card for card in await self.cards() if "Approve" in _labels(card)), None)

        return dict(await self.until(look))

    async def ticket(self, summary: str = "Cannot connect to VPN from home") -> str:
        """Open a ticket in Jira and return its key."""
        made = await self.does("jira", "create", summary=summary, description="The VPN client says timeout.")
        return str(made["key"])

    async def until(self, look: Callable[[], Any]) -> Any:
        """Wait until ``look`` gives something and return it."""
        end = time.monotonic() + START_S
        while not (found := await look()):
            assert time.monotonic() < end, "it never came"
            await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def vendors(folder: Path, *shape: str) -> AsyncGenerator[Outside]:
    """Start ``python -m sandbox`` and yield it with the environment it printed, on ports of its own."""
    port = _free_port()
    bot_url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(
            running("sandbox", "--bot-url", bot_url, *shape, env={"PYTHONUNBUFFERED": "1"})
        )
        await sandbox.says("Ctrl-C ends")
        printed = [shlex.split(line)[1] for line in sandbox.lines if line.startswith("export ")]
        env = dict(line.split("=", 1) for line in printed)
        env |= {"COUNTERSIGN_DATA": str(folder), "COUNTERSIGN_PORT": str(port)}
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Outside(http, env)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def bot_and_vendors(folder: Path, *shape: str) -> AsyncGenerator[tuple[Outside, Running]]:
    """Start both, and wait until the bot is up."""
    run = ("bot", "run", "--config", str(POLICY_FILE))
    async with vendors(folder / "data", *shape) as outside, running(*run, env=outside.env) as bot:
        await _ready(outside, bot)
        yield outside, bot


async def _ready(outside: Outside, bot: Running) -> None:
    """Wait until the bot has learned and Slack has come up."""
    await bot.says("listening on")
    await bot.says("slack_up")
    await bot.says('learned.*jira|"connector": "jira".*learned')
    if outside.env.get("SLACK_APP_TOKEN"):
        await bot.says("socket_mode_connected")


@pytest.mark.parametrize("slack", ["socket", "http"])
@pytest.mark.parametrize("jira", ["cloud", "dc"])
async def test_run_does_the_whole_loop_with_the_contracts_environment_alone(
    tmp_path: Path, slack: str, jira: str
) -> None:
    shape = ("--slack-mode", slack, "--jira", jira)
    async with bot_and_vendors(tmp_path, *shape) as (outside, bot):
        await outside.ticket()
        card = await outside.card()
        await _press(outside, card, "Approve")
        await outside.until(lambda: _says(outside, "Done:"))
        assert await bot.end() == 0
        assert "Traceback" not in "\n".join(bot.lines)
        for secret in ("xoxb-", "xapp-", "jira-sandbox-token", "jira-sandbox-pat", "sandbox-password"):
            assert secret not in "\n".join(bot.lines)


def _labels(card: Mapping[str, Any]) -> list[str]:
    rows = (block["elements"] for block in card["blocks"] if block["type"] == "actions")
    return [button["text"]["text"] for row in rows for button in row]


async def _press(outside: Outside, card: Mapping[str, Any], label: str) -> None:
    rows = (block["elements"] for block in card["blocks"] if block["type"] == "actions")
    button = next(each for row in rows for each in row if each["text"]["text"] == label)
    said = {"user": "U0ALICE", "channel": CHANNEL, "ts": card["ts"]}
    await outside.does("slack", "click", **said, action_id=button["action_id"], value=button["value"])


async def _says(outside: Outside, words: str) -> bool:
    # Also in the blocks: the text of a card that asks for several things speaks of what still waits.
    return any(words in json.dumps([card["text"], card["blocks"]]) for card in await outside.cards())


async def test_intake_and_worker_are_two_processes_on_one_redis(tmp_path: Path, redis_url: str) -> None:
    async with vendors(tmp_path / "data", "--slack-mode", "http") as outside:
        edge = {**outside.env, "REDIS_URL": f"{redis_url}?db={DATABASE}"}
        back = {**edge, "COUNTERSIGN_PORT": str(_free_port())}
        run = ("bot", "run", "--config", str(POLICY_FILE), "--role")
        async with running(*run, "intake", env=edge) as intake, running(*run, "worker", env=back) as worker:
            await intake.says("slack_up")
            await _ready_worker(worker)
            await outside.ticket("Cannot connect to VPN from home")
            card = await outside.card()
            await _press(outside, card, "Approve")
            await outside.until(lambda: _says(outside, "Done:"))
            async with aiohttp.ClientSession() as http:
                async with http.post(f"http://127.0.0.1:{back['COUNTERSIGN_PORT']}/webhooks/jira") as answer:
                    assert answer.status in {404, 405}, "a worker takes nothing in"
                for port in (edge["COUNTERSIGN_PORT"], back["COUNTERSIGN_PORT"]):
                    async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        assert answer.status == 200
            assert not any("proposal.executed" in line for line in intake.lines), "intake only takes in"
            assert await worker.end() == 0
            # With no worker left what comes in is kept; the next worker finds it.
            again = await outside.ticket("Cannot connect to VPN again")
            async with running(*run, "worker", env=back) as second:
                await second.says("listening on")
                await outside.until(lambda: _says(outside, again))
                assert await second.end() == 0
            assert await intake.end() == 0


async def _ready_worker(worker: Running) -> None:
    await worker.says("slack_up")
    await worker.says("learned.*jira|jira.*learned")


async def test_killed_with_a_card_pending_the_next_run_takes_the_click(tmp_path: Path) -> None:
    async with vendors(tmp_path / "data") as outside:
        run = ("bot", "run", "--config", str(POLICY_FILE))
        async with running(*run, env=outside.env) as bot:
            await _ready(outside, bot)
            await outside.ticket("Cannot connect to VPN from home")
            card = await outside.card()
            # A note killed on its way has to be looked for first, two minutes later: not what this is about.
            await bot.says("proposal.executed")
            assert await bot.end(signal.SIGKILL) == -signal.SIGKILL
        async with running(*run, env=outside.env) as bot:
            await bot.says("socket_mode_connected")
            await _press(outside, card, "Approve")
            await outside.until(lambda: _says(outside, "Done:"))
            assert await bot.end(signal.SIGINT) == 0
        (issue,) = (await outside.state("jira"))["issues"]
        assert sum("Component:" in line for line in issue["history"]) == 1, "and it is done once"


async def test_operators_read_and_replay_dead_letters_and_stop_and_resume(
    tmp_path: Path, redis_url: str
) -> None:
    env = _alone(tmp_path) | {"REDIS_URL": f"{redis_url}?db={DATABASE + 1}"}
    assert await finished("dead", "list", env=env) == (0, "no dead letters\n")
    code, said = await finished("dead", "show", "d:none", env=env)
    assert code == 1
    assert "no dead letter is called d:none. See: countersign dead list" in said
    stopped = await finished("stop", "--connector", "jira", "--why", "a leak", env=env)
    assert stopped == (0, "stopped: connector:jira\n")
    assert await finished("resume", "--connector", "jira", env=env) == (0, "resumed: connector:jira\n")
    assert await finished("resume", env=env) == (0, "* was not stopped. See: countersign stops\n")


async def test_dead_letters_made_by_a_running_bot_are_seen_and_brought_back_from_another_process(
    tmp_path: Path,
) -> None:
    async with bot_and_vendors(tmp_path) as (outside, bot):
        await outside.does("jira", "faults", kind="status", status=403, path="/issue/", times=-1)
        await outside.ticket("Cannot connect to VPN from home")
        await bot.says("job_dead")
        code, said = await finished("dead", "list", "--json", env=outside.env)
        (letter,) = json.loads(said)
        assert code == 0
        assert letter["kind"] == "effect"
        code, said = await finished("dead", "show", letter["id"], env=outside.env)
        assert (code, json.loads(said)["id"]) == (0, letter["id"])
        await outside.does("jira", "faults", method="DELETE")
        assert (await finished("dead", "replay", "all", env=outside.env))[0] == 0
        await outside.until(outside.cards)
        assert await bot.end() == 0


async def test_a_policy_with_a_typo_names_file_line_and_key(tmp_path: Path) -> None:
    file = tmp_path / "countersign.yaml"
    file.write_text("version: 1\nslack:\n  aprovals_channel: C0APPROVALS\n")
    code, said = await finished("policy", "check", "--config", str(file), env=_alone(tmp_path))
    assert code == 1
    assert f"{file}:3: slack.aprovals_channel: unknown key; did you mean 'approvals_channel'?" in said
    assert "Traceback" not in said

    code, said = await finished("run", "--config", str(file), env=_alone(tmp_path))
    assert code == 1
    assert f"{file}:3:" in said, "run says the same, and starts nothing"


async def test_a_sound_policy_is_counted(tmp_path: Path) -> None:
    code, said = await finished("policy", "check", "--config", str(POLICY_FILE), env=_alone(tmp_path))
    assert code == 0, said
    assert re.search(r"OK: \d+ rules, \d+ modes", said)


@pytest.mark.parametrize(
    "arguments",
    [("run", "--role", "boss"), ("run", "--nonsense"), ("fly",), ("stop",), ("dead", "show")],
    ids=" ".join,
)
async def test_bad_usage_is_exit_code_2_and_says_what_is_wrong(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, said = await finished(*arguments, env=_alone(tmp_path))
    assert code == 2
    assert "Usage:" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is missing"),
        ({"COUNTERSIGN_PORT": "eighty"}, "COUNTERSIGN_PORT is 'eighty'"),
        (
            {"SLACK_API_URL": "http://slack.example/api", "SLACK_BOT_TOKEN": "x", "SLACK_APP_TOKEN": "y"},
            "https://",
        ),
        ({"JIRA_URL": "https://jira.example.com"}, "JIRA_"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL"),
        ({"JIRA_PAT": "a", "JIRA_PAT_FILE": "b", "JIRA_URL": "https://jira.example.com"}, "both set"),
    ],
    ids=["Slack", "port", "open address", "Jira", "Redis", "twice"],
)
async def test_what_cannot_be_used_is_said_before_anything_starts(
    tmp_path: Path, wrong: dict[str, str], words: str
) -> None:
    code, said = await finished("run", env=_alone(tmp_path) | wrong)
    assert code == 1
    assert words in said
    assert said.startswith("countersign: ")
    assert "Traceback" not in said


async def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken, contextlib.suppress(OSError):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = await finished("run", env=_alone(tmp_path) | {"COUNTERSIGN_PORT": port})
        assert code == 1
        assert f"cannot listen on 127.0.0.1:{port}" in said
        assert "Choose another COUNTERSIGN_PORT" in said


def _alone(folder: Path) -> dict[str, str]:
    """Return the environment of a bot that knows nobody."""
    return {"COUNTERSIGN_DATA": str(folder), "COUNTERSIGN_PORT": "0"}
