"""Accounts and groups: Cloud finds people by ``accountId`` and ``query``, Data Center by ``username``."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from aiohttp import web

from sandbox.jira.answers import refusal
from sandbox.jira.api.call import Call, Route, done, page
from sandbox.jira.fields import assignable
from sandbox.jira.records import Issue, User

THOUSAND: Final = 1_000
"""How many people a search for assignees looks at (Cloud)."""


def myself(call: Call) -> web.Response:
    """``GET /myself``."""
    return done(_full(call, call.actor))


def user(call: Call) -> web.Response:
    """``GET /user``, by the flavour's own identifiers only; people who left are still found."""
    return done(_full(call, _named_user(call)))


def _full(call: Call, who: User) -> dict[str, Any]:
    shown = dict(call.shapes.user(who) or {})
    if call.is_expanded("groups"):
        shown["groups"] = {"size": len(who.groups), "items": [_group(call, name) for name in who.groups]}
    return shown


def _group(call: Call, name: str) -> dict[str, Any]:
    link = call.shapes.link(f"group?groupname={name}")
    return {"name": name, "self": link} | ({"groupId": group_id(name)} if call.is_cloud else {})


def group_id(name: str) -> str:
    """Return a group's id on Cloud: like a UUID, and the same in every run."""
    digits = hashlib.sha256(f"group:{name}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def _named_user(call: Call) -> User:
    names = ("accountId",) if call.is_cloud else ("username", "key")
    asked = next((call.query(name) for name in names if call.query(name)), "")
    for one in call.world.users:
        if asked and asked in ({one.account_id} if call.is_cloud else {one.name, one.key}):
            return one
    what = "account id" if call.is_cloud else "username"
    raise refusal(404, f"The user with the {what} '{asked}' does not exist.")


def _found(call: Call) -> list[User]:
    """Return people whose name or address begins with the text; those who left only if DC is asked to."""
    text = (call.query("query") if call.is_cloud else call.query("username")).lower()
    exact = call.query("accountId")
    if not text and not exact:
        raise refusal(400, "The 'query' or 'accountId' parameter is required.")
    also_gone = not call.is_cloud and call.query("includeInactive").lower() == "true"
    return [
        one
        for one in call.world.users
        if (one.active or also_gone) and (exact == one.account_id if exact else _fits(one, text, call))
    ]


def _fits(who: User, text: str, call: Call) -> bool:
    words = [*who.display_name.lower().split(), who.display_name.lower()]
    if who.name not in call.world.nasty.hidden_emails:
        words += [who.email.lower()]
    if not call.is_cloud:
        words += [who.name.lower()]
    return text == "." or any(word.startswith(text) for word in words)


def search(call: Call) -> web.Response:
    """``GET /user/search``; a fuzzy match, so the first hit may be somebody else.

    Data Center shows nobody to whom may not pick people.
    """
    found = _found(call) if call.is_cloud or call.has("USER_PICKER") else []
    values, _start, _limit = page(call, [call.shapes.user(one) for one in found], 50)
    return done(values)


def search_assignable(call: Call) -> web.Response:
    """``GET /user/assignable/search`` for a ``project`` or ``issueKey``; without text everybody.

    Cloud cuts the page first, within the first thousand people, and then leaves out who may not be assigned;
    its document knows no 403 here.
    """
    if not call.has("USER_PICKER", "ASSIGN_ISSUES"):
        raise refusal(401, "You do not have permission to browse users or to assign issues.")
    project_key, issue_key = call.query("project"), call.query("issueKey") or call.query("issueId")
    if not project_key and not issue_key:
        raise refusal(400, "Either the 'project' or the 'issueKey' query parameter is required.")
    issue: Issue | None = call.world.find(issue_key) if issue_key else None
    if (issue_key and issue is None) or (project_key and project_key not in call.world.projects):
        raise refusal(404, "The project or issue does not exist.")
    asks_name = any(call.query(name) for name in ("query", "username", "accountId"))
    found = _found(call) if asks_name else list(call.world.users)
    if call.is_cloud:
        looked_at, _start, _limit = page(call, found[:THOUSAND], 50)
        inside = [one for one in looked_at if assignable(one)]
    else:
        inside, _start, _limit = page(call, [one for one in found if assignable(one)], 50)
    return done([call.shapes.user(one) for one in inside])


def search_viewers(call: Call) -> web.Response:
    """``GET /user/viewissue/search`` for an ``issueKey`` (no id) or a ``projectKey``.

    Cloud cuts the page first, as for assignees. Data Center shows nobody where the bot may not pick people.
    """
    project_key, issue_key = call.query("projectKey"), call.query("issueKey")
    if not project_key and not issue_key:
        raise refusal(400, "Either the 'projectKey' or the 'issueKey' query parameter is required.")
    issue: Issue | None = None if issue_key.isdigit() else call.world.find(issue_key)
    if (issue_key and issue is None) or (project_key and project_key not in call.world.projects):
        raise refusal(404, "The project or issue does not exist.")
    if not call.has("USER_PICKER"):
        if call.is_cloud:
            raise refusal(
                401, "You do not have permission to browse users."
            )  # its document knows no 403 here
        return done([])
    found = _found(call)
    looked_at, _start, _limit = page(call, found[:THOUSAND] if call.is_cloud else found, 50)
    return done([call.shapes.user(one) for one in looked_at if _may_browse(one, issue)])


def _may_browse(who: User, issue: Issue | None) -> bool:
    """Agents see what is on no level, and on one if in the group of that name; reporters see their own."""
    if issue is not None and issue.security is not None and issue.security.name not in who.groups:
        return False
    return assignable(who) or (issue is not None and who.active and issue.reporter == who)


def groups_of(call: Call) -> web.Response:
    """``GET /user/groups`` (Cloud)."""
    return done([_group(call, name) for name in _named_user(call).groups])


def members(call: Call) -> web.Response:
    """``GET /group/member``: active members unless ``includeInactiveUsers``, fifty at most, by name.

    Cloud wants *Browse users and groups* or *Administer Jira*; Data Center knows the latter only.
    """
    name = _asked_group(call)
    if not call.has("ADMINISTER", *(["USER_PICKER"] if call.is_cloud else [])):
        raise refusal(403, "You do not have permission to see the members of groups.")
    if name not in call.world.groups():
        raise refusal(404, f"The group named '{name}' does not exist.")
    also_gone = call.query("includeInactiveUsers").lower() == "true"
    inside = sorted(
        (one for one in call.world.users if name in one.groups and (one.active or also_gone)),
        key=lambda one: one.name,
    )
    start, limit = call.number("startAt", 0), min(call.number("maxResults", 50), 50)
    shown = [call.shapes.user(one) for one in inside[start : start + limit]]
    last, link = start + limit >= len(inside), call.shapes.link("group/member")
    body: dict[str, Any] = {"self": f"{link}?groupname={name}&startAt={start}&maxResults={limit}"}
    if not last:
        body["nextPage"] = f"{link}?groupname={name}&startAt={start + limit}&maxResults={limit}"
    return done(
        {
            **body,
            "startAt": start,
            "maxResults": limit,
            "total": len(inside),
            "isLast": last,
            "values": shown,
        }
    )


def _asked_group(call: Call) -> str:
    name, known = call.query("groupname"), call.query("groupId") if call.is_cloud else ""
    if bool(name) == bool(known):
        raise refusal(400, "The group name is not specified, or its name and its id both are.")
    found = (each for each in call.world.groups() if group_id(each) == known)
    return name or next(found, known)


def pick_groups(call: Call) -> web.Response:
    """``GET /groups/picker``: groups whose name contains ``query``; without the right, only that very one."""
    asked = call.query("query").lower()
    found = [name for name in call.world.groups() if asked in name]
    if not call.has("USER_PICKER", "ADMINISTER"):
        found = [name for name in found if name == asked]
    shown: list[dict[str, Any]] = [{"name": name, "html": name, "labels": []} for name in found]
    if call.is_cloud:
        shown = [{**one, "groupId": group_id(one["name"])} for one in shown]
    header = f"Showing {len(found)} of {len(found)} matching groups"
    return done({"header": header, "total": len(found), "groups": shown})


ROUTES: Final[tuple[Route, ...]] = (
    ("GET", "/myself", myself),
    ("GET", "/user", user),
    ("GET", "/user/search", search),
    ("GET", "/user/assignable/search", search_assignable),
    ("GET", "/user/viewissue/search", search_viewers),
    ("GET", "/user/groups", groups_of),
    ("GET", "/group/member", members),
    ("GET", "/groups/picker", pick_groups),
)
