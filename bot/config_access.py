"""``access:``: who may ask for what, in Slack and on tickets. The first row that fits decides."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from approvals.access import EVERYONE, ON_TICKET, AccessRule

ROWS_MAX: Final = 200
"""Of one file; every row costs a look at each question."""
WITHOUT_TICKET: Final = frozenset({"create"})
"""What is asked for without naming a ticket."""
OTHER_SKILLS: Final = WITHOUT_TICKET | {"ask", "undo"}
"""What can be asked for besides the skills in the folders."""
_WHO: Final = re.compile(r"[UW][A-Z0-9]{2,20}|S[A-Z0-9]{2,20}|[A-Za-z0-9_-]{1,60}/\S(.{0,198}\S)?")


def _known(value: str) -> str:
    if value not in {EVERYONE, ON_TICKET} and not _WHO.fullmatch(value):
        raise ValueError(
            f"{value!r} is nobody: write a Slack user id (U…), a user group (S…), a group of a ticket system"
            " such as jira/Ops, everyone or on_ticket"
        )
    return value


Who = Annotated[str, AfterValidator(_known)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AccessRow(BaseModel):
    """One row of ``access:``. What is left out fits anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Annotated[tuple[Who, ...], Field(min_length=1)]
    skills: tuple[Word, ...] = ()
    """Names of skills; ``ask`` for questions in free words, ``create`` and ``undo``."""
    connectors: tuple[Word, ...] = ()
    queues: tuple[Word, ...] = ()
    deny: bool = False

    @model_validator(mode="after")
    def _can_be_held(self) -> AccessRow:
        if self.skills and WITHOUT_TICKET.issuperset(self.skills) and (self.connectors or self.queues):
            raise ValueError(
                f"{' and '.join(self.skills)} is asked for without a ticket, so connectors and queues cannot"
                " be held against it: leave them out"
            )
        if self.skills and self.who == (ON_TICKET,) and OTHER_SKILLS.issuperset(self.skills):
            raise ValueError(
                f"{' and '.join(self.skills)} is asked for in Slack alone: a row for on_ticket names skills,"
                " such as summary"
            )
        return self

    def rule(self) -> AccessRule:
        """Return what deciding needs."""
        return AccessRule(
            who=frozenset(self.who),
            skills=frozenset(self.skills),
            connectors=frozenset(self.connectors),
            queues=frozenset(self.queues),
            deny=self.deny,
        )


AccessRows = Annotated[tuple[AccessRow, ...], Field(max_length=ROWS_MAX)]


def access_rules(rows: tuple[AccessRow, ...] | None) -> tuple[AccessRule, ...] | None:
    """Return the rows as deciding needs them; None: there is no such section."""
    return None if rows is None else tuple(row.rule() for row in rows)
