"""The ways a real site disappoints that are not HTTP faults: set on the world, seen through REST only."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.jira.records import Issue

WRITE_WINDOWS: Final = ((20, 2.0), (100, 30.0))
"""Writes to one issue, in seconds: developer.atlassian.com/cloud/jira/platform/rate-limiting (March 2026)."""


@dataclass
class Nasty:
    """What is wrong with the site now. Everything is off at first; people's own acts are never affected."""

    drop_fields: set[str] = field(default_factory=set[str])
    """Field ids whose writes are answered as done and ignored; also ``status``, and ``comment`` for edits."""
    flip_visibility: int = 0
    """How many of the next internal comments become public, and are answered as public."""
    read_only: set[str] = field(default_factory=set[str])
    """Keys of issues the bot may not write: 403, or what the operation answers instead (mostly 400)."""
    login_redirects: int = 0
    """How many of the next POSTs are answered 302 to the login page and not carried out."""
    issue_write_limit: bool = False
    """Whether the limit of writes to one issue is enforced (Cloud)."""
    slow_commits: int = 0
    """How many of the next writes commit and answer late, even when the caller has gone."""
    commit_after_s: float = 0.0
    """How late a slow write commits."""
    answer_after_s: float = 0.0
    """How long after the commit it is answered."""
    search_lag_s: float = 0.0
    """How long a search keeps seeing the state before a change (Cloud: eventually consistent)."""
    missing_permissions: set[str] = field(default_factory=set[str])
    """Permission keys that ``mypermissions`` denies."""
    hidden_emails: set[str] = field(default_factory=set[str])
    """Names of people who keep their address to themselves (Cloud: profile visibility)."""
    masked_emails: bool = False
    """Addresses are written ``alice at example dot com`` (Data Center: *User email visibility*, masked)."""

    def arm(self, body: Mapping[str, Any]) -> None:
        """Set what ``body`` names, all of it or nothing; lists become sets.

        Raises:
            ValueError: a name or type that does not fit; the message lists the names.
        """
        known: dict[str, type[object]] = {item.name: type(getattr(self, item.name)) for item in fields(self)}
        unknown = set(body) - set(known)
        if unknown:
            raise ValueError(f"unknown {sorted(unknown)}; there are {sorted(known)}")
        values = {name: set(value) if known[name] is set else value for name, value in body.items()}
        wrong = [name for name, value in values.items() if not _fits(value, known[name])]
        if wrong:
            raise ValueError(f"wrong type for {wrong}")
        for name, value in values.items():
            setattr(self, name, value)

    def show(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        now: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        sets = ("drop_fields", "read_only", "missing_permissions", "hidden_emails")
        return now | {name: sorted(now[name]) for name in sets}


def _fits(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind


class WriteLimit:
    """Counts the writes to each issue."""

    def __init__(self) -> None:
        self._writes: dict[str, deque[float]] = {}

    def wait_s(self, issue_id: str, now_s: float) -> float:
        """Count one write at ``now_s`` (monotonic); more than 0: refused, and how long to wait."""
        times = self._writes.setdefault(issue_id, deque())
        while times and now_s - times[0] >= WRITE_WINDOWS[-1][1]:
            times.popleft()
        for allowed, seconds in WRITE_WINDOWS:
            recent = [at for at in times if now_s - at < seconds]
            if len(recent) >= allowed:
                return recent[0] + seconds - now_s
        times.append(now_s)
        return 0.0


class SearchIndex:
    """What a search may see: with a lag, each issue as it was before the changes of the last moments."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[datetime, Issue | None]] = {}

    def before(self, issue: Issue, now: datetime, lag_s: float) -> None:
        """Remember ``issue`` as it is, just before it changes."""
        if lag_s <= 0:
            return
        old = self._seen.get(issue.id)
        stale = old is None or now - old[0] >= timedelta(seconds=lag_s)
        kept = replace(copy.copy(issue), comments=list(issue.comments)) if stale or old is None else old[1]
        self._seen[issue.id] = (now, kept)

    def created(self, issue: Issue, now: datetime) -> None:
        """Remember that ``issue`` did not exist before."""
        self._seen[issue.id] = (now, None)

    def visible(self, issue: Issue, now: datetime, lag_s: float) -> Issue | None:
        """Return what a search sees of ``issue``; None: not there yet."""
        old = self._seen.get(issue.id)
        if lag_s <= 0 or old is None or now - old[0] >= timedelta(seconds=lag_s):
            return issue
        return old[1]
