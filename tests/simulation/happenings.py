"""What happens to a world now and then: tickets change, replicas end, servers go, people come and go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bot.core.errors import Retry
from bot.ports import Clock
from tests.simulation.chat import Lent
from tests.simulation.plan import APPROVERS, DIRECTORS, MANAGERS, OTHERS
from tests.simulation.tracker import AGENTS, CONNECTOR, DONE, PRIORITIES, REQUESTER, STATUSES
from tests.simulation.world import HOUR_S, World

RESUME_S: Final = 3 * HOUR_S
"""Between two looks of an operator at what is stopped."""
SCOPES: Final = ("*", f"connector:{CONNECTOR}", "skill:triage")
OPERATOR: Final = "cli:olga"
HALF: Final = 0.5


def begin(world: World) -> None:
    """Put everything that the plan has in store on the world's agenda."""
    for what, count in world.plan.happenings.items():
        for _ in range(count):
            world.at_random(0.9, partial(_HAPPENINGS[what], world))
    world.loop.outside_in(RESUME_S, partial(_look_at_stops, world))
    world.loop.outside_in(world.plan.hours * HOUR_S, partial(_calm, world))


def _calm(world: World) -> None:
    world.calms()
    for scope in SCOPES:
        _release(world, scope)


def _look_at_stops(world: World) -> None:
    """Let somebody lift now and then what a leak has stopped."""
    if not world.is_calm:
        _release(world, f"connector:{CONNECTOR}")
        world.loop.outside_in(RESUME_S, partial(_look_at_stops, world))


def _touch(world: World) -> None:
    issue = world.some_issue()
    if issue is not None:
        world.tracker.edit(issue, world.dice.choice(AGENTS), priority=(world.dice.choice(PRIORITIES),))


def _reword(world: World) -> None:
    issue = world.some_issue()
    if issue is not None:
        world.tracker.reword(issue, f"{issue.summary} still")


def _say(world: World) -> None:
    issue = world.some_issue()
    if issue is not None:
        by = world.dice.choice((*AGENTS, REQUESTER))
        world.tracker.say(issue, by, "Hello?", public=by is REQUESTER or world.dice.random() < 0.5)


def _close(world: World) -> None:
    issue = world.some_issue()
    if issue is not None:
        world.tracker.edit(issue, AGENTS[0], status=(STATUSES[0] if issue.closed else DONE,))


def _delete(world: World) -> None:
    issue = world.some_issue()
    if issue is not None:
        world.tracker.delete(issue)


def _redis(world: World) -> None:
    if not world.shore.down_until:
        world.shore.kill(world.dice.choice((0.2, 3.0, 40.0)))


def _outage(world: World) -> None:
    """Slack is away for a while."""
    world.slack.temper.down_until = world.loop.wall() + world.dice.choice((30.0, 300.0, 1200.0))


def _regroup(world: World) -> None:
    """Somebody leaves a group, somebody joins it."""
    group = world.dice.choice((MANAGERS, DIRECTORS))
    world.slack.set_group(group, frozenset(world.dice.sample(APPROVERS, world.dice.randint(0, 3))))


def _lend(world: World) -> None:
    """Somebody goes away and lends their voice to somebody else."""
    alive = world.alive()
    if not alive:
        return
    replica = world.dice.choice(alive)
    of = world.dice.choice(APPROVERS)
    by = world.dice.choice([each for each in (*APPROVERS, *OTHERS) if each != of])
    now = world.loop.wall()
    until = now + world.dice.choice((HOUR_S, 8 * HOUR_S))
    # From now on: nobody knows when the replica gets through to say so. An earlier one is replaced.
    world.slack.lent.append(Lent(of, by, now, until))
    ends = datetime.fromtimestamp(until, UTC)
    world.loop.go(_surely(partial(replica.lend, of, by, ends), replica.clock), replica.life)


def _switch(world: World) -> None:
    """Somebody pulls the kill switch, and lets go of it later."""
    alive = world.alive()
    if not alive:
        return
    replica = world.dice.choice(alive)
    scope = world.dice.choice(SCOPES)
    cancel = world.dice.random() < HALF
    pulls = partial(replica.switch.stop, scope, "drill", OPERATOR, cancel=cancel)
    world.loop.go(_surely(pulls, replica.clock), replica.life)
    world.loop.outside_in(world.dice.choice((60.0, 3600.0)), lambda: _release(world, scope))


def _release(world: World, scope: str) -> None:
    alive = world.alive()
    if not alive:
        world.loop.outside_in(30.0, lambda: _release(world, scope))
        return
    replica = world.dice.choice(alive)
    world.loop.go(_surely(lambda: replica.switch.resume(scope, OPERATOR), replica.clock), replica.life)


async def _surely(call: Callable[[], Awaitable[object]], clock: Clock) -> None:
    """Repeat as a person at a command line would."""
    while True:
        try:
            await call()
        except Retry as away:
            await clock.sleep(away.after_s)
        else:
            return


_HAPPENINGS: Final[Mapping[str, Callable[[World], None]]] = {
    "crash": lambda world: world.crash(gently=False),
    "stop": lambda world: world.crash(gently=True),
    "redis": _redis,
    "outage": _outage,
    "touch": _touch,
    "reword": _reword,
    "say": _say,
    "close": _close,
    "delete": _delete,
    "regroup": _regroup,
    "switch": _switch,
    "lend": _lend,
}
