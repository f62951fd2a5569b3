r"""Jira's wiki markup: words of others made inert, and our notes given their looks.

A comment sent through REST v2 is wiki markup on Data Center and on Cloud (which turns it into a document).
Notation: jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all. A backslash before a special
character makes it plain; a backslash itself has to be an entity, because two of them are a line break
(pandoc's Jira writer found the same).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from bot.core.arguments import NoteLine
from bot.core.errors import Refused
from bot.core.ids import Operation
from bot.core.untrusted import Untrusted
from connectors.jira.marks import ref_line

COMMENT_CHARS_MAX: Final = 32_767
"""Jira's default ``jira.text.field.character.limit``; counted in UTF-16 units, as Java counts."""
LINE_CHARS_MAX: Final = 2_000
"""Of one line of a note: enough for any quote, and 1 MiB in a ticket does not get into the note."""

_BACKSLASH: Final = "&#92;"
_ALWAYS: Final = r"[{}\[\]|!*^~]"
"""Macros, links, mentions, attachments, tables, images, bold, super- and subscript."""
_LOOSE: Final = r"(?<![^\W_])[-_+]|[-_+](?![^\W_])"
"""Struck, italic and inserted text, lists and rulers; not inside of a word, as in OPS-1 or snake_case."""
_CITATION: Final = r"\?(?=\?)|(?<=\?)\?"
_ENTITY: Final = r"&(?=#?\w+;)"
_ICON: Final = r"\((?=(?:[/xyni!?+*-]|on|off|flag|flagoff|\*[rgby])\))|:(?=-?[()DP])|;(?=-?\))"
_SPECIAL: Final = re.compile(f"{_ALWAYS}|{_LOOSE}|{_CITATION}|{_ENTITY}|{_ICON}")
_OPENING: Final = re.compile(r"(?m)^([ \t]*)(h[1-6]|bq)(?=\.)|^([ \t]*)(?=\#)")
_LINK: Final = re.compile(r"https?://[A-Za-z0-9./?=&%#:;,@~_+$'()-]*[A-Za-z0-9/=&%#_]")
"""A bare address that Jira makes a link of as it stands; without any character that opens markup."""


def inert(text: str) -> str:
    """Return clean ``text`` so that Jira shows it letter by letter: no macro, mention, image or layout."""
    pieces = [_SPECIAL.sub(r"\\\g<0>", piece) for piece in text.split("\\")]
    return _OPENING.sub(_opened, _BACKSLASH.join(pieces))


def _opened(start: re.Match[str]) -> str:
    if start[2] is not None:
        return f"{start[1]}{start[2]}\\"  # "h1." is a heading, "h1\." is not
    return f"{start[3]}\\"


def reply(text: str, operation: Operation) -> str:
    """Return the body of a public reply: plain paragraphs; addresses stay whole, so that they can be clicked.

    Raises:
        Refused: escaped, it is longer than a comment may be.
    """
    body = _paragraphs(text) + f"\n\n{ref_line(operation)}"
    if units(body) > COMMENT_CHARS_MAX:
        raise Refused(
            f"the reply is {units(body):,} characters in Jira's markup and a comment takes"
            f" {COMMENT_CHARS_MAX:,}: shorten it"
        )
    return body


def prose(text: str) -> str:
    """Return a description: plain paragraphs, addresses whole.

    Raises:
        Refused: escaped, it is longer than a field of text may be.
    """
    body = _paragraphs(text)
    if units(body) > COMMENT_CHARS_MAX:
        raise Refused(
            f"the description is {units(body):,} characters in Jira's markup and a field takes"
            f" {COMMENT_CHARS_MAX:,}: shorten it",
            fields={"description": "too long"},
        )
    return body


def _paragraphs(text: str) -> str:
    words = Untrusted(text).clean().strip()
    pieces: list[str] = []
    end = 0
    for link in _LINK.finditer(words):
        pieces += [inert(words[end : link.start()]), link[0]]
        end = link.end()
    return "".join([*pieces, inert(words[end:])])


_CUT: Final = "\n\n…"


def note(lines: Sequence[NoteLine], operation: Operation) -> str:
    """Return the body of an internal note; what does not fit is left out, and the note says so."""
    ending = f"\n\n{ref_line(operation)}"
    room = COMMENT_CHARS_MAX - units(ending) - units(_CUT)
    body = ""
    for place, line in enumerate(lines):
        piece = ("" if place == 0 else _gap(lines[place - 1], line)) + shown(line)
        if units(body) + units(piece) > room:
            return body + _CUT + ending
        body += piece
    return body + ending


def shown(line: NoteLine) -> str:
    """Return one line of a note as markup."""
    words = inert(Untrusted(line.text).line(LINE_CHARS_MAX))
    match line.kind:
        case "text":
            return inert(Untrusted(line.text).clean(LINE_CHARS_MAX))
        case "field" if line.label:
            return f"* *{inert(Untrusted(line.label).line(LINE_CHARS_MAX))}:* {words}"
        case "link" if line.url:
            return f"* [{_alias(line.text)}|{_address(line.url)}]"
        case "fine":
            return f"{{color:#6b778c}}{words}{{color}}" if words else ""
        case "title" | "heading" | "field" | "bullet" | "quote" | "link" as kind:
            return _START[kind] + words


_LISTED: Final = frozenset({"field", "bullet", "link"})


def _gap(before: NoteLine, line: NoteLine) -> str:
    """Return one newline within a list or below a heading, else an empty line: markup is read by line."""
    if before.kind in {"title", "heading"} or (before.kind in _LISTED and line.kind in _LISTED):
        return "\n"
    return "\n\n"


_START: Final = {
    "title": "h4. ",
    "heading": "h5. ",
    "quote": "bq. ",
    "field": "* ",
    "bullet": "* ",
    "link": "* ",
}


def _alias(text: str) -> str:
    """Return what a link is called; what would end it is replaced, because escapes do not count there."""
    return inert(Untrusted(text).line(LINE_CHARS_MAX).translate(_NO_LINK)) or "link"


_NO_LINK: Final = str.maketrans("[]|", "()/")


def _address(url: str) -> str:
    """Return ``url`` so that it cannot end the link it stands in."""
    return quote(url, safe=":/?#=&%~+,;@$'()._-")


def units(text: str) -> int:
    """Count as Java does: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
