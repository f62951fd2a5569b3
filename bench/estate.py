"""A bot with fake vendors around it, each in a process of its own, on an embedded server."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import aiohttp

from bench.processes import Child, asked, child, until_ready
from bench.watched import Note
from bench.wire import post

IDLE_S_MAX = 120.0
NOTES_ONLY = """\
version: 1
modes: [{ mode: suggest }]
approvals: [{ match: { action: "*.add_internal_note" }, allow: true }]
"""
WITH_CARDS = """\
version: 1
slack: { approvals_channel: C0APPROVALS }
modes: [{ mode: approve }]
approvals:
  - match: { action: "*.add_internal_note" }
    allow: true
  - match: { action: "*.set_fields" }
    ask: { approvers: [U0ALICE, U0BOB], quorum: %d, expires_after: 8h }
limits: { actions_per_ticket_per_hour: 10 }
"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One that exists in the fake Jira and that the bot has not been told of."""

    id: str
    key: str
    webhook: bytes
    """The request that tells it."""


@dataclass(slots=True)
class Estate:
    """Handles on all of it."""

    bot: Child
    vendors: Child
    slack_url: str
    slack_secret: str
    """What Slack's requests are signed with."""
    _session: aiohttp.ClientSession

    async def prepare(self, count: int) -> list[Ticket]:
        """Make tickets in the fake Jira, whose webhooks only we send."""
        made = await asked(self._session, f"{self.vendors.url}/_control/bench/prepare", {"count": count})
        return [
            Ticket(each["id"], each["key"], post("/webhooks/jira", each["headers"], each["body"].encode()))
            for each in made
        ]

    async def forget(self) -> None:
        """Drop the tickets prepared so far: the fake must not slow down over a long run."""
        await asked(self._session, f"{self.vendors.url}/_control/bench/forget", {})

    async def timeline(self) -> list[Note]:
        """Return what the bot's stopwatches noted since the last call."""
        page = await asked(self._session, f"{self.bot.url}/bench/timeline")
        return [(each[0], each[1], each[2], each[3], each[4]) for each in page]

    async def slack_state(self) -> dict[str, Any]:
        """Return the fake Slack as JSON."""
        state: dict[str, Any] = await asked(self._session, f"{self.slack_url}/_control/state")
        return state

    async def click(self, **body: str) -> None:
        """Press a button in the fake Slack."""
        await asked(self._session, f"{self.slack_url}/_control/click", body)

    async def mention(self, user: str, text: str) -> None:
        """Name the bot in a channel of the fake Slack."""
        body = {"user": user, "channel": "C0GENERAL", "text": text}
        await asked(self._session, f"{self.slack_url}/_control/mention", body)

    async def idle(self) -> None:
        """Wait until nothing is queued or running in the bot, timers aside.

        Raises:
            TimeoutError: there still is, after ``IDLE_S_MAX``.
        """
        end = perf_counter() + IDLE_S_MAX
        while await self._waiting():
            if perf_counter() > end:
                raise TimeoutError("the bot does not work its tickets off")
            await asyncio.sleep(0.05)

    async def _waiting(self) -> int:
        async with self._session.get(f"{self.bot.url}/metrics") as answer:
            page = await answer.text()
        lines = [line for line in page.splitlines() if line.startswith("countersign_queue_jobs{")]
        return sum(int(float(line.rpartition(" ")[2])) for line in lines)


@asynccontextmanager
async def estate(
    module: Literal["bench.watched", "bot"] = "bench.watched",
    *,
    cards: bool = False,
    quorum: int = 1,
    redis_url: str = "",
    more: str = "",
    env: Mapping[str, str] | None = None,
) -> AsyncGenerator[Estate]:
    """Start everything, ready to be told of tickets; with ``cards``, Slack as well.

    ``quorum``: how many people have to agree. ``redis_url``: another server than the bot's own.
    ``more``: what else stands in the file. ``env``: what else the bot is told by its environment.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-")))
        config = folder / "countersign.yaml"
        config.write_text(((WITH_CARDS % quorum) if cards else NOTES_ONLY) + more, encoding="utf-8")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        vendors = await stack.enter_async_context(child("bench.vendors"))
        known = await asked(session, f"{vendors.url}/_control/bench/environment")
        told: dict[str, str] = {
            **known["jira"],
            **(known["slack"] if cards else {}),
            **({"REDIS_URL": redis_url} if redis_url else {}),
            "COUNTERSIGN_DATA": str(folder / "data"),
            "COUNTERSIGN_PORT": "0",
            "COUNTERSIGN_LOG_LEVEL": "WARNING",
            **(env or {}),
        }
        args = (module, str(config)) if module == "bench.watched" else ("bot", "run", "--config", str(config))
        bot = await stack.enter_async_context(child(*args, env=told))
        await until_ready(bot)
        await asked(session, f"{vendors.url}/_control/bench/tell", {"url": bot.url})
        yield Estate(bot, vendors, known["url"], known["slack"]["SLACK_SIGNING_SECRET"], session)
