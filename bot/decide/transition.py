"""A Transition and the one way to build it step by step without mutating anything that outlives the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from approvals.policy import Where
from approvals.states import may_move
from bot.core.audit import Record
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Effect, ShowCard
from bot.core.events import Event
from bot.core.ids import EffectId, ProposalId, effect_id


@dataclass(frozen=True, slots=True)
class Transition:
    """The dossier after the event, the orders it gave rise to, and what the audit keeps."""

    dossier: Dossier
    effects: tuple[Effect, ...] = ()
    records: tuple[Record, ...] = ()


class Draft:
    """A Transition in the making, local to one call of ``decide``."""

    def __init__(self, dossier: Dossier, event: Event) -> None:
        self.dossier, self.event = dossier, event
        self._effects: list[Effect] = []
        self._records: list[Record] = []

    def done(self) -> Transition:
        """Return what was built."""
        return Transition(self.dossier, tuple(self._effects), tuple(self._records))

    def order(self, make: Callable[[EffectId], Effect]) -> None:
        """Add the effect that ``make`` builds from its id."""
        self._effects.append(make(effect_id(self.event.id, len(self._effects))))

    def next_effect(self) -> EffectId:
        """Return the id the next effect will have."""
        return effect_id(self.event.id, len(self._effects))

    def show_card(self, proposal: ProposalId) -> None:
        """Order that the card of ``proposal`` be brought up to date."""
        self.order(lambda ident: ShowCard(ident, proposal))

    def record(
        self,
        what: str,
        *,
        actor: str,
        because: str = "",
        tracked: Tracked | None = None,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Add a line to the audit."""
        self._records.append(
            Record(
                at=self.event.at,
                what=what,
                ticket=f"{self.dossier.ref.connector}:{self.dossier.ref.id}",
                actor=actor,
                because=because,
                event=self.event.id,
                proposal=tracked.proposal.id if tracked else "",
                revision=tracked.revision if tracked else 0,
                digest=tracked.digest if tracked else "",
                rule=tracked.rule if tracked else "",
                details=dict(details or {}),
            )
        )

    def move(self, tracked: Tracked, to: Status, *, actor: str, reason: str = "") -> Tracked | None:
        """Move a proposal, record it, and return it; None when the table does not allow the move."""
        if not may_move(tracked.status, to):
            self.record(
                "move.refused", actor=actor, tracked=tracked, because=f"{tracked.status.value} to {to.value}"
            )
            return None
        moved = replace(tracked, status=to, reason=reason or tracked.reason)
        self.dossier = self.dossier.put(moved)
        self.record(f"proposal.{to.value}", actor=actor, because=reason, tracked=moved)
        return moved


def where(dossier: Dossier, skill: str) -> Where:
    """Return what rules are matched against for this ticket."""
    return Where(connector=dossier.ref.connector, queue=dossier.queue, skill=skill)


def skill_of(tracked: Tracked) -> str:
    """Return the skill that asked, or empty when a person did."""
    kind, _, name = tracked.proposal.by.partition(":")
    return name if kind == "skill" else ""
