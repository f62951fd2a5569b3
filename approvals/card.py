"""A proposal as a Slack message: what would change, why, who may agree, and the buttons. Pure.

Untrusted words appear only as ``rich_text`` text elements, where Slack parses nothing, or escaped in a
``plain_text`` header; every other word is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    italic,
    link,
    mention,
    mrkdwn,
    quote,
    said,
)
from approvals.payload import is_editable, long_fields, long_text, payload_text, rows
from approvals.standing import (
    NOTHING,
    Aside,
    foot,
    part_id,
    record,
    record_buttons,
    value,
    waiting_lines,
    warning,
)
from bot.core.actions import Proposal, Risk
from bot.core.creation import FIELDS_MAX
from bot.core.deeds import said_in
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.notes import outcome, sureness
from bot.core.untrusted import Untrusted
from bot.core.words import say

APPROVE, EDIT, REJECT, DETAILS = "approval:approve", "approval:edit", "approval:reject", "approval:details"
"""``action_id``s: stable across versions, because cards live longer than builds (contract §7)."""
PREVIEW_CHARS_MAX = 1_500
"""Of a text on the card itself; the rest is in Details, and the card says how much is missing."""
CHANGES_MAX = FIELDS_MAX + 1
"""A new ticket's fields behind its sentence; ``set_fields`` takes fewer."""
SUMMARY_CHARS_MAX = 120
WHY_CHARS_MAX = 300
TEXT_CHARS_MAX = 300
"""Of the ticket's summary, of the reason, and of what a notification shows: one glance each."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is sent to Slack."""

    text: str
    """For notifications and screen readers; escaped."""
    blocks: list[Block]


def card(dossier: Dossier, tracked: Tracked, language: str, aside: Aside = NOTHING) -> Card:
    """Draw ``tracked`` as it stands: with buttons while it waits, as a record afterwards."""
    title = say(language, _title(tracked), key=dossier.key)
    blocks = [header(part_id(tracked, "h"), title), _facts(dossier, tracked, language)]
    blocks += _payload(dossier, tracked, language)
    if tracked.status is Status.PENDING:
        lines = [*waiting_lines(tracked, aside, language), *warning(tracked, language)]
        blocks += [quote(part_id(tracked, "w"), *lines)] if lines else []
        blocks.append(context(part_id(tracked, "c"), foot(tracked, language)))
        blocks.append(buttons(dossier, tracked, language, primary=True))
        when = clock(tracked.expires_at)
        says = said_in(tracked.proposal.says, language)
        text = say(language, "card.text", key=dossier.key, says=says, when=when)
    else:
        blocks.append(quote(part_id(tracked, "r"), *record(dossier, tracked, language)))
        blocks += record_buttons(dossier, tracked, aside, language)
        text = f"{dossier.key}: {outcome(tracked, language)}"
    return Card(escape(Untrusted(text).line(TEXT_CHARS_MAX)), blocks)


def fact(name: str, told: str) -> tuple[str, str]:
    """Pair a fact's name with its words, for :func:`facts`; the words are mrkdwn already."""
    return escape(name), told


def facts(block_id: str, found: list[tuple[str, str]]) -> Block:
    """Return facts side by side."""
    fields = [mrkdwn(f"*{name}*\n{told}") for name, told in found]
    return {"type": "section", "block_id": block_id, "fields": fields}


def ticket_fact(dossier: Dossier, language: str) -> tuple[str, str]:
    """Return which ticket it is about, as a link."""
    return fact(say(language, "card.ticket"), link(dossier.url, dossier.key))


def asker_fact(proposal: Proposal, language: str) -> tuple[str, str]:
    """Return who asked."""
    return fact(say(language, "card.asked_by"), asked_by(proposal, language))


def asked_by(proposal: Proposal, language: str) -> str:
    """Return who asked, as mrkdwn: a person, or one of our skills."""
    kind, _, skill = proposal.by.partition(":")
    return escape(say(language, "card.by_skill", skill=skill)) if kind == "skill" else mention(proposal.by)


def preview(text: str, chars_max: int, language: str) -> list[Block]:
    """Return the beginning of a text, and how much more there is."""
    if len(text) <= chars_max:
        return [said(text)]
    more = say(language, "card.more", n=str(len(text) - chars_max))
    return [said(text[:chars_max]), italic(more)]


def long_parts(proposal: Proposal, language: str) -> list[Block]:
    """Return the beginning of each long field of a new ticket, under what people call it."""
    found, parts = long_fields(proposal), list[Block]()
    for label, text in found:
        parts.append(bold(Untrusted(label).line()))
        parts += preview(text, PREVIEW_CHARS_MAX // len(found), language)
    return parts


def buttons(dossier: Dossier, tracked: Tracked, language: str, *, primary: bool) -> Block:
    """Return the row of what can be done with a proposal that waits."""
    carried = value(tracked.proposal, tracked.revision)
    reply = payload_text(tracked.proposal) is not None
    named = (
        (APPROVE, "button.approve_reply" if reply else "button.approve", "button.approve_label"),
        (EDIT, "button.edit", "button.edit_label"),
        (REJECT, "button.reject", "button.reject_label"),
        (DETAILS, "button.details", "button.details_label"),
    )
    row = [
        button(action, say(language, label), say(language, spoken, key=dossier.key), carried)
        for action, label, spoken in named
        if action != EDIT or is_editable(tracked.proposal)  # a button that only says no is none
    ]
    if primary:
        row[0]["style"] = "primary"
    if tracked.proposal.action.risk is Risk.IRREVERSIBLE:
        row[0]["confirm"] = no_way_back(dossier, language)
    return actions(part_id(tracked, "a"), *row)


def no_way_back(dossier: Dossier, language: str) -> dict[str, Any]:
    """Return the question before a click on what cannot be undone."""
    return confirm(
        say(language, "confirm.irreversible_title"),
        say(language, "confirm.irreversible", key=dossier.key),
        say(language, "confirm.irreversible_yes"),
        say(language, "modal.cancel"),
    )


def _title(tracked: Tracked) -> str:
    if tracked.status is not Status.PENDING:
        return f"card.title.{tracked.status.value}"
    if tracked.proposal.undoes is not None:
        return "card.title_undo"
    return "card.title_reply" if payload_text(tracked.proposal) is not None else "card.title"


def _facts(dossier: Dossier, tracked: Tracked, language: str) -> Block:
    proposal = tracked.proposal
    risk = escape(say(language, f"card.risk.{proposal.action.risk.value}"))
    found = [
        ticket_fact(dossier, language),
        fact(say(language, "card.risk"), risk),
        asker_fact(proposal, language),
    ]
    if proposal.confidence is not None:
        sure = escape(sureness(proposal.confidence, language))
        found.append(fact(say(language, "card.sure"), sure))
    return facts(part_id(tracked, "f"), found)


def _payload(dossier: Dossier, tracked: Tracked, language: str) -> list[Block]:
    """Show the ticket's own summary, what would happen to it, and why."""
    proposal, waiting = tracked.proposal, tracked.status is Status.PENDING
    parts = [said(dossier.summary.line(SUMMARY_CHARS_MAX))]
    reply, text = payload_text(proposal), long_text(proposal)
    lead = "card.exactly" if reply is None else "card.exactly_text"
    parts.append(bold(say(language, lead if waiting else "card.happened")))
    if reply is None:
        parts.append(bullets(rows(proposal, language)[:CHANGES_MAX]))
    if text is not None:
        parts += preview(text, PREVIEW_CHARS_MAX, language)
    parts += long_parts(proposal, language)
    if proposal.why:
        parts += [bold(say(language, "card.why")), said(proposal.why.line(WHY_CHARS_MAX))]
    return [quote(part_id(tracked, "p"), *parts)]
