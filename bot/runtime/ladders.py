"""The ladders in Redis: where they are kept, and the jobs that reach them, in a lane of their own."""

from __future__ import annotations

from typing import Any, Final

from approvals.policy import Where
from bot.core.codec import decode, encode
from bot.core.errors import Malformed
from bot.core.ladder import CallOff, Climb, Ladder, Order, ShowStep, lane_of
from bot.core.rungs import Moved
from bot.runtime.envelopes import CHAT
from bot.runtime.jobs import FAST, Job
from bot.runtime.lanes import Lanes

CLIMB: Final = "climb"
"""Kind of the jobs that bring an event to a ladder."""
STEP: Final = "step"
"""Kind of the jobs that carry out what a ladder ordered."""
LADDERS: Final = "ladder"
"""The look-up of connectors that have a ladder, for those who list."""
_NECK: Final = b"\n"


class Ladders:
    """Reads them. Every method may raise ``Unavailable``."""

    def __init__(self, lanes: Lanes) -> None:
        """``lanes``: where the documents are."""
        self._lanes = lanes
        self._read: dict[str, tuple[bytes, Ladder]] = {}

    async def load(self, connector: str) -> tuple[int, Ladder]:
        """Return the ladder of ``connector`` and its version; an empty one where nothing was moved yet."""
        version, document = await self._lanes.load(lane_of(connector))
        if document is None:
            return version, Ladder(connector)
        known = self._read.get(connector)
        # Looked up before every write: the very bytes that were read before need not be read again.
        ladder = known[1] if known is not None and known[0] == document else decode(document)
        self._read[connector] = (document, ladder)
        return version, ladder

    async def of(self, connector: str) -> Ladder:
        """Return the ladder of ``connector``."""
        return (await self.load(connector))[1]

    async def held(self, connector: str, queue: str, skill: str) -> tuple[Moved, ...]:
        """Return the modes that hold for ``skill`` in ``queue`` in place of the file's."""
        held = (await self.of(connector)).held
        return tuple(each for each in held if (each.rung.queue, each.rung.skill) == (queue, skill))

    async def all(self) -> list[Ladder]:
        """Return every ladder on which anything ever happened, by connector."""
        return [await self.of(connector) for connector in sorted(await self._lanes.find_all(LADDERS))]


async def held_at(ladders: Ladders | None, place: Where) -> tuple[Moved, ...]:
    """Return what holds for who asks at ``place``; nothing for a person, or where there are no ladders."""
    if ladders is None or not place.skill:
        return ()
    return await ladders.held(place.connector, place.queue, place.skill)


def climb_job(connector: str, event: Climb) -> Job:
    """Return the job that brings ``event`` to its ladder's lane, in order."""
    return Job(
        id=f"l:{event.id}", kind=CLIMB, data=_seal(connector, event), lane=lane_of(connector), pool=FAST
    )


def order_job(connector: str, order: Order) -> Job:
    """Return the job that carries ``order`` out, off the ladder's lane."""
    # One after another: two that find no card up would both post one.
    lane = f"card:{order.step}" if isinstance(order, ShowStep) else ""
    pool = FAST if isinstance(order, CallOff) else CHAT
    return Job(id=f"o:{order.id}", kind=STEP, data=_seal(connector, order), lane=lane, pool=pool)


def _seal(connector: str, body: Climb | Order) -> bytes:
    return connector.encode() + _NECK + encode(body)


def unseal(data: bytes) -> tuple[str, Any]:
    """Read what :func:`_seal` wrote.

    Raises:
        Malformed: not ours; the job becomes a dead letter.
    """
    connector, neck, body = data.partition(_NECK)
    if not neck:
        raise Malformed("a job's data is cut off")
    return connector.decode("utf-8", "replace"), decode(body)
