"""A page of markup as the words a person would read on it. Pure; no vendor is named.

What nobody sees is left out, comments, scripts, and elements that are hidden: a page must not say more to a
machine than to its readers. So are the targets of links, and images: only words come through.

Not ``html.parser``: on markup that is broken on purpose (``<a <a <a …``) it takes minutes for a page. This
looks at each character a fixed number of times.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Final

MARKUP_CHARS_MAX: Final = 200_000
"""Of a page, in characters: what is behind them is not read."""

_TAG: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*+)(?P<rest>(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>"
)
"""Possessive throughout: where it fails, no tag ends in all that follows, and reading stops there."""
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>[^\s=/\"'>]++)(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s>]*+)))?+"
)
_UNSEEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?<![-\w])(?:font-size|opacity|max-height|height|width)\s*:\s*0*\.?0+(?![.\d])",
    re.IGNORECASE | re.ASCII,
)
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII)
    for name in ("script", "style", "textarea", "title", "iframe", "noscript")
}
"""Elements whose inside is no markup (HTML, "raw text", "escapable raw text"): none is read."""
_NOT_READ: Final = frozenset({"template", "head", "object", "svg", "math", "select"})
_VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
})  # fmt: skip
"""Elements that have no end (HTML, "void elements")."""
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "main", "nav", "ol", "p", "pre", "section", "table",
    "tr", "ul",
})  # fmt: skip
_BEFORE: Final = {"br": "\n", "hr": "\n", "li": "\n- ", "td": " | ", "th": " | "} | dict.fromkeys(
    _BLOCKS, "\n"
)
_CDATA, _COMMENT = "<![CDATA[", "<!--"
_SPACES: Final = re.compile(r"[^\S\n]++")


def plain(markup: str, *, left_out: frozenset[str] = frozenset()) -> str:
    """Return the readable words of ``markup``, a line for each block. Never raises, whatever it is.

    ``left_out``: elements of this dialect that hold no words for readers, in lower case.
    """
    reading = _Reading(markup[:MARKUP_CHARS_MAX], _NOT_READ | left_out)
    while reading.step():
        pass
    lines = [_SPACES.sub(" ", line).strip() for line in "".join(reading.said).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reading:
    """One pass over a page."""

    def __init__(self, markup: str, left_out: frozenset[str]) -> None:
        self.said: list[str] = []
        self._markup, self._left_out, self._place = markup, left_out, 0
        self._within: list[str] = []
        """Elements that are open, from the outermost unread one inwards; empty: what comes is read."""
        self._open = Counter[str]()
        """How many of each name are in it."""

    def step(self) -> bool:
        """Read on up to the end of the next tag; False after the last."""
        opens = self._markup.find("<", self._place)
        if opens < 0:
            self._say(self._markup[self._place :])
            return False
        self._say(self._markup[self._place : opens])
        self._place = opens
        if self._markup.startswith((_CDATA, _COMMENT, "<!", "<?"), opens):
            return self._aside()
        after = self._markup[opens + 1 : opens + 3]
        if not after.removeprefix("/")[:1].isalpha() or not after.isascii():
            self._say("<")
            self._place += 1
            return True
        return self._tag()

    def _aside(self) -> bool:
        """Pass over a comment or a declaration; a section of characters is text."""
        for begins, ends in ((_CDATA, "]]>"), (_COMMENT, "-->"), ("<", ">")):
            if self._markup.startswith(begins, self._place):
                place = self._markup.find(ends, self._place)
                if begins == _CDATA and place >= 0 and not self._within:
                    self.said.append(self._markup[self._place + len(begins) : place])
                self._place = place + len(ends)
                return place >= 0
        raise AssertionError("unreachable")

    def _tag(self) -> bool:
        found = _TAG.match(self._markup, self._place)
        if found is None:
            return False
        self._place, name = found.end(), found["name"].lower()
        if found["end"]:
            self._ends(name)
            return True
        if name in _RAW:
            closing = _RAW[name].search(self._markup, self._place)
            self._place = closing.start() if closing else len(self._markup)
            return True
        self._begins(name, found["rest"])
        if ":" in name and found["rest"].endswith("/"):
            self._ends(name)
        return True

    def _begins(self, name: str, rest: str) -> None:
        if name not in _VOID and (self._within or name in self._left_out or _is_hidden(rest)):
            self._within.append(name)
            self._open[name] += 1
        elif not self._within:
            self.said.append(_BEFORE.get(name, ""))

    def _ends(self, name: str) -> None:
        if not self._within:
            self.said.append("\n" if name in _BLOCKS else "")
            return
        # An end without a beginning ends nothing: what is hidden stays so, rather than be let out by it.
        while self._open[name]:
            closed = self._within.pop()
            self._open[closed] -= 1
            if closed == name:
                return

    def _say(self, text: str) -> None:
        if not self._within:
            self.said.append(html.unescape(text))


def _is_hidden(rest: str) -> bool:
    if "hidden" not in (lowered := rest.lower()) and "style" not in lowered:
        return False
    for found in _ATTRIBUTE.finditer(rest):
        name = found["name"].lower()
        value = found["double"] or found["single"] or found["bare"] or ""
        if name == "hidden" or (name == "style" and _UNSEEN.search(html.unescape(value))):
            return True
    return False
