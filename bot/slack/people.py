"""Who clicked: looked up in Slack, remembered for minutes, and refused whenever that is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from approvals.clicks import Person
from bot.core.errors import Forbidden, Refused
from bot.core.events import Clicker
from bot.core.foreign import thing
from bot.core.ids import SlackUserId
from bot.core.untrusted import Untrusted
from bot.ports import Chat, Clock

REMEMBERED: Final = timedelta(minutes=5)
"""How long a membership may lag behind (approvals.md); nothing is remembered for the irreversible."""
REMEMBERED_MAX: Final = 10_000
"""People and groups kept; beyond that all are looked up afresh."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    at: datetime
    data: Mapping[str, Any]


class People:
    """Answers whether a person may approve at all, and which of the groups asked about they are in."""

    def __init__(self, chat: Chat, clock: Clock, *, team: str, enterprise: str) -> None:
        """``team``, ``enterprise``: of the installation (``auth.test``); the latter empty off the Grid."""
        self._chat, self._clock = chat, clock
        self._team, self._enterprise = team, enterprise
        self._known: dict[str, _Known] = {}

    async def clicker(self, person: Person, groups: Iterable[str], *, live: bool) -> Clicker:
        """Look ``person`` up. Any doubt is a refusal, carried in the result.

        ``live``: remember nothing, for what cannot be undone.

        Raises:
            Retry: Slack is busy or away; the click waits in the queue and is judged then.
        """
        try:
            user = (await self._ask("users.info", f"user:{person.id}", live=live, user=person.id))["user"]
            refused = self._why_never(person, user)
            asked = () if refused else groups
            inside = {group for group in asked if await self._is_in(person.id, group, live=live)}
        except (Refused, Forbidden, KeyError, TypeError) as error:
            log.warning("person_not_looked_up", person=person.id, why=f"{type(error).__name__}: {error}")
            return Clicker(id=person.id, refused="refused.unreadable")
        return Clicker(id=person.id, name=_name(user), refused=refused, groups=frozenset(inside))

    def forget(self) -> None:
        """Drop everything remembered: memberships have changed."""
        self._known.clear()

    def _why_never(self, person: Person, user: Mapping[str, Any]) -> str:
        if user.get("deleted"):
            return "refused.gone"
        if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
            return "refused.bot"
        if user.get("is_stranger") or not self._is_ours(person, user):
            return "refused.stranger"
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return "refused.guest"
        return ""

    def _is_ours(self, person: Person, user: Mapping[str, Any]) -> bool:
        enterprise = thing(user.get("enterprise_user")).get("enterprise_id", "")
        if self._enterprise:
            return bool(enterprise == self._enterprise)
        return person.team == self._team and user.get("team_id", self._team) == self._team

    async def _is_in(self, person: SlackUserId, group: str, *, live: bool) -> bool:
        answer = await self._ask("usergroups.users.list", f"group:{group}", live=live, usergroup=group)
        return person in answer["users"]

    async def _ask(self, method: str, key: str, *, live: bool, **arguments: str) -> Mapping[str, Any]:
        known, now = self._known.get(key), self._clock.now()
        if known is not None and not live and now - known.at < REMEMBERED:
            return known.data
        data = await self._chat.call(method, **arguments)
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[key] = _Known(now, data)
        return data


def _name(user: Mapping[str, Any]) -> Untrusted:
    profile = thing(user.get("profile"))
    return Untrusted(str(profile.get("real_name") or user.get("real_name") or user.get("name") or ""))
