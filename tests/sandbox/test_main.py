"""``python -m sandbox`` as its user meets it: exports the bot accepts, a control API, a clean end."""

import asyncio
import contextlib
import json
import random
import shlex
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.app import Bot
from sandbox.__main__ import main
from sandbox.demo.estate import PAST, POLICY_FILE

ROOT = Path(__file__).parents[2]
START_S = 20.0


class Running:
    """A started sandbox: what it printed, and its process."""

    def __init__(self, process: asyncio.subprocess.Process, lines: list[str]) -> None:
        self.process, self.lines = process, lines

    @property
    def env(self) -> Mapping[str, str]:
        """As a shell that evaluates the lines sees them."""
        words = [shlex.split(line) for line in self.lines if line.startswith("export ")]
        return dict(pair.split("=", 1) for _, pair in words)

    async def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send ``how`` and return the exit code."""
        self.process.send_signal(how)
        async with asyncio.timeout(10):
            return await self.process.wait()


@asynccontextmanager
async def started(*arguments: str) -> AsyncGenerator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(START_S):
            while not lines or "Ctrl-C" not in lines[-1]:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended before it was ready"
                lines.append(line.rstrip("\n"))
        yield Running(process, lines)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def control(url: str, verb: str, body: object = None) -> Any:
    """Use a vendor's control API; without a body: read."""
    method = "GET" if body is None else "POST"
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, f"{url}/_control/{verb}", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


@pytest.mark.parametrize("slack", ["socket", "http"])
@pytest.mark.parametrize("jira", ["cloud", "dc"])
async def test_the_bot_accepts_what_it_prints_in_every_shape(slack: str, jira: str) -> None:
    async with started("--slack-mode", slack, "--jira", jira, "--with-model") as sandbox:
        # In a thread: making a bot reads its files.
        bot = await asyncio.to_thread(Bot, sandbox.env, POLICY_FILE)
        assert bot.settings.slack is not None
        assert bot.settings.slack.mode == slack
        assert bot.settings.port == 8080
        assert bot.settings.anthropic_base_url.startswith("http://127.0.0.1:")
        assert sorted(bot.connectors) == ["jira", "servicenow"]
        assert len(bot.book.rules) == 10
        reply = next(rule.ask for rule in bot.book.rules if rule.match.action == "*.reply_publicly")
        assert reply is not None
        assert (reply.quorum, reply.escalate_to) == (2, ("S0DIRECTORS",))
        for connector in bot.connectors.values():
            assert (await connector.whoami()).id
            await connector.close()
        assert ("JIRA_PAT" in sandbox.env) == (jira == "dc")


async def test_it_prints_exports_and_comments_and_names_a_policy_that_exists() -> None:
    async with started() as sandbox:
        assert all(line.startswith(("export ", "# ")) for line in sandbox.lines)
        assert f"--config {POLICY_FILE}" in "\n".join(sandbox.lines)
        assert POLICY_FILE.is_file()
        assert "ANTHROPIC_API_KEY" not in sandbox.env


async def test_a_ticket_opened_over_the_control_api_is_told_to_the_bot_signed() -> None:
    taken: asyncio.Queue[tuple[str, Mapping[str, str]]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await taken.put((request.path, {name.lower(): value for name, value in request.headers.items()}))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/webhooks/{connector}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with started("--bot-url", bot_url) as sandbox, asyncio.timeout(10):
        await control(sandbox.env["JIRA_URL"], "create", {"summary": "Printer jams"})
        await control(sandbox.env["SERVICENOW_URL"], "incident", {"short_description": "Printer jams"})
        told = dict([await taken.get(), await taken.get()])
        assert sandbox.env["COUNTERSIGN_PORT"] == bot_url.rpartition(":")[2]
    await runner.cleanup()
    assert told["/webhooks/jira"]["x-hub-signature"].startswith("sha256=")
    assert told["/webhooks/servicenow"]["webhook-signature"].startswith("v1,")


async def test_each_vendor_lets_its_state_be_read_and_has_a_past() -> None:
    async with started("--with-model") as sandbox:
        for name in ("JIRA_URL", "SERVICENOW_URL", "ANTHROPIC_BASE_URL"):
            assert await control(sandbox.env[name], "state")
        assert (await control(sandbox.env["JIRA_URL"], "state"))["past_issues"] == PAST
        slack = sandbox.env["SLACK_API_URL"].removesuffix("/api/")
        assert "C0APPROVALS" in {room["id"] for room in (await control(slack, "state"))["channels"]}


def free_row() -> int:
    """Return the first of four ports that nobody uses, below those that systems give away by themselves."""
    for base in random.sample(range(10_000, 30_000, 4), 100):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(base, base + 4):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    pytest.fail("no four ports in a row are free")


async def test_the_ports_are_in_a_row_where_asked() -> None:
    base = free_row()
    async with started("--port-base", str(base)) as sandbox:
        assert sandbox.env["JIRA_URL"].endswith(f":{base}")
        assert sandbox.env["SERVICENOW_URL"].endswith(f":{base + 1}")
        assert sandbox.env["SLACK_API_URL"].endswith(f":{base + 2}/api/")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_cleanly_without_a_word(how: signal.Signals) -> None:
    async with started() as sandbox:
        assert await sandbox.stop(how) == 0
        assert sandbox.process.stderr is not None
        assert await sandbox.process.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--jira", "server"],
        ["--slack-mode", "fax"],
        ["--port-base", "65533"],
        ["--port-base", "-1"],
        ["--bot-url", "https://example.com"],
        ["--bot-url", "http://example.com"],
        ["--seed", "x"],
        ["--no-such-thing"],
    ],
)
def test_bad_usage_ends_with_two_and_says_why(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_port_that_is_taken_ends_with_one_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        assert main(["--port-base", str(port)]) == 1
    assert "--port-base" in capsys.readouterr().err


async def test_rate_limits_are_on_only_where_asked() -> None:
    async with started("--rate-limits") as limited, started() as free:
        states = [await control(each.env["JIRA_URL"], "state") for each in (limited, free)]
    assert [json.dumps(state["nasty"]["issue_write_limit"]) for state in states] == ["true", "false"]
