"""Starts vendors, bot and page; waits; stops them in the right order. The one module that knows the bot."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bot.app import Bot
from bot.core.errors import BotError
from bot.logs import configure
from sandbox.demo.bell import Bell
from sandbox.demo.chat import Chat
from sandbox.demo.desk import Desk
from sandbox.demo.estate import POLICY_FILE, Estate, Shape
from sandbox.demo.feed import Feed
from sandbox.demo.jira_desk import JiraDesk
from sandbox.demo.lessons import Lessons
from sandbox.demo.routes import Page
from sandbox.demo.servicenow_desk import ServiceNowDesk
from sandbox.demo.telling import Names, Teller

LISTEN: Final = "127.0.0.1"
DRAIN_S: Final = 8.0
"""How long what was accepted may take to be finished once somebody wants to stop."""
SETTLE_S: Final = 2.0
"""How long whoever pushes time waits for what is under way."""
QUIET_LOOKS, LOOK_S = 3, 0.02
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Setting:
    """How to run it."""

    port: int
    """Where the page is; 0: a free port."""
    seed: int
    data: Path
    """The bot's data directory; nothing in it has to outlive the demo."""


def run(port: int, seed: int) -> int:
    """Run until Ctrl-C or SIGTERM; the exit code."""
    configure("text", "WARNING")
    if not _is_free(port):
        sys.stderr.write(f"countersign demo: port {port} is taken. Choose another with --port, or --port 0\n")
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="countersign-demo-") as data:
            return asyncio.run(_until_stopped(Setting(port, seed, Path(data))))
    except (BotError, OSError) as error:
        sys.stderr.write(f"countersign demo: {error}\n")
        return 1


def _is_free(port: int) -> bool:
    """Whether the page could listen on ``port`` now; looked at before anything is started."""
    with socket.socket() as probe:
        # As asyncio's own servers do: a port whose last owner has just gone is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LISTEN, port))
        except OSError:
            return False
    return True


async def _until_stopped(setting: Setting) -> int:
    stop, ready = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in STOP_SIGNALS:
        loop.add_signal_handler(name, stop.set)
    running = asyncio.create_task(_serve(setting, stop, ready))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ready.is_set():
        # Whoever stops it while it starts does not wait for the start. (It may have failed by itself.)
        running.cancel()
    try:
        return await running
    except asyncio.CancelledError:
        _say("countersign demo: stopped before it was ready")
        return 0


async def _serve(setting: Setting, stop: asyncio.Event, ready: asyncio.Event) -> int:
    async with demo(setting) as (bot, estate):
        ready.set()
        _say(f"countersign demo: open {bot.url} (Ctrl-C ends it)")
        await stop.wait()
        left = await _drain(bot, estate)
    ending = f"with {left} jobs unfinished" if left else "everything accepted was finished"
    _say(f"countersign demo: stopped, {ending}")
    return 0


@asynccontextmanager
async def demo(setting: Setting) -> AsyncGenerator[tuple[Bot, Estate]]:
    """Run vendors, bot and page.

    Raises:
        BotError: the port is taken, or the embedded server does not start; says what to do.
        OSError: no loopback port is free for a fake vendor.
    """
    async with AsyncExitStack() as stack:
        estate = await stack.enter_async_context(Estate(Shape(seed=setting.seed)))
        bell = Bell()
        page, feed = _page(estate, bell)
        lessons, environment = Lessons(bell.lessons), _environment(estate, setting)
        page.standings = lessons.standings
        # In a thread: making a bot reads its files.
        bot = await asyncio.to_thread(Bot, environment, POLICY_FILE, extra=page.install, clock=estate.wheel)
        await stack.enter_async_context(bot)
        page.push = partial(push, bot, estate, bell)
        for work in (
            feed.follow(bot.redis, bot.lanes.prefix),
            _listen(estate, bell),
            lessons.run(environment, POLICY_FILE),
        ):
            task = asyncio.create_task(work)
            stack.push_async_callback(_end, task)
        stack.callback(bell.close)
        estate.tell(bot.url)
        yield bot, estate


def _environment(estate: Estate, setting: Setting) -> Mapping[str, str]:
    """Return the whole environment: nothing of the real one, so that no key and no account is used."""
    return {
        **estate.environment(),
        "COUNTERSIGN_HOST": LISTEN,
        "COUNTERSIGN_PORT": str(setting.port),
        "COUNTERSIGN_DATA": str(setting.data),
    }


def _page(estate: Estate, bell: Bell) -> tuple[Page, Feed]:
    desks: Mapping[str, Desk] = {
        "jira": JiraDesk(estate.jira.world),
        "servicenow": ServiceNowDesk(estate.servicenow.world, estate.servicenow.credentials.bot_user),
    }
    for desk in desks.values():
        desk.on_change(bell.tickets)
    feed = Feed(Teller(names_of(desks, estate)), bell)
    page = Page(desks, Chat(estate.slack), feed, bell, lambda: estate.wheel.ahead_s)
    page.seed = estate.shape.seed
    return page, feed


def names_of(desks: Mapping[str, Desk], estate: Estate) -> Names:
    """Return how the feed turns ids into words."""

    def key(system: str, vendor_id: str) -> str:
        try:
            return desks[system].key_of(vendor_id) if system in desks else ""
        except LookupError:  # deleted meanwhile
            return ""

    def person(ident: str) -> str:
        user, group = estate.slack.world.users.get(ident), estate.slack.world.usergroups.get(ident)
        if group is not None:
            return f"the {group.name.lower()}"
        return user.real_name if user is not None else ident

    return Names(key, person)


async def _listen(estate: Estate, bell: Bell) -> None:
    """Pass Slack's own counter on to the bell."""
    changes = estate.slack.world.changes
    seen = changes.count
    while True:
        now = await changes.wait(seen, DRAIN_S)
        if now != seen:
            seen = now
            bell.chat()


async def push(bot: Bot, estate: Estate, bell: Bell, seconds: float) -> None:
    """Push everybody's time forward.

    Work under way ends first: a timer that it is about to set was counted from the old time.

    Raises:
        ValueError: it is no way forward, or too far.
    """
    await _drain(bot, estate, within_s=SETTLE_S)
    await estate.wheel.push(seconds, bot.redis, f"{bot.lanes.prefix}:due")
    bell.time()


async def _drain(bot: Bot, estate: Estate, *, within_s: float = DRAIN_S) -> int:
    """Let webhooks arrive and queued work end; returns how many jobs are left after ``within_s``."""
    left, quiet = 0, 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            # Twice in a row: a job that ends may have changed a ticket, whose webhook is then on its way.
            while quiet < QUIET_LOOKS:
                await asyncio.gather(
                    estate.jira.deliveries.settle(),
                    estate.servicenow.deliveries.settle(),
                    estate.slack.world.settle(),
                )
                left = sum(pool.queued + pool.running for pool in (await bot.lanes.depths()).pools.values())
                quiet = 0 if left else quiet + 1
                await asyncio.sleep(LOOK_S)
    return left


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
