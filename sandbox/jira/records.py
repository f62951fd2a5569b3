"""What a Jira site is made of, as plain values; nothing here knows HTTP or JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

Flavour: TypeAlias = Literal["cloud", "dc"]


@dataclass(frozen=True)
class User:
    """One account: Cloud names it by ``account_id``, Data Center by ``name`` and ``key``."""

    name: str
    key: str
    account_id: str
    display_name: str
    email: str
    active: bool = True
    account_type: str = "atlassian"
    """Cloud only: ``atlassian``, ``app`` or ``customer``."""
    groups: tuple[str, ...] = ()

    def known_as(self, name: str) -> bool:
        """Say whether ``name`` is one of this account's identifiers."""
        return name in {self.name, self.key, self.account_id, self.email}


@dataclass(frozen=True)
class Named:
    """A value picked from a list: a priority, component, issue type, resolution or option."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class Category:
    """The coarse kind of a status."""

    id: int
    key: str
    name: str
    colour: str


@dataclass(frozen=True)
class Status(Named):
    """A state of the workflow; ``category`` is never left out, the default serves the dataclass order."""

    category: Category = Category(1, "undefined", "No Category", "medium-gray")


@dataclass(frozen=True)
class Transition:
    """A way from some statuses to one. Names are not unique within a workflow; ids are."""

    id: str
    name: str
    sources: tuple[str, ...]
    """Status ids it starts from."""
    to: Status
    screen: tuple[str, ...] = ()
    """Fields it shows; empty: no screen."""
    required: tuple[str, ...] = ()
    resolution: str = ""
    """Resolution its post-function sets; ``-`` clears it; empty leaves it alone."""


@dataclass(frozen=True)
class RequestType(Named):
    """What a customer picks in the portal; becomes a request of one issue type."""

    issue_type: str = ""
    """Name of that issue type."""
    key: str = ""
    """The portal's key, which Data Center uses in the field's value."""


@dataclass
class Project:
    """A project and its configuration. ``desk_id`` is set for service projects only."""

    id: str
    key: str
    name: str
    lead: User
    issue_types: tuple[Named, ...]
    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]
    components: tuple[Named, ...]
    screen: tuple[str, ...]
    """Field ids on its create and edit screens."""
    desk_id: str = ""
    request_types: tuple[RequestType, ...] = ()
    asked: tuple[Any, ...] = ()
    """Fields of its own on its create screen, see ``sandbox.jira.asking``."""
    issues_made: int = 0

    @property
    def is_desk(self) -> bool:
        """Whether this is a Jira Service Management project."""
        return bool(self.desk_id)


@dataclass(frozen=True)
class Rich:
    """Formatted text: what v2 shows, and the document when it was sent as one through v3."""

    text: str
    document: dict[str, Any] | None = None


@dataclass
class Comment:
    """One comment. ``public`` means something in service projects only."""

    id: str
    author: User
    body: Rich
    created: datetime
    public: bool = True
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    visibility: dict[str, str] | None = None
    """Restriction to a role or group; a different thing from internal and public."""
    updated: datetime | None = None
    update_author: User | None = None


@dataclass(frozen=True)
class Attachment:
    """One file on an issue, without what is in it."""

    id: str
    name: str
    kind: str
    """Its media type."""
    size_bytes: int
    author: User | None
    """None: the account is gone, or nobody was logged in."""
    created: datetime


@dataclass(frozen=True)
class Item:
    """One changed field. ``old`` and ``new`` are ids where the field has ids."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None
    custom: bool = False


@dataclass(frozen=True)
class Change:
    """One entry of the changelog."""

    id: str
    author: User
    at: datetime
    items: tuple[Item, ...]
    metadata: dict[str, Any] | None = None
    """``historyMetadata`` of the request that made the change."""


@dataclass(frozen=True)
class LinkType(Named):
    """A way in which issues belong together."""

    inward: str = ""
    outward: str = ""


@dataclass(frozen=True)
class Relation:
    """One end's view of a link between two issues."""

    id: str
    type: LinkType
    other: Issue
    is_outward: bool


@dataclass
class Issue:
    """One issue. The attributes up to ``status`` are its fields, under Jira's names where it has one."""

    id: str
    key: str
    project: Project
    issuetype: Named
    summary: str
    reporter: User | None
    creator: User
    status: Status
    created: datetime
    updated: datetime
    description: Rich | None = None
    priority: Named | None = None
    components: tuple[Named, ...] = ()
    labels: tuple[str, ...] = ()
    assignee: User | None = None
    duedate: str | None = None
    impact: Named | None = None
    urgency: Named | None = None
    request_type: RequestType | None = None
    security: Named | None = None
    """Its issue security level: who is in none of that level's groups does not see the issue."""
    resolution: Named | None = None
    resolved: datetime | None = None
    comments: list[Comment] = field(default_factory=list[Comment])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    changes: list[Change] = field(default_factory=list[Change])
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    links: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Remote links by their id."""
    relations: list[Relation] = field(default_factory=list[Relation], repr=False)
    """Links to other issues."""
    answers: dict[str, object] = field(default_factory=dict[str, object])
    """What fields of its project's own hold, as JSON."""
    past: bool = False
    """Seeded as history and untouched since; left out of the state people read."""

    @property
    def is_request(self) -> bool:
        """Whether the service desk API knows it."""
        return self.project.is_desk and self.request_type is not None


@dataclass(frozen=True)
class Happening:
    """Something webhooks tell: ``event`` is Jira's name for it, ``kind`` its ``issue_event_type_name``."""

    event: str
    kind: str
    issue: Issue
    actor: User
    at: datetime
    change: Change | None = None
    comment: Comment | None = None
