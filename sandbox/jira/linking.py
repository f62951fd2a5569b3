"""Links between issues: the types a fresh site has, what an edit may ask for, and how an issue shows them.

Shapes: ``IssueLink`` and ``IssueLinkType`` of Atlassian's OpenAPI. An edit adds a link and never removes one
(its field's operations are ``add`` and ``copy``); one that is there already is answered as if it were made
("Create issue link" of the REST API). One edit takes one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from sandbox.jira.answers import NOT_FOUND
from sandbox.jira.fields import FieldError
from sandbox.jira.records import Issue, Item, LinkType, Relation

FIELD: Final = "issuelinks"
NAME: Final = "Linked Issues"
OPERATIONS: Final = ("add", "copy")
TYPES: Final = (
    LinkType("10000", "Blocks", inward="is blocked by", outward="blocks"),
    LinkType("10001", "Cloners", inward="is cloned by", outward="clones"),
    LinkType("10002", "Duplicate", inward="is duplicated by", outward="duplicates"),
    LinkType("10003", "Relates", inward="relates to", outward="relates to"),
)
"""Those a new site comes with."""


@dataclass(frozen=True)
class Wish:
    """A link that an edit asks for."""

    type: LinkType
    other: Issue
    is_outward: bool
    """The other issue is the one the arrow points to."""


def read_link(operation: object, find: Callable[[str], Issue | None]) -> Wish:
    """Read one operation of ``update.issuelinks``.

    Raises:
        FieldError: not an ``add``, no such type, no such issue.
    """
    given = cast("dict[str, Any]", operation) if isinstance(operation, dict) else {}
    if set(given) != {"add"} or not isinstance(given["add"], dict):
        raise FieldError("Issue links can only be added by an update.")
    asked = cast("dict[str, Any]", given["add"])
    kind = asked.get("type")
    name = cast("dict[str, Any]", kind).get("name") if isinstance(kind, dict) else None
    found = next((each for each in TYPES if each.name == name), None)
    if found is None:
        raise FieldError(f"No issue link type with name '{name}' found.")
    for side in ("outwardIssue", "inwardIssue"):
        end = asked.get(side)
        key = cast("dict[str, Any]", end).get("key") if isinstance(end, dict) else None
        other = find(key) if isinstance(key, str) else None
        if other is not None:
            return Wish(found, other, side == "outwardIssue")
    raise FieldError(NOT_FOUND)


def is_there(issue: Issue, wish: Wish) -> bool:
    """Whether the very same link exists."""
    return any(
        (each.type, each.other.id, each.is_outward) == (wish.type, wish.other.id, wish.is_outward)
        for each in issue.relations
    )


def item_of(relation: Relation) -> Item:
    """Return how the changelog of one end tells it."""
    way = relation.type.outward if relation.is_outward else relation.type.inward
    return Item("Link", "", None, None, relation.other.key, f"This issue {way} {relation.other.key}")


def meta() -> dict[str, Any]:
    """Return the field as an edit screen lists it."""
    schema = {"type": "array", "items": "issuelinks", "system": FIELD}
    return {"required": False, "schema": schema, "name": NAME, "key": FIELD, "operations": list(OPERATIONS)}
