"""The past as a file, for ``countersign learn`` and ``eval``: its columns need no ``--map``."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Final

from sandbox.demo.past.telling import Past, System, tell

FIRST: Final = dt.datetime(2026, 1, 5, 8, 0, tzinfo=dt.UTC)
"""When the oldest was closed; a file must not depend on the day it is made."""
EVERY: Final = dt.timedelta(hours=7, minutes=11)
SYSTEMS: Final[tuple[System, ...]] = ("jira", "servicenow")


def csv_of(system: System, count: int, seed: int) -> str:
    """Return ``count`` tickets of ``system`` as CSV with a header, the oldest first."""
    file = io.StringIO()
    told = tell(system, count, seed)
    writer = csv.DictWriter(file, list(_row(system, told, 0)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(system, told, place) for place in range(len(told)))
    return file.getvalue()


def _row(system: System, told: Sequence[Past], place: int) -> dict[str, str]:
    past = told[place]
    return {
        "key": f"OPS-{place + 1}" if system == "jira" else f"INC{place + 1:07d}",
        "closed_at": (FIRST + place * EVERY).isoformat(),
        "person": past.writer,
        "summary": past.summary,
        "description": past.description,
        "answer": past.reply,
        **_fields(past, system),
    }


def _fields(past: Past, system: System) -> Mapping[str, str]:
    if system == "jira":
        return {"components": past.filed.jira.component if past.filed.jira else ""}
    place = past.filed.servicenow
    if place is None:
        return {}
    return {
        "category": place.category,
        "subcategory": place.subcategory,
        "assignment_group": place.group,
        "impact": place.impact,
        "urgency": place.urgency,
    }
