"""Everything about a proposal, in a modal: never cut, turned page by page. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from approvals.blocks import Block, actions, bold, bullets, button, clock, line, plain, quote, said
from approvals.card import SUMMARY_CHARS_MAX
from approvals.limits import TEXT_CHARS_MAX
from approvals.payload import change_lines, long_fields, long_text, payload_text
from approvals.standing import NOTHING, Aside, value, waiting_lines
from bot.core.deeds import said_in
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.notes import outcome, sureness
from bot.core.untrusted import Untrusted
from bot.core.words import say

MORE: Final = "approval:more"
"""``action_id``: turns a page (contract §7)."""
DETAILS_VIEW, SET_VIEW = "approval:details", "approval:details_all"
"""``callback_id``s: of one proposal, and of all that share a card."""
PAGE: Final = "page:"
"""block_id of a button that turns to a page: this and the page's number, counted from 0."""
PAGE_BLOCKS_MAX = 40
"""Blocks on one page, navigation aside; Slack takes a hundred, and nobody reads as many."""
PAGE_BYTES_MAX = 100_000
"""Of one page as JSON; a view may have 250 kB, and one block stays below 40."""

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a proposal's details tell beside the dossier."""

    undo: str = ""
    """How it is undone, or why it cannot be, in words; empty where the verb is not known any more."""
    aside: Aside = NOTHING


def details(
    dossier: Dossier,
    items: Sequence[tuple[Tracked, Facts]],
    language: str,
    *,
    page: int = 0,
    card: bool = False,
) -> View:
    """Return one page about ``items``: one proposal, or with ``card`` all that share a card."""
    blocks = [block for tracked, told in items for block in _all(dossier, tracked, told, language)]
    pages = list(_pages(blocks))
    number = min(max(page, 0), len(pages) - 1)
    about = quote("about", bold(dossier.key), said(dossier.summary.line(SUMMARY_CHARS_MAX)))
    first = items[0][0]
    return {
        "type": "modal",
        "callback_id": SET_VIEW if card else DETAILS_VIEW,
        "title": plain(say(language, "modal.details")),
        "close": plain(say(language, "modal.close")),
        "private_metadata": json.dumps({"value": value(first.proposal, first.revision)}),
        "blocks": [about, *pages[number], *_turning(first, number, len(pages), language)],
    }


def page_of(block_id: str) -> int:
    """Return the page a button leads to; the first where that cannot be read."""
    number = block_id.removeprefix(PAGE)
    return int(number) if number.isascii() and number.isdigit() else 0


def _turning(first: Tracked, number: int, count: int, language: str) -> list[Block]:
    if count == 1:
        return []
    carried = value(first.proposal, first.revision)
    where = say(language, "modal.page", n=str(number + 1), of=str(count))
    found = [quote("where", line(where))]
    for to, label in ((number - 1, "button.previous"), (number + 1, "button.next")):
        if 0 <= to < count:
            # A row each: an action_id may stand only once in a block, and the block says which page.
            turn = button(MORE, say(language, label), say(language, label), carried)
            found.append(actions(f"{PAGE}{to}", turn))
    return found


def _pages(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Put blocks on pages that Slack takes and people can read; always at least one."""
    page: list[Block] = []
    size = 0
    for block in blocks:
        more = len(json.dumps(block))
        if page and (len(page) >= PAGE_BLOCKS_MAX or size + more > PAGE_BYTES_MAX):
            yield page
            page, size = [], 0
        page.append(block)
        size += more
    yield page


def _all(dossier: Dossier, tracked: Tracked, told: Facts, language: str) -> list[Block]:
    proposal, ident = tracked.proposal, tracked.proposal.id
    blocks = [*_texts(f"{ident}:says", Untrusted(said_in(proposal.says, language)).line(), strong=True)]
    for number, row in enumerate(change_lines(proposal, language)):
        blocks += _texts(f"{ident}:change:{number}", row)
    text = long_text(proposal)
    if text is not None:
        lead = "card.exactly_text" if payload_text(proposal) is not None else "card.exactly"
        blocks.append(quote(f"{ident}:lead", bold(say(language, lead))))
        blocks += _texts(f"{ident}:text", text)
    for number, (label, long) in enumerate(long_fields(proposal)):
        blocks.append(quote(f"{ident}:long:{number}", bold(Untrusted(label).line())))
        blocks += _texts(f"{ident}:long:{number}:text", long)
    if proposal.why:
        blocks.append(quote(f"{ident}:why", bold(say(language, "card.why"))))
        blocks += _texts(f"{ident}:because", proposal.why.clean())
    if tracked.status is Status.PENDING and tracked.ask is not None:
        lines = waiting_lines(tracked, told.aside, language)
        blocks += [quote(f"{ident}:waits", *lines)] if lines else []
    for number, fact in enumerate(_facts(dossier, tracked, told, language)):
        blocks += _texts(f"{ident}:fact:{number}", fact, listed=True)
    return blocks


def _texts(name: str, text: str, *, strong: bool = False, listed: bool = False) -> list[Block]:
    """Return a text in as many blocks as it takes."""
    found: list[Block] = []
    for number, start in enumerate(range(0, max(len(text), 1), TEXT_CHARS_MAX)):
        piece = text[start : start + TEXT_CHARS_MAX]
        shape = bold(piece) if strong else bullets([piece]) if listed else said(piece)
        found.append(quote(f"{name}:{number}", shape))
    return found


def _facts(dossier: Dossier, tracked: Tracked, told: Facts, language: str) -> list[str]:
    """Return every fact there is, one line each; those that do not apply are left out."""
    proposal, ask = tracked.proposal, tracked.ask
    sure = sureness(proposal.confidence, language) if proposal.confidence is not None else ""
    votes = ", ".join(f"{each.name.line(80) or each.by} ({clock(each.at)})" for each in tracked.votes)
    rule = " · ".join(part for part in (tracked.because, tracked.rule) if part)
    rows = (
        ("fact.status", outcome(tracked, language)),
        ("fact.rule", rule),
        ("fact.approvers", ", ".join(tracked.approvers)),
        ("fact.quorum", str(ask.quorum) if ask is not None else ""),
        ("fact.four_eyes", say(language, "card.four_eyes") if ask is not None and ask.four_eyes else ""),
        ("fact.votes", votes),
        ("fact.asked_by", proposal.by),
        ("fact.queue", Untrusted(dossier.queue).line()),
        ("fact.action", proposal.action.name),
        ("fact.risk", say(language, f"card.risk.{proposal.action.risk.value}")),
        ("fact.sure", sure),
        ("fact.undo", told.undo),
        ("fact.undoes", proposal.undoes or ""),
        ("fact.asked_at", _at(tracked.asked_at)),
        ("fact.reminded_at", _at(tracked.reminded_at)),
        ("fact.escalated_at", _at(tracked.escalated_at)),
        ("fact.expires_at", _at(tracked.expires_at)),
        ("fact.decided_at", _at(tracked.decided_at)),
        ("fact.operation", tracked.operation or ""),
        ("fact.reference", tracked.receipt.reference if tracked.receipt is not None else ""),
        ("fact.digest", f"SHA-256 {tracked.digest}"),
        ("fact.id", f"{proposal.id} · {tracked.revision}"),
    )
    return [f"{say(language, key)}: {told}" for key, told in rows if told]


def _at(at: datetime | None) -> str:
    return clock(at) if at is not None else ""
