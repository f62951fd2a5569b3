"""What an admin pastes into Slack, Jira or ServiceNow, with this installation's address in it.

Secrets are never filled in: what is printed ends up in tickets and chats.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from bot.core.errors import Misconfigured

Kind: TypeAlias = Literal["slack", "jira", "servicenow"]
SlackMode: TypeAlias = Literal["socket", "http"]

_FILES: Final[Mapping[Kind, str]] = {
    "slack": "slack/manifest.yaml",
    "jira": "jira/webhook.json",
    "servicenow": "servicenow/update-set.xml",
}
_LEFT_OUT: Final[Mapping[SlackMode, str]] = {"socket": "# only: http", "http": "# only: socket"}
_PREVIEWS: Final = "# only: unfurl"
DOMAINS_MAX: Final = 5
"""Hosts whose links one app may preview: https://docs.slack.dev/reference/app-manifest."""
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PLAIN_URL: Final = re.compile(
    r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*"
)
"""Scheme, host, port, path, and none of the characters that mean something in YAML, JSON, XML or a script."""
_PROJECT_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,254}")


def render(
    kind: Kind,
    *,
    url: str,
    slack_mode: SlackMode = "socket",
    projects: tuple[str, ...] = (),
    domains: tuple[str, ...] = (),
) -> str:
    """Return the artefact of ``kind``, ready to be pasted.

    ``url`` is how the outside reaches us (``COUNTERSIGN_PUBLIC_URL``), with or without a last slash; Slack's
    Socket Mode needs none and ignores it. ``projects`` narrows the Jira webhook to these project keys; empty
    means all. ``domains``: hosts whose links are previewed in Slack; empty: none are, nothing is asked for.

    Raises:
        Misconfigured: the address, a project key or a host will not do; the message says what would.
    """
    gaps = {
        "{{PUBLIC_URL}}": "" if kind == "slack" and slack_mode == "socket" else public_url(url),
        "{{SOCKET_MODE}}": "true" if slack_mode == "socket" else "false",
        "{{UNFURL_DOMAINS}}": _hosts(domains),
        "{{JQL}}": _jql(projects),
    }
    template = resources.files("manifest").joinpath(_FILES[kind]).read_text(encoding="utf-8")
    if kind == "slack":
        template = _for_mode(template, slack_mode, previews=bool(domains))
    for gap, value in gaps.items():
        template = template.replace(gap, value)
    return template


def public_url(url: str) -> str:
    """Return ``url`` without its last slash, if a vendor can be given it.

    Raises:
        Misconfigured: it is empty, not ``https://``, or has parts an address of ours never has.
    """
    if not url:
        raise Misconfigured(
            "The bot's public address is not set. Pass --url https://bot.example.com,"
            " or set COUNTERSIGN_PUBLIC_URL."
        )
    plain = url.rstrip("/")
    if not _PLAIN_URL.fullmatch(plain):
        raise Misconfigured(
            f"{url!r} is not an address a vendor can be given. Write it as https://bot.example.com, with a"
            " port and a path if need be, but no user, query, fragment or blank; accents in their xn-- form."
        )
    parts = urlsplit(plain)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise Misconfigured(
            f"{url!r} would send ticket text in the clear. Write https:// (a TLS proxy in front of the bot"
            " will do); http:// is for this machine only."
        )
    return plain


def _for_mode(template: str, mode: SlackMode, *, previews: bool) -> str:
    """Keep the lines of ``mode``, those about links where there are ``previews``, and the explanations."""
    left_out = (_LEFT_OUT[mode],) if previews else (_LEFT_OUT[mode], _PREVIEWS)
    kept = [line for line in template.splitlines() if not line.endswith(left_out)]
    marks = (*_LEFT_OUT.values(), _PREVIEWS)
    return "".join(_without(line, marks) + "\n" for line in kept)


def _without(line: str, marks: tuple[str, ...]) -> str:
    for mark in marks:
        line = line.removesuffix(mark)
    return line.rstrip()


def _hosts(domains: tuple[str, ...]) -> str:
    """Write hosts as a list that YAML reads; nothing but a plain host gets in."""
    if len(domains) > DOMAINS_MAX:
        raise Misconfigured(
            f"Slack previews links to at most {DOMAINS_MAX} hosts, and slack.unfurl has {len(domains)}: "
            "name queues of fewer systems."
        )
    for host in domains:
        if not _HOST.fullmatch(host):
            raise Misconfigured(f"{host!r} is not a host whose links Slack can preview.")
    return json.dumps(sorted(domains))


def _jql(projects: tuple[str, ...]) -> str:
    """Quoted, because a key may be a word of JQL (``ORDER``, ``AND``)."""
    for key in projects:
        if not _PROJECT_KEY.fullmatch(key):
            raise Misconfigured(
                f"{key!r} is not a Jira project key; write the capitals before the dash, like OPS."
            )
    return f"project in ({', '.join(repr(key) for key in projects)})" if projects else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
