"""The brains, put together: the local one over its history, and models where there is a key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog
from redis.asyncio import Redis

from bot.brain.history import History, Learned
from bot.brain.local import Local
from bot.brain.priorities import VENDORS, Table, Tabled
from bot.brain.recalling import Recalling
from bot.brain.schooling import TARGET, refit_apart, shelf_in
from bot.config import Config
from bot.config_models import NONE
from bot.core.errors import BotError, Retry
from bot.core.judgement import Judgement, Question
from bot.core.tickets import PastTicket
from bot.core.turns import Prompt, Reply
from bot.fitting import School
from bot.learning import Pupil, teachable
from bot.ports import Clock, Connector, Model
from bot.runtime.breaker import Breaker
from bot.runtime.budgets import Allowance, Budgets, Most
from bot.runtime.cascade import Ask, Cascade
from bot.runtime.meters import Meters
from bot.runtime.models import Endpoint, Models, Residence, Role
from bot.runtime.outcomes import Outcomes
from bot.runtime.spending import FAST, STRONG
from bot.settings import Settings
from bot.trusting import Watch
from bot.writers import Converser, Task, Writer, Written

if TYPE_CHECKING:
    from bot.runtime.claude import Claude
    from bot.runtime.conversing import Conversing
    from bot.runtime.provider import Provider
    from bot.runtime.writing import Writing

HISTORY: Final = "history"
"""The folder in the data directory."""
FIRST_LESSON: Final = 1_000
"""Solved tickets read from a connector that nothing was learned from yet: some pages, a good start."""
AGAIN_S: Final = 60.0
"""Before a system that was away is asked for its past again."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def history_in(data: Path) -> History:
    """Return the history kept in the data directory."""
    return History(data / HISTORY)


Store: TypeAlias = tuple[Redis, str]
"""Redis, and the lanes' prefix in it."""


class _Late:
    """What rests on the provider's library, made when it is first asked.

    The library takes over a second and some 50 MB to import, which neither a start nor an installation
    without a key should pay for. Fills ``Model``, ``Writer`` and ``Converser``.
    """

    def __init__(self, make: Callable[[], Voices]) -> None:
        self._make = make
        self._made: Voices | None = None
        self._making = asyncio.Lock()

    async def judge(self, question: Question) -> Judgement:
        """Ask. Raises as ``Claude.judge``."""
        return await (await self._there()).claude.judge(question)

    async def write(self, task: Task) -> Written:
        """Ask. Raises as ``Writing.write``."""
        return await (await self._there()).writing.write(task)

    async def reply(self, prompt: Prompt, hear: Callable[[str], Awaitable[None]]) -> Reply:
        """Ask. Raises as ``Conversing.reply``."""
        return await (await self._there()).conversing.reply(prompt, hear)

    async def close(self) -> None:
        """Give back the connections, if there are any."""
        if self._made is not None:
            await self._made.provider.close()

    async def _there(self) -> Voices:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made


@dataclass(frozen=True, slots=True)
class Beyond:
    """The systems around, as far as models are concerned."""

    hosts: frozenset[str] = frozenset()
    """Of the ticket systems and sources: which links may lead to."""
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    """By a source's name, the connector it came with."""


class Thinking:
    """What skills ask."""

    def __init__(
        self,
        settings: Settings,
        config: Config,
        store: Store,
        clock: Clock,
        meters: Meters,
        beyond: Beyond | None = None,
    ) -> None:
        """Opens nothing yet. ``beyond``: the systems around; None: there is none."""
        beyond = beyond or Beyond()
        redis, prefix = store
        self._history, self._directory = history_in(settings.data), settings.data / HISTORY
        brain = config.file.brain
        self._from_people = brain.learn_from_people
        self._outcomes, self._writing = Outcomes(redis, prefix), asyncio.Lock()
        shelf = shelf_in(settings.data)
        self._watch = Watch(self._outcomes, clock, meters, TARGET)
        fitter = partial(refit_apart, settings.data)
        self._school = School(self._history, shelf, fitter, clock, self._watch.failing)
        folder = Path(brain.knowledge) if brain.knowledge else None
        local = Local(self._history, shelf, self._watch.of, settings.data, folder)
        self.models = models_of(settings, config, beyond.owners)
        """Whose text may be shown to whom."""
        chats, sorts = self.models.has(Role.CHAT), self.models.has(Role.TRIAGE)
        guarded = Guarded(redis, prefix, clock, meters, _allowance(config))
        self._late = (
            _Late(partial(voices, self.models, guarded, local, beyond.hosts)) if chats or sorts else None
        )
        self.writer: Writer | None = self._late if chats else None
        """None: no model is set up for it."""
        self.converser: Converser | None = self._late if chats else None
        """None: no model is set up for it."""
        cascade = Cascade(local, self._late if sorts else None, ask=Ask(brain.ask))
        self.model: Model = Recalling(Tabled(cascade, _table(config)), local)
        self._clock = clock

    async def close(self) -> None:
        """Give back the provider's connections."""
        if self._late is not None:
            await self._late.close()

    async def learn_once(self, connectors: Iterable[Connector]) -> None:
        """Learn from each connector nothing was learned from yet; one that is away is asked again."""
        waiting = list(connectors)
        while waiting:
            waiting = [connector for connector in waiting if not await self._learned(connector)]
            if waiting:
                await self._clock.sleep(AGAIN_S)

    async def learn_on(self, connectors: Mapping[str, Connector]) -> None:
        """Learn from what people decide, hold answers to what came true, and fit afresh; until cancelled."""
        pupil = Pupil(self._outcomes, connectors, self._learn, self._clock, self._directory)
        async with asyncio.TaskGroup() as lessons:
            if self._from_people:
                lessons.create_task(pupil.run())
            lessons.create_task(self._watch.run())
            lessons.create_task(self._school.run(connectors))

    async def _learn(self, connector: str, past: Sequence[PastTicket]) -> Learned:
        async with self._writing:  # a file is read, added to and replaced: two at once would lose one's part
            return await asyncio.to_thread(self._history.learn, connector, past, now=self._clock.now())

    async def _learned(self, connector: Connector) -> bool:
        """Whether there is something to go by now; False when it has to be tried again."""
        try:
            if await asyncio.to_thread(self._history.stamp, connector.name) is not None:
                return True
            past = await connector.solved(FIRST_LESSON)
            learned = await self._learn(connector.name, [teachable(each, connector) for each in past])
        except BotError as error:
            log.warning("not_learned", connector=connector.name, why=str(error))
            return not isinstance(error, Retry)
        log.info("learned", connector=connector.name, added=learned.added)
        return True


def _table(config: Config) -> Table:
    table = config.file.brain.priority
    return VENDORS if table is None else table


def models_of(settings: Settings, config: Config, owners: Mapping[str, str] | None = None) -> Models:
    """Return which models there are and whose text each may be shown.

    Raises:
        Misconfigured: a rule sends text to an endpoint that has no key.
    """
    section = config.file.models
    key, base = settings.anthropic_api_key.get_secret_value(), settings.anthropic_base_url
    endpoints = [Endpoint(api_key=key, base_url=base)]
    for name, row in section.endpoints.items():
        key = config.keys[name].get_secret_value() if name in config.keys else ""
        endpoints.append(Endpoint(name, row.kind, key, row.base_url, row.region, row.project, row.names))
    where = [
        Residence(row.connector, row.queue, None if row.endpoint == NONE else row.endpoint)
        for row in section.where
    ]
    roles = {
        Role.TRIAGE: (section.triage.model or settings.model or FAST, section.triage.endpoint),
        Role.CHAT: (section.chat.model or STRONG, section.chat.endpoint),
    }
    return Models(roles, endpoints, where, owners)


def _allowance(config: Config) -> Allowance:
    limits = config.file.limits
    return Allowance(
        day=Most(limits.llm_usd_per_day, limits.llm_tokens_per_day),
        person=Most(limits.llm_usd_per_person_per_day, limits.llm_tokens_per_person_per_day),
        ticket=Most(limits.llm_usd_per_ticket_per_day, limits.llm_tokens_per_ticket_per_day),
        run=Most(limits.llm_usd_per_run, limits.llm_tokens_per_run),
    )


@dataclass(frozen=True, slots=True)
class Guarded:
    """What every call of a model is held to."""

    redis: Redis
    prefix: str
    clock: Clock
    meters: Meters
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Voices:
    """All that speaks through the provider."""

    provider: Provider
    claude: Claude
    writing: Writing
    conversing: Conversing


def voices(models: Models, guarded: Guarded, local: Model, hosts: frozenset[str]) -> Voices:
    """Make them; this is where the provider's library is imported, see ``_Late``."""
    from bot.runtime.claude import Claude  # noqa: PLC0415  # see _Late
    from bot.runtime.conversing import Conversing  # noqa: PLC0415  # see _Late
    from bot.runtime.provider import Guards, Provider  # noqa: PLC0415  # see _Late
    from bot.runtime.writing import Writing  # noqa: PLC0415  # see _Late

    breaker = Breaker(guarded.redis, guarded.prefix, guarded.clock)
    budgets = Budgets(guarded.redis, guarded.prefix, guarded.clock, guarded.allowance)
    provider = Provider(models, Guards(breaker, budgets, guarded.meters, guarded.clock))
    return Voices(
        provider, Claude(provider, adviser=local, hosts=hosts), Writing(provider, hosts), Conversing(provider)
    )
