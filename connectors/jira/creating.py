"""Tickets that are still to be made: what their form offers, and whether one is there already.

An issue carries the token of its form from its first moment (``properties`` of POST /issue, both flavours).
A search finds our own recent issues, late on Cloud, so one that was just made is remembered by its id; the
caller looks again only after ``settle_s``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from bot.core.actions import Request, VendorAnswer
from bot.core.creation import CreationForm, FormField, Unborn, blank
from bot.core.errors import Missing, Refused
from bot.core.tickets import Snapshot, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors.jira.asking import LABEL_CHARS_MAX, asked, label_of
from connectors.jira.client import Client
from connectors.jira.mapping import ISSUE_ID, SUGGESTED, user_id
from connectors.jira.marks import MADE_PROPERTY, made_token
from connectors.jira.people import accounts_at, candidates, named
from connectors.jira.place import FIELD, Place
from connectors.jira.reads import Reads
from connectors.jira.settings import JiraSettings
from connectors.jira.shapes import thing, things

PATH: Final = "/rest/api/2/issue"
PAGE: Final = 50
"""Of createmeta; Data Center gives no more at once."""
FIELDS_MAX: Final = 200
"""Of one create screen; Atlassian's own guard rails end before."""
TYPES_MAX: Final = 100
"""Issue types of one project: what a menu of Slack's lists."""
QUEUES_MAX: Final = 100
"""Projects offered: what a menu of Slack's lists."""
LOOKED_AT: Final = 200
"""Issues of ours looked through for one token; with more since, nobody can tell."""
REMEMBERED_MAX: Final = 5_000
"""Issues and tokens kept in memory; what is forgotten is asked for again."""
AT_ONCE: Final = 4
"""Issues read side by side while looking."""
OWN: Final = frozenset({"project", "issuetype", "summary", "description"})
"""Fields that every form has by itself."""
_REFUSED: Final = re.compile(r"Jira answered 4[0-9]{2}: ")
_COMPLAINT: Final = re.compile(r"(?:^|; )(?P<field>customfield_[0-9]+|[a-z][A-Za-z]*): ")
"""Where one field's part of Jira's no begins, as ``client`` writes it."""


class Creating:
    """Fills the second half of ``bot.creators.Creator`` for a Jira."""

    def __init__(self, name: str, settings: JiraSettings, client: Client, reads: Reads) -> None:
        """Do no I/O."""
        self._name, self._settings, self._client, self._reads = name, settings, client, reads
        self._made: dict[str, str] = {}
        self._others: dict[str, str] = {}

    async def queues(self) -> tuple[Value, ...]:
        """Return the projects the bot looks at."""
        found = {
            str(each.get("key")): Untrusted(str(each.get("name") or "")).line(LABEL_CHARS_MAX)
            for each in things(await self._client.get_list("/rest/api/2/project"))
        }
        keys = self._settings.queues or tuple(found)
        return tuple(Value(key, f"{key} {found[key]}".strip()) for key in keys if key in found)[:QUEUES_MAX]

    async def form(self, queue: str, kind: str, also: Collection[str]) -> CreationForm:
        """Read the create screen of one type. Raises as ``Creator.creation``."""
        self._check(queue)
        base = f"/rest/api/2/issue/createmeta/{queue}/issuetypes"
        types = tuple(
            Value(str(each.get("id")), Untrusted(str(each.get("name") or "")).line(LABEL_CHARS_MAX))
            for each in await self._pages(base, "issueTypes", TYPES_MAX)
            if not each.get("subtask") and ISSUE_ID.fullmatch(str(each.get("id") or ""))
        )
        if not types:
            raise Missing(f"{self._name}: nothing may be made in {queue} by this account")
        chosen = next((each for each in types if each.id == kind), types[0])
        screen = {
            str(each.get("fieldId") or each.get("key") or ""): each
            for each in await self._pages(f"{base}/{chosen.id}", "fields", FIELDS_MAX)
        }
        fields, unfillable = _fields(screen, also)
        return CreationForm(
            queue=queue,
            type=chosen,
            types=types,
            fields=fields,
            unfillable=unfillable,
            url=await self._by_hand(queue, chosen.id) if unfillable else "",
            takes_requester="reporter" in screen,
        )

    async def searched(self, queue: str, field: str, words: str, limit: int) -> tuple[Value, ...]:
        """Search for people: those who may have a ticket for ``assignee``, anybody for another field."""
        self._check(queue)
        where = queue if field == "assignee" else ""
        return await candidates(self._client, where, words, limit, cloud=self._settings.is_cloud)

    async def named(self, queue: str, field: str, ids: Collection[str]) -> tuple[Value, ...]:
        """Return those of ``ids`` who are still there."""
        del field
        self._check(queue)
        return await named(self._client, ids, cloud=self._settings.is_cloud)

    async def requester(self, email: str) -> Value | None:
        """Search for the one account that shows this address."""
        if not email:
            return None
        cloud = self._settings.is_cloud
        named = await accounts_at(self._client, email, cloud=cloud)
        if len(named) != 1 or named[0].get("active") is False:
            return None
        ident = user_id(named[0]) if cloud else str(named[0].get("name") or "")
        label = Untrusted(str(named[0].get("displayName") or ident)).line(LABEL_CHARS_MAX)
        return Value(ident, label) if ident else None

    async def read(self, ref: TicketRef, wanted: Unborn) -> Snapshot:
        """Return the ticket if it has been made, under ``ref``; else what is there before.

        Raises as ``TicketReader.read``; Refused: too much was made since to tell.
        """
        issue = self._made.get(wanted.token) or await self._looked_for(wanted)
        if not issue:
            place = Place(cloud=self._settings.is_cloud, kind="project")
            url = f"{self._settings.people_url}/projects/{wanted.queue}"
            return blank(ref, wanted, url=url, fields={FIELD: place.values()})
        snapshot = await self._reads.read(TicketRef(self._name, issue))
        return replace(snapshot, ticket=replace(snapshot.ticket, ref=ref))

    def remember(self, request: Request, answer: VendorAnswer) -> None:
        """Keep which issue came of a request, so that the next read needs no search."""
        issue, token = str(thing(answer.body).get("id") or ""), _token_of(request)
        if request.path == PATH and token and ISSUE_ID.fullmatch(issue):
            _put(self._made, token, issue)

    async def _looked_for(self, wanted: Unborn) -> str:
        """Return the id of the issue that carries the token; empty: there is none that a search knows."""
        found = await self._reads.made_since(wanted.queue, wanted.since, LOOKED_AT)
        unread = [each for each in found if each not in self._others]
        for start in range(0, len(unread), AT_ONCE):
            some = unread[start : start + AT_ONCE]
            tokens = await asyncio.gather(*(self._token(each) for each in some))
            for issue, token in zip(some, tokens, strict=True):
                _put(self._others, issue, token)
        mine = next((each for each in found if self._others.get(each) == wanted.token), "")
        if not mine and len(found) >= LOOKED_AT:
            raise Refused(
                f"{self._name}: the bot made {LOOKED_AT} tickets since: whether this is one is unknown"
            )
        if mine:
            _put(self._made, wanted.token, mine)
        return mine

    def _check(self, queue: str) -> None:
        if self._settings.queues and queue not in self._settings.queues:
            raise Missing(f"{self._name}: {queue} is no project the bot looks at")

    async def _by_hand(self, queue: str, kind: str) -> str:
        """Return the address of Jira's own form (support.atlassian.com: issues by direct HTML links)."""
        project = await self._client.get(f"/rest/api/2/project/{queue}")
        ident = str(project.get("id") or "")
        if not ISSUE_ID.fullmatch(ident):
            return self._settings.people_url
        asks = f"pid={ident}&issuetype={kind}"
        return f"{self._settings.people_url}/secure/CreateIssueDetails!init.jspa?{asks}"

    async def _token(self, issue: str) -> str:
        try:
            seen = await self._client.get(
                f"{PATH}/{issue}", {"fields": "created", "properties": MADE_PROPERTY}
            )
        except Missing:
            return ""  # deleted since the index saw it
        return made_token(seen)

    async def _pages(self, path: str, name: str, limit: int) -> list[dict[str, Any]]:
        """Follow createmeta's pages; Cloud names the list for what it holds, Data Center ``values``."""
        found: list[dict[str, Any]] = []
        while len(found) < limit:
            asked = {"startAt": str(len(found)), "maxResults": str(PAGE)}
            page = await self._client.get(path, asked)
            rows = things(page.get(name)) or things(page.get("values"))
            found += rows
            total = page.get("total")
            if not rows or not isinstance(total, int) or len(found) >= total:
                break
        return found[:limit]


def complaints(why: str) -> dict[str, str]:
    """Return what Jira said of each field, out of the words that ``client`` made of its answer."""
    said = _REFUSED.split(why, maxsplit=1)[-1] if _REFUSED.search(why) else ""
    begun = list(_COMPLAINT.finditer(said))
    if not begun:
        return {}
    rest = said[: begun[0].start()].strip()
    ends = [each.start() for each in begun[1:]] + [len(said)]
    found = {each["field"]: said[each.end() : end] for each, end in zip(begun, ends, strict=True)}
    return found | ({"": rest} if rest else {})


def _fields(
    screen: Mapping[str, Mapping[str, Any]], also: Collection[str]
) -> tuple[tuple[FormField, ...], tuple[str, ...]]:
    """Return the inputs of a create screen, required ones first, and what no input can ask for."""
    fields: list[FormField] = []
    unfillable: list[str] = []
    for name, meta in screen.items():
        required = (bool(meta.get("required")) and not meta.get("hasDefaultValue")) or name in also
        if name in OWN or name == "reporter" or not (required or name in SUGGESTED):
            continue
        found = asked(name, meta, required=required)
        fields += found
        if required and not found:
            unfillable.append(label_of(name, meta))
    return tuple(sorted(fields, key=lambda each: not each.required)), tuple(unfillable)


def _token_of(request: Request) -> str:
    marks = {str(each.get("key")): each.get("value") for each in things(request.body.get("properties"))}
    return made_token({"properties": marks})


def _put(kept: dict[str, str], key: str, value: str) -> None:
    """Remember, within a bound: what is forgotten is asked for again."""
    if len(kept) >= REMEMBERED_MAX:
        kept.clear()
    kept[key] = value
