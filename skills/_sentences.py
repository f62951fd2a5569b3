"""What a message says, sentence by sentence: without how it greets, signs, and quotes the mail before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.core.untrusted import Untrusted

READ_CHARS_MAX: Final = 6_000
"""Of one text: what it says is said before that."""
LINE_CHARS_MAX: Final = 300
"""A longer line is prose: no greeting, no closing, no separator is as long."""
SENTENCE_CHARS_MAX: Final = 300
"""Of one sentence that is shown by itself."""

_GREETS: Final = (
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings"
    r"|bonjour|bonsoir|salut|coucou|ch(?:er|ère)s?|madame|monsieur"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|liebe[rs]?|sehr geehrte[rs]?)"
)
_GREETING: Final = re.compile(
    rf"\s*{_GREETS}\b(?P<whom>[^,.!?:;\n]{{0,60}})(?:(?P<ends>[,.!?:;]+)|$)\s*", re.IGNORECASE
)
_WHOM_WORDS_MAX: Final = 4
"""Whom it greets is said in a few words; a sentence that begins like one goes on for longer."""
_ALONE_WORDS_MAX: Final = 2
"""The same for a greeting that nothing but the end of its line ends."""
_THANKS: Final = (
    r"(?:(?:many |best |vielen |besten )?(?:thanks|thank you|thx|merci|danke|dank)"
    r"(?: (?:so much|very much|a lot|in advance|again|beaucoup|d['\u2019]avance|par avance|im voraus))*)"
)
_CLOSING: Final = re.compile(
    rf"\s*(?:{_THANKS}(?: (?:and|et|und|&) )?)?(?:(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many)? ?"
    r"(?:regards|wishes)|best|cheers|rgds|(?:yours )?(?:sincerely|faithfully|truly)"
    r"|(?:bien |très )?cordialement|(?:sincères |meilleures )?salutations|bonne (?:journée|soirée|réception)"
    r"|bien à vous|mit (?:freundlichen|besten|vielen) gr(?:ü|ue)(?:ß|ss)en"
    r"|(?:viele|beste|liebe|freundliche|schöne) gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|mfg|lg|vg)?"
    r"(?: et merci| und danke)?\s*[,.!:;\u2013-]{0,3}\s*",
    re.IGNORECASE,
)
_OVER: Final = re.compile(
    r"\s*(?:--\s*|_{5,}.*|-{3,}.*(?:original|forwarded|ursprüngliche|weitergeleitete|origine|transféré).*"
    r"|on\b.{4,200}\bwrote\s?:|le\b.{4,200}\ba écrit\s?:|am\b.{4,200}\bschrieb\b.*"
    r"|(?:from|von|expéditeur|absender)\s?:.*)",
    re.IGNORECASE,
)
"""Where somebody else's words or a signature begin."""
_QUOTED: Final = re.compile(r"\s{0,3}[>|]")
"""Mail that was quoted, and rows of tables: no sentences of the writer's."""
_BULLET: Final = re.compile(r"\s*(?:[-*\u2022#]+|\d{1,2}[.)])\s+")
# A dot ends a sentence before a blank only: not in an address, a number or "e.g."
_SENTENCE: Final = re.compile(r"\S.*?(?:(?<!\b\w)[.!?\u2026]+[\"'\u00bb\u201d)\]]*(?=\s|$)|$)")


def sentences(text: Untrusted, many: int) -> tuple[str, ...]:
    """Return the first sentences of ``text`` that say something, each on one line."""
    found: list[str] = []
    for each in _said(_lines(Untrusted(text.raw[:READ_CHARS_MAX]).clean())):
        if len(found) == many:
            break
        found.append(Untrusted(each).line(SENTENCE_CHARS_MAX))
    return tuple(found)


def _lines(text: str) -> Iterator[str]:
    """Return the lines that are the writer's own, up to where they sign."""
    said = False
    for line in text.split("\n"):
        if _is_over(line, said=said):
            return
        if not _QUOTED.match(line) and _has_words(line):
            said = said or not _is_courtesy(line)
            yield line


def _is_over(line: str, *, said: bool) -> bool:
    begins = len(line) <= LINE_CHARS_MAX and _OVER.fullmatch(line) is not None
    return begins or (said and _is_closing(line))


def _said(lines: Iterable[str]) -> Iterator[str]:
    said = False
    for line in lines:
        last = ""
        for last in _SENTENCE.findall(_without_greeting(_BULLET.sub("", line, count=1))):
            if _has_words(last) and not _is_courtesy(last):
                said = True
                yield last
        if said and _is_closing(last):
            return


def _is_closing(text: str) -> bool:
    return len(text) <= LINE_CHARS_MAX and _has_words(text) and _CLOSING.fullmatch(text) is not None


def _is_courtesy(text: str) -> bool:
    return _is_closing(text) or not _has_words(_without_greeting(text))


def _without_greeting(text: str) -> str:
    found = _GREETING.match(text)
    if found is None:
        return text
    words_max = _WHOM_WORDS_MAX if found["ends"] else _ALONE_WORDS_MAX
    return text if len(found["whom"].split()) > words_max else text[found.end() :]


def _has_words(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
