"""Which record an address of this instance leads to. Pure: nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from connectors.servicenow.queries import NUMBER, SYS_ID, TABLE

_FORM: Final = re.compile(r"(?:^|[/=?])([a-z][a-z0-9_]*)\.do\?(.*)")
"""A form as such, inside the frame (``/nav_to.do?uri=…``) or in the unified navigation (``…/target/…``)."""
_RECORD: Final = re.compile(r"/record/([a-z][a-z0-9_]*)/([0-9a-f]{32})(?:/|$)")
"""The same in a workspace."""
_ROUNDS: Final = 2
"""An address inside an address is quoted once or twice."""


def key_of(home: str, url: str, tables: Sequence[str]) -> str:
    """Return what ``find`` takes for the record ``url`` leads to: its number, or ``<table>:<sys_id>``.

    Empty: no record of one of ``tables`` on the instance ``home``.
    """
    try:
        ours, theirs = urlsplit(home), urlsplit(url)
        same = (theirs.scheme, theirs.hostname, theirs.port) == (ours.scheme, ours.hostname, ours.port)
    except ValueError:
        return ""
    if not same or theirs.username is not None or not theirs.path.startswith(f"{ours.path}/"):
        return ""
    plain = url
    for _ in range(_ROUNDS):
        plain = unquote(plain)
    record = _RECORD.search(urlsplit(plain).path)
    if record is not None:
        return f"{record[1]}:{record[2]}" if record[1] in tables else ""
    form = next((each for each in _forms(plain) if each[0] != "nav_to"), None)
    if form is None or form[0] not in tables:
        return ""
    return _named(*form)


def _forms(plain: str) -> list[tuple[str, str]]:
    """Return each form that an address names, the outermost first, with what stands behind it."""
    found: list[tuple[str, str]] = []
    rest = plain.partition("://")[2].partition("/")[2]
    while (match := _FORM.search(rest)) is not None:
        found.append((match[1], match[2]))
        rest = match[2]
    return found


def _named(table: str, query: str) -> str:
    for part in re.split(r"[&^]", query):
        name, _, value = part.rpartition("=")
        if name.endswith("sys_id") and TABLE.fullmatch(table) and SYS_ID.fullmatch(value):
            return f"{table}:{value}"
        if name.endswith("number") and NUMBER.fullmatch(value.upper()):
            return value.upper()
    return ""
