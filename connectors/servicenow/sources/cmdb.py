"""Configuration items and how they hang together: ``cmdb_ci`` and ``cmdb_rel_ci``, over the Table API.

The platform leaves out a condition that it does not understand and answers with the rest of the table, so
what was asked for is looked for again in each answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints

from bot.core.errors import Missing
from bot.core.foreign import thing, things
from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.sources import Lookup
from connectors._passages import FOUND_MAX, Asked, Searched, long_words, passage, words
from connectors.servicenow.mapping import Row, raw, record_url, shown
from connectors.servicenow.queries import SYS_ID, moment
from connectors.servicenow.sources.asking import Asking

ITEMS: Final = "cmdb_ci"
RELATIONS: Final = "cmdb_rel_ci"
TOLD: Final[Mapping[str, str]] = {
    "sys_class_name": "class",
    "short_description": "description",
    "operational_status": "operational status",
    "install_status": "install status",
    "ip_address": "address",
    "fqdn": "domain name",
    "location": "location",
    "support_group": "support group",
    "assigned_to": "assigned to",
    "owned_by": "owned by",
    "managed_by": "managed by",
}
"""Columns of every item, and what they are called."""
FIELDS: Final = ("sys_id", "name", "asset_tag", "sys_updated_on", *TOLD)
RELATED: Final = ("parent", "child", "type", "parent.sys_class_name", "child.sys_class_name")
LOOKED_IN: Final = ("name", "short_description", "fqdn", "ip_address", "asset_tag")
"""Where each word of a question has to stand."""
WORDS_MAX: Final = 5
"""Of a question that an item has to hold; each is a LIKE over the table."""
ITEMS_MAX: Final = 50
"""Rows read for one search, then ranked."""
NEIGHBOURS_MAX: Final = 40
"""Relations read of one item; who has more is a hub, and nobody reads them all."""


class Item(Asked):
    """What is asked about one item."""

    item: Annotated[str, StringConstraints(pattern=rf"^{SYS_ID.pattern}$")]
    """Its sys_id."""


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    each.name: each
    for each in (
        Lookup(
            "search_items",
            About.INVENTORY,
            "Finds configuration items (servers, services, applications) by words of their name, "
            "description, address or asset tag, with the key to read each by.",
            Searched,
        ),
        Lookup(
            "read_item",
            About.INVENTORY,
            "Reads one configuration item by the key that search_items gave: its class, status and owners.",
            Item,
        ),
        Lookup(
            "list_neighbours",
            About.INVENTORY,
            "Lists what a configuration item depends on and what depends on it, with the kind of each "
            "relation. Use it to judge what else an outage touches.",
            Item,
        ),
    )
})  # fmt: skip


class Cmdb:
    """Fills ``bot.sources.Source``."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(self, name: str, url: str, asking: Asking) -> None:
        """Do no I/O."""
        self.name, self._url, self._asking = name, url, asking

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        match arguments:
            case Searched() if lookup == "search_items":
                return await self._search(arguments.query)
            case Item() if lookup == "read_item":
                return [self._told(await self._item(arguments.item))]
            case Item() if lookup == "list_neighbours":
                return await self._neighbours(arguments.item)
            case _:
                raise AssertionError(f"{lookup} does not take {type(arguments).__name__}")

    async def close(self) -> None:
        """Nothing: the connector closes what this one uses."""

    async def _search(self, query: str) -> list[Passage]:
        """Find items that hold every word; where none does, those whose names hold most of the longer ones.

        So a name finds its item, and so does a sentence that it stands in.
        """
        asked = words(query)
        every, some = asked[:WORDS_MAX], long_words(query)
        if not every:
            return []
        conditions = ["^OR".join(f"{column}LIKE{word}" for column in LOOKED_IN) for word in every]
        found = [
            row
            for row in await self._items("^".join(conditions))
            if _hits(row, every, LOOKED_IN) == len(every)
        ]
        if not found and some and len(asked) > 1:
            rows = await self._items("^OR".join(f"nameLIKE{word}" for word in some))
            ranked = [(-_hits(row, some, ("name",)), len(raw(row, "name")), n) for n, row in enumerate(rows)]
            found = [rows[n] for hits, _, n in sorted(ranked) if hits]
        return [self._told(row) for row in found[:FOUND_MAX]]

    async def _items(self, condition: str) -> list[Row]:
        rows = await self._rows(ITEMS, f"{condition}^ORDERBYname", FIELDS, ITEMS_MAX)
        return [row for row in rows if SYS_ID.fullmatch(raw(row, "sys_id"))]

    async def _item(self, key: str) -> Row:
        """Fetch one item.

        Raises:
            Missing: it is not there, or the account may not see it. Others as ``Asking.get``.
        """
        row: Row = thing(await self._asking.get(f"/api/now/table/{ITEMS}/{key}", _params(FIELDS)))
        if raw(row, "sys_id") != key:
            raise Missing(f"{self.name}: there is no such item, or the account may not see it")
        return row

    async def _neighbours(self, key: str) -> list[Passage]:
        item = shown(await self._item(key), "name")
        rows = await self._rows(RELATIONS, f"parent={key}^ORchild={key}", RELATED, NEIGHBOURS_MAX)
        found: dict[tuple[str, str], Passage] = {}
        for row in rows:
            ends = raw(row, "parent"), raw(row, "child")
            if key not in ends or not all(map(SYS_ID.fullmatch, ends)):
                continue
            other = "child" if ends[0] == key else "parent"
            # "Depends on::Used by": what the parent is to the child, then what the child is to the parent.
            first, _, second = shown(row, "type").partition("::")
            relation = (first if other == "child" else second) or first or "related to"
            there, what = raw(row, other), shown(row, f"{other}.sys_class_name")
            name = shown(row, other)
            told = passage(name, f"{item} · {relation}: {name}" + (f" ({what})" if what else ""))
            found.setdefault(
                (there, relation), replace(told, url=record_url(self._url, ITEMS, there), key=there)
            )
        return list(found.values())

    def _told(self, row: Row) -> Passage:
        lines = [f"{name}: {value}" for column, name in TOLD.items() if (value := shown(row, column))]
        told = passage(shown(row, "name"), "\n".join(lines), chars_max=_ITEM_CHARS_MAX)
        key = raw(row, "sys_id")
        return replace(told, url=record_url(self._url, ITEMS, key), at=_changed(row), key=key)

    async def _rows(self, table: str, query: str, fields: Sequence[str], count: int) -> list[Row]:
        params = {**_params(fields), "sysparm_query": query, "sysparm_limit": str(count)}
        rows = things(await self._asking.get(f"/api/now/table/{table}", params))
        return [thing(row) for row in rows[:count]]


_ITEM_CHARS_MAX: Final = 2_000
"""Of an item, in characters: a dozen short lines."""


def _params(fields: Sequence[str]) -> dict[str, str]:
    return {
        "sysparm_fields": ",".join(fields),
        "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true",
    }


def _hits(row: Row, wanted: Sequence[str], columns: Sequence[str]) -> int:
    """Return how many of these words the row really holds."""
    said = "\n".join(raw(row, column) for column in columns).casefold()
    return sum(word.casefold() in said for word in wanted)


def _changed(row: Row) -> datetime | None:
    try:
        return moment(raw(row, "sys_updated_on"))
    except ValueError:
        return None
