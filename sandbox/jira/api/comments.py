"""Comments of the platform API, where everything is public unless a property says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

from aiohttp import web

from sandbox.jira.answers import refusal
from sandbox.jira.api.call import Call, Route, done, page
from sandbox.jira.api.issues import read_properties
from sandbox.jira.documents import read_rich
from sandbox.jira.fields import TEXT_CHARS_MAX
from sandbox.jira.records import Comment, Issue, Rich
from sandbox.jira.site import INTERNAL_PROPERTY, Draft, says_internal

ROLES: Final = frozenset({"Administrators", "Service Desk Team", "Users"})
"""Project roles a comment may be restricted to."""


def read_body(call: Call, raw: object) -> Rich:
    """Read a comment's text in the version's form.

    Raises:
        Refused: 400. The message for a string sent through v3 is one recorded from the real service.
    """
    body = read_rich(raw, call.version)
    if body is None:
        wrong = "Comment body is not valid!" if call.version == "3" else "Comment body can not be empty!"
        raise refusal(400, errors={"comment": wrong})
    if not body.text.strip():
        raise refusal(400, errors={"comment": "Comment body can not be empty!"})
    if len(body.text) > TEXT_CHARS_MAX:
        too_long = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        raise refusal(400, errors={"comment": too_long})
    return body


def read_draft(call: Call, raw: object) -> Draft:
    """Read a comment to be made; internal only where ``sd.public.comment`` says so."""
    given = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    properties = read_properties(given.get("properties"))
    return Draft(
        read_body(call, given.get("body")),
        public=not says_internal(properties.get(INTERNAL_PROPERTY)),
        properties=properties,
        visibility=_visibility(call, given.get("visibility")),
    )


def _visibility(call: Call, raw: object) -> dict[str, str] | None:
    """Restriction to a role or group: has nothing to do with what customers see."""
    if raw is None:
        return None
    given = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    kind, name = given.get("type"), given.get("value") or given.get("identifier")
    groups = call.world.groups()
    if kind not in {"role", "group"} or name not in (ROLES if kind == "role" else groups):
        raise refusal(400, errors={"commentLevel": f"The {kind} '{name}' does not exist."})
    return {"type": str(kind), "value": str(name), "identifier": str(name)}


def settle_visibility(call: Call, draft: Draft) -> Draft:
    """Make an internal draft public when the site is told to betray it."""
    nasty = call.world.nasty
    if draft.public or nasty.flip_visibility <= 0:
        return draft
    nasty.flip_visibility -= 1
    kept = {key: value for key, value in draft.properties.items() if key != INTERNAL_PROPERTY}
    return replace(draft, public=True, properties=kept)


def _comment(call: Call) -> tuple[Issue, Comment]:
    issue = call.issue(to_write=call.request.method != "GET", forbidden=400)
    for comment in issue.comments:
        if comment.id == call.path("comment"):
            return issue, comment
    raise refusal(404, f"Can not find a comment for the id: {call.path('comment')}.")


def _show(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    return call.shapes.comment(issue, comment, properties=call.is_expanded("properties"))


def list_comments(call: Call) -> web.Response:
    """``GET /issue/{key}/comment``: pages of 50 unless asked otherwise, oldest first unless ``-created``."""
    issue, order = call.issue(), call.query("orderBy", "created").strip()
    if order not in {"created", "+created", "-created"}:
        raise refusal(400, f"Can not order comments by: {order}")
    comments = issue.comments[::-1] if order.startswith("-") else list(issue.comments)
    values, start, limit = page(call, comments, 50)
    return done(
        {
            "startAt": start,
            "maxResults": limit,
            "total": len(comments),
            "comments": [_show(call, issue, comment) for comment in values],
        }
    )


def get_comment(call: Call) -> web.Response:
    """``GET /issue/{key}/comment/{id}``."""
    return done(_show(call, *_comment(call)))


def post_comment(call: Call) -> web.Response:
    """``POST /issue/{key}/comment``: on a request this is what the customer reads and is mailed."""
    issue = call.issue(to_write=True, forbidden=400)
    draft = settle_visibility(call, read_draft(call, call.fields()))
    return done(_show(call, issue, call.world.add_comment(issue, call.actor, draft)), 201)


def put_comment(call: Call) -> web.Response:
    """``PUT /issue/{key}/comment/{id}``: a new text; whether it is internal stays unless a property says."""
    issue, comment = _comment(call)
    body = read_body(call, call.fields().get("body"))
    properties = read_properties(call.fields().get("properties"))
    comment.properties.update(properties)
    call.world.settle_visibility(issue, comment)
    if "comment" not in call.world.nasty.drop_fields:
        call.world.edit_comment(issue, comment, call.actor, body)
    return done(_show(call, issue, comment))


def delete_comment(call: Call) -> web.Response:
    """``DELETE /issue/{key}/comment/{id}``."""
    issue, comment = _comment(call)
    call.world.remove_comment(issue, comment, call.actor)
    return done(status=204)


ROUTES: Final[tuple[Route, ...]] = (
    ("GET", "/issue/{issue}/comment", list_comments),
    ("POST", "/issue/{issue}/comment", post_comment),
    ("GET", "/issue/{issue}/comment/{comment}", get_comment),
    ("PUT", "/issue/{issue}/comment/{comment}", put_comment),
    ("DELETE", "/issue/{issue}/comment/{comment}", delete_comment),
)
