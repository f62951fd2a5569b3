"""Rows of sys_choice, sys_user_group and sys_user_grmember to what may be set. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted
from connectors.servicenow.labels import label_of
from connectors.servicenow.mapping import LABEL_CHARS_MAX, Row, raw, shown
from connectors.servicenow.queries import SYS_ID

CHOICE_FIELDS: Final = ("category", "subcategory", "impact", "urgency", "close_code")
DEPENDS_ON: Final = {"subcategory": "category"}
"""Which field narrows which (sys_dictionary's ``dependent``)."""

CHOICE_COLUMNS: Final = (
    "name",
    "element",
    "value",
    "label",
    "dependent_value",
    "sequence",
    "language",
    "inactive",
)
GROUP_COLUMNS: Final = ("sys_id", "name", "active")
MEMBER_COLUMNS: Final = ("group", "user", "user.name", "user.active")


def choice_query(table: str, names: Sequence[str] = CHOICE_FIELDS) -> str:
    """Return the query for the choices of ``table``, those it inherits from task included."""
    tables = table if table == "task" else f"{table},task"
    return f"nameIN{tables}^elementIN{','.join(names)}^ORDERBYsequence"


def to_choices(
    rows: Sequence[Row], table: str, language: str, category: str, names: Sequence[str] = CHOICE_FIELDS
) -> tuple[Choices, ...]:
    """Read every field's choices, in the order people see them.

    A table's own choices hide those it inherits. ``category`` is the ticket's present one: a subcategory that
    exists under several categories is told as belonging to that one, if it is among them.
    """
    found = (_field(rows, name, table, language, category) for name in names)
    return tuple(each for each in found if each is not None)


def to_groups(rows: Sequence[Row]) -> Choices:
    """Read the groups a ticket may go to; an inactive one is left out even where the query let it in."""
    values = tuple(
        Value(raw(row, "sys_id"), Untrusted(raw(row, "name")).line(LABEL_CHARS_MAX))
        for row in rows
        if raw(row, "active") == "true" and SYS_ID.fullmatch(raw(row, "sys_id")) and raw(row, "name").strip()
    )
    return Choices("assignment_group", label_of("assignment_group"), values)


def to_assignees(rows: Sequence[Row]) -> tuple[Value, ...]:
    """Read the members of a group; somebody who has left is still a member there, and is left out here."""
    people = {
        raw(row, "user"): Value(
            raw(row, "user"), Untrusted(shown(row, "user.name") or shown(row, "user")).line(LABEL_CHARS_MAX)
        )
        for row in rows
        if raw(row, "user.active") == "true" and SYS_ID.fullmatch(raw(row, "user"))
    }
    return tuple(sorted(people.values(), key=lambda each: each.label.casefold()))


def _field(rows: Sequence[Row], name: str, table: str, language: str, category: str) -> Choices | None:
    mine = [row for row in rows if raw(row, "element") == name and raw(row, "inactive") != "true"]
    own = [row for row in mine if raw(row, "name") == table] or mine
    spoken = [row for row in own if raw(row, "language") in (language, "")] or own
    values: dict[str, Value] = {}
    parents: dict[str, str] = {}
    for row in spoken:
        value, parent = raw(row, "value"), raw(row, "dependent_value")
        if not value:
            continue
        values.setdefault(value, Value(value, Untrusted(raw(row, "label") or value).line(LABEL_CHARS_MAX)))
        if parent and (value not in parents or parent == category):
            parents[value] = parent
    if not values:
        return None
    narrowed = _narrowing(name, parents)
    return Choices(
        name, label_of(name), tuple(values.values()), depends_on=narrowed, parents=parents if narrowed else {}
    )


def _narrowing(name: str, parents: Mapping[str, str]) -> str:
    return DEPENDS_ON.get(name, "") if parents else ""
