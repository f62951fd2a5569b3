"""An event loop in which time is a number: it waits for nothing, and one seed decides who goes first.

When nothing is ready it jumps to the next timer. There are two clocks, as on a laptop that can sleep:
``time()`` counts only while somebody is busy, and ``wall()`` also what ``skip`` slept through. What the
product asks for (sleeps, time-outs) hangs on the first; what happens outside (people, vendors) on the second.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import traceback
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar, TypeVarTuple

from typing_extensions import override

from tests.simulation.chance import dice

Result = TypeVar("Result")
Ts = TypeVarTuple("Ts")
TOGETHER_S = 1e-6
"""Timers this close are due together; below any delay that means something."""
BATCH_SHUFFLED = 0.7
"""How often the tasks that are ready run in another order than they became ready."""
TURNS_MAX = 5_000_000
"""No world of ours needs a tenth of it."""
TASKS_MAX = 4096
"""Kept before those that are done are forgotten."""
Coro = Generator[Any, None, Result] | Coroutine[Any, Any, Result]


class Life:
    """One process: what was started in it stops for good, in the middle of a line, when it is killed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True

    def context(self) -> contextvars.Context:
        """Return a context in which everything that is started belongs to this life."""
        inside = contextvars.Context()
        inside.run(LIFE.set, self)
        return inside


LIFE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("LIFE", default=None)


class Stuck(Exception):
    """Nothing is ready and no timer runs, though somebody waits; or far too much has run."""


class VirtualLoop(asyncio.BaseEventLoop):
    """What asyncio needs of a loop, without sockets, threads or a real clock."""

    def __init__(self, seed: int, *, start_s: float) -> None:
        """``start_s``: the wall clock at the beginning, seconds since 1970."""
        self._over = self._running = False
        super().__init__()
        self._dice = dice(seed, "loop")
        self._time, self._offset = 0.0, start_s
        self._steps: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._agenda: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = itertools.count()
        self._tasks: list[asyncio.Task[Any]] = []
        self._dropped: list[asyncio.Handle] = []
        """What the dead would have done next; without it they could not even be cancelled in the end."""
        self._outside = contextvars.Context()
        self.turns = 0
        self.failures: list[str] = []
        """What nobody caught, in words."""
        self.when_idle: Callable[[], None] = lambda: None
        """Called whenever nothing is ready; may ``skip``."""

    # -- the two clocks ------------------------------------------------------------------------------------

    @override
    def time(self) -> float:
        return self._time

    def wall(self) -> float:
        """Return seconds since 1970."""
        return self._offset + self._time

    def skip(self, seconds: float) -> None:
        """Let the wall clock go on while everybody who waits for ``time()`` is asleep."""
        self._offset += max(seconds, 0.0)

    def next_outside(self) -> float | None:
        """Return when the next thing outside happens, on the wall clock; None when nothing will."""
        while self._agenda and self._agenda[0][2].cancelled():
            heapq.heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else None

    # -- what asyncio asks for -----------------------------------------------------------------------------

    @override
    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._steps.append(handle)
        return handle

    @override
    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._time + max(delay, 0.0), callback, *args, context=context)

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def outside_in(self, seconds: float, callback: Callable[[], object]) -> None:
        """Let ``callback`` run outside of every life, that much wall time from now."""
        when = self.wall() + max(seconds, 0.0)
        timer = asyncio.TimerHandle(when, callback, (), self, self._outside)
        heapq.heappush(self._agenda, (when, next(self._numbers), timer))

    @override
    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    @override
    def create_task(self, coro: Coro[Result], **options: Any) -> asyncio.Task[Result]:
        task: asyncio.Task[Result] = asyncio.Task(coro, loop=self, **options)
        if len(self._tasks) > TASKS_MAX:
            self._tasks = [each for each in self._tasks if not each.done()]
        self._tasks.append(task)
        return task

    def go(self, work: Coroutine[Any, Any, None], life: Life | None = None) -> None:
        """Start ``work`` in ``life``, or outside of every one; what breaks it is kept in ``failures``."""
        context = contextvars.Context() if life is None else life.context()
        self.create_task(work, context=context).add_done_callback(self._report)

    def _report(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            place = traceback.extract_tb(error.__traceback__)[-1]
            self.failures.append(f"broke at {place.filename}:{place.lineno}: {error!r}")

    @override
    def run_in_executor(
        self, executor: Any, func: Callable[[*Ts], Result], *args: *Ts
    ) -> asyncio.Future[Result]:
        """Run it here and now: a thread would finish whenever the machine likes."""
        del executor
        done: asyncio.Future[Result] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # it belongs to whoever awaits it
            done.set_exception(error)
        return done

    @override
    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.failures.append(f"{context.get('message')}: {type(error).__name__}: {error}")

    @override
    def get_debug(self) -> bool:
        return False

    @override
    def is_running(self) -> bool:
        return self._running

    @override
    def is_closed(self) -> bool:
        return self._over

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Do nothing: a cancelled timer is dropped when its time comes."""

    # -- running -------------------------------------------------------------------------------------------

    @override
    def run_until_complete(self, future: Any) -> Any:
        """Run until ``future`` is done and return its result.

        Raises:
            Stuck: it never will be.
        """
        asyncio._set_running_loop(self)
        self._running = True
        try:
            task = asyncio.ensure_future(future, loop=self)
            while not task.done():
                self._turn()
            return task.result()
        finally:
            self._running = False
            asyncio._set_running_loop(None)

    def end(self, bound: int = 1000) -> None:
        """Cancel every task that is left, the killed ones too, and let them fall apart in order."""
        asyncio._set_running_loop(self)
        self._steps += self._dropped
        try:
            for _ in range(bound):
                left = [task for task in self._tasks if not task.done()]
                if not left:
                    break
                for task in left:
                    task.cancel()
                self._run_ready(last=True)
        finally:
            asyncio._set_running_loop(None)
            self._steps.clear()
            self._timers.clear()
            self._agenda.clear()
            self._over = True

    def _turn(self) -> None:
        self._take_due()
        if not self._steps:
            self.when_idle()
            self._jump()
            self._take_due()
        self._run_ready()

    def _jump(self) -> None:
        """Go to the next timer, whichever clock it hangs on."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        outside = self.next_outside()
        nexts = [self._timers[0][0]] if self._timers else []
        nexts += [] if outside is None else [outside - self._offset]
        if not nexts:
            raise Stuck("somebody waits for what nobody will do")
        self._time = max(self._time, min(nexts))

    def _take_due(self) -> None:
        for heap, now in ((self._timers, self._time), (self._agenda, self.wall())):
            while heap and heap[0][0] <= now + TOGETHER_S:
                timer = heapq.heappop(heap)[2]
                if not timer.cancelled():
                    self._steps.append(timer)

    def _run_ready(self, *, last: bool = False) -> None:
        """Run what is ready now; ``last``: the dead as well, so that nothing is left half-way for the end."""
        batch, self._steps = self._steps, []
        self.turns += 1
        if self.turns > TURNS_MAX and not last:
            raise Stuck(f"it goes round and round: {self.turns} turns")
        if not last and len(batch) > 1 and self._dice.random() < BATCH_SHUFFLED:
            self._shuffle(batch)
        for handle in batch:
            life = _life_of(handle)
            if life is not None and not life.alive and not last:
                self._dropped.append(handle)
            elif not handle.cancelled():
                handle._run()

    def _shuffle(self, batch: list[asyncio.Handle]) -> None:
        """Change the order of tasks among themselves; that of plain callbacks is promised and stays."""
        spots = [spot for spot, handle in enumerate(batch) if _is_step(handle)]
        tasks = [batch[spot] for spot in spots]
        self._dice.shuffle(tasks)
        for spot, handle in zip(spots, tasks, strict=True):
            batch[spot] = handle


def _life_of(handle: Any) -> Life | None:
    found: Life | None = handle._context.get(LIFE)
    return found


def _is_step(handle: Any) -> bool:
    return isinstance(getattr(handle._callback, "__self__", None), asyncio.Task)
