"""What people type into a form for a new ticket: whether it may be sent, and how it is written down. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from bot.core.creation import FormField, Kind
from bot.core.untrusted import Untrusted

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,10})?")
"""More digits than any field of either system keeps."""
YEARS: Final = range(1900, 2200)
"""In which a date is not a slip of the pen; ServiceNow and Jira keep both ends."""
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something may not be sent: a sentence of the catalogue, and what fills it."""

    key: str
    words: dict[str, str] = field(default_factory=dict[str, str])


def written(asked: FormField, text: str) -> str | Fault:
    """Return ``text`` as the ticket will have it, empty where nothing was typed; or what is wrong with it."""
    plain = Untrusted(text).clean().strip()
    if not plain:
        return Fault("create.wanted") if asked.required else ""
    match asked.kind:
        case Kind.NUMBER | Kind.WHOLE:
            return _number(asked, plain)
        case Kind.DATE:
            return _date(plain)
        case Kind.MOMENT:
            return _moment(plain)
        case Kind.URL:
            return _short(asked, plain) if _is_address(plain) else Fault("create.bad_url")
        case Kind.PROSE:
            return _short(asked, plain)
        case Kind.LINE | Kind.WORDS | Kind.MENU:
            return _short(asked, Untrusted(plain).line())


def moment_of(text: str) -> datetime | None:
    """Read what :func:`written` wrote for a moment; None: it is none."""
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _short(asked: FormField, text: str) -> str | Fault:
    if len(text) <= asked.chars_max:
        return text
    return Fault("create.too_long", {"n": str(asked.chars_max)})


def _number(asked: FormField, text: str) -> str | Fault:
    if not _NUMBER.fullmatch(text):
        return Fault("create.bad_number")
    number = Decimal(text)
    if asked.kind is Kind.WHOLE and number != number.to_integral_value():
        return Fault("create.bad_whole")
    if (asked.least is not None and number < asked.least) or (asked.most is not None and number > asked.most):
        return Fault("create.out_of_range", {"least": str(asked.least), "most": str(asked.most)})
    return format(number, "f") if asked.kind is Kind.NUMBER else str(int(number))


def _date(text: str) -> str | Fault:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Fault("create.bad_date")
    return day.isoformat() if day.year in YEARS else Fault("create.bad_date")


def _moment(text: str) -> str | Fault:
    """Read what a picker gives, seconds since 1970, or what was written down before."""
    try:
        at = moment_of(text) or datetime.fromtimestamp(int(text), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return Fault("create.bad_date")
    return at.strftime(_MOMENT) if at.year in YEARS else Fault("create.bad_date")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and not any(each.isspace() for each in text)
