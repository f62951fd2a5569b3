"""The brains, put together: the local one over its history, Claude where there is a key, and the budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from bot.core.errors import BotError, Retry
from bot.core.judgement import Judgement, Question
from bot.core.tickets import PastTicket
from bot.fitting import School
from bot.learning import Pupil, teachable
from bot.ports import Clock, Connector, Model
from bot.runtime.cascade import Ask, Cascade
from bot.runtime.meters import Meters
from bot.runtime.outcomes import Outcomes
from bot.runtime.spending import Spending
from bot.settings import Settings
from bot.trusting import Watch

if TYPE_CHECKING:
    from bot.runtime.claude import Claude

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
    """Claude as a ``Model``, made when it is first asked.

    Its library takes over a second and some 50 MB to import, which neither a start nor an installation
    without a key should pay for.
    """

    def __init__(self, make: Callable[[], Claude]) -> None:
        self._make = make
        self._made: Claude | None = None
        self._making = asyncio.Lock()

    async def judge(self, question: Question) -> Judgement:
        """Ask. Raises as ``Claude.judge``."""
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
        return await self._made.judge(question)

    async def close(self) -> None:
        """Give back the connections, if there are any."""
        if self._made is not None:
            await self._made.close()


class Thinking:
    """What skills ask."""

    def __init__(
        self, settings: Settings, config: Config, store: Store, clock: Clock, meters: Meters
    ) -> None:
        """Opens nothing yet."""
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
        self._claude: _Late | None = None
        key = settings.anthropic_api_key.get_secret_value()
        if key:
            usd = config.file.limits.llm_usd_per_day
            budget = Spending(redis, clock, prefix=prefix, usd_per_day=usd)
            self._claude = _Late(lambda: _claude(key, settings, budget, local))
        cascade = Cascade(local, self._claude, clock, ask=Ask(brain.ask))
        self.model: Model = Recalling(Tabled(cascade, _table(config)), local)
        self._clock = clock

    async def close(self) -> None:
        """Give back the provider's connections."""
        if self._claude is not None:
            await self._claude.close()

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


def _claude(key: str, settings: Settings, budget: Spending, local: Model) -> Claude:
    """Make the provider; what the environment leaves open has its usual value."""
    from bot.runtime.claude import BASE_URL, MODEL, Claude, ClaudeSettings  # noqa: PLC0415  # see _Late

    url, model = settings.anthropic_base_url or BASE_URL, settings.model or MODEL
    return Claude(ClaudeSettings(key, base_url=url, model=model), spending=budget, adviser=local)
