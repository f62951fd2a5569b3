"""The one attempt at a change, and the looks before and after it. Blocking, over one thread's wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from pydantic import JsonValue

from bot.core.actions import Request, VendorAnswer
from bot.core.errors import Forbidden, Leaked, Missing, Refused, Reject, Retry
from connectors.servicenow.labels import label_of
from connectors.servicenow.mapping import Home, raw
from connectors.servicenow.queries import SYS_ID
from connectors.servicenow.reading import leaked_entry
from connectors.servicenow.wire import ANSWER_FIELDS, Wire

OK: Final = 200
"""What a write is told as: pysnow raises for every other status but a 2xx without a result."""

PATH: Final = re.compile(r"/api/now/table/(?P<table>[a-z][a-z0-9_]*)/(?P<sys_id>[0-9a-f]{32})")

NEW: Final = re.compile(r"/api/now/table/(?P<table>[a-z][a-z0-9_]*)")

PEOPLE: Final = {"assigned_to": "sys_user", "assignment_group": "sys_user_group"}
"""References that the Table API accepts even when the person has left or the group is closed."""


def send(wire: Wire, request: Request, home: Home) -> VendorAnswer:
    """Make the one PATCH, or the one POST. Raises as ``bot.ports.Connector.send``."""
    fresh = NEW.fullmatch(request.path)
    if fresh is not None:
        assert request.method == "POST", "a table alone is only ever added to"
        _refuse_who_left(wire, request.body)
        made = wire.post(fresh["table"], request.body)
        return VendorAnswer(OK, {name: raw(made, name) for name in ANSWER_FIELDS})
    found = PATH.fullmatch(request.path)
    assert found is not None, "our verbs plan nothing else but a PATCH of one record"
    assert request.method == "PATCH", "our verbs plan nothing but a PATCH"
    table, sys_id = found["table"], found["sys_id"]
    _refuse_who_left(wire, request.body)
    row = wire.patch(table, sys_id, request.body)
    if request.expects_internal:
        _refuse_public(wire, (table, sys_id), request, home)
    return VendorAnswer(OK, {name: raw(row, name) for name in ANSWER_FIELDS})


def _refuse_who_left(wire: Wire, body: Mapping[str, JsonValue]) -> None:
    """Look whether the people a change names are still active, before it is sent.

    Raises:
        Refused: one is not, or does not exist. Retry: the look failed, and nothing was sent.
    """
    for field, table in PEOPLE.items():
        who = body.get(field)
        if not isinstance(who, str) or not SYS_ID.fullmatch(who):
            continue
        try:
            active = raw(wire.record(table, who, ("active",)), "active")
        except Missing as error:
            raise _left(field, "does not exist") from error
        except Forbidden:
            # Not allowed to look is no reason to refuse: the instance judges, and the read-back shows.
            continue
        if active == "false":
            raise _left(field, "is no longer active")


def _left(field: str, why: str) -> Refused:
    return Refused(f"{label_of(field)}: the one chosen {why}: choose another", fields={field: why})


def _refuse_public(wire: Wire, where: tuple[str, str], request: Request, home: Home) -> None:
    """Look whether the note we just made can be read by the requester.

    Where the look itself fails the write still stands, so nothing is raised: the caller's read-back comes
    next and judges by the same marker.

    Raises:
        Leaked: it can.
    """
    made: str | None = None
    with suppress(Retry, Reject):
        made = leaked_entry(wire, *where, request.operation, home)
    if made is not None:
        raise Leaked("the work note came back among the comments the requester reads", made=made)
