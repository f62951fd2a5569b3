"""The marker an operation leaves in Jira, in the same request as the change, and how it is found again.

An edit or a transition carries an issue property and ``historyMetadata`` (both in ``IssueUpdateDetails`` of
Atlassian's OpenAPI); a comment carries a comment property where the platform API makes it, and always a
readable last line, because the service desk API takes no properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import JsonValue

from bot.core.ids import Operation
from connectors.jira.shapes import listed, thing, things

PROPERTY: Final = "countersign.op"
MADE_PROPERTY: Final = "countersign.made"
"""On tickets we made: which form asked for it. By itself, because edits replace the other one whole."""
INTERNAL_PROPERTY: Final = "sd.public.comment"
"""Where Jira Service Management keeps ``{"internal": true}`` on a comment.

Not in Atlassian's OpenAPI, but what their own screens write and the ``jira`` library sends; needed for issues
of a service project that are no requests, which the service desk API does not know.
"""
EARLIER_MAX: Final = 20
"""Older operations kept in the property, which takes 32,768 characters; the changelog has them all."""

CommentKind = Literal["note", "reply"]

_OPERATION: Final = re.compile(r"CS-[0-9A-F]{12}")
_REF_LINE: Final = re.compile(r"\(ref (CS-[0-9A-F]{12})\)\s*\Z")


def edit_marks(operation: Operation, earlier: Iterable[Operation]) -> dict[str, JsonValue]:
    """Return what an edit or a transition carries besides its fields."""
    # A property is replaced whole; without the earlier ones, a write of unknown fate could lose its proof.
    kept: list[JsonValue] = [*sorted(each for each in earlier if each != operation)[:EARLIER_MAX]]
    return {
        "historyMetadata": {"type": "countersign", "extraData": {"op": operation}},
        "properties": [{"key": PROPERTY, "value": {"op": operation, "earlier": kept}}],
    }


def made_marks(operation: Operation, token: str) -> list[JsonValue]:
    """Return the properties that a new issue carries from its first moment."""
    marks: list[JsonValue] = [{"key": PROPERTY, "value": {"op": operation, "earlier": []}}]
    return [*marks, {"key": MADE_PROPERTY, "value": {"token": token}}]


def made_token(issue: Mapping[str, Any]) -> str:
    """Return which form an issue was asked for in; empty: none of ours."""
    token = thing(thing(issue.get("properties")).get(MADE_PROPERTY)).get("token")
    return token if isinstance(token, str) else ""


def comment_properties(operation: Operation, kind: CommentKind, *, internal: bool) -> list[JsonValue]:
    """Return the properties of a comment made through the platform API."""
    marks: list[JsonValue] = [{"key": PROPERTY, "value": {"op": operation, "kind": kind}}]
    return [*marks, {"key": INTERNAL_PROPERTY, "value": {"internal": True}}] if internal else marks


def ref_line(operation: Operation) -> str:
    """Return the line that ends every comment of ours."""
    return f"(ref {operation})"


def operations_of_issue(issue: Mapping[str, Any]) -> frozenset[Operation]:
    """Read every marker the issue itself carries; what is not ours, or not in our shape, is passed over."""
    found: set[str] = set()
    value = thing(thing(issue.get("properties")).get(PROPERTY))
    found.update(_strings([value.get("op"), *listed(value.get("earlier"))]))
    for history in things(thing(issue.get("changelog")).get("histories")):
        found.update(_strings([thing(thing(history.get("historyMetadata")).get("extraData")).get("op")]))
    return frozenset(Operation(each) for each in found if _OPERATION.fullmatch(each))


def comment_mark(comment: Mapping[str, Any]) -> tuple[Operation | None, CommentKind | None]:
    """Read the marker of a comment that is ours; the caller has checked whose it is.

    The property wins; else the last line counts, and only the last: a note quotes tickets, and a ticket can
    spell any marker it likes.
    """
    value = thing(properties_of(comment).get(PROPERTY))
    kind: CommentKind | None = value["kind"] if value.get("kind") in {"note", "reply"} else None
    op = value.get("op")
    if isinstance(op, str) and _OPERATION.fullmatch(op):
        return Operation(op), kind
    line = _REF_LINE.search(str(comment.get("body") or ""))
    return (Operation(line[1]) if line else None), kind


def properties_of(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Return a comment's properties by key; a list in the answer, where the caller asked for them."""
    return {str(each.get("key")): each.get("value") for each in things(entity.get("properties"))}


def _strings(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
