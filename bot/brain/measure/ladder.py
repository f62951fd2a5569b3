"""The ladder: how far to let the bot go, by what came true. Pure: it recommends and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.brain.classify.bounds import lower_bound, upper_bound
from bot.brain.measure.report import Report
from bot.brain.measure.scoring import BOTH_SIDES, exact_range
from bot.brain.trust import telling
from bot.core.ladder import Advice, Evidence, Move, Stand
from bot.core.modes import Mode
from bot.core.outcomes import Outcome
from bot.core.rungs import LadderRules, Rung

_STEPS: Final = (Mode.SHADOW, Mode.SUGGEST, Mode.APPROVE, Mode.AUTO)
"""A mode people switched off stays off."""
_HEAD: Final = ("queue", "field", "value", "n", "right", "95 % interval", "mode", "recommended")

StandOf = Callable[[Rung], Stand]
"""Where a rung stands now."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rung: what came true, where it stands, and what that speaks for."""

    evidence: Evidence
    now: Mode
    advice: Advice | None
    because: str
    """In words; empty where nothing is recommended."""

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine; figures to six digits."""
        known, advice = self.evidence, self.advice
        return {
            "queue": known.rung.queue,
            "skill": known.rung.skill,
            "field": known.rung.field,
            "value": known.label,
            "n": known.count,
            "right": known.hits,
            "precision": round(known.precision, 6) if known.count else None,
            "interval": [round(known.low, 6), round(known.high, 6)],
            "mode": self.now.value,
            "recommendation": f"{advice.move.value} to {advice.to.value}" if advice else None,
            "automatic": advice.automatic if advice else False,
            "because": self.because,
        }


def rows(outcomes: Iterable[Outcome], stand_of: StandOf, rules: LadderRules) -> list[Row]:
    """Return a row for each rung anything came true of, in their order.

    ``outcomes``: oldest first. Of each rung those count that came after its mode was last moved: one that was
    lowered climbs on what came then. One person's word counts for no more than their share.
    """
    found: dict[Rung, list[Outcome]] = {}
    for each in outcomes:
        if each.guess.proposed:
            found.setdefault(_rung(each), []).append(each)
    return [_row(rung, found[rung], stand_of(rung), rules) for rung in sorted(found)]


def recommend(outcomes: Iterable[Outcome], stand_of: StandOf, rules: LadderRules) -> list[Advice]:
    """Return the steps to take now, lowering first. A rung that should stay where it is has none."""
    found = [row.advice for row in rows(outcomes, stand_of, rules) if row.advice is not None]
    return sorted(found, key=lambda each: (each.move is Move.RAISE, not each.automatic, each.rung))


def rows_of_report(report: Report, rules: LadderRules) -> list[Row]:
    """Return what a measurement on past tickets speaks for, where the bot only suggests until now."""
    stand = Stand(Mode.SUGGEST, rules.limit(Mode.SUGGEST))
    made: list[Row] = []
    for field, measured in sorted(report.fields.items()):
        for each in measured.by_class:
            hits = round(each.alone * (each.alone_right or 0.0))
            known = Evidence(Rung("", "", field, each.name), each.name, hits, each.alone, *each.alone_range)
            made.append(_judged(known, stand, each.alone, rules))
    return made


def told(found: Sequence[Row]) -> str:
    """Return the rows as a table for a terminal; a sentence where there are none."""
    if not found:
        return "nothing has come true yet"
    lines = [_HEAD, *(_cells(each) for each in found)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def advised(found: Sequence[Row]) -> str:
    """Return what of a measurement speaks for another mode, below what else it says; empty: nothing does."""
    speak = [each for each in found if each.advice is not None]
    return f"\n\nFor another mode than suggest speak, where it may be moved:\n{told(speak)}" if speak else ""


def as_json(found: Iterable[Row]) -> list[Mapping[str, Any]]:
    """Return the rows for a machine."""
    return [each.as_json() for each in found]


# -- inside ------------------------------------------------------------------------------------------------


def _rung(outcome: Outcome) -> Rung:
    guess = outcome.guess
    return Rung(outcome.queue, guess.skill, guess.field, guess.value.id)


def _row(rung: Rung, outcomes: Sequence[Outcome], stand: Stand, rules: LadderRules) -> Row:
    counted = telling(_after(outcomes, stand.since))[-rules.last :]
    hits, count = sum(each.right for each in counted), len(counted)
    known = Evidence(rung, outcomes[-1].guess.value.label, hits, count, *exact_range(hits, count))
    return _judged(known, stand, len(telling(_after(outcomes, stand.refused_at))), rules)


def _after(outcomes: Sequence[Outcome], since: datetime | None) -> list[Outcome]:
    return [each for each in outcomes if since is None or each.at > since]


def _judged(known: Evidence, stand: Stand, new: int, rules: LadderRules) -> Row:
    """Say what the figures speak for; none of it moves a mode."""
    if stand.now not in _STEPS or not known.count:
        return Row(known, stand.now, None, "")
    place = _STEPS.index(stand.now)
    said = f"{known.hits} of the last {known.count} were right"
    if place > 0 and upper_bound(known.hits, known.count, delta=rules.certain) < rules.floor:
        why = f"{said}: that is below {_percent(rules.floor)}, and not by chance"
        return _advised(known, stand, _STEPS[place - 1], new, why, automatic=True)
    enough = known.count >= rules.outcomes_min
    if place > 0 and enough and known.precision < rules.floor:
        why = f"{said}: that is below {_percent(rules.floor)}, and may be chance"
        return _advised(known, stand, _STEPS[place - 1], new, why)
    may_climb = place + 1 < len(_STEPS) and stand.limit.reaches(_STEPS[place + 1])
    if may_climb and enough and lower_bound(known.hits, known.count, delta=BOTH_SIDES) >= rules.target:
        why = f"{said}: at least {_percent(known.low)} of all such are, so {_percent(rules.target)} holds"
        return _advised(known, stand, _STEPS[place + 1], new, why)
    return Row(known, stand.now, None, "")


def _advised(
    known: Evidence, stand: Stand, to: Mode, new: int, because: str, *, automatic: bool = False
) -> Row:
    move = Move.RAISE if to.reaches(stand.now) else Move.LOWER
    advice = Advice(evidence=known, move=move, now=stand.now, to=to, automatic=automatic, new=new)
    return Row(known, stand.now, advice, because)


def _cells(row: Row) -> tuple[str, ...]:
    known = row.evidence
    advised = f"{row.advice.move.value} to {row.advice.to.value}" if row.advice else "-"
    if row.advice and row.advice.automatic:
        advised += " (by itself)"
    right = f"{100 * known.precision:.1f} %" if known.count else "-"
    interval = f"{100 * known.low:.1f} - {100 * known.high:.1f} %"
    rung = known.rung
    return (
        rung.queue or "-",
        rung.field,
        known.label,
        str(known.count),
        right,
        interval,
        row.now.value,
        advised,
    )


def _percent(share: float) -> str:
    """Return a share in whole per cent, never more than it is."""
    return f"{int(100 * share + 1e-9)} %"
