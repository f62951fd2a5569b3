"""The fake ServiceNow as the page shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from sandbox.demo.desk import Desk, Entry, Field, Opened, Option, Person, Row, Step, select, typed
from sandbox.servicenow import ServiceNowWorld
from sandbox.servicenow.columns import Column, Kind
from sandbox.servicenow.rules import CANCELED, CLOSED, RESOLVED, Refused

REQUESTER: Final = "dan"
AGENTS: Final = ("alice", "bob", "carol")
TABLE: Final = "incident"
MENUS: Final = ("state", "category", "subcategory", "impact", "urgency", "assignment_group", "close_code")
LINES: Final = ("close_notes", "short_description")
FIRST_LIVE: Final = "INC0010000"
"""Numbers above were opened since the start; below is the past."""
UNSET: Final[Option] = {"value": "", "label": "not set"}


class ServiceNowDesk(Desk):
    """Incidents and their people."""

    system = "servicenow"

    def __init__(self, world: ServiceNowWorld, bot_user: str) -> None:
        self._world, self._bot_user = world, bot_user
        self._store = world.instance.store

    @override
    def on_change(self, ring: Callable[[], None]) -> None:
        self._world.instance.after_save.append(lambda _saved: ring())

    @override
    def people(self) -> list[Person]:
        return [
            {"id": name, "name": self._name(name), "agent": name != REQUESTER}
            for name in (*AGENTS, REQUESTER)
        ]

    @override
    def rows(self) -> list[Row]:
        live = [n for n in self._world.numbers() if n.startswith("INC") and n > FIRST_LIVE]
        return [self._row(number) for number in reversed(live)]

    @override
    def key_of(self, reference: str) -> str:
        sys_id = reference.rpartition(":")[2]
        row = self._store.tables[TABLE].rows.get(sys_id)
        return row["number"] if row else self._world.record(reference)["number"]

    @override
    def opened(self, key: str) -> Opened:
        record = self._world.record(key)
        return {
            "row": self._row(key),
            "requester": self._world.display(key, "caller_id"),
            "created": _moment(record["sys_created_on"]),
            "description": record["description"],
            "fields": self._fields(key),
            "entries": self._entries(key),
            "history": self._history(key),
        }

    @override
    def create(self, summary: str, description: str) -> str:
        return self._world.create_incident(summary, description, caller=REQUESTER)

    @override
    def comment(self, key: str, person: str, text: str, *, internal: bool) -> None:
        try:
            self._world.comment(key, person, text, public=not internal)
        except Refused as refused:
            raise ValueError(refused.detail or refused.message) from refused

    @override
    def edit(self, key: str, person: str, name: str, value: str) -> None:
        try:
            self._world.edit(key, person, **{name: value})
        except Refused as refused:
            raise ValueError(refused.detail or refused.message) from refused

    def _row(self, number: str) -> Row:
        record = self._world.record(number)
        return {
            "id": f"servicenow:{number}",
            "system": "servicenow",
            "key": number,
            "summary": record["short_description"],
            "status": self._world.display(number, "state"),
            "priority": self._world.display(number, "priority"),
            "updated": _moment(record["sys_updated_on"]),
            "done": record["state"] in {RESOLVED, CLOSED, CANCELED},
            "notes": sum(not note.public for note in self._world.notes(number)),
        }

    def _fields(self, number: str) -> list[Field]:
        record, columns = self._world.record(number), self._store.tables[TABLE].columns
        fields = [
            select(
                name,
                columns[name].label,
                (self._world.display(number, name) if record[name] else "", record[name]),
                self._options(
                    columns[name], record["category"], needed=name in {"state", "impact", "urgency"}
                ),
            )
            for name in MENUS
        ]
        priority = typed("priority", "Priority", self._world.display(number, "priority"), "fixed")
        return [fields[0], priority, *fields[1:], *(typed(n, columns[n].label, record[n]) for n in LINES)]

    def _options(self, column: Column, category: str, *, needed: bool) -> list[Option]:
        if column.kind is Kind.REFERENCE:
            rows = self._store.tables[column.references].rows.values()
            found: list[Option] = [{"value": row["sys_id"], "label": row["name"]} for row in rows]
        else:
            found = [
                {"value": row["value"], "label": row["label"]}
                for row in self._store.tables["sys_choice"].rows.values()
                if row["element"] == column.name
                and row["name"] in {TABLE, column.owner}
                and row["dependent_value"] in {"", category}
            ]
        return found if needed else [UNSET, *found]

    def _entries(self, number: str) -> list[Entry]:
        return [
            {
                "id": f"{number}:{place}",
                "author": self._name(note.author),
                "bot": note.author == self._bot_user,
                "internal": not note.public,
                "at": _moment(note.at),
                "text": note.text,
                "markup": "plain",
                "edited": False,
            }
            for place, note in enumerate(self._world.notes(number))
        ]

    def _history(self, number: str) -> list[Step]:
        record, columns = self._world.record(number), self._store.tables[TABLE].columns
        steps = [self._step(record["sys_created_on"], record["sys_created_by"], "opened the ticket")]
        for audit in self._store.tables["sys_audit"].rows.values():
            column = columns.get(audit["fieldname"])
            if audit["documentkey"] != record["sys_id"] or column is None or column.kind is Kind.JOURNAL:
                continue
            old, new = (self._shown(column, audit[side]) or "not set" for side in ("oldvalue", "newvalue"))
            steps.append(self._step(audit["sys_created_on"], audit["user"], f"{column.label}: {old} → {new}"))
        return steps

    def _step(self, at: str, who: str, what: str) -> Step:
        return {"at": _moment(at), "who": self._name(who), "bot": who == self._bot_user, "what": what}

    def _shown(self, column: Column, value: str) -> str:
        if column.kind is Kind.REFERENCE:
            return self._store.name_of(column.references, value) if value else ""
        return self._store.label_of(TABLE, column, value)

    def _name(self, user_name: str) -> str:
        row = self._store.find("sys_user", user_name=user_name)
        return row["name"] if row else user_name


def _moment(stamp: str) -> str:
    """Return ServiceNow's UTC stamp as ISO 8601."""
    return f"{stamp.replace(' ', 'T')}+00:00" if stamp else ""
