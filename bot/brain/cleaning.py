"""What a requester wrote, without what their mail program added: quoted mail, signatures, legal footers.

English, German and French forms, as Outlook, Gmail, Apple Mail and Thunderbird write them. Every step gives
up rather than take all words away: a forwarded mail is kept where nothing else was said. Linear on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

RAW_CHARS_MAX: Final = 40_000
"""Looked at of one text: what comes later is quoted, whatever the mail program."""
LINE_CHARS_MAX: Final = 400
"""A longer line is prose: no header, no greeting, no separator is as long."""
WORDS_MIN: Final = 3
"""Fewer words above a quotation say nothing ("FYI", "see below"): then the quotation is the ticket."""
SIGNATURE_LINES_MAX: Final = 14
SIGNATURE_CHARS_MAX: Final = 900
"""What follows a "Kind regards" and is larger goes on with the matter."""
LEGAL_CUES_MIN: Final = 2
"""Different phrases of lawyers in one paragraph: a requester who writes of a confidential mail uses one."""
HEADER_LINES_MAX: Final = 8
"""Within so many lines after "From:" another header follows, or it is no header."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_SEPARATOR = re.compile(
    r"\s*[-_*=]{2,}\s*(?:original (?:message|appointment)|forwarded (?:message|by)|begin forwarded message"
    r"|urspr(?:ü|ue)ngliche (?:nachricht|e-?mail)|weitergeleitete nachricht|originalnachricht"
    r"|message (?:d['\u2019]origine|original|transf(?:é|e)r(?:é|e)))\b.{0,80}"
    r"|\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|d(?:é|e)but du message (?:transf(?:é|e)r(?:é|e)|r(?:é|e)exp(?:é|e)di(?:é|e))) ?:\s*",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\s*(?:on\b.{4,200}\bwrote|am\b.{4,200}\bschrieb\b.{0,120}|le\b.{4,200}\ba (?:é|e)crit)\s?:\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\s*\*?(?:from|von|de|exp(?:é|e)diteur|absender)\s?:\*?\s", re.IGNORECASE)
_HEADER = re.compile(
    r"\s*\*?(?:from|sent|date|to|cc|bcc|subject|importance|attachments?|reply-to"
    r"|von|gesendet(?: am)?|datum|an|betreff|wichtigkeit|anlagen?"
    r"|de|envoy(?:é|e)(?: le)?|(?:à|a)|objet|pi(?:è|e)ces? jointes?)\s?:\*?(?:\s.*)?",
    re.IGNORECASE,
)
_SENT = re.compile(r"\s*\*?(?:sent|date|gesendet(?: am)?|datum|envoy(?:é|e)(?: le)?)\s?:", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*\*?(?:subject|betreff|objet)\s?:", re.IGNORECASE)
_QUOTED = re.compile(r"\s{0,3}>")
_MARKS = re.compile(r"[\s>]*")
_RULE = re.compile(r"\s*[-_=*~#]{8,}\s*")
_DASHES = re.compile(r"--[ \t]?")
_CLOSING = re.compile(
    r"\s*(?:(?:with )?(?:(?:kind(?:est)?|best|warm(?:est)?) )?(?:regards|wishes)|rgds|(?:many )?thanks?"
    r"(?: you)?(?: (?:and|&|in advance|so much|a lot|very much)){0,2}(?: (?:kind |best )?regards)?"
    r"|thx|cheers|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|best"
    r"|mit (?:freundlichen|besten|vielen) gr(?:ü|ue)(?:ß|ss)en"
    r"|(?:viele|beste|liebe|freundliche|sch(?:ö|oe)ne) gr(?:ü|ue)(?:ß|ss)e"
    r"|gru(?:ß|ss)|mfg|lg|vg|(?:vielen |besten )?dank(?: und gr(?:ü|ue)(?:ß|ss)e)?"
    r"|(?:bien |tr(?:è|e)s )?cordialement|(?:sinc(?:è|e)res |meilleures )?salutations|bonne (?:journ(?:é|e)e"
    r"|r(?:é|e)ception)|merci(?: d['\u2019]avance| beaucoup)?)\s*[,.!:;-]{0,3}\s*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s*(?:sent from (?:my |outlook|mail for)|get outlook for|von meinem .{2,40} gesendet"
    r"|gesendet (?:mit der|von) |envoy(?:é|e) (?:de(?:puis)? mon |depuis l)|t(?:é|e)l(?:é|e)chargez outlook)",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"\[?\W{0,3}(?:caution|warning|external|achtung|vorsicht|attention|externe?)\b.{0,60}"
    r"(?:originated|outside|external|extern|ext(?:é|e)rieur|provient).{0,400}",
    re.IGNORECASE | re.DOTALL,
)
_LEGAL: Final = (
    ("confidential", "vertraulich", "confidentiel"),
    (
        "intended for",
        "intended solely",
        "intended only",
        "intended exclusively",
        "intended recipient",
        "ausschließlich für",
        "bestimmt für",
        "destinataire",
    ),
    ("privileged", "legally", "rechtlich", "juridique"),
    ("notify the sender", "inform the sender", "den absender", "l'expéditeur", "l\u2019expéditeur"),
    ("delete it", "delete this", "delete the", "destroy", "vernichten", "löschen sie", "détruire"),
    ("unauthorized", "unauthorised", "prohibited", "nicht gestattet", "interdit", "disclos", "copying"),
    ("consider the environment", "denken sie an die umwelt", "pensez à l"),
    ("before printing", "bevor sie diese e-mail", "avant d'imprimer", "avant d\u2019imprimer"),
    ("liability", "keine haftung", "registered in", "registered office", "handelsregister"),
    ("amtsgericht", "geschäftsführer", "capital social", "siège social"),
)
"""Plain phrases in lower case: ten times as fast to search as patterns, and every paragraph is searched."""


def clean(text: str, *, forwards: bool = True) -> str:
    """Return what was said anew in ``text``; all of it where that would be nothing.

    ``forwards``: a word or two above a quotation may stand for the quotation; not so in an answer ("Done.").
    ``text`` has no control characters and plain newlines (:meth:`bot.core.untrusted.Untrusted.clean`).
    """
    text = text[:RAW_CHARS_MAX]
    if not _telling(text):
        return text.strip()
    newest = _newest(text.split("\n"), WORDS_MIN if forwards else 1)
    kept = _paragraphs_without_law("\n".join(_without_signature(newest)))
    return _tidy(kept) if _telling(kept) else _tidy("\n".join(newest))


def _telling(text: str) -> bool:
    return _WORD.search(text) is not None


def _has_words(lines: Sequence[str], count_min: int) -> bool:
    count = 0
    for line in lines:
        count += sum(1 for _ in _WORD.finditer(line))
        if count >= count_min:
            return True
    return False


def _newest(lines: Sequence[str], words_min: int) -> Sequence[str]:
    """Return the first part that says something, in the order mail programs put them: newest first."""
    parts = list(_parts(lines))
    own = [[line for line in part if not _QUOTED.match(line)] for part in parts]
    quoted = [[line[_end_of_marks(line) :] for line in part] for part in parts]
    for count_min in (words_min, 1):
        for part in (*own, *quoted):
            if _has_words(part, count_min):
                return part
    return lines


def _end_of_marks(line: str) -> int:
    found = _MARKS.match(line)
    return found.end() if found else 0


def _parts(lines: Sequence[str]) -> Iterator[list[str]]:
    """Split where a mail begins that the writer did not write; its header lines belong to nobody."""
    part: list[str] = []
    at = 0
    while at < len(lines):
        skipped = _header_at(lines, at)
        if skipped:
            yield part
            part, at = [], at + skipped
        else:
            part.append(lines[at])
            at += 1
    yield part


def _header_at(lines: Sequence[str], at: int) -> int:
    """Return how many lines from ``at`` are the head of a quoted mail; 0: none begins here."""
    line = lines[at]
    if len(line) > LINE_CHARS_MAX or not line.strip():
        return 0
    if _SEPARATOR.fullmatch(line):
        return 1 + _headers_from(lines, at + 1)
    if _WROTE.fullmatch(line):
        return 1
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if len(following) <= LINE_CHARS_MAX and _WROTE.fullmatch(f"{line.rstrip()} {following.lstrip()}"):
        return 2  # Gmail breaks the line before the address
    near = [each[:LINE_CHARS_MAX] for each in lines[at + 1 : at + HEADER_LINES_MAX]]
    if _FROM.match(line) and any(map(_SENT.match, near)) and any(map(_SUBJECT.match, near)):
        return _headers_from(lines, at)
    return 0


def _headers_from(lines: Sequence[str], at: int) -> int:
    """Count header lines and the blank ones among them."""
    last = 0
    for count, line in enumerate(lines[at : at + 2 * HEADER_LINES_MAX], start=1):
        if line.strip():
            if len(line) > LINE_CHARS_MAX or not _HEADER.fullmatch(line):
                break
            last = count
    return last


def _without_signature(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    said = 0
    for at, line in enumerate(lines):
        short = len(line) <= LINE_CHARS_MAX
        if short and said >= WORDS_MIN and _ends_here(line, lines, at + 1):
            break
        if not (short and (_RULE.fullmatch(line) or _DEVICE.match(line))):
            kept.append(line)
            said += sum(1 for _ in _WORD.finditer(line)) if said < WORDS_MIN else 0
    return kept


def _ends_here(line: str, lines: Sequence[str], at: int) -> bool:
    if _DASHES.fullmatch(line):
        return True
    if not _CLOSING.fullmatch(line):
        return False
    count = chars = 0
    for each in lines[at:]:
        if _is_law(each):
            break
        count, chars = count + bool(each.strip()), chars + len(each)
        if count > SIGNATURE_LINES_MAX or chars > SIGNATURE_CHARS_MAX:
            return False
    return True


def _paragraphs_without_law(text: str) -> str:
    paragraphs = re.split(r"\n[ \t]*\n", text)
    return "\n\n".join(each for each in paragraphs if not (_BANNER.match(each.strip()) or _is_law(each)))


def _is_law(paragraph: str) -> bool:
    lower = " ".join(paragraph.lower().split())
    cues = 0
    for phrases in _LEGAL:
        cues += any(phrase in lower for phrase in phrases)
        if cues >= LEGAL_CUES_MIN:
            return True
    return False


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.strip().split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
