"""The instance's tables in memory: rows of strings, references followed, display values looked up."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.servicenow.columns import OWN_COLUMNS, Column, Kind, columns_of

Row = dict[str, str]
"""One record: every column is present, every value is text."""
SYS_ID = re.compile(r"[0-9a-f]{32}")
STAMP = "%Y-%m-%d %H:%M:%S"
"""Dates are UTC at a resolution of one second."""
NAME_COLUMNS = ("number", "name", "user_name", "title", "label")
"""Which column names a record, the first a table has."""


def sys_id_of(table: str, key: str) -> str:
    """Derive the sys_id of ``key`` in ``table``: the same in every run."""
    return hashlib.sha256(f"{table}:{key}".encode()).hexdigest()[:32]


@dataclass
class Table:
    """One table and its rows in the order they were made."""

    name: str
    columns: dict[str, Column]
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    made: int = 0

    def blank(self) -> Row:
        """Give a new row with every column's default."""
        return {name: column.default for name, column in self.columns.items()}


class Store:
    """All tables, and what is read across them."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self.now = now
        self.tables = {name: Table(name, columns_of(name)) for name in OWN_COLUMNS}
        self.journal: dict[tuple[str, str], list[Row]] = {}
        """Journal entries by (record, element), oldest first."""
        self._journal_place: dict[str, int] = {}
        self._labels: dict[tuple[str, str, str], str] = {}
        self._labels_made = -1

    def stamp(self) -> str:
        """Now, as the instance writes it."""
        return self.now().strftime(STAMP)

    def add(self, table: str, key: str, **values: str) -> Row:
        """Insert a row as the system does: no rules, no events. ``key`` decides its sys_id."""
        target = self.tables[table]
        target.made += 1
        at = values.get("sys_created_on") or self.stamp()
        row = target.blank() | {
            "sys_id": sys_id_of(table, key),
            "sys_created_on": at,
            "sys_updated_on": at,
            "sys_created_by": "system",
            "sys_updated_by": "system",
        }
        if "sys_class_name" in row:
            row["sys_class_name"] = table
        row.update(values)
        target.rows[row["sys_id"]] = row
        return row

    def find(self, table: str, **wanted: str) -> Row | None:
        """Give the first row whose columns equal ``wanted``, or ``None``."""
        rows = self.tables[table].rows.values()
        return next((row for row in rows if all(row.get(k) == v for k, v in wanted.items())), None)

    def column(self, table: str, path: str) -> Column | None:
        """The column at the end of a dot-walk that starts in ``table``; ``None`` if there is none."""
        head, _, rest = path.partition(".")
        target = self.tables.get(table)
        column = target.columns.get(head) if target else None
        if not rest or column is None:
            return column
        return self.column(column.references, rest) if column.kind is Kind.REFERENCE else None

    def value(self, table: str, row: Row, path: str) -> str:
        """The raw value at the end of a dot-walk; empty where a reference leads nowhere."""
        head, _, rest = path.partition(".")
        value = row.get(head, "")
        if not rest:
            return value
        column = self.tables[table].columns[head]
        target = self.tables.get(column.references)
        there = target.rows.get(value) if target else None
        return self.value(column.references, there, rest) if there else ""

    def holder(self, table: str, row: Row, path: str) -> tuple[str, Row] | None:
        """The table and row on which the last step of a dot-walk stands; ``None`` where it leads nowhere."""
        head, _, rest = path.partition(".")
        if not rest:
            return table, row
        column = self.tables[table].columns[head]
        target = self.tables.get(column.references)
        there = target.rows.get(row.get(head, "")) if target else None
        return self.holder(column.references, there, rest) if there else None

    def name_of(self, table: str, sys_id: str) -> str:
        """What a reference to ``sys_id`` shows; the sys_id itself where the record is unknown."""
        target = self.tables.get(table)
        row = target.rows.get(sys_id) if target else None
        if target is None or row is None:
            return sys_id
        return next((row[name] for name in NAME_COLUMNS if name in target.columns), sys_id)

    def label_of(self, table: str, column: Column, value: str) -> str:
        """The label of a choice, the own table's before the one it inherits; else the value."""
        choices = self.tables["sys_choice"]
        if self._labels_made != choices.made:
            rows = choices.rows.values()
            self._labels = {(row["name"], row["element"], row["value"]): row["label"] for row in rows}
            self._labels_made = choices.made
        own = self._labels.get((table, column.name, value))
        return own if own is not None else self._labels.get((column.owner, column.name, value), value)

    def display(self, table: str, row: Row, name: str, *, offset_h: int = 0) -> str:
        """What a person sees in column ``name``; ``offset_h`` is their time zone."""
        column, value = self.tables[table].columns[name], row[name]
        match column.kind:
            case Kind.JOURNAL:
                return self.journal_text(row["sys_id"], (name,))
            case Kind.REFERENCE:
                return self.name_of(column.references, value) if value else ""
            case Kind.CHOICE:
                return self.label_of(table, column, value) if value else ""
            case Kind.DATETIME if value:
                shifted = dt.datetime.strptime(value, STAMP).replace(tzinfo=dt.UTC)
                return (shifted + dt.timedelta(hours=offset_h)).strftime(STAMP)
            case _ if name == "comments_and_work_notes":
                return self.journal_text(row["sys_id"], ("comments", "work_notes"))
            case _:
                return value

    def write_journal(self, table: str, sys_id: str, element: str, text: str, actor: str) -> Row:
        """Append one entry; it becomes a row of sys_journal_field and can never be changed."""
        journal = self.tables["sys_journal_field"]
        entry = self.add(
            "sys_journal_field",
            f"{sys_id}:{journal.made}",
            name=table,
            element=element,
            element_id=sys_id,
            value=text,
            sys_created_by=actor,
            sys_updated_by=actor,
        )
        self._journal_place[entry["sys_id"]] = len(self._journal_place)
        self.journal.setdefault((sys_id, element), []).append(entry)
        return entry

    def entries(self, sys_id: str, elements: tuple[str, ...]) -> list[Row]:
        """The journal of a record in those elements, newest first."""
        found = [entry for element in elements for entry in self.journal.get((sys_id, element), [])]
        found.sort(key=lambda entry: self._journal_place[entry["sys_id"]])
        return found[::-1]

    def journal_text(self, sys_id: str, elements: tuple[str, ...]) -> str:
        """The journal as display values show it: every entry with its time, author and kind."""
        labels = {"comments": "Additional comments", "work_notes": "Work notes"}
        blocks: list[str] = []
        for entry in self.entries(sys_id, elements):
            user = self.find("sys_user", user_name=entry["sys_created_by"])
            name = user["name"] if user else entry["sys_created_by"]
            blocks.append(
                f"{entry['sys_created_on']} - {name} ({labels[entry['element']]})\n{entry['value']}\n\n"
            )
        return "".join(blocks)
