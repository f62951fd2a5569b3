"""A proposal as a Slack message: what would change, why, who may agree, and the buttons. Pure.

Untrusted words appear only as ``rich_text`` text elements, where Slack parses nothing, or escaped in a
``plain_text`` header; every other word is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.actions import Proposal
from bot.core.arguments import FieldsArguments
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.notes import outcome, shown, sureness
from bot.core.tickets import FieldValue
from bot.core.untrusted import Untrusted
from bot.core.words import say

APPROVE, EDIT, REJECT, DETAILS = "approval:approve", "approval:edit", "approval:reject", "approval:details"
"""``action_id``s: stable across versions, because cards live longer than builds (contract §7)."""
PREVIEW_CHARS_MAX = 1_500
"""Of a text on the card itself; the rest is in Details, and the card says how much is missing."""
CHANGES_MAX = 20
"""``set_fields`` takes no more."""
SUMMARY_CHARS_MAX = 120
WHY_CHARS_MAX = 300
TEXT_CHARS_MAX = 300
"""Of the ticket's summary, of the reason, and of what a notification shows: one glance each."""
APPROVERS_MAX = 20
"""Named on a card: a context's text holds 3,000 characters, and nobody reads more names."""

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """What is sent to Slack."""

    text: str
    """For notifications and screen readers; escaped."""
    blocks: list[Block]


def card(dossier: Dossier, tracked: Tracked, language: str) -> Card:
    """Draw ``tracked`` as it stands: with buttons while it waits, as a record afterwards."""
    waiting = tracked.status is Status.PENDING
    title = say(language, _title(tracked), key=dossier.key)
    blocks = [_header(_id(tracked, "h"), title), _facts(dossier, tracked, language)]
    blocks += _payload(dossier, tracked, language)
    if waiting:
        blocks += [_foot(tracked, language), _buttons(dossier, tracked, language)]
        when = _clock(tracked.expires_at)
        text = say(language, "card.text", key=dossier.key, says=tracked.proposal.says, when=when)
    else:
        blocks.append(_record(tracked, language))
        text = f"{dossier.key}: {outcome(tracked, language)}"
    return Card(escape(Untrusted(text).line(TEXT_CHARS_MAX)), blocks)


def value(proposal: Proposal, revision: int) -> str:
    """Return what a button carries: enough to know what was shown, nothing to choose from."""
    return f"{proposal.id}|{revision}"


def escape(text: str) -> str:
    """Make ``text`` inert in mrkdwn and in a message's text.

    https://docs.slack.dev/messaging/formatting-message-text#escaping: these three characters, no others.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def payload_text(proposal: Proposal) -> str | None:
    """Return the text a proposal would post, or None when it posts none."""
    text = proposal.action.args.get("text")
    return text if isinstance(text, str) else None


def changes(proposal: Proposal) -> list[tuple[str, FieldValue, FieldValue]]:
    """Return (what people call the field, before, after) for each field a proposal sets."""
    return [
        (proposal.labels.get(name, name), proposal.basis.before.get(name, ()), after)
        for name, after in touched(proposal).items()
    ]


def touched(proposal: Proposal) -> dict[str, FieldValue]:
    """Return the fields of a proposal's arguments with the values they would have."""
    fields = proposal.action.args.get("fields")
    return FieldsArguments.model_validate({"fields": fields}).values() if fields else {}


def quote(block_id: str, *sections: Block) -> Block:
    """Return a ``rich_text`` block."""
    return {"type": "rich_text", "block_id": block_id, "elements": list(sections)}


def bold(text: str) -> Block:
    """Return one line of ours in bold."""
    return _section({"type": "text", "text": text, "style": {"bold": True}})


def said(text: str) -> Block:
    """Return somebody else's words, set apart."""
    return {"type": "rich_text_quote", "elements": [{"type": "text", "text": text or " "}]}


def bullets(lines: list[str]) -> Block:
    """Return a list, one text element an item."""
    items = [_section({"type": "text", "text": line}) for line in lines]
    return {"type": "rich_text_list", "style": "bullet", "elements": items}


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _id(tracked: Tracked, part: str) -> str:
    return f"{tracked.proposal.id}:{tracked.revision}:{part}"


def _title(tracked: Tracked) -> str:
    if tracked.status is not Status.PENDING:
        return f"card.title.{tracked.status.value}"
    return "card.title_reply" if payload_text(tracked.proposal) is not None else "card.title"


def _header(block_id: str, text: str) -> Block:
    return {
        "type": "header",
        "block_id": block_id,
        "text": {"type": "plain_text", "text": text[:150], "emoji": False},
    }


def _facts(dossier: Dossier, tracked: Tracked, language: str) -> Block:
    proposal = tracked.proposal
    facts = [
        (say(language, "card.ticket"), f"<{_url(dossier.url)}|{escape(dossier.key)}>"),
        (say(language, "card.risk"), escape(say(language, f"card.risk.{proposal.action.risk.value}"))),
        (say(language, "card.asked_by"), asked_by(proposal, language)),
    ]
    if proposal.confidence is not None:
        facts.append((say(language, "card.sure"), escape(sureness(proposal.confidence, language))))
    return {
        "type": "section",
        "block_id": _id(tracked, "f"),
        "fields": [_mrkdwn(f"*{escape(name)}*\n{words}") for name, words in facts],
    }


def _payload(dossier: Dossier, tracked: Tracked, language: str) -> list[Block]:
    """Show the ticket's own summary, what would happen to it, and why."""
    proposal = tracked.proposal
    parts = [said(dossier.summary.line(SUMMARY_CHARS_MAX))]
    text = payload_text(proposal)
    waiting = tracked.status is Status.PENDING
    if text is not None:
        lead = "card.exactly_text" if waiting else "card.happened"
        parts += [bold(say(language, lead)), said(text[:PREVIEW_CHARS_MAX])]
        if len(text) > PREVIEW_CHARS_MAX:
            more = say(language, "card.more", n=str(len(text) - PREVIEW_CHARS_MAX))
            parts.append(_section({"type": "text", "text": more, "style": {"italic": True}}))
    else:
        rows = [
            say(
                language,
                "card.change",
                field=Untrusted(name).line(),
                before=shown(old, language),
                after=shown(new, language),
            )
            for name, old, new in changes(proposal)[:CHANGES_MAX]
        ]
        parts += [
            bold(say(language, "card.exactly" if waiting else "card.happened")),
            bullets(rows or [Untrusted(proposal.says).line()]),
        ]
    if proposal.why:
        parts += [bold(say(language, "card.why")), said(proposal.why.line(WHY_CHARS_MAX))]
    return [quote(_id(tracked, "p"), *parts)]


def _foot(tracked: Tracked, language: str) -> Block:
    assert tracked.ask is not None, "only what is asked waits"
    approvers = " ".join(mention(who) for who in tracked.ask.approvers[:APPROVERS_MAX])
    if len(tracked.ask.approvers) > APPROVERS_MAX:
        approvers += f" +{len(tracked.ask.approvers) - APPROVERS_MAX}"
    words = say(
        language,
        "card.foot",
        rule=escape(tracked.rule),
        approvers=approvers,
        when=_date(tracked.expires_at),
    )
    if tracked.ask.four_eyes and not tracked.proposal.by.startswith("skill:"):
        words += f" · {escape(say(language, 'card.four_eyes'))}"
    return {"type": "context", "block_id": _id(tracked, "c"), "elements": [_mrkdwn(words)]}


def _record(tracked: Tracked, language: str) -> Block:
    """Say how it ended, in place of the buttons."""
    parts = [_section({"type": "text", "text": outcome(tracked, language)})]
    if tracked.edited:
        edited = {"type": "text", "text": say(language, "card.edited"), "style": {"italic": True}}
        parts.append(_section(edited))
    date: Block = {
        "type": "date",
        "timestamp": int(tracked.decided_at.timestamp()) if tracked.decided_at else 0,
        "format": "{date_short_pretty} {time}",
        "fallback": _clock(tracked.decided_at),
    }
    ident: Block = {"type": "text", "text": f" · {tracked.proposal.id}"}
    parts.append(_section(date, ident) if tracked.decided_at else _section(ident))
    return quote(_id(tracked, "r"), *parts)


def _buttons(dossier: Dossier, tracked: Tracked, language: str) -> Block:
    carried = value(tracked.proposal, tracked.revision)
    reply = payload_text(tracked.proposal) is not None
    approve = "button.approve_reply" if reply else "button.approve"
    rows = (
        (APPROVE, approve, "button.approve_label"),
        (EDIT, "button.edit", "button.edit_label"),
        (REJECT, "button.reject", "button.reject_label"),
        (DETAILS, "button.details", "button.details_label"),
    )
    buttons = [
        {
            "type": "button",
            "action_id": action,
            "text": {"type": "plain_text", "text": say(language, label), "emoji": False},
            "accessibility_label": say(language, spoken, key=dossier.key)[:75],
            "value": carried,
        }
        for action, label, spoken in rows
    ]
    buttons[0]["style"] = "primary"
    return {"type": "actions", "block_id": _id(tracked, "a"), "elements": buttons}


def asked_by(proposal: Proposal, language: str) -> str:
    """Return who asked, as mrkdwn: a person, or one of our skills."""
    kind, _, skill = proposal.by.partition(":")
    return escape(say(language, "card.by_skill", skill=skill)) if kind == "skill" else mention(proposal.by)


def mention(who: str) -> str:
    """Name somebody so that Slack shows the name; ids come from our own configuration and Slack's events."""
    if who[:1] in "UW" and who.isalnum():
        return f"<@{who}>"
    if who[:1] == "S" and who.isalnum():
        return f"<!subteam^{who}>"
    return escape(who)


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _url(url: str) -> str:
    """Percent-encode what would end or split a link."""
    return url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C").replace(" ", "%20")


def _date(moment: datetime | None) -> str:
    """Return a time that each reader sees in their own zone."""
    if moment is None:
        return "-"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{_clock(moment)}>"


def _clock(moment: datetime | None) -> str:
    return moment.strftime("%d.%m.%Y %H:%M UTC") if moment else "-"


def is_editable(proposal: Proposal) -> bool:
    """Whether the edit form knows this kind of change."""
    return payload_text(proposal) is not None or "fields" in proposal.action.args
