"""Reading issues, their metadata, properties and remote links; deleting them."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from aiohttp import web

from sandbox.jira import linking, workflow
from sandbox.jira.answers import refusal
from sandbox.jira.api.call import Call, Route, done, page
from sandbox.jira.fields import FIELDS
from sandbox.jira.records import Issue
from sandbox.jira.shapes import COMPUTED

PROPERTY_CHARS_MAX: Final = 32_768
"""Longest value of an entity property: developer.atlassian.com/cloud/jira/platform/jira-entity-properties."""
HISTORIES_MAX: Final = 100
"""Changelog entries Cloud puts into an issue; the rest has to be paged for."""
EVERYTHING: Final = frozenset({*FIELDS, *COMPUTED})
NAVIGABLE: Final = EVERYTHING - {"comment", "attachment"}


def wanted_fields(asked: list[str], default: frozenset[str]) -> frozenset[str]:
    """Read a ``fields`` parameter: names, ``*all``, ``*navigable``, and ``-name`` to leave one out."""
    chosen = [name for name in asked if not name.startswith("-")]
    left_out = {name[1:] for name in asked if name.startswith("-")}
    if not chosen:
        return default - left_out
    wanted: set[str] = set()
    for name in chosen:
        wanted |= {"*all": EVERYTHING, "*navigable": NAVIGABLE}.get(name, frozenset({name}))
    return frozenset(wanted - left_out)


def get_issue(call: Call) -> web.Response:
    """``GET /issue/{key}``; a former key of a moved issue finds it too."""
    return done(show(call, call.issue(), call.listed("fields"), EVERYTHING))


def show(call: Call, issue: Issue, asked: list[str], default: frozenset[str]) -> dict[str, Any]:
    """Show an issue with the fields, properties and expansions the call asks for."""
    shown = call.shapes.issue(issue, wanted_fields(asked, default))
    names = call.listed("properties")
    if names:
        every = "*all" in names
        kept = {key: value for key, value in issue.properties.items() if every or key in names}
        shown["properties"] = kept
    if call.is_expanded("changelog"):
        newest_first = [call.shapes.change(change) for change in reversed(issue.changes)]
        histories = newest_first[:HISTORIES_MAX] if call.is_cloud else newest_first[::-1]
        shown["changelog"] = {
            "startAt": 0,
            "maxResults": len(histories),
            "total": len(issue.changes),
            "histories": histories,
        }
    if call.is_expanded("transitions"):
        shown["transitions"] = [call.shapes.transition(issue, step) for step in workflow.possible(issue)]
    return shown


def delete_issue(call: Call) -> web.Response:
    """``DELETE /issue/{key}``: gone for good."""
    call.world.remove(call.issue(to_write=True), call.actor)
    return done(status=204)


def get_changelog(call: Call) -> web.Response:
    """``GET /issue/{key}/changelog``: pages, oldest first."""
    changes = [call.shapes.change(change) for change in call.issue().changes]
    values, start, limit = page(call, changes, 100)
    return done(
        {
            "self": f"{call.base}{call.request.path}",
            "startAt": start,
            "maxResults": limit,
            "total": len(changes),
            "isLast": start + limit >= len(changes),
            "values": values,
        }
    )


def get_editmeta(call: Call) -> web.Response:
    """``GET /issue/{key}/editmeta``: the fields on the edit screen."""
    issue = call.issue()
    metas = {name: call.shapes.meta(FIELDS[name], issue.project) for name in issue.project.screen}
    metas[linking.FIELD] = linking.meta()
    return done({"fields": {} if issue.key in call.world.nasty.read_only else metas})


def get_transitions(call: Call) -> web.Response:
    """``GET /issue/{key}/transitions``; an id that is not possible now gives an empty list, no error."""
    issue = call.issue()
    only = call.query("transitionId")
    steps = [step for step in workflow.possible(issue) if only in {"", step.id}]
    screens = call.is_expanded("transitions.fields")
    shown = [call.shapes.transition(issue, step, fields=screens) for step in steps]
    return done({"expand": "transitions", "transitions": shown})


def properties_of(call: Call) -> tuple[dict[str, Any], str]:
    """Return the properties the path is about, and the path of their owner in the API."""
    if "comment" not in call.request.match_info:
        method = call.request.method
        issue = call.issue(to_write=method != "GET", forbidden=404 if method == "DELETE" else 403)
        return issue.properties, f"issue/{issue.id}"
    found = call.world.find_comment(call.path("comment"))
    if found is None:
        raise refusal(404, f"Can not find a comment for the id: {call.path('comment')}.")
    return found[1].properties, f"comment/{found[1].id}"


def list_properties(call: Call) -> web.Response:
    """``GET …/properties``: the keys."""
    properties, owner = properties_of(call)
    keys = [{"self": call.shapes.link(f"{owner}/properties/{key}"), "key": key} for key in properties]
    return done({"keys": keys})


def get_property(call: Call) -> web.Response:
    """``GET …/properties/{key}``."""
    properties, _owner = properties_of(call)
    key = call.path("property")
    if key not in properties:
        raise refusal(404, f"The property {key} does not exist.")
    return done({"key": key, "value": properties[key]})


def put_property(call: Call) -> web.Response:
    """``PUT …/properties/{key}``: 201 when it is new, 200 when it was there."""
    properties, _owner = properties_of(call)
    if call.body is None:
        raise refusal(400, "Property value cannot be null.")
    check_property(call.path("property"), call.body)
    is_new = call.path("property") not in properties
    properties[call.path("property")] = call.body
    commented = call.world.find_comment(call.request.match_info.get("comment", ""))
    if commented is not None:
        call.world.settle_visibility(*commented)
    return done({}, 201 if is_new else 200)


def delete_property(call: Call) -> web.Response:
    """``DELETE …/properties/{key}``."""
    properties, _owner = properties_of(call)
    if properties.pop(call.path("property"), None) is None:
        raise refusal(404, f"The property {call.path('property')} does not exist.")
    return done(status=204)


def check_property(key: str, value: object) -> None:
    """Refuse (400) what is too long for an entity property."""
    if len(json.dumps(value)) > PROPERTY_CHARS_MAX or not 0 < len(key) <= 255:  # noqa: PLR2004  # the key's limit, same source
        raise refusal(400, "The property key or value is too long.")


def read_properties(raw: object) -> dict[str, Any]:
    """Read the ``properties`` array of a write: key and value pairs, kept in the same commit."""
    if raw is None:
        return {}
    entries = cast("list[object]", raw) if isinstance(raw, list) else [raw]
    read: dict[str, Any] = {}
    for entry in entries:
        given = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        if not isinstance(given.get("key"), str) or "value" not in given:
            raise refusal(400, "Each property must have a key and a value.")
        check_property(given["key"], given["value"])
        read[given["key"]] = given["value"]
    return read


def list_links(call: Call) -> web.Response:
    """``GET /issue/{key}/remotelink``; with ``globalId`` the one link."""
    issue, wanted = call.issue(), call.query("globalId")
    shown = [
        {"id": int(key), "self": _link_url(call, issue, key), **link} for key, link in issue.links.items()
    ]
    if not wanted:
        return done(shown)
    for link in shown:
        if link.get("globalId") == wanted:
            return done(link)
    raise refusal(404, "The remote link does not exist.")


def put_link(call: Call) -> web.Response:
    """``POST /issue/{key}/remotelink``: makes it (201), or replaces that with the same ``globalId`` (200)."""
    issue, link = call.issue(to_write=True), call.fields()
    about: Any = link.get("object")
    errors = {
        name: f"'{name}' is required."
        for name in ("title", "url")
        if not isinstance(about, dict) or not cast("dict[str, Any]", about).get(name)
    }
    if errors:
        raise refusal(400, errors=errors)
    link_id, is_new = call.world.link(issue, link)
    return done({"id": int(link_id), "self": _link_url(call, issue, link_id)}, 201 if is_new else 200)


def _link_url(call: Call, issue: Issue, link_id: str) -> str:
    return call.shapes.link(f"issue/{issue.id}/remotelink/{link_id}")


_PROPERTY: Final = "/properties/{property}"
ROUTES: Final[tuple[Route, ...]] = (
    ("GET", "/issue/{issue}", get_issue),
    ("DELETE", "/issue/{issue}", delete_issue),
    ("GET", "/issue/{issue}/changelog", get_changelog),
    ("GET", "/issue/{issue}/editmeta", get_editmeta),
    ("GET", "/issue/{issue}/transitions", get_transitions),
    ("GET", "/issue/{issue}/properties", list_properties),
    ("GET", "/issue/{issue}" + _PROPERTY, get_property),
    ("PUT", "/issue/{issue}" + _PROPERTY, put_property),
    ("DELETE", "/issue/{issue}" + _PROPERTY, delete_property),
    ("GET", "/comment/{comment}/properties", list_properties),
    ("GET", "/comment/{comment}" + _PROPERTY, get_property),
    ("PUT", "/comment/{comment}" + _PROPERTY, put_property),
    ("DELETE", "/comment/{comment}" + _PROPERTY, delete_property),
    ("GET", "/issue/{issue}/remotelink", list_links),
    ("POST", "/issue/{issue}/remotelink", put_link),
)
