"""What people do in the fake instance, as plain Python: open tickets, comment, edit, look at the result."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sandbox.servicenow.columns import Column, Kind
from sandbox.servicenow.events import Outbox
from sandbox.servicenow.history import past
from sandbox.servicenow.instance import Instance
from sandbox.servicenow.quirks import Quirks
from sandbox.servicenow.render import View, render
from sandbox.servicenow.rules import CLOSED, Refused
from sandbox.servicenow.seed import add_member, add_person
from sandbox.servicenow.store import Row, sys_id_of

FILE_NAME_CHARS_MAX: Final = 255
"""``sys_attachment.file_name``, as an instance comes."""
NUMBERED: Final = {"INC": "incident", "CHG": "change_request"}


@dataclass(frozen=True)
class Note:
    """One journal entry of a ticket."""

    author: str
    """A user_name."""
    text: str
    public: bool
    """True: the caller sees it (comments); False: work notes."""
    at: str


class ServiceNowWorld:
    """The world behind the API. Values may be raw, or what people see: a group's name, a choice's label."""

    def __init__(self, instance: Instance, outbox: Outbox, revoke: Callable[[], None]) -> None:
        self.instance, self.outbox = instance, outbox
        self._past: set[str] = set()
        self.revoke_tokens = revoke
        """End every OAuth access token given out so far."""

    @property
    def quirks(self) -> Quirks:
        """The instance's settings and nastiness; change them at any time."""
        return self.instance.quirks

    def create_incident(
        self,
        short_description: str,
        description: str = "",
        *,
        caller: str = "dan",
        by: str = "",
        **fields: str,
    ) -> str:
        """Open an incident as ``by`` (default: the caller) and return its number.

        Raises:
            Refused: a data policy forbids it; the text says which fields it wants.
            ValueError: no such field, or it is not one that people can set.
        """
        said = {
            "short_description": short_description,
            "description": description,
            "caller_id": caller,
            **fields,
        }
        return self.instance.insert("incident", self._raw("incident", said), by or caller)["number"]

    def require(self, name: str, label: str, kind: str = "string", **more: str) -> None:
        """Make a column of incident mandatory, new if there is none; ``more``: of its dictionary row."""
        store = self.instance.store
        columns = store.tables["incident"].columns
        if name not in columns:
            reference = more.get("reference", "")
            columns[name] = Column(
                name, Kind.REFERENCE if reference else Kind.STRING, label, "", reference, owner="incident"
            )
        store.add(
            "sys_dictionary",
            f"incident:{name}:own",
            name="incident",
            element=name,
            column_label=label,
            internal_type=kind,
            **{"mandatory": "true", **more},
        )

    def create_change(self, short_description: str, *, by: str = "carol", **fields: str) -> str:
        """Open a normal change request and return its number."""
        values = self._raw("change_request", {"short_description": short_description, **fields})
        return self.instance.insert("change_request", values, by)["number"]

    def comment(self, number: str, author: str, text: str, *, public: bool = True) -> None:
        """Add to the journal: for the caller to see, or a work note."""
        self.edit(number, author, **{"comments" if public else "work_notes": text})

    def attach(self, number: str, author: str, file_name: str, *, kind: str = "", size_bytes: int = 1) -> str:
        """Put a file on the ticket and return its sys_id; ``kind``: its media type, guessed when empty.

        The record itself is not touched by it: no update, no event.

        Raises:
            ValueError: no name, or one longer than the column.
        """
        if not 0 < len(file_name) <= FILE_NAME_CHARS_MAX:
            raise ValueError(f"a file's name has 1 to {FILE_NAME_CHARS_MAX} characters")
        table, row = self._ticket(number)
        store = self.instance.store
        made = store.add(
            "sys_attachment",
            f"{row['sys_id']}:{store.tables['sys_attachment'].made}",
            file_name=file_name,
            content_type=kind or mimetypes.guess_type(file_name)[0] or "application/octet-stream",
            size_bytes=str(size_bytes),
            size_compressed=str(size_bytes),
            table_name=table,
            table_sys_id=row["sys_id"],
            sys_created_by=author,
            sys_updated_by=author,
        )
        return made["sys_id"]

    def attachments(self, number: str) -> list[str]:
        """What the ticket's files are called, oldest first."""
        record = self.sys_id(number)
        rows = self.instance.store.tables["sys_attachment"].rows.values()
        return [row["file_name"] for row in rows if row["table_sys_id"] == record]

    def edit(self, number: str, actor: str, **fields: str) -> None:
        """Change fields as a person does in a form; the same rules hold as for the API.

        Raises:
            Refused: a rule or data policy forbids it.
            ValueError: no such field, or it is not one that people can set.
        """
        table, row = self._ticket(number)
        self.instance.update(table, row["sys_id"], self._raw(table, fields), actor)

    def delete(self, number: str, actor: str) -> None:
        """Delete the ticket."""
        table, row = self._ticket(number)
        self.instance.delete(table, row["sys_id"], actor)

    def close(self, number: str, actor: str = "system") -> None:
        """Close a resolved incident, as the instance's timer or an administrator does."""
        self.edit(number, actor, state=CLOSED)

    def record(self, number: str) -> Row:
        """A copy of the ticket's raw values."""
        return dict(self._ticket(number)[1])

    def display(self, number: str, field: str) -> str:
        """One field as people see it."""
        table, row = self._ticket(number)
        return self.instance.store.display(table, row, field)

    def sys_id(self, number: str) -> str:
        """The ticket's sys_id."""
        return self._ticket(number)[1]["sys_id"]

    def user_id(self, user_name: str) -> str:
        """The sys_id of a person."""
        return sys_id_of("sys_user", user_name)

    def group_id(self, name: str) -> str:
        """The sys_id of a group."""
        return sys_id_of("sys_user_group", name)

    def add_person(self, user_name: str, name: str, *, groups: Iterable[str] = (), **fields: str) -> str:
        """Make an account, its address its user name at example.com unless told; return its sys_id.

        Raises:
            ValueError: there is one of this user name, no such field, or no such group.
        """
        store, wanted = self.instance.store, list(groups)
        if store.find("sys_user", user_name=user_name) is not None:
            raise ValueError(f"there is a user {user_name!r} already")
        unknown = [each for each in wanted if store.find("sys_user_group", name=each) is None]
        if unknown:
            raise ValueError(f"no group {', '.join(unknown)}")
        add_person(store, user_name, name, **self._raw("sys_user", fields))
        for group in wanted:
            add_member(store, user_name, group)
        return self.user_id(user_name)

    def set_person(self, user_name: str, **fields: str) -> None:
        """Change an account: ``active="false"`` for somebody who leaves, ``email``, ``name``.

        Raises:
            LookupError: nobody has this user name. ValueError: no such field.
        """
        row = self.instance.store.find("sys_user", user_name=user_name)
        if row is None:
            raise LookupError(f"no user {user_name}")
        row.update(self._raw("sys_user", fields))

    def set_group(self, name: str, members: Iterable[str], *, active: bool = True) -> str:
        """Make a group hold exactly these people, by user name, and return its sys_id.

        Raises:
            LookupError: one of them is nobody.
        """
        store, wanted = self.instance.store, list(members)
        unknown = [each for each in wanted if store.find("sys_user", user_name=each) is None]
        if unknown:
            raise LookupError(f"no user {', '.join(unknown)}")
        where, stands = self.group_id(name), "true" if active else "false"
        if store.find("sys_user_group", sys_id=where) is None:
            store.add("sys_user_group", name, name=name)
        store.tables["sys_user_group"].rows[where]["active"] = stands
        rows = store.tables["sys_user_grmember"].rows
        for key in [key for key, row in rows.items() if row["group"] == where]:
            del rows[key]
        for each in wanted:
            add_member(store, each, name)
        return where

    def numbers(self) -> list[str]:
        """Every incident and change, oldest first."""
        tables = self.instance.store.tables
        return [row["number"] for table in NUMBERED.values() for row in tables[table].rows.values()]

    def notes(self, number: str) -> list[Note]:
        """The ticket's journal, oldest first."""
        entries = self.instance.store.entries(self.sys_id(number), ("comments", "work_notes"))
        return [
            Note(e["sys_created_by"], e["value"], e["element"] == "comments", e["sys_created_on"])
            for e in reversed(entries)
        ]

    def history(self, number: str) -> list[str]:
        """What happened to the ticket, one readable line each, oldest first."""
        store = self.instance.store
        table, row = self._ticket(number)
        lines = [f"{row['sys_created_on']} {row['sys_created_by']} created {number}"]
        for audit in store.tables["sys_audit"].rows.values():
            if audit["documentkey"] == row["sys_id"]:
                old, new = (
                    self._shown(table, audit["fieldname"], audit[side]) for side in ("oldvalue", "newvalue")
                )
                name = store.tables[table].columns[audit["fieldname"]]
                said = f"added {name.label.lower()}: {new}" if name.kind is Kind.JOURNAL else None
                line = said or f"set {name.label} from {old or '(empty)'} to {new or '(empty)'}"
                lines.append(f"{audit['sys_created_on']} {audit['user']} {line}")
        return lines

    def state(self) -> dict[str, object]:
        """The world as JSON: tickets with notes and history, and the outbox; without the untouched past."""
        store, view = self.instance.store, View(base_url="", display="true", links=False)
        tickets = {
            row["number"]: {
                "fields": render(store, table, row, view),
                "raw": dict(row),
                "notes": [vars(note) for note in self.notes(row["number"])],
                "attachments": self.attachments(row["number"]),
                "history": self.history(row["number"]),
            }
            for table in NUMBERED.values()
            for row in store.tables[table].rows.values()
            if row["number"] not in self._past or row["sys_mod_count"] != "0"
        }
        sent = [
            {"event_id": row.event_id, "operation": row.operation, "sys_id": row.sys_id, "state": row.state}
            for row in self.outbox.rows
        ]
        return {"tickets": tickets, "outbox": sent}

    def seed_history(self, count: int = 150) -> list[str]:
        """Add ``count`` closed incidents of the past, without events, the same every time; their numbers."""
        made: list[str] = []
        for place in range(count):
            was = past(place)
            number = f"INC{place + 1:07d}"
            values = self._raw("incident", was.fields, platform=True)
            stamps = {
                "opened_at": was.opened_at,
                "sys_created_on": was.opened_at,
                "sys_updated_on": was.resolved_at,
                "resolved_at": was.resolved_at,
                "closed_at": was.resolved_at,
            }
            people = {"sys_created_by": was.caller, "sys_updated_by": was.resolver}
            priority = self.quirks.priorities.get((values["impact"], values["urgency"]), "")
            done = {"state": CLOSED, "incident_state": CLOSED, "active": "false", "priority": priority}
            self.instance.store.add("incident", number, number=number, **values, **stamps, **people, **done)
            made.append(number)
        self.is_past(made)
        return made

    def is_past(self, numbers: Iterable[str]) -> None:
        """Leave these out of the state for as long as nobody touches them."""
        self._past.update(numbers)

    def _ticket(self, number: str) -> tuple[str, Row]:
        """The table and live row of ``number``.

        Raises:
            LookupError: there is no such ticket, or it was deleted.
        """
        table = NUMBERED.get(number[:3])
        row = self.instance.store.find(table, number=number) if table else None
        if table is None or row is None:
            raise LookupError(f"no ticket {number}")
        return table, row

    def _shown(self, table: str, field: str, value: str) -> str:
        store, column = self.instance.store, self.instance.store.tables[table].columns[field]
        if column.kind is Kind.REFERENCE:
            return store.name_of(column.references, value) if value else ""
        return store.label_of(table, column, value)

    def _raw(self, table: str, fields: dict[str, str], *, platform: bool = False) -> dict[str, str]:
        columns = self.instance.store.tables[table].columns
        wrong = [name for name in fields if name not in columns or not (platform or columns[name].writable)]
        if wrong:
            raise ValueError(f"{table} has no field that people can set called {', '.join(wrong)}")
        return {name: self._raw_value(table, name, value) for name, value in fields.items()}

    def _raw_value(self, table: str, name: str, value: str) -> str:
        """Turn what people see into what is stored.

        Raises:
            ValueError: a reference that names nobody.
        """
        store, column = self.instance.store, self.instance.store.tables[table].columns[name]
        target = store.tables.get(column.references)
        if column.kind is Kind.CHOICE:
            choices = store.tables["sys_choice"].rows.values()
            mine = (c for c in choices if c["element"] == name and c["name"] in (table, column.owner))
            return next((c["value"] for c in mine if value in (c["label"], c["value"])), value)
        if target is None or not value or value in target.rows:
            return value
        for key in ("user_name", "name", "number"):
            row = store.find(column.references, **{key: value}) if key in target.columns else None
            if row is not None:
                return row["sys_id"]
        raise ValueError(f"{name}: nothing in {column.references} is called {value!r}")


__all__ = ["Note", "Refused", "ServiceNowWorld"]
