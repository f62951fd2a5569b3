"""The tables of the instance and their columns: what sys_dictionary says about each."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


class Kind(enum.Enum):
    """Internal type of a column, in sys_dictionary's words."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "glide_date_time"
    CHOICE = "choice"
    REFERENCE = "reference"
    JOURNAL = "journal_input"
    GUID = "GUID"


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    kind: Kind = Kind.STRING
    label: str = ""
    default: str = ""
    references: str = ""
    """The table a reference points to."""
    writable: bool = True
    """False: the platform sets it and writes through the API are ignored."""
    owner: str = ""
    """The table that defines it: columns of task are not listed under incident."""


def _texts(names: str) -> list[Column]:
    return [Column(name) for name in names.split()]


def _kinds(kind: Kind, names: str, *, default: str = "") -> list[Column]:
    return [Column(name, kind, default=default) for name in names.split()]


def _references(**targets: str) -> list[Column]:
    return [Column(name, Kind.REFERENCE, references=table) for name, table in targets.items()]


def _platform(*columns: Column) -> list[Column]:
    return [replace(column, writable=False) for column in columns]


SYSTEM: Final = _platform(
    Column("sys_id", Kind.GUID, "Sys ID"),
    Column("sys_created_on", Kind.DATETIME, "Created"),
    Column("sys_created_by", label="Created by"),
    Column("sys_updated_on", Kind.DATETIME, "Updated"),
    Column("sys_updated_by", label="Updated by"),
    Column("sys_mod_count", Kind.INTEGER, "Updates", default="0"),
    Column("sys_tags"),
)
"""On every table, set by the platform alone."""

TASK: Final = [
    *_platform(
        Column("number", label="Number"),
        Column("priority", Kind.CHOICE, "Priority"),
        Column("sys_class_name", label="Task type"),
        Column("sys_domain", Kind.REFERENCE, "Domain", "global", "sys_user_group"),
        Column("sys_domain_path", default="/"),
        Column("comments_and_work_notes", label="Comments and Work notes"),
        Column("reassignment_count", Kind.INTEGER, default="0"),
        Column("active", Kind.BOOLEAN, "Active", "true"),
        Column("closed_at", Kind.DATETIME, "Closed"),
        Column("closed_by", Kind.REFERENCE, "Closed by", references="sys_user"),
    ),
    Column("short_description", label="Short description"),
    Column("description", label="Description"),
    Column("state", Kind.CHOICE, "State", "1"),
    Column("impact", Kind.CHOICE, "Impact", "3"),
    Column("urgency", Kind.CHOICE, "Urgency", "3"),
    Column("contact_type", Kind.CHOICE, "Channel"),
    Column("comments", Kind.JOURNAL, "Additional comments"),
    Column("work_notes", Kind.JOURNAL, "Work notes"),
    Column("assignment_group", Kind.REFERENCE, "Assignment group", references="sys_user_group"),
    Column("assigned_to", Kind.REFERENCE, "Assigned to", references="sys_user"),
    Column("opened_by", Kind.REFERENCE, "Opened by", references="sys_user"),
    Column("opened_at", Kind.DATETIME, "Opened"),
    Column("cmdb_ci", Kind.REFERENCE, "Configuration item", references="cmdb_ci"),
    Column("upon_approval", default="proceed"),
    Column("upon_reject", default="cancel"),
    Column("approval", default="not requested"),
    *_kinds(Kind.INTEGER, "escalation", default="0"),
    *_kinds(Kind.BOOLEAN, "knowledge", default="false"),
    *_kinds(Kind.BOOLEAN, "made_sla", default="true"),
    *_kinds(Kind.DATETIME, "expected_start work_start work_end due_date sla_due activity_due follow_up"),
    *_references(location="cmn_location", company="core_company", business_service="cmdb_ci", parent="task"),
    *_texts(
        "additional_assignee_list group_list work_notes_list watch_list correlation_id correlation_display"
    ),
    *_texts("delivery_plan delivery_task close_notes calendar_duration business_duration user_input"),
    *_texts("approval_set approval_history order wf_activity rejection_goto time_worked"),
]

INCIDENT: Final = [
    *_platform(
        *_kinds(Kind.INTEGER, "reopen_count child_incidents", default="0"),
        *_kinds(Kind.DATETIME, "resolved_at"),
        *_references(resolved_by="sys_user"),
    ),
    Column("state", Kind.CHOICE, "State", "1"),
    Column("incident_state", Kind.CHOICE, "Incident state", "1"),
    Column("hold_reason", Kind.CHOICE, "On hold reason"),
    Column("category", Kind.CHOICE, "Category", "inquiry"),
    Column("subcategory", Kind.CHOICE, "Subcategory"),
    Column("close_code", Kind.CHOICE, "Resolution code"),
    Column("close_notes", label="Resolution notes"),
    Column("severity", Kind.CHOICE, "Severity", "3"),
    Column("notify", Kind.CHOICE, "Notify", "1"),
    Column("caller_id", Kind.REFERENCE, "Caller", references="sys_user"),
    *_references(parent_incident="incident", problem_id="problem", rfc="change_request"),
    *_references(caused_by="change_request"),
    *_texts("calendar_stc business_stc"),
]

CHANGE: Final = [
    Column("state", Kind.CHOICE, "State", "-5"),
    Column("type", Kind.CHOICE, "Type", "normal"),
    Column("risk", Kind.CHOICE, "Risk", "3"),
    Column("category", Kind.CHOICE, "Category", "Other"),
    Column("start_date", Kind.DATETIME, "Planned start date"),
    Column("end_date", Kind.DATETIME, "Planned end date"),
    Column("requested_by", Kind.REFERENCE, "Requested by", references="sys_user"),
    *_texts("justification implementation_plan backout_plan test_plan close_code"),
]

ARTICLE: Final = [
    Column("number", label="Number", writable=False),
    Column("short_description", label="Short description"),
    Column("text", label="Article body"),
    Column("workflow_state", Kind.CHOICE, "Workflow", "published"),
    Column("kb_knowledge_base", Kind.REFERENCE, references="kb_knowledge_base"),
    Column("author", Kind.REFERENCE, references="sys_user"),
    *_texts("topic meta"),
    *_kinds(Kind.BOOLEAN, "active", default="true"),
]

USER: Final = [
    *_texts("user_name name first_name last_name email title department time_zone roles phone"),
    *_kinds(Kind.BOOLEAN, "active", default="true"),
    *_kinds(Kind.BOOLEAN, "locked_out", default="false"),
]

GROUP: Final = [
    *_texts("name description email type"),
    *_kinds(Kind.BOOLEAN, "active", default="true"),
    *_references(manager="sys_user", parent="sys_user_group"),
]

CHOICE: Final = [
    *_texts("name element value label dependent_value hint"),
    Column("language", default="en"),
    *_kinds(Kind.INTEGER, "sequence"),
    *_kinds(Kind.BOOLEAN, "inactive", default="false"),
]

DICTIONARY: Final = [
    *_texts("name element column_label default_value dependent"),
    Column("internal_type"),
    Column("reference"),
    Column("max_length", Kind.INTEGER, default="40"),
    Column("choice", Kind.INTEGER, default="0"),
    *_kinds(Kind.BOOLEAN, "active", default="true"),
    *_kinds(Kind.BOOLEAN, "read_only mandatory", default="false"),
]

AUDIT: Final = _texts("tablename documentkey fieldname oldvalue newvalue user reason record_checkpoint")

ATTACHMENT: Final = _platform(
    *_texts("file_name content_type table_name table_sys_id average_image_color hash state"),
    *_kinds(Kind.INTEGER, "size_bytes size_compressed image_width image_height"),
    *_kinds(Kind.BOOLEAN, "compressed", default="true"),
)
"""What c_AttachmentAPI.md shows; a file comes in through that API, never through the Table API."""

OWN_COLUMNS: Final[Mapping[str, list[Column]]] = {
    "task": TASK,
    "incident": INCIDENT,
    "change_request": CHANGE,
    "cmdb_ci": [
        *_texts("name short_description category subcategory asset_tag serial_number ip_address fqdn"),
        *_kinds(Kind.CHOICE, "operational_status install_status", default="1"),
        *_references(support_group="sys_user_group", assigned_to="sys_user", location="cmn_location"),
        *_references(owned_by="sys_user", managed_by="sys_user"),
        Column("sys_class_name", default="cmdb_ci", writable=False),
    ],
    "cmdb_rel_ci": _references(parent="cmdb_ci", child="cmdb_ci", type="cmdb_rel_type"),
    "cmdb_rel_type": _texts("name parent_descriptor child_descriptor"),
    "kb_knowledge": ARTICLE,
    "kb_knowledge_base": _texts("title description"),
    "sys_user": USER,
    "sys_user_group": GROUP,
    "sys_user_grmember": _references(user="sys_user", group="sys_user_group"),
    "sys_choice": CHOICE,
    "sys_dictionary": DICTIONARY,
    "sys_journal_field": _texts("name element element_id value"),
    "sys_attachment": ATTACHMENT,
    "sys_audit": AUDIT,
    "sys_properties": _texts("name value description"),
}
PARENTS: Final[Mapping[str, str]] = {"incident": "task", "change_request": "task"}
"""Table inheritance: a child's own column of the same name wins."""


def columns_of(table: str) -> dict[str, Column]:
    """Every column of ``table`` by name, inherited ones included, each labelled and owned."""
    found: dict[str, Column] = {column.name: replace(column, owner=table) for column in SYSTEM}
    for name in (PARENTS.get(table), table):
        for column in OWN_COLUMNS[name] if name else []:
            found[column.name] = replace(column, owner=name or table)
    return {
        name: column if column.label else replace(column, label=name.replace("_", " ").capitalize())
        for name, column in found.items()
    }
