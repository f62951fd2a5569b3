"""What one person is told, as blocks: labelled lines, what they rest on, and who says so. Pure.

Everybody else's words stand in ``rich_text`` text elements, where Slack parses nothing: no mention, no link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from approvals.blocks import Block, bold, context, escape, header, quote, said, section, words
from approvals.limits import HEADER_CHARS_MAX, MESSAGE_TEXT_CHARS_MAX, faults_of_message
from bot.core.briefing import brief_of, sources_of, written_by
from bot.core.briefs import BriefLine, Reference
from bot.core.reports import Report
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say

LINE_CHARS_MAX: Final = 2_000
"""Of one line's text: what a person reads at a glance, below what Slack takes in one block."""
LINES_MAX: Final = 30
"""Of one answer: below Slack's fifty blocks, each line that is set apart taking one of its own."""
TITLE_CHARS_MAX: Final = 150
"""Of what a reference is called."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a label of ours and somebody's words, or a link that we built."""

    label: str = ""
    text: Untrusted = field(default_factory=lambda: Untrusted(""))
    url: str = ""
    """Where ``text`` leads; empty: nowhere."""
    parts: tuple[Block, ...] = ()
    """Elements of rich text that stand in its place: people, times."""
    apart: bool = False
    """Whether it is set apart as a quotation, as words of more than one line always are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One message for one person."""

    text: str
    """Escaped; what a screen reader and a notification say."""
    blocks: list[Block] = field(default_factory=list[Block])


def told(ticket: Ticket, report: Report, language: str) -> Sheet:
    """Return what a skill found out about a ticket, for whoever asked."""
    brief = brief_of(report, language)
    rows = [Row(text=Untrusted(ticket.key), url=ticket.url)]
    rows += [_told(each, language) for each in brief.lines]
    if report.draft:
        rows = [*rows[: LINES_MAX - 1], Row(say(language, "note.draft"), report.draft, apart=True)]
    title = f"{ticket.key}: {say(language, brief.title)}"
    return sheet(title, rows, sources_of(brief), written_by(report, language), language=language)


def _told(line: BriefLine, language: str) -> Row:
    label = say(language, line.label) if line.label else ""
    if line.about is None:
        return Row(label, line.text)
    title, text = line.about.title.line(TITLE_CHARS_MAX), line.text.line(LINE_CHARS_MAX)
    about = link_to(line.about.url, line.about.title) if line.about.url else words(title)
    return Row(label, Untrusted(f"{title}: {text}"), parts=(about, words(f": {text}")))


def sheet(
    title: str,
    rows: Sequence[Row],
    sources: Sequence[tuple[str, Sequence[Reference]]] = (),
    small: str = "",
    *,
    language: str,
) -> Sheet:
    """Return a title, lines below it, lots of ``sources`` each under a key of the catalogue, and small print.

    ``small``: our own words, not escaped yet.
    """
    heading = Untrusted(title).line(HEADER_CHARS_MAX)
    blocks: list[Block] = [header("brief", heading)]
    for number, row in enumerate(rows[:LINES_MAX]):
        blocks.append(quote(f"brief:{number}", *_row(row, language)))
    for key, references in sources:
        blocks.append(quote(key.replace(".", ":"), bold(say(language, key)), _listed(references)))
    if small:
        blocks.append(context("brief:by", escape(Untrusted(small).line())))
    spoken = "\n".join([heading, *(_spoken(row, language) for row in rows[:LINES_MAX])])
    made = Sheet(text=cut(escape(spoken)), blocks=blocks)
    faults = faults_of_message(made.text, made.blocks)
    assert not faults, f"a message Slack would refuse: {faults}"
    return made


def cut(text: str) -> str:
    """Return escaped text no longer than a message's, no character cut in two."""
    if len(text) <= MESSAGE_TEXT_CHARS_MAX:
        return text
    short = text[: MESSAGE_TEXT_CHARS_MAX - 1]
    whole, mark, rest = short.rpartition("&")
    return f"{whole if mark and ';' not in rest else short}…"


def link_to(url: str, title: Untrusted) -> Block:
    """Return a link inside rich text; a title that looks like another address is not shown as one."""
    label = title.line(TITLE_CHARS_MAX) or url
    host = urlsplit(url).hostname or ""
    return {"type": "link", "url": url, "text": host if "://" in label or label.startswith("www.") else label}


def _row(row: Row, language: str) -> list[Block]:
    text = row.text.clean(LINE_CHARS_MAX)
    label: list[Block] = []
    if row.label:
        before = say(language, "itsm.label", label=row.label, value="")
        label = [{"type": "text", "text": before, "style": {"bold": True}}]
    if row.parts:
        return [section(*label, *row.parts)]
    if row.url:
        return [section(*label, link_to(row.url, row.text))]
    if row.apart or "\n" in text.strip():
        return [*([section(*label)] if label else []), said(text.strip())]
    return [section(*label, words(text.strip() or "–"))]  # noqa: RUF001  # a dash stands for nothing


def _spoken(row: Row, language: str) -> str:
    text = row.text.line(LINE_CHARS_MAX)
    return say(language, "itsm.label", label=row.label, value=text) if row.label else text


def _listed(references: Sequence[Reference]) -> Block:
    items = [
        section(link_to(each.url, each.title) if each.url else words(each.title.line(TITLE_CHARS_MAX) or "–"))  # noqa: RUF001  # a dash stands for nothing
        for each in references
    ]
    return {"type": "rich_text_list", "style": "bullet", "elements": items}
