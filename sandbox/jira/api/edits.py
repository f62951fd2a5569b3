"""Writing issues: create, edit, transition, assign. Everything is checked first, then done as one change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web

from sandbox.jira import asking, linking, workflow
from sandbox.jira.answers import refusal
from sandbox.jira.api.call import Call, Route, done
from sandbox.jira.api.comments import read_draft, settle_visibility
from sandbox.jira.api.issues import EVERYTHING, read_properties, show
from sandbox.jira.fields import FIELDS, FieldError, Kind, operate, read, value_of
from sandbox.jira.records import Issue, Project
from sandbox.jira.site import Draft, Edit

_BESIDE: Final = frozenset({"comment", linking.FIELD})
"""What ``update`` takes beside the fields of a project's screen: one operation of each, and no second one.

As ``IssueLinksRestFieldOperationsHandler`` and the one for comments have it in the source of Jira's server,
under the key ``rest.operations.morethanone``; the words of the refusal are ours.
"""
OFF_SCREEN: Final = "Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."


@dataclass(frozen=True)
class Wanted:
    """What the body of a write asks for, checked."""

    values: dict[str, object]
    """By field id."""
    comments: tuple[Draft, ...]
    links: tuple[linking.Wish, ...] = ()

    def by_attribute(self, dropped: Collection[str]) -> dict[str, object]:
        """Return the values for ``Issue``, without those the site silently drops."""
        return {FIELDS[name].attribute: value for name, value in self.values.items() if name not in dropped}


class _Reader:
    """Collects values and the errors of all fields before refusing any."""

    def __init__(self, call: Call, project: Project, issue: Issue | None) -> None:
        self._call, self._project, self._issue = call, project, issue
        self._reading = call.reading(project)
        self.values: dict[str, object] = {}
        self.comments: list[Draft] = []
        self.links: list[linking.Wish] = []
        self.errors: dict[str, str] = {}

    def take(self, name: str, raw: object) -> None:
        """Read one entry of ``fields``."""
        try:
            self.values[name] = read(FIELDS[name], raw, self._reading)
        except FieldError as wrong:
            self.errors[name] = str(wrong)

    def update(self, name: str, operations: object) -> None:
        """Read one entry of ``update``."""
        if not isinstance(operations, list):
            self.errors[name] = "data was not an array"
            return
        wanted = cast("list[object]", operations)
        if name in _BESIDE and len(wanted) > 1:
            self.errors[name] = f"{len(wanted)} operations for field '{name}', which takes one."
            return
        for operation in wanted:
            given = cast("dict[str, Any]", operation) if isinstance(operation, dict) else {}
            if name == "comment":
                self._comment(given)
            elif name == linking.FIELD:
                self._link(given)
            else:
                self._operate(name, given)

    def _comment(self, operation: Mapping[str, Any]) -> None:
        if set(operation) != {"add"}:
            self.errors["comment"] = "Comments can only be added by an update."
        else:
            self.comments.append(read_draft(self._call, operation["add"]))

    def _link(self, operation: Mapping[str, Any]) -> None:
        try:
            self.links.append(linking.read_link(operation, self._call.world.find))
        except FieldError as wrong:
            self.errors[linking.FIELD] = str(wrong)

    def _operate(self, name: str, operation: Mapping[str, Any]) -> None:
        field = FIELDS[name]
        empty: object = () if field.kind in {Kind.LABELS, Kind.CHOICES} else None
        before = empty if self._issue is None else value_of(self._issue, field)
        try:
            self.values[name] = operate(field, self.values.get(name, before), operation, self._reading)
        except FieldError as wrong:
            self.errors[name] = str(wrong)


def read_wanted(call: Call, project: Project, issue: Issue | None, screen: Collection[str]) -> Wanted:
    """Read ``fields`` and ``update`` of the body.

    Raises:
        Refused: 400 with ``errors`` by field: all of them, and nothing is done.
    """
    body, reader = call.fields(), _Reader(call, project, issue)
    given, updates = _object(body.get("fields")), _object(body.get("update"))
    for name in [*given, *updates]:
        if name not in screen and not (name in _BESIDE and name in updates):
            reader.errors[name] = OFF_SCREEN.format(name=name)
        elif name in given and name in updates:
            reader.errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
        elif name in given:
            reader.take(name, given[name])
        else:
            reader.update(name, updates[name])
    if reader.errors:
        raise refusal(400, errors=reader.errors)
    return Wanted(reader.values, tuple(reader.comments), tuple(reader.links))


def _object(raw: object) -> dict[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise refusal(400, "Can not deserialize instance of an object out of the given value.")
    return cast("dict[str, Any]", raw)


def put_issue(call: Call) -> web.Response:
    """``PUT /issue/{key}``: one change of any number of fields; ``transition`` is ignored here."""
    issue = call.issue(to_write=True)
    wanted = read_wanted(call, issue.project, issue, issue.project.screen)
    edit = Edit(
        wanted.by_attribute(call.world.nasty.drop_fields),
        metadata=_object(call.fields().get("historyMetadata")) or None,
        properties=read_properties(call.fields().get("properties")),
    )
    _commit(call, issue, edit, wanted.comments)
    if linking.FIELD not in call.world.nasty.drop_fields:
        for link in wanted.links:
            call.world.relate(issue, call.actor, link, edit.metadata)
    if call.query("returnIssue") == "true":
        return done(show(call, issue, [], EVERYTHING))
    return done(status=204)


def _commit(call: Call, issue: Issue, edit: Edit, comments: tuple[Draft, ...]) -> None:
    call.world.apply(issue, call.actor, edit)
    for draft in comments:
        call.world.add_comment(issue, call.actor, settle_visibility(call, draft))


def put_transition(call: Call) -> web.Response:
    """``POST /issue/{key}/transitions``: moves the issue, and sets the fields on the transition's screen."""
    issue, body = call.issue(to_write=True, forbidden=400), call.fields()
    asked = _object(body.get("transition"))
    if "id" not in asked:
        raise refusal(400, "Missing 'transition' identifier")
    step = workflow.chosen(issue, asked["id"])
    wanted = read_wanted(call, issue.project, issue, step.screen)
    lacking = workflow.missing(step, wanted.values)
    if lacking:
        raise refusal(400, errors=lacking)
    dropped = call.world.nasty.drop_fields
    values = wanted.by_attribute(dropped)
    if "status" not in dropped and "resolution" not in dropped:
        values["resolution"] = workflow.resolution_after(step, wanted.values, issue.resolution)
    edit = Edit(
        values,
        status=None if "status" in dropped else step.to,
        metadata=_object(body.get("historyMetadata")) or None,
        properties=read_properties(body.get("properties")),
    )
    _commit(call, issue, edit, wanted.comments)
    return done(status=204)


def put_assignee(call: Call) -> web.Response:
    """``PUT /issue/{key}/assignee``: null unassigns, ``-1`` asks for the default, which is nobody here."""
    issue = call.issue(to_write=True)
    try:
        value = read(FIELDS["assignee"], call.fields(), call.reading(issue.project))
    except FieldError as wrong:
        raise refusal(400, errors={"assignee": str(wrong)}) from wrong
    if "assignee" not in call.world.nasty.drop_fields:
        call.world.apply(issue, call.actor, Edit({"assignee": value}))
    return done(status=204)


def post_issue(call: Call) -> web.Response:
    """``POST /issue``: makes an issue; answers its id and key only."""
    given = _object(call.fields().get("fields"))
    project = _project(call, given.pop("project", None))
    missing = {
        name: f"{FIELDS[name].name} is required." for name in ("issuetype", "summary") if name not in given
    }
    if missing:
        raise refusal(400, errors=missing)
    try:
        answers = asking.read_answers(project.asked, given, call.reading(project))
    except asking.FieldErrors as wrong:
        raise refusal(400, errors=wrong.errors) from wrong
    wanted = read_wanted(call, project, None, project.screen)
    values = wanted.by_attribute(call.world.nasty.drop_fields - {"summary", "issuetype"})
    properties = read_properties(call.fields().get("properties"))
    issue = call.world.create(project, {**values, "answers": answers}, call.actor, properties)
    return done({"id": issue.id, "key": issue.key, "self": call.shapes.link(f"issue/{issue.id}")}, 201)


def _project(call: Call, raw: object) -> Project:
    asked = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    for project in call.world.projects.values():
        if project.key == asked.get("key") or project.id == asked.get("id"):
            return project
    raise refusal(400, errors={"project": "Specify a valid project ID or key"})


ROUTES: Final[tuple[Route, ...]] = (
    ("POST", "/issue", post_issue),
    ("PUT", "/issue/{issue}", put_issue),
    ("POST", "/issue/{issue}/transitions", put_transition),
    ("PUT", "/issue/{issue}/assignee", put_assignee),
)
