"""The conversations in Redis: where they are kept, the jobs that reach them, and how a run is told to end."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.core.codec import decode, encode
from bot.core.errors import Malformed
from bot.core.fingerprint import fingerprint
from bot.core.ids import EventId
from bot.core.talks import LookAgain, PointTo, RunAgent, SayLines, ShowSession, Talk, TalkEvent, TalkOrder
from bot.core.tickets import TicketRef
from bot.runtime.envelopes import CHAT, RUNS
from bot.runtime.jobs import AN_HOUR_S, FAST, Job
from bot.runtime.lanes import Lanes
from bot.runtime.scripts import outage_told

TALK: Final = "talk"
"""Kind of the jobs that bring an event to a conversation."""
TURN: Final = "turn"
"""Kind of the jobs that carry out what a conversation ordered."""
TALK_OF: Final = "talk-of"
"""The look-up from a channel and a ticket to the conversation about it there."""
HALT_KEPT_S: Final = 3600
"""Longer than any run."""
BEGUN_S: Final = 600
"""Longer than a first answer takes; by then the look-up knows."""
JOIN_S: Final = 10
"""How long a direct message outside of any thread goes on with the one before it."""
RATED_KEPT_S: Final = 30 * 24 * 3600
"""How long a person may change their mind about an answer."""
_NECK: Final = b"\n"


class Talks:
    """Reads them. Every method may raise ``Unavailable``."""

    def __init__(self, lanes: Lanes) -> None:
        """``lanes``: where the documents are."""
        self._lanes = lanes

    async def load(self, lane: str) -> tuple[int, Talk]:
        """Return the conversation of ``lane`` and its version; an empty one where nothing was said yet."""
        version, document = await self._lanes.load(lane)
        return version, Talk(lane) if document is None else decode(document)

    async def about(self, channel: str, ref: TicketRef) -> str:
        """Return the lane of the conversation about a ticket in ``channel``, or an empty string."""
        return await self._lanes.find(TALK_OF, topic(channel, ref)) or ""

    async def begun(self, channel: str, ref: TicketRef, lane: str) -> str:
        """Return the lane of the conversation that was the first to ask about a ticket in ``channel``.

        Which one is about it the look-up knows only once there is an answer. It is ``lane``'s from now on,
        where there is no other.
        """
        return await self._lanes.first(topic(channel, ref), lane, keep_s=BEGUN_S)


class Halts:
    """Runs that are to end. Every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix = redis, f"{prefix}:halt"

    async def call(self, run: EventId) -> None:
        """Have ``run`` end, on whichever replica it is."""
        await outage_told(self._redis.set(self._key(run), b"1", ex=HALT_KEPT_S))

    async def is_called(self, run: EventId) -> bool:
        """Whether ``run`` is to end."""
        return bool(await outage_told(self._redis.exists(self._key(run))))

    def _key(self, run: EventId) -> str:
        return f"{self._prefix}:{fingerprint(run)[:32]}"


class Joins:
    """Messages that belong to another one's thread: people write one thing in several messages.

    Every method may raise ``Unavailable``.
    """

    def __init__(self, redis: Redis, prefix: str, remember_s: float) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix = redis, f"{prefix}:join"
        self._kept_s = round(remember_s) + AN_HOUR_S

    async def thread_of(self, channel: str, ts: str, person: str) -> str:
        """Return the message that ``ts``, which begins no thread of its own within a moment, belongs to.

        Asked again, it is the same: the first sign is there already.
        """
        known = cast("bytes | None", await outage_told(self._redis.get(self._key(channel, ts))))
        if known is not None:
            return known.decode()
        now = f"{self._prefix}:now:{channel}:{person}"
        begins = await outage_told(self._redis.set(now, ts, nx=True, ex=JOIN_S))
        first = None if begins else cast("bytes | None", await outage_told(self._redis.get(now)))
        thread = ts if first is None else first.decode()
        await outage_told(self._redis.set(self._key(channel, ts), thread, ex=self._kept_s))
        return thread

    async def parted(self, channel: str, ts: str, person: str) -> None:
        """Let nothing more join ``ts``, which was deleted: whoever writes it anew begins with that."""
        now = f"{self._prefix}:now:{channel}:{person}"
        first = cast("bytes | None", await outage_told(self._redis.get(now)))
        if first is not None and first.decode() == ts:
            await outage_told(self._redis.delete(now))

    async def joined(self, channel: str, ts: str) -> str:
        """Return the message that ``ts`` was joined to; itself, where it was not, nor will be any more."""
        key = self._key(channel, ts)
        if await outage_told(self._redis.set(key, ts, nx=True, ex=self._kept_s)):
            return ts
        found = cast("bytes | None", await outage_told(self._redis.get(key)))
        return found.decode() if found is not None else ts

    def _key(self, channel: str, ts: str) -> str:
        return f"{self._prefix}:{channel}:{ts}"


class Ratings:
    """What people think of answers. Every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix = redis, f"{prefix}:rating"

    async def last(self, run: str, person: str) -> tuple[str, str]:
        """Return a person's last word on a run's answer, and which press of a button said it; else empty."""
        found = cast("bytes | None", await outage_told(_awaited(self._redis.hget(self._key(run), person))))
        verdict, _, press = found.decode().partition("|") if found is not None else ("", "", "")
        return verdict, press

    async def note(self, run: str, person: str, verdict: str, press: str) -> None:
        """Note a person's word on a run's answer, in place of the one before."""
        key = self._key(run)
        await outage_told(_awaited(self._redis.hset(key, person, f"{verdict}|{press}")))
        await outage_told(self._redis.expire(key, RATED_KEPT_S))

    def _key(self, run: str) -> str:
        return f"{self._prefix}:{fingerprint(run)[:32]}"


def _awaited(answer: Any) -> Awaitable[Any]:
    """redis-py types half of its answers for both of its clients at once."""
    return cast("Awaitable[Any]", answer)


def topic(channel: str, ref: TicketRef) -> str:
    """Return under what the look-up holds the conversation about a ticket in a channel."""
    return f"{channel}:{ref.connector}:{ref.id}"


def talk_job(lane: str, event: TalkEvent, *, delay_s: float = 0.0) -> Job:
    """Return the job that brings ``event`` to its conversation's lane, in order."""
    return Job(
        id=f"t:{event.id}",
        kind=TALK,
        data=_seal(lane, event),
        lane=lane,
        pool=FAST,
        delay_ms=max(0, round(delay_s * 1000)),
    )


def turn_job(lane: str, order: TalkOrder, now: datetime) -> Job:
    """Return the job that carries ``order`` out, off the conversation's lane: a run takes a minute."""
    delay_s = (order.at - now).total_seconds() if isinstance(order, LookAgain) else 0.0
    behind, pool = "", FAST
    if isinstance(order, RunAgent):
        pool = RUNS
    elif isinstance(order, ShowSession):
        behind, pool = f"session:{lane}", CHAT
    elif isinstance(order, SayLines | PointTo):
        behind, pool = f"say:{lane}", CHAT  # what is said later stands below
    return Job(
        id=f"u:{order.id}",
        kind=TURN,
        data=_seal(lane, order),
        lane=behind,
        pool=pool,
        delay_ms=max(0, round(delay_s * 1000)),
    )


def _seal(lane: str, body: TalkEvent | TalkOrder) -> bytes:
    return lane.encode() + _NECK + encode(body)


def unseal(data: bytes) -> tuple[str, Any]:
    """Read what :func:`_seal` wrote.

    Raises:
        Malformed: not ours; the job becomes a dead letter.
    """
    lane, neck, body = data.partition(_NECK)
    if not neck:
        raise Malformed("a job's data is cut off")
    return lane.decode("utf-8", "replace"), decode(body)
