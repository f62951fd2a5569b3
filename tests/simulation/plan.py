"""One seed, one small world: how many replicas and tickets, which policy, and what is going to go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from approvals.policy import NOTE_PATTERN, Match, Rule, Rulebook
from bot.core.modes import Mode, ModeRule
from bot.core.verdicts import Asking
from tests.simulation.chance import Dice
from tests.simulation.chance import dice as stream
from tests.simulation.chat import Person, Temper
from tests.simulation.facade import Weather
from tests.simulation.vendor import Mood

NOON: Final = 1_795_176_000.0
"""2026-11-20 12:00 UTC, when every world begins."""
APPROVERS: Final = ("U0ALICE", "U0BOB", "U0CAROL", "U0DORA")
MANAGERS: Final = "S0MANAGERS"
DIRECTORS: Final = "S0DIRECTORS"
OTHERS: Final[Mapping[str, Mapping[str, bool]]] = {
    "U0EVE": {},
    "U0GUEST": {"is_restricted": True},
    "U0GONE": {"deleted": True},
    "U0ROBOT": {"is_bot": True},
}
"""People who click and may not, with what Slack says of them; Eve is simply nobody's approver."""
STRANGER: Final = Person("U0STRANGE", team="T0OTHER", flags={"is_stranger": True})
NOTES: Final = "jira.add_internal_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule, as the simulation itself understands it."""

    verb: str
    """A full action name, or ``*``."""
    kind: str
    """``allow``, ``ask`` or ``deny``."""
    to: str = ""
    undo: bool | None = None
    asking: Asking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """How the vendor's deliveries travel."""

    lost: float = 0.0
    unanswered: float = 0.0
    doubled: float = 0.0
    slow_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything about a world that is decided before it begins."""

    seed: int
    replicas: int
    tickets: int
    hours: float
    mode: Mode
    rows: tuple[Row, ...]
    wishes: int
    skill_s: float
    polls: bool
    weather: Weather
    mood: Mood
    temper: Temper
    road: Road
    happenings: Mapping[str, int]
    """How often: ``crash``, ``stop``, ``redis``, ``outage``, ``touch``, ``reword``, ``say``, ``close``,
    ``delete``, ``regroup``, ``switch``, ``lend``."""
    clicks: float
    """How many visits a fresh card gets, on average."""
    old_drawings: float = 0.25
    """How many of the presses are on a drawing that may not be the newest."""

    def book(self) -> Rulebook:
        """Return the policy as the product knows it."""
        return Rulebook(
            rules=tuple(
                Rule(
                    name=f"approvals[{number}]",
                    match=Match(action=_pattern(row.verb), to=row.to, undo=row.undo),
                    allow=row.kind == "allow",
                    ask=row.asking,
                )
                for number, row in enumerate(self.rows)
            ),
            modes=(ModeRule(mode=self.mode),),
            skills=("triage",),
            actions_per_ticket_per_hour=10,
            approvals_channel="C0APPROVALS",
        )

    def people(self) -> list[Person]:
        """Return everybody there is."""
        approvers = [Person(ident) for ident in APPROVERS]
        others = [Person(ident, flags=dict(flags)) for ident, flags in OTHERS.items()]
        return [*approvers, *others, replace(STRANGER, flags=dict(STRANGER.flags))]


def make(seed: int) -> Plan:
    """Return the plan of a seed."""
    dice = stream(seed, "plan")
    rough = dice.choice((0.0, 0.3, 1.0, 2.0))
    return Plan(
        seed=seed,
        replicas=dice.randint(2, 4),
        tickets=dice.randint(2, 5),
        hours=dice.choice((2.0, 8.0, 30.0)),
        mode=dice.choice((*[Mode.APPROVE] * 6, *[Mode.AUTO] * 3, Mode.SUGGEST)),
        rows=_rows(dice),
        wishes=dice.randint(1, 4),
        skill_s=dice.choice((0.5, 5.0, 40.0)),
        polls=dice.random() < 0.25,
        weather=_weather(dice, rough),
        mood=_mood(dice, rough),
        temper=_temper(dice, rough),
        road=_road(dice, rough),
        happenings=_happenings(dice, rough),
        clicks=dice.choice((1.0, 2.0, 4.0)),
    )


def busy(seed: int) -> Plan:
    """Return the plan of a seed in which rare things are not rare: for faults that have to be found soon."""
    plan = make(seed)
    asking = Asking(approvers=APPROVERS, quorum=2, expires_after_s=3600.0)
    return replace(
        plan,
        tickets=6,
        hours=2.0,
        mode=Mode.APPROVE,
        rows=(Row(verb=NOTES, kind="allow"), Row(verb="*", kind="ask", asking=asking)),
        wishes=4,
        mood=replace(plan.mood, slow_s=0.05),
        clicks=5.0,
        old_drawings=0.6,
        road=replace(plan.road, slow_s=900.0),
        happenings={**plan.happenings, "touch": 80},
    )


def _pattern(verb: str) -> str:
    return NOTE_PATTERN if verb == NOTES else verb


def _rows(dice: Dice) -> tuple[Row, ...]:
    """Return rules in which every verb is allowed, asked for or denied somewhere."""
    rows = [Row(verb=NOTES, kind="allow")] if dice.random() < 0.9 else [_asks(dice, NOTES)]
    if dice.random() < 0.3:
        rows.append(_asks(dice, "*", undo=True))
    for verb in dice.sample(
        ("jira.set_priority", "jira.assign", "jira.transition", "jira.reply_publicly", "jira.set_fields"), 3
    ):
        kind = dice.choice(("allow", "ask", "ask", "ask", "deny"))
        to = "Highest" if verb == "jira.set_priority" and dice.random() < 0.3 else ""
        rows.append(_asks(dice, verb, to=to) if kind == "ask" else Row(verb=verb, kind=kind, to=to))
    if dice.random() < 0.9:
        rows.append(_asks(dice, "*"))
    return tuple(rows)


def _asks(dice: Dice, verb: str, *, to: str = "", undo: bool | None = None) -> Row:
    everybody = (*APPROVERS, MANAGERS, DIRECTORS)
    expires_s = dice.choice((600.0, 3600.0, 8 * 3600.0))
    escalates = dice.random() < 0.4
    asking = Asking(
        approvers=tuple(dice.sample(everybody, dice.randint(2, 4))),
        quorum=dice.choice((1, 1, 1, 2)),
        four_eyes=dice.random() < 0.7,
        expires_after_s=expires_s,
        remind_after_s=expires_s / 4 if dice.random() < 0.4 else None,
        escalate_after_s=expires_s / 2 if escalates else None,
        escalate_to=(DIRECTORS,) if escalates else (),
        always_after=dice.choice((None, None, 1, 2)),
    )
    return Row(verb=verb, kind="ask", to=to, undo=undo, asking=asking)


def _weather(dice: Dice, rough: float) -> Weather:
    return Weather(
        cut_before=dice.random() * 0.01 * rough,
        cut_after=dice.random() * 0.01 * rough,
        slow=dice.random() * 0.01 * rough,
        latency_s=dice.choice((0.0005, 0.002, 0.02)),
    )


def _mood(dice: Dice, rough: float) -> Mood:
    share = {"busy": 0.1, "lost": 0.1, "told_nobody": 0.1, "late": 0.1, "refused": 0.04, "drops": 0.04}
    share |= {"forbidden": 0.02, "leaks": 0.02}
    return Mood(
        fates={fate: dice.random() * most * rough for fate, most in share.items()},
        read_fails=dice.random() * 0.1 * rough,
        slow_s=dice.choice((0.05, 0.3, 2.0)),
    )


def _temper(dice: Dice, rough: float) -> Temper:
    return Temper(
        cut_before=dice.random() * 0.1 * rough,
        cut_after=dice.random() * 0.1 * rough,
        limited=dice.random() * 0.1 * rough,
        slow_s=dice.choice((0.05, 0.3)),
    )


def _road(dice: Dice, rough: float) -> Road:
    return Road(
        lost=dice.random() * 0.2 * rough,
        unanswered=dice.random() * 0.2 * rough,
        doubled=dice.random() * 0.3 * rough,
        slow_s=dice.choice((0.2, 5.0, 60.0)),
    )


def _happenings(dice: Dice, rough: float) -> dict[str, int]:
    most = {"crash": 4, "stop": 2, "outage": 1, "touch": 3, "reword": 2, "say": 3, "close": 1}
    counts = {what: round(dice.random() * many * rough) for what, many in most.items()}
    counts["redis"] = dice.randint(1, 2) if dice.random() < 0.12 * rough else 0
    counts["delete"] = int(dice.random() < 0.1 * rough)
    counts["regroup"] = int(dice.random() < 0.3 * rough)
    counts["lend"] = dice.choice((0, 0, 1, 2))
    counts["switch"] = int(dice.random() < 0.2 * rough)
    return counts
