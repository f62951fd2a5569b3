"""What the machine is made of: the ticket's values, the rules, the people, and what may happen to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from pydantic import JsonValue

from approvals.hours import WorkingHours
from approvals.policy import Match, Rule, Rulebook
from bot.core.actions import Action, Risk
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute
from bot.core.events import Clicker
from bot.core.ids import ActionName, SlackUserId
from bot.core.modes import Mode, ModeRule
from bot.core.tickets import FieldValue, Snapshot, TicketRef, Value
from bot.core.verdicts import Asking

REF = TicketRef("jira", "1")
OTHER = TicketRef("jira", "2")
QUEUE, HELP = "OPS", "HELP"
T0 = datetime.fromisoformat("2026-11-20T13:00:00+00:00")
"""A Friday afternoon: what counts working hours runs into the weekend."""
SET, DONE, REPLY, NOTE = (
    ActionName("jira.set_fields"),
    ActionName("jira.transition"),
    ActionName("jira.reply_publicly"),
    ActionName("jira.add_internal_note"),
)
PRIORITIES = tuple(Value(str(n), f"P{n}") for n in range(1, 5))
FIELDS = ("priority", "urgency", "impact", "labels")

# -- who has to agree to what: plain data; what follows from it is worked out in oracle.py, by hand ----

MINUTE, HOUR = 60.0, 3600.0
TEAM = ("U0ALICE", "S0MANAGERS")
ONE = Asking(approvers=TEAM, expires_after_s=HOUR, remind_after_s=20 * MINUTE, always_after=2)
"""For a priority."""
TWO = Asking(
    approvers=TEAM,
    quorum=2,
    expires_after_s=4 * HOUR,
    remind_after_s=40 * MINUTE,
    escalate_after_s=80 * MINUTE,
    escalate_to=("S0DIRECTORS",),
    business_hours=True,
    on_duty=("U0ALICE", "U0DUTY"),
)
"""For an urgency."""
THREE = Asking(approvers=("U0BOSS", *TEAM), quorum=3, expires_after_s=2 * HOUR, remind_after_s=30 * MINUTE)
"""For an impact."""
BOSS = Asking(
    approvers=("U0BOSS",),
    four_eyes=False,
    expires_after_s=2 * HOUR,
    escalate_after_s=HOUR,
    escalate_to=("U0ALICE",),
    stand_ins=False,
)
"""For Done."""
PUBLIC = Asking(approvers=TEAM, expires_after_s=HOUR, always_after=1)
"""For a reply, which nobody can take back; that this offers a standing permission must not matter."""
ELSEWHERE = Asking(approvers=("U0BOSS", "U0DIRK"), expires_after_s=2 * HOUR)
"""For an impact in the other queue."""
BACK_AT_ONCE = Asking(approvers=TEAM, four_eyes=False, expires_after_s=HOUR)
"""For setting a priority back: who asks may agree."""
BACK_BY_OTHERS = Asking(approvers=("U0BOSS", "S0MANAGERS"), expires_after_s=HOUR, stand_ins=False)
"""For setting anything else back."""
ONE_STRICT = Asking(approvers=("S0MANAGERS",), quorum=2, expires_after_s=2 * HOUR)
TWO_STRICT = Asking(
    approvers=TEAM,
    quorum=3,
    expires_after_s=HOUR,
    remind_after_s=2 * HOUR,
    escalate_to=("S0DIRECTORS",),
)
THREE_LAX = Asking(approvers=("U0BOSS", *TEAM), quorum=2, expires_after_s=2 * HOUR)
"""How the second policy asks, which may come into force at any moment."""


def _rules(one: Asking, two: Asking, three: Asking) -> tuple[Rule, ...]:
    rows: tuple[tuple[Match, Asking | None], ...] = (
        (Match(action="*.add_internal_note"), None),
        (Match(undo=True, field="priority"), BACK_AT_ONCE),
        (Match(undo=True), BACK_BY_OTHERS),
        (Match(action="jira.set_fields", field="labels"), None),
        (Match(action="jira.set_fields", field="impact", queue=HELP), ELSEWHERE),
        (Match(action="jira.set_fields", field="priority"), one),
        (Match(action="jira.set_fields", field="urgency"), two),
        (Match(action="jira.set_fields", field="impact"), three),
        (Match(action="jira.transition", to="Done"), BOSS),
        (Match(action="jira.reply_publicly"), PUBLIC),
    )
    return tuple(
        Rule(name=f"approvals[{at}]", match=match, ask=ask, allow=ask is None)
        for at, (match, ask) in enumerate(rows)
    )


RULES: Final = {False: _rules(ONE, TWO, THREE), True: _rules(ONE_STRICT, TWO_STRICT, THREE_LAX)}
"""By whether the second policy is in force. Everything else is denied, because nothing matches it."""


def book(mode: Mode, *, strict: bool) -> Rulebook:
    """Return what is in force."""
    return Rulebook(
        rules=RULES[strict], modes=(ModeRule(mode=mode),), skills=("triage",), hours=WorkingHours()
    )


# -- what a proposal may do ----------------------------------------------------------------------------

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
CHANGES = [
    "time",
    "time",
    "clock",
    "priority",
    "urgency",
    "words",
    "answer",
    "question",
    "moved",
    "closed",
    "opened",
]
"""What people and time do to a ticket."""
ENDS = ["executed", "executed", "failed", "partly", "unknown", "lost", "busy", "dies", "dies after"]
"""What becomes of one request: answered, refused, half done, done or lost with no answer, not taken, and its
sender killed before or after it went out."""
WISHES = [
    "priority",
    "priority",
    "urgency",
    "urgency",
    "impact",
    "labels",
    "labels",
    "done",
    "reply",
    "reply",
]
NEVER = ["note", "elsewhere", "link"]
"""What a skill has no right to, or no rule speaks of."""

# -- people --------------------------------------------------------------------------------------------


def _person(
    who: str, *groups: str, refused: str = "", operator: str = "", **lent: tuple[str, ...]
) -> Clicker:
    """``lent``: whom this person stands in for, and the approver groups those are in."""
    return Clicker(
        id=SlackUserId(f"U0{who}"),
        refused=refused,
        groups=frozenset(groups),
        operator=operator,
        stands_in_for={SlackUserId(f"U0{name}"): frozenset(of) for name, of in lent.items()},
    )


PEOPLE: Final = {
    "Alice": _person("ALICE"),
    "Bob": _person("BOB", "S0MANAGERS"),
    "Dora": _person("DORA", "S0MANAGERS"),
    "the boss": _person("BOSS"),
    "Erin for Alice": _person("ERIN", ALICE=()),
    "Fred for Alice and Bob": _person("FRED", ALICE=(), BOB=("S0MANAGERS",)),
    "Dirk": _person("DIRK", "S0DIRECTORS"),
    "Hugo for Dirk and the boss": _person("HUGO", DIRK=("S0DIRECTORS",), BOSS=()),
    "Bob at the console": _person("BOB", "S0MANAGERS", operator="bob"),
    "Bob for Alice": _person("BOB", "S0MANAGERS", ALICE=()),
    "Alice for Bob": _person("ALICE", BOB=("S0MANAGERS",)),
    "the boss for Alice": _person("BOSS", ALICE=()),
    "Gwen for Carol": _person("GWEN", CAROL=()),
    "Carol": _person("CAROL"),
    "Carol of another group": _person("CAROL", "S0OTHERS"),
    "Carol for Alice": _person("CAROL", ALICE=()),
    "Alice as a guest": _person("ALICE", refused="refused.guest"),
    "Bob gone": _person("BOB", "S0MANAGERS", refused="refused.gone"),
    "a stranger for Alice": _person("ERIN", refused="refused.stranger", ALICE=()),
}
APPROVERS = tuple(PEOPLE)[:8]
"""Those whose word may carry some weight."""
ASKERS = ("skill:triage", "skill:triage", "U0ALICE", "U0ERIN", "U0CAROL")
"""Who may have asked for a change."""


@dataclass
class Attempt:
    """One executor at work on one order; a zombie is one that goes on after a newer one has begun."""

    order: Execute
    fence: int
    writes: int
    """What the dossier said at the claim."""
    begun: int
    """How many writes of ours had been sent off then."""
    saw: Snapshot
    """The ticket as read after the claim."""
    held: Tracked
    """The proposal as it was claimed."""
    may_write: bool = False


def values(field: FieldValue) -> list[JsonValue]:
    """Return a field's value as an action's argument."""
    return [{"id": each.id, "label": each.label} for each in field]


def sets(**fields: FieldValue) -> Action:
    """Return the action that sets these fields."""
    return Action(SET, REF, {"fields": {name: values(to) for name, to in fields.items()}}, Risk.REVERSIBLE)


def action(kind: str, number: int) -> Action:
    """Return an action of one of the kinds that a skill comes up with."""
    pick = (PRIORITIES[number],)
    match kind:
        case "done":
            to: JsonValue = {"id": "9", "label": "Done"}
            return Action(DONE, REF, {"id": str(number), "to": to}, Risk.REVERSIBLE)
        case "reply":
            return Action(REPLY, REF, {"text": f"We look into it {number}."}, Risk.IRREVERSIBLE)
        case "note":
            return Action(NOTE, REF, {"lines": [], "replaces": str(number)}, Risk.NOTE)
        case "elsewhere":
            return Action(SET, OTHER, {"fields": {"priority": values(pick)}}, Risk.REVERSIBLE)
        case "link":
            return Action(ActionName("jira.link"), REF, {"to": str(number)}, Risk.REVERSIBLE)
        case _:
            return sets(**{kind: pick})


def touched(what: Action) -> tuple[str, ...]:
    """Return the fields an action sets."""
    fields = what.args.get("fields")
    return tuple(fields) if isinstance(fields, dict) else ()


def hunt(examples: int, *, explain: bool = True) -> settings:
    """How hard to look; the same examples each time, so that a mutant that dies once dies always."""
    return settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if explain else [])],
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
