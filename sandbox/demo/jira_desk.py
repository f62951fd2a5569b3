"""The fake Jira as the page shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from typing_extensions import override

from sandbox.demo.desk import Desk, Entry, Field, Opened, Option, Person, Row, Step, select, typed
from sandbox.jira import World, workflow
from sandbox.jira import seed as site
from sandbox.jira.records import Comment, Issue, Named, User

REQUESTER: Final = "dan"
AGENTS: Final = ("alice", "bob", "carol")
UNSET: Final[Option] = {"value": "", "label": "not set"}
OPENED: Final = "opened the ticket"
RESOLUTION: Final = "Done"
"""What a person picks on the screen of a transition that asks for a resolution."""


class JiraDesk(Desk):
    """Project OPS and its people."""

    system = "jira"

    def __init__(self, world: World) -> None:
        self._world = world

    @override
    def on_change(self, ring: Callable[[], None]) -> None:
        self._world.listeners.append(lambda _happening: ring())

    @override
    def people(self) -> list[Person]:
        return [
            {"id": name, "name": self._world.user(name).display_name, "agent": name != REQUESTER}
            for name in (*AGENTS, REQUESTER)
        ]

    @override
    def rows(self) -> list[Row]:
        live = [issue for issue in self._world.issues.values() if not issue.past]
        return [_row(issue) for issue in reversed(live)]

    @override
    def key_of(self, reference: str) -> str:
        return self._world.issue(reference).key

    @override
    def opened(self, key: str) -> Opened:
        issue = self._world.issue(key)
        return {
            "row": _row(issue),
            "requester": _name(issue.reporter),
            "created": issue.created.isoformat(),
            "description": issue.description.text if issue.description else "",
            "fields": self._fields(issue),
            "entries": [self._entry(comment, issue) for comment in issue.comments],
            "history": self._history(issue),
        }

    @override
    def create(self, summary: str, description: str) -> str:
        return self._world.create_issue(summary, reporter=REQUESTER, description=description)

    @override
    def comment(self, key: str, person: str, text: str, *, internal: bool) -> None:
        self._world.comment(key, person, text, public=not internal)

    @override
    def edit(self, key: str, person: str, name: str, value: str) -> None:
        if name == "status":
            self._move(key, person, value)
        elif name in {"components", "labels"}:
            self._world.edit(
                key, person, **{name: [part.strip() for part in value.split(",") if part.strip()]}
            )
        else:
            self._world.edit(key, person, **{name: value or None})

    def _move(self, key: str, person: str, to: str) -> None:
        issue = self._world.issue(key)
        if to == issue.status.name:
            return
        step = next((one for one in workflow.possible(issue) if to == one.id), None)
        asks = step is not None and "resolution" in step.required
        self._world.transition(key, person, to, resolution=RESOLUTION if asks else None)

    def _fields(self, issue: Issue) -> list[Field]:
        who: list[Option] = [{"value": n, "label": self._world.user(n).display_name} for n in AGENTS]
        steps: list[Option] = [{"value": s.id, "label": s.to.name} for s in workflow.possible(issue)]
        now = issue.status.name
        assignee = issue.assignee
        login = assignee.name if assignee else ""
        components = ", ".join(one.name for one in issue.components)
        return [
            select("status", "Status", (now, now), [{"value": now, "label": now}, *steps]),
            _menu("priority", "Priority", issue.priority, site.PRIORITIES),
            select(
                "components", "Component", (components, components),
                _kept(components, [UNSET, *_options(issue.project.components)]),
            ),
            select(
                "assignee", "Assignee", (_name(assignee) if assignee else "", login),
                _kept(login, [UNSET, *who]),
            ),
            typed("labels", "Labels", ", ".join(issue.labels)),
            typed("summary", "Summary", issue.summary),
            typed("request_type", "Request type", _label(issue.request_type), "fixed"),
        ]  # fmt: skip

    def _entry(self, comment: Comment, issue: Issue) -> Entry:
        return {
            "id": comment.id,
            "author": comment.author.display_name,
            "bot": comment.author is self._world.bot,
            "internal": not comment.public and issue.project.is_desk,
            "at": (comment.updated or comment.created).isoformat(),
            "text": comment.body.text,
            "markup": "wiki",
            "edited": comment.updated is not None,
        }

    def _history(self, issue: Issue) -> list[Step]:
        steps: list[Step] = [
            {
                "at": change.at.isoformat(),
                "who": change.author.display_name,
                "bot": change.author is self._world.bot,
                "what": f"{item.field}: {item.old_text or 'not set'} → {item.new_text or 'not set'}",
            }
            for change in issue.changes
            for item in change.items
        ]
        return [
            {
                "at": issue.created.isoformat(),
                "who": issue.creator.display_name,
                "bot": False,
                "what": OPENED,
            },
            *steps,
        ]


def _row(issue: Issue) -> Row:
    return {
        "id": f"jira:{issue.key}",
        "system": "jira",
        "key": issue.key,
        "summary": issue.summary,
        "status": issue.status.name,
        "priority": _label(issue.priority),
        "updated": issue.updated.isoformat(),
        "done": issue.status.category.key == "done",
        "notes": sum(not comment.public for comment in issue.comments),
    }


def _menu(name: str, label: str, value: Named | None, choices: Sequence[Named]) -> Field:
    return select(name, label, (_label(value), _label(value)), _options(choices))


def _options(choices: Sequence[Named]) -> list[Option]:
    return [{"value": one.name, "label": one.name} for one in choices]


def _kept(value: str, options: list[Option]) -> list[Option]:
    """Return ``options`` with the present value among them, though it may be more than one."""
    known = any(option["value"] == value for option in options)
    return options if known else [{"value": value, "label": value}, *options]


def _label(value: Named | None) -> str:
    return value.name if value else ""


def _name(user: User | None) -> str:
    return user.display_name if user else "nobody"
