"""Was this write permitted? Answered from the rules and from who pressed what, not from what was decided.

The bot's own word is taken for two things only: which proposal and revision an operation belongs to (its
write-ahead record), and what that proposal is called. Whether people agreed to it is read off the log of
presses, and what they agreed to off the drawings they had in front of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from bot.core.audit import Record
from bot.core.dossier import Tracked
from bot.core.modes import Mode
from bot.core.verdicts import Asking
from tests.simulation.chat import LOOK_BACK_S, Slack
from tests.simulation.ledger import Ledger
from tests.simulation.people import Press
from tests.simulation.plan import NOTES, Plan, Row
from tests.simulation.tracker import Write

CLOCKS_APART_S: Final = 2.0
"""Replicas' clocks differ, and a click is stamped where it is worked on."""
APPROVES: Final = frozenset({"approval:approve", "approval:approve_all"})
VERBS: Final[Mapping[str, frozenset[str]]] = {
    "note": frozenset({NOTES}),
    "reply": frozenset({"jira.reply_publicly"}),
    "edit": frozenset({"jira.set_fields", "jira.set_priority", "jira.assign"}),
    "transition": frozenset({"jira.transition"}),
}
"""Kind of a write to the verbs that can come down to it."""


Voice = tuple[str, str]
"""Who pressed, and whose voice that was."""


@dataclass(frozen=True, slots=True)
class Case:
    """One write, and all that was said about it."""

    write: Write
    started: Record
    verb: str
    undoes: str
    by: str
    """Who asked: ``skill:triage`` or a person's id."""
    asked: tuple[Record, ...]


class Oracle:
    """Judges writes."""

    def __init__(self, plan: Plan, ledger: Ledger, presses: Sequence[Press], slack: Slack) -> None:
        self._plan, self._ledger, self._presses, self._slack = plan, ledger, presses, slack

    def why_not(self, write: Write) -> str | None:
        """Return why ``write`` should not have happened, in words; None when it was permitted."""
        case = self._case(write)
        if case is None:
            return None
        if isinstance(case, str):
            return case
        row = self._row(case)
        if row is None or row.kind == "deny":
            return f"{case.verb} was written although no rule permits it"
        if row.kind == "allow":
            return None
        assert row.asking is not None, "a row that asks says whom"
        if self._granted(case, row.asking):
            return None
        voices = sorted(self._voices(case, row.asking))
        if _enough(voices, row.asking.quorum):
            return None
        return f"{case.verb} was written with too few of {row.asking.quorum} votes: {voices}"

    # -- what it is ----------------------------------------------------------------------------------------

    def _case(self, write: Write) -> Case | str | None:
        """Return what ``write`` belongs to, why it belongs to nothing, or None where that is forgotten."""
        started = [
            record
            for record in self._ledger.records
            if record.what == "write.started" and record.details.get("operation") == write.operation
        ]
        if not started:
            return f"{write.operation} was written without a write-ahead record"
        last = started[-1]
        told = self._ledger.by_proposal[last.proposal]
        tracked = self._ledger.find(last.proposal)
        if tracked is None and write.kind != "note" and not self._ledger.is_whole(write.issue):
            return None
        verb = NOTES if tracked is None else str(tracked.proposal.action.name)
        if verb not in VERBS[write.kind]:
            return f"a {write.kind} was written for a proposal to {verb}"
        asked = tuple(each for each in told if each.what in {"verdict.ask", "proposal.edited", "undo.asked"})
        undoes = str(tracked.proposal.undoes or "") if tracked else ""
        by = tracked.proposal.by if tracked else "skill:triage"
        return Case(write, last, verb, undoes, by, asked)

    def _row(self, case: Case) -> Row | None:
        """Return the first rule that speaks about it; a person's or a skill's wish that mode lets pass."""
        by_itself = self._plan.mode is Mode.AUTO and case.by.startswith("skill:")
        for row in self._plan.rows:
            fits = row.verb in {"*", case.verb} and (row.undo is None or row.undo is bool(case.undoes))
            aims = not row.to or row.to in {each.label for each in case.write.fields.get("priority", ())}
            if row.verb == "jira.set_priority" and case.verb != "jira.set_priority":
                continue
            if not fits or not aims:
                continue
            if row.kind == "allow" and not by_itself and case.verb != NOTES:
                continue
            return row
        return None

    # -- who agreed ----------------------------------------------------------------------------------------

    def _voices(self, case: Case, asking: Asking) -> set[Voice]:
        """Return every yes to exactly this that could count, each with whose voice it would be."""
        button = f"{case.started.proposal}|{case.started.revision}"
        found: set[Voice] = set()
        for press in self._presses:
            agrees = self._agrees(press, button, case) or self._edited(press, case)
            if agrees and press.person.may_ever and press.at <= case.write.at:
                found |= self._heard(press, case, asking)
        return found

    def _heard(self, press: Press, case: Case, asking: Asking) -> set[Voice]:
        """Return whose voices that person had in this, at that time: their own, or those lent to them."""
        me, until = press.person.id, case.write.at
        own_wish = asking.four_eyes and case.by == me
        if own_wish or not self._in_time(press, case, asking):
            return set()
        found = {(me, me)} if self._may(me, press, case, asking) else set[Voice]()
        for lent in self._slack.lent:
            there = lent.since <= until and press.at - CLOCKS_APART_S <= lent.until
            asked = asking.four_eyes and case.by == lent.of
            if lent.by == me and there and not asked and self._may(lent.of, press, case, asking):
                found.add((me, lent.of))
        return found

    def _agrees(self, press: Press, button: str, case: Case) -> bool:
        if press.action in APPROVES:
            drawn = press.drawing is not None and shows(press.drawing.words(), case.write)
            return button in press.value.split(",") and drawn
        asks = press.action == "approval:undo" and bool(case.undoes)
        return asks and any(each.split("|")[0] == case.undoes for each in press.value.split(","))

    def _edited(self, press: Press, case: Case) -> bool:
        """Whether ``press`` sent the form that made this revision."""
        before = f"{case.started.proposal}|{case.started.revision - 1}"
        if press.action != "approval:edit_submit" or press.value != before:
            return False
        typed = [*press.texts.values(), *(label for _, label in press.picks.values())]
        if case.write.kind == "reply":
            return any(each.strip() in _plain(case.write.text) for each in typed)
        # A form leaves alone what has no menu in it, or what is kept: that stood on the card it came from.
        seen = "\n".join([*typed, *self._card_of_form(press)])
        return all(value.label in seen for values in case.write.fields.values() for value in values)

    def _card_of_form(self, form: Press) -> list[str]:
        """Return what stood on the cards from which that person opened a form for this very revision."""
        return [
            press.drawing.words()
            for press in self._presses
            if press.action == "approval:edit"
            and press.drawing is not None
            and (press.person, press.value) == (form.person, form.value)
        ]

    def _may(self, who: str, press: Press, case: Case, asking: Asking) -> bool:
        """Whether ``who`` was among those who are asked, between that press and the write."""
        until = case.write.at
        approvers = [*asking.approvers, *self._wider(case, asking, until)]
        since = press.at - LOOK_BACK_S
        return any(each == who or self._slack.was_in(who, each, since, until) for each in approvers)

    def _in_time(self, press: Press, case: Case, asking: Asking) -> bool:
        """Whether it was still asked when that button was pressed."""
        if press.action == "approval:undo" or not case.asked:
            return True
        last = max(each.at.timestamp() for each in case.asked if each.at.timestamp() <= case.write.at)
        before_edit = press.action == "approval:edit_submit"
        return before_edit or press.at <= last + asking.expires_after_s + CLOCKS_APART_S

    def _wider(self, case: Case, asking: Asking, until: float) -> tuple[str, ...]:
        """Return who may decide as well because nobody did for so long."""
        if asking.escalate_after_s is None or not case.asked:
            return ()
        first = min(each.at.timestamp() for each in case.asked)
        return asking.escalate_to if until >= first + asking.escalate_after_s - CLOCKS_APART_S else ()

    def _granted(self, case: Case, asking: Asking) -> bool:
        """Whether somebody who may decide said: always allow exactly this."""
        if asking.always_after is None:
            return False
        mine = self._ledger.find(case.started.proposal)
        return any(self._same(press, mine) for press in self._presses if press.at <= case.write.at)

    def _same(self, press: Press, mine: Tracked | None) -> bool:
        if press.action != "approval:always" or not press.person.may_ever or mine is None:
            return False
        of = self._ledger.find(press.value.split("|")[0])
        if of is None:
            return False
        one, other = of.proposal.action, mine.proposal.action
        return (one.name, dict(one.args)) == (other.name, dict(other.args))


def _enough(voices: Sequence[Voice], quorum: int) -> bool:
    """Whether so many of them can be counted that nobody speaks twice and nobody is spoken for twice."""
    for chosen in combinations(voices, quorum):
        everybody = [name for voice in chosen for name in set(voice)]
        if len(everybody) == len(set(everybody)):
            return True
    return False


def shows(words: str, write: Write) -> bool:
    """Whether a drawing says what was then written: each value by its label, each reply in full."""
    if write.kind in {"note", "reply"}:
        said = _plain(write.text.partition("(ref ")[0]).strip()
        return write.kind == "note" or said in words
    return all(value.label in words for values in write.fields.values() for value in values)


def _plain(text: str) -> str:
    """Return wiki markup without the backslashes that make it inert."""
    return text.replace("\\", "")
