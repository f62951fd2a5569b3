"""One Web API call: how its arguments are read, and what a method declares about itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.slack.limits import TIER_3
from sandbox.slack.shapes import as_array, as_object
from sandbox.slack.store import SlackError

TRUE = frozenset({"1", "true", "True"})


@dataclass(frozen=True)
class Call:
    """The arguments of one call and who makes it."""

    args: Mapping[str, Any]
    scopes: frozenset[str]
    execution: str = ""
    """The run of a workflow step whose token was used; empty: the app's own was."""

    def text(self, name: str) -> str:
        """Return a string argument; empty: not given."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return a boolean argument, given as JSON or as a word."""
        value = self.args.get(name)
        return value is True or str(value) in TRUE

    def number(self, name: str, default: int) -> int:
        """Return a whole-number argument.

        Raises:
            SlackError: it is none.
        """
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError(f"invalid_{name}") from None

    def parsed(self, name: str, code: str) -> Any:
        """Return an argument that is JSON, given as such or as a string of it; ``None``: not given.

        Raises:
            SlackError: with ``code``, when it cannot be read.
        """
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(code) from None

    def array(self, name: str, code: str) -> list[Any] | None:
        """Return a list argument; ``None``: not given."""
        value = self.parsed(name, code)
        if value is not None and as_array(value) is None:
            raise SlackError(code)
        return as_array(value)

    def object(self, name: str, code: str) -> dict[str, Any] | None:
        """Return an object argument; ``None``: not given."""
        value = self.parsed(name, code)
        if value is not None and as_object(value) is None:
            raise SlackError(code)
        return as_object(value)

    def names(self, name: str) -> list[str]:
        """Return a list of names, given as JSON or separated by commas."""
        value = self.args.get(name)
        items = as_array(value)
        if items is None:
            items = [part.strip() for part in str(value or "").split(",")]
        return [str(item) for item in items if item]


@dataclass(frozen=True)
class Method:
    """A Web API method as this Slack has it."""

    run: Callable[[Call], dict[str, Any]]
    scopes: frozenset[str] = frozenset()
    """Any one of these lets it run; empty: none is needed."""
    required: tuple[str, ...] = ()
    per_minute: int = TIER_3
    reads: bool = False
    """Reading methods take their arguments from the query or a form, never from a JSON body."""
    token: str = "bot"
    """``bot``, ``app`` (``apps.connections.open``) or ``none`` (``api.test``)."""
    posts: bool = field(default=False)
    """Counts against the limit of its channel too."""


async def arguments(request: web.Request, *, reads: bool) -> dict[str, Any]:
    """Return the arguments of a call from its query and its body.

    Raises:
        SlackError: the body is not what its content type says.
    """
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.read()
        return args if reads or not body else {**args, **_json_body(body)}
    if request.content_type == "multipart/form-data":
        return {
            **args,
            **{key: value for key, value in (await request.post()).items() if isinstance(value, str)},
        }
    text = (await request.read()).decode(errors="replace")
    return {**args, **dict(parse_qsl(text, keep_blank_values=True))}


def _json_body(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    found = as_object(value)
    if found is None:
        raise SlackError("json_not_object")
    if "token" in found:
        # docs.slack.dev/apis/web-api: with a JSON body the token goes into the header.
        del found["token"]
    return found


def page(items: list[Any], call: Call, default: int, most: int = 1000) -> tuple[list[Any], dict[str, Any]]:
    """Return one page of ``items`` and the metadata that leads to the next.

    Raises:
        SlackError: a cursor or a limit that makes no sense.
    """
    limit = call.number("limit", default)
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    cursor = call.text("cursor")
    if cursor and not (cursor.startswith("after:") and cursor[6:].isdigit()):
        raise SlackError("invalid_cursor")
    start = int(cursor[6:]) if cursor else 0
    following = f"after:{start + limit}" if start + limit < len(items) else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": following}}
