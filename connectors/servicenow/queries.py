"""Values that may stand in an encoded query, and moments as ServiceNow writes them.

An encoded query has no escaping that holds everywhere: a ``^`` in a value starts a new condition, and a
condition the platform does not understand is ignored and gives the rest of the table (Table API,
``sysparm_query``). So values are checked, never escaped.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from bot.core.errors import Missing, Refused

SYS_ID: Final = re.compile(r"[0-9a-f]{32}")
NUMBER: Final = re.compile(r"[A-Z]{2,10}[0-9]{1,20}")
TABLE: Final = re.compile(r"[a-z][a-z0-9_]{0,79}")
_MOMENT: Final = "%Y-%m-%d %H:%M:%S"
_FORBIDDEN: Final = re.compile(r"[\^\x00-\x1f\x7f-\x9f\u2028\u2029]|^javascript:", re.IGNORECASE)


def sys_id(text: str) -> str:
    """Return ``text`` if it is a sys_id.

    Raises:
        Refused: it is not; it cannot name a record.
    """
    if not SYS_ID.fullmatch(text):
        raise Refused("that is not a sys_id: 32 digits and letters a to f")
    return text


def number(text: str) -> str:
    """Return a record's number as people write it, in capitals.

    Raises:
        Missing: nothing could be called that.
    """
    plain = text.strip().upper()
    if not NUMBER.fullmatch(plain):
        raise Missing("that is not the number of a record: write it like INC0010023")
    return plain


def literal(text: str) -> str:
    """Return ``text`` if it may stand as a value in a query.

    Raises:
        Refused: it holds ``^``, a control character or a script: it would change what is asked.
    """
    if _FORBIDDEN.search(text):
        raise Refused("a value in a query may not hold ^, control characters or a script")
    return text


def moment(text: str) -> datetime:
    """Read a raw date and time, which is UTC whatever the account's time zone.

    Raises:
        ValueError: it is empty or a display value in somebody's own format.
    """
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def moment_text(at: datetime) -> str:
    """Write an instant as raw values have it: UTC, cut to the second, the platform's resolution."""
    return at.astimezone(UTC).strftime(_MOMENT)


def changed_since(since: datetime) -> str:
    """Return the condition for records changed at or after ``since``, in an order that pages can follow."""
    return f"sys_updated_on>={moment_text(since)}^ORDERBYsys_updated_on^ORDERBYsys_id"
