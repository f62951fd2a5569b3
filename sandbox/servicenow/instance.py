"""The running instance: writes with rules before them, and audit, journal and events after them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.servicenow import rules
from sandbox.servicenow.columns import Kind
from sandbox.servicenow.quirks import Quirks
from sandbox.servicenow.store import Row, Store, sys_id_of

PREFIXES: Final[Mapping[str, str]] = {"incident": "INC", "change_request": "CHG", "kb_knowledge": "KB"}
FIRST_NUMBER: Final = 10_000
"""Live records count from here on; history has the numbers below."""
SILENT: Final = frozenset({"sys_mod_count", "sys_updated_on", "sys_updated_by", "incident_state"})
"""Columns whose change is not listed in the audit or in an event."""
JOURNALS: Final = ("comments", "work_notes")


@dataclass(frozen=True)
class Change:
    """One field that a save changed; raw values, for a journal field the text that was added."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Saved:
    """What a save did: the input of the business rules that run after it."""

    table: str
    operation: str
    """insert, update or delete."""
    row: Row
    """A copy of the record as it was saved; for a delete, as it was before."""
    changes: tuple[Change, ...]
    actor: str


class Instance:
    """The tables with their behaviour; the world and the REST API both write through it."""

    def __init__(self, quirks: Quirks, now: Callable[[], dt.datetime]) -> None:
        self.quirks = quirks
        self.store = Store(now)
        self.after_save: list[Callable[[Saved], None]] = []
        """Business rules of the kind "after"."""

    def row(self, table: str, sys_id: str) -> Row:
        """Give the live row.

        Raises:
            Refused: 404, as the API answers for a record that is missing or hidden.
        """
        row = self.store.tables[table].rows.get(sys_id)
        if row is None:
            detail = "Record doesn't exist or ACL restricts the record retrieval"
            raise rules.Refused(404, "No Record found", detail)
        return row

    def insert(self, table: str, values: Mapping[str, str], actor: str) -> Row:
        """Create a record as ``actor``; rules run, an event follows."""
        target = self.store.tables[table]
        target.made += 1
        key = f"{PREFIXES.get(table, table)}{FIRST_NUMBER + target.made:07d}"
        at = self.store.stamp()
        new = target.blank() | {"sys_id": sys_id_of(table, key), "sys_created_on": at, "sys_updated_on": at}
        new |= {"sys_created_by": actor, "sys_updated_by": actor} | self._opened(table, key, at, actor)
        new |= values
        self._rules(table, None, new, actor)
        notes = self._take_journal(new)
        target.rows[new["sys_id"]] = new
        changes = [Change(name, "", new[name]) for name in new if name in values and new[name]]
        self._saved("insert", table, new, [*changes, *self._write_journal(table, new, notes, actor)], actor)
        return new

    def update(self, table: str, sys_id: str, values: dict[str, str], actor: str) -> Row:
        """Change a record as ``actor``; a save that changes nothing leaves no trace."""
        old = self.row(table, sys_id)
        new = old | values
        if all(new[name] == old[name] for name in values):
            return old
        self._rules(table, old, new, actor)
        notes = self._take_journal(new)
        changes = [Change(name, old[name], new[name]) for name in new if old[name] != new[name]]
        new["sys_mod_count"] = str(int(old["sys_mod_count"]) + 1)
        new["sys_updated_on"], new["sys_updated_by"] = self.store.stamp(), actor
        self.store.tables[table].rows[sys_id] = new
        journal = self._write_journal(table, new, notes, actor)
        self._saved("update", table, new, [*changes, *journal], actor)
        return new

    def delete(self, table: str, sys_id: str, actor: str) -> None:
        """Remove a record; its journal and audit stay, as orphans."""
        row = self.row(table, sys_id)
        del self.store.tables[table].rows[sys_id]
        self._saved("delete", table, row, [], actor)

    def _opened(self, table: str, key: str, at: str, actor: str) -> dict[str, str]:
        columns = self.store.tables[table].columns
        user = self.store.find("sys_user", user_name=actor)
        filled = {
            "number": key,
            "sys_class_name": table,
            "opened_at": at,
            "opened_by": user["sys_id"] if user else "",
        }
        return {name: value for name, value in filled.items() if name in columns}

    def _rules(self, table: str, old: Row | None, new: Row, actor: str) -> None:
        if table == "incident":
            rules.before_save(self.store, self.quirks, old, new, actor)

    def _take_journal(self, new: Row) -> dict[str, str]:
        """Take the journal texts out of ``new``: the record itself never holds them."""
        notes = {name: new[name] for name in JOURNALS if new.get(name)}
        new.update(dict.fromkeys(notes, ""))
        return notes

    def _write_journal(self, table: str, row: Row, notes: Mapping[str, str], actor: str) -> list[Change]:
        for element, text in notes.items():
            self.store.write_journal(table, row["sys_id"], element, text, actor)
        return [Change(element, "", text) for element, text in notes.items()]

    def _saved(self, operation: str, table: str, row: Row, changes: list[Change], actor: str) -> None:
        listed = tuple(change for change in changes if change.field not in SILENT)
        self._audit(operation, table, row, listed, actor)
        for rule in list(self.after_save):
            rule(Saved(table, operation, dict(row), listed, actor))

    def _audit(self, operation: str, table: str, row: Row, changes: tuple[Change, ...], actor: str) -> None:
        """One sys_audit row a field; inserts are not audited field by field, as on a real instance."""
        listed = {"update": changes, "insert": (), "delete": (Change("DELETED", "", "DELETED"),)}[operation]
        for change in listed:
            self.store.add(
                "sys_audit",
                f"{row['sys_id']}:{self.store.tables['sys_audit'].made}",
                tablename=table,
                documentkey=row["sys_id"],
                fieldname=change.field,
                oldvalue=change.old,
                newvalue=change.new,
                user=actor,
                record_checkpoint=row["sys_mod_count"],
                sys_created_by=actor,
            )

    def references(self, table: str, name: str) -> str:
        """The table that column ``name`` points to; empty if it is no reference."""
        column = self.store.tables[table].columns[name]
        return column.references if column.kind is Kind.REFERENCE else ""
