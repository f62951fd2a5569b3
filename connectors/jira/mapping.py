"""Jira's v2 JSON to our words. Pure; nothing here trusts a field to be there.

Shapes: ``IssueBean``, ``Comment`` and ``User`` of Atlassian's OpenAPI; Data Center's differ in the users
(``name`` and ``key``, no ``accountId``) and leave ``jsdPublic`` out of comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.core.errors import Malformed
from bot.core.tickets import (
    ATTACHMENTS_MAX,
    Actor,
    Allowed,
    Attachment,
    Choices,
    Comment,
    FieldValue,
    PastTicket,
    Ticket,
    TicketRef,
    Transition,
    Value,
)
from bot.core.untrusted import Untrusted
from connectors.jira.marks import INTERNAL_PROPERTY, comment_mark, operations_of_issue, properties_of
from connectors.jira.place import FIELD, Place
from connectors.jira.shapes import listed, thing, things

ISSUE_FIELDS: Final = (
    "summary", "description", "issuetype", "priority", "components", "labels", "assignee", "reporter",
    "status", "resolution", "created", "updated", "project", "security", "issuelinks", "attachment",
)  # fmt: skip
PAST_FIELDS: Final = (
    "summary", "description", "issuetype", "priority", "components", "labels", "reporter", "status",
    "project", "resolutiondate", "comment", "security",
)  # fmt: skip
PICKED: Final = ("issuetype", "priority", "components", "labels", "status", "resolution")
"""Fields whose value is picked from a list."""
SUGGESTED: Final = ("issuetype", "priority", "components")
"""Fields that are suggested: they list their values, and the reader brings them back."""
LINKS: Final = "issuelinks"
ISSUE_ID: Final = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Site:
    """What mapping has to know besides the JSON."""

    connector: str
    people_url: str
    us: Actor


def to_ticket(issue: Mapping[str, Any], site: Site, place: Place) -> Ticket:
    """Read one issue.

    Raises:
        Malformed: no id, key, status or time in it, so it is no issue.
    """
    try:
        fields: Mapping[str, Any] = issue["fields"]
        key, version = str(issue["key"]), str(fields["updated"])
        status = _value(fields["status"])
        return Ticket(
            ref=TicketRef(site.connector, issue_id(issue)),
            key=key,
            url=f"{site.people_url}/browse/{key}",
            queue=str(fields["project"]["key"]),
            kind=str(thing(fields.get("issuetype")).get("name") or ""),
            status=status,
            closed=_is_closed(fields),
            summary=Untrusted(text(fields.get("summary"))),
            description=Untrusted(text(fields.get("description"))),
            fields={**field_values(fields), LINKS: links(fields), FIELD: place.values()},
            reporter=actor(fields.get("reporter"), site.us),
            created_at=moment(str(fields["created"])),
            updated_at=moment(version),
            version=version,
            operations=operations_of_issue(issue),
            restricted=is_restricted(issue),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"Jira's answer is not an issue: {type(error).__name__}") from error


def is_restricted(issue: Mapping[str, Any]) -> bool:
    """Whether an issue has a security level: few people of its project may read it.

    https://support.atlassian.com/jira-cloud-administration/docs/configure-issue-security-schemes/
    """
    return bool(thing(thing(issue.get("fields")).get("security")))


def to_past(issue: Mapping[str, Any], site: Site) -> PastTicket:
    """Read one solved issue out of a search. Raises as :func:`to_ticket`."""
    try:
        fields: Mapping[str, Any] = issue["fields"]
        key, closed = str(issue["key"]), fields.get("resolutiondate")
        return PastTicket(
            key=key,
            url=f"{site.people_url}/browse/{key}",
            queue=str(fields["project"]["key"]),
            summary=Untrusted(text(fields.get("summary"))),
            description=Untrusted(text(fields.get("description"))),
            fields=field_values(fields),
            closed_at=moment(closed) if isinstance(closed, str) else None,
            answer=_answer(fields, site.us),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"Jira's answer is not an issue: {type(error).__name__}") from error


def to_lesson(issue: Mapping[str, Any], site: Site) -> PastTicket:
    """Read one solved issue to learn from: also who asked. Raises as :func:`to_ticket`."""
    return replace(to_past(issue, site), person=user_id(thing(thing(issue.get("fields")).get("reporter"))))


def to_comment(comment: Mapping[str, Any], site: Site, place: Place) -> Comment:
    """Read one comment. Raises as :func:`to_ticket`."""
    try:
        author = actor(comment.get("author"), site.us) or Actor("", Untrusted(""), is_person=False)
        operation, kind = comment_mark(comment) if author.is_us else (None, None)
        return Comment(
            id=str(comment["id"]),
            at=moment(str(comment["created"])),
            author=author,
            public=is_public(comment) if place.has_portal else kind != "note",
            body=Untrusted(_addressed(text(comment.get("body")), site.us)),
            operation=operation,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"Jira's answer is not a comment: {type(error).__name__}") from error


def to_attachments(issue: Mapping[str, Any], site: Site, place: Place) -> tuple[Attachment, ...]:
    """Read the files that an issue lists, oldest first, the newest of them; one that states no time is none.

    Jira does not say which of them a customer sees. Their own they do; where there is no portal, all do.
    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/
    """
    fields = thing(issue.get("fields"))
    requester = user_id(thing(fields.get("reporter")))
    found: list[Attachment] = []
    for each in things(fields.get("attachment")):
        try:
            at = moment(str(each.get("created") or ""))
        except ValueError:
            continue
        by, size = actor(each.get("author"), site.us), each.get("size")
        found.append(
            Attachment(
                name=Untrusted(text(each.get("filename"))),
                kind=Untrusted(text(each.get("mimeType"))),
                size_bytes=max(size, 0) if isinstance(size, int) else 0,
                at=at,
                by=by,
                public=not place.has_portal or (by is not None and bool(by.id) and by.id == requester),
            )
        )
    return tuple(sorted(found, key=lambda each: each.at))[-ATTACHMENTS_MAX:]


def _addressed(body: str, us: Actor) -> str:
    """Return a comment with a mention of us at its beginning as people type it.

    Jira's editor makes ``[~accountid:…]`` (Cloud) or ``[~name]`` (Data Center) of it.
    """
    for mention in (f"[~accountid:{us.id}]", f"[~{us.id}]"):
        if us.id and body.lstrip().startswith(mention):
            return f"@countersign {body.lstrip().removeprefix(mention).lstrip()}"
    return body


def to_allowed(screen: Mapping[str, Any], steps: Mapping[str, Any], people: Sequence[Any]) -> Allowed:
    """Read the edit screen, the workflow's next steps, and who may have the ticket.

    A field counts only if it can be set as a whole and lists its values; labels do not, they are free text.
    """
    fields = thing(screen.get("fields"))
    return Allowed(
        choices=tuple(
            _choices(name, thing(meta)) for name, meta in fields.items() if _is_pickable(name, meta)
        ),
        transitions=tuple(
            _transition(each)
            for each in things(steps.get("transitions"))
            if each.get("isAvailable") is not False
        ),
        assignees=tuple(person(each) for each in things(people) if each.get("active") is not False),
    )


def _is_pickable(name: str, meta: Any) -> bool:
    known = thing(meta)
    listed_values = things(known.get("allowedValues"))
    return name in SUGGESTED and "set" in listed(known.get("operations")) and bool(listed_values)


def _choices(name: str, meta: Mapping[str, Any]) -> Choices:
    return Choices(
        field=name,
        label=str(meta.get("name") or name),
        values=tuple(_value(each) for each in things(meta.get("allowedValues"))),
        several=thing(meta.get("schema")).get("type") == "array",
    )


def _transition(step: Mapping[str, Any]) -> Transition:
    screen = thing(step.get("fields"))
    needs = [
        name
        for name, meta in screen.items()
        if thing(meta).get("required") and not thing(meta).get("hasDefaultValue")
    ]
    to = thing(step["to"])
    return Transition(
        id=str(step["id"]),
        name=str(step.get("name") or ""),
        to=_value(to),
        needs=tuple(needs),
        closes=thing(to.get("statusCategory")).get("key") == "done",
        screen=tuple(
            _choices(name, thing(screen[name]))
            for name in needs
            if things(thing(screen[name]).get("allowedValues"))
        ),
    )


def is_public(comment: Mapping[str, Any]) -> bool:
    """Whether the customer of a service project can read it; what states nothing counts as readable.

    Cloud states ``jsdPublic``; Data Center shows it in the comment property alone.
    """
    stated = states_public(comment)
    return True if stated is None else stated


def states_public(entity: Mapping[str, Any]) -> bool | None:
    """Return what an answer says about visibility, in either API's words; None when it says nothing."""
    for name in ("public", "jsdPublic"):
        if isinstance(entity.get(name), bool):
            return bool(entity[name])
    properties = properties_of(entity)
    if INTERNAL_PROPERTY not in properties:
        return None
    # Written as a boolean by the library, as a string by some apps.
    return str(thing(properties[INTERNAL_PROPERTY]).get("internal")).lower() != "true"


def field_values(fields: Mapping[str, Any]) -> dict[str, FieldValue]:
    """Return the picked fields and the assignee; one that the answer leaves out stays out."""
    found = {name: _values(fields[name]) for name in PICKED if name in fields}
    if "assignee" in fields:
        who = fields["assignee"]
        found["assignee"] = (person(who),) if who else ()
    return found


def links(fields: Mapping[str, Any]) -> FieldValue:
    """Return the issues this one is linked to, each as ``<type> <key>``, which names the link well enough."""
    found: list[Value] = []
    for each in things(fields.get(LINKS)):
        kind = str(thing(each.get("type")).get("name") or "")
        other = str((thing(each.get("outwardIssue")) or thing(each.get("inwardIssue"))).get("key") or "")
        if kind and other:
            found.append(Value(link_name(kind, other), f"{kind} {other}"))
    return tuple(dict.fromkeys(found))


def link_name(kind: str, key: str) -> str:
    """Return how a link of this type to this issue is told from others."""
    return f"{kind} {key}"


def person(user: Mapping[str, Any]) -> Value:
    """Return somebody as the value of a user field."""
    known = user_id(user)
    return Value(known, str(user.get("displayName") or known))


def actor(user: Any, us: Actor | None) -> Actor | None:
    """Read a user; None for anonymous. ``us`` is who the bot is, or None before that is known."""
    known = thing(user)
    if not known:
        return None
    is_us = us is not None and is_same(known, us)
    return Actor(
        id=user_id(known),
        name=Untrusted(str(known.get("displayName") or user_id(known))),
        is_us=is_us,
        is_person=not is_us and known.get("accountType") != "app",
        is_customer=known.get("accountType") == "customer",
    )


def user_id(user: Mapping[str, Any]) -> str:
    """Return what the site's API takes for this person: accountId on Cloud, else name, else key."""
    return str(user.get("accountId") or user.get("name") or user.get("key") or "")


def is_same(user: Mapping[str, Any], us: Actor) -> bool:
    """Whether ``user`` is ``us``, whichever of its identifiers the payload has."""
    return bool(us.id) and us.id in {user.get("accountId"), user.get("name"), user.get("key")}


def issue_id(issue: Mapping[str, Any]) -> str:
    """Return the immutable id.

    Raises:
        ValueError: none, or not a number: it goes into paths, so nothing else will do.
    """
    found = str(issue.get("id") or "")
    if not ISSUE_ID.fullmatch(found):
        raise ValueError("no issue id")
    return found


def moment(written: str) -> datetime:
    """Read Jira's ``2026-11-20T10:00:00.000+0000`` as UTC.

    Raises:
        ValueError: not a time, or one without an offset.
    """
    read = datetime.fromisoformat(written)
    if read.tzinfo is None:
        raise ValueError("a time without an offset")
    return read.astimezone(UTC)


def text(value: Any) -> str:
    """Return formatted text as v2 gives it: a string; empty when there is none."""
    return value if isinstance(value, str) else ""


def _is_closed(fields: Mapping[str, Any]) -> bool:
    """Go by the status category; the resolution alone misleads where a workflow forgets to clear it."""
    category = thing(thing(fields.get("status")).get("statusCategory"))
    if "key" in category:
        return bool(category["key"] == "done")
    return fields.get("resolution") is not None


def _values(raw: Any) -> FieldValue:
    if raw is None:
        return ()
    return tuple(_value(each) for each in (listed(raw) if isinstance(raw, list) else [raw]))


def _value(raw: Any) -> Value:
    if isinstance(raw, str):  # a label is its own id
        return Value(raw, raw)
    return Value(str(raw["id"]), str(raw.get("name") or raw.get("value") or raw["id"]))


def _answer(fields: Mapping[str, Any], us: Actor) -> Untrusted | None:
    """Return the last words that somebody of the desk said in public.

    It may be drafted from, so what is not known to be public is left alone: in a service project a comment
    has to state it, and one restricted to a group or role never counts.
    """
    is_desk = thing(fields.get("project")).get("projectTypeKey") not in {"software", "business"}
    requester = user_id(thing(fields.get("reporter")))
    for comment in reversed(things(thing(fields.get("comment")).get("comments"))):
        author = actor(comment.get("author"), us)
        public = states_public(comment)
        if comment.get("visibility") or public is False or (public is None and is_desk):
            continue
        asks = author is None or author.is_customer or author.id == requester
        if author and author.is_person and not asks and text(comment.get("body")).strip():
            return Untrusted(comment["body"])
    return None
