"""The fields of an issue: what each is called, what it takes, and how its change reads in the changelog."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sandbox.jira import seed
from sandbox.jira.documents import read_rich
from sandbox.jira.records import Flavour, Issue, Item, Named, Project, Rich, User

SUMMARY_CHARS_MAX: Final = 255
TEXT_CHARS_MAX: Final = 32_767
"""Jira's default for ``jira.text.field.character.limit``."""
AGENTS: Final = "it-support"
"""Members of this group may be assigned issues."""
UNASSIGNED: Final = "-1"


class Kind(enum.Enum):
    """How a field's value is read and shown."""

    LINE = "line"
    RICH = "rich"
    CHOICE = "choice"
    CHOICES = "choices"
    LABELS = "labels"
    USER = "user"
    DATE = "date"
    REQUEST_TYPE = "request type"


class FieldError(ValueError):
    """A value the field does not take; the message is what Jira answers for the field."""


@dataclass(frozen=True)
class Field:
    """One field people may set."""

    id: str
    name: str
    attribute: str
    """Its name in ``Issue``."""
    kind: Kind
    schema: Mapping[str, Any]
    operations: tuple[str, ...] = ("set",)
    required: bool = False
    choices: Callable[[Project], Sequence[Named]] | None = None
    logged_as: str = ""
    """Its name in the changelog, where that differs."""

    @property
    def is_custom(self) -> bool:
        """Whether the site's administrators added it."""
        return self.id.startswith("customfield_")


def _system(kind: str, name: str, items: str = "") -> dict[str, Any]:
    return {"type": kind, "system": name} | ({"items": items} if items else {})


def _custom(kind: str, plugin: str, field_id: str) -> dict[str, Any]:
    return {"type": kind, "custom": plugin, "customId": int(field_id.removeprefix("customfield_"))}


_SELECT: Final = "com.atlassian.jira.plugin.system.customfieldtypes:select"
_SEVERAL: Final = ("add", "set", "remove")
FIELDS: Final[dict[str, Field]] = {
    field.id: field
    for field in (
        Field("summary", "Summary", "summary", Kind.LINE, _system("string", "summary"), required=True),
        Field("description", "Description", "description", Kind.RICH, _system("string", "description")),
        Field(
            "issuetype", "Issue Type", "issuetype", Kind.CHOICE, _system("issuetype", "issuetype"),
            required=True, choices=lambda project: project.issue_types,
        ),
        Field(
            "priority", "Priority", "priority", Kind.CHOICE, _system("priority", "priority"),
            choices=lambda _project: seed.PRIORITIES,
        ),
        Field(
            "components", "Components", "components", Kind.CHOICES,
            _system("array", "components", "component"),
            operations=_SEVERAL, choices=lambda project: project.components, logged_as="Component",
        ),
        Field("labels", "Labels", "labels", Kind.LABELS, _system("array", "labels", "string"), _SEVERAL),
        Field("assignee", "Assignee", "assignee", Kind.USER, _system("user", "assignee")),
        Field("reporter", "Reporter", "reporter", Kind.USER, _system("user", "reporter"), required=True),
        Field("duedate", "Due date", "duedate", Kind.DATE, _system("date", "duedate")),
        Field(
            "resolution", "Resolution", "resolution", Kind.CHOICE, _system("resolution", "resolution"),
            choices=lambda _project: seed.RESOLUTIONS,
        ),
        Field(
            seed.IMPACT, "Impact", "impact", Kind.CHOICE, _custom("option", _SELECT, seed.IMPACT),
            choices=lambda _project: seed.IMPACTS,
        ),
        Field(
            seed.URGENCY, "Urgency", "urgency", Kind.CHOICE, _custom("option", _SELECT, seed.URGENCY),
            choices=lambda _project: seed.URGENCIES,
        ),
        Field(
            seed.REQUEST_TYPE, "Request Type", "request_type", Kind.REQUEST_TYPE,
            _custom("sd-customerrequesttype", "com.atlassian.servicedesk:vp-origin", seed.REQUEST_TYPE),
        ),
    )
}  # fmt: skip
BY_ATTRIBUTE: Final[dict[str, Field]] = {field.attribute: field for field in FIELDS.values()}


@dataclass(frozen=True)
class Reading:
    """What reading a value depends on."""

    project: Project
    flavour: Flavour
    version: str
    """Of the REST API: decides the form of formatted text."""
    find_user: Callable[[str], User | None]


def read(field: Field, raw: object, reading: Reading) -> object:
    """Turn JSON into the value kept in ``Issue``.

    Raises:
        FieldError: the field does not take ``raw``.
    """
    return _READERS[field.kind](field, raw, reading)


def operate(field: Field, current: object, operation: Mapping[str, Any], reading: Reading) -> object:
    """Apply one entry of an ``update`` array and return the new value.

    Raises:
        FieldError: the operation or its value is not for this field.
    """
    if len(operation) != 1:
        raise FieldError("Each operation must be an object with exactly one of add, set, remove, edit.")
    name, raw = next(iter(operation.items()))
    if name not in field.operations:
        raise FieldError(
            f"Field with id '{field.id}' and name '{field.name}' does not support operation '{name}' "
            f"Supported operation(s) are: '{', '.join(field.operations)}'"
        )
    if name == "set":
        return read(field, raw, reading)
    value: object = _label(raw) if field.kind is Kind.LABELS else one_choice(field, raw, reading)
    kept = tuple(each for each in cast("tuple[object, ...]", current) if each != value)
    if name == "remove":
        return kept
    return current if value in cast("tuple[object, ...]", current) else (*kept, value)


def one_choice(field: Field, raw: object, reading: Reading) -> Named:
    """Find the list value that ``raw`` (``{"id"}``, ``{"name"}``, ``{"value"}``) names."""
    assert field.choices is not None, f"{field.id} has no list"  # noqa: S101  # our own table, not input
    given = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    for choice in field.choices(reading.project):
        if "id" in given and given["id"] == choice.id:
            return choice
        if "id" not in given and choice.name in {given.get("name"), given.get("value")}:
            return choice
    raise FieldError(_wrong_choice(field, given))


def _wrong_choice(field: Field, given: Mapping[str, Any]) -> str:
    if field.kind is Kind.CHOICES:
        return f"Component name '{given.get('name', given.get('id', ''))}' is not valid"
    if field.is_custom:
        return f"Specify a valid 'id' or 'name' for {field.name}"
    return f"The {field.name.lower()} selected is invalid."


def _listed(raw: object) -> list[object]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise FieldError("data was not an array")
    return cast("list[object]", raw)


def _line(raw: object) -> str:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        raise FieldError("You must specify a summary of the issue.")
    if not isinstance(raw, str):
        raise FieldError("Operation value must be a string")
    if "\n" in raw or "\r" in raw:
        raise FieldError("The summary is invalid because it contains newline characters.")
    if len(raw) > SUMMARY_CHARS_MAX:
        raise FieldError("Summary can't exceed 255 characters.")
    return raw


def _rich(field: Field, raw: object, reading: Reading) -> Rich | None:
    if raw is None or raw == "":
        return None
    value = read_rich(raw, reading.version)
    if value is None:
        wanted = (
            "an Atlassian Document (see the Atlassian Document Format)"
            if reading.version == "3"
            else "a string"
        )
        raise FieldError(f"Operation value must be {wanted}")
    if len(value.text) > TEXT_CHARS_MAX:
        raise FieldError(
            f"{field.name}: the entered text is too long. It exceeds the limit of 32,767 characters."
        )
    return value


def _choice(field: Field, raw: object, reading: Reading) -> Named | None:
    if raw is None:
        if field.required:
            raise FieldError(f"{field.name} is required.")
        return None
    return one_choice(field, raw, reading)


def _label(raw: object) -> str:
    if not isinstance(raw, str) or not raw:
        raise FieldError("data was not a String")
    if re.search(r"\s", raw):
        raise FieldError(f"The label '{raw}' contains spaces which is invalid.")
    if len(raw) > SUMMARY_CHARS_MAX:
        raise FieldError(f"The label '{raw}' exceeds the maximum length (255).")
    return raw


def _user(field: Field, raw: object, reading: Reading) -> User | None:
    """Cloud takes ``accountId`` or ``id``, since names are personal data; Data Center ``name`` or ``key``."""
    if raw is None and not field.required:
        return None
    given = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    names = ("accountId", "id") if reading.flavour == "cloud" else ("name", "key")
    if not any(name in given for name in names):
        raise FieldError(
            f"{field.name} is required." if raw is None else f"expected '{names[0]}' property to be provided"
        )
    name = next(given[name] for name in names if name in given)
    if (name is None or name == UNASSIGNED) and not field.required:
        return None
    user = reading.find_user(str(name))
    if user is None:
        raise FieldError(f"User '{name}' does not exist.")
    if field.id == "assignee" and not assignable(user):
        raise FieldError(f"User '{name}' cannot be assigned issues.")
    return user


def assignable(user: User) -> bool:
    """Say whether issues may be given to ``user``; not to customers, nor to those who left."""
    return user.active and AGENTS in user.groups


def _date(raw: object) -> str | None:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        raise FieldError(f"Error parsing date string: {raw}")
    return raw


def _request_type(raw: object, reading: Reading) -> Named | None:
    """Cloud takes the request type's id as a string, Data Center ``<portal>/<key>``."""
    if raw is None:
        return None
    for kind in reading.project.request_types:
        if raw in {kind.id, f"{reading.project.key.lower()}/{kind.key}"}:
            return kind
    raise FieldError("The request type is invalid.")


_READERS: Final[dict[Kind, Callable[[Field, object, Reading], object]]] = {
    Kind.LINE: lambda _field, raw, _reading: _line(raw),
    Kind.RICH: _rich,
    Kind.CHOICE: _choice,
    Kind.CHOICES: lambda field, raw, reading: _distinct(
        one_choice(field, one, reading) for one in _listed(raw)
    ),
    Kind.LABELS: lambda _field, raw, _reading: _distinct(_label(one) for one in _listed(raw)),
    Kind.USER: _user,
    Kind.DATE: lambda _field, raw, _reading: _date(raw),
    Kind.REQUEST_TYPE: lambda _field, raw, reading: _request_type(raw, reading),
}


def _distinct(values: Iterable[object]) -> tuple[object, ...]:
    return tuple(dict.fromkeys(values))


def items_of(field: Field, old: object, new: object, flavour: Flavour) -> list[Item]:
    """Describe the step from ``old`` to ``new`` as changelog items; none when they are equal."""
    if old == new:
        return []
    name = field.logged_as or (field.name if field.is_custom else field.id)
    if field.kind is Kind.CHOICES:
        before, after = cast("tuple[Named, ...]", old), cast("tuple[Named, ...]", new)
        gone = [Item(name, field.id, one.id, one.name, None, None) for one in before if one not in after]
        come = [Item(name, field.id, None, None, one.id, one.name) for one in after if one not in before]
        return gone + come
    old_id, old_text = _logged(old, flavour)
    new_id, new_text = _logged(new, flavour)
    return [Item(name, field.id, old_id, old_text, new_id, new_text, field.is_custom)]


def _logged(value: object, flavour: Flavour) -> tuple[str | None, str | None]:
    """The id and the text of a value, as the changelog has them."""
    match value:
        case None:
            return None, None
        case Named():
            return value.id, value.name
        case User():
            return (value.account_id if flavour == "cloud" else value.key), value.display_name
        case Rich():
            return None, value.text
        case tuple():
            return None, " ".join(cast("tuple[str, ...]", value))
        case _:
            return None, str(value)


def value_of(issue: Issue, field: Field) -> object:
    """Read the value ``issue`` has for ``field``."""
    return getattr(issue, field.attribute)


def row(field_id: str, name: str, schema: Mapping[str, Any], flavour: Flavour) -> dict[str, Any]:
    """Describe a field as the site's catalogue of fields does."""
    custom = field_id.startswith("customfield_")
    clauses = [f"cf[{field_id.removeprefix('customfield_')}]", name] if custom else [field_id]
    return {
        "id": field_id,
        **({"key": field_id} if flavour == "cloud" else {}),
        "name": name,
        "custom": custom,
        "navigable": field_id != seed.REQUEST_TYPE,
        "searchable": True,
        "clauseNames": clauses,
        "schema": schema,
    }
