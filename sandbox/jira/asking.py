"""Fields of the administrators' own that a project's create screen asks for: what they take and refuse.

Shapes: ``schema`` of createmeta in Atlassian's OpenAPI; values as in "Create issue" of its examples. Words of
the refusals are ours where no recording has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sandbox.jira.fields import FieldError, Reading
from sandbox.jira.records import Named

PLUGIN: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
LINE_CHARS_MAX: Final = 255
TEXT_CHARS_MAX: Final = 32_767
NUMBER_MAX: Final = 10**14
_JSON_TYPES: Final[Mapping[str, str]] = {
    "float": "number",
    "datepicker": "date",
    "datetime": "datetime",
    "select": "option",
    "cascadingselect": "option-with-child",
    "userpicker": "user",
    "multiselect": "array",
    "labels": "array",
    "multigrouppicker": "array",
}


@dataclass(frozen=True)
class Asked:
    """One such field."""

    id: str
    name: str
    type: str
    """Of :data:`PLUGIN`."""
    required: bool = True
    validated: bool = False
    """createmeta does not call it required, and the workflow refuses without it."""
    options: tuple[Named, ...] = ()
    children: Mapping[str, tuple[Named, ...]] = field(default_factory=dict[str, tuple[Named, ...]])
    """By the id of the option above."""

    def meta(self, flavour: str) -> dict[str, Any]:
        """Show it as createmeta does."""
        schema: dict[str, Any] = {
            "type": _JSON_TYPES.get(self.type, "string"),
            "custom": PLUGIN + self.type,
            "customId": int(self.id.removeprefix("customfield_")),
        }
        if schema["type"] == "array":
            schema["items"] = "option" if self.options else "string"
        shown: dict[str, Any] = {
            "required": self.required,
            "schema": schema,
            "name": self.name,
            "fieldId": self.id,
            "operations": ["set"],
            "hasDefaultValue": False,
        }
        if flavour == "cloud":
            shown["key"] = self.id
        if self.options:
            shown["allowedValues"] = [self._option(one) for one in self.options]
        return shown

    def _option(self, one: Named) -> dict[str, Any]:
        below = [{"id": child.id, "value": child.name} for child in self.children.get(one.id, ())]
        return {"id": one.id, "value": one.name, **({"children": below} if below else {})}

    def read(self, raw: object, reading: Reading) -> object:
        """Return ``raw`` as it is kept, JSON still.

        Raises:
            FieldError: the field does not take it.
        """
        if raw in (None, "", []):
            if self.required or self.validated:
                raise FieldError(f"{self.name} is required.")
            return None
        check = _CHECKS.get(self.type)
        if check is None:
            raise FieldError(f"the sandbox keeps no {self.type}")
        check(self, raw, reading)
        return raw


def read_answers(asked: tuple[Asked, ...], given: dict[str, Any], reading: Reading) -> dict[str, object]:
    """Take the values of such fields out of ``given``.

    Raises:
        FieldErrors: any of them; all are named.
    """
    errors: dict[str, str] = {}
    answers: dict[str, object] = {}
    for each in asked:
        try:
            answers[each.id] = each.read(given.pop(each.id, None), reading)
        except FieldError as wrong:
            errors[each.id] = str(wrong)
    if errors:
        raise FieldErrors(errors)
    return {name: value for name, value in answers.items() if value is not None}


class FieldErrors(ValueError):
    """What is wrong, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


def _text(chars_max: int) -> Callable[[Asked, object, Reading], None]:
    def check(_asked: Asked, raw: object, _reading: Reading) -> None:
        if not isinstance(raw, str):
            raise FieldError("Operation value must be a string")
        if len(raw) > chars_max:
            raise FieldError(
                f"The entered text is too long. It exceeds the allowed limit of {chars_max:,} characters."
            )

    return check


def _like(pattern: str, words: str) -> Callable[[Asked, object, Reading], None]:
    def check(_asked: Asked, raw: object, _reading: Reading) -> None:
        if not isinstance(raw, str) or not re.fullmatch(pattern, raw):
            raise FieldError(f"{words}: {raw}")

    return check


def _number(_asked: Asked, raw: object, _reading: Reading) -> None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise FieldError("Operation value must be a number")
    if abs(raw) > NUMBER_MAX:
        raise FieldError("The number is too large or too small.")


def _option(asked: Asked, raw: object, _reading: Reading) -> None:
    wanted = _id(raw)
    if wanted not in {one.id for one in asked.options}:
        raise FieldError(f"Option id '{wanted}' is not valid")
    child = cast("dict[str, Any]", raw).get("child")
    if child is not None and _id(child) not in {one.id for one in asked.children.get(wanted, ())}:
        raise FieldError(f"Option id '{_id(child)}' is not valid")


def _options(asked: Asked, raw: object, reading: Reading) -> None:
    if not isinstance(raw, list):
        raise FieldError("data was not an array")
    for each in cast("list[object]", raw):
        _option(asked, each, reading)


def _id(raw: object) -> str:
    if not isinstance(raw, dict) or not isinstance(cast("dict[str, Any]", raw).get("id"), str):
        raise FieldError("Could not find valid 'id' or 'value' in the option object.")
    return str(cast("dict[str, Any]", raw)["id"])


def _person(_asked: Asked, raw: object, reading: Reading) -> None:
    key = "accountId" if reading.flavour == "cloud" else "name"
    name = cast("dict[str, Any]", raw).get(key) if isinstance(raw, dict) else None
    if not name or reading.find_user(str(name)) is None:
        raise FieldError(f"User '{name}' does not exist.")


def _labels(_asked: Asked, raw: object, _reading: Reading) -> None:
    words = cast("list[object]", raw) if isinstance(raw, list) else [None]
    if any(not isinstance(word, str) or not word or re.search(r"\s", word) for word in words):
        raise FieldError("The label contains spaces which is invalid.")


_CHECKS: Final[Mapping[str, Callable[[Asked, object, Reading], None]]] = {
    "textfield": _text(LINE_CHARS_MAX),
    "textarea": _text(TEXT_CHARS_MAX),
    "float": _number,
    "datepicker": _like(r"\d{4}-\d{2}-\d{2}", "Error parsing date string"),
    "datetime": _like(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{4}", "Error parsing time string"),
    "url": _like(r"https?://\S{1,247}", "Not a valid URL"),
    "select": _option,
    "cascadingselect": _option,
    "multiselect": _options,
    "userpicker": _person,
    "labels": _labels,
}
