"""What an operator does from the command line, on the Redis that the replicas share."""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

import connectors
import skills
from approvals.policy import Rulebook
from bot.app import PREFIX
from bot.clock import SystemClock
from bot.config import Config, load_config
from bot.core.errors import Misconfigured
from bot.kinds import Kind
from bot.opening import rulebook
from bot.ports import Connector
from bot.registry import discover
from bot.runtime.embedded import open_embedded
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pending import Pending
from bot.runtime.redis_client import command_client
from bot.runtime.stops import KillSwitch, Names, Stop, Stops
from bot.settings import Environment, read_settings

ALL = "all"
SHOWN_BYTES_MAX = 20_000
"""Of a dead letter's payload, printed for a person who asked for it."""


@asynccontextmanager
async def reached(environ: Mapping[str, str]) -> AsyncGenerator[Redis]:
    """Connect to the Redis that the replicas share; without ``REDIS_URL`` to the embedded one.

    A bot on this machine has that server running; otherwise it is started for as long as this lasts.

    Raises:
        Misconfigured: settings cannot be used, or no server can be started here.
        Unavailable: the embedded server does not come up.
    """
    settings = read_settings(Environment(environ))
    server = None
    url = settings.redis_url
    if not url:
        server = await open_embedded(settings.data)
        url = server.url
    redis = command_client(url)
    try:
        yield redis
    finally:
        await redis.aclose()
        if server is not None:
            await server.stop()


# -- who is at the keyboard ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operator:
    """The person behind a command."""

    login: str
    """As ``operators:`` names people."""
    recorded: str
    """For the audit: the login, and the account that vouches for it where that is another one."""

    @property
    def actor(self) -> str:
        """``cli:<login>``, or ``cli:<login>(<account>)``."""
        return f"cli:{self.recorded}"


def os_login() -> str:
    """Return the name of the account this process belongs to; its number where a container has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid{os.getuid()}"


def operator(environ: Mapping[str, str], claimed: str, known: Mapping[str, str]) -> Operator:
    """Return who is at the keyboard: a named account, else whom it speaks for.

    ``claimed``: what ``--as`` says; ``known``: the logins of ``operators:``. An account that is itself an
    operator's speaks for nobody else; any other (root, a service, a container) may, and is recorded too.

    Raises:
        Misconfigured: an operator claims to be somebody else.
    """
    account = os_login()
    named = claimed or environ.get("COUNTERSIGN_OPERATOR", "")
    if account in known:
        if named not in {"", account}:
            raise Misconfigured(
                f"this is the account of the operator {account!r}, who cannot act as {named!r}: "
                "leave out --as and COUNTERSIGN_OPERATOR"
            )
        return Operator(account, account)
    login = named or environ.get("SUDO_USER", "") or account
    return Operator(login, login if login == account else f"{login}({account})")


# -- what is configured --------------------------------------------------------------------------------------


def policy(environ: Mapping[str, str], path: Path | None) -> Rulebook:
    """Return the policy in force, without opening any connector. Reads files: not for the event loop.

    Raises:
        Misconfigured: with file, line and key.
    """
    env = Environment(environ)
    config = load_config(path, env)
    return rulebook(config, _names(config, env).connectors)


def names(environ: Mapping[str, str], path: Path | None) -> Names:
    """Return which connectors and skills there are. Raises and reads as :func:`policy`."""
    env = Environment(environ)
    return _names(load_config(path, env), env)


def _names(config: Config, env: Environment) -> Names:
    sections = config.file.connectors
    taken = {str(section.get("kind", name)) for name, section in sections.items()}
    by_environment = [
        n for n, kind in _kinds().items() if n not in taken and env.get(kind.environment["url"])
    ]
    return Names([*sections, *by_environment], list(discover(skills, "SKILL")))


def kinds(environ: Mapping[str, str], path: Path | None) -> Mapping[str, str]:
    """Return the kind of each connector that is set up. Raises and reads as :func:`policy`."""
    config = load_config(path, Environment(environ))
    sections = config.file.connectors
    return {name: str(sections.get(name, {}).get("kind", name)) for name in names(environ, path).connectors}


def _kinds() -> Mapping[str, Kind[Connector]]:
    found: dict[str, Kind[Connector]] = discover(connectors, "CONNECTOR")
    return found


# -- the kill switch -----------------------------------------------------------------------------------------


async def stop(environ: Mapping[str, str], scope: str, why: str, by: Operator, *, cancel: bool) -> int:
    """Stop ``scope``; returns how many waiting proposals were called off.

    Raises:
        Misconfigured: as :func:`reached`, or no reason is given.
        Unavailable: Redis does not answer; nothing is known to be stopped.
    """
    async with reached(environ) as redis:
        return await kill_switch(redis).stop(scope, why, by.actor, cancel=cancel)


async def resume(environ: Mapping[str, str], scope: str, by: Operator) -> bool:
    """Lift the stop of exactly ``scope``; False when there was none. Raises as :func:`reached`."""
    async with reached(environ) as redis:
        return await kill_switch(redis).resume(scope, by.actor)


async def stops(environ: Mapping[str, str]) -> tuple[Stop, ...]:
    """Return every stop in force. Raises as :func:`reached`."""
    async with reached(environ) as redis:
        return await Stops(redis, PREFIX).in_force()


def kill_switch(redis: Redis, prefix: str = PREFIX) -> KillSwitch:
    """Return a kill switch outside of any replica."""
    lanes, clock = Lanes(redis, prefix, pools=ALL_POOLS), SystemClock()
    journal = Journal(lanes, Rulebook(), clock, Meters())
    return KillSwitch(Stops(redis, prefix), Pending(redis, lanes, journal, clock), journal, clock)


# -- dead letters --------------------------------------------------------------------------------------------


async def operate(environ: Mapping[str, str], config: Path | None, verb: str, *args: str) -> Any:
    """Connect, do one thing, and disconnect.

    Raises:
        Misconfigured: settings cannot be used, or there is nothing of that name; says what to do.
        Unavailable: Redis does not answer.
    """
    del config  # the file says nothing about where Redis is
    async with reached(environ) as redis:
        return await _VERBS[verb](Lanes(redis, PREFIX, pools=ALL_POOLS), *args)


async def _dead_list(lanes: Lanes) -> list[dict[str, Any]]:
    return [asdict(letter) for letter in await lanes.dead.list()]


async def _dead_show(lanes: Lanes, ident: str) -> dict[str, Any]:
    found = await lanes.dead.show(ident)
    if found is None:
        raise Misconfigured(f"no dead letter is called {ident}. See: countersign dead list")
    letter, data = found
    return asdict(letter) | {"data": data[:SHOWN_BYTES_MAX].decode("utf-8", "replace")}


async def _dead_replay(lanes: Lanes, ident: str) -> int:
    return await lanes.dead.replay(None if ident == ALL else [ident])


async def _dead_drop(lanes: Lanes, ident: str) -> int:
    return await lanes.dead.drop(None if ident == ALL else [ident])


_VERBS: Mapping[str, Any] = {
    "dead_list": _dead_list,
    "dead_show": _dead_show,
    "dead_replay": _dead_replay,
    "dead_drop": _dead_drop,
}
