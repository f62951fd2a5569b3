"""The site's memory: every change to it is made here, logged in the changelog, and told to the listeners."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from sandbox.jira import attaching, fields, linking, seed
from sandbox.jira.nasty import Nasty, SearchIndex
from sandbox.jira.records import (
    Attachment,
    Change,
    Comment,
    Flavour,
    Happening,
    Issue,
    Item,
    Named,
    Project,
    Relation,
    Rich,
    Status,
    User,
)

Listener = Callable[[Happening], None]
INTERNAL_PROPERTY = "sd.public.comment"
"""The comment property in which Jira Service Management keeps ``{"internal": true}``."""


@dataclass(frozen=True)
class Edit:
    """One write to an issue, already checked: new values by ``Issue`` attribute."""

    values: Mapping[str, object] = field(default_factory=dict[str, object])
    status: Status | None = None
    metadata: dict[str, Any] | None = None
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Draft:
    """A comment about to be made."""

    body: Rich
    public: bool = True
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    visibility: dict[str, str] | None = None


class Site:
    """People, projects and issues; ``World`` adds what tests and people do with them."""

    def __init__(
        self,
        flavour: Flavour = "cloud",
        *,
        bot_account_id: str = seed.BOT_ACCOUNT_ID,
        bot_email: str = seed.BOT_EMAIL,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.flavour: Flavour = flavour
        self.users = list(seed.people(bot_account_id, bot_email))
        self.empty_groups: set[str] = set()
        """Groups that are there although nobody is in them."""
        self.administers = False
        """Whether the bot is a Jira administrator; a careful site does not make it one."""
        self.projects = {project.key: project for project in seed.projects(self.users[1])}
        self.issues: dict[str, Issue] = {}
        """By id, oldest first."""
        self.listeners: list[Listener] = []
        self.articles: list[tuple[str, str, str]] = []
        """Pages of the knowledge bases: id, title and text."""
        self.nasty = Nasty()
        self.index = SearchIndex()
        self.clock = clock
        self._keys: dict[str, str] = {}
        """Issue ids by key; a moved issue keeps its old keys."""
        self._commented: dict[str, str] = {}
        """Issue ids by comment id."""
        self._pinned: datetime | None = None
        self._issue_ids = itertools.count(10001)
        self._comment_ids = itertools.count(20001)
        self._change_ids = itertools.count(30001)
        self._link_ids = itertools.count(40001)
        self._relation_ids = itertools.count(50001)
        self._attachment_ids = itertools.count(60001)

    @property
    def bot(self) -> User:
        """The account whose credentials the REST API accepts."""
        return self.users[0]

    def now(self) -> datetime:
        """Return the site's time."""
        return self._pinned or self.clock()

    @contextlib.contextmanager
    def replaying(self, at: datetime) -> Generator[None]:
        """Make what happens inside happen at ``at``, untold: history does not send webhooks."""
        before, self._pinned = self._pinned, at
        try:
            yield
        finally:
            self._pinned = before

    def find_user(self, name: str) -> User | None:
        """Return the account with this name, key, account id or e-mail address."""
        return next((user for user in self.users if user.known_as(name)), None)

    def groups(self) -> list[str]:
        """Return the names of all groups, in order."""
        return sorted(self.empty_groups | {name for user in self.users for name in user.groups})

    def has(self, permission: str) -> bool:
        """Say whether the bot has ``permission``, by its key."""
        if permission in self.nasty.missing_permissions:
            return False
        return permission != "ADMINISTER" or self.administers

    def put_person(self, user: User) -> None:
        """Add an account, or replace that of the same name wherever the site names it."""
        old = next((each for each in self.users if each.name == user.name), None)
        if old is None:
            self.users.append(user)
            return
        self.users[self.users.index(old)] = user
        for issue in self.issues.values():
            for role in ("assignee", "reporter", "creator"):
                if getattr(issue, role) == old:
                    setattr(issue, role, user)

    def find(self, key_or_id: str) -> Issue | None:
        """Return the issue with this id or (present or former) key; None: deleted or never there."""
        return self.issues.get(self._keys.get(key_or_id.upper(), key_or_id))

    def find_comment(self, comment_id: str) -> tuple[Issue, Comment] | None:
        """Return the comment and its issue."""
        issue = self.issues.get(self._commented.get(comment_id, ""))
        comments = [] if issue is None else [one for one in issue.comments if one.id == comment_id]
        return (issue, comments[0]) if issue is not None and comments else None

    def listed(self, name: str) -> list[Named]:
        """Return every value of a list on the site: status, priority, issuetype, resolution or component."""
        if name in {"priority", "resolution"}:
            return list(seed.PRIORITIES if name == "priority" else seed.RESOLUTIONS)
        attribute = {"status": "statuses", "issuetype": "issue_types", "component": "components"}[name]
        found = [one for project in self.projects.values() for one in getattr(project, attribute)]
        return list({one.id: one for one in found}.values())

    def create(
        self,
        project: Project,
        values: Mapping[str, Any],
        actor: User,
        properties: Mapping[str, Any] | None = None,
    ) -> Issue:
        """Make an issue; ``values`` by attribute, ``issuetype`` and ``summary`` among them."""
        now = self.now()
        project.issues_made += 1
        first: dict[str, Any] = {"reporter": actor, "priority": seed.PRIORITIES[2], **values}
        issue = Issue(
            id=str(next(self._issue_ids)),
            key=f"{project.key}-{project.issues_made}",
            project=project,
            creator=actor,
            status=project.statuses[0],
            created=now,
            updated=now,
            properties=dict(properties or {}),
            past=self._pinned is not None,
            **first,
        )
        self.issues[issue.id] = issue
        self._keys[issue.key] = issue.id
        self.index.created(issue, now)
        self._tell("jira:issue_created", "issue_created", issue, actor)
        return issue

    def apply(self, issue: Issue, actor: User, edit: Edit) -> Change | None:
        """Carry out ``edit`` as one entry of the changelog; None when it changed no field."""
        items = self._items(issue, edit)
        issue.properties.update(edit.properties)
        if not items:
            return None
        now = self._touch(issue)
        for name, value in edit.values.items():
            setattr(issue, name, value)
        if edit.status is not None:
            issue.status = edit.status
        if issue.resolution is None:
            issue.resolved = None
        elif any(item.field_id == "resolution" for item in items):
            issue.resolved = now
        return self._log(issue, actor, items, metadata=edit.metadata)

    def _items(self, issue: Issue, edit: Edit) -> list[Item]:
        items: list[Item] = []
        for name, value in edit.values.items():
            known = fields.BY_ATTRIBUTE[name]
            items += fields.items_of(known, fields.value_of(issue, known), value, self.flavour)
        if edit.status is not None and edit.status != issue.status:
            old, new = issue.status, edit.status
            items.append(Item("status", "status", old.id, old.name, new.id, new.name))
        return items

    def _log(
        self, issue: Issue, actor: User, items: list[Item], *, kind: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> Change:  # fmt: skip
        change = Change(str(next(self._change_ids)), actor, issue.updated, tuple(items), metadata)
        issue.changes.append(change)
        self._tell("jira:issue_updated", kind or _kind_of(items), issue, actor, change=change)
        return change

    def relate(self, issue: Issue, actor: User, wish: linking.Wish, metadata: dict[str, Any] | None) -> None:
        """Link two issues, each of which tells it in its changelog; what is linked already stays as it is."""
        if linking.is_there(issue, wish):
            return
        link_id = str(next(self._relation_ids))
        for end, other, outward in (
            (issue, wish.other, wish.is_outward),
            (wish.other, issue, not wish.is_outward),
        ):
            self._touch(end)
            relation = Relation(link_id, wish.type, other, outward)
            end.relations.append(relation)
            mine = metadata if end is issue else None
            self._log(end, actor, [linking.item_of(relation)], metadata=mine)

    def move(self, issue: Issue, project: Project, actor: User) -> None:
        """Move ``issue``: its key changes, its id stays, values its new project lacks are lost."""
        old_key, old_project = issue.key, issue.project
        self._touch(issue)
        project.issues_made += 1
        issue.project, issue.key = project, f"{project.key}-{project.issues_made}"
        issue.issuetype, issue.status = project.issue_types[0], project.statuses[0]
        issue.components, issue.request_type = (), None
        self._keys[issue.key] = issue.id
        items = [
            Item("Key", "key", None, old_key, None, issue.key),
            Item("project", "project", old_project.id, old_project.name, project.id, project.name),
        ]
        self._log(issue, actor, items, kind="issue_moved")

    def remove(self, issue: Issue, actor: User) -> None:
        """Delete ``issue`` for good."""
        del self.issues[issue.id]
        self._tell("jira:issue_deleted", "", issue, actor)

    def add_comment(self, issue: Issue, actor: User, draft: Draft) -> Comment:
        """Add a comment; outside service projects every comment is public."""
        now = self._touch(issue)
        public = draft.public or not issue.project.is_desk
        properties = dict(draft.properties)
        if not public:
            properties[INTERNAL_PROPERTY] = {"internal": True}
        comment = Comment(
            str(next(self._comment_ids)), actor, draft.body, now, public, properties, draft.visibility
        )
        issue.comments.append(comment)
        self._commented[comment.id] = issue.id
        self._tell("comment_created", "issue_commented", issue, actor, comment=comment)
        return comment

    def add_attachment(
        self, issue: Issue, actor: User, name: str, *, kind: str = "", size_bytes: int = 1
    ) -> Attachment:
        """Put a file on ``issue``, which is told as a change of it; ``kind``: guessed when empty."""
        now = self._touch(issue)
        made = Attachment(
            str(next(self._attachment_ids)), name, kind or attaching.kind_of(name), size_bytes, actor, now
        )
        issue.attachments.append(made)
        self._log(issue, actor, [attaching.item_of(made)])
        return made

    def edit_comment(self, issue: Issue, comment: Comment, actor: User, body: Rich) -> None:
        """Replace the text of ``comment``."""
        comment.updated, comment.update_author, comment.body = self._touch(issue), actor, body
        self._tell("comment_updated", "issue_comment_edited", issue, actor, comment=comment)

    def settle_visibility(self, issue: Issue, comment: Comment) -> None:
        """Follow the property ``sd.public.comment`` after it was written."""
        comment.public = not (
            issue.project.is_desk and says_internal(comment.properties.get(INTERNAL_PROPERTY))
        )

    def remove_comment(self, issue: Issue, comment: Comment, actor: User) -> None:
        """Delete ``comment`` for good."""
        self._touch(issue)
        issue.comments.remove(comment)
        self._tell("comment_deleted", "issue_comment_deleted", issue, actor, comment=comment)

    def link(self, issue: Issue, link: dict[str, Any]) -> tuple[str, bool]:
        """Make a remote link, or replace that with its ``globalId``; return its id and whether it is new."""
        known = link.get("globalId")
        for link_id, old in issue.links.items():
            if known is not None and old.get("globalId") == known:
                issue.links[link_id] = link
                return link_id, False
        link_id = str(next(self._link_ids))
        issue.links[link_id] = link
        return link_id, True

    def _touch(self, issue: Issue) -> datetime:
        now = self.now()
        self.index.before(issue, now, self.nasty.search_lag_s)
        issue.updated = now
        issue.past = self._pinned is not None
        return now

    def _tell(
        self, event: str, kind: str, issue: Issue, actor: User, *,
        change: Change | None = None, comment: Comment | None = None,
    ) -> None:  # fmt: skip
        if self._pinned is not None:
            return
        happening = Happening(event, kind, issue, actor, self.now(), change, comment)
        for listener in self.listeners:
            listener(happening)


def says_internal(value: object) -> bool:
    """Read the value of ``sd.public.comment``."""
    return isinstance(value, dict) and cast("dict[str, Any]", value).get("internal") in {True, "true"}


def _kind_of(items: list[Item]) -> str:
    """Name the event as the workflow and the edit screens do."""
    changed = {item.field_id for item in items}
    if "status" in changed:
        return "issue_generic"
    return "issue_assigned" if changed == {"assignee"} else "issue_updated"
