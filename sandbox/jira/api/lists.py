"""What the site offers: its lists, projects, create screens, version and permissions."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from sandbox.jira import seed
from sandbox.jira.answers import refusal
from sandbox.jira.api.call import Call, Route, done, page
from sandbox.jira.fields import FIELDS
from sandbox.jira.records import Status
from sandbox.jira.shapes import stamp

PERMISSIONS: Final = (
    "BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ASSIGN_ISSUES", "TRANSITION_ISSUES", "RESOLVE_ISSUES",
    "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS", "SERVICEDESK_AGENT", "ADMINISTER",
    "USER_PICKER",
)  # fmt: skip
GLOBAL: Final = frozenset({"ADMINISTER", "USER_PICKER"})
"""Of the site rather than of a project. ``USER_PICKER`` is *Browse users and groups*."""


def server_info(call: Call) -> web.Response:
    """``GET /serverInfo``: the only one that needs no credentials."""
    cloud = call.is_cloud
    version = "1001.0.0-SNAPSHOT" if cloud else "9.12.15"
    return done(
        {
            "baseUrl": call.base,
            "version": version,
            "versionNumbers": [1001, 0, 0] if cloud else [9, 12, 15],
            "deploymentType": "Cloud" if cloud else "Server",
            "buildNumber": 100291 if cloud else 9120015,
            "buildDate": "2026-10-01T00:00:00.000+0000",
            "serverTime": stamp(call.world.now()),
            "scmInfo": "0000000000000000000000000000000000000000",
            "serverTitle": "Sandbox",
        }
    )


def fields(call: Call) -> web.Response:
    """``GET /field``."""
    return done(call.shapes.catalogue())


def priorities(call: Call) -> web.Response:
    """``GET /priority``."""
    return done([{**call.shapes.priority(one), "statusColor": "#b3b3b3"} for one in seed.PRIORITIES])


def resolutions(call: Call) -> web.Response:
    """``GET /resolution``."""
    return done([call.shapes.named(one, "resolution") for one in seed.RESOLUTIONS])


def issue_types(call: Call) -> web.Response:
    """``GET /issuetype``."""
    return done([call.shapes.issuetype(one) for one in call.world.listed("issuetype")])


def statuses(call: Call) -> web.Response:
    """``GET /status``."""
    found = call.world.listed("status")
    return done([call.shapes.status(one) for one in found if isinstance(one, Status)])


def projects(call: Call) -> web.Response:
    """``GET /project``."""
    return done([call.shapes.project(one) for one in call.world.projects.values()])


def project_search(call: Call) -> web.Response:
    """``GET /project/search`` (Cloud)."""
    if not call.is_cloud:
        raise refusal(404, "No project could be found with key 'search'.")
    keys, kind = call.listed("keys"), call.query("typeKey")
    shown = [call.shapes.project(one) for one in call.world.projects.values() if not keys or one.key in keys]
    shown = [one for one in shown if not kind or one["projectTypeKey"] == kind]
    values, start, limit = page(call, shown, 50)
    last = start + limit >= len(shown)
    return done(
        {"startAt": start, "maxResults": limit, "total": len(shown), "isLast": last, "values": values}
    )


def project(call: Call) -> web.Response:
    """``GET /project/{key}``."""
    return done(call.shapes.full_project(call.project()))


def components(call: Call) -> web.Response:
    """``GET /project/{key}/components``."""
    where = call.project()
    return done([call.shapes.component(one, where) for one in where.components])


def project_statuses(call: Call) -> web.Response:
    """``GET /project/{key}/statuses``: by issue type."""
    where = call.project()
    shown = [call.shapes.status(one) for one in where.statuses]
    return done(
        [
            {
                "self": call.shapes.link(f"issuetype/{one.id}"),
                "id": one.id,
                "name": one.name,
                "subtask": False,
                "statuses": shown,
            }
            for one in where.issue_types
        ]
    )


def create_types(call: Call) -> web.Response:
    """``GET /issue/createmeta/{project}/issuetypes``; the flavours name the list differently."""
    shown = [call.shapes.issuetype(one) for one in call.project().issue_types]
    return _create_page(call, shown, "issueTypes")


def create_fields(call: Call) -> web.Response:
    """``GET /issue/createmeta/{project}/issuetypes/{id}``: the fields of the create screen."""
    where = call.project()
    if call.path("type") not in {one.id for one in where.issue_types}:
        raise refusal(404, "The issue type does not exist or is not in the project.")
    shown = [
        {
            **call.shapes.meta(FIELDS[name], where),
            "fieldId": name,
            "required": name in {"summary", "issuetype"},
        }
        for name in where.screen
    ] + [each.meta(call.shapes.flavour) for each in where.asked]
    return _create_page(call, shown, "fields")


def _create_page(call: Call, shown: list[dict[str, Any]], name: str) -> web.Response:
    values, start, limit = page(call, shown, 50)
    body: dict[str, Any] = {"maxResults": limit, "startAt": start, "total": len(shown)}
    if call.is_cloud:
        return done({**body, name: values})
    return done({**body, "isLast": start + limit >= len(shown), "values": values})


def my_permissions(call: Call) -> web.Response:
    """``GET /mypermissions``: what the bot may do; Cloud answers only for the ``permissions`` named."""
    asked = call.listed("permissions")
    if call.is_cloud and not asked:
        raise refusal(400, "The 'permissions' query parameter is required.")
    unknown = [name for name in asked if name not in PERMISSIONS]
    if unknown:
        raise refusal(400, f"Unrecognized permission: {unknown[0]}")
    return done(
        {
            "permissions": {
                name: {
                    "id": str(place),
                    "key": name,
                    "name": name.replace("_", " ").capitalize(),
                    "type": "GLOBAL" if name in GLOBAL else "PROJECT",
                    "description": "",
                    "havePermission": call.has(name),
                }
                for place, name in enumerate(PERMISSIONS, start=10)
                if not asked or name in asked
            }
        }
    )


ROUTES: Final[tuple[Route, ...]] = (
    ("GET", "/serverInfo", server_info),
    ("GET", "/field", fields),
    ("GET", "/priority", priorities),
    ("GET", "/resolution", resolutions),
    ("GET", "/issuetype", issue_types),
    ("GET", "/status", statuses),
    ("GET", "/project", projects),
    ("GET", "/project/search", project_search),
    ("GET", "/project/{project}", project),
    ("GET", "/project/{project}/components", components),
    ("GET", "/project/{project}/statuses", project_statuses),
    ("GET", "/issue/createmeta/{project}/issuetypes", create_types),
    ("GET", "/issue/createmeta/{project}/issuetypes/{type}", create_fields),
    ("GET", "/mypermissions", my_permissions),
)
