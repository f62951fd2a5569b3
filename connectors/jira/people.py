"""Asking Jira about people: who is in a group, and who may have a ticket."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from bot.core.errors import Missing
from bot.core.tickets import Ticket, Value
from bot.core.untrusted import Untrusted
from connectors._addresses import address
from connectors.jira.client import Client
from connectors.jira.mapping import person, user_id
from connectors.jira.shapes import things

MEMBERS_PAGE: Final = 50
"""The most Jira gives at once: "number should be between 1 and 50", group/member of Atlassian's OpenAPI."""
PAGES_MAX: Final = 100
"""Of one group; who is beyond five thousand is not known as a member, and so may not approve."""
FIRST_LOOK: Final = 100
"""People looked at first. On Cloud these are taken before those who may not have the ticket are left out."""
LOOKED_AT_MAX: Final = 1000
"""Cloud looks no further, "up to the thousandth user" (user/assignable/search); Data Center gives no more."""
NAME_CHARS_MAX: Final = 255
"""Of a name, in characters, as Jira keeps it: nothing longer is asked for, and nobody is called that."""

_GROUP_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class People:
    """The part of a connector that reads people; raises as ``bot.ports.TicketReader.read``."""

    def __init__(self, name: str, client: Client, *, cloud: bool) -> None:
        """Do no I/O."""
        self._name, self._client, self._cloud = name, client, cloud

    async def members(self, group: str) -> tuple[str, ...]:
        """Return the addresses of a group's active people, in lower case and in order.

        ``group``: its name; on Cloud its id as well, which survives a new name. Cloud wants the global
        permission *Browse users and groups*, Data Center *Jira Administrators* (GET group/member of either).
        Whoever hides their address from the bot is left out, and so are apps.
        """
        if not group.strip() or len(group) > NAME_CHARS_MAX:
            raise Missing(
                f"{self._name}: no group is called that: a name has 1 to {NAME_CHARS_MAX} characters"
            )
        by_id = self._cloud and _GROUP_ID.fullmatch(group)
        which = {"groupId" if by_id else "groupname": group}
        found: set[str] = set()
        start = 0
        for _ in range(PAGES_MAX):
            asked = {**which, "startAt": str(start), "maxResults": str(MEMBERS_PAGE)}
            page = await self._client.get("/rest/api/2/group/member", asked)
            people = things(page.get("values"))
            found |= {address(each.get("emailAddress")) for each in people if _is_at_work(each)}
            if _is_last(page, start + len(people)):
                break
            # By what came rather than what was asked for: a short page in the middle must skip nobody.
            start += len(people) or MEMBERS_PAGE
        return tuple(sorted(found - {""}))

    async def address_of(self, account: str) -> str:
        """Return the address of one person's account, in lower case; empty where nobody can tell whose it is.

        ``account``: as comments name their author (GET user: ``accountId`` on Cloud, ``username`` on Data
        Center). Empty for who has left or hides the address, for apps, and where two accounts show the same
        address: it would be either's.
        """
        asked = {"accountId" if self._cloud else "username": account}
        try:
            who = await self._client.get("/rest/api/2/user", asked)
        except Missing:
            return ""
        shown = address(who.get("emailAddress"))
        if user_id(who) != account or not _is_at_work(who) or not shown:
            return ""
        found = await accounts_at(self._client, shown, cloud=self._cloud)
        return shown if [user_id(each) for each in found] == [account] else ""

    async def assignable(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        """Return up to ``limit`` people who may have ``ticket``, as Jira ranks them; blank: anybody.

        Cloud filters after it has cut the page, so the first look can come back empty though others fit;
        then the rest is asked for.
        """
        words = " ".join(query.split())
        found: dict[str, Value] = {}
        if len(words) > NAME_CHARS_MAX:
            return ()
        for start, many in ((0, FIRST_LOOK), (FIRST_LOOK, LOOKED_AT_MAX - FIRST_LOOK)):
            if len(found) >= limit:
                break
            asked = {"issueKey": ticket.key, "startAt": str(start), "maxResults": str(many)}
            if words:
                # Data Center knows people by name; Cloud took that parameter away with the names.
                asked["query" if self._cloud else "username"] = words
            people = await self._client.get_list("/rest/api/2/user/assignable/search", asked)
            for each in things(people):
                if each.get("active") is not False and user_id(each):
                    found.setdefault(user_id(each), person(each))
        return tuple(found.values())[: max(limit, 0)]


async def accounts_at(client: Client, email: str, *, cloud: bool) -> list[dict[str, Any]]:
    """Return the accounts that show this very address (GET user/search), who may be several."""
    asked = {"query" if cloud else "username": email, "maxResults": str(LOOKED_AT_MAX)}
    found = things(await client.get_list("/rest/api/2/user/search", asked))
    return [each for each in found if address(each.get("emailAddress")) == email and user_id(each)]


async def candidates(
    client: Client, project: str, words: str, limit: int, *, cloud: bool
) -> tuple[Value, ...]:
    """Return people called like that; ``project``: only those who may have its tickets (empty: anybody)."""
    wanted = " ".join(words.split())
    if not wanted or len(wanted) > NAME_CHARS_MAX:
        return ()
    # Data Center knows people by name; Cloud took that parameter away with the names.
    asked = {"query" if cloud else "username": wanted, "maxResults": str(FIRST_LOOK)}
    path = "/rest/api/2/user/assignable/search" if project else "/rest/api/2/user/search"
    found = await client.get_list(path, asked | ({"project": project} if project else {}))
    return tuple(_as_sent(each, cloud=cloud) for each in things(found) if _may_be_named(each))[:limit]


async def named(client: Client, ids: Collection[str], *, cloud: bool) -> tuple[Value, ...]:
    """Return those of the accounts that are still there and active, in the same order."""
    found: list[Value] = []
    for ident in ids:
        try:
            who = await client.get("/rest/api/2/user", {"accountId" if cloud else "username": ident})
        except Missing:
            continue
        value = _as_sent(who, cloud=cloud)
        if value.id == ident and _may_be_named(who):
            found.append(value)
    return tuple(found)


def _as_sent(user: dict[str, Any], *, cloud: bool) -> Value:
    """Return somebody as a field takes them: by account on Cloud, by name on Data Center."""
    ident = user_id(user) if cloud else str(user.get("name") or "")
    return Value(ident, Untrusted(str(user.get("displayName") or ident)).line(NAME_CHARS_MAX))


def _may_be_named(user: dict[str, Any]) -> bool:
    return user.get("active") is not False and user.get("accountType") != "app" and bool(user_id(user))


def _is_at_work(user: dict[str, Any]) -> bool:
    """Whether it is somebody who is active, stated; an app has an address at times, and approves nothing."""
    return user.get("active") is True and user.get("accountType") != "app"


def _is_last(page: dict[str, Any], seen: int) -> bool:
    """Whether nobody follows; ``total`` stands in where a page does not say."""
    if isinstance(page.get("isLast"), bool):
        return bool(page["isLast"])
    total = page.get("total")
    return not isinstance(total, int) or seen >= total
