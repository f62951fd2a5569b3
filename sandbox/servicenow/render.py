"""Records as the Table API shows them: raw values, display values or both, references with their links."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.servicenow.columns import Column, Kind
from sandbox.servicenow.store import Row, Store

Rendered = dict[str, object]


@dataclass(frozen=True)
class View:
    """What the caller asked for with sysparm_* parameters."""

    base_url: str
    """Where links point: scheme, host and the API's path up to the table's name."""
    display: str = "false"
    """sysparm_display_value: true, false or all; anything else counts as false."""
    links: bool = True
    """False with sysparm_exclude_reference_link=true."""
    fields: tuple[str, ...] = ()
    """sysparm_fields; empty: every column. Names that do not exist are ignored."""
    offset_h: int = 0
    """The caller's time zone, for display dates."""
    hidden: Collection[str] = ()
    """Columns the caller may not read, by table and name."""


def render(store: Store, table: str, row: Row, view: View) -> Rendered:
    """Give ``row`` as JSON; dot-walked fields keep their dotted names."""
    names = view.fields or tuple(store.tables[table].columns)
    shown: Rendered = {}
    for name in names:
        column = store.column(table, name)
        if column is not None and f"{column.owner}.{column.name}" not in view.hidden:
            shown[name] = _field(store, table, row, name, (column, view))
    return shown


def _field(store: Store, table: str, row: Row, name: str, how: tuple[Column, View]) -> object:
    column, view = how
    value = store.value(table, row, name)
    link = f"{view.base_url}/{column.references}/{value}" if column.kind is Kind.REFERENCE and value else ""
    display = _display(store, table, row, name, view) if view.display in ("true", "all") else ""
    match view.display:
        case "true" if link and view.links:
            return {"display_value": display, "link": link}
        case "true":
            return display
        case "all":
            both = {"display_value": display, "value": value}
            return {**both, "link": link} if link and view.links else both
        case _:
            return {"link": link, "value": value} if link and view.links else value


def _display(store: Store, table: str, row: Row, name: str, view: View) -> str:
    held = store.holder(table, row, name)
    return store.display(held[0], held[1], name.rpartition(".")[2], offset_h=view.offset_h) if held else ""
