"""The living note: one per ticket, told again when something material changed, never twice the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from approvals.policy import Rulebook
from bot.core.actions import Action, Basis, Proposal, Risk
from bot.core.arguments import NoteArguments, NoteLine
from bot.core.dossier import Dossier, Note, Status, Tracked
from bot.core.ids import ActionName, proposal_id
from bot.core.notes import material, note, outcome_note
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.decide.considering import consider, put_to_people
from bot.decide.transition import Draft

UNDER_WAY = frozenset({Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN})
TOLD_IN_JOURNAL = frozenset({Status.EXECUTED, Status.FAILED, Status.REJECTED})
"""What is worth another entry where notes cannot be edited; what merely lapsed is not."""


def retell(draft: Draft, book: Rulebook, *, quiet_after: datetime | None = None) -> None:
    """Bring the note up to date, when it has something new to say and none is on its way already.

    ``quiet_after``: the moment the news came in, for a note that would be new: a person's message after it
    voids the note. One that replaces ours disturbs nobody.
    """
    dossier = draft.dossier
    if dossier.report is None or not dossier.note_action or dossier.gone or _under_way(dossier):
        return
    first = not dossier.note.material
    if dossier.notes_editable or first or quiet_after is not None:
        lines = note(dossier.report, dossier, book.language)
        _tell(draft, book, lines, quiet_after)


def tell_outcome(draft: Draft, book: Rulebook, tracked: Tracked) -> None:
    """Say on the ticket how ``tracked`` ended: in the living note, or as a short entry in a journal."""
    if tracked.proposal.action.risk is Risk.NOTE:
        return
    if draft.dossier.notes_editable:
        retell(draft, book)
    elif tracked.status in TOLD_IN_JOURNAL and draft.dossier.note_action:
        _tell(draft, book, outcome_note(tracked, book.language), None)


def noted(draft: Draft, book: Rulebook, tracked: Tracked, comment: str) -> None:
    """Take in that a note is up, forget it as a proposal, and say what came up meanwhile."""
    note = replace(draft.dossier.note, comment=comment or draft.dossier.note.comment)
    draft.dossier = replace(_without(draft.dossier, tracked), note=note)
    if draft.dossier.notes_editable:
        retell(draft, book)


def not_noted(draft: Draft, tracked: Tracked, *, gone: bool) -> None:
    """Take in that a note will never be up: what it would have said is not said, and may be told again.

    ``gone``: the note it should have replaced is not there any more; the next one is a new one.
    """
    comment = "" if gone else draft.dossier.note.comment
    draft.dossier = replace(_without(draft.dossier, tracked), note=Note(comment=comment))


def _without(dossier: Dossier, tracked: Tracked) -> Dossier:
    kept = {ident: each for ident, each in dossier.tracked.items() if ident != tracked.proposal.id}
    return replace(dossier, tracked=kept)


def _tell(draft: Draft, book: Rulebook, lines: tuple[NoteLine, ...], quiet_after: datetime | None) -> None:
    dossier = draft.dossier
    says = material(lines)
    if says == dossier.note.material:
        return
    replaces = dossier.note.comment if dossier.notes_editable else ""
    action = Action(
        name=ActionName(dossier.note_action),
        target=dossier.ref,
        args=NoteArguments(lines=lines, replaces=replaces).model_dump(mode="json"),
        risk=Risk.NOTE,
    )
    assert dossier.essence is not None, "a note follows a reading"
    proposal = Proposal(
        id=proposal_id(draft.next_effect(), 0, action.digest()),
        action=action,
        says=say(book.language, "note.says"),
        why=Untrusted(""),
        basis=Basis(dossier.essence, quiet_after=None if replaces else quiet_after),
        by="skill:triage",
    )
    draft.dossier = replace(dossier, note=replace(dossier.note, material=says))
    tracked = consider(draft, book, proposal, human=False)
    if tracked is not None and tracked.status is Status.PENDING:
        put_to_people(draft, book, tracked)


def is_living(tracked: Tracked) -> bool:
    """Whether it is the bot's one note of its own; one that a person asked for stands beside it."""
    return tracked.proposal.action.risk is Risk.NOTE and ":" in tracked.proposal.by


def _under_way(dossier: Dossier) -> bool:
    return any(is_living(tracked) and tracked.status in UNDER_WAY for tracked in dossier.tracked.values())
