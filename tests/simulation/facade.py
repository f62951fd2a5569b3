"""What a replica takes for its Redis client: the same calls, the same errors, and a network that fails.

Each command runs at once on the one real server; before and after it virtual time passes, in which the
connection may be cut: before, so that nothing happened, or after, so that it happened and nobody was told.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tests.simulation.chance import Dice
from tests.simulation.loop import Life, VirtualLoop
from tests.simulation.server import EXPIRE, ONE_COMMAND, Part, Server, hashed, names, script

RETRIES: Final = 3
"""As ``redis_client.command_client``; the reading client has none."""
MOMENT_S: Final = 1e-3
"""A blocking read with less than this left ends now."""
SWEEP_S: Final = 60.0
"""Keys that expire do so this much late at most."""
OWN: Final = {text: hashed(script(text)) for text in (EXPIRE, ONE_COMMAND)}
"""Our scripts and what EVALSHA calls them."""


class Trace(Protocol):
    """Writes down what happened."""

    def __call__(self, line: str, parts: Sequence[Part] = (), /) -> None: ...


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network to Redis is."""

    cut_before: float = 0.0
    """How many of the commands never arrive."""
    cut_after: float = 0.0
    """How many are carried out without anybody being told."""
    slow: float = 0.0
    """How many take up to ``slow_s``."""
    slow_s: float = 2.0
    latency_s: float = 0.0008


class Shore:
    """Where all replicas' connections land: one server, its clock, and who waits for which stream."""

    def __init__(self, server: Server, loop: VirtualLoop, dice: Dice, trace: Trace) -> None:
        self.server, self.loop, self.dice, self.trace = server, loop, dice, trace
        self.weather = Weather()
        self.down_until = 0.0
        self.restarts = 0
        self.cuts = 0
        self.commands = 0
        self.held: Counter[str] = Counter()
        """Pool to entries in its stream that nobody has read yet."""
        self.entries = 0
        """Entries in all streams, being worked on or not."""
        self._seen: dict[str, dict[str, float]] = defaultdict(dict)
        """Pool to entries being worked on, each with when its holder was last heard of."""
        self.switched: list[tuple[float, str, bool]] = []
        """When which kill switch was pulled (true) or let go of."""
        self.closed = False
        self._names = names()
        self._next_due = math.inf
        self._expired_at = 0.0
        self._waiting: list[tuple[str, Life, asyncio.Future[None]]] = []
        self._clients: list[Client] = []
        server.call("FLUSHALL")
        server.call("SCRIPT", "FLUSH")

    def client(self, life: Life, *, retries: int = RETRIES) -> Client:
        """Return a client for one replica."""
        made = Client(self, life, retries)
        self._clients.append(made)
        return made

    @property
    def in_flight(self) -> int:
        """How many commands of living replicas are on their way."""
        return sum(client.in_flight for client in self._clients if client.life.alive)

    def kill(self, away_s: float) -> None:
        """Kill the server; every connection breaks, and it is back after ``away_s``."""
        self.server.kill()
        self.restarts += 1
        self.down_until = self.loop.wall() + away_s
        self.trace("redis killed")
        self.wake_all()
        self.loop.outside_in(away_s, self._back)

    def _back(self) -> None:
        self.server.start_again()
        self.down_until = 0.0
        self.trace("redis back")

    def command(self, *parts: Part) -> Any:
        """Run a command that looks at no clock."""
        self.commands += 1
        answer = self.server.call(*parts)
        if str(parts[1]).endswith(":stops") and parts[0] in {"HSET", "HDEL"}:
            self.switched.append((self.loop.wall(), str(parts[2]), parts[0] == "HSET"))
        return answer

    def evaluate(self, how: str, what: str, prefix: str, *args: Part) -> Any:
        """Run EVAL or EVALSHA with the virtual time along."""
        self._expire(prefix)
        answer = self._scripted(how, what, prefix, *args)
        self._heard(name := self.name_of(what if how == "EVALSHA" else hashed(what)), args, answer)
        if name == "stop":  # not by its answer: a call that is sent again does nothing more
            thrown = bool(self.server.call("HEXISTS", f"{prefix}:stops", args[0]))
            self.switched.append((self.loop.wall(), str(args[0]), thrown))
        return answer

    def _heard(self, name: str, args: tuple[Part, ...], answer: Any) -> None:
        """Remember who was heard of: by a beat, or by taking over."""
        if name == "beat":
            kept = [str(entry) for entry, alive in zip(args[3::3], answer, strict=True) if alive]
            self.seen(str(args[0]), kept)
        elif name == "reclaim":
            self.seen(str(args[0]), [row[0].decode() for row in answer[1]])

    def seen(self, pool: str, entries: list[str]) -> None:
        """Remember that the holder of each entry is alive now."""
        for entry in entries:
            self._seen[pool][entry] = self.loop.wall()

    def own(self, text: str, prefix: str, *args: Part) -> Any:
        """Run a script of ours as a client would: by its hash, and taught where the server forgot it."""
        self._expire(prefix)
        return self._own(text, prefix, *args)

    def _own(self, text: str, prefix: str, *args: Part) -> Any:
        try:
            return self._scripted("EVALSHA", OWN[text], prefix, *args)
        except NoScriptError:
            return self._scripted("EVAL", script(text), prefix, *args)

    @property
    def next_due(self) -> float:
        """Return when the next timer is due; infinity when there is none."""
        return self._next_due

    def name_of(self, sha: str) -> str:
        """Return what the product calls a script."""
        return self._names.get(sha, sha[:6])

    def foreseen(self, sha: str, args: tuple[Part, ...]) -> Any:
        """Return the answer of a look that can find nothing, or None; replicas look all the time."""
        name = self.name_of(sha)
        if name == "reclaim":
            pool, silent_s = str(args[0]), float(args[4]) / 1000
            young = self.loop.wall() - silent_s
            return [b"0-0", []] if all(seen > young for seen in self._seen[pool].values()) else None
        left = self.next_due - self.loop.wall() if name == "tick" else 0.0
        if left > MOMENT_S:
            return [0, -1 if math.isinf(left) else math.ceil(left * 1000)]
        return None

    def _scripted(self, how: str, what: str, prefix: str, *args: Part) -> Any:
        self.commands += 1
        answer, pushed, removed, due = self.server.call(how, what, 2, prefix, self._wall_us(), *args)
        for pool in pushed.decode().split():
            self.held[pool] += 1
            self.entries += 1
            self._wake(pool)
        if due:
            self._next_due = float(due) / 1000
        for name in removed.decode().split():
            pool, _, entry = name.partition("|")
            self.entries -= 1
            # One that was given back unread is not among them.
            self._seen[pool].pop(entry, None)
        return answer

    async def wait_for(self, pool: str, life: Life, *, until: float) -> None:
        """Return when an entry comes into ``pool``, when the server goes, or at ``until``."""
        future: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append((pool, life, future))
        timer = self.loop.call_at(until, _finish, future)
        try:
            await future
        finally:
            timer.cancel()

    def wake_all(self) -> None:
        """End every blocking read."""
        waiting, self._waiting = self._waiting, []
        for _, _, future in waiting:
            _finish(future)

    def _wake(self, pool: str) -> None:
        self._waiting = [each for each in self._waiting if not each[2].done() and each[1].alive]
        fitting = [each for each in self._waiting if each[0] == pool]
        if fitting:
            chosen = self.dice.choice(fitting)
            self._waiting.remove(chosen)
            chosen[2].set_result(None)

    def _wall_us(self) -> int:
        return round(self.loop.wall() * 1_000_000)

    def _expire(self, prefix: str) -> None:
        if self.loop.wall() >= self._expired_at + SWEEP_S:
            self._expired_at = self.loop.wall()
            self._own(EXPIRE, prefix)


class Client:
    """The part of ``redis.asyncio.Redis`` that the product uses."""

    def __init__(self, shore: Shore, life: Life, retries: int) -> None:
        self._shore, self.life, self._retries = shore, life, retries
        self.in_flight = 0

    # -- scripts -------------------------------------------------------------------------------------------

    async def evalsha(self, sha: str, numkeys: int, *parts: Part) -> Any:
        assert numkeys == 1, "every script of ours has the prefix as its one key"
        shore, prefix, args = self._shore, str(parts[0]), parts[1:]
        known = None if shore.down_until or shore.closed else shore.foreseen(sha, args)
        if known is not None:
            return known
        return await self._surely(
            shore.name_of(sha), lambda: shore.evaluate("EVALSHA", sha, prefix, *args), args
        )

    async def eval(self, text: str, numkeys: int, *parts: Part) -> Any:
        assert numkeys == 1, "every script of ours has the prefix as its one key"
        shore, prefix, args = self._shore, str(parts[0]), parts[1:]
        return await self._surely(
            shore.name_of(hashed(text)), lambda: shore.evaluate("EVAL", text, prefix, *args), args
        )

    # -- plain commands ------------------------------------------------------------------------------------

    async def hmget(self, key: str, *fields: str | list[str]) -> Any:
        flat = [each for field in fields for each in (field if isinstance(field, list) else [field])]
        return await self._plain("HMGET", key, *flat)

    async def hget(self, key: str, field: str) -> Any:
        return await self._plain("HGET", key, field)

    async def hgetall(self, key: str) -> dict[bytes, bytes]:
        flat: list[bytes] = await self._plain("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2], strict=True))

    async def hset(self, key: str, field: str, value: Part) -> Any:
        return await self._plain("HSET", key, field, value)

    async def exists(self, *keys: str) -> Any:
        return await self._plain("EXISTS", *keys)

    async def hscan(
        self, key: str, cursor: int, *, match: str | None = None, count: int | None = None
    ) -> tuple[int, dict[bytes, bytes]]:
        options: list[Part] = [] if match is None else ["MATCH", match]
        options += [] if count is None else ["COUNT", count]
        after, flat = await self._plain("HSCAN", key, cursor, *options)
        return int(after), dict(zip(flat[::2], flat[1::2], strict=True))

    async def hvals(self, key: str) -> Any:
        return await self._plain("HVALS", key)

    async def sadd(self, key: str, *members: Part) -> Any:
        return await self._plain("SADD", key, *members)

    async def scard(self, key: str) -> Any:
        return await self._plain("SCARD", key)

    async def sismember(self, key: str, member: Part) -> Any:
        return await self._plain("SISMEMBER", key, member)

    async def hdel(self, key: str, *fields: str) -> Any:
        return await self._plain("HDEL", key, *fields)

    async def get(self, key: str) -> Any:
        return await self._plain("GET", key)

    async def incr(self, key: str) -> Any:
        return await self._plain("INCR", key)

    async def delete(self, *keys: str) -> Any:
        return await self._plain("DEL", *keys)

    async def set(self, key: str, value: Part, *, nx: bool = False, ex: int | None = None) -> Any:
        options: list[Part] = ["NX"] if nx else []
        options += [] if ex is None else ["EX", ex]
        return await self._clocked(key, "SET", key, value, *options)

    async def expire(self, key: str, seconds: int) -> Any:
        return await self._clocked(key, "EXPIRE", key, seconds)

    async def xgroup_create(self, key: str, group: str, *, id: str = "$", mkstream: bool = False) -> Any:  # noqa: A002  # redis-py's own word
        return await self._plain("XGROUP", "CREATE", key, group, id, *(["MKSTREAM"] if mkstream else []))

    async def aclose(self) -> None:
        """Do nothing: the wire is the shore's."""

    async def xreadgroup(
        self, group: str, consumer: str, streams: Mapping[str, str], *, count: int, block: int
    ) -> Any:
        """Read what is there, or wait for it as a blocking read does."""
        (stream,) = streams
        prefix, _, pool = stream.partition(":q:")
        shore, end = self._shore, self._shore.loop.time() + block / 1000
        parts = ("XREADGROUP", "GROUP", group, consumer, "COUNT", count, "STREAMS", stream, ">")
        while True:
            restarts = shore.restarts
            if shore.held[pool] > 0 or shore.down_until:
                answer = await self._surely("read", lambda: self._take(pool, prefix, parts), parts)
                if answer:
                    return answer
            left = end - shore.loop.time()
            if left <= MOMENT_S:
                return []
            await shore.wait_for(pool, self.life, until=end)
            if shore.restarts != restarts:
                raise RedisConnectionError("Connection closed by server.")

    def _take(self, pool: str, prefix: str, parts: tuple[Part, ...]) -> Any:
        answer = self._shore.own(ONE_COMMAND, prefix, *parts)
        if answer:
            self._shore.held[pool] -= len(answer[0][1])
            self._shore.seen(pool, [row[0].decode() for row in answer[0][1]])
            for row in answer[0][1]:
                row[1] = dict(zip(row[1][::2], row[1][1::2], strict=True))
        return answer

    # -- the network ---------------------------------------------------------------------------------------

    async def _plain(self, *parts: Part) -> Any:
        return await self._surely(str(parts[0]), lambda: self._shore.command(*parts), parts)

    async def _clocked(self, key: str, *parts: Part) -> Any:
        prefix = key.partition(":")[0]
        return await self._surely(str(parts[0]), lambda: self._shore.own(ONE_COMMAND, prefix, *parts), parts)

    async def _surely(self, what: str, run: Callable[[], Any], parts: tuple[Part, ...]) -> Any:
        """Try as often as the real client does."""
        failures = 0
        self.in_flight += 1
        try:
            while True:
                try:
                    return await self._once(what, run, parts)
                except (RedisConnectionError, RedisTimeoutError):
                    failures += 1
                    if failures > self._retries:
                        raise
                    await asyncio.sleep(self._shore.dice.uniform(0.01, 0.5))
        finally:
            self.in_flight -= 1

    async def _once(self, what: str, run: Callable[[], Any], parts: tuple[Part, ...]) -> Any:
        shore = self._shore
        dice, weather = shore.dice, shore.weather
        if shore.closed:
            raise asyncio.CancelledError
        slow = dice.random() < weather.slow
        there, back = self._takes(weather.slow_s if slow else weather.latency_s)
        restarts = shore.restarts
        if there:
            await asyncio.sleep(there)
        if shore.down_until or shore.restarts != restarts:
            raise RedisConnectionError("Error 111 connecting to Redis. Connection refused.")
        if dice.random() < weather.cut_before:
            shore.cuts += 1
            shore.trace(f"{self.life.name} {what} cut before")
            raise RedisConnectionError("Connection reset by peer")
        shore.trace(f"{self.life.name} {what}", parts)
        answer = run()
        if back:
            await asyncio.sleep(back)
        if shore.restarts != restarts:
            raise RedisConnectionError("Connection closed by server.")
        if dice.random() < weather.cut_after:
            shore.cuts += 1
            shore.trace(f"{self.life.name} {what} cut after")
            raise RedisTimeoutError("Timeout reading from socket")
        return answer

    def _takes(self, most_s: float) -> tuple[float, float]:
        """Return how long the way there and the way back take; mostly one of them is all there is to tell."""
        draw = self._shore.dice.random() * 2 * most_s
        return (draw, 0.0) if draw < most_s else (0.0, draw - most_s)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
