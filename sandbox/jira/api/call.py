"""One request to the API: what it asks, who asks, and how its parts are read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from aiohttp import web

from sandbox.jira.answers import NOT_FOUND, Refused, refusal
from sandbox.jira.fields import Reading
from sandbox.jira.nasty import WriteLimit
from sandbox.jira.records import Issue, Project, User
from sandbox.jira.shapes import Shapes, stamp
from sandbox.jira.webhooks import Webhooks
from sandbox.jira.world import World


@dataclass(frozen=True)
class Call:
    """A request whose body has been read; ``version`` is 2 or 3 (2 outside ``/rest/api``)."""

    request: web.Request
    body: Any
    """The JSON sent; None: no body."""
    version: str
    world: World
    hooks: Webhooks
    limit: WriteLimit
    base: str

    @property
    def actor(self) -> User:
        """Who is asking: the only account with credentials is the bot's."""
        return self.world.bot

    @property
    def is_cloud(self) -> bool:
        """Whether this is the Cloud shape."""
        return self.world.flavour == "cloud"

    @property
    def shapes(self) -> Shapes:
        """How values are shown to this caller."""
        nasty = self.world.nasty
        hidden = frozenset(nasty.hidden_emails)
        return Shapes(self.base, self.world.flavour, self.version, hidden=hidden, masked=nasty.masked_emails)

    def has(self, *permissions: str) -> bool:
        """Say whether the bot has one of these global or project permissions."""
        return any(self.world.has(permission) for permission in permissions)

    def reading(self, project: Project) -> Reading:
        """Return how values sent for ``project`` are read."""
        return Reading(project, self.world.flavour, self.version, self.world.find_user)

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        """Return a query parameter."""
        return self.request.query.get(name, default)

    def is_expanded(self, name: str) -> bool:
        """Say whether ``expand`` asks for ``name``."""
        return name in self.listed("expand")

    def listed(self, name: str) -> list[str]:
        """Return a parameter that may be repeated and hold commas."""
        values = self.request.query.getall(name, [])
        return [one.strip() for value in values for one in value.split(",") if one.strip()]

    def number(self, name: str, default: int) -> int:
        """Return a parameter that is a number from 0 on.

        Raises:
            Refused: 404, as Jira answers a parameter of the wrong type.
        """
        value = self.query(name, str(default))
        if not value.isdecimal():
            raise refusal(404, f'For input string: "{value}"')
        return int(value)

    def fields(self) -> dict[str, Any]:
        """Return the body as an object.

        Raises:
            Refused: 400, it is none.
        """
        body: object = self.body
        if not isinstance(body, dict):
            raise refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return cast("dict[str, Any]", body)

    def issue(self, *, to_write: bool = False, forbidden: int = 403) -> Issue:
        """Return the issue in the path.

        Raises:
            Refused: 404; when it is to be written also ``forbidden`` (the operations differ in what they
                answer to a lack of permission) and, with the limit on, 429.
        """
        issue = self.world.find(self.path("issue"))
        if issue is None:
            raise refusal(404, NOT_FOUND)
        if to_write:
            self._check_write(issue, forbidden)
        return issue

    def _check_write(self, issue: Issue, forbidden: int) -> None:
        nasty = self.world.nasty
        if issue.key in nasty.read_only:
            raise refusal(forbidden, "You do not have permission to edit issues in this project.")
        if not nasty.issue_write_limit:
            return
        wait_s = self.limit.wait_s(issue.id, time.monotonic())
        if wait_s > 0:
            raise self._too_many(wait_s)

    def _too_many(self, wait_s: float) -> Refused:
        seconds = int(wait_s) + 1
        headers = {
            "Retry-After": str(seconds),
            "RateLimit-Reason": "jira-per-issue-on-write",
            "X-RateLimit-Reset": stamp(self.world.now()),
        }
        return Refused(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}, headers)

    def project(self, name: str = "project") -> Project:
        """Return the project in the path, by key or id.

        Raises:
            Refused: 404.
        """
        wanted = self.path(name)
        for project in self.world.projects.values():
            if wanted in {project.key, project.id}:
                return project
        raise refusal(404, f"No project could be found with key '{wanted}'.")


Handler: TypeAlias = Callable[[Call], web.Response]
Route: TypeAlias = tuple[str, str, Handler]


def done(body: object = None, status: int = 200) -> web.Response:
    """Answer with JSON, or with nothing at all when ``status`` is 204."""
    return web.Response(status=204) if status == 204 else web.json_response(body, status=status)  # noqa: PLR2004  # No Content


def page(call: Call, values: list[Any], default: int) -> tuple[list[Any], int, int]:
    """Cut ``values`` by ``startAt`` and ``maxResults``; return the part, where it starts and the limit."""
    start, limit = call.number("startAt", 0), call.number("maxResults", default)
    return values[start : start + limit], start, limit
