"""Where a proposal stands, in lines for its card: who agreed, who is still asked, what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from approvals.blocks import (
    NAMED_MAX,
    Block,
    actions,
    bold,
    button,
    confirm,
    date,
    escape,
    italic,
    line,
    mention,
    moment,
    names,
    section,
    words,
)
from bot.core.actions import Proposal, Risk
from bot.core.dossier import Dossier, Status, Tracked, Vote
from bot.core.ids import ProposalId
from bot.core.notes import outcome
from bot.core.untrusted import Untrusted
from bot.core.words import say

UNDO, ALWAYS = "approval:undo", "approval:always"
"""``action_id``s: stable across versions, because cards live longer than builds (contract §7)."""
NAME_CHARS_MAX = 80
"""Of a person's name; Slack's own limit for display names."""
QUEUE_CHARS_MAX = 40
"""Of a queue's name inside a sentence."""
REASON_CHARS_MAX = 300
"""Of why an undo did not work: one glance."""


@dataclass(frozen=True, slots=True)
class Few:
    """How many people can decide, looked up just now."""

    can: int
    gone: tuple[str, ...] = ()
    """Groups that nobody knows any more."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What a card tells beside the dossier, because it changes without an event on the ticket."""

    always: frozenset[ProposalId] = frozenset()
    """Where *always allow exactly this* is offered."""
    few: Mapping[ProposalId, Few] = field(default_factory=dict[ProposalId, Few])
    """How many can decide, where that was looked up."""


NOTHING = Aside()


def value(proposal: Proposal, revision: int) -> str:
    """Return what a button carries: enough to know what was shown, nothing to choose from."""
    return f"{proposal.id}|{revision}"


def part_id(tracked: Tracked, part: str) -> str:
    """Name a block; another revision has other names, because clients keep what was typed by them."""
    return f"{tracked.proposal.id}:{tracked.revision}:{part}"


def waiting_lines(tracked: Tracked, aside: Aside, language: str) -> list[Block]:
    """Say who has agreed and who is still asked, whether time has passed, and whether it can be decided."""
    ask = tracked.ask
    assert ask is not None, "only what is asked waits"
    lines: list[Block] = []
    if ask.quorum > 1 or tracked.votes:
        lines.append(_votes(tracked, ask.quorum, language))
    if tracked.reminded_at is not None:
        lines.append(section(words(say(language, "card.reminded") + " "), moment(tracked.reminded_at)))
    if tracked.escalated_at is not None:
        told = say(language, "card.escalated") + " "
        lines.append(section(words(told), moment(tracked.escalated_at), words(": "), *names(ask.escalate_to)))
    return lines + _too_few(tracked, aside, ask.quorum, language)


def foot(tracked: Tracked, language: str) -> str:
    """Return the small print below what waits: the rule, who may decide, until when; mrkdwn."""
    ask = tracked.ask
    assert ask is not None, "only what is asked waits"
    who = tracked.approvers
    approvers = " ".join(mention(each) for each in who[:NAMED_MAX])
    if len(who) > NAMED_MAX:
        approvers += f" +{len(who) - NAMED_MAX}"
    rule, when = escape(tracked.rule), date(tracked.expires_at)
    told = say(language, "card.foot", rule=rule, approvers=approvers, when=when)
    if ask.four_eyes and not tracked.proposal.by.startswith("skill:"):
        told += f" · {escape(say(language, 'card.four_eyes'))}"
    return told


def warning(tracked: Tracked, language: str) -> list[Block]:
    """Say before the click that there is no way back, where there is none."""
    there_is_none = tracked.proposal.action.risk is Risk.IRREVERSIBLE
    return [bold(say(language, "card.no_way_back"))] if there_is_none else []


def record(dossier: Dossier, tracked: Tracked, language: str) -> list[Block]:
    """Say how it ended, in place of the buttons, and what came after."""
    parts = [line(outcome(tracked, language))]
    if tracked.edited:
        parts.append(italic(say(language, "card.edited")))
    parts += _aftermath(dossier, tracked, language)
    ident = words(f" · {tracked.proposal.id}")
    parts.append(section(moment(tracked.decided_at), ident) if tracked.decided_at else section(ident))
    return parts


def record_buttons(dossier: Dossier, tracked: Tracked, aside: Aside, language: str) -> list[Block]:
    """Return the row below a record: undo while that would be clean, and the standing permission."""
    carried, found = value(tracked.proposal, tracked.revision), list[Block]()
    if may_undo(tracked):
        spoken = say(language, "button.undo_label", key=dossier.key)
        found.append(button(UNDO, say(language, "button.undo"), spoken, carried))
    if tracked.proposal.id in aside.always and tracked.status is Status.EXECUTED and not tracked.always:
        queue = Untrusted(dossier.queue).line(QUEUE_CHARS_MAX)
        spoken = say(language, "button.always_label", queue=queue)
        always = button(ALWAYS, say(language, "button.always"), spoken, carried)
        always["confirm"] = confirm(
            say(language, "confirm.always_title"),
            say(language, "confirm.always", queue=queue),
            say(language, "confirm.always_yes"),
            say(language, "modal.cancel"),
        )
        found.append(always)
    return [actions(part_id(tracked, "u"), *found)] if found else []


def may_undo(tracked: Tracked) -> bool:
    """Whether the Undo button is there: it was done, nobody has built on it, and nobody has asked yet."""
    return tracked.status is Status.EXECUTED and tracked.undoable and tracked.undone_by is None


def _votes(tracked: Tracked, quorum: int, language: str) -> Block:
    said = say(language, "card.votes", n=str(len(tracked.votes)), of=str(quorum))
    agreed = ", ".join(_voter(each, language) for each in tracked.votes)
    voices = {voice for each in tracked.votes for voice in (each.by, each.stands_in_for)}
    asked = tuple(who for who in tracked.approvers if who not in voices)
    still = [words(f" · {say(language, 'card.still_asked')} "), *names(asked)] if asked else []
    return section(words(f"{said}{': ' + agreed if agreed else ''}"), *still)


def _voter(vote: Vote, language: str) -> str:
    name = vote.name.line(NAME_CHARS_MAX) or vote.by
    return say(language, "card.voted_for", who=name) if vote.stands_in_for else name


def _too_few(tracked: Tracked, aside: Aside, quorum: int, language: str) -> list[Block]:
    """Say that it cannot be decided as things stand, and what to mend; the newest look counts."""
    few = aside.few.get(tracked.proposal.id)
    if few is None and tracked.too_few is not None:
        few = Few(tracked.too_few)
    if few is None or few.can >= quorum:
        return []
    told = say(language, "card.too_few", can=str(few.can), need=str(quorum), rule=tracked.rule)
    found = [bold(told)]
    if few.gone:
        gone = ", ".join(Untrusted(each).line() for each in few.gone[:NAMED_MAX])
        found.append(line(say(language, "card.groups_gone", groups=gone)))
    return found


def _aftermath(dossier: Dossier, tracked: Tracked, language: str) -> list[Block]:
    """Say what became of a wish to set it back, and of a standing permission."""
    found: list[Block] = []
    undo = dossier.tracked.get(tracked.undone_by) if tracked.undone_by else None
    if tracked.status is Status.UNDONE and undo is not None and undo.decided_name:
        found.append(line(say(language, "card.undone_by", who=undo.decided_name.line(NAME_CHARS_MAX))))
    elif tracked.status is Status.EXECUTED and tracked.undone_by is not None:
        waits = undo is not None and undo.status is Status.PENDING
        found.append(line(say(language, "card.undo_waits" if waits else "card.undo_under_way")))
    elif tracked.status is Status.EXECUTED and not tracked.undoable and _could_be_undone(tracked):
        found.append(italic(say(language, "card.built_upon")))
    if tracked.status is Status.EXECUTED and tracked.undo_trouble:
        why = Untrusted(tracked.undo_trouble).line(REASON_CHARS_MAX)
        found.append(line(say(language, "card.undo_trouble", why=why)))
    return found + ([bold(say(language, "card.always"))] if tracked.always else [])


def _could_be_undone(tracked: Tracked) -> bool:
    receipt = tracked.receipt
    return receipt is not None and receipt.compensation is not None and tracked.proposal.undoes is None
