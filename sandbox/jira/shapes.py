"""The site's values as the JSON of one API version and one flavour; webhooks use version 2."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.jira import attaching
from sandbox.jira.documents import show_rich
from sandbox.jira.fields import BY_ATTRIBUTE, FIELDS, Field, Kind, row, value_of
from sandbox.jira.records import (
    Change,
    Comment,
    Flavour,
    Issue,
    Item,
    Named,
    Project,
    Relation,
    RequestType,
    Rich,
    Status,
    Transition,
    User,
)

Json = dict[str, Any]

COMPUTED: Final = (
    "project",
    "status",
    "created",
    "updated",
    "creator",
    "resolutiondate",
    "comment",
    "security",
    "issuelinks",
    "attachment",
)
"""Fields every issue has and nobody sets by editing."""
AVATAR_SIZES: Final = (16, 24, 32, 48)


def stamp(at: datetime) -> str:
    """Write a time as Jira does: milliseconds, and a zone without a colon."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


@dataclass(frozen=True)
class Shapes:
    """Shows values to one caller."""

    base: str
    """The site's URL."""
    flavour: Flavour
    version: str
    """``2`` or ``3``: decides the form of formatted text and the ``self`` links."""
    emails: bool = True
    """Webhooks never carry e-mail addresses."""
    hidden: Collection[str] = ()
    """Names of people whose address is not shown."""
    masked: bool = False
    """Addresses are shown so that only a person can read them."""

    def link(self, path: str) -> str:
        """Return the ``self`` URL of ``path`` in this version's API."""
        return f"{self.base}/rest/api/{self.version}/{path}"

    def user(self, user: User | None) -> Json | None:
        """Show an account; the two flavours share neither identifier."""
        if user is None:
            return None
        cloud = self.flavour == "cloud"
        names: Json = {"accountId": user.account_id} if cloud else {"name": user.name, "key": user.key}
        query = f"accountId={user.account_id}" if cloud else f"username={user.name}"
        return {
            "self": self.link(f"user?{query}"),
            **names,
            **self._address(user),
            "avatarUrls": self.avatars(user.display_name),
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": "Etc/UTC",
            **({"accountType": user.account_type} if cloud else {}),
        }

    def _address(self, user: User) -> Json:
        if not self.emails or user.name in self.hidden or not user.email:
            return {}
        masked = user.email.replace("@", " at ").replace(".", " dot ")
        return {"emailAddress": masked if self.masked else user.email}

    def avatars(self, name: str) -> Json:
        """Return the picture URLs of a person or project."""
        picture = f"{self.base}/secure/useravatar?avatarId={10000 + len(name)}"
        return {f"{size}x{size}": f"{picture}&size={size}" for size in AVATAR_SIZES}

    def named(self, value: Named, path: str) -> Json:
        """Show a value of a list, with a link below ``path``."""
        shown = {"self": self.link(f"{path}/{value.id}"), "id": value.id, "name": value.name}
        return shown | ({"description": value.description} if value.description else {})

    def priority(self, value: Named) -> Json:
        """Show a priority."""
        return {
            **self.named(value, "priority"),
            "iconUrl": f"{self.base}/images/icons/priorities/{value.id}.svg",
        }

    def issuetype(self, value: Named) -> Json:
        """Show an issue type."""
        level = {"hierarchyLevel": 0} if self.flavour == "cloud" else {}
        icon = f"{self.base}/images/icons/issuetypes/{value.id}.svg"
        return {**self.named(value, "issuetype"), "iconUrl": icon, "subtask": False, **level}

    def option(self, value: Named) -> Json:
        """Show an option of a select list, whose name Jira calls ``value``."""
        return {"self": self.link(f"customFieldOption/{value.id}"), "value": value.name, "id": value.id}

    def status(self, value: Status) -> Json:
        """Show a status with its category."""
        category = value.category
        return {
            **self.named(value, "status"),
            "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
            "statusCategory": {
                "self": self.link(f"statuscategory/{category.id}"),
                "id": category.id,
                "key": category.key,
                "colorName": category.colour,
                "name": category.name,
            },
        }

    def project(self, project: Project) -> Json:
        """Show a project in brief, as it stands in an issue."""
        return {
            "self": self.link(f"project/{project.id}"),
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "service_desk" if project.is_desk else "software",
            "avatarUrls": self.avatars(project.name),
        } | ({"simplified": False} if self.flavour == "cloud" else {})

    def choice(self, field: Field, value: Named) -> Json:
        """Show a value of ``field``'s list."""
        if field.is_custom:
            return self.option(value)
        if field.id in {"priority", "issuetype"}:
            return self.priority(value) if field.id == "priority" else self.issuetype(value)
        return self.named(value, "component" if field.id == "components" else field.id)

    def value(self, field: Field, issue: Issue) -> Any:
        """Show what ``issue`` has for ``field``."""
        value = value_of(issue, field)
        match value:
            case RequestType():
                return self.request_value(issue, value)
            case Named():
                return self.choice(field, value)
            case User():
                return self.user(value)
            case Rich():
                return show_rich(value, self.version)
            case tuple() if field.kind is Kind.CHOICES:
                return [self.choice(field, one) for one in issue.components]
            case tuple():
                return list(issue.labels)
            case _:
                return value

    def request_value(self, issue: Issue, kind: RequestType) -> Json:
        """Show the value of the Request Type field."""
        return {
            "_links": {"web": f"{self.base}/servicedesk/customer/portal/{issue.project.desk_id}/{issue.key}"},
            "requestType": {
                "id": kind.id,
                "name": kind.name,
                "description": kind.description,
                "helpText": "",
                "serviceDeskId": issue.project.desk_id,
                "portalId": issue.project.desk_id,
                "groupIds": ["1"],
            },
            "currentStatus": {
                "status": issue.status.name,
                "statusCategory": issue.status.category.key.upper(),
            },
        }

    def fields(self, issue: Issue, wanted: Collection[str] | None = None) -> Json:
        """Show the fields ``wanted`` (None: all) of ``issue``; those its project lacks are left out."""
        shown: Json = {}
        for field in FIELDS.values():
            on_site = not field.is_custom or field.id in issue.project.screen
            if on_site and (wanted is None or field.id in wanted):
                shown[field.id] = self.value(field, issue)
        for name in COMPUTED:
            if wanted is None or name in wanted:
                shown[name] = self._computed(name, issue)
        own = {name: each for name, each in issue.answers.items() if wanted is None or name in wanted}
        return shown | own

    def _computed(self, name: str, issue: Issue) -> Any:
        match name:
            case "project":
                return self.project(issue.project)
            case "status":
                return self.status(issue.status)
            case "security":
                return None if issue.security is None else self.named(issue.security, "securitylevel")
            case "issuelinks" | "attachment":
                linked = [self.relation(each) for each in issue.relations]
                return linked if name == "issuelinks" else self._attached(issue)
            case "creator":
                return self.user(issue.creator)
            case "comment":
                return self._comment_field(issue)
            case "resolutiondate":
                return None if issue.resolved is None else stamp(issue.resolved)
            case _:
                return stamp(issue.created if name == "created" else issue.updated)

    def _attached(self, issue: Issue) -> list[Json]:
        return [
            {
                **attaching.show(each, self.base, self.version, self.flavour),
                "author": self.user(each.author),
                "created": stamp(each.created),
            }
            for each in issue.attachments
        ]

    def relation(self, relation: Relation) -> Json:
        """Show a link as one of its ends sees it."""
        kind, other = relation.type, relation.other
        return {
            "id": relation.id,
            "self": self.link(f"issueLink/{relation.id}"),
            "type": {
                "id": kind.id,
                "name": kind.name,
                "inward": kind.inward,
                "outward": kind.outward,
                "self": self.link(f"issueLinkType/{kind.id}"),
            },
            "outwardIssue" if relation.is_outward else "inwardIssue": {
                "id": other.id,
                "key": other.key,
                "self": self.link(f"issue/{other.id}"),
                "fields": {
                    "summary": other.summary,
                    "status": self.status(other.status),
                    "issuetype": self.issuetype(other.issuetype),
                },
            },
        }

    def _comment_field(self, issue: Issue) -> Json:
        total = len(issue.comments)
        return {
            "comments": [self.comment(issue, comment) for comment in issue.comments],
            "self": self.link(f"issue/{issue.id}/comment"),
            "maxResults": total,
            "total": total,
            "startAt": 0,
        }

    def issue(self, issue: Issue, wanted: Collection[str] | None = None) -> Json:
        """Show an issue with the fields ``wanted``."""
        return {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id,
            "self": self.link(f"issue/{issue.id}"),
            "key": issue.key,
            "fields": self.fields(issue, wanted),
        }

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> Json:
        """Show a comment; ``jsdPublic`` is Cloud's, Data Center has the property ``sd.public.comment``."""
        shown: Json = {
            "self": self.link(f"issue/{issue.id}/comment/{comment.id}"),
            "id": comment.id,
            "author": self.user(comment.author),
            "body": show_rich(comment.body, self.version),
            "updateAuthor": self.user(comment.update_author or comment.author),
            "created": stamp(comment.created),
            "updated": stamp(comment.updated or comment.created),
        }
        if comment.visibility is not None:
            shown["visibility"] = comment.visibility
        if self.flavour == "cloud":
            shown["jsdPublic"] = comment.public
        if properties:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown

    def item(self, item: Item) -> Json:
        """Show one changed field."""
        return {
            "field": item.field,
            "fieldtype": "custom" if item.custom else "jira",
            "fieldId": item.field_id,
            "from": item.old,
            "fromString": item.old_text,
            "to": item.new,
            "toString": item.new_text,
        }

    def change(self, change: Change) -> Json:
        """Show one entry of the changelog."""
        shown: Json = {
            "id": change.id,
            "author": self.user(change.author),
            "created": stamp(change.at),
            "items": [self.item(item) for item in change.items],
        }
        return shown if change.metadata is None else {**shown, "historyMetadata": change.metadata}

    def meta(self, field: Field, project: Project, *, required: bool | None = None) -> Json:
        """Show what ``field`` takes, as in editmeta, createmeta and transition screens."""
        shown: Json = {
            "required": field.required if required is None else required,
            "schema": dict(field.schema),
            "name": field.name,
            "key" if self.flavour == "cloud" else "fieldId": field.id,
            "operations": list(field.operations),
            "hasDefaultValue": field.id == "priority",
        }
        if field.choices is not None:
            shown["allowedValues"] = [self.choice(field, one) for one in field.choices(project)]
        if field.kind is Kind.USER:
            shown["autoCompleteUrl"] = self.link("user/assignable/search?query=")
        return shown

    def transition(self, issue: Issue, step: Transition, *, fields: bool = False) -> Json:
        """Show a transition, with its screen when ``fields``."""
        shown: Json = {
            "id": step.id,
            "name": step.name,
            "to": self.status(step.to),
            "hasScreen": bool(step.screen),
            "isGlobal": False,
            "isInitial": False,
            "isConditional": False,
        }
        if self.flavour == "cloud":
            shown |= {"isAvailable": True, "isLooped": False}
        if fields:
            shown["fields"] = {
                name: self.meta(FIELDS[name], issue.project, required=name in step.required)
                for name in step.screen
            }
        return shown

    def component(self, value: Named, project: Project) -> Json:
        """Show a component with its project."""
        return {
            **self.named(value, "component"),
            "assigneeType": "PROJECT_DEFAULT",
            "isAssigneeTypeValid": False,
            "project": project.key,
            "projectId": int(project.id),
        }

    def full_project(self, project: Project) -> Json:
        """Show a project with its lists."""
        return {
            **self.project(project),
            "description": "",
            "lead": self.user(project.lead),
            "components": [self.component(one, project) for one in project.components],
            "issueTypes": [self.issuetype(one) for one in project.issue_types],
            "assigneeType": "UNASSIGNED",
            "versions": [],
            "roles": {},
        }

    def catalogue(self) -> Sequence[Json]:
        """Show every field of the site."""
        rows = [(field.id, field.name, dict(field.schema)) for field in BY_ATTRIBUTE.values()]
        rows += [(name, name.capitalize(), {"type": "any", "system": name}) for name in COMPUTED]
        return [
            row(field_id, name, schema, self.flavour) | {"orderable": field_id not in COMPUTED}
            for field_id, name, schema in rows
        ]
