"""Reading Jira: tickets, conversations, allowed values, searches. Always by id, never by search for one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.errors import Forbidden, Malformed, Missing
from bot.core.events import TicketTouched
from bot.core.ids import EventId
from bot.core.tickets import (
    COMMENTS_MAX,
    Actor,
    Allowed,
    Comment,
    PastTicket,
    Snapshot,
    Ticket,
    TicketRef,
)
from bot.core.untrusted import Untrusted
from bot.ports import PastPage
from connectors.jira import jql
from connectors.jira.client import Client
from connectors.jira.mapping import (
    ISSUE_FIELDS,
    ISSUE_ID,
    PAST_FIELDS,
    Site,
    is_restricted,
    issue_id,
    moment,
    to_allowed,
    to_attachments,
    to_comment,
    to_lesson,
    to_past,
    to_ticket,
    user_id,
)
from connectors.jira.marks import PROPERTY
from connectors.jira.place import Kind, Place
from connectors.jira.settings import JiraSettings
from connectors.jira.shapes import thing, things

PAGE_MAX: Final = 100
"""Cloud gives no more issues than this at once when it is asked for fields."""
PAGES_MAX: Final = 50
"""Of one search; a server that always says there is more does not keep us for ever."""
ASSIGNEES_MAX: Final = 100
"""Enough to pick from; a site can have thousands."""
REQUESTS_KEPT_MAX: Final = 10_000
"""How many ids of known requests are remembered; then all are forgotten and asked for anew."""

_KEY: Final = re.compile(r"([A-Z][A-Z0-9_]*)-[0-9]{1,18}")


class Reads:
    """All of a connector that changes nothing."""

    def __init__(self, name: str, settings: JiraSettings, client: Client) -> None:
        """Do no I/O."""
        self._name, self._settings, self._client = name, settings, client
        self._us: Actor | None = None
        self._zone: tzinfo | None = None
        self._requests: set[str] = set()

    async def whoami(self) -> Actor:
        """Ask once which account this is."""
        if self._us is None:
            me = await self._client.get("/rest/api/2/myself")
            if not user_id(me):
                raise Forbidden(f"{self._name}: Jira takes us for nobody: check the token")
            name = Untrusted(str(me.get("displayName") or user_id(me)))
            # It is read from disk.
            self._zone = await asyncio.to_thread(zone_of, str(me.get("timeZone") or ""))
            self._us = Actor(user_id(me), name, is_us=True, is_person=False)
        return self._us

    async def read(self, ref: TicketRef) -> Snapshot:
        """Fetch the ticket with the names of its files, then its conversation."""
        if not ISSUE_ID.fullmatch(ref.id):
            raise Missing(f"{self._name}: {ref.id!r} is not an issue id")
        site = await self._site()
        issue = await self._client.get(
            f"/rest/api/2/issue/{ref.id}",
            {"fields": ",".join(ISSUE_FIELDS), "properties": PROPERTY, "expand": "changelog"},
        )
        project = thing(thing(issue.get("fields")).get("project"))
        self._check_queue(str(project.get("key") or ""))
        place = Place(cloud=self._settings.is_cloud, kind=await self._kind(ref.id, project))
        comments = await self._comments(ref.id, site, place)
        ticket = to_ticket(issue, site, place)
        return Snapshot(
            ticket,
            comments,
            notes_editable=True,
            portal=place.has_portal,
            attachments=to_attachments(issue, site, place),
            # An administrator who hides the field, or switches attachments off, leaves it out of the answer.
            attachments_known="attachment" in thing(issue.get("fields")),
        )

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        """Fetch the edit screen; with ``steps`` also where it may go next, and who may have it."""
        path = f"/rest/api/2/issue/{ticket.ref.id}"
        if not steps:
            return to_allowed(await self._client.get(f"{path}/editmeta"), {}, ())
        # At once: none needs another's answer, and people wait for the sum otherwise.
        screen, onward, people = await asyncio.gather(
            self._client.get(f"{path}/editmeta"),
            self._client.get(f"{path}/transitions", {"expand": "transitions.fields"}),
            self._client.get_list(
                "/rest/api/2/user/assignable/search",
                {"issueKey": ticket.key, "maxResults": str(ASSIGNEES_MAX)},
            ),
        )
        return to_allowed(screen, onward, people)

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        """Search the ticket's own project, or all of ours, for its words."""
        words = jql.terms(ticket.summary.clean()) or jql.terms(ticket.description.clean(jql.TEXT_CHARS_MAX))
        if not words or limit <= 0:
            return ()
        query = jql.alike(self._settings.queues or (ticket.queue,), words)
        found = await self._past(query, limit + 1)
        return tuple(each for each in found if each.key != ticket.key)[:limit]

    async def solved(self, limit: int) -> tuple[PastTicket, ...]:
        """Search for what was solved last."""
        site = await self._site()
        hits = await self._search(jql.solved(self._settings.queues), PAST_FIELDS, limit, keep=_is_for_all)
        return tuple(to_lesson(hit, site) for hit in hits)

    async def solved_page(self, query: str, after: str) -> PastPage:
        """Search for one page of what was solved; ``after`` is Cloud's token, or Data Center's place."""
        place = "nextPageToken" if self._settings.is_cloud else "startAt"
        asked = {
            "jql": jql.lesson(self._settings.queues, query),
            "fields": ",".join(PAST_FIELDS),
            "maxResults": str(PAGE_MAX),
        }
        page = await self._client.get(self._search_path, asked | ({place: after} if after else {}))
        hits = things(page.get("issues"))
        seen = int(after) if after.isdecimal() else 0
        site = await self._site()
        onward = self._next(page, seen + len(hits)).get(place, "") if hits else ""
        return PastPage(tuple(to_lesson(hit, site) for hit in hits if _is_for_all(hit)), onward)

    async def find(self, key: str) -> TicketRef:
        """Look a key up; an id is taken as well, a former key too."""
        wanted = key.strip().upper()
        if not (_KEY.fullmatch(wanted) or ISSUE_ID.fullmatch(wanted)):
            raise Missing(f"{self._name}: that is not a key of Jira's, like OPS-12")
        issue = await self._client.get(f"/rest/api/2/issue/{wanted}", {"fields": "project"})
        self._check_queue(str(thing(thing(issue.get("fields")).get("project")).get("key") or ""))
        return TicketRef(self._name, _id_of(issue))

    async def changed_since(self, since: datetime, limit: int) -> tuple[TicketTouched, ...]:
        """Search for what changed; the ids name ticket and version, so that an overlap is seen through."""
        await self.whoami()  # the query is read in the time zone of our account
        query = jql.changed_since(self._settings.queues, since, self._zone)
        hits = await self._search(query, ("updated",), limit, keep=lambda hit: _updated(hit)[0] >= since)
        touched = [self._touched(hit) for hit in hits]
        return tuple(sorted(touched, key=lambda event: (event.at, event.id)))

    async def made_since(self, queue: str, since: datetime, limit: int) -> tuple[str, ...]:
        """Search for the ids of tickets that we made, oldest first; an index may lag behind by minutes."""
        await self.whoami()  # the query is read in the time zone of our account
        hits = await self._search(jql.made_since(queue, since, self._zone), ("created",), limit)
        return tuple(_id_of(hit) for hit in hits)

    async def comment(self, issue: str, comment: str) -> dict[str, Any]:
        """Fetch one comment as it is, with what tells whether customers see it."""
        return await self._client.get(
            f"/rest/api/2/issue/{issue}/comment/{comment}", {"expand": "properties"}
        )

    def _touched(self, hit: Mapping[str, Any]) -> TicketTouched:
        at, version = _updated(hit)
        ref = TicketRef(self._name, _id_of(hit))
        return TicketTouched(id=EventId(f"{self._name}:poll:{ref.id}:{version}"), at=at, ref=ref, what="poll")

    def _check_queue(self, queue: str) -> None:
        if self._settings.queues and queue not in self._settings.queues:
            raise Missing(f"{self._name}: the ticket is in no project the bot looks at")

    async def _site(self) -> Site:
        return Site(self._name, self._settings.people_url, await self.whoami())

    async def _kind(self, issue: str, project: Mapping[str, Any]) -> Kind:
        """Ask the service desk API whether it knows the issue; one that became a request stays one."""
        if project.get("projectTypeKey") != "service_desk":
            return "project"
        if issue in self._requests:
            return "request"
        try:
            await self._client.get(f"/rest/servicedeskapi/request/{issue}")
        except (Missing, Forbidden):
            return "desk"
        if len(self._requests) >= REQUESTS_KEPT_MAX:
            self._requests.clear()
        self._requests.add(issue)
        return "request"

    async def _comments(self, issue: str, site: Site, place: Place) -> tuple[Comment, ...]:
        """Fetch the newest, oldest of them first, also from a server that does not know how to order them."""
        path = f"/rest/api/2/issue/{issue}/comment"
        asked = {"maxResults": str(COMMENTS_MAX), "expand": "properties"}
        page = await self._client.get(path, {**asked, "orderBy": "-created"})
        found, total = things(page.get("comments")), page.get("total")
        if isinstance(total, int) and total > len(found) and not _is_newest_first(found):
            last = {**asked, "startAt": str(max(total - COMMENTS_MAX, 0))}
            found = things((await self._client.get(path, last)).get("comments"))
        comments = [to_comment(each, site, place) for each in found]
        return tuple(sorted(comments, key=lambda comment: (comment.at, int(comment.id))))[-COMMENTS_MAX:]

    async def _past(self, query: str, limit: int) -> tuple[PastTicket, ...]:
        site = await self._site()
        hits = await self._search(query, PAST_FIELDS, limit, keep=_is_for_all)
        return tuple(to_past(hit, site) for hit in hits)

    async def _search(
        self,
        query: str,
        fields: tuple[str, ...],
        limit: int,
        *,
        keep: Callable[[Mapping[str, Any]], bool] = lambda _hit: True,
    ) -> list[dict[str, Any]]:
        """Return up to ``limit`` hits; pages of an index that changes meanwhile can repeat one."""
        kept: dict[str, dict[str, Any]] = {}
        at: dict[str, str] = {}
        seen = 0
        for _ in range(PAGES_MAX):
            asked = {
                "jql": query,
                "fields": ",".join(fields),
                "maxResults": str(min(PAGE_MAX, max(limit, 1))),
            }
            page = await self._client.get(self._search_path, {**asked, **at})
            hits = things(page.get("issues"))
            kept |= {_id_of(hit): hit for hit in hits if keep(hit)}
            seen += len(hits)
            at = self._next(page, seen)
            if len(kept) >= limit or not hits or not at:
                break
        return list(kept.values())[: max(limit, 0)]

    @property
    def _search_path(self) -> str:
        """Cloud removed the classic search (410); Data Center does not have the new one."""
        return "/rest/api/2/search/jql" if self._settings.is_cloud else "/rest/api/2/search"

    def _next(self, page: Mapping[str, Any], seen: int) -> dict[str, str]:
        """Return where the next page begins; empty after the last."""
        if self._settings.is_cloud:
            token = page.get("nextPageToken")
            return {"nextPageToken": token} if isinstance(token, str) and token else {}
        total = page.get("total")
        return {"startAt": str(seen)} if isinstance(total, int) and seen < total else {}


def _is_for_all(hit: Mapping[str, Any]) -> bool:
    """Whether whoever reads the project may read it: the words of others are not shown beside its tickets."""
    return not is_restricted(hit)


def zone_of(name: str) -> tzinfo | None:
    """Return the time zone called ``name``; None where this machine does not know it. Reads a file."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such zone, no path of one, a folder of them
        return None


def _id_of(issue: Mapping[str, Any]) -> str:
    try:
        return issue_id(issue)
    except ValueError as error:
        raise Malformed("Jira's answer is not an issue") from error


def _updated(hit: Mapping[str, Any]) -> tuple[datetime, str]:
    """Return when, and as Jira writes it: the version."""
    written = str(thing(hit.get("fields")).get("updated") or "")
    try:
        return moment(written), written
    except ValueError as error:
        raise Malformed("Jira's answer is not an issue: no time") from error


def _is_newest_first(comments: list[dict[str, Any]]) -> bool:
    times = [str(each.get("created") or "") for each in comments]
    return times == sorted(times, reverse=True)
