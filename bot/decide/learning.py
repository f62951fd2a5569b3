"""People have shown whether a suggestion was right: what brains are to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.core.actions import Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Learn
from bot.core.events import SkillFinished, TicketRead
from bot.core.outcomes import Guess, How, Outcome, is_same
from bot.core.tickets import FieldValue
from bot.decide.transition import Draft


def keep_guesses(draft: Draft, event: SkillFinished) -> None:
    """Remember what the skill holds for right, also where nobody is shown it."""
    others = tuple(guess for guess in draft.dossier.guesses if guess.skill != event.skill)
    asked = {field for each in event.report.proposals for field in each.basis.before}
    made = tuple(
        Guess(event.skill, each.field, each.value, each.confidence, each.field in asked)
        for each in event.report.findings
    )
    draft.dossier = replace(draft.dossier, guesses=(*others, *made))


def judged_by_people(draft: Draft, tracked: Tracked) -> None:
    """Say what a person's yes or no to ``tracked`` tells about the guesses it was made of."""
    if tracked.proposal.action.risk is Risk.NOTE or tracked.proposal.undoes is not None:
        return
    if tracked.status is Status.EXECUTED and tracked.votes and tracked.receipt is not None:
        _learn(draft, _by_what_was_set(draft, tracked, tracked.receipt.after))
    elif tracked.status is Status.REJECTED:
        touched = set(tracked.proposal.basis.before)
        guesses = [guess for guess in draft.dossier.guesses if guess.field in touched]
        _learn(draft, [_outcome(draft, guess, How.REJECTED, None, tracked.decided_by) for guess in guesses])


def judged_by_closing(draft: Draft, before: Dossier, event: TicketRead) -> None:
    """Hold every guess against what the ticket was closed with; and let it teach, guessed at or not."""
    ticket = event.snapshot.ticket
    if not ticket.closed or before.closed:
        return
    outcomes = [
        _outcome(draft, guess, How.CLOSED, ticket.fields.get(guess.field, ()))
        for guess in draft.dossier.guesses
    ]
    _learn(draft, outcomes, whole=True)


def _by_what_was_set(draft: Draft, tracked: Tracked, after: Mapping[str, FieldValue]) -> list[Outcome]:
    made: list[Outcome] = []
    for guess in draft.dossier.guesses:
        value = after.get(guess.field, ())
        if not value:
            continue
        as_guessed = len(value) == 1 and is_same(guess.value, value[0])
        how = How.APPROVED if as_guessed else How.EDITED
        made.append(_outcome(draft, guess, how, value, tracked.decided_by))
    return made


def _outcome(draft: Draft, guess: Guess, how: How, value: FieldValue | None, by: str = "") -> Outcome:
    actual = value[0] if value and len(value) == 1 else None
    return Outcome(guess=guess, queue=draft.dossier.queue, how=how, actual=actual, at=draft.event.at, by=by)


def _learn(draft: Draft, outcomes: Iterable[Outcome], *, whole: bool = False) -> None:
    found = tuple(outcomes)
    if found or whole:
        draft.order(lambda ident: Learn(ident, draft.dossier.ref, found, whole=whole))
