"""``/itsm why``: who must agree to a change and why, out of the very parts that decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from approvals.blocks import moment, names
from approvals.explain import DECIDES, NO_MATCH, PASSED_OVER, Around, Explanation, explain
from bot.core.deeds import said_in
from bot.core.dossier import Dossier, Tracked
from bot.core.grants import shape
from bot.core.modes import Mode
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Ask
from bot.core.words import say
from bot.decide.transition import where
from bot.runtime.grants import Grants
from bot.runtime.journal import Journal
from bot.runtime.stops import Stops
from bot.slack.asking_status import by_whom
from bot.slack.briefs_drawing import Row, Sheet, sheet
from bot.slack.desk import Held

RULES_MAX: Final = 8
"""Of the rules held against it, shown by name; the command line has them all."""
WHY_CHARS_MAX: Final = 500
"""Of the reason a skill gave."""
_PARTS: Final[Mapping[str, str]] = {
    DECIDES: "why.decides",
    PASSED_OVER: "why.passed_over",
    NO_MATCH: "why.no_match",
}


class Reasons:
    """Looks up what an explanation rests on. May raise ``Retry``."""

    def __init__(self, journal: Journal, stops: Stops, grants: Grants) -> None:
        self._journal, self._stops, self._grants = journal, stops, grants

    async def of(self, held: Held, now: datetime, language: str) -> Sheet:
        """Return the explanation of one proposal by the policy of now."""
        dossier, tracked = held
        book, action = self._journal.book, tracked.proposal.action
        place = where(dossier, tracked.proposal)
        around = Around(
            stopped=await self._stops.why(connector=place.connector, skill=place.skill),
            grant=await self._grants.get(shape(action, place.queue)),
        )
        # As bot/decide/proposing.py has it: only a skill, and only in mode auto, goes ahead unasked.
        human = not (place.skill and book.mode(place) is Mode.AUTO)
        found = explain(book, action, place, tracked.asked_at or now, human=human, around=around)
        return _drawn(dossier, tracked, found, language)


def _drawn(dossier: Dossier, tracked: Tracked, found: Explanation, language: str) -> Sheet:
    proposal = tracked.proposal
    rows = [
        Row(text=Untrusted(dossier.key), url=dossier.url)
        if dossier.url
        else Row(text=Untrusted(dossier.key)),
        Row(say(language, "why.what"), Untrusted(said_in(proposal.says, language))),
        Row(say(language, "why.by"), Untrusted(proposal.by), parts=by_whom(proposal.by, language)),
    ]
    if proposal.why:
        rows.append(Row(say(language, "why.reason"), Untrusted(proposal.why.line(WHY_CHARS_MAX))))
    rows += [*_recorded(tracked, language), *_policy(found, language)]
    return sheet(say(language, "why.title"), rows, language=language)


def _recorded(tracked: Tracked, language: str) -> list[Row]:
    """Return what was written down when it was asked, and what became of it."""
    status = say(language, f"status.{tracked.status.value}")
    rows = [Row(say(language, "why.status"), Untrusted(status))]
    if tracked.reason:
        rows.append(Row(say(language, "why.said"), Untrusted(Untrusted(tracked.reason).line(WHY_CHARS_MAX))))
    if tracked.decided_by:
        rows.append(
            Row(
                say(language, "why.decided_by"),
                Untrusted(tracked.decided_by),
                parts=by_whom(tracked.decided_by, language),
            )
        )
    if tracked.votes:
        voted = tuple(vote.by for vote in tracked.votes)
        rows.append(Row(say(language, "why.agreed"), Untrusted(" ".join(voted)), parts=tuple(names(voted))))
    if tracked.rule:
        because = f"{tracked.rule}: {tracked.because}" if tracked.because else tracked.rule
        rows.append(Row(say(language, "why.rule"), Untrusted(because)))
    if tracked.expires_at is not None and not tracked.decided_by:
        at = (moment(tracked.expires_at),)
        rows.append(
            Row(say(language, "why.expires"), Untrusted(f"{tracked.expires_at:%Y-%m-%d %H:%M} UTC"), parts=at)
        )
    return rows


def _policy(found: Explanation, language: str) -> list[Row]:
    """Return what the policy of now says about the same change."""
    rows = [Row(say(language, "why.mode"), Untrusted(found.mode.value))]
    if isinstance(found.verdict, Ask):
        who = found.verdict.approvers
        needed = say(language, "why.quorum", n=str(found.verdict.quorum))
        rows.append(Row(needed, Untrusted(" ".join(who)), parts=tuple(names(who))))
    if found.excluded:
        rows.append(
            Row(
                say(language, "why.four_eyes"),
                Untrusted(" ".join(found.excluded)),
                parts=tuple(names(found.excluded)),
            )
        )
    rows += [
        Row(say(language, _PARTS[each.part]), Untrusted(each.name))
        for each in found.rows
        if each.part in _PARTS
    ][:RULES_MAX]
    if found.around.stopped is not None:
        rows.append(Row(say(language, "why.stopped"), Untrusted(found.around.stopped)))
    if found.around.grant is not None:
        by = found.around.grant.by
        rows.append(Row(say(language, "why.granted"), Untrusted(by), parts=tuple(names((by,)))))
    return rows
