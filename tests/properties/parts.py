"""What the machine is made of: the ticket, the rules, the people, the wishes, and who may approve what.

What is right is written out here once more, by hand: were it taken from the code, a wrong code would agree
with itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hypothesis import HealthCheck, Phase, settings
from pydantic import JsonValue

from approvals.policy import Match, Rule
from bot.core.actions import Action, Risk
from bot.core.dossier import Status
from bot.core.effects import Execute
from bot.core.events import (
    Clicker,
)
from bot.core.ids import ActionName, SlackUserId
from bot.core.tickets import TicketRef, Value
from bot.core.verdicts import Asking

REF = TicketRef("jira", "1")
OTHER = TicketRef("jira", "2")
T0 = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
SET, DONE, NOTE = (
    ActionName("jira.set_fields"),
    ActionName("jira.transition"),
    ActionName("jira.add_internal_note"),
)
PRIORITIES = tuple(Value(str(n), f"P{n}") for n in range(1, 5))
ASKED = Asking(approvers=("U0ALICE", "S0MANAGERS"), expires_after_s=3600)
BOSS = Asking(approvers=("U0BOSS",), four_eyes=False, expires_after_s=7200)
RULES = (
    Rule(name="approvals[0]", match=Match(action="*.add_internal_note"), allow=True),
    Rule(name="approvals[1]", match=Match(action="jira.set_fields", field="labels"), allow=True),
    Rule(name="approvals[2]", match=Match(action="jira.set_fields", field="priority"), ask=ASKED),
    Rule(name="approvals[3]", match=Match(action="jira.transition", to="Done"), ask=BOSS),
)
"""Everything else is denied, because nothing matches it."""
ACROSS: dict[Status, set[Status]] = {
    Status.PENDING: {
        Status.APPROVED,
        Status.REJECTED,
        Status.STALE,
        Status.EXPIRED,
        Status.CANCELLED,
    },
    Status.APPROVED: {Status.EXECUTING, Status.FAILED},
    Status.EXECUTING: {Status.EXECUTED, Status.FAILED, Status.UNCERTAIN, Status.STALE},
    Status.UNCERTAIN: {Status.EXECUTED, Status.EXECUTING, Status.FAILED},
    Status.EXECUTED: {Status.UNDONE},
}
"""The moves there are; whatever is not a key never moves again."""
OVER = (set(Status) - set(ACROSS)) | {Status.EXECUTED}
"""Where no executor has any business any more."""
CHANGES = ["time", "time", "time", "priority", "words", "answer", "closed", "opened", "opened", "deleted"]
ENDS = ["executed", "executed", "failed", "partly", "unknown", "unknown", "busy", "dies", "dies after"]
"""What becomes of one request."""
CLICKERS = (
    Clicker(id=SlackUserId("U0ALICE")),
    Clicker(id=SlackUserId("U0BOB"), groups=frozenset({"S0MANAGERS"})),
    Clicker(id=SlackUserId("U0BOSS")),
    Clicker(id=SlackUserId("U0CAROL")),
    Clicker(id=SlackUserId("U0CAROL"), groups=frozenset({"S0OTHERS"})),
    Clicker(id=SlackUserId("U0ALICE"), refused="refused.guest"),
    Clicker(id=SlackUserId("U0BOB"), refused="refused.gone", groups=frozenset({"S0MANAGERS"})),
)


@dataclass
class Attempt:
    """One executor at work on one order; a zombie is one that goes on after a newer one has begun."""

    order: Execute
    fence: int
    writes: int = -1
    """What the dossier said at the claim."""
    may_write: bool = False


def action(kind: str, number: int) -> Action:
    """An action of one of the kinds that a skill comes up with."""
    pick = PRIORITIES[number]
    picked: JsonValue = {"id": pick.id, "label": pick.label}
    match kind:
        case "priority":
            return Action(SET, REF, {"fields": {"priority": [picked]}}, Risk.REVERSIBLE)
        case "labels":
            return Action(SET, REF, {"fields": {"labels": [picked]}}, Risk.REVERSIBLE)
        case "done":
            to: JsonValue = {"id": "9", "label": "Done"}
            return Action(DONE, REF, {"id": str(number), "to": to}, Risk.REVERSIBLE)
        case "note":
            return Action(NOTE, REF, {"lines": [], "replaces": str(number)}, Risk.NOTE)
        case "elsewhere":
            return Action(SET, OTHER, {"fields": {"priority": [picked]}}, Risk.REVERSIBLE)
        case _:
            return Action(ActionName("jira.link"), REF, {"to": str(number)}, Risk.REVERSIBLE)


def may_approve(by: Clicker, what: Action, asked_by: str) -> bool:
    """Say, apart from the policy's own code, whether this person's yes counts for ``what``."""
    if by.refused:
        return False
    fields = what.args.get("fields")
    if what.name == SET and isinstance(fields, dict) and "priority" in fields:
        return (by.id == "U0ALICE" or "S0MANAGERS" in by.groups) and by.id != asked_by
    return what.name == DONE and by.id == "U0BOSS"


def hunt(examples: int, *, explain: bool = True) -> settings:
    """How hard to look; the same examples each time, so that a mutant that dies once dies always."""
    return settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if explain else [])],
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
