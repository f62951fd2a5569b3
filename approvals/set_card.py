"""Several proposals for one ticket as one Slack message, each with its own choice. Pure.

What is not drawn for want of room can be read in Details, and moves up as the others are decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from approvals.blocks import (
    Block,
    actions,
    bold,
    bullets,
    button,
    clock,
    confirm,
    context,
    escape,
    header,
    line,
    quote,
    said,
)
from approvals.card import (
    CHANGES_MAX,
    SUMMARY_CHARS_MAX,
    TEXT_CHARS_MAX,
    WHY_CHARS_MAX,
    Card,
    asker_fact,
    buttons,
    facts,
    no_way_back,
    preview,
    ticket_fact,
)
from approvals.limits import VALUE_CHARS_MAX
from approvals.payload import change_lines, long_text, payload_text
from approvals.standing import (
    NOTHING,
    UNDO,
    Aside,
    foot,
    may_undo,
    part_id,
    record,
    record_buttons,
    value,
    waiting_lines,
    warning,
)
from bot.core.actions import Risk
from bot.core.deeds import said_in
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.ids import ProposalId
from bot.core.notes import sureness
from bot.core.untrusted import Untrusted
from bot.core.words import say

APPROVE_ALL, REJECT_ALL = "approval:approve_all", "approval:reject_all"
DETAILS_ALL = "approval:details_all"
"""``action_id``s: stable across versions, because cards live longer than builds."""
ITEMS_MAX = 12
"""Drawn on one card: three blocks each and eight around them stay below Slack's fifty; what waits first."""
PREVIEW_CHARS_MAX = 400
"""Of each text; a set is there to be compared, and Details has them whole."""
UNDER_WAY = frozenset({Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN})
NOT_DONE = frozenset({Status.FAILED, Status.STALE, Status.EXPIRED, Status.CANCELLED, Status.DENIED})


@dataclass(frozen=True, slots=True)
class _Look:
    """How one item is drawn."""

    number: int
    own_foot: bool
    """Its small print differs from the others'."""
    primary: bool
    """It is the only one that waits."""


def members(dossier: Dossier, card: ProposalId) -> list[Tracked]:
    """Return what is on the card called ``card``, in the order in which it was proposed."""
    return [each for each in dossier.tracked.values() if each.card_of == card and each.ask is not None]


def set_card(dossier: Dossier, items: Sequence[Tracked], language: str, aside: Aside = NOTHING) -> Card:
    """Draw a set as it stands: buttons beside what waits, a record beside what is decided."""
    waiting = [each for each in items if each.status is Status.PENDING]
    first, drawn = items[0], _drawn(items)
    title = say(language, _title(items), key=dossier.key, n=str(len(waiting)))
    about = said(dossier.summary.line(SUMMARY_CHARS_MAX))
    told = [ticket_fact(dossier, language), asker_fact(first.proposal, language)]
    blocks = [
        header(part_id(first, "set:h"), title),
        facts(part_id(first, "set:f"), told),
        quote(part_id(first, "set:s"), about),
    ]
    shared = len({foot(each, language) for each in waiting}) == 1
    only = len(waiting) == 1
    for number, each in drawn:
        blocks += _item(dossier, each, language, aside, _Look(number, own_foot=not shared, primary=only))
    blocks += _below(dossier, items, [each for _, each in drawn], language)
    return Card(escape(Untrusted(_text(dossier, items, language)).line(TEXT_CHARS_MAX)), blocks)


def joined(items: Iterable[Tracked]) -> str:
    """Return what a button for several proposals carries: exactly those that were shown."""
    found = ",".join(value(each.proposal, each.revision) for each in items)
    assert len(found) <= VALUE_CHARS_MAX, "ITEMS_MAX keeps it far below"
    return found


def _drawn(items: Sequence[Tracked]) -> list[tuple[int, Tracked]]:
    """Return what there is room for with its number in the set; what waits goes before what is decided."""
    numbered = list(enumerate(items, 1))
    by_need = sorted(numbered, key=lambda each: each[1].status is not Status.PENDING)
    return sorted(by_need[:ITEMS_MAX], key=lambda each: each[0])


def _item(dossier: Dossier, tracked: Tracked, language: str, aside: Aside, look: _Look) -> list[Block]:
    parts = _payload(tracked, language, look.number)
    if tracked.status is not Status.PENDING:
        parts += record(dossier, tracked, language)
        return [quote(part_id(tracked, "p"), *parts), *record_buttons(dossier, tracked, aside, language)]
    parts += [*waiting_lines(tracked, aside, language), *warning(tracked, language)]
    small = [context(part_id(tracked, "c"), foot(tracked, language))] if look.own_foot else []
    row = buttons(dossier, tracked, language, primary=look.primary)
    return [quote(part_id(tracked, "p"), *parts), *small, row]


def _payload(tracked: Tracked, language: str, number: int) -> list[Block]:
    proposal = tracked.proposal
    sure = "" if proposal.confidence is None else f" · {sureness(proposal.confidence, language)}"
    risk = say(language, f"card.risk.{proposal.action.risk.value}")
    parts = [bold(f"{number}. {Untrusted(said_in(proposal.says, language)).line()}")]
    if tracked.status is Status.PENDING:
        parts.append(line(f"{risk}{sure}"))
    lines, text = change_lines(proposal, language)[:CHANGES_MAX], long_text(proposal)
    parts += [bullets(lines)] if lines else []
    if payload_text(proposal) is not None and tracked.status is Status.PENDING:
        parts.append(line(say(language, "card.exactly_text")))
    parts += preview(text, PREVIEW_CHARS_MAX, language) if text is not None else []
    if proposal.why and tracked.status is Status.PENDING:
        parts.append(said(proposal.why.line(WHY_CHARS_MAX)))
    return parts


def _below(
    dossier: Dossier, items: Sequence[Tracked], drawn: Sequence[Tracked], language: str
) -> list[Block]:
    """Return what holds for the whole set: what is left out, the small print, and the buttons for all."""
    first, waiting = items[0], [each for each in drawn if each.status is Status.PENDING]
    found: list[Block] = []
    lines = [line(each) for each in (_partly(items, language), _left_out(items, drawn, language)) if each]
    if lines:
        found.append(quote(part_id(first, "set:l"), *lines))
    feet = {foot(each, language) for each in items if each.status is Status.PENDING}
    if len(feet) == 1:
        found.append(context(part_id(first, "set:c"), feet.pop()))
    row = _for_all(dossier, waiting, language) if len(waiting) > 1 else []
    row += _undo_all(dossier, items, drawn, language)
    if len(items) > len(drawn):
        spoken, carried = say(language, "button.details_label", key=dossier.key), _name(first)
        row.append(button(DETAILS_ALL, say(language, "button.details_all"), spoken, carried))
    return found + ([actions(part_id(first, "set:a"), *row)] if row else [])


def _name(first: Tracked) -> str:
    return value(first.proposal, first.revision)


def _for_all(dossier: Dossier, waiting: Sequence[Tracked], language: str) -> list[Block]:
    n, carried = str(len(waiting)), joined(waiting)
    approve = button(
        APPROVE_ALL,
        say(language, "button.approve_all", n=n),
        say(language, "button.approve_all_label", n=n, key=dossier.key),
        carried,
    )
    approve["style"] = "primary"
    if any(each.proposal.action.risk is Risk.IRREVERSIBLE for each in waiting):
        approve["confirm"] = no_way_back(dossier, language)
    reject = button(
        REJECT_ALL,
        say(language, "button.reject_all", n=n),
        say(language, "button.reject_all_label", n=n, key=dossier.key),
        carried,
    )
    reject["confirm"] = confirm(
        say(language, "confirm.reject_all_title", n=n),
        say(language, "confirm.reject_all"),
        say(language, "button.reject_all", n=n),
        say(language, "modal.cancel"),
    )
    return [approve, reject]


def _undo_all(
    dossier: Dossier, items: Sequence[Tracked], drawn: Sequence[Tracked], language: str
) -> list[Block]:
    """Return one button for all that ran, once nothing waits or runs and it says more than each one's own."""
    done = [each for each in drawn if may_undo(each)]
    settled = not any(each.status in {Status.PENDING, *UNDER_WAY} for each in items)
    partly = any(each.status in NOT_DONE for each in items)
    if not settled or not (len(done) > 1 or (done and partly)):
        return []
    spoken = say(language, "button.undo_all_label", key=dossier.key)
    return [button(UNDO, say(language, "button.undo_all"), spoken, joined(done))]


def _partly(items: Sequence[Tracked], language: str) -> str:
    """Say what ran and what did not, when not everything that was approved did."""
    failed = [each for each in items if each.status in NOT_DONE]
    ran = [each for each in items if each.status in {Status.EXECUTED, Status.UNDONE}]
    if not failed or not ran:
        return ""
    numbers = {each.proposal.id: str(number) for number, each in enumerate(items, 1)}
    named = [", ".join(numbers[each.proposal.id] for each in some) for some in (ran, failed)]
    return say(language, "card.partly", done=named[0], failed=named[1])


def _left_out(items: Sequence[Tracked], drawn: Sequence[Tracked], language: str) -> str:
    hidden = len(items) - len(drawn)
    return say(language, "card.set_more", n=str(hidden)) if hidden else ""


def _title(items: Sequence[Tracked]) -> str:
    """Return the heading's key: what waits is asked about, and a wholly decided set says how it went."""
    found = {each.status for each in items}
    if Status.PENDING in found:
        one = sum(each.status is Status.PENDING for each in items) == 1
        return "card.title_set_one" if one else "card.title_set"
    if found & UNDER_WAY:
        return "card.title_set_under_way"
    if found <= {Status.EXECUTED, Status.UNDONE}:
        return "card.title_set_undone" if found == {Status.UNDONE} else "card.title_set_done"
    return "card.title_set_decided"


def _text(dossier: Dossier, items: Sequence[Tracked], language: str) -> str:
    waiting = [each for each in items if each.status is Status.PENDING]
    if not waiting:
        return say(language, _title(items), key=dossier.key, n="0")
    ends = min((each.expires_at for each in waiting if each.expires_at is not None), default=None)
    says = " ".join(Untrusted(said_in(each.proposal.says, language)).line() for each in waiting)
    return say(language, "card.text", key=dossier.key, says=says, when=clock(ends))
