"""The parts that cards, forms and the App Home are built of. Pure.

Untrusted words go into ``rich_text`` text elements or ``plain_text``, where Slack parses nothing; what is
written as ``mrkdwn`` is ours, or was escaped before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

Block = dict[str, Any]

BUTTON_LABEL_CHARS_MAX = 75
"""Of a button's spoken label: https://docs.slack.dev/reference/block-kit/block-elements/button-element."""
NAMED_MAX = 20
"""Approvers named in one line: a context's text holds 3,000 characters, and nobody reads more names."""


def escape(text: str) -> str:
    """Make ``text`` inert in mrkdwn and in a message's text.

    https://docs.slack.dev/messaging/formatting-message-text#escaping: these three characters, no others.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mention(who: str) -> str:
    """Name somebody so that Slack shows the name; ids come from our own configuration and Slack's events."""
    if is_person(who):
        return f"<@{who}>"
    if is_user_group(who):
        return f"<!subteam^{who}>"
    return escape(who)


def is_person(who: str) -> bool:
    """Whether ``who`` is a Slack user id."""
    return bool(who) and who[0] in "UW" and who.isascii() and who.isalnum()


def is_user_group(who: str) -> bool:
    """Whether ``who`` is the id of a Slack user group; a ticket system's has a slash in its name."""
    return who[:1] == "S" and who.isascii() and who.isalnum()


def named(who: str) -> Block:
    """Name somebody inside rich text."""
    if is_person(who):
        return {"type": "user", "user_id": who}
    return {"type": "usergroup", "usergroup_id": who} if is_user_group(who) else words(who)


def names(of: tuple[str, ...]) -> list[Block]:
    """Name several people and groups inside rich text, blanks in between."""
    found: list[Block] = []
    for who in of[:NAMED_MAX]:
        found += [words(" "), named(who)] if found else [named(who)]
    return found + ([words(f" +{len(of) - NAMED_MAX}")] if len(of) > NAMED_MAX else [])


def quote(block_id: str, *sections: Block) -> Block:
    """Return a ``rich_text`` block."""
    return {"type": "rich_text", "block_id": block_id, "elements": list(sections)}


def section(*elements: Block) -> Block:
    """Return one line of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def words(text: str) -> Block:
    """Return a text element; Slack parses nothing in it."""
    return {"type": "text", "text": text}


def line(text: str) -> Block:
    """Return one plain line."""
    return section(words(text))


def bold(text: str) -> Block:
    """Return one line of ours in bold."""
    return section({"type": "text", "text": text, "style": {"bold": True}})


def italic(text: str) -> Block:
    """Return one line of ours in italics."""
    return section({"type": "text", "text": text, "style": {"italic": True}})


def said(text: str) -> Block:
    """Return somebody else's words, set apart."""
    return {"type": "rich_text_quote", "elements": [words(text or " ")]}


def bullets(lines: list[str]) -> Block:
    """Return a list, one text element an item."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [line(each) for each in lines]}


def moment(at: datetime) -> Block:
    """Return a time that each reader sees in their own zone, inside rich text."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": clock(at),
    }


def date(at: datetime | None) -> str:
    """Return the same in mrkdwn."""
    if at is None:
        return "-"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{clock(at)}>"


def clock(at: datetime | None) -> str:
    """Return a time for those who see no markup."""
    return at.strftime("%d.%m.%Y %H:%M UTC") if at else "-"


def plain(text: str) -> Block:
    """Return a ``plain_text`` object."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    """Return a ``mrkdwn`` object of our own words; nothing in it is turned into a link by Slack."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(block_id: str, text: str) -> Block:
    """Return a heading, cut to what Slack takes."""
    return {"type": "header", "block_id": block_id, "text": plain(text[:150])}


def context(block_id: str, text: str) -> Block:
    """Return a line in small print, of our own mrkdwn."""
    return {"type": "context", "block_id": block_id, "elements": [mrkdwn(text)]}


def actions(block_id: str, *elements: Block) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(action_id: str, label: str, spoken: str, value: str) -> Block:
    """Return a button; ``spoken`` is what a screen reader says instead of the label."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(label),
        "accessibility_label": spoken[:BUTTON_LABEL_CHARS_MAX],
        "value": value,
    }


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """Return the question Slack asks before a button counts.

    Limits: https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object.
    """
    return {"title": plain(title[:100]), "text": plain(text[:300]), "confirm": plain(yes), "deny": plain(no)}


def link(url: str, label: str) -> str:
    """Return a link in mrkdwn; what would end or split it is percent-encoded."""
    safe = url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C").replace(" ", "%20")
    return f"<{safe}|{escape(label)}>"
