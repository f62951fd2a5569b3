"""The system of tickets as it really is: what it holds, what was done to it by whom, and whom it tells.

It understands the very requests that the Jira verbs plan. What it commits it writes down, once per commit;
that log is what the bot's own words are held against in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.core.actions import Request, VendorAnswer
from bot.core.errors import Missing, Refused
from bot.core.foreign import thing, things
from bot.core.ids import Operation
from bot.core.tickets import Actor, Comment, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors.jira.place import FIELD, Kind, Place
from tests.simulation.chance import Dice

CONNECTOR: Final = "jira"
US: Final = Actor("557058:bot", Untrusted("Countersign"), is_us=True, is_person=False)
REQUESTER: Final = Actor("557058:rita", Untrusted("Rita Requester"))
AGENTS: Final = (Actor("557058:arne", Untrusted("Arne Agent")), Actor("557058:anna", Untrusted("Anna Agent")))
PRIORITIES: Final = (Value("1", "Highest"), Value("2", "High"), Value("3", "Medium"), Value("4", "Low"))
COMPONENTS: Final = (Value("31", "Mail"), Value("32", "Printing"), Value("33", "Network"))
KINDS: Final = (Value("11", "Incident"), Value("12", "Question"))
STATUSES: Final = (Value("1", "Open"), Value("3", "In Progress"), Value("6", "Done"))
PEOPLE: Final = tuple(Value(each.id, each.name.clean()) for each in AGENTS)
KNOWN: Final[Mapping[str, tuple[Value, ...]]] = {
    "priority": PRIORITIES,
    "components": COMPONENTS,
    "issuetype": KINDS,
    "assignee": PEOPLE,
    "status": STATUSES,
}
DONE: Final = STATUSES[2]
STEPS: Final[Mapping[str, Value]] = {"21": STATUSES[1], "31": DONE, "11": STATUSES[0]}
"""Id of a transition to the status it leads to."""
Listener = Callable[["Issue", str, Actor, "Comment | None"], None]


@dataclass(slots=True)
class Issue:
    """One ticket."""

    id: str
    key: str
    place: Kind
    summary: str
    description: str
    created: datetime
    updated: datetime
    fields: dict[str, FieldValue]
    version: int = 1
    deleted: bool = False
    operations: set[Operation] = field(default_factory=set[Operation])
    comments: list[Comment] = field(default_factory=list[Comment])

    @property
    def closed(self) -> bool:
        """Whether its status says that all is done."""
        return self.fields["status"] == (DONE,)


@dataclass(frozen=True, slots=True)
class Write:
    """One thing the bot committed here."""

    at: float
    issue: str
    operation: Operation
    kind: str
    """``note``, ``reply``, ``edit`` or ``transition``."""
    fields: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    before: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    text: str = ""
    public: bool | None = None
    """Whether customers read what was said; None when nothing was said."""
    internal_wanted: bool = False


@dataclass(slots=True)
class Seen:
    """One read of a ticket by anybody of the bot."""

    at: float
    issue: str
    version: int


class Tracker:
    """All tickets, and the log of what the bot did to them."""

    def __init__(self, dice: Dice, wall: Callable[[], float], told: Listener) -> None:
        """``told`` is called after every change, with what a webhook would say."""
        self.dice, self._wall, self._told = dice, wall, told
        self.issues: dict[str, Issue] = {}
        self.writes: list[Write] = []
        self.reads: list[Seen] = []
        self.history: dict[str, list[tuple[float, Mapping[str, FieldValue]]]] = {}
        """What each ticket's fields have held, and since when; oldest first."""
        self._numbers = 1000

    def now(self) -> datetime:
        """Return the vendor's clock, in milliseconds as it writes it."""
        return datetime.fromtimestamp(round(self._wall(), 3), UTC)

    # -- people and automations ----------------------------------------------------------------------------

    def open(self, summary: str, description: str, place: Kind) -> Issue:
        """Make a ticket."""
        self._numbers += 1
        at = self.now()
        low = self.dice.choice(PRIORITIES[2:])
        issue = Issue(
            id=str(self._numbers),
            key=f"OPS-{self._numbers - 1000}",
            place=place,
            summary=summary,
            description=description,
            created=at,
            updated=at,
            fields={
                "priority": (low,),
                "components": (),
                "issuetype": (KINDS[0],),
                "assignee": (),
                "status": (STATUSES[0],),
            },
        )
        self.issues[issue.id] = issue
        self.history[issue.id] = [(self._wall(), dict(issue.fields))]
        self._told(issue, "jira:issue_created", REQUESTER, None)
        return issue

    def edit(self, issue: Issue, by: Actor, **fields: FieldValue) -> None:
        """Change fields as a person does."""
        issue.fields.update(fields)
        self._changed(issue, by)

    def reword(self, issue: Issue, summary: str) -> None:
        """Change what the ticket says."""
        issue.summary = summary
        self._changed(issue, REQUESTER)

    def say(self, issue: Issue, by: Actor, text: str, *, public: bool) -> None:
        """Write a comment as a person does."""
        comment = Comment(self._number(), self.now(), by, public, Untrusted(text))
        issue.comments.append(comment)
        self._changed(issue, by, "comment_created", comment)

    def delete(self, issue: Issue) -> None:
        """Delete it for good."""
        issue.deleted = True
        self._changed(issue, AGENTS[0], "jira:issue_deleted")

    def held(self, issue: str, since: float, until: float) -> list[Mapping[str, FieldValue]]:
        """Return everything the ticket's fields have held from ``since`` until just before ``until``."""
        spans = self.history[issue]
        ends = [start for start, _ in spans[1:]] + [until]
        return [
            fields for (start, fields), end in zip(spans, ends, strict=True) if start < until and end >= since
        ]

    # -- what the bot asks ---------------------------------------------------------------------------------

    def snapshot(self, ref: TicketRef) -> Snapshot:
        """Return a ticket as it is. Raises Missing."""
        issue = self._there(ref.id)
        self.reads.append(Seen(self._wall(), issue.id, issue.version))
        place = Place(cloud=True, kind=issue.place)
        ticket = Ticket(
            ref=ref,
            key=issue.key,
            url=f"https://jira.example.com/browse/{issue.key}",
            queue="OPS",
            kind=issue.fields["issuetype"][0].label,
            status=issue.fields["status"][0],
            closed=issue.closed,
            summary=Untrusted(issue.summary),
            description=Untrusted(issue.description),
            fields={**issue.fields, FIELD: place.values()},
            reporter=REQUESTER,
            created_at=issue.created,
            updated_at=issue.updated,
            version=f"{issue.updated.isoformat()}/{issue.version}",
            operations=frozenset(issue.operations),
        )
        return Snapshot(ticket, tuple(issue.comments), notes_editable=True)

    def commit(self, request: Request, *, drop: bool = False, leak: bool = False) -> VendorAnswer:
        """Carry a request out. Raises Missing or Refused, and then nothing has changed.

        ``drop``: leave one field out and say yes all the same; ``leak``: make an internal comment public.
        """
        parts = request.path.strip("/").split("/")
        issue = self._there(next(part for part in parts if part.isdigit() and len(part) > 1))
        if "comment" in parts:
            return self._comment(issue, request, parts[-1] if parts[-1] != "comment" else "", leak=leak)
        fields = self._fields(issue, request)
        if drop and len(fields) > 1:
            del fields[self.dice.choice(sorted(fields))]
        before = {name: issue.fields[name] for name in fields}
        issue.fields.update(fields)
        issue.operations.add(request.operation)
        self.writes.append(
            Write(
                self._wall(),
                issue.id,
                request.operation,
                "transition" if "transition" in request.body else "edit",
                fields=dict(fields),
                before=before,
            )
        )
        self._changed(issue, US)
        return VendorAnswer(204)

    def withdraw(self, ref: TicketRef, comment: str) -> bool:
        """Delete a comment of ours."""
        issue = self._there(ref.id)
        issue.comments = [each for each in issue.comments if each.id != comment]
        self._changed(issue, US, "comment_deleted")
        return True

    # -- inside --------------------------------------------------------------------------------------------

    def _there(self, ident: str) -> Issue:
        issue = self.issues.get(ident)
        if issue is None or issue.deleted:
            raise Missing("Issue does not exist or you do not have permission to see it.")
        return issue

    def _fields(self, issue: Issue, request: Request) -> dict[str, FieldValue]:
        """Read what an edit or a transition would set."""
        fields = {name: _picked(name, raw) for name, raw in thing(request.body.get("fields")).items()}
        for name, steps in thing(request.body.get("update")).items():
            fields[name] = _stepped(name, issue.fields[name], things(steps))
        step = thing(request.body.get("transition")).get("id")
        if step is not None:
            to = STEPS.get(str(step))
            if to is None or issue.closed:
                raise Refused(
                    "It seems that you have tried to perform a workflow operation that is not valid."
                )
            fields["status"] = (to,)
        return fields

    def _comment(self, issue: Issue, request: Request, replaces: str, *, leak: bool) -> VendorAnswer:
        desk = request.path.startswith("/rest/servicedeskapi/")
        internal = (desk and request.body.get("public") is False) or any(
            thing(each.get("value")).get("internal") for each in things(request.body.get("properties"))
        )
        public = issue.place != "project" and (leak or not internal)
        kind = next(
            (thing(each.get("value")).get("kind") for each in things(request.body.get("properties"))), None
        )
        text = str(request.body["body"])
        made = replaces or self._number()
        comment = Comment(made, self.now(), US, public, Untrusted(text), request.operation)
        if replaces:
            if all(each.id != replaces for each in issue.comments):
                raise Missing(f"Can not find a comment for the id: {replaces}.")
            issue.comments = [
                replace(comment, at=each.at) if each.id == replaces else each for each in issue.comments
            ]
        else:
            issue.comments.append(comment)
        self.writes.append(
            Write(
                self._wall(),
                issue.id,
                request.operation,
                str(kind or "note"),
                text=text,
                public=public,
                internal_wanted=request.expects_internal,
            )
        )
        self._changed(issue, US, "comment_updated" if replaces else "comment_created", comment)
        return VendorAnswer(200 if replaces else 201, {"id": made})

    def _changed(
        self, issue: Issue, by: Actor, what: str = "jira:issue_updated", comment: Comment | None = None
    ) -> None:
        issue.version += 1
        issue.updated = self.now()
        self.history[issue.id].append((self._wall(), dict(issue.fields)))
        self._told(issue, what, by, comment)

    def _number(self) -> str:
        self._numbers += 1
        return str(self._numbers)


def webhook(issue: Issue, what: str, by: Actor, comment: Comment | None) -> dict[str, Any]:
    """Return what Jira Cloud posts about a change."""
    body: dict[str, Any] = {
        "webhookEvent": what,
        "timestamp": round(issue.updated.timestamp() * 1000),
        "user": {"accountId": by.id, "displayName": by.name.clean()},
        "issue": {"id": issue.id, "key": issue.key, "fields": {"summary": issue.summary}},
    }
    if comment is not None:
        body["comment"] = {"id": comment.id, "updated": issue.updated.isoformat()}
        body["comment"]["author"] = body["comment"]["updateAuthor"] = body.pop("user")
    return body


def _picked(name: str, raw: Any) -> FieldValue:
    listed = things(raw) or ([raw] if raw else [])
    return tuple(_value(name, each) for each in listed)


def _value(name: str, raw: Any) -> Value:
    ident = str(raw.get("id") or raw.get("accountId"))
    found = next((each for each in KNOWN[name] if each.id == ident), None)
    if found is None:
        raise Refused(f"{name}: {ident} is not valid")
    return found


def _stepped(name: str, before: FieldValue, steps: list[Any]) -> FieldValue:
    after = {each.id: each for each in before}
    for step in steps:
        if "add" in step:
            added = _value(name, step["add"])
            after[added.id] = added
        else:
            after.pop(_value(name, step["remove"]).id, None)
    return tuple(after.values())
