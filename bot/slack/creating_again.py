"""Forms that made no ticket, opened again with all that stood in them, and what was wrong where it was.

What a proposal was made of is in its ticket's dossier; what never became one is kept for a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from approvals.blocks import actions, button, mrkdwn
from approvals.clicks import Person
from approvals.creating_form import Draft, Meta
from bot.core.creation import CreateArguments, CreationForm, unborn
from bot.core.dossier import Status
from bot.core.ids import ProposalId
from bot.core.words import say
from bot.runtime.drafts import Drafts
from bot.runtime.journal import Journal
from bot.slack.asking import Declined
from bot.slack.briefs_drawing import Sheet

AGAIN: Final = "create:again"
"""``action_id`` of the button."""
_PROPOSAL, _KEPT = "p|", "d|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A form as it was, and why nothing came of it."""

    draft: Draft
    why: str = ""
    """The system's words; empty: it was never asked, and the form itself says what is wrong."""


def with_button(text: str, source: str, language: str) -> Sheet:
    """Return what is told, ``text`` escaped already, with the button that opens the form again."""
    label = say(language, "create.again")
    return Sheet(
        text=text,
        blocks=[
            {"type": "section", "block_id": "create:told", "text": mrkdwn(text)},
            actions("create:again", button(AGAIN, label, label, source)),
        ],
    )


def of_proposal(proposal: ProposalId) -> str:
    """Return the button's value for a ticket that was proposed."""
    return f"{_PROPOSAL}{proposal}"


class Again:
    """Keeps, and brings back. May raise ``Unavailable``."""

    def __init__(self, drafts: Drafts, journal: Journal) -> None:
        self._drafts, self._journal = drafts, journal

    async def keep(self, view: str, by: Person, draft: Draft) -> str:
        """Keep a form that could not be taken; return the button's value."""
        return _KEPT + await self._drafts.keep(view, {"by": by.id, **plain(draft)})

    async def may_be_sent(self, source: str, view: str) -> bool:
        """Whether ``view`` may be sent in place of ``source``: one form may, once."""
        return not source or await self._drafts.claim(source, view)

    async def back(self, source: str, by: Person, meta: Meta) -> Back:
        """Return what stood in the form.

        Raises:
            Declined: it is not theirs, it was sent again already, or it is not kept any more.
        """
        if await self._drafts.is_claimed(source):
            raise Declined("create.sent_again", {})
        if source.startswith(_PROPOSAL):
            return await self._refused(source, by, meta)
        kept = await self._drafts.find(source.removeprefix(_KEPT))
        if kept is None or kept.get("by") != by.id:
            raise Declined("create.not_kept", {})
        draft = filled(kept)
        carried = replace(draft.meta, opened=meta.opened, again=source)
        return Back(draft=replace(draft, meta=carried))

    async def _refused(self, source: str, by: Person, meta: Meta) -> Back:
        held = await self._journal.find(ProposalId(source.removeprefix(_PROPOSAL)))
        if held is None or held[1].proposal.by != by.id:
            raise Declined("create.not_kept", {})
        dossier, tracked = held
        wanted = unborn(dossier.ref)
        if wanted is None or tracked.status not in {Status.FAILED, Status.EXPIRED}:
            raise Declined("create.not_open", {})
        args = CreateArguments.model_validate(dict(tracked.proposal.action.args))
        draft = Draft(
            meta=replace(
                meta, connector=dossier.ref.connector, queue=wanted.queue, type=args.type.id, again=source
            ),
            summary=args.summary,
            description=args.description,
            picks={name: tuple(each.id for each in picks) for name, picks in args.fields.items()},
            typed={name: each.text for name, each in args.typed.items()},
        )
        return Back(draft=draft, why=tracked.reason if tracked.status is Status.FAILED else "")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a system said of a form: by field, and of the rest."""

    hints: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()


def placed(complaints: Mapping[str, str], offers: CreationForm, why: str, language: str) -> Refusal:
    """Bring what a system said of each field to the input that it is about, the rest above all of them."""
    by_label = {each.choices.label.casefold(): each.choices.field for each in offers.fields}
    known = {each.choices.field for each in offers.fields} | {"summary", "description"}
    hints: dict[str, str] = {}
    rest: list[str] = []
    for called, said in complaints.items():
        name = called if called in known else by_label.get(called.casefold(), "")
        if name:
            hints[name] = say(language, "create.refused_here", why=said)
        else:
            rest.append(f"{called}: {said}" if called else said)
    told = "; ".join(rest) if complaints else why
    notes = (say(language, "create.refused", why=told),) if told else ()
    return Refusal(hints, (*notes, say(language, "create.refused_below")) if hints else notes)


def plain(draft: Draft) -> dict[str, Any]:
    """Write a draft as plain JSON."""
    return {
        "meta": draft.meta.text(),
        "summary": draft.summary,
        "description": draft.description,
        "picks": {name: list(chosen) for name, chosen in draft.picks.items()},
        "typed": dict(draft.typed),
    }


def filled(data: Mapping[str, Any]) -> Draft:
    """Read what :func:`plain` wrote."""
    return Draft(
        meta=Meta.read(str(data["meta"])),
        summary=str(data["summary"]),
        description=str(data["description"]),
        picks={name: tuple(chosen) for name, chosen in data["picks"].items()},
        typed=dict(data["typed"]),
    )
