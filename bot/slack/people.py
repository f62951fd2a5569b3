"""Who clicked: looked up in Slack, remembered for minutes, and refused whenever that is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from approvals.clicks import Person
from bot.core.errors import Forbidden, Refused, Retry
from bot.core.events import Clicker
from bot.core.foreign import thing
from bot.core.ids import SlackUserId
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from bot.ports import Chat, Clock
from bot.slack.groups import REMEMBERED, REMEMBERED_MAX, Groups
from bot.slack.languages import Languages
from bot.slack.stand_ins import StandIns

AWAY_EMOJI: Final = frozenset({":palm_tree:", ":face_with_thermometer:", ":no_entry:"})
"""Slack's own suggestions for holidays and sickness, and what its calendar apps set when out of office."""
AWAY_TEXTS: Final = frozenset(
    {
        *("vacationing", "on vacation", "on holiday", "on leave", "out sick", "sick", "out of office", "ooo"),
        *("en vacances", "en congé", "en congés", "en arrêt maladie", "absent", "absente"),
    }
)
"""Whole status texts that mean the same, in lower case. A word inside a longer text proves nothing; and *do
not disturb* is no absence: Slack itself holds a message back until it ends."""
NOT_YET_S: Final = 2.0
"""How long a look-up waits when we have not learned yet which installation is ours."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    at: datetime
    user: Mapping[str, Any]


class People:
    """Answers whether a person may approve at all, for whom, and which of the groups asked about they are in.

    Fills ``approvals.around.Roster``.
    """

    def __init__(
        self,
        chat: Chat,
        clock: Clock,
        groups: Groups,
        stand_ins: StandIns | None = None,
        languages: Languages | None = None,
    ) -> None:
        """``stand_ins``: None: nobody decides in another's place. ``languages``: None: nobody chose one."""
        self._chat, self._clock, self._groups, self._stand_ins = chat, clock, groups, stand_ins
        self._languages = languages
        self._installation: tuple[str, str] | None = None
        self._known: dict[str, _Known] = {}

    def belong(self, team: str, enterprise: str) -> None:
        """Learn whose people count: those of the installation (``auth.test``); no enterprise off the Grid."""
        self._installation = (team, enterprise)

    @property
    def team(self) -> str:
        """The workspace of the installation; empty before it is known."""
        return self._installation[0] if self._installation is not None else ""

    @property
    def matched(self) -> bool:
        """Whether people of ticket systems are found here by their addresses."""
        return self._groups.match_by_email

    def forget(self) -> None:
        """Drop everything remembered: memberships have changed."""
        self._known.clear()
        self._groups.forget()

    async def clicker(self, person: Person, groups: Iterable[str], *, live: bool) -> Clicker:
        """Look ``person`` up. Any doubt is a refusal, carried in the result.

        ``live``: remember nothing, for what cannot be undone.

        Raises:
            Retry: Slack is busy or away; the click waits in the queue and is judged then.
        """
        asked = tuple(groups)
        try:
            user = await self._user(person.id, live=live)
            refused = self._why_never(person.team, user)
            inside = frozenset[str]() if refused else await self._inside(person.id, user, asked, live=live)
            lent = {} if refused else await self._lent(person.id, asked, live=live)
        except (Refused, Forbidden, KeyError, TypeError) as error:
            log.warning("person_not_looked_up", person=person.id, why=f"{type(error).__name__}: {error}")
            return Clicker(id=person.id, refused="refused.unreadable")
        return Clicker(id=person.id, name=_name(user), refused=refused, groups=inside, stands_in_for=lent)

    async def members(self, entry: str) -> frozenset[str] | None:
        """Return who is in a group; None when nobody knows it any more. Raises as :meth:`clicker`."""
        return await self._groups.members(entry)

    async def may_decide(self, user: str) -> bool:
        """Whether ``user`` is a full member, as far as Slack shows; may raise ``Retry``."""
        try:
            found = await self._user(SlackUserId(user), live=False)
            return not self._why_never(str(found.get("team_id") or ""), found)
        except (Refused, Forbidden, KeyError, TypeError) as error:
            log.info("person_not_counted", person=user, why=f"{type(error).__name__}: {error}")
            return False

    async def reached(self, people: Sequence[str], *, stand_ins: bool) -> Mapping[str, str]:
        """Return whom to write to, each with the person they stand in for, or empty.

        A stand-in is written to instead. Who is away without one is passed over while anybody else is
        reached. May raise ``Retry``.
        """
        named = await self._in_force() if stand_ins else {}
        found: dict[str, str] = {}
        away: list[str] = []
        for who in people:
            instead = named.get(SlackUserId(who))
            if instead is not None and await self.may_decide(instead):
                found.setdefault(instead, who)
            elif await self.is_away(who):
                away.append(who)
            else:
                found[who] = ""
        return found or dict.fromkeys(away, "")

    async def is_away(self, user: str) -> bool:
        """Whether their Slack status says so; in doubt they are there. May raise ``Retry``."""
        try:
            profile = thing((await self._user(SlackUserId(user), live=False)).get("profile"))
        except (Refused, Forbidden, KeyError, TypeError):
            return False
        ends = profile.get("status_expiration") or 0
        if isinstance(ends, int) and 0 < ends <= self._clock.now().timestamp():
            return False
        text = str(profile.get("status_text") or "").strip().casefold()
        return str(profile.get("status_emoji") or "") in AWAY_EMOJI or text in AWAY_TEXTS

    async def language(self, user: str, default: str) -> str:
        """Return what they chose, else what their Slack speaks, where we do too. May raise ``Retry``."""
        chosen = await self._languages.chosen(user) if self._languages is not None else ""
        if chosen:
            return chosen
        try:
            locale = str((await self._user(SlackUserId(user), live=False)).get("locale") or "")
        except (Refused, Forbidden, KeyError, TypeError):
            return default
        spoken = locale.partition("-")[0]
        return spoken if spoken in LANGUAGES else default

    async def address(self, user: str) -> str:
        """Return their confirmed e-mail address in lower case, or empty. May raise ``Retry``."""
        try:
            return _address(await self._user(SlackUserId(user), live=False))
        except (Refused, Forbidden, KeyError, TypeError):
            return ""

    async def at(self, address: str) -> Person | None:
        """Return whose confirmed address this is, in lower case; None: nobody's here. May raise ``Retry``.

        Where people of ticket systems are not matched by their addresses (:attr:`matched`) it is nobody's.
        """
        try:
            user = SlackUserId(await self._groups.user_at(address))
        except (Refused, KeyError, TypeError) as error:
            log.warning("address_not_looked_up", why=f"{type(error).__name__}: {error}")
            return None
        return Person(user, self.team) if user and await self.address(user) == address else None

    async def zone(self, user: str) -> tzinfo:
        """Return the time zone of their Slack; UTC where it cannot be told. May raise ``Retry``."""
        try:
            name = str((await self._user(SlackUserId(user), live=False)).get("tz") or "UTC")
            return await asyncio.to_thread(ZoneInfo, name)  # it reads a file
        except (Refused, Forbidden, KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
            return UTC

    # -- inside --------------------------------------------------------------------------------------------

    async def _inside(
        self, ident: SlackUserId, user: Mapping[str, Any], groups: tuple[str, ...], *, live: bool
    ) -> frozenset[str]:
        email = _address(user)
        return frozenset([each for each in groups if await self._groups.has(each, ident, email, live=live)])

    async def _lent(
        self, person: SlackUserId, groups: tuple[str, ...], *, live: bool
    ) -> dict[SlackUserId, frozenset[str]]:
        """Return who named ``person`` and counts themselves, each with the groups they are in."""
        found: dict[SlackUserId, frozenset[str]] = {}
        for who, instead in (await self._in_force()).items():
            if instead != person:
                continue
            try:
                user = await self._user(who, live=live)
                if not self._why_never(str(user.get("team_id") or ""), user):
                    found[who] = await self._inside(who, user, groups, live=live)
            except (Refused, Forbidden, KeyError, TypeError) as error:
                log.warning("delegator_not_looked_up", person=who, why=f"{type(error).__name__}: {error}")
        return found

    async def _in_force(self) -> dict[SlackUserId, SlackUserId]:
        if self._stand_ins is None:
            return {}
        return {of: each.by for of, each in (await self._stand_ins.in_force(self._clock.now())).items()}

    def _why_never(self, team: str, user: Mapping[str, Any]) -> str:
        if user.get("deleted"):
            return "refused.gone"
        if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
            return "refused.bot"
        if user.get("is_stranger") or not self._is_ours(team, user):
            return "refused.stranger"
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return "refused.guest"
        return ""

    def _is_ours(self, person_team: str, user: Mapping[str, Any]) -> bool:
        if self._installation is None:
            raise Retry("which installation is ours is not known yet", after_s=NOT_YET_S)
        team, enterprise = self._installation
        if enterprise:
            return bool(thing(user.get("enterprise_user")).get("enterprise_id", "") == enterprise)
        return person_team == team and user.get("team_id", team) == team

    async def _user(self, ident: SlackUserId, *, live: bool) -> Mapping[str, Any]:
        known, now = self._known.get(ident), self._clock.now()
        if known is not None and not live and now - known.at < REMEMBERED:
            return known.user
        answer = await self._chat.call("users.info", user=ident, include_locale="true")
        user: Mapping[str, Any] = answer["user"]
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[ident] = _Known(now, user)
        return user


def _name(user: Mapping[str, Any]) -> Untrusted:
    profile = thing(user.get("profile"))
    return Untrusted(str(profile.get("real_name") or user.get("real_name") or user.get("name") or ""))


def _address(user: Mapping[str, Any]) -> str:
    """Return the person's e-mail address; one that Slack says nobody has confirmed proves nothing."""
    if user.get("is_email_confirmed") is False:
        return ""
    return str(thing(user.get("profile")).get("email") or "").lower()
