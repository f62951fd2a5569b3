"""A Transition and the one way to build it step by step without mutating anything that outlives the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from approvals.policy import Where
from approvals.states import ENDED, may_move
from bot.core.actions import Proposal
from bot.core.audit import Record
from bot.core.dossier import Dossier, Hearer, Status, Tracked
from bot.core.effects import Effect, Ping, ShowCard, TellTalk
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
        self._shown: set[ProposalId] = set()

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
        """Order that the card of ``proposal`` be brought up to date, once; what nobody was asked has none."""
        tracked = self.dossier.tracked[proposal]
        if tracked.asked_at is None or tracked.card_of in self._shown:
            return
        self._shown.add(tracked.card_of)
        self.order(lambda ident: ShowCard(ident, tracked.card_of))

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
        if to in ENDED:
            self._tell_asker(moved)
            self._settle_undo(moved)
        return moved

    def _tell_asker(self, ended: Tracked) -> None:
        """Say to the person in Slack who asked how it ended; a skill needs no telling."""
        asker = ended.proposal.by
        for hearer in ended.hearers:
            self.tell_hearer(ended, hearer)
        if ended.proposal.talk:
            self.tell_talk(ended)
            return
        if not asker or ":" in asker or ended.asked_at is None:
            return
        says = f"ping.ended.{ended.status.value}"
        words = {"says": ended.proposal.says, "why": ended.reason}
        self.order(lambda ident: Ping(ident, ended.proposal.id, (asker,), says, words))

    def tell_talk(self, tracked: Tracked) -> None:
        """Bring how ``tracked`` stands to the conversation it was asked for in."""
        self.tell_hearer(tracked, Hearer(tracked.proposal.talk, tracked.proposal.id))

    def tell_hearer(self, tracked: Tracked, hearer: Hearer) -> None:
        """Bring how ``tracked`` stands to a conversation that asked for the same."""
        own = tracked.proposal.id
        self.order(
            lambda ident: TellTalk(
                id=ident,
                talk=hearer.talk,
                proposal=own,
                status=tracked.status.value,
                says=tracked.proposal.says,
                why=tracked.reason,
                asked_as=None if hearer.asked_as == own else hearer.asked_as,
            )
        )

    def _settle_undo(self, ended: Tracked) -> None:
        """Write into the change that should have been set back what became of that."""
        undoes = ended.proposal.undoes
        done = self.dossier.tracked.get(undoes) if undoes else None
        if done is None or ended.status is Status.UNDONE:
            return
        if ended.status is Status.EXECUTED:
            self.move(replace(done, undoable=False), Status.UNDONE, actor=ended.decided_by)
        else:
            self.dossier = self.dossier.put(replace(done, undone_by=None, undo_trouble=ended.reason))
        self.show_card(done.proposal.id)


def where(dossier: Dossier, proposal: Proposal) -> Where:
    """Return what rules are matched against for a proposal on this ticket."""
    return Where(
        connector=dossier.ref.connector,
        queue=dossier.queue,
        by=proposal.by,
        undo=proposal.undoes is not None,
    )


def where_skill(dossier: Dossier, skill: str) -> Where:
    """Return what modes are matched against for a skill on this ticket."""
    return Where(connector=dossier.ref.connector, queue=dossier.queue, by=f"skill:{skill}")
