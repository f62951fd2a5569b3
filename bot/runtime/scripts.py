"""The Lua scripts: loaded by their hash, and their failures told as Retry or as our own bug."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Final, TypeVar

from redis import exceptions as errors
from redis.asyncio import Redis

from bot.runtime.jobs import Unavailable

Answer = TypeVar("Answer")

_HERE: Final = Path(__file__).parent / "lua"
_TEXTS: Final = {path.stem: path.read_text(encoding="utf-8") for path in _HERE.glob("*.lua")}
"""Read when the program starts, since reading a file blocks the event loop."""

AWAY_S: Final = 1.0
"""Seconds a caller should wait while Redis is away; a restart with its file takes well under that."""
_AWAY: Final = (
    errors.ConnectionError,  # also: loading, wrong password, no rights, no free connection
    errors.TimeoutError,
    errors.OutOfMemoryError,
    errors.ReadOnlyError,
    errors.ClusterDownError,
    errors.TryAgainError,
    OSError,
)
_PASSING: Final = (
    "MISCONF",
    "NOREPLICAS",
    "LOADING",
    "MASTERDOWN",
    "BUSY ",
    "OOM",
    "READONLY",
    "CLUSTERDOWN",
)
"""Error codes of a server that will take the same call later, once it or its operator has recovered.
https://valkey.io/topics/protocol/#simple-errors and the servers' own texts."""


class Script:
    """One script; calling it is one round trip."""

    def __init__(self, name: str) -> None:
        """Take ``lua/<name>.lua``, with the shared part in front."""
        self._text = _TEXTS["lib"] + _TEXTS[name]
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, redis: Redis, prefix: str, *args: str | bytes | int) -> Any:
        """Run it.

        Raises:
            Unavailable: Redis did not answer or may not write now; the call may or may not have happened, and
                may be sent again.
            ResponseError: our own bug, or a key of ours that somebody else wrote to.
        """
        try:
            return await outage_told(redis.evalsha(self._sha, 1, prefix, *args))
        except errors.NoScriptError:
            # A restarted server has forgotten its scripts. EVAL runs this call and teaches it again.
            return await outage_told(redis.eval(self._text, 1, prefix, *args))


async def outage_told(call: Awaitable[Answer]) -> Answer:
    """Await ``call``, and turn the ways in which Redis can be away into ``Unavailable``.

    A cancel is never lost: redis-py waits under a time limit, and on Python 3.11 such a wait can swallow a
    cancel that arrives together with the limit (python/cpython#86296). Then it is raised here.
    """
    task = asyncio.current_task()
    asked_before = task.cancelling() if task else 0
    try:
        answer = await call
    except _AWAY as away:
        if task is not None and task.cancelling() > asked_before:
            raise asyncio.CancelledError from away
        raise Unavailable(f"Redis is away: {away}", after_s=AWAY_S) from away
    except errors.ResponseError as refused:
        if str(refused).startswith(_PASSING):
            raise Unavailable(f"Redis cannot write now: {refused}", after_s=AWAY_S) from refused
        raise
    if task is not None and task.cancelling() > asked_before:
        raise asyncio.CancelledError
    return answer
