"""Which ticket an address of this site leads to. Pure: nothing is fetched."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,254}-[1-9][0-9]{0,18}")
_PATHS: Final = (
    re.compile(r"/browse/([^/]+)"),
    re.compile(
        r"/(?:jira/)?(?:servicedesk|projects|software|core)(?:/.*)?/(?:queues?|issues)(?:/[^/]+)*/([^/]+)"
    ),
)
"""The page of an issue, in a service desk's queue, and in a project's list. A customer portal's number
(``/servicedesk/customer/portal/2/OPS-1``) is left alone: that page is for requesters."""


def key_of(home: str, url: str) -> str:
    """Return the key of the issue that ``url`` leads to; empty: none on the site ``home``."""
    try:
        ours, theirs = urlsplit(home), urlsplit(url)
        same = (theirs.scheme, theirs.hostname, theirs.port) == (ours.scheme, ours.hostname, ours.port)
    except ValueError:
        return ""
    if not same or theirs.username is not None or not theirs.path.startswith(f"{ours.path}/"):
        return ""
    path = unquote(theirs.path.removeprefix(ours.path)).rstrip("/")
    chosen = parse_qs(theirs.query).get("selectedIssue", [])
    found = [match[1] for pattern in _PATHS if (match := pattern.fullmatch(path))]
    # A board or a list names the issue that is open beside it.
    return next((key for key in [*chosen[:1], *found] if _KEY.fullmatch(key)), "")
