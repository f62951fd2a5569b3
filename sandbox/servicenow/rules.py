"""What the instance's business rules, data policies and state model do to a record before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sandbox.servicenow.quirks import Quirks
from sandbox.servicenow.store import Row, Store

NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"
"""State model of incident: it-service-management/incident-management/c_IncidentManagementStateModel.md."""
AWAITING_CALLER: Final = "1"


class Refused(Exception):
    """The instance will not do it; carries what the REST API answers."""

    def __init__(self, status: int, message: str, detail: str | None) -> None:
        super().__init__(f"{message}: {detail}")
        self.status, self.message, self.detail = status, message, detail


def aborted(rule: str, table: str = "incident") -> Refused:
    """A business rule that called setAbortAction."""
    detail = (
        f"Operation against file '{table}' was aborted by Business Rule '{rule}'. Business Rule Stack:{rule}"
    )
    return Refused(403, "Operation Failed", detail)


def missing(labels: list[str]) -> Refused:
    """Word a data policy that misses fields (c_DataPolicy.md); 403 by r_RESTAPIHTTPResponseCodes.md."""
    words = "The following fields are mandatory: " + ", ".join(labels)
    return Refused(403, "Operation Failed", f"Data Policy Exception: {words}")


def before_save(store: Store, quirks: Quirks, old: Row | None, new: Row, actor: str) -> None:
    """Change ``new`` in place as the rules of incident do; ``old`` is ``None`` on insert.

    Raises:
        Refused: a policy or a rule forbids it; nothing was saved.
    """
    before: Mapping[str, str] = old or dict.fromkeys(new, "")
    _forbid(before, new)
    _demand(store, quirks, new)
    _group_by_category(store, quirks, old, new)
    new["priority"] = quirks.priorities.get((new["impact"], new["urgency"]), new["priority"])
    new["incident_state"] = new["state"]
    if old is not None and old["assignment_group"] not in ("", new["assignment_group"]):
        new["reassignment_count"] = str(int(new["reassignment_count"]) + 1)
    if before["state"] != new["state"]:
        _entered(store, before["state"], new, actor)


def _forbid(old: Mapping[str, str], new: Row) -> None:
    """A closed or cancelled incident stays so: incident-management/reopening-incident.md."""
    if old["state"] in (CLOSED, CANCELED) and new["state"] != old["state"]:
        raise aborted("Prevent reopening of closed incidents")
    if old["state"] in ("", NEW, IN_PROGRESS, ON_HOLD) and new["state"] == CLOSED:
        raise aborted("Resolve before close")


def _demand(store: Store, quirks: Quirks, new: Row) -> None:
    """Data policies: they hold for the API too, on every save."""
    wanted: list[str] = []
    if new["state"] in (RESOLVED, CLOSED):
        wanted = ["close_code", "close_notes"]
    elif new["state"] == ON_HOLD:
        wanted = ["hold_reason"]
    empty = [name for name in wanted if not new[name]]
    if new["state"] == ON_HOLD and new["hold_reason"] == AWAITING_CALLER and not _commented(store, new):
        empty.append("comments")
    if new["sys_id"] not in store.tables["incident"].rows:
        wanted = [*_mandatory(store), *sorted(quirks.demanded_fields)]
        empty += [name for name in dict.fromkeys(wanted) if not new.get(name)]
    if empty:
        columns = store.tables["incident"].columns
        raise missing([columns[name].label for name in empty])


def _mandatory(store: Store) -> list[str]:
    """Columns the dictionary calls mandatory, as a data policy made of it demands them of a new record."""
    return [
        row["element"]
        for row in store.tables["sys_dictionary"].rows.values()
        if row["name"] in {"incident", "task"} and row["mandatory"] == "true"
    ]


def _commented(store: Store, new: Row) -> bool:
    """Awaiting Caller makes a comment mandatory in the same save; once on hold, later saves need none."""
    saved = store.tables["incident"].rows.get(new["sys_id"])
    held = saved is not None and saved["state"] == ON_HOLD and saved["hold_reason"] == AWAITING_CALLER
    return held or bool(new["comments"])


def _group_by_category(store: Store, quirks: Quirks, old: Row | None, new: Row) -> None:
    """Assignment rule: the group follows the category, whatever the same save said about the group."""
    changed = old is None or old["category"] != new["category"]
    group = quirks.assignment_rules.get(new["category"])
    row = store.find("sys_user_group", name=group) if group and changed else None
    if row is not None:
        new["assignment_group"] = row["sys_id"]


def _entered(store: Store, previous: str, new: Row, actor: str) -> None:
    """Fill what a change of state fills."""
    user = store.find("sys_user", user_name=actor)
    who = user["sys_id"] if user else ""
    arrivals: dict[str, Callable[[], Mapping[str, str]]] = {
        RESOLVED: lambda: {"resolved_at": store.stamp(), "resolved_by": who},
        CLOSED: lambda: {"closed_at": store.stamp(), "closed_by": who, "active": "false"},
        CANCELED: lambda: {"closed_at": store.stamp(), "closed_by": who, "active": "false"},
        NEW: lambda: {"active": "true"},
        IN_PROGRESS: lambda: {"active": "true"},
        ON_HOLD: lambda: {"active": "true"},
    }
    new.update(arrivals.get(new["state"], dict)())
    if new["state"] != ON_HOLD:
        new["hold_reason"] = ""
    if previous == RESOLVED and new["state"] in (NEW, IN_PROGRESS, ON_HOLD):
        new["reopen_count"] = str(int(new["reopen_count"]) + 1)
