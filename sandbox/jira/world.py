"""What tests, the demo and people do in the fake Jira, and how they look at it, without HTTP.

Everything takes the names a person would use: a user by ``alice``, a priority by ``High``. Whatever happens
here is a human's act: it is told by webhook like any other, and the site's nastiness does not touch it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, cast

from sandbox.jira import attaching, fields, seed, workflow
from sandbox.jira.fields import Field, Kind
from sandbox.jira.records import Comment, Issue, Named, Project, RequestType, Rich, Transition, User
from sandbox.jira.site import Draft, Edit, Site

NOTHING: Final = "-"
"""How an empty value reads in ``history`` and ``value``."""


class World(Site):
    """The site, with verbs for people. Unknown names raise ``KeyError`` naming what is missing."""

    def user(self, name: str) -> User:
        """Return the account called ``name`` (or its key, account id or e-mail address)."""
        found = self.find_user(name)
        if found is None:
            raise KeyError(f"no user {name!r}")
        return found

    def project(self, key: str) -> Project:
        """Return the project with this key."""
        if key not in self.projects:
            raise KeyError(f"no project {key!r}")
        return self.projects[key]

    def issue(self, key: str) -> Issue:
        """Return the issue with this key (present or former) or id."""
        found = self.find(key)
        if found is None:
            raise KeyError(f"no issue {key!r}")
        return found

    def add_person(
        self, name: str, display_name: str, *, email: str = "", groups: Iterable[str] = (), **more: Any
    ) -> User:
        """Make an account, ``email`` (default) at example.com. ``more``: ``active``, ``account_type``.

        Raises:
            ValueError: there is one of this name.
        """
        if self.find_user(name) is not None:
            raise ValueError(f"there is a user {name!r} already")
        made = seed.person(name, 100 + len(self.users), display_name, tuple(groups))
        self.put_person(replace(made, email=email or made.email, **more))
        return self.user(name)

    def set_person(self, name: str, **changes: Any) -> User:
        """Change an account: ``active=False`` for somebody who leaves, ``email``, ``display_name``."""
        self.put_person(replace(self.user(name), **changes))
        return self.user(name)

    def set_group(self, group: str, members: Iterable[str]) -> None:
        """Make ``group`` hold exactly these people; it stays there when that is nobody."""
        inside = {self.user(name).name for name in members}
        self.empty_groups.add(group)
        for user in list(self.users):
            others = tuple(each for each in user.groups if each != group)
            self.put_person(replace(user, groups=(*others, group) if user.name in inside else others))

    def remove_group(self, group: str) -> None:
        """Delete ``group``."""
        self.set_group(group, ())
        self.empty_groups.discard(group)

    def create_issue(
        self,
        summary: str,
        *,
        project: str = "OPS",
        reporter: str = "dan",
        description: str = "",
        **values: Any,
    ) -> str:
        """Open an issue and return its key.

        ``values`` are named as in ``edit``, and ``actor`` is who types it in (default: the reporter).
        In a service project it is a request of the first request type that fits the issue type;
        ``request_type=None`` makes an issue that is not a request.
        """
        where, author = self.project(project), self.user(reporter)
        actor = self.user(values.pop("actor", reporter))
        given: dict[str, object] = {"summary": summary, "description": description, **values}
        if "request_type" not in given:
            given["request_type"] = _fitting(where, cast("str | None", given.get("issuetype")))
        kind = self._meant(where, "request_type", given["request_type"])
        given.setdefault(
            "issuetype", kind.issue_type if isinstance(kind, RequestType) else where.issue_types[0].name
        )
        parsed = {name: self._meant(where, name, value) for name, value in given.items()}
        return self.create(where, {"reporter": author, **parsed}, actor).key

    def edit(self, key: str, actor: str, **values: Any) -> None:
        """Set fields; lists are replaced whole, None empties.

        There are summary, description, issuetype, priority, components, labels, assignee, reporter, duedate,
        resolution, impact, urgency and request_type.
        """
        issue = self.issue(key)
        parsed = {name: self._meant(issue.project, name, value) for name, value in values.items()}
        self.apply(issue, self.user(actor), Edit(parsed))

    def comment(self, key: str, author: str, body: str, *, public: bool = True) -> str:
        """Write a comment and return its id; ``public=False`` is internal, in service projects only."""
        return self.add_comment(self.issue(key), self.user(author), Draft(Rich(body), public=public)).id

    def attach(self, key: str, actor: str, name: str, *, kind: str = "", size_bytes: int = 1) -> str:
        """Put a file on an issue and return its id; ``kind``: its media type, guessed when empty.

        Raises:
            ValueError: no name, or one longer than Jira keeps.
        """
        if not 0 < len(name) <= attaching.NAME_CHARS_MAX:
            raise ValueError(f"a file's name has 1 to {attaching.NAME_CHARS_MAX} characters")
        issue = self.issue(key)
        return self.add_attachment(issue, self.user(actor), name, kind=kind, size_bytes=size_bytes).id

    def change_comment(self, comment_id: str, actor: str, body: str) -> None:
        """Replace the text of a comment."""
        issue, comment = self._comment(comment_id)
        self.edit_comment(issue, comment, self.user(actor), Rich(body))

    def delete_comment(self, comment_id: str, actor: str) -> None:
        """Delete a comment."""
        issue, comment = self._comment(comment_id)
        self.remove_comment(issue, comment, self.user(actor))

    def transition(self, key: str, actor: str, to: str, *, resolution: str | None = None) -> None:
        """Take the transition whose id, name or target status is ``to``, exactly; the first that fits.

        Raises:
            ValueError: there is none now, or its screen wants a resolution; the message says which there are.
        """
        issue = self.issue(key)
        step = _step(issue, to)
        given: dict[str, object] = {}
        if resolution is not None:
            given["resolution"] = self._meant(issue.project, "resolution", resolution)
        lacking = workflow.missing(step, given)
        if lacking:
            raise ValueError("; ".join(lacking.values()))
        given["resolution"] = workflow.resolution_after(step, given, issue.resolution)
        self.apply(issue, self.user(actor), Edit(given, step.to))

    def delete(self, key: str, actor: str = "alice") -> None:
        """Delete an issue."""
        self.remove(self.issue(key), self.user(actor))

    def move_issue(self, key: str, project: str, actor: str = "alice") -> str:
        """Move an issue to another project and return its new key; the id stays."""
        issue = self.issue(key)
        self.move(issue, self.project(project), self.user(actor))
        return issue.key

    def restrict(self, key: str, level: str = "Only HR") -> None:
        """Give an issue a security level: from now on few people see it."""
        self.issue(key).security = Named("10900", level)

    def value(self, key: str, name: str) -> str:
        """Read one field (or ``status``) as a person sees it; lists are joined by commas, empty is ``-``."""
        issue = self.issue(key)
        return (
            issue.status.name
            if name == "status"
            else _shown(getattr(issue, fields.BY_ATTRIBUTE[name].attribute))
        )

    def history(self, key: str) -> list[str]:
        """Return the changelog, oldest first, one line an item: ``alice: priority: Medium -> High``."""
        return [
            f"{change.author.name}: {item.field}: {item.old_text or NOTHING} -> {item.new_text or NOTHING}"
            for change in self.issue(key).changes
            for item in change.items
        ]

    def comments(self, key: str) -> list[Comment]:
        """Return the comments, oldest first."""
        return list(self.issue(key).comments)

    def notes(self, key: str) -> list[str]:
        """Return the texts of the internal comments, oldest first."""
        return [one.body.text for one in self.issue(key).comments if not one.public]

    def replies(self, key: str) -> list[str]:
        """Return the texts of the public comments, oldest first."""
        return [one.body.text for one in self.issue(key).comments if one.public]

    def state(self) -> dict[str, Any]:
        """Return the world as JSON; of the untouched seeded history only the count."""
        shown = [issue for issue in self.issues.values() if not issue.past]
        return {
            "flavour": self.flavour,
            "bot": self.bot.account_id if self.flavour == "cloud" else self.bot.name,
            "people": [_person(user) for user in self.users],
            "projects": [_project(project) for project in self.projects.values()],
            "issues": [self.issue_state(issue.key) for issue in shown],
            "past_issues": len(self.issues) - len(shown),
            "nasty": self.nasty.show(),
        }

    def issue_state(self, key: str) -> dict[str, Any]:
        """Return one issue as JSON."""
        issue = self.issue(key)
        names = [name for name in fields.BY_ATTRIBUTE if name not in {"components", "labels"}]
        return {
            "id": issue.id,
            "key": issue.key,
            "project": issue.project.key,
            "status": issue.status.name,
            **{name: _shown(getattr(issue, name)) for name in names},
            "components": [one.name for one in issue.components],
            "labels": list(issue.labels),
            "created": issue.created.isoformat(),
            "updated": issue.updated.isoformat(),
            "transitions": [
                {"id": one.id, "name": one.name, "to": one.to.name} for one in workflow.possible(issue)
            ],
            "comments": [_comment(comment) for comment in issue.comments],
            "attachments": [each.name for each in issue.attachments],
            "properties": dict(issue.properties),
            "history": self.history(key),
        }

    def _comment(self, comment_id: str) -> tuple[Issue, Comment]:
        found = self.find_comment(comment_id)
        if found is None:
            raise KeyError(f"no comment {comment_id!r}")
        return found

    def _meant(self, project: Project, name: str, value: object) -> object:
        """Turn what a person would say into the value kept."""
        if name not in fields.BY_ATTRIBUTE:
            raise KeyError(f"no field {name!r}; there are {sorted(fields.BY_ATTRIBUTE)}")
        field = fields.BY_ATTRIBUTE[name]
        if value is None or (field.kind is Kind.RICH and value == ""):
            return () if field.kind in {Kind.CHOICES, Kind.LABELS} else None
        if field.kind is Kind.USER:
            return self.user(str(value))
        return _chosen(field, project, value)


def _chosen(field: Field, project: Project, value: object) -> object:
    match field.kind:
        case Kind.RICH:
            return Rich(str(value))
        case Kind.LABELS:
            return tuple(cast("Iterable[str]", value))
        case Kind.CHOICES:
            return tuple(_named(field, project, each) for each in cast("Iterable[str]", value))
        case Kind.CHOICE | Kind.REQUEST_TYPE:
            return _named(field, project, str(value))
        case Kind.LINE | Kind.DATE | Kind.USER:
            return str(value)


def _named(field: Field, project: Project, name: str) -> Named:
    choices = project.request_types if field.choices is None else field.choices(project)
    for choice in choices:
        if choice.name == name:
            return choice
    raise KeyError(f"no {field.name} {name!r} in {project.key}; there are {[one.name for one in choices]}")


def _fitting(project: Project, issue_type: str | None) -> str | None:
    kinds = [one.name for one in project.request_types if issue_type in {None, one.issue_type}]
    return kinds[0] if kinds else None


def _step(issue: Issue, to: str) -> Transition:
    steps = workflow.possible(issue)
    for one in steps:
        if to in {one.id, one.name, one.to.name}:
            return one
    raise ValueError(f"{issue.key} cannot go to {to!r} now, only to {[one.to.name for one in steps]}")


def _shown(value: object) -> str:
    match value:
        case None | () | "":
            return NOTHING
        case Named():
            return value.name
        case User():
            return value.display_name
        case Rich():
            return value.text
        case tuple():
            return ", ".join(_shown(each) for each in cast("tuple[object, ...]", value))
        case _:
            return str(value)


def _person(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "key": user.key,
        "account_id": user.account_id,
        "display_name": user.display_name,
        "email": user.email,
        "active": user.active,
        "groups": list(user.groups),
    }


def _project(project: Project) -> dict[str, Any]:
    return {
        "key": project.key,
        "name": project.name,
        "is_desk": project.is_desk,
        "issue_types": [one.name for one in project.issue_types],
        "request_types": [one.name for one in project.request_types],
        "components": [one.name for one in project.components],
        "statuses": [one.name for one in project.statuses],
    }


def _comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "author": comment.author.name,
        "body": comment.body.text,
        "public": comment.public,
        "created": comment.created.isoformat(),
        "edited": comment.updated is not None,
        "properties": dict(comment.properties),
    }
