"""May this be done, and who has to agree? Pure; every answer explains itself, and silence means no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from approvals.hours import WorkingHours
from bot.core.actions import Action, Risk
from bot.core.modes import Mode, ModeRule, mode_for
from bot.core.verdicts import Allow, Ask, Asking, Deny, Verdict

NOTE_PATTERN, WORK_NOTE_VERB, NOTE_VERB = "*.add_internal_note", "add_work_note", "add_internal_note"
"""A rule on ``*.add_internal_note`` also covers ServiceNow's word for the same thing (contract §5, §6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a rule is matched against besides the action itself."""

    connector: str
    """The instance's name."""
    queue: str
    by: str = ""
    """Who asks: ``skill:<name>`` or a Slack user id."""
    undo: bool = False
    """It would set back what was executed before."""

    @property
    def skill(self) -> str:
        """The skill that asks, or empty when a person does."""
        kind, _, name = self.by.partition(":")
        return name if kind == "skill" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The left side of a rule; an empty field matches anything."""

    action: str = ""
    """A shell pattern over ``<kind>.<verb>``."""
    connector: str = ""
    queue: str = ""
    skill: str = ""
    risk: Risk | None = None
    to: str = ""
    """Label or id of the value the action sets: a transition's target, a priority, an assignee."""
    field: str = ""
    """The action sets this field, perhaps among others."""
    by: str = ""
    """Who asks: a Slack user id."""
    undo: bool | None = None
    """Whether it sets back what was executed before."""

    def takes(self, action: Action, where: Where) -> bool:
        """Whether the rule speaks about ``action``."""
        plain = (
            (self.connector, where.connector),
            (self.queue, where.queue),
            (self.skill, where.skill),
            (self.by, where.by),
        )
        return (
            all(not want or want == have for want, have in plain)
            and (self.undo is None or self.undo is where.undo)
            and (not self.action or _names(self.action, action.name))
            and (self.risk is None or self.risk is action.risk)
            and (not self.to or self.to.casefold() in _targets(action))
            and (not self.field or self.field in _fields(action))
        )

    def covers(self, other: Match) -> bool:
        """Whether everything ``other`` takes is taken by this one first."""
        pairs = (
            (self.connector, other.connector),
            (self.queue, other.queue),
            (self.skill, other.skill),
            (self.to.casefold(), other.to.casefold()),
            (self.field, other.field),
            (self.risk, other.risk),
            (self.by, other.by),
        )
        return (
            all(not mine or mine == theirs for mine, theirs in pairs)
            and (self.undo is None or self.undo is other.undo)
            and (not self.action or (bool(other.action) and _names(self.action, other.action)))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of ``approvals:``. ``ask`` None with ``allow`` false: deny."""

    name: str
    """``approvals[3]``, as errors and cards name it."""
    match: Match
    allow: bool = False
    ask: Asking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Everything the file says that deciding needs."""

    rules: tuple[Rule, ...] = ()
    modes: tuple[ModeRule, ...] = ()
    skills: tuple[str, ...] = ()
    """Which skills there are; from the folders, not from the file."""
    actions_per_ticket_per_hour: int = 10
    actions_per_hour: int = 200
    """Of one connector, notes not counted."""
    hours: WorkingHours | None = None
    """When people work, for rules that count working hours."""
    operators: Mapping[str, str] = field(default_factory=dict[str, str])
    """Login name on the command line to Slack user id; these may also stop and resume the bot in Slack."""
    language: str = "en"
    """Of notes and shared cards."""
    approvals_channel: str = ""
    """Where cards go; empty: to each approver directly."""

    def mode(self, where: Where) -> Mode:
        """Return how far the bot may go there."""
        return mode_for(self.modes, connector=where.connector, queue=where.queue, skill=where.skill)

    def moment(self, start: datetime, seconds: float, *, business_hours: bool) -> datetime:
        """Return when ``seconds`` after ``start`` are over; working hours only, where that is asked."""
        if business_hours and self.hours is not None:
            return self.hours.after(start, seconds)
        return start + timedelta(seconds=seconds)


DEFAULT_RULES = (Rule(name="built-in", match=Match(action=NOTE_PATTERN), allow=True),)
"""Without a policy file the bot may leave internal notes and do nothing else."""


def evaluate(book: Rulebook, action: Action, where: Where, *, human: bool) -> Verdict:
    """Say what has to happen before ``action`` may be executed.

    ``human``: a person must agree (every mode below auto, for anything but notes). Then rows that allow
    without asking are passed over: a mode never widens what a rule permits, and a row that asks may follow.
    """
    passed_over = ""
    for rule in book.rules:
        if not rule.match.takes(action, where):
            continue
        if rule.ask is not None:
            return _ask(rule.ask, rule.name, f"{rule.name} asks for {action.name}")
        if not rule.allow:
            return Deny(rule=rule.name, because=f"{rule.name} denies {action.name}")
        if human and action.risk is not Risk.NOTE:
            passed_over = rule.name
            continue
        return Allow(rule=rule.name, because=f"{rule.name} allows {action.name}")
    if passed_over:
        because = f"{passed_over} allows {action.name} in mode auto only, and no rule names approvers"
        return Deny(rule=passed_over, because=because)
    return Deny(rule="", because=f"no rule matches {action.name}")


def unreachable(rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """Return (rule, the earlier rule that takes everything it would) for rows that can never match.

    A row that allows hides a later row that asks only in mode auto, so such pairs are not errors.
    """
    found: list[tuple[str, str]] = []
    earlier: list[Rule] = []
    for rule in rules:
        for before in earlier:
            if before.match.covers(rule.match) and not (before.allow and rule.ask is not None):
                found.append((rule.name, before.name))
                break
        earlier.append(rule)
    return found


def _ask(asking: Asking, rule: str, because: str) -> Ask:
    return Ask(
        **{each.name: getattr(asking, each.name) for each in fields(Asking)}, rule=rule, because=because
    )


def _names(pattern: str, name: str) -> bool:
    kind, _, verb = name.partition(".")
    names = {name, f"{kind}.{NOTE_VERB}"} if verb == WORK_NOTE_VERB else {name}
    return any(fnmatchcase(each, pattern) for each in names)


def _targets(action: Action) -> frozenset[str]:
    to = action.args.get("to")
    if not isinstance(to, dict):
        return frozenset()
    return frozenset(str(to.get(part, "")).casefold() for part in ("id", "label"))


def _fields(action: Action) -> frozenset[str]:
    fields = action.args.get("fields")
    return frozenset(fields) if isinstance(fields, dict) else frozenset()
