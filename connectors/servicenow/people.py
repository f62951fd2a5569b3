"""Asking an instance about people: who is in a group, and who may have a ticket. Blocking, over one wire.

Whatever a condition asks for is looked for again in the answer: the platform ignores a condition it does not
understand and answers with the rest of the table (Table API, ``sysparm_query``), and whoever came back that
way would approve changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.errors import Forbidden, Missing, Refused
from bot.core.tickets import FieldValue, Value
from bot.core.untrusted import Untrusted
from connectors._addresses import address
from connectors.servicenow.mapping import LABEL_CHARS_MAX, Row, raw
from connectors.servicenow.queries import SYS_ID, literal
from connectors.servicenow.reading import USER_TABLE, many
from connectors.servicenow.wire import Select, Wire

GROUP_TABLE: Final = "sys_user_group"
MEMBER_TABLE: Final = "sys_user_grmember"
DICTIONARY_TABLE: Final = "sys_dictionary"
NAMESAKES_MAX: Final = 20
"""Rows read when a group is looked up by name: names are not unique, more than this is no name."""
MEMBERS_MAX: Final = 2_000
"""Members read of one group; who is beyond is not known as one, and so may not approve."""
CANDIDATES_MAX: Final = 100
"""People read for one search, then ranked: more than anybody picks from."""
WORDS_MAX: Final = 5
"""Asked for of what somebody typed: each is a LIKE over the table of users. The answer is held to all."""
NAME_CHARS_MAX: Final = 255
"""Of a name or an address, in characters: nothing longer is asked for, it would not fit into a URL."""

_MEMBER: Final = ("group", "user", "user.name", "user.email", "user.active")
_USER: Final = ("sys_id", "name", "email", "active")


def members(wire: Wire, group: str) -> tuple[str, ...]:
    """Return the addresses of a group's active people, in lower case and in order.

    ``group``: its name, as it is written there, or its sys_id. Raises as ``bot.ports.Connector.members``:

    Missing: no active group, or several, are called that. Forbidden: it does not show who is active.
    """
    where = _group_id(wire, group)
    query = f"group={where}^user.active=true^ORDERBYsys_id"
    rows = [
        row
        for row in many(wire, Select(MEMBER_TABLE, query, _MEMBER, MEMBERS_MAX))
        if raw(row, "group") == where and raw(row, "user")
    ]
    if rows and not any(raw(row, "user.active") for row in rows):
        raise Forbidden(
            f"who of {group} is active cannot be read: give the bot's account read on {USER_TABLE}"
        )
    found = {address(raw(row, "user.email")) for row in rows if raw(row, "user.active") == "true"}
    return tuple(sorted(found - {""}))


def assignable(wire: Wire, table: str, group: FieldValue, query: str, limit: int) -> tuple[Value, ...]:
    """Return up to ``limit`` active people whose name or address holds every word of ``query``.

    Within the ticket's assignment ``group``, where the instance makes the assignee depend on it. Nobody is
    called what cannot stand in a query. Raises as ``bot.ports.TicketReader.read``.
    """
    words = query.split()
    try:
        asked = [literal(word) for word in words]
    except Refused:
        return ()
    if limit <= 0 or len(query) > NAME_CHARS_MAX:
        return ()
    where = group[0].id if group and SYS_ID.fullmatch(group[0].id) else ""
    within = where if where and _is_by_group(wire, table) else ""
    rows = many(wire, _search(within, asked[:WORDS_MAX]))
    people = [_person(row, within) for row in rows]
    fitting = [each for each in people if each is not None and _holds(each, words)]
    ranked = sorted(fitting, key=lambda each: (_rank(each, words), each[1].casefold()))
    found = {sys_id: Value(sys_id, name) for sys_id, name, _ in ranked}
    return tuple(found.values())[:limit]


def address_of(wire: Wire, account: str) -> str:
    """Return the address of one active user, in lower case; empty where nobody can tell whose it is.

    ``account``: a user name, as the journal names its authors. Empty also where the address may not be read,
    or is that of several users; and where somebody else is shown by that name: entries that were read without
    the journal's own table name authors as people are shown. Raises as ``bot.ports.TicketReader.read``.
    """
    mine = _users(wire, "user_name", account) if account.strip() else []
    if any(raw(row, "user_name") != account for row in _users(wire, "name", account)):
        return ""
    shown = address(raw(mine[0], "email")) if len(mine) == 1 else ""
    whose = [raw(row, "user_name") for row in _users(wire, "email", shown)] if shown else []
    return shown if whose == [raw(row, "user_name") for row in mine] else ""


Person = tuple[str, str, str]
"""A sys_id, a name as the ticket's own field shows it, and an address or nothing."""


def _group_id(wire: Wire, group: str) -> str:
    """Return the sys_id of the one active group that is called exactly ``group``.

    The database compares names without case and the platform may ignore the condition altogether, so the
    names that come back are compared again.
    """
    unknown = f"ServiceNow has no active group called {Untrusted(group).line(LABEL_CHARS_MAX)!r}"
    try:
        wanted = literal(group.strip())
    except Refused as error:
        raise Missing(f"{unknown}: write its sys_id where its name holds ^") from error
    if not 0 < len(wanted) <= NAME_CHARS_MAX:
        raise Missing(f"{unknown}: a name has 1 to {NAME_CHARS_MAX} characters")
    key = "sys_id" if SYS_ID.fullmatch(wanted) else "name"
    select = Select(GROUP_TABLE, f"{key}={wanted}^active=true", ("sys_id", "name", "active"), NAMESAKES_MAX)
    found = [
        raw(row, "sys_id")
        for row in many(wire, select)
        if raw(row, key) == wanted and raw(row, "active") == "true" and SYS_ID.fullmatch(raw(row, "sys_id"))
    ]
    if not found:
        raise Missing(f"{unknown}, or the account may not see it")
    if len(set(found)) > 1:
        raise Missing(f"{len(set(found))} groups are called {wanted!r}: write the sys_id of the one you mean")
    return found[0]


def _users(wire: Wire, column: str, value: str) -> list[Row]:
    """Return the active users with this very value: the database compares without case."""
    try:
        query = f"{column}={literal(value)}^active=true"
    except Refused:
        return []
    fields = ("user_name", "name", "email", "active")
    rows = many(wire, Select(USER_TABLE, query, fields, NAMESAKES_MAX))
    wanted = value.casefold()
    return [row for row in rows if raw(row, column).casefold() == wanted and raw(row, "active") == "true"]


def _is_by_group(wire: Wire, table: str) -> bool:
    """Whether the form offers only members of the assignment group: sys_dictionary's ``dependent``.

    That is how an instance comes (task, assigned_to: assignment_group). The Table API itself would take
    anybody. Where the dictionary may not be read, it counts as unchanged.
    """
    query = f"nameIN{table},task^element=assigned_to"
    fields = ("name", "element", "dependent")
    try:
        rows = many(wire, Select(DICTIONARY_TABLE, query, fields, 10))
    except Forbidden:
        return True
    mine = {raw(row, "name"): raw(row, "dependent") for row in rows if raw(row, "element") == "assigned_to"}
    return mine.get(table, mine.get("task", "assignment_group")) == "assignment_group"


def _search(group: str, words: Sequence[str]) -> Select:
    """Return what to ask for: each word in the name or in the address."""
    before = "user." if group else ""
    conditions = [f"group={group}", "user.active=true"] if group else ["active=true"]
    conditions += [f"{before}nameLIKE{word}^OR{before}emailLIKE{word}" for word in words]
    query = "^".join([*conditions, f"ORDERBY{before}name"])
    return Select(MEMBER_TABLE if group else USER_TABLE, query, _MEMBER if group else _USER, CANDIDATES_MAX)


def _person(row: Row, group: str) -> Person | None:
    """Read somebody active, of ``group`` where one was asked for; None for anybody else."""
    if group and raw(row, "group") != group:
        return None
    before = "user." if group else ""
    sys_id, name = raw(row, "user" if group else "sys_id"), raw(row, f"{before}name")
    if raw(row, f"{before}active") != "true" or not SYS_ID.fullmatch(sys_id) or not name.strip():
        return None
    return sys_id, Untrusted(name).line(LABEL_CHARS_MAX), raw(row, f"{before}email")


def _holds(person: Person, words: Sequence[str]) -> bool:
    said = f"{person[1]}\n{person[2]}".casefold()
    return all(word.casefold() in said for word in words)


def _rank(person: Person, words: Sequence[str]) -> int:
    """Return 0 where the name begins with what was typed, 1 where a part of it does, else 2."""
    first = words[0].casefold() if words else ""
    name = person[1].casefold()
    if name.startswith(" ".join(words).casefold()):
        return 0
    return 1 if any(part.startswith(first) for part in name.split()) else 2
