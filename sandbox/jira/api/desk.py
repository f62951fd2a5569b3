"""The service desk API: requests as customers see them, and comments that say whether they are public."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from aiohttp import web

from sandbox.jira.answers import Refused, desk_refusal
from sandbox.jira.api.call import Call, Route, done
from sandbox.jira.api.comments import settle_visibility
from sandbox.jira.fields import FIELDS, TEXT_CHARS_MAX
from sandbox.jira.records import Comment, Issue, Project, RequestType, Rich, User
from sandbox.jira.shapes import stamp
from sandbox.jira.site import Draft

ROOT: Final = "/rest/servicedeskapi"
LIMIT_MAX: Final = 100
Json = dict[str, Any]


def _link(call: Call, path: str) -> str:
    return f"{call.base}{ROOT}/{path}"


def _date(at: datetime) -> Json:
    return {
        "iso8601": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
        "jira": stamp(at),
        "friendly": f"{at:%d/%b/%y %I:%M %p}",
        "epochMillis": int(at.timestamp() * 1000),
    }


def _user(call: Call, who: User | None) -> Json:
    shown = dict(call.shapes.user(who) or {})
    links = {"self": shown.pop("self", ""), "avatarUrls": shown.pop("avatarUrls", {})}
    shown.pop("accountType", None)
    return {**shown, "_links": {**links, "jiraRest": links["self"]}}


def _page(call: Call, values: list[Json]) -> web.Response:
    start, limit = call.number("start", 0), min(call.number("limit", 50), LIMIT_MAX)
    part = values[start : start + limit]
    last = start + limit >= len(values)
    here = f"{call.base}{call.request.path}"
    links = {"base": call.base, "context": "", "self": str(call.request.url)}
    if not last:
        links["next"] = f"{here}?start={start + limit}&limit={limit}"
    return done(
        {
            "_expands": [],
            "size": len(part),
            "start": start,
            "limit": limit,
            "isLastPage": last,
            "_links": links,
            "values": part,
        }
    )


def info(call: Call) -> web.Response:
    """``GET /info``: says that the product is there."""
    built = datetime.fromisoformat("2026-10-01T00:00:00+00:00")
    return done(
        {
            "version": "10.0.0",
            "platformVersion": "1001.0.0",
            "buildDate": _date(built),
            "buildChangeSet": "0" * 40,
            "isLicensedForUse": True,
            "_links": {"self": _link(call, "info")},
        }
    )


def _desk(call: Call, project: Project) -> Json:
    return {
        "id": project.desk_id,
        "projectId": project.id,
        "projectName": project.name,
        "projectKey": project.key,
        "_links": {"self": _link(call, f"servicedesk/{project.desk_id}")},
    }


def _desks(call: Call) -> list[Project]:
    return [project for project in call.world.projects.values() if project.is_desk]


def _asked_desk(call: Call) -> Project:
    for project in _desks(call):
        if call.path("desk") in {project.desk_id, project.key, f"projectKey:{project.key}"}:
            return project
    raise desk_refusal(
        404, "The service desk you requested does not exist.", "sd.servicedesk.error.not.found"
    )


def list_desks(call: Call) -> web.Response:
    """``GET /servicedesk``."""
    return _page(call, [_desk(call, project) for project in _desks(call)])


def get_desk(call: Call) -> web.Response:
    """``GET /servicedesk/{id}``."""
    return done(_desk(call, _asked_desk(call)))


def _request_type(call: Call, project: Project, kind: RequestType) -> Json:
    issue_type = next(one for one in project.issue_types if one.name == kind.issue_type)
    return {
        "id": kind.id,
        "name": kind.name,
        "description": kind.description,
        "helpText": "",
        "issueTypeId": issue_type.id,
        "serviceDeskId": project.desk_id,
        "portalId": project.desk_id,
        "groupIds": ["1"],
        "_links": {"self": _link(call, f"servicedesk/{project.desk_id}/requesttype/{kind.id}")},
    }


def list_request_types(call: Call) -> web.Response:
    """``GET /servicedesk/{id}/requesttype``: what a request may be; the field itself lists no values."""
    project = _asked_desk(call)
    return _page(call, [_request_type(call, project, kind) for kind in project.request_types])


def list_all_request_types(call: Call) -> web.Response:
    """``GET /requesttype``: of every desk."""
    return _page(call, [_request_type(call, one, kind) for one in _desks(call) for kind in one.request_types])


def _request(call: Call, *, to_write: bool = False) -> Issue:
    """Return the request in the path; an issue that is not one is as good as absent."""
    try:
        issue = call.issue(to_write=to_write)
    except Refused as refused:
        if refused.status == 429:  # noqa: PLR2004  # Too Many Requests has no service desk form
            raise
        raise desk_refusal(refused.status, _NO_REQUEST, "sd.request.error.not.found") from refused
    if not issue.is_request:
        raise desk_refusal(404, _NO_REQUEST, "sd.request.error.not.found")
    return issue


_NO_REQUEST: Final = "The request you are looking for does not exist or you do not have permission to see it."


def get_request(call: Call) -> web.Response:
    """``GET /request/{key}``."""
    issue = _request(call)
    kind = issue.request_type
    assert kind is not None, "a request has a type"  # noqa: S101  # is_request says so
    shown: Json = {
        "_expands": ["participant", "status", "sla", "requestType", "serviceDesk", "comment", "action"],
        "issueId": issue.id,
        "issueKey": issue.key,
        "summary": issue.summary,
        "requestTypeId": kind.id,
        "serviceDeskId": issue.project.desk_id,
        "createdDate": _date(issue.created),
        "reporter": _user(call, issue.reporter),
        "requestFieldValues": _values(issue),
        "currentStatus": _status(issue),
        "_links": _request_links(call, issue),
    }
    if call.is_expanded("requestType"):
        shown["requestType"] = _request_type(call, issue.project, kind)
    if call.is_expanded("serviceDesk"):
        shown["serviceDesk"] = _desk(call, issue.project)
    return done(shown)


def _values(issue: Issue) -> list[Json]:
    text = "" if issue.description is None else issue.description.text
    values = {"summary": issue.summary, "description": text}
    return [{"fieldId": name, "label": FIELDS[name].name, "value": value} for name, value in values.items()]


def _status(issue: Issue) -> Json:
    at = issue.changes[-1].at if issue.changes else issue.created
    category = issue.status.category.key.upper()
    return {"status": issue.status.name, "statusCategory": category, "statusDate": _date(at)}


def _request_links(call: Call, issue: Issue) -> Json:
    return {
        "jiraRest": call.shapes.link(f"issue/{issue.id}"),
        "web": f"{call.base}/servicedesk/customer/portal/{issue.project.desk_id}/{issue.key}",
        "agent": f"{call.base}/browse/{issue.key}",
        "self": _link(call, f"request/{issue.id}"),
    }


def get_status(call: Call) -> web.Response:
    """``GET /request/{key}/status``: where it has been, newest first, in the customer's words."""
    issue = _request(call)
    steps = [
        (item.old_text, item.new_text, change.at)
        for change in issue.changes
        for item in change.items
        if item.field_id == "status"
    ]
    first = steps[0][0] if steps else issue.status.name
    been = [(first, issue.created), *((new, at) for _old, new, at in steps)]
    return _page(call, [{"status": name, "statusDate": _date(at)} for name, at in reversed(been)])


def _comment(call: Call, issue: Issue, comment: Comment) -> Json:
    return {
        "_expands": ["attachment", "renderedBody"],
        "id": comment.id,
        "body": comment.body.text,
        "public": comment.public,
        "author": _user(call, comment.author),
        "created": _date(comment.created),
        "_links": {"self": _link(call, f"request/{issue.id}/comment/{comment.id}")},
    }


def list_comments(call: Call) -> web.Response:
    """``GET /request/{key}/comment``, oldest first; ``public`` and ``internal``, both true, choose."""
    issue = _request(call)
    chosen = {
        True: call.query("public", "true").lower() != "false",
        False: call.query("internal", "true").lower() != "false",
    }
    return _page(call, [_comment(call, issue, one) for one in issue.comments if chosen[one.public]])


def get_comment(call: Call) -> web.Response:
    """``GET /request/{key}/comment/{id}``. There is no edit and no delete here: that is the platform's."""
    issue = _request(call)
    for comment in issue.comments:
        if comment.id == call.path("comment"):
            return done(_comment(call, issue, comment))
    raise desk_refusal(404, "The comment does not exist.", "sd.comment.error.not.found")


def post_comment(call: Call) -> web.Response:
    """``POST /request/{key}/comment``: ``body`` and ``public`` are required; neither has a default."""
    issue, sent = _request(call, to_write=True), call.body
    given: Json = sent if isinstance(sent, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON object
    text, public = given.get("body"), given.get("public")
    if not isinstance(text, str) or not text.strip():
        raise desk_refusal(400, "Comment body can not be empty.", "sd.comment.error.empty.body")
    if not isinstance(public, bool):
        raise desk_refusal(
            400, "You must say whether the comment is public.", "sd.comment.error.public.required"
        )
    if len(text) > TEXT_CHARS_MAX:
        raise desk_refusal(400, "The comment is too long.", "sd.comment.error.too.long")
    draft = settle_visibility(call, Draft(Rich(text), public=public))
    return done(_comment(call, issue, call.world.add_comment(issue, call.actor, draft)), 201)


def list_articles(call: Call) -> web.Response:
    """``GET /knowledgebase/article``: ``query`` is required; title and excerpt alone are given."""
    wanted = call.request.query.get("query", "").casefold().split()
    if not wanted:
        raise desk_refusal(400, "The query parameter is required.", "sd.kb.error.query.required")
    found = [
        each for each in call.world.articles if any(word in " ".join(each).casefold() for word in wanted)
    ]
    return _page(
        call,
        [
            {
                "title": title,
                "excerpt": text,
                "source": {"type": "confluence", "pageId": page, "spaceKey": "KB"},
                "content": {"iframeSrc": _link(call, f"knowledgebase/article/view/{page}")},
            }
            for page, title, text in found
        ],
    )


ROUTES: Final[tuple[Route, ...]] = (
    ("GET", ROOT + "/knowledgebase/article", list_articles),
    ("GET", ROOT + "/info", info),
    ("GET", ROOT + "/servicedesk", list_desks),
    ("GET", ROOT + "/servicedesk/{desk}", get_desk),
    ("GET", ROOT + "/servicedesk/{desk}/requesttype", list_request_types),
    ("GET", ROOT + "/requesttype", list_all_request_types),
    ("GET", ROOT + "/request/{issue}", get_request),
    ("GET", ROOT + "/request/{issue}/status", get_status),
    ("GET", ROOT + "/request/{issue}/comment", list_comments),
    ("POST", ROOT + "/request/{issue}/comment", post_comment),
    ("GET", ROOT + "/request/{issue}/comment/{comment}", get_comment),
)
