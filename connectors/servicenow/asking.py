"""What the dictionary says of a column: which input it becomes, and whether its value may be sent. Pure.

Types: ``internal_type`` and ``max_length`` of sys_dictionary (c_DataDictionaryTables.md); raw values of the
Table API are UTC and have no display format (c_TableAPI.md, ``sysparm_input_display_value``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from bot.core.creation import TYPED_CHARS_MAX, CreateArguments, FormField, Kind, Typed
from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted
from connectors.servicenow.labels import label_of
from connectors.servicenow.mapping import LABEL_CHARS_MAX, SUGGESTIBLE, Row, raw

COLUMNS: Final = (
    "name", "element", "column_label", "mandatory", "active", "read_only", "internal_type", "max_length",
    "reference", "choice",
)  # fmt: skip
"""Read of sys_dictionary."""
NAMED: Final[Mapping[str, str]] = {
    "sys_user": "name",
    "sys_user_group": "name",
    "cmdb_ci": "name",
    "cmdb_ci_service": "name",
    "cmn_location": "name",
    "cmn_department": "name",
    "cmn_cost_center": "name",
    "core_company": "name",
}
"""Tables whose records people can find by what they are called, and the column that says it."""
ACTIVE: Final = frozenset({"sys_user", "sys_user_group"})
"""Those of which some are left out because they have left."""
LINE_CHARS_MAX: Final = 255
"""A column that holds more is several lines in ServiceNow's own forms."""
WHOLE_MAX: Final = 2**31 - 1
"""Of an integer column."""
_KINDS: Final[Mapping[str, Kind]] = {
    "integer": Kind.WHOLE,
    "longint": Kind.WHOLE,
    "decimal": Kind.NUMBER,
    "float": Kind.NUMBER,
    "glide_date": Kind.DATE,
    "glide_date_time": Kind.MOMENT,
    "due_date": Kind.MOMENT,
    "url": Kind.URL,
}
_TEXTS: Final = frozenset({"string", "email", "ph_number", "phone_number_e164", "multi_two_lines"})
_OURS: Final = frozenset(
    {
        "short_description", "description", "number", "caller_id", "state", "incident_state", "opened_by",
        "active", "approval", "priority", "comments", "work_notes", "comments_and_work_notes",
        "correlation_id", "correlation_display", "close_code", "close_notes", "parent", "parent_incident",
    }
)  # fmt: skip
"""Columns that a form has an input of its own for, or that the platform, the bot or other verbs fill."""
_COLUMN: Final = re.compile(r"[a-z][a-z0-9_]{0,79}")


def may_be_set(name: str) -> bool:
    """Whether a form may set this column at all."""
    return name in SUGGESTIBLE or (
        bool(_COLUMN.fullmatch(name)) and name not in _OURS and not name.startswith("sys_")
    )


def asked(row: Row, listed: Sequence[Choices]) -> FormField | None:
    """Return the input that a mandatory column becomes; None: Slack has none for it.

    ``listed``: the choices of the table's columns, by column.
    """
    name, kind = raw(row, "element"), raw(row, "internal_type")
    label = Untrusted(raw(row, "column_label") or label_of(name)).line(LABEL_CHARS_MAX)
    choices = next((each for each in listed if each.field == name and each.values), None)
    if choices is not None:
        return FormField(choices, required=True)
    plain = Choices(name, label, ())
    if kind == "reference" and raw(row, "reference") in NAMED:
        return FormField(plain, required=True, searched=True)
    if kind == "boolean":
        both = (Value("true", "true"), Value("false", "false"))
        return FormField(Choices(name, label, both), required=True)
    if raw(row, "choice") not in {"", "0"}:
        return None  # a list of values that our account cannot read
    return _typing(plain, kind, raw(row, "max_length"))


def sent(args: CreateArguments) -> dict[str, JsonValue]:
    """Return the columns of a form as the Table API takes them."""
    body: dict[str, JsonValue] = {name: value[0].id for name, value in args.values().items()}
    return body | {name: _written(each) for name, each in args.typed.items()}


def _typing(plain: Choices, kind: str, max_length: str) -> FormField | None:
    wanted = _KINDS.get(kind)
    if wanted is Kind.WHOLE:
        return FormField(plain, required=True, kind=wanted, least=-WHOLE_MAX, most=WHOLE_MAX)
    room = int(max_length) if max_length.isascii() and max_length.isdigit() else LINE_CHARS_MAX
    chars_max = min(max(room, 1), TYPED_CHARS_MAX)
    if wanted is not None:
        return FormField(plain, required=True, kind=wanted, chars_max=chars_max)
    if kind not in _TEXTS:
        return None
    lines = Kind.PROSE if room > LINE_CHARS_MAX else Kind.LINE
    return FormField(plain, required=True, kind=lines, chars_max=chars_max)


def _written(each: Typed) -> str:
    if each.kind is Kind.MOMENT:
        return each.text.replace("T", " ").removesuffix("Z")
    return each.text
