"""Who is in an approver group: one of Slack's, or one of a ticket system's, matched by e-mail address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from approvals.blocks import is_user_group
from bot.core.errors import Forbidden, Missing, Refused
from bot.core.foreign import thing
from bot.core.ids import SlackUserId
from bot.ports import Chat, Clock, Connector
from bot.runtime.memberships import Memberships

REMEMBERED: Final = timedelta(minutes=5)
"""How long a membership may lag behind (approvals.md); nothing is remembered for the irreversible."""
REMEMBERED_MAX: Final = 10_000
"""Groups and addresses kept; beyond that all are looked up afresh."""
UNKNOWN: Final = frozenset({"no_such_subteam", "plan_upgrade_required"})
"""Slack's words for a group that is not there, or not any more; on a free plan there are none
(https://docs.slack.dev/reference/methods/usergroups.users.list)."""
NOBODY: Final = frozenset({"users_not_found"})
"""Slack's word for an address that nobody here has
(https://docs.slack.dev/reference/methods/users.lookupByEmail)."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    at: datetime
    who: frozenset[str] | None
    """None: there is no such group."""


class Groups:
    """Answers who is in a group; one that nobody knows has nobody in it. Methods may raise ``Retry``."""

    def __init__(
        self,
        chat: Chat,
        clock: Clock,
        connectors: Mapping[str, Connector],
        memory: Memberships | None = None,
        *,
        match_by_email: bool = False,
    ) -> None:
        """``match_by_email``: whether people of a ticket system are found in Slack by their address.

        ``memory``: where every answer is kept for those who decide while Slack is away.
        """
        self._chat, self._clock, self._connectors = chat, clock, connectors
        self._memory, self.match_by_email = memory, match_by_email
        self._known: dict[str, _Known] = {}

    def forget(self) -> None:
        """Drop everything remembered: memberships have changed."""
        self._known.clear()

    async def members(self, entry: str, *, live: bool = False) -> frozenset[str] | None:
        """Return the Slack ids of who is in ``entry``; None when there is no such group.

        ``live``: remember nothing, for what cannot be undone.
        """
        listed = await self._listed(entry, live=live)
        if listed is None or is_user_group(entry):
            return listed
        found = [await self._user_of(address) for address in sorted(listed)]
        members = frozenset(user for user in found if user)
        await self._keep(entry, members)
        return members

    async def has(self, entry: str, user: SlackUserId, email: str, *, live: bool) -> bool:
        """Whether ``user``, whose confirmed address is ``email`` (empty: unknown), is in ``entry``."""
        listed = await self._listed(entry, live=live)
        if listed is None:
            return False
        return user in listed if is_user_group(entry) else bool(email) and email.lower() in listed

    async def user_at(self, address: str) -> str:
        """Return who has ``address`` in Slack; empty: nobody, or people are not matched by address."""
        return await self._user_of(address) if self.match_by_email and address else ""

    async def _listed(self, entry: str, *, live: bool) -> frozenset[str] | None:
        """Return user ids for a group of Slack's, addresses for a ticket system's, None for no group."""
        known, now = self._known.get(entry), self._clock.now()
        if known is not None and not live and now - known.at < REMEMBERED:
            return known.who
        who = await (self._of_slack(entry) if is_user_group(entry) else self._of_system(entry))
        self._remember(entry, who, now)
        if who is None or is_user_group(entry):
            await self._keep(entry, who or frozenset())
        return who

    async def _of_slack(self, entry: str) -> frozenset[str] | None:
        try:
            answer = await self._chat.call("usergroups.users.list", usergroup=entry)
        except Refused as no:
            if str(no) not in UNKNOWN:
                raise
            log.warning("approver_group_gone", group=entry, why=str(no))
            return None
        return frozenset(str(user) for user in answer["users"])

    async def _of_system(self, entry: str) -> frozenset[str] | None:
        name, _, group = entry.partition("/")
        connector = self._connectors.get(name)
        if connector is None or not self.match_by_email:
            log.warning("approver_group_not_matched", group=entry)
            return None
        try:
            return frozenset(each.lower() for each in await connector.members(group))
        except Missing as gone:
            log.warning("approver_group_gone", group=entry, why=str(gone))
            return None

    async def _user_of(self, address: str) -> str:
        """Return who has ``address`` in Slack, or nobody."""
        key, now = f"@{address}", self._clock.now()
        known = self._known.get(key)
        if known is not None and now - known.at < REMEMBERED:
            return next(iter(known.who or ()), "")
        try:
            answer = await self._chat.call("users.lookupByEmail", email=address)
            user = str(thing(answer.get("user")).get("id") or "")
        except Refused as no:
            if str(no) not in NOBODY:
                raise
            user = ""
        except Forbidden as no:
            # Without users:read.email nobody is found by address; that is a matter for `doctor`.
            log.warning("address_not_looked_up", why=str(no))
            user = ""
        self._remember(key, frozenset({user} if user else ()), now)
        return user

    def _remember(self, key: str, who: frozenset[str] | None, at: datetime) -> None:
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[key] = _Known(at, who)

    async def _keep(self, entry: str, members: frozenset[str]) -> None:
        if self._memory is not None:
            await self._memory.keep(entry, members, self._clock.now())
