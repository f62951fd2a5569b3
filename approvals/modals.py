"""The forms behind a card's buttons: edit, reject, details. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from approvals.card import Block, bold, bullets, changes, payload_text, quote, said, touched, value
from approvals.limits import (
    BUTTON_CHARS_MAX,
    OPTION_VALUE_CHARS_MAX,
    OPTIONS_MAX,
    TEXT_CHARS_MAX,
    TITLE_CHARS_MAX,
    VIEW_BLOCKS_MAX,
)
from bot.core.dossier import Dossier, Tracked
from bot.core.notes import shown
from bot.core.tickets import Allowed, Choices, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

EDIT_FORM, REJECT_FORM = "approval:edit_submit", "approval:reject_submit"
"""``callback_id``s (contract §7)."""
TEXT, REASON = "text", "reason"
FIELD: Final = "field:"
"""block_id of a field's menu: this and the field's name."""
KEEP: Final = "keep"
"""Value of the option that leaves a field as it is; no vendor's id is spelled like it, see :data:`PICK`."""
PICK: Final = "="
"""Stands before a vendor's id in an option's value."""
REASON_CHARS_MAX = 300
"""Of a rejection's reason: it goes on the card and on the ticket."""

View = dict[str, Any]


def edit_text(dossier: Dossier, tracked: Tracked, language: str) -> View:
    """Return the form to edit a reply, prefilled with exactly what is proposed."""
    text = payload_text(tracked.proposal) or ""
    if len(text) > TEXT_CHARS_MAX:
        return notice(say(language, "modal.edit"), say(language, "modal.too_long"), language)
    element = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "multiline": True,
        "max_length": TEXT_CHARS_MAX,
        "initial_value": text,
    }
    block = {
        "type": "input",
        "block_id": TEXT,
        "label": _plain(say(language, "modal.reply")),
        "hint": _plain(say(language, "modal.reply_hint")),
        "element": element,
    }
    return _form(EDIT_FORM, tracked, [_about(dossier), block], language)


def edit_fields(dossier: Dossier, tracked: Tracked, allowed: Allowed, language: str) -> View:
    """Return the form to edit fields: one menu a field, filled with what may be set right now.

    A field that would get several values has no menu: one that takes one value would drop the others unseen.
    """
    blocks = [_about(dossier)]
    for name, after in touched(tracked.proposal).items():
        choices = allowed.of(name)
        if choices is not None and len(after) <= 1:
            blocks.append(_menu(choices, after[0] if after else None, language))
    return _form(EDIT_FORM, tracked, blocks, language)


def reject(dossier: Dossier, tracked: Tracked, language: str) -> View:
    """Return the form that asks why."""
    element = {
        "type": "plain_text_input",
        "action_id": REASON,
        "multiline": True,
        "max_length": REASON_CHARS_MAX,
    }
    block = {
        "type": "input",
        "block_id": REASON,
        "optional": True,
        "label": _plain(say(language, "modal.reason")),
        "hint": _plain(say(language, "modal.reason_hint")),
        "element": element,
    }
    view = _form(REJECT_FORM, tracked, [_about(dossier), block], language)
    return view | {
        "title": _plain(say(language, "modal.reject")),
        "submit": _plain(say(language, "modal.reject_submit")),
    }


def details(dossier: Dossier, tracked: Tracked, language: str) -> View:
    """Return everything about a proposal; its text is shown whole, however long."""
    proposal = tracked.proposal
    parts: list[Block] = [bold(Untrusted(proposal.says).line())]
    rows = [
        say(
            language,
            "card.change",
            field=Untrusted(name).line(),
            before=shown(old, language),
            after=shown(new, language),
        )
        for name, old, new in changes(proposal)
    ]
    parts += [bullets(rows)] if rows else []
    if proposal.why:
        parts += [bold(say(language, "card.why")), said(proposal.why.clean(TEXT_CHARS_MAX))]
    facts = [
        f"{tracked.because} · {tracked.rule}",
        f"{say(language, 'card.asked_by')}: {proposal.by}",
        f"SHA-256 {tracked.digest}",
        f"{proposal.id} · {tracked.revision}",
    ]
    blocks = [_about(dossier), quote("what", *parts)]
    text = payload_text(proposal)
    if text is not None:
        pages = list(_pages(text))[: VIEW_BLOCKS_MAX - 4]
        blocks.append(quote("text", bold(say(language, "card.exactly_text"))))
        blocks += [quote(f"text:{number}", said(page)) for number, page in enumerate(pages)]
    blocks.append(quote("facts", bullets(facts)))
    return {
        "type": "modal",
        "callback_id": "approval:details",
        "title": _plain(say(language, "modal.details")),
        "close": _plain(say(language, "modal.close")),
        "blocks": blocks,
    }


def notice(title: str, text: str, language: str) -> View:
    """Return a modal that only says something."""
    return {
        "type": "modal",
        "callback_id": "approval:notice",
        "title": _plain(title[:TITLE_CHARS_MAX]),
        "close": _plain(say(language, "modal.close")),
        "blocks": [{"type": "section", "block_id": "notice", "text": _plain(text)}],
    }


def picked(block: str, option: str, label: str) -> tuple[str, Value | None] | None:
    """Return (field, chosen value or None to leave it) for one menu's answer; None when it is not a menu."""
    if not block.startswith(FIELD):
        return None
    name = block.removeprefix(FIELD)
    return name, Value(option.removeprefix(PICK), label) if option.startswith(PICK) else None


def _form(callback: str, tracked: Tracked, blocks: list[Block], language: str) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": _plain(say(language, "modal.edit")),
        "submit": _plain(say(language, "modal.edit_submit")),
        "close": _plain(say(language, "modal.cancel")),
        "private_metadata": json.dumps({"value": value(tracked.proposal, tracked.revision)}),
        "blocks": blocks,
    }


def _about(dossier: Dossier) -> Block:
    return quote("about", bold(dossier.key), said(dossier.summary.line(120)))


def _menu(choices: Choices, chosen: Value | None, language: str) -> Block:
    """Return a menu of at most 100 options; what is proposed comes first, so that it is always among them."""
    ordered = [v for v in choices.values if chosen and v.id == chosen.id]
    ordered += [v for v in choices.values if not chosen or v.id != chosen.id]
    keep = _option(KEEP, say(language, "modal.keep"))
    fitting = [v for v in ordered if len(PICK + v.id) <= OPTION_VALUE_CHARS_MAX and Untrusted(v.label)]
    options = [_option(PICK + v.id, v.label) for v in fitting[: OPTIONS_MAX - 1]] + [keep]
    initial = options[0] if chosen and fitting and fitting[0].id == chosen.id else keep
    return {
        "type": "input",
        "block_id": FIELD + choices.field,
        "label": _plain(Untrusted(choices.label).line(BUTTON_CHARS_MAX) or choices.field),
        "element": {
            "type": "static_select",
            "action_id": "pick",
            "options": options,
            "initial_option": initial,
        },
    }


def _option(option: str, label: str) -> Block:
    return {"text": _plain(Untrusted(label).line(BUTTON_CHARS_MAX) or "?"), "value": option}


def _pages(text: str) -> Iterator[str]:
    for start in range(0, len(text), TEXT_CHARS_MAX):
        yield text[start : start + TEXT_CHARS_MAX]


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
