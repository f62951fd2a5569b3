"""Writes ``update-set.xml`` out of the scripts beside it: ``python -m manifest.servicenow.update_set``.

The format is that of an exported update set: an ``unload`` with one ``sys_remote_update_set`` and, for each
record, a ``sys_update_xml`` whose payload is the record as XML. Ids derive from names, so that installing a
later version replaces what an earlier one made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

HERE: Final = Path(__file__).parent
TARGET: Final = HERE / "update-set.xml"
NAME: Final = "Countersign"
STAMP: Final = "2026-01-01 00:00:00"
"""Of the records; fixed, so that the same scripts give the same file."""

OUTBOX: Final = "u_countersign_outbox"
RECEIVER: Final = "u_countersign_receiver"
TABLES: Final[Mapping[str, str]] = {OUTBOX: "Countersign outbox", RECEIVER: "Countersign receiver"}
COLUMNS: Final[Mapping[str, tuple[tuple[str, str, str, int, str], ...]]] = {
    OUTBOX: (
        ("u_event_id", "Event ID", "string", 40, ""),
        ("u_record", "Record", "string", 40, ""),
        ("u_body", "Body", "string", 16_000, ""),
        ("u_state", "State", "string", 20, "queued"),
        ("u_attempts", "Attempts", "integer", 40, "0"),
        ("u_next_try", "Next try", "glide_date_time", 40, ""),
        ("u_status", "Last HTTP status", "integer", 40, ""),
    ),
    RECEIVER: (
        ("u_url", "URL", "string", 1_000, "{{PUBLIC_URL}}/webhooks/servicenow"),
        ("u_secret", "Secret", "password2", 255, ""),
        ("u_active", "Active", "boolean", 40, "true"),
    ),
}
"""Column: its name, label, type, length and default. ``u_secret`` is encrypted by the platform."""

Fields = Mapping[str, str]


def sys_id(*names: str) -> str:
    """Derive a record's id."""
    return hashlib.sha256("|".join(("countersign", *names)).encode()).hexdigest()[:32]


def render() -> str:
    """Return the whole update set."""
    unload = ET.Element("unload", unload_date=STAMP)
    _add(unload, "sys_remote_update_set", _set_fields())
    for update_name, table, kind, fields in _records():
        _add(
            unload, "sys_update_xml", _update_fields(update_name, kind, _payload(table, update_name, fields))
        )
    ET.indent(unload, "  ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(unload, encoding="unicode") + "\n"


def _records() -> list[tuple[str, str, str, Fields]]:
    """List update name, table, kind and fields, in the order in which they can be made."""
    found: list[tuple[str, str, str, Fields]] = []
    for table, label in TABLES.items():
        found += [_table(table, label), _collection(table, label)]
        found += [_column(table, *column) for column in COLUMNS[table]]
    return [*found, _include(), _rule(), _job()]


def _table(table: str, label: str) -> tuple[str, str, str, Fields]:
    key = sys_id("table", table)
    fields = {"name": table, "label": label, "is_extendable": "false", "ws_access": "false"}
    return f"sys_db_object_{key}", "sys_db_object", "Table", {**fields, "sys_id": key}


def _collection(table: str, label: str) -> tuple[str, str, str, Fields]:
    fields = {"name": table, "column_label": label, "internal_type": "collection", "active": "true"}
    key = sys_id("collection", table)
    return f"sys_dictionary_{table}_null", "sys_dictionary", "Dictionary", {**fields, "sys_id": key}


def _column(
    table: str, name: str, label: str, kind: str, length: int, default: str
) -> tuple[str, str, str, Fields]:
    fields = {
        "name": table,
        "element": name,
        "column_label": label,
        "internal_type": kind,
        "max_length": str(length),
        "default_value": default,
        "active": "true",
        "sys_id": sys_id("column", table, name),
    }
    return f"sys_dictionary_{table}_{name}", "sys_dictionary", "Dictionary", fields


def _include() -> tuple[str, str, str, Fields]:
    key = sys_id("include")
    fields = {
        "name": "CountersignOutbox",
        "api_name": "global.CountersignOutbox",
        "access": "package_private",
        "active": "true",
        "client_callable": "false",
        "description": "Notes what happens to tickets and posts it, signed, to the bot.",
        "script": _script("outbox.js"),
        "sys_id": key,
    }
    return f"sys_script_include_{key}", "sys_script_include", "Script Include", fields


def _rule() -> tuple[str, str, str, Fields]:
    key = sys_id("rule", "incident")
    on = dict.fromkeys(("active", "advanced", "action_insert", "action_update", "action_delete"), "true")
    fields = {
        "name": "Countersign: note what happened",
        "collection": "incident",
        "when": "after",
        "order": "10000",
        "script": _script("business-rule.js"),
        "sys_id": key,
    }
    return f"sys_script_{key}", "sys_script", "Business Rule", {**on, **fields}


def _job() -> tuple[str, str, str, Fields]:
    key = sys_id("job")
    fields = {
        "name": "Countersign: send what happened",
        "active": "true",
        "run_type": "periodically",
        "run_period": "1970-01-01 00:00:10",
        "script": _script("scheduled-job.js"),
        "sys_id": key,
    }
    return f"sysauto_script_{key}", "sysauto_script", "Scheduled Script Execution", fields


def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _payload(table: str, update_name: str, fields: Fields) -> str:
    record = ET.Element("record_update", table=table)
    made = _add(record, table, {**fields, "sys_update_name": update_name, "sys_scope": "global"})
    made.set("action", "INSERT_OR_UPDATE")
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(record, encoding="unicode")


def _set_fields() -> Fields:
    return {
        "application": "global",
        "application_name": "Global",
        "application_scope": "global",
        "description": "Tells the Countersign bot what happens to incidents: outbox, business rule, sender.",
        "name": NAME,
        "remote_sys_id": sys_id("set"),
        "state": "loaded",
        "sys_class_name": "sys_remote_update_set",
        "sys_created_on": STAMP,
        "sys_id": sys_id("remote set"),
    }


def _update_fields(name: str, kind: str, payload: str) -> Fields:
    return {
        "action": "INSERT_OR_UPDATE",
        "application": "global",
        "category": "customer",
        "name": name,
        "payload": payload,
        "remote_update_set": sys_id("remote set"),
        "replace_on_upgrade": "false",
        "sys_class_name": "sys_update_xml",
        "sys_created_on": STAMP,
        "sys_id": sys_id("update", name),
        "target_name": name,
        "type": kind,
        "update_domain": "global",
    }


def _add(parent: ET.Element, tag: str, fields: Fields) -> ET.Element:
    made = ET.SubElement(parent, tag, action="INSERT_OR_UPDATE")
    for name, value in fields.items():
        ET.SubElement(made, name).text = value
    return made


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
