"""Judges recorded Web API calls by Slack's published contracts: arguments, errors, blocks and views.

``assert_valid(slack.exchanges)`` after any run of the bot; it skips the test without the contracts.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft7Validator, validators

from sandbox.slack.shapes import as_object
from sandbox.vendor import Exchange
from tests.sandbox.slack.conftest import DATA

METHODS = DATA / "slack_kit/priv/docs/methods"
SCHEMAS = DATA / "slack-types-jsonschema"
Json = dict[str, Any]
COMMON_ERRORS = frozenset(
    {
        *(
            "not_authed",
            "invalid_auth",
            "not_allowed_token_type",
            "missing_scope",
            "ratelimited",
            "unknown_method",
        ),
        *("invalid_arguments", "invalid_json", "json_not_object", "internal_error", "fatal_error"),
        *("token_revoked", "token_expired", "account_inactive", "service_unavailable"),
    }
)
"""Any method may answer these: docs.slack.dev/reference/methods, "common errors"."""
COMMON_ARGS = frozenset({"token", "team_id"})
NO_LONGER_REQUIRED = {
    "assistant.threads.setSuggestedPrompts": {"thread_ts"},  # agent_view: prompts belong to the whole tab
    "chat.appendStream": {"markdown_text"},  # chunks instead
}
NEWER_ARGS = {
    "chat.stopStream": {"session_status"},  # in the SDK and in @slack/types since agents have sessions
}
ONLY_DOCUMENTED = frozenset({"agents.sessions.rename"})
"""In the SDK and in Slack's reference, but not in the contracts kept here."""
SCHEMA_OF = {
    "chat.appendStream": "ChatAppendStream",
    "chat.startStream": "ChatStartStream",
    "chat.stopStream": "ChatStopStream",
    "chat.unfurl": "ChatUnfurl",
    "functions.completeSuccess": "CompleteSuccess",
    "agents.sessions.setStatus": "SessionsSetStatus",
    "assistant.threads.setStatus": "SetStatus",
    "assistant.threads.setSuggestedPrompts": "SetSuggestedPrompts",
}
"""Methods whose whole set of arguments has a schema here; for the first it is the only contract."""
PARSED = (
    "blocks",
    "view",
    "attachments",
    "metadata",
    "prompts",
    "loading_messages",
    "chunks",
    "unfurls",
    "outputs",
)
"""Arguments that are JSON inside a form."""


def assert_valid(exchanges: Iterable[Exchange]) -> int:
    """Fail with every fault of every ``/api/`` call; return how many calls were judged."""
    if not METHODS.is_dir() or not SCHEMAS.is_dir():
        pytest.skip("no ../shared/data/slack/slack_kit or slack-types-jsonschema")
    calls = [each for each in exchanges if each.path.startswith("/api/")]
    faults = [fault for exchange in calls for fault in _faults(exchange)]
    assert not faults, "\n".join(faults)
    return len(calls)


def _faults(exchange: Exchange) -> list[str]:
    method = exchange.path.removeprefix("/api/")
    args = _args(exchange)
    found = [*_argument_faults(method, args), *_schema_faults(method, args), *_error_faults(method, exchange)]
    return [f"{method}: {fault}" for fault in found]


def _args(exchange: Exchange) -> Json:
    args: Json = dict(parse_qsl(exchange.query, keep_blank_values=True))
    if "json" in exchange.headers.get("content-type", ""):
        body: Any = json.loads(exchange.body or b"{}")
        assert isinstance(body, dict), "arguments are an object"
        args |= body
    else:
        args |= dict(parse_qsl(exchange.body.decode(), keep_blank_values=True))
    for name in PARSED:
        if isinstance(args.get(name), str) and args[name]:
            args[name] = json.loads(args[name])
    return args


@functools.cache
def _contract(method: str) -> Json | None:
    path = METHODS / f"{method}.json"
    return json.loads(path.read_text()) if path.is_file() else None


@functools.cache
def _schema(name: str) -> Json:
    schema: Json = _sorted(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
    return schema


def _sorted(schema: Any) -> Any:
    """Put what tells one kind of block from another first: then the wrong kinds are soon done with."""
    if isinstance(schema, list):
        return [_sorted(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]  # JSON
    if not isinstance(schema, dict):
        return schema
    told: Json = {name: _sorted(each) for name, each in schema.items()}  # pyright: ignore[reportUnknownVariableType]  # JSON
    properties = told.get("properties")
    if isinstance(properties, dict):
        parts: list[tuple[str, Any]] = list(properties.items())  # pyright: ignore[reportUnknownArgumentType]  # JSON
        told["properties"] = dict(sorted(parts, key=lambda part: "const" not in part[1]))
    return told


def _argument_faults(method: str, args: Json) -> list[str]:
    contract = _contract(method)
    if contract is None:
        return [] if method in SCHEMA_OF or method in ONLY_DOCUMENTED else ["no such method in the contracts"]
    known: Json = contract["args"]
    needed = {name for name, arg in known.items() if arg.get("required")} - NO_LONGER_REQUIRED.get(
        method, set()
    )
    newer = COMMON_ARGS | NEWER_ARGS.get(method, set())
    return [f"does not know {name!r}" for name in sorted(set(args) - set(known) - newer)] + [
        f"needs {name!r}"
        for name in sorted(needed)
        if args.get(name) in (None, "") and not _empties(method, name, args)
    ]


def _empties(method: str, name: str, args: Json) -> bool:
    """An empty status clears it, and is not a missing one."""
    return (method, name) == ("assistant.threads.setStatus", "status") and args.get(name) == ""


def _schema_faults(method: str, args: Json) -> list[str]:
    faults: list[str] = []
    if args.get("blocks"):
        faults += _against("KnownBlocks", args["blocks"], "blocks")
    view = as_object(args.get("view"))
    if view is not None:
        faults += _against("Home" if view.get("type") == "home" else "Modal", view, "view")
    if method in SCHEMA_OF:
        faults += _against(SCHEMA_OF[method], args, "arguments")
    return faults


def _any_of(validator: Any, several: Any, instance: Any, schema: Any) -> Any:
    """Look for one that fits before all that is wrong with each is gathered: a block may be one of twenty."""
    if any(validator.evolve(schema=each).is_valid(instance) for each in several):
        return
    yield from Draft7Validator.VALIDATORS["anyOf"](validator, several, instance, schema)


_VALIDATORS: Any = validators  # without types of its own
JUDGE: Any = _VALIDATORS.extend(Draft7Validator, {"anyOf": _any_of})


@functools.cache
def _validator(schema: str) -> Any:
    return JUDGE(_schema(schema))


def _against(schema: str, value: Any, what: str) -> list[str]:
    errors: list[Any] = list(_validator(schema).iter_errors(value))
    return [f"{what}: {error.json_path} {error.message[:300]}" for error in errors]


def _error_faults(method: str, exchange: Exchange) -> list[str]:
    """Only what the sandbox said itself: an injected fault answers no JSON."""
    if exchange.content_type != "application/json" or not exchange.answer:
        return []
    answer: Json = json.loads(exchange.answer)
    code: str = "" if answer.get("ok") else str(answer.get("error"))
    documented = set((_contract(method) or {}).get("errors", {})) | COMMON_ERRORS
    if not code or code in documented or _contract(method) is None:
        return []
    return [f"answers {code!r}, which it does not document"]
