"""One running ServiceNow instance: ``pysnow``, which blocks, in a pool of threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar

from bot.core.actions import Args, Request, VendorAnswer
from bot.core.creation import CreationForm, unborn
from bot.core.errors import Ambiguous, Forbidden, Missing, Refused, Retry
from bot.core.events import TicketTouched
from bot.core.ids import ActionName
from bot.core.permit import Permit
from bot.core.tickets import Actor, Allowed, Choices, PastTicket, Snapshot, Ticket, TicketRef, Value
from bot.kinds import Kind
from bot.ports import ActionType, PastPage, Webhook
from bot.sources import Source
from connectors._threads import PerThread, Threads
from connectors.servicenow import choices, creating, mapping, parents, people, reading, similar, writing
from connectors.servicenow.actions import link, verbs
from connectors.servicenow.failures import AWAY_S
from connectors.servicenow.links import key_of
from connectors.servicenow.mapping import SUGGESTIBLE, Home, Row, raw
from connectors.servicenow.queries import SYS_ID
from connectors.servicenow.sessions import Tokens
from connectors.servicenow.settings import ENVIRONMENT, ServiceNowSettings
from connectors.servicenow.sources import sources_of
from connectors.servicenow.webhook import WEBHOOK
from connectors.servicenow.wire import Page, Select, Wire

T = TypeVar("T")

KIND: Final = "servicenow"
SETTLE_S: Final = 90.0
"""A Table API transaction is cut at 60 s (quota rule "REST Table API request timeout"); and a margin."""
CALL_S: Final = 75.0
"""Bound on one job in a thread: three requests at their socket limits, and a margin."""
CACHE_S: Final = 60.0
"""How long choices, groups and members are believed: an administrator's change shows within a minute."""
CACHED_MAX: Final = 500
"""Answers kept; one per table and per group."""

CHOICES_MAX: Final = 5_000
GROUPS_MAX: Final = 1_000
MEMBERS_MAX: Final = 200
"""Rows read for one ticket: more than people choose from, and a bound on what one answer may weigh."""
PAGE_ROWS: Final = 100
"""Rows asked for at once where a row may hold a long description."""


class ServiceNow:
    """Fills ``bot.ports.Connector``."""

    kind = KIND
    webhook: Webhook = WEBHOOK
    actions: Mapping[ActionName, ActionType] = MappingProxyType(verbs())
    suggestible = SUGGESTIBLE
    settle_s = SETTLE_S

    def __init__(
        self, name: str, settings: ServiceNowSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock``: seconds that only ever grow, for what is cached and for tokens."""
        self.name = name
        self.home = settings.url
        self.webhook_secret = settings.webhook_secret.get_secret_value()
        self._settings = settings
        self._clock = clock
        self._threads = Threads(name)
        tokens = Tokens(settings, clock)
        self._wires = PerThread[Wire](lambda: Wire(settings, tokens), Wire.close)
        self.sources: tuple[Source, ...] = sources_of(name, settings, self._threads, self._wires)
        self._us: Actor | None = None
        self._access = reading.Access()
        self._cache: dict[tuple[str, str], tuple[float, tuple[Row, ...]]] = {}

    async def whoami(self) -> Actor:
        """Return the account we run under, remembered."""
        if self._us is None:
            self._us = await self._read(lambda wire: reading.account(wire, self._settings))
        return self._us

    async def read(self, ref: TicketRef) -> Snapshot:
        """Fetch the record, then its journal and its files' names; of one to be made, whether it is there."""
        wanted = unborn(ref)
        if wanted is None:
            self._table(ref)
        else:
            self._ours(wanted.queue)
        home = await self._home()
        if wanted is not None:
            return await self._read(lambda wire: creating.snapshot(wire, ref, wanted, home, self._access))
        found = await self._read(lambda wire: reading.record(wire, ref, home))
        # At once: neither needs the other's answer, and people wait for the sum otherwise.
        said, files = await asyncio.gather(
            self._read(lambda wire: reading.conversation(wire, found, home, self._access)),
            self._read(lambda wire: reading.attachments(wire, found.ticket, home, self._access)),
        )
        return mapping.to_snapshot(found.ticket, said, files)

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        """Fetch choices and groups; with ``steps`` also the members of its group, who may have it."""
        category = ticket.fields.get("category", ())
        offered = await self._choices(self._table(ticket.ref), category[0].id if category else "")
        return Allowed(choices=offered, assignees=await self._members(ticket) if steps else ())

    async def _choices(self, table: str, category: str) -> tuple[Choices, ...]:
        rows = await self._rows(
            Select("sys_choice", choices.choice_query(table), choices.CHOICE_COLUMNS, CHOICES_MAX)
        )
        fields = choices.to_choices(rows, table, self._settings.language, category)
        groups = choices.to_groups(
            await self._rows(
                Select("sys_user_group", "active=true^ORDERBYname", choices.GROUP_COLUMNS, GROUPS_MAX)
            )
        )
        return (*fields, groups) if groups.values else fields

    async def queues(self) -> tuple[Value, ...]:
        """Return the tables records may be made in."""
        return tuple(Value(table, table) for table in self._settings.tables)

    async def creation(
        self, queue: str, kind: str, picks: Mapping[str, str], also: Collection[str] = ()
    ) -> CreationForm:
        """Return what a record of a table may be made with; a table has one type of them."""
        del kind
        self._ours(queue)
        columns = await self._read(lambda wire: creating.dictionary(wire, queue, also))
        offered = await self._choices(queue, picks.get("category", ""))
        names = creating.listed(columns)
        if names:
            rows = await self._rows(
                Select("sys_choice", choices.choice_query(queue, names), choices.CHOICE_COLUMNS, CHOICES_MAX)
            )
            offered += choices.to_choices(rows, queue, self._settings.language, "", names)
        return creating.form(queue, offered, columns, self.home)

    async def searched(self, queue: str, field: str, words: str, limit: int) -> tuple[Value, ...]:
        """Return records that a column may refer to."""
        self._ours(queue)
        return await self._read(lambda wire: creating.searched(wire, queue, field, words, limit))

    async def named(self, queue: str, field: str, ids: Collection[str]) -> tuple[Value, ...]:
        """Return those of the records that a column may refer to."""
        self._ours(queue)
        return await self._read(lambda wire: creating.named(wire, queue, field, ids))

    def complaints(self, why: str) -> Mapping[str, str]:
        """Return what the instance said of each column, by label."""
        return creating.complaints(why)

    async def requester(self, email: str) -> Value | None:
        """Return the active user with this address."""
        return await self._read(lambda wire: creating.requester(wire, email))

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        """Fetch solved records that share words with the summary, best first."""
        table, sys_id = mapping.place(ticket.ref)
        query = similar.similar_query(ticket, self._table(ticket.ref), sys_id)
        if not query or limit <= 0:
            return ()
        select = Select(table, query, mapping.PAST_FIELDS, similar.CANDIDATES_MAX)
        rows = await self._read(lambda wire: reading.many(wire, select))
        home = await self._home()
        # Asked for as a condition too, but a condition may be ignored.
        others = [row for row in rows if raw(row, "sys_id") != sys_id]
        ranked = similar.best(ticket, others, limit)
        return tuple(mapping.to_past(row, table, home, score) for score, row in ranked)

    async def find(self, key: str) -> TicketRef:
        """Return which record people mean by its number; an id is taken as well."""
        if ":" in key:
            self._table(ref := TicketRef(self.name, key))
            return ref
        return await self._read(lambda wire: reading.by_number(wire, key, self._settings.tables, self.name))

    def key_of(self, url: str) -> str:
        """Return the number, or table and sys_id, in an address of this instance."""
        return key_of(self.home, url, self._settings.tables)

    async def changed_since(self, moment: datetime, limit: int) -> tuple[TicketTouched, ...]:
        """Return what changed at or after ``moment``, cut to the second, over all tables, oldest first."""
        if limit <= 0:
            return ()
        home = await self._home()
        found: list[TicketTouched] = []
        for table in self._settings.tables:
            found += await self._read(partial(_touched, table, moment, limit, home))
        return tuple(sorted(found, key=lambda each: (each.at, each.ref.id))[:limit])

    async def looked_up(self, action: ActionName, args: Args, ticket: Ticket) -> Args:
        """Return ``args``, in those of ``link`` the record that a number stands for."""
        if action != link.ACTION.name:
            return args
        return await self._read(lambda wire: parents.looked_up(wire, args, ticket))

    async def members(self, group: str) -> tuple[str, ...]:
        """Return the addresses of a group's active people, read afresh: they may approve."""
        return await self._read(lambda wire: people.members(wire, group))

    async def address_of(self, account: str) -> str:
        """Return the address of one active user; empty where nobody can tell whose it is."""
        return await self._read(lambda wire: people.address_of(wire, account))

    async def people(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        """Return who may have it, best first: names that begin with ``query`` before those that hold it."""
        table, group = self._table(ticket.ref), ticket.fields.get("assignment_group", ())
        return await self._read(lambda wire: people.assignable(wire, table, group, query, limit))

    async def solved(self, limit: int) -> tuple[PastTicket, ...]:
        """Return the most recently solved records of every table, newest first."""
        home = await self._home()
        found: list[PastTicket] = []
        for table in self._settings.tables:
            query = f"{similar.solved_query(table)}^ORDERBYDESCsys_updated_on^ORDERBYDESCsys_id"
            found += [mapping.to_lesson(row, table, home) for row in await self._all(table, query, limit)]
        return tuple(sorted(found, key=_when_closed, reverse=True)[:limit])

    async def solved_page(self, query: str, after: str) -> PastPage:
        """Return some solved records, table after table; ``after`` names table and place in it."""
        home = await self._home()
        tables = self._settings.tables
        table, _, place = (after or f"{tables[0]}:0").partition(":")
        if table not in tables or not place.isdecimal():
            raise Refused(f"{self.name}: reading cannot go on at {after!r}: the tables are others now")
        offset = int(place)
        select = Select(table, similar.lesson_query(table, query), mapping.PAST_FIELDS, PAGE_ROWS, offset)
        page = await self._read(partial(_page, select))
        following = tables[tables.index(table) + 1 :]
        onward = f"{table}:{offset + PAGE_ROWS}" if page.more else f"{following[0]}:0" if following else ""
        return PastPage(tuple(mapping.to_lesson(row, table, home) for row in page.rows), onward)

    async def send(self, request: Request, permit: Permit) -> VendorAnswer:
        """Make the one attempt; see ``bot.ports.Connector.send``."""
        assert permit.operation == request.operation, "a permit is for one operation"
        home = await self._home()
        try:
            return await self._threads.run(
                lambda: writing.send(self._wires.get(), request, home), timeout_s=CALL_S
            )
        except TimeoutError as error:
            raise Ambiguous(f"no answer from ServiceNow within {CALL_S:g} s") from error

    async def withdraw(self, ref: TicketRef, comment: str) -> bool:
        """Do nothing: a journal entry cannot be deleted."""
        del ref, comment
        return False

    async def close(self) -> None:
        """Give back threads and sockets."""
        self._threads.close()
        self._wires.close()

    async def _read(self, call: Callable[[Wire], T]) -> T:
        try:
            return await self._threads.run(lambda: call(self._wires.get()), timeout_s=CALL_S)
        except TimeoutError as error:
            raise Retry(f"no answer from ServiceNow within {CALL_S:g} s", after_s=AWAY_S) from error

    async def _home(self) -> Home:
        return Home(self.name, self._settings.url, await self.whoami())

    def _table(self, ref: TicketRef) -> str:
        """Return the table of a record of ours.

        Raises:
            Missing: it is in none of the tables this connector was given.
        """
        table, _ = mapping.place(ref)
        self._ours(table)
        return table

    def _ours(self, table: str) -> None:
        if table not in self._settings.tables:
            raise Missing(f"{table} is not among this connector's tables: {', '.join(self._settings.tables)}")

    async def _members(self, ticket: Ticket) -> tuple[Value, ...]:
        group = ticket.fields.get("assignment_group", ())
        if not group or not SYS_ID.fullmatch(group[0].id):
            return ()
        query = f"group={group[0].id}^user.active=true"
        try:
            rows = await self._rows(Select("sys_user_grmember", query, choices.MEMBER_COLUMNS, MEMBERS_MAX))
        except Forbidden:
            # Without the right to read memberships there is nobody to offer; the rest still helps.
            return ()
        return choices.to_assignees([row for row in rows if raw(row, "group") == group[0].id])

    async def _rows(self, select: Select) -> tuple[Row, ...]:
        """Fetch rows that rarely change, or return what was fetched a moment ago."""
        key = (select.table, select.query)
        kept = self._cache.get(key)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        rows = tuple(await self._read(lambda wire: reading.many(wire, select)))
        if len(self._cache) >= CACHED_MAX:
            self._cache.clear()
        self._cache[key] = (self._clock() + CACHE_S, rows)
        return rows

    async def _all(self, table: str, query: str, limit: int) -> list[Row]:
        """Fetch ``limit`` rows in pages, each a job of its own, so that learning does not hold a thread."""
        found: list[Row] = []
        offset, more = 0, True
        while more and len(found) < limit:
            select = Select(table, query, mapping.PAST_FIELDS, PAGE_ROWS, offset)
            page = await self._read(partial(_page, select))
            found += page.rows
            offset, more = offset + PAGE_ROWS, page.more
        return found[:limit]


def _touched(table: str, moment: datetime, limit: int, home: Home, wire: Wire) -> list[TicketTouched]:
    return reading.touched(wire, table, moment, limit, home)


def _page(select: Select, wire: Wire) -> Page:
    return wire.rows(select)


def _when_closed(past: PastTicket) -> float:
    return past.closed_at.timestamp() if past.closed_at else 0.0


CONNECTOR: Final = Kind(KIND, ServiceNowSettings, ENVIRONMENT, ServiceNow)
