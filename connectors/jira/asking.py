"""What a create screen asks for: which input each of its fields becomes, and how that is sent. Pure.

Types: ``schema`` of createmeta (``FieldMetadata`` and ``JsonTypeBean`` of Atlassian's OpenAPI). A custom
type of somebody else's app may take any shape, so of those only a list of which one is picked is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import JsonValue

from bot.core.creation import CreateArguments, FormField, Kind, Shape, Typed, above, below
from bot.core.errors import Refused
from bot.core.tickets import Choices, FieldValue, Value
from bot.core.untrusted import Untrusted
from connectors.jira import wiki
from connectors.jira.actions._edit import LISTS, field_json
from connectors.jira.shapes import thing, things

VALUES_MAX: Final = 1_000
"""Of one field: more are searched by nobody, and held in memory for each form."""
LABEL_CHARS_MAX: Final = 120
"""Of a label, in characters: a menu of Slack's shows fewer."""
LINE_CHARS_MAX: Final = 255
"""Of one line of text, of an address: such a field is a column of that width (support.atlassian.com, custom
fields types in Jira)."""
NUMBER_MAX: Final = 10**14
"""``MAX_VALUE`` of ``DoubleConverterImpl`` in the source of Jira's server."""
_OURS: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
_CUSTOM: Final[Mapping[str, Kind]] = {
    "textfield": Kind.LINE,
    "textarea": Kind.PROSE,
    "float": Kind.NUMBER,
    "datepicker": Kind.DATE,
    "datetime": Kind.MOMENT,
    "url": Kind.URL,
    "labels": Kind.WORDS,
}
_SYSTEM: Final[Mapping[str, Kind]] = {
    "duedate": Kind.DATE,
    "environment": Kind.PROSE,
    "labels": Kind.WORDS,
}
_PEOPLE: Final[Mapping[str, Shape]] = {"userpicker": Shape.PERSON, "multiuserpicker": Shape.PEOPLE}
_LISTED: Final = frozenset({"multiselect", "multicheckboxes", "multiversion"})


def asked(name: str, meta: Mapping[str, Any], *, required: bool) -> tuple[FormField, ...]:
    """Return the inputs that one field of a create screen becomes; none: Slack has none for it."""
    schema = thing(meta.get("schema"))
    custom = str(schema.get("custom") or "").removeprefix(_OURS)
    choices = Choices(name, label_of(name, meta), _values(meta), several=schema.get("type") == "array")
    kind = _CUSTOM.get(custom) if custom else _SYSTEM.get(name)
    if kind is not None:
        return (_typing(choices, kind, required=required),)
    if name == "assignee" or custom in _PEOPLE:
        shape = _PEOPLE.get(custom, Shape.PERSON)
        people = replace(choices, values=(), several=shape is Shape.PEOPLE)
        return (FormField(people, required, searched=True, shape=shape),)
    if not choices.values:
        return ()
    if custom == "cascadingselect":
        return _cascade(choices, meta, required=required)
    # A list of another kind would have to be sent in a shape that nobody has told.
    if choices.several and name not in LISTS:
        return (FormField(choices, required, shape=Shape.LIST),) if custom in _LISTED else ()
    return (FormField(choices, required),)


def label_of(name: str, meta: Mapping[str, Any]) -> str:
    """Return what people call a field."""
    return Untrusted(str(meta.get("name") or name)).line(LABEL_CHARS_MAX)


def sent(args: CreateArguments, *, cloud: bool) -> dict[str, JsonValue]:
    """Return the fields of a form as POST /issue takes them.

    Raises:
        Refused: several values for a field that takes one, or a second step without its first.
    """
    values = args.values()
    body: dict[str, JsonValue] = {}
    for name, value in values.items():
        first = above(name)
        if first and args.shapes.get(first) is not Shape.CASCADE:
            raise Refused("the second step of a field stands without its first", fields={name: "no first"})
        if not first:
            body[name] = _picked(name, value, args, cloud=cloud)
    return body | {name: _typed(name, each, cloud=cloud) for name, each in args.typed.items()}


# -- inside ------------------------------------------------------------------------------------------------


def _values(meta: Mapping[str, Any]) -> tuple[Value, ...]:
    return tuple(_value(each) for each in things(meta.get("allowedValues"))[:VALUES_MAX] if each.get("id"))


def _value(each: Mapping[str, Any]) -> Value:
    label = Untrusted(str(each.get("name") or each.get("value") or "")).line(LABEL_CHARS_MAX)
    return Value(str(each.get("id")), label)


def _cascade(first: Choices, meta: Mapping[str, Any], *, required: bool) -> tuple[FormField, ...]:
    """Return both steps; Jira requires the first alone, even where the field is required."""
    parents: dict[str, str] = {}
    values: list[Value] = []
    for each in things(meta.get("allowedValues"))[:VALUES_MAX]:
        for child in things(each.get("children"))[: VALUES_MAX - len(values)]:
            value = _value(child)
            values.append(value)
            parents[value.id] = str(each.get("id"))
    top = FormField(Choices(first.field, first.label, first.values), required, shape=Shape.CASCADE)
    name, label = below(first.field), f"{first.label} ▸"
    second = Choices(name, label, tuple(values), depends_on=first.field, parents=parents)
    return (top, FormField(second)) if values else (top,)


def _typing(choices: Choices, kind: Kind, *, required: bool) -> FormField:
    plain = FormField(replace(choices, values=(), several=False), required, kind=kind)
    if kind is Kind.NUMBER:
        return replace(plain, least=-NUMBER_MAX, most=NUMBER_MAX)
    return replace(plain, chars_max=LINE_CHARS_MAX) if kind in {Kind.LINE, Kind.URL} else plain


def _picked(name: str, value: FieldValue, args: CreateArguments, *, cloud: bool) -> JsonValue:
    shape = args.shapes.get(name)
    key = "accountId" if cloud else "name"
    if shape is Shape.LIST:
        return [{"id": each.id} for each in value]
    if shape is Shape.PEOPLE:
        return [{key: each.id} for each in value]
    if shape is Shape.PERSON:
        return {key: value[0].id} if len(value) == 1 else field_json(name, value, cloud=cloud)
    one = field_json(name, value, cloud=cloud)
    second = args.values().get(below(name), ())
    return {**thing(one), "child": {"id": second[0].id}} if second else one


def _typed(name: str, each: Typed, *, cloud: bool) -> JsonValue:
    """Return what was typed as Jira takes it (IssueFields of POST /issue)."""
    match each.kind:
        case Kind.NUMBER | Kind.WHOLE:
            return int(each.text) if each.text.lstrip("+-").isdecimal() else float(each.text)
        case Kind.MOMENT:
            return each.text.removesuffix("Z") + ".000+0000"
        case Kind.WORDS:
            return [word for word in each.text.split() if word]
        case Kind.PROSE:
            # Cloud makes a document of it in every case; a custom field of a server's is plain by default.
            return wiki.prose(each.text) if cloud or name == "environment" else each.text
        case _:
            return each.text
