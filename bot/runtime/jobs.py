"""The words of the queue: what is put in, what a worker holds, and what it answers. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from bot.core.errors import Retry

FAST: Final = "fast"
"""Clicks, decisions, cards."""
MODEL: Final = "model"
"""Model calls and skills, which may take minutes."""
VENDOR: Final = "vendor"
"""Reads and writes in the ticket systems."""
POOLS: Final = (FAST, MODEL, VENDOR)

DATA_BYTES_MAX: Final = 8 * 1024 * 1024
"""A job's payload. Above the 5 MiB a webhook may have, below what stalls everybody else on one Redis."""
NAME_CHARS_MAX: Final = 1024
"""Ids, lanes, kinds: they become parts of keys."""
AN_HOUR_S: Final = 3600
DEDUPE_S: Final = 7 * 24 * AN_HOUR_S
"""Longer than vendors redeliver: Slack gives up within hours, Jira within a day."""
DONE_KEPT_S: Final = AN_HOUR_S
"""How long the id of an ended job is refused, so that a call sent twice does not run it twice."""


class Unavailable(Retry):
    """Redis is away, loading, read-only or full; whether it stored anything is unknown."""


class Busy(Retry):
    """More is waiting to be stored than we hold in memory. Answer 503 with ``after_s``."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do once, some time from now."""

    id: str
    """Derived from what caused it, so that a replay names the same job."""
    kind: str
    """Which handler runs it."""
    data: bytes
    lane: str = ""
    """Jobs of one lane run one after another, in order. Empty: no order, no waiting."""
    pool: str = FAST
    """Who runs it. A slow pool never delays another."""
    delay_ms: int = 0
    """Not before this many ms from now. It takes its place in the lane only then."""

    def __post_init__(self) -> None:
        """Refuse what would be found out only inside a script."""
        if not self.id or not self.kind or not self.pool:
            raise ValueError("a job needs an id, a kind and a pool")
        if max(len(self.id), len(self.kind), len(self.lane), len(self.pool)) > NAME_CHARS_MAX:
            raise ValueError(f"ids, kinds, lanes and pools have at most {NAME_CHARS_MAX} characters")
        if len(self.data) > DATA_BYTES_MAX:
            raise ValueError(f"job {self.id} carries {len(self.data)} bytes, at most {DATA_BYTES_MAX} fit")
        if self.delay_ms < 0:
            raise ValueError("a delay is never negative")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Stored and queued; it survives the loss of this process."""

    id: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Known already, nothing was stored."""

    of: str
    """Id of the job that stands for it."""


Receipt: TypeAlias = Accepted | Duplicate


@dataclass(frozen=True, slots=True)
class Lease:
    """One attempt at one job: ours until we stop renewing it or somebody else starts the job."""

    id: str
    kind: str
    data: bytes
    lane: str
    pool: str
    attempt: int
    """Counted from 1. Attempts that ended in ``Retry`` or in a shutdown do not count."""
    accepted_ms: int
    """When the job was accepted, ms since 1970 on Redis' clock."""
    entry: str
    """Its stream entry."""
    generation: int
    """The fence: only the holder of the newest one may finish the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """On what terms a job is tried again."""

    delay_s: float
    within_s: float
    """After its first start; a later try is none any more."""
    why: str = ""
    counts: bool = True
    """Whether the attempt just made counts as a failed one."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A document's next version, written only if nobody else wrote in between."""

    key: str
    expected_version: int
    """What ``load`` returned; 0 for a document that does not exist yet."""
    document: bytes
    index: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Look-ups written along: name -> field -> value; an empty value removes the field."""
    keep_s: int = 0
    """Seconds after which the document is forgotten, counted from this commit; 0 keeps it."""


@dataclass(frozen=True, slots=True)
class Done:
    """A handler's answer: what to store along with the end of the job."""

    spawn: Sequence[Job] = ()
    commit: Commit | None = None
    audit: Sequence[bytes] = ()


class Outcome(Enum):
    """How a commit ended."""

    DONE = "done"
    CONFLICT = "conflict"
    """Somebody committed in between, nothing was written: read again, decide again."""
    LOST = "lost"
    """The job belongs to somebody else by now, nothing was written: drop it."""


class Settled(Enum):
    """What became of a job whose attempt did not finish it."""

    RETRY = "retry"
    DEAD = "dead"
    BACK = "back"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and for how long a failing job is tried."""

    attempts_max: int = 5
    """Attempts that end in an unforeseen error or a crash. ``Retry`` is bounded by time alone."""
    base_s: float = 1.0
    """Wait after the first failure; doubles each time."""
    cap_s: float = 300.0
    laned_s: float = 900.0
    """From first start to last try for a job in a lane, because everything behind it waits that long."""
    loose_s: float = 24.0 * AN_HOUR_S
    """The same for a job in no lane."""
    unhurried: frozenset[str] = frozenset({"chat"})
    """Pools in whose lanes nothing urgent waits: a card may come up as late as what is in no lane."""
    run_s: float = 600.0
    """One attempt may take this long, then it is cancelled and counts as failed."""
    conflicts_max: int = 10
    """How often a handler may lose the race for a document before the job goes back to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job we gave up on; kept until somebody replays or drops it."""

    id: str
    kind: str
    lane: str
    pool: str
    attempts: int
    why: str
    accepted_ms: int
    died_ms: int
    data_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDepth:
    """What waits in one pool."""

    queued: int
    """May run now."""
    running: int
    behind: int
    """Stand in a lane behind another job."""
    oldest_ms: int
    """Age of the oldest entry, queued or running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depths:
    """What waits where."""

    pools: Mapping[str, PoolDepth]
    delayed: int
    overdue: int
    """Delayed jobs whose time has come but which no worker has queued yet."""
    dead: int
