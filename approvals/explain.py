"""Why a verdict is what it is: every rule in order, who must agree and by when, and what else matters.

Pure, and made of the very parts that decide, so that it cannot tell another story. In English alone, like
everything the command line says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from approvals.policy import Condition, Rule, Rulebook, Where, evaluate
from bot.core.actions import Action, Risk
from bot.core.grants import Grant
from bot.core.modes import Mode, ModeRule
from bot.core.verdicts import Allow, Ask, Deny, Verdict

DECIDES, PASSED_OVER, NOT_REACHED, NO_MATCH = "decides", "passed over", "not reached", "does not match"


@dataclass(frozen=True, slots=True)
class Branch:
    """One line, and what belongs to it."""

    says: str
    under: tuple[Branch | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule, held against one action."""

    name: str
    says: str
    """``allow``, ``ask`` or ``deny``."""
    part: str
    """What came of it: DECIDES, PASSED_OVER, NOT_REACHED (it would match) or NO_MATCH."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When something happens if nobody decides; None: never."""

    reminds: datetime | None
    escalates: datetime | None
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the policy does not say but an execution depends on; as it is when it is looked up."""

    stopped: str | None = None
    """The kill switch's reason; None: it is not set."""
    grant: Grant | None = None
    """The standing permission for exactly this."""
    undo: str = ""
    """How the verb is undone, or why it cannot be."""


Json: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer to: who must agree to this, and why?"""

    book: Rulebook
    action: Action
    where: Where
    at: datetime
    verdict: Verdict
    mode: Mode
    mode_row: int | None
    """Which row of ``modes`` gave the mode; None: no row matched, so the default holds."""
    rows: tuple[Row, ...]
    times: Times | None
    """None: nobody is asked."""
    around: Around = field(default_factory=Around)

    @property
    def granted(self) -> bool:
        """Whether a standing permission replaces the card, as ``bot/decide/considering.py`` has it."""
        offered = isinstance(self.verdict, Ask) and self.verdict.always_after is not None
        plain = self.action.risk is Risk.REVERSIBLE and not self.where.undo
        return offered and plain and self.around.grant is not None

    @property
    def withheld(self) -> bool:
        """Whether the mode keeps the skill from proposing it at all."""
        return bool(self.where.skill) and not self.mode.reaches(_needed(self.action.risk))

    @property
    def outcome(self) -> str:
        """Say in one sentence what happens."""
        if self.withheld:
            return f"Nothing: in mode {self.mode.value} a skill does not get so far."
        if isinstance(self.verdict, Deny):
            return f"It is not done: {self.verdict.because}."
        if self.around.stopped is not None:
            return f"It is not executed while the kill switch is set: {self.around.stopped}"
        if isinstance(self.verdict, Allow):
            return f"It is done without asking anybody: {self.verdict.because}."
        if self.granted and self.around.grant is not None:
            return f"It is done without a card: {self.around.grant.by} allowed exactly this for good."
        return f"It is done once {_people(self.verdict)} agreed: {self.verdict.because}."

    def tree(self) -> Branch:
        """Return all of it as lines."""
        by = f"asked by {self.where.by}" if self.where.by else "whoever asks"
        undo = ", as an undo" if self.where.undo else ""
        top = (
            f"{self.action.name} in {self.where.connector}, queue {self.where.queue or '(none)'}, {by}{undo}"
        )
        return Branch(
            top,
            (
                f"Outcome: {self.outcome}",
                f"Asked at: {self._moment(self.at)}",
                f"Mode: {self.mode.value}, by {_row_of_modes(self.book.modes, self.mode_row)}",
                Branch("Rules, in order; the first that decides counts:", tuple(map(_told, self.rows)))
                if self.rows
                else "Rules: there are none, so everything is denied",
                self._verdict(),
                f"Kill switch: {'not set' if self.around.stopped is None else self.around.stopped}",
                f"Standing permission: {self._grant()}",
                f"Risk: {self.action.risk.value}. {self.around.undo}".rstrip(),
            ),
        )

    def text(self) -> str:
        """Return all of it, indented."""
        return "\n".join(lines(self.tree()))

    def json(self) -> Json:
        """Return all of it for programs."""
        grant, times = self.around.grant, self.times
        return {
            "action": self.action.name,
            "risk": self.action.risk.value,
            "connector": self.where.connector,
            "queue": self.where.queue,
            "by": self.where.by,
            "undo": self.where.undo,
            "at": self.at.isoformat(),
            "outcome": self.outcome,
            "mode": {"mode": self.mode.value, "row": self.mode_row, "withholds": self.withheld},
            "rules": [_row_json(row) for row in self.rows],
            "verdict": _verdict_json(self.verdict),
            "excluded": list(self.excluded),
            "reminds_at": times.reminds.isoformat() if times and times.reminds else None,
            "escalates_at": times.escalates.isoformat() if times and times.escalates else None,
            "expires_at": times.expires.isoformat() if times else None,
            "stopped": self.around.stopped,
            "standing_permission": {"by": grant.by, "at": grant.at.isoformat(), "counts": self.granted}
            if grant
            else None,
            "how_undone": self.around.undo,
        }

    @property
    def excluded(self) -> tuple[str, ...]:
        """Who may not agree although a rule may name them: the person who asks, under four eyes."""
        is_person = bool(self.where.by) and not self.where.skill
        return (
            (self.where.by,) if isinstance(self.verdict, Ask) and self.verdict.four_eyes and is_person else ()
        )

    def _verdict(self) -> Branch | str:
        if not isinstance(self.verdict, Ask):
            kind = "allow" if isinstance(self.verdict, Allow) else "deny"
            return f"Verdict: {kind}, because {self.verdict.because}"
        ask, times = self.verdict, self.times
        assert times is not None, "who is asked has until then"
        under = [f"Who: {ask.quorum} of {', '.join(ask.approvers)}", f"Four eyes: {self._four_eyes(ask)}"]
        under.append(f"Stand-ins: {'may agree in their place' if ask.stand_ins else 'may not agree'}")
        if ask.on_duty:
            under.append(f"On duty: {', '.join(ask.on_duty)}")
        if ask.remind_after_s is not None:
            under.append(f"Reminder: {self._moment(times.reminds)}")
        if ask.escalate_after_s is not None:
            under.append(
                f"Escalation: {self._moment(times.escalates)}, to {', '.join(ask.escalate_to)} as well"
            )
        counted = " (working hours counted)" if ask.business_hours else ""
        under.append(f"Expiry: {self._moment(times.expires)}{counted}")
        return Branch(f"Verdict: ask, because {ask.because}", tuple(under))

    def _four_eyes(self, ask: Ask) -> str:
        if not ask.four_eyes:
            return "not asked for, so who asks may agree"
        if not self.excluded:
            return "nobody is kept out, because no person asks"
        return f"{self.where.by} asks, and may not agree"

    def _grant(self) -> str:
        grant = self.around.grant
        if grant is None:
            return "none"
        given = f"given by {grant.by} at {self._moment(grant.at)}"
        return given if self.granted else f"{given}, but it does not count here"

    def _moment(self, moment: datetime | None) -> str:
        if moment is None:
            return "never, since the card has expired by then"
        name = self.book.hours.timezone if self.book.hours else "UTC"
        return f"{moment.astimezone(ZoneInfo(name) if self.book.hours else UTC):%Y-%m-%d %H:%M} {name}"


def explain(
    book: Rulebook, action: Action, where: Where, at: datetime, *, human: bool, around: Around | None = None
) -> Explanation:
    """Say what :func:`approvals.policy.evaluate` says, and why; ``at`` is when it is asked."""
    verdict = evaluate(book, action, where, human=human)
    return Explanation(
        book=book,
        action=action,
        where=where,
        at=at,
        verdict=verdict,
        mode=book.mode(where),
        mode_row=_mode_row(book.modes, where),
        rows=_rows(book.rules, action, where, human=human),
        times=_times(book, verdict, at) if isinstance(verdict, Ask) else None,
        around=around or Around(),
    )


def lines(branch: Branch | str, depth: int = 0) -> list[str]:
    """Return ``branch`` as lines, each level two blanks further in.

    Names of queues and labels are the vendor's: what could move a terminal's cursor is left out.
    """
    if isinstance(branch, str):
        return ["  " * depth + "".join(each for each in " ".join(branch.split()) if each.isprintable())]
    return [*lines(branch.says, depth), *(line for each in branch.under for line in lines(each, depth + 1))]


def _needed(risk: Risk) -> Mode:
    return Mode.SUGGEST if risk is Risk.NOTE else Mode.APPROVE


def _people(ask: Ask) -> str:
    if len(ask.approvers) == 1 == ask.quorum and ask.approvers[0][0] in "UW":
        return f"{ask.approvers[0]} has"
    return f"{ask.quorum} of {', '.join(ask.approvers)} {'has' if ask.quorum == 1 else 'have'}"


def _rows(rules: tuple[Rule, ...], action: Action, where: Where, *, human: bool) -> tuple[Row, ...]:
    rows: list[Row] = []
    decided = False
    for rule in rules:
        conditions = tuple(rule.match.conditions(action, where, alone=rule.allow))
        part = NO_MATCH
        if all(condition.holds for condition in conditions):
            over = rule.allow and rule.ask is None and human and action.risk is not Risk.NOTE
            part = NOT_REACHED if decided else PASSED_OVER if over else DECIDES
        decided = decided or part == DECIDES
        says = "ask" if rule.ask is not None else "allow" if rule.allow else "deny"
        rows.append(Row(name=rule.name, says=says, part=part, conditions=conditions))
    return tuple(rows)


def _times(book: Rulebook, ask: Ask, at: datetime) -> Times:
    expires = book.moment(at, ask.expires_after_s, business_hours=ask.business_hours)

    def due(after_s: float | None) -> datetime | None:
        if after_s is None:
            return None
        moment = book.moment(at, after_s, business_hours=ask.business_hours)
        return moment if moment < expires else None

    return Times(reminds=due(ask.remind_after_s), escalates=due(ask.escalate_after_s), expires=expires)


def _mode_row(modes: tuple[ModeRule, ...], where: Where) -> int | None:
    for number, row in enumerate(modes):
        wanted = ((row.connector, where.connector), (row.queue, where.queue), (row.skill, where.skill))
        if all(not want or want == have for want, have in wanted):
            return number
    return None


def _row_of_modes(modes: tuple[ModeRule, ...], number: int | None) -> str:
    if number is None:
        return "default, since no row of modes matches"
    row = modes[number]
    named = (("connector", row.connector), ("queue", row.queue), ("skill", row.skill))
    wanted = ", ".join(f"{key} {value}" for key, value in named if value)
    return f"modes[{number}] ({wanted or 'everywhere'})"


def _told(row: Row) -> Branch:
    head = f"{row.name} ({row.says}): {row.part}"
    if row.part == PASSED_OVER:
        head += ", because a person has to agree and it names nobody"
    if row.part == NO_MATCH:
        return Branch(head, tuple(_failed(each) for each in row.conditions if not each.holds))
    return Branch(
        head, tuple(f"{each.key}: {each.wanted}" for each in row.conditions) or ("matches everything",)
    )


def _failed(condition: Condition) -> str:
    return f"{condition.key}: wants {condition.wanted}, is {condition.found or '(nothing)'}"


def _row_json(row: Row) -> Json:
    return {
        "rule": row.name,
        "says": row.says,
        "matches": row.part != NO_MATCH,
        "part": row.part,
        "conditions": [
            {"key": each.key, "wanted": each.wanted, "found": each.found, "holds": each.holds}
            for each in row.conditions
        ],
    }


def _verdict_json(verdict: Verdict) -> Json:
    said: Json = {"rule": verdict.rule, "because": verdict.because}
    if not isinstance(verdict, Ask):
        return {"verdict": "allow" if isinstance(verdict, Allow) else "deny", **said}
    return {
        "verdict": "ask",
        **said,
        "approvers": list(verdict.approvers),
        "quorum": verdict.quorum,
        "four_eyes": verdict.four_eyes,
        "stand_ins": verdict.stand_ins,
        "on_duty": list(verdict.on_duty),
        "escalate_to": list(verdict.escalate_to),
        "business_hours": verdict.business_hours,
        "always_after": verdict.always_after,
    }
