"""May this be done, and who has to agree? Pure; every answer explains itself, and silence means no."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final

from approvals.hours import WorkingHours
from bot.core.actions import Action, Risk
from bot.core.foreign import thing, things
from bot.core.modes import Mode, ModeRule, mode_for
from bot.core.ordered import OrderedSet
from bot.core.rungs import Footing, LadderRules, Moved
from bot.core.verdicts import Allow, Ask, Asking, Deny, Verdict

NOTE_PATTERN, WORK_NOTE_VERB, NOTE_VERB = "*.add_internal_note", "add_work_note", "add_internal_note"
"""A rule on ``*.add_internal_note`` also covers ServiceNow's word for the same thing (contract §5, §6)."""
FIELDS_VERB: Final = "set_fields"
_SETS: Final = "set_"
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "assign": ("assignee", "assigned_to"),
    "transition": ("status",),
    "resolve": ("state",),
    "close": ("state",),
}
"""Verbs, and the fields that each sets in one system or the other."""


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


@dataclass(frozen=True, slots=True)
class Condition:
    """One field of a rule's left side, held against one action."""

    key: str
    wanted: str
    found: str
    """What the action has there; empty where it has nothing of the kind."""
    holds: bool


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
    """Label or id of a value the action sets: a transition's target, a priority, an assignee."""
    field: str = ""
    """The action sets this field, perhaps among others, by whichever verb."""
    by: str = ""
    """Who asks: a Slack user id."""
    undo: bool | None = None
    """Whether it sets back what was executed before."""

    def takes(self, action: Action, where: Where, *, alone: bool = False) -> bool:
        """Whether the rule speaks about ``action``; ``alone``: as :meth:`conditions`."""
        return all(condition.holds for condition in self.conditions(action, where, alone=alone))

    def conditions(self, action: Action, where: Where, *, alone: bool = False) -> Iterator[Condition]:
        """Hold every field that is set against ``action``, one after the other.

        ``alone``: ``to`` has to be all that the action sets. So it is for a rule that allows: what is set
        beside that value was allowed by nobody.
        """
        plain = (
            ("connector", self.connector, where.connector),
            ("queue", self.queue, where.queue),
            ("skill", self.skill, where.skill),
            ("by", self.by, where.by),
        )
        for key, want, have in plain:
            if want:
                yield Condition(key, want, have, holds=want == have)
        if self.undo is not None:
            yield Condition("undo", _word(self.undo), _word(where.undo), holds=self.undo is where.undo)
        if self.action:
            yield Condition("action", self.action, action.name, holds=fits(self.action, action.name))
        if self.risk is not None:
            same = self.risk is action.risk
            yield Condition("risk", self.risk.value, action.risk.value, holds=same)
        if self.to:
            values = _values(action)
            held = [self.to.casefold() in {name.casefold() for name in names} for names in values]
            found = ", ".join(" or ".join(names) for names in values)
            yield Condition("to", self.to, found, holds=any(held) and (all(held) or not alone))
        if self.field:
            names = _fields(action)
            yield Condition("field", self.field, " and ".join(names), holds=self.field in names)


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
    on_request: OrderedSet[str] = frozenset()
    """Which of them run only where a person asks."""
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
    ladder: LadderRules = field(default_factory=LadderRules)
    """When a mode moves by what came true, and how far."""

    @property
    def reading(self) -> tuple[str, ...]:
        """The skills that read every ticket that changes."""
        return tuple(skill for skill in self.skills if skill not in self.on_request)

    def mode(self, where: Where) -> Mode:
        """Return how far the bot may go there."""
        return mode_for(self.modes, connector=where.connector, queue=where.queue, skill=where.skill)

    def footing(self, where: Where, held: tuple[Moved, ...]) -> Footing:
        """Return how far the bot may go there, value by value; ``held``: what the ladder holds."""
        mode = self.mode(where)
        return Footing(base=mode, queue=where.queue, skill=where.skill, held=held, rules=self.ladder)

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
        if not rule.match.takes(action, where, alone=rule.allow):
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


def _ask(asking: Asking, rule: str, because: str) -> Ask:
    return Ask(
        **{each.name: getattr(asking, each.name) for each in fields(Asking)}, rule=rule, because=because
    )


def fits(pattern: str, name: str) -> bool:
    """Whether a rule on ``pattern`` speaks about the verb ``name``."""
    kind, _, verb = name.partition(".")
    names = {name, f"{kind}.{NOTE_VERB}"} if verb == WORK_NOTE_VERB else {name}
    return any(fnmatchcase(each, pattern) for each in names)


def _word(value: bool) -> str:  # noqa: FBT001  # it is the value
    return "true" if value else "false"


def own_fields(name: str) -> tuple[str, ...]:
    """Return the fields that the verb ``name`` sets by being what it is; others name theirs in arguments."""
    verb = name.partition(".")[2]
    if verb.startswith(_SETS) and verb != FIELDS_VERB:
        return (verb.removeprefix(_SETS),)
    return _OWN.get(verb, ())


def _values(action: Action) -> list[tuple[str, ...]]:
    """Return label and id of everything the action sets, whichever verb it is."""
    named = action.args.get("fields")
    listed = (
        [each for several in named.values() for each in things(several)] if isinstance(named, dict) else []
    )
    picked = [value for name, value in action.args.items() if name != "fields"]
    typed = [(str(thing(each).get("text", "")),) for each in thing(action.args.get("typed")).values()]
    return typed + [
        tuple(dict.fromkeys(str(thing(each).get(part, "")) for part in ("label", "id")))
        for each in (*picked, *listed)
        if _is_pick(each)
    ]


def _fields(action: Action) -> tuple[str, ...]:
    """Return the names of everything it sets: a rule on a field holds for every way there is to set it."""
    named = action.args.get("fields")
    picked = (name for name, value in action.args.items() if name != "to" and _is_pick(value))
    listed = (*thing(named), *thing(action.args.get("typed")))
    return tuple(dict.fromkeys((*listed, *picked, *own_fields(action.name))))


def _is_pick(value: object) -> bool:
    return {"id", "label"} <= set(thing(value))
