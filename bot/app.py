"""The composition root: builds everything, starts it, and stops it in the right order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import structlog
from aiohttp import web
from pydantic import JsonValue
from redis.asyncio import Redis

import skills
from bot.api import Api
from bot.audit.auditor import Auditor
from bot.audit.keys import SigningKey, own_key
from bot.clock import SystemClock
from bot.composing import Base, Composed, compose, compose_slack
from bot.config import load_config
from bot.conversations import known_hosts
from bot.core.audit import Record
from bot.core.errors import BotError, Misconfigured, Retry
from bot.opening import open_connectors, open_sources, rulebook
from bot.ports import Clock, Skill
from bot.registry import discover
from bot.runtime.acceptor import Acceptor
from bot.runtime.embedded import Embedded, open_embedded
from bot.runtime.envelopes import ALL_POOLS, CHAT, RUNS
from bot.runtime.health import Health
from bot.runtime.intake import BODY_BYTES_MAX, Receiver
from bot.runtime.jobs import FAST, MODEL, VENDOR
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pending import Pending
from bot.runtime.policies import Policies
from bot.runtime.poller import Poller
from bot.runtime.pump import Worker
from bot.runtime.redis_client import command_client, reading_client, warnings_about
from bot.runtime.stops import KillSwitch, Names, StopNotice, Stops
from bot.settings import Environment, Settings, read_settings
from bot.slack.side import SlackSide
from bot.thinking import Thinking

PREFIX: Final = "{countersign}"
"""Of every key; one Cluster hash tag, so that one script may touch several keys."""
ROOM: Final[Mapping[str, int]] = {FAST: 32, MODEL: 8, VENDOR: 16, CHAT: 8, RUNS: 200}
"""Jobs under way at a time, by pool. Vendors' threads are eight a connector; a model call takes seconds. Of
two hundred people who talk at once nobody waits for another: what their runs do is wait."""
GRACE_S: Final = 20.0
"""How long requests under way may take at a stop."""
CANCEL_S: Final = 0.5
"""How long a background task may take to end before it is told again."""
Role = Literal["all", "intake", "worker"]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Bot:
    """One replica. ``async with`` starts it and, at the end, hands over what is under way."""

    def __init__(
        self,
        environ: Mapping[str, str],
        config_path: Path | None = None,
        *,
        extra: Callable[[web.Application], None] | None = None,
        role: Role = "all",
        clock: Clock | None = None,
    ) -> None:
        """``extra`` adds routes, before the server starts. ``clock``: another than the machine's.

        Raises:
            Misconfigured: before anything is started; says what and where.
        """
        env = Environment(environ)
        self.settings: Settings = read_settings(env)
        self.config = load_config(config_path, env)
        self.connectors = open_connectors(self.config, env)
        self.book = rulebook(self.config, self.connectors)
        self._skills: dict[str, Skill] = discover(skills, "SKILL")
        self._sources = open_sources(self.config, env, self.connectors)
        self._hosts = known_hosts(self.config, env)
        self._env = env
        self._key = None if role == "intake" else own_key(env, self.settings.data)
        self._auditor: Auditor | None = None
        self.clock: Clock = clock or SystemClock()
        self.meters = Meters()
        self._extra, self._role = extra, role
        self._server: Embedded | None = None
        self._runner: web.AppRunner | None = None
        self._worker: Worker | None = None
        self._slack: SlackSide | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._worker_task: asyncio.Task[None] | None = None
        self._thinking: Thinking | None = None
        self._redis: Redis | None = None
        self._redis_seen = False
        self._reader: Redis | None = None
        self.url = ""

    @property
    def redis(self) -> Redis:
        """The client for commands; valid once started."""
        assert self._redis is not None, "not started"
        return self._redis

    async def __aenter__(self) -> Self:
        """Start everything; returns once requests are taken."""
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop taking in, finish or hand over what is under way, close."""
        await self._stop()

    async def wait(self, stop: asyncio.Event) -> None:
        """Return once ``stop`` is set, or raise what ended the workers.

        Raises:
            Misconfigured: nothing runs here any more.
        """
        stopped = asyncio.create_task(stop.wait())
        watched = {stopped, *([self._worker_task] if self._worker_task else [])}
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if self._worker_task is not None and self._worker_task.done() and not stop.is_set():
            await self._worker_task

    # -- starting ------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        for warning in self.config.warnings():
            log.warning("config", warning=warning)
        url = self.settings.redis_url or await self._embedded()
        self._redis, self._reader = command_client(url), reading_client(url)
        self.lanes = Lanes(self._redis, PREFIX, pools=ALL_POOLS)
        self.journal = Journal(self.lanes, self.book, self.clock, self.meters)
        self.stops = Stops(self._redis, PREFIX)
        self._pending = Pending(self._redis, self.lanes, self.journal, self.clock)
        self._switch = KillSwitch(self.stops, self._pending, self.journal, self.clock)
        acceptor = Acceptor(self.lanes)
        base = self._base()
        slack = compose_slack(base)
        self._slack = slack.side
        if self._role != "intake":
            self._worker = Worker(self.lanes, self._reader, clock=self.clock)
        health = Health(self.lanes, self._worker, self.clock, self.meters)
        await self._listen(acceptor, health)
        notice = StopNotice(self.stops, self.clock, self.meters)
        health.watch(notice.trouble)
        self._go(notice.run())
        if self._key is not None:
            self._audit(self._key, health)
        if self._worker is not None:
            self._set_to_work(self._worker, compose(base, slack))
        if self._slack is not None:
            health.watch(
                lambda: f"Slack: {self._slack.trouble}" if self._slack and self._slack.trouble else ""
            )
            self._go(self._run_slack(self._slack, acceptor))

    def _audit(self, key: SigningKey, health: Health) -> None:
        """Seal, prune and forward what was decided; one replica at a time does."""
        name, section = self.lanes.name, self.config.file.audit
        auditor = Auditor(self.redis, PREFIX, self.clock, key, name=name, section=section)
        auditor.forward(self._env)
        health.watch(lambda: f"audit: {auditor.trouble}" if auditor.trouble else "")
        self._auditor = auditor
        self._go(auditor.run())

    async def _embedded(self) -> str:
        self._server = await open_embedded(self.settings.data)
        self._go(self._server.keep(self.clock))
        return self._server.url

    async def _work(self, worker: Worker, composed: Composed) -> None:
        """Work as soon as there is a Redis; until then requests are answered 503 and /readyz says why."""
        await self._await_redis()
        self._redis_seen = True
        self._go(self._call_off())
        await worker.run(composed.handlers, ROOM, composed.given_up)

    async def _call_off(self) -> None:
        """End what waits under a mode or a rule that the file has changed meanwhile."""
        await self._pending.sweep(self.book)

    async def _await_redis(self) -> None:
        """Wait for Redis however long it is away: starting first must not matter."""
        while True:
            try:
                for warning in await warnings_about(self.redis):
                    log.warning("redis", warning=warning)
                await self.lanes.ensure_groups()
                await self._keep_policy()
            except Retry as away:
                log.warning("redis_away", why=str(away))
                await self.clock.sleep(away.after_s)
            else:
                return

    async def _keep_policy(self) -> None:
        """Remember which policy is in force from now on, for those who ask later why."""
        now = self.clock.now()
        new = await Policies(self.redis, PREFIX).loaded(self.config.text, now)
        if new:
            details: dict[str, JsonValue] = {"policy": new, "rules": len(self.book.rules)}
            loaded = Record(at=now, what="policy.loaded", ticket="", actor="policy", details=details)
            await self.journal.record(loaded)

    def _set_to_work(self, worker: Worker, composed: Composed) -> None:
        self._thinking = composed.thinking
        self._worker_task = asyncio.create_task(self._work(worker, composed))
        for work in composed.beside:
            self._go(work)
        self._go(self._think())
        for connector in self.connectors.values():
            self._go(Poller(connector, self.lanes, self.redis, self.clock).run())

    def _base(self) -> Base:
        return Base(
            settings=self.settings,
            config=self.config,
            book=self.book,
            connectors=self.connectors,
            skills=self._skills,
            clock=self.clock,
            meters=self.meters,
            redis=self.redis,
            lanes=self.lanes,
            journal=self.journal,
            stops=self.stops,
            pending=self._pending,
            switch=self._switch,
            sources=self._sources,
            hosts=self._hosts,
        )

    async def _listen(self, acceptor: Acceptor, health: Health) -> None:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        receiver = Receiver(self.connectors, acceptor, self.clock, self.meters)
        app.router.add_get("/healthz", health.healthz)
        app.router.add_get("/readyz", health.readyz)
        app.router.add_get("/metrics", health.metrics)
        if self._role != "worker":
            app.router.add_post("/webhooks/{connector}", receiver.receive)
            if self._slack is not None and self._slack.settings.mode == "http":
                app.router.add_post("/slack/events", self._slack.receive)
        Api(self._switch, self.settings.api_token, Names(list(self.connectors), list(self._skills))).routes(
            app
        )
        if self._extra is not None:
            self._extra(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.settings.host, self.settings.port)
        try:
            await site.start()
        except OSError as error:
            where = f"{self.settings.host}:{self.settings.port}"
            raise Misconfigured(
                f"cannot listen on {where}: {error.strerror}. Choose another COUNTERSIGN_PORT"
            ) from error
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def _think(self) -> None:
        """Learn from what was solved before, when nothing was learned yet, and from what people decide."""
        assert self._thinking is not None, "made with the handlers"
        async with asyncio.TaskGroup() as lessons:
            lessons.create_task(self._thinking.learn_once(self.connectors.values()))
            lessons.create_task(self._thinking.learn_on(self.connectors))

    async def _run_slack(self, side: SlackSide, acceptor: Acceptor) -> None:
        await side.come_up(acceptor, self.meters)
        if side.settings.mode == "socket" and self._role != "worker":
            await side.hold_socket(self.redis, PREFIX, self.lanes.name)

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_report)
        self._tasks.append(task)

    # -- stopping ------------------------------------------------------------------------------------------

    async def _stop(self) -> None:
        """Edge first, then the workers, then what both lean on."""
        if self._runner is not None:
            await self._runner.cleanup()
        await _ended(self._tasks)
        if self._worker is not None and self._worker_task is not None:
            self._worker.stop()
            if not self._redis_seen:
                self._worker_task.cancel()
            await asyncio.gather(self._worker_task, return_exceptions=True)
        if self._auditor is not None and self._redis_seen:
            with contextlib.suppress(BotError):
                await self._auditor.finish()
        await self._close()

    async def _close(self) -> None:
        if self._slack is not None:
            await self._slack.close()
        if self._thinking is not None:
            await self._thinking.close()
        for source in self._sources:
            await source.close()
        for connector in self.connectors.values():
            await connector.close()
        for client in (self._reader, self._redis):
            if client is not None:
                await client.aclose()
        if self._server is not None:
            await self._server.stop()


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: on Python 3.11 a library's time limit can swallow a cancel."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_S)


def _report(task: asyncio.Task[None]) -> None:
    """A task that ends by itself is our bug: nobody waits for it, so it must not end in silence."""
    if not task.cancelled() and (error := task.exception()):
        log.error("background_task_lost", task=str(task.get_coro()), error=f"{type(error).__name__}: {error}")
