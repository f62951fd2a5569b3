"""The life of a proposal. Every legal move is a row of this table; ``docs/approvals.md`` draws it."""

from __future__ import annotations

from typing import Final

from bot.core.dossier import Status

MOVES: Final[dict[Status, frozenset[Status]]] = {
    Status.PENDING: frozenset(
        {Status.APPROVED, Status.REJECTED, Status.STALE, Status.EXPIRED, Status.CANCELLED}
    ),
    Status.APPROVED: frozenset({Status.EXECUTING, Status.FAILED}),
    Status.EXECUTING: frozenset({Status.EXECUTED, Status.FAILED, Status.UNCERTAIN, Status.STALE}),
    Status.UNCERTAIN: frozenset({Status.EXECUTED, Status.EXECUTING, Status.FAILED}),
    Status.EXECUTED: frozenset({Status.UNDONE}),
    Status.FAILED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.STALE: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.DENIED: frozenset(),
    Status.UNDONE: frozenset(),
}

TERMINAL: Final = frozenset(status for status, onward in MOVES.items() if not onward)
"""Where nothing moves any more."""


ENDED: Final = TERMINAL | {Status.EXECUTED}
"""Where nothing waits any more; what was executed moves on only when a person asks for its undo."""


def may_move(current: Status, to: Status) -> bool:
    """Whether a proposal may go from ``current`` to ``to``."""
    return to in MOVES[current]


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for ``docs/approvals.md``; a test compares the two."""
    lines = ["stateDiagram-v2", "    [*] --> pending: policy asks", "    [*] --> approved: policy allows"]
    lines.append("    [*] --> denied: policy denies, or nothing matches")
    for status, onward in MOVES.items():
        lines += [f"    {status.value} --> {to.value}" for to in sorted(onward, key=lambda s: s.value)]
    lines += [f"    {status.value} --> [*]" for status in sorted(ENDED, key=lambda s: s.value)]
    return "\n".join(lines)
