"""The Slack manifest is valid by Slack's own schema and asks for what is used, no less and no more."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

import jsonschema
import pytest
import yaml

from bot import manifests
from bot.slack.workflow import CALLBACK
from bot.slack.workflow_inputs import parse_step

ROOT = Path(__file__).parents[2]
SLACK = ROOT / "../shared/data/slack"
SCHEMA = SLACK / "manifest-schema/schemas/manifest.schema.2.0.0.json"
METHODS = SLACK / "slack_kit/priv/docs/methods"
PRODUCT = ("bot", "approvals", "connectors", "skills")
MODES: tuple[manifests.SlackMode, ...] = ("socket", "http")

needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="no ../shared/data/slack/manifest-schema")
needs_methods = pytest.mark.skipif(not METHODS.exists(), reason="no ../shared/data/slack/slack_kit")


HOSTS = ("acme.service-now.com", "jira.example.com")
BY_EVENT = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "link_shared": "links:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "user_change": "users:read",
}
"""The scope each event asks for (https://docs.slack.dev/reference/events); the others need none."""


def manifest(mode: manifests.SlackMode, domains: tuple[str, ...] = HOSTS) -> Any:
    url = "https://bot.example.com"
    return yaml.safe_load(manifests.render("slack", url=url, slack_mode=mode, domains=domains))


def scopes() -> frozenset[str]:
    asked = manifest("socket")["oauth_config"]["scopes"]
    assert set(asked) == {"bot", "bot_optional"}, "no user token is ever taken"
    assert set(asked["bot_optional"]) <= set(asked["bot"]), "Slack wants optional ones in both lists"
    return frozenset(asked["bot"])


def product_nodes(having: str = "") -> Iterator[ast.AST]:
    """Every node of every product file that contains ``having``."""
    for folder in PRODUCT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            code = path.read_text(encoding="utf-8")
            if having in code:
                yield from ast.walk(ast.parse(code))


def called_methods() -> frozenset[str]:
    """Every Web API method the product names: as ``client.chat_update`` or as ``"chat.update"``."""
    known = {path.stem for path in METHODS.glob("*.json")}
    by_attribute = {name.replace(".", "_"): name for name in known if "." in name}
    found: set[str] = set()
    for node in product_nodes():
        if isinstance(node, ast.Attribute) and node.attr in by_attribute:
            found.add(by_attribute[node.attr])
        elif isinstance(node, ast.Constant) and node.value in known and "." in str(node.value):
            found.add(str(node.value))
    return frozenset(found)


def scopes_that_will_do(method: str) -> frozenset[str]:
    """Any one of them lets a bot call ``method``; empty: none is needed."""
    contract = json.loads((METHODS / f"{method}.json").read_text(encoding="utf-8"))
    return frozenset(scope["name"] for scope in contract["scopes"].get("bot", []))


def listened_to(kind: str) -> frozenset[str]:
    """The names in ``_listen(app, "event", "…", …)``, in a loop around it, and in ``app.event("…")(…)``.

    A pattern has no name.
    """
    found: set[str] = set()
    for node in product_nodes(having="slack_bolt"):
        if isinstance(node, ast.For):
            found |= {name for call in ast.walk(node) for name in _looped(call, kind, node)}
        elif _listens(node, kind) and isinstance(node.args[2], ast.Constant):
            found.add(str(node.args[2].value))
        elif (name := _registered(node, kind)) is not None:
            found.add(name)
    return frozenset(found)


def _listens(node: ast.AST, kind: str) -> TypeGuard[ast.Call]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_listen"):
        return False
    return isinstance(node.args[1], ast.Constant) and node.args[1].value == kind


def _registered(node: ast.AST, kind: str) -> str | None:
    """What ``<app>.<kind>("…")(listener)`` registers."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Call)):
        return None
    inner = node.func
    if not (isinstance(inner.func, ast.Attribute) and inner.func.attr == kind and inner.args):
        return None
    return str(inner.args[0].value) if isinstance(inner.args[0], ast.Constant) else None


def _looped(node: ast.AST, kind: str, loop: ast.For) -> list[str]:
    """What a loop over plain names registers, when the call inside takes the loop's own variable."""
    if not _listens(node, kind) or not isinstance(node.args[2], ast.Name):
        return []
    if not isinstance(loop.target, ast.Name) or loop.target.id != node.args[2].id:
        return []
    names = loop.iter.elts if isinstance(loop.iter, ast.Tuple) else []
    return [str(name.value) for name in names if isinstance(name, ast.Constant)]


@needs_schema
@pytest.mark.parametrize("mode", MODES)
def test_slack_would_accept_it(mode: manifests.SlackMode) -> None:
    jsonschema.validate(manifest(mode), json.loads(SCHEMA.read_text(encoding="utf-8")))


@needs_schema
def test_the_schema_would_refuse_a_wrong_one() -> None:
    wrong = manifest("socket")
    wrong["display_information"]["long_description"] = "too short"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_two_modes_differ_in_how_slack_reaches_us_and_in_nothing_else() -> None:
    socket, http = manifest("socket"), manifest("http")
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    http["settings"]["interactivity"].pop("request_url")
    http["settings"]["interactivity"].pop("message_menu_options_url")
    http["settings"]["event_subscriptions"].pop("request_url")
    for command in http.get("features", {}).get("slash_commands", []):
        command.pop("url")
    assert socket == http


def test_people_are_told_that_it_is_an_ai_and_can_be_wrong() -> None:
    words = manifest("socket")["display_information"]["long_description"]
    assert "artificial intelligence" in words
    assert "can be wrong" in words
    assert "\n" not in words.strip()


@needs_methods
@pytest.mark.parametrize("method", sorted(called_methods()))
def test_a_method_we_call_is_covered_by_a_scope(method: str) -> None:
    enough = scopes_that_will_do(method)
    assert not enough or enough & scopes(), (
        f"{method} needs one of {sorted(enough)}; add it to manifest/slack/manifest.yaml and to its README"
    )


@needs_methods
@pytest.mark.parametrize("scope", sorted(scopes()) if called_methods() else [])
def test_no_scope_is_asked_for_that_nothing_uses(scope: str) -> None:
    used = {name for method in called_methods() for name in scopes_that_will_do(method)}
    # Slash commands are no method: Slack asks for the scope by the command's being in the manifest.
    used |= {"commands"} if listened_to("command") else set()
    used |= {BY_EVENT[event] for event in subscribed() if event in BY_EVENT}
    assert scope in used, f"nothing the bot calls needs {scope}; take it out of manifest/slack"


@pytest.mark.parametrize("event", sorted(BY_EVENT))
def test_an_event_we_subscribe_to_is_covered_by_its_scope(event: str) -> None:
    assert (event in subscribed()) <= (BY_EVENT[event] in scopes())


@pytest.mark.parametrize("mode", MODES)
def test_without_previews_nothing_about_links_is_asked_for(mode: manifests.SlackMode) -> None:
    without, with_them = manifest(mode, ()), manifest(mode)
    assert "unfurl_domains" not in without["features"]
    assert with_them["features"].pop("unfurl_domains") == list(HOSTS)
    assert not [scope for scope in without["oauth_config"]["scopes"]["bot"] if scope.startswith("links:")]
    assert "link_shared" not in without["settings"]["event_subscriptions"]["bot_events"]
    with_them["oauth_config"]["scopes"]["bot"] = without["oauth_config"]["scopes"]["bot"]
    with_them["settings"]["event_subscriptions"]["bot_events"].remove("link_shared")
    assert with_them == without


def test_a_step_says_what_it_takes_and_gives_as_the_code_has_it() -> None:
    (name,) = manifest("socket")["functions"]
    step = manifest("socket")["functions"][name]
    assert name == CALLBACK
    given = dict.fromkeys(step["input_parameters"]["properties"], "x")
    read = parse_step(
        {"event": {"function_execution_id": "Fx1", "inputs": {**given, "requester": "U0ALICE"}}}
    )
    assert (read.ticket, read.action, read.value, read.reason, read.requester) == (
        "x",
        "x",
        "x",
        "x",
        "U0ALICE",
    )
    for parameters in (step["input_parameters"], step["output_parameters"]):
        assert set(parameters["required"]) <= set(parameters["properties"])
    assert manifest("socket")["settings"]["function_runtime"] == "remote"
    assert manifest("socket")["settings"]["org_deploy_enabled"] is True


@pytest.mark.parametrize("scope", sorted(scopes()))
def test_the_readme_says_why_each_scope_is_asked_for(scope: str) -> None:
    rows = (ROOT / "manifest/slack/README.md").read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row.startswith((f"| `{scope}` |", f"| `{scope}` (optional) |"))]


def test_only_what_a_rule_may_do_without_is_optional() -> None:
    assert manifest("socket")["oauth_config"]["scopes"]["bot_optional"] == ["users:read.email"]


@needs_methods
def test_people_can_be_written_to_exactly_when_the_bot_does_it() -> None:
    """With the tab off, chat.postMessage to a person answers ``messages_tab_disabled``."""
    home = manifest("socket")["features"].get("app_home", {})
    assert home.get("messages_tab_enabled", False) == ("conversations.open" in called_methods())
    reads = any(name.startswith("message.im") for name in subscribed())
    assert home.get("messages_tab_read_only_enabled", True) != reads, "a box nobody reads is a trap"


def subscribed() -> list[str]:
    names: list[str] = manifest("socket")["settings"].get("event_subscriptions", {}).get("bot_events", [])
    return names


@needs_methods
def test_the_home_tab_is_there_exactly_when_the_bot_draws_one() -> None:
    """Published to an app whose tab is off, a Home is answered ``not_enabled``."""
    home = manifest("socket")["features"]["app_home"]
    assert home["home_tab_enabled"] == ("views.publish" in called_methods())
    assert home["home_tab_enabled"] == ("app_home_opened" in subscribed())


def test_menus_that_ask_for_their_options_can_reach_us_in_http_mode() -> None:
    """Without this address Slack shows an empty menu and says nothing."""
    asks = any(isinstance(n, ast.Constant) and n.value == "external_select" for n in product_nodes())
    assert asks == ("message_menu_options_url" in manifest("http")["settings"]["interactivity"])


def test_the_events_are_those_we_listen_to() -> None:
    # "message" is listened to as one event and subscribed to per kind of channel: message.im and so on.
    assert {name.split(".")[0] for name in subscribed()} == listened_to("event")
    assert sorted(subscribed()) == subscribed()


def test_the_commands_are_those_we_answer() -> None:
    offered = {command["command"] for command in manifest("socket")["features"].get("slash_commands", [])}
    assert offered == listened_to("command")


def test_the_shortcuts_are_those_we_answer() -> None:
    offered = {shortcut["callback_id"] for shortcut in manifest("socket")["features"].get("shortcuts", [])}
    answered = listened_to("shortcut") | listened_to("global_shortcut") | listened_to("message_shortcut")
    assert offered == answered


def test_every_address_in_http_mode_is_the_one_route_we_serve() -> None:
    printed = manifests.render("slack", url="https://bot.example.com", slack_mode="http", domains=HOSTS)
    assert set(re.findall(r"https?://[^\s\"]+", printed)) == {"https://bot.example.com/slack/events"}
