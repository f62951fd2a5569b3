"""What we write into a record's journal, and how we find it there again. Pure.

A journal field can only be added to: an entry is neither edited nor deleted, and every entry of ours ends
with the operation it belongs to, so that a fresh read shows whether a write landed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bot.core.arguments import NoteLine
from bot.core.ids import Operation
from bot.core.untrusted import Untrusted

WORK_NOTES: Final = "work_notes"
"""The internal journal."""
COMMENTS: Final = "comments"
"""The journal the requester reads, and is mailed."""

_MARKER: Final = re.compile(r"\[(?:ref )?(CS-[0-9A-F]{12})\]\s*\Z")
_CODE_TAG: Final = re.compile(r"\[\s*(/?)\s*code\s*\]", re.IGNORECASE)
_BULLET: Final = "• "


def plain(text: str) -> str:
    """Return ``text`` so that a journal shows it as it stands.

    Between ``[code]`` tags ServiceNow renders HTML (glide.ui.security.allow_codetag), and ``@[…]`` mentions
    somebody; both lose their square bracket. Invisible characters go first, or they would hide a tag.
    """
    return _CODE_TAG.sub(r"(\1code)", Untrusted(text).clean()).replace("@[", "@(")


def note_text(lines: Iterable[NoteLine], operation: Operation) -> str:
    """Return an internal note as plain text, its marker last."""
    body = "\n".join(_line(each) for each in lines).strip()
    return f"{body}\n[{operation}]"


def change_text(operation: Operation) -> str:
    """Return the sentence that goes into the work notes along with a change of fields."""
    return f"Changed by Countersign with approval [ref {operation}]"


def made_text(operation: Operation) -> str:
    """Return the sentence that a record made by us begins its work notes with."""
    return f"Made by Countersign for whoever asked in Slack [ref {operation}]"


def reply_text(operation: Operation) -> str:
    """Return the sentence that goes into the work notes along with a public reply."""
    return f"Reply sent by Countersign with approval [ref {operation}]"


def marker(entry: str) -> Operation | None:
    """Return the operation an entry belongs to.

    Only a marker at the very end counts: ours is always there, while one in the middle may be a quotation of
    what a stranger wrote into the ticket.
    """
    found = _MARKER.search(entry)
    return Operation(found[1]) if found else None


def same_words(one: str, other: str) -> bool:
    """Whether two entries say the same; the platform may change white space and line ends."""
    return one.split() == other.split()


def _line(line: NoteLine) -> str:
    # One line of a note is one line of the journal: words from a ticket must not start a line of their own.
    text, label = plain(Untrusted(line.text).line()), plain(Untrusted(line.label).line())
    match line.kind:
        case "heading":
            return f"\n{text}"
        case "field":
            return f"{label}: {text}" if label else text
        case "bullet":
            return _BULLET + text
        case "quote":
            return f"> {text}"
        case "link":
            return f"{text}: {line.url}" if line.url else text
        case "title" | "text" | "fine":
            return text
