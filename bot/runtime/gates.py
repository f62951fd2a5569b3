"""The last questions before a write, asked live: kill switch, time, mode, policy, votes, ceilings."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.policy import Rulebook, evaluate
from bot.core.actions import Risk
from bot.core.dossier import Dossier, Tracked
from bot.core.grants import shape
from bot.core.modes import Mode
from bot.core.verdicts import Allow, Deny
from bot.core.words import say
from bot.decide.executing import HOUR
from bot.decide.proposing import mode_of
from bot.decide.transition import where
from bot.ports import Clock
from bot.runtime.ceiling import Ceiling
from bot.runtime.grants import Grants
from bot.runtime.ladders import Ladders, held_at
from bot.runtime.stops import Stops


@dataclass(frozen=True, slots=True)
class Gates:
    """Asks everything that may have changed since somebody agreed. May raise ``Unavailable``."""

    stops: Stops
    grants: Grants
    ceiling: Ceiling
    clock: Clock
    ladders: Ladders | None = None
    """None: the modes of the file hold."""

    async def why_not_now(self, dossier: Dossier, tracked: Tracked, book: Rulebook) -> str | None:
        """Return why ``tracked`` may not be executed at this moment, for the card; None when it may."""
        return (
            await self._why_stopped(dossier, tracked, book)
            or await self._why_not_in_time_or_mode(dossier, tracked, book)
            or await self._why_not_agreed(dossier, tracked, book)
            or await self._why_over_ceiling(dossier, tracked, book)
        )

    async def _why_stopped(self, dossier: Dossier, tracked: Tracked, book: Rulebook) -> str | None:
        place = where(dossier, tracked.proposal)
        why = await self.stops.why(connector=place.connector, skill=place.skill)
        return None if why is None else say(book.language, "failed.stopped", why=why)

    async def _why_not_in_time_or_mode(
        self, dossier: Dossier, tracked: Tracked, book: Rulebook
    ) -> str | None:
        if tracked.expires_at is not None and self.clock.now() >= tracked.expires_at:
            return say(book.language, "failed.expired")
        place = where(dossier, tracked.proposal)
        held = await held_at(self.ladders, place)
        mode = mode_of(book.footing(place, held), dossier, tracked)
        if place.skill and not mode.reaches(_needed(tracked)):
            return say(book.language, "failed.mode", mode=mode.value)
        return None

    async def _why_not_agreed(self, dossier: Dossier, tracked: Tracked, book: Rulebook) -> str | None:
        """Hold who agreed against what the policy wants now: it may have become stricter."""
        action, by_policy = tracked.proposal.action, tracked.decided_by == "policy"
        verdict = evaluate(book, action, where(dossier, tracked.proposal), human=not by_policy)
        if isinstance(verdict, Allow):
            return None
        if isinstance(verdict, Deny) or by_policy:
            return say(book.language, "refused.policy", why=verdict.because)
        if not tracked.votes:
            kind = shape(action, dossier.queue)
            stands = verdict.always_after is not None and await self.grants.get(kind) is not None
            return None if stands else say(book.language, "failed.grant")
        if len(tracked.votes) < verdict.quorum:
            return say(book.language, "failed.quorum", n=str(verdict.quorum))
        return None

    async def _why_over_ceiling(self, dossier: Dossier, tracked: Tracked, book: Rulebook) -> str | None:
        if tracked.proposal.action.risk is Risk.NOTE:
            return None
        now, connector = self.clock.now(), dossier.ref.connector
        recent = sum(1 for at in dossier.acted_at if now - at < HOUR)
        if recent >= book.actions_per_ticket_per_hour:
            return say(book.language, "failed.ceiling", n=str(recent))
        if not await self.ceiling.take(connector, book.actions_per_hour, now):
            return say(book.language, "failed.ceiling_all", system=connector, n=str(book.actions_per_hour))
        return None


def _needed(tracked: Tracked) -> Mode:
    """Return the least mode in which this may be carried out."""
    if tracked.proposal.action.risk is Risk.NOTE:
        return Mode.SUGGEST
    return Mode.AUTO if tracked.decided_by == "policy" else Mode.APPROVE
