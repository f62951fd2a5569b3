"""What the agent says it is doing, thread by thread: its session, and its thinking status.

docs.slack.dev/ai/agent-sessions and docs.slack.dev/reference/methods/assistant.threads.setStatus.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

STATUSES: Final = frozenset({"active", "processing", "suspended", "closed"})
THINKING_SECONDS: Final = 120.0
"""After which a thinking status goes by itself when no message was sent."""
Place = tuple[str, str]
"""A channel and the ``ts`` of a thread's first message."""


class Sessions:
    """The statuses of every thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sessions: dict[Place, dict[str, str]] = {}
        self._thinking: dict[Place, tuple[float, dict[str, Any]]] = {}

    def status(self, place: Place) -> str:
        """Return the status of the session in ``place``; empty: there is none."""
        return self._sessions.get(place, {}).get("status", "")

    def set_status(self, place: Place, status: str, title: str = "") -> None:
        """Set a session's status; ``title`` counts only for a session that is new, as Slack has it."""
        known = self._sessions.get(place)
        if known is None:
            self._sessions[place] = {"status": status, **({"title": title} if title else {})}
        else:
            known["status"] = status

    def rename(self, place: Place, title: str) -> bool:
        """Change a session's title; false: there is no such session."""
        if place not in self._sessions:
            return False
        self._sessions[place]["title"] = title
        return True

    def think(self, place: Place, said: dict[str, Any]) -> None:
        """Set the thinking status; an empty one clears it."""
        self._thinking.pop(place, None)
        if said.get("status"):
            self._thinking[place] = (self._clock() + THINKING_SECONDS, said)

    def spoke(self, place: Place) -> None:
        """Note that the app sent a message there, which ends its thinking."""
        self._thinking.pop(place, None)

    def thinking(self, place: Place) -> dict[str, Any] | None:
        """Return the thinking status people see now; ``None``: none."""
        until, said = self._thinking.get(place, (0.0, {}))
        return said if self._clock() < until else None

    def shown(self) -> dict[Place, dict[str, Any]]:
        """Return every thread with a ``session`` or a ``thinking`` status, by place."""
        found: dict[Place, dict[str, Any]] = {}
        for place, session in self._sessions.items():
            found.setdefault(place, {})["session"] = dict(session)
        for place in self._thinking:
            said = self.thinking(place)
            if said is not None:
                found.setdefault(place, {})["thinking"] = said
        return found
