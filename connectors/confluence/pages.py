"""Questions in CQL made of words, and pages in storage format, as words. Pure.

https://developer.atlassian.com/cloud/confluence/cql-fields/ for the language. A value that stands after ``~``
is itself a query (Lucene's), so only words get that far: whatever else has a meaning there is left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from bot.core.foreign import thing, things
from bot.core.passages import Passage
from connectors._markup import plain
from connectors._passages import (
    FOUND_MAX,
    SNIPPET_CHARS_MAX,
    TEXT_CHARS_MAX,
    instant,
    long_words,
    passage,
    words,
)

PAGE_ID: Final = r"^[0-9]{1,19}$"
_LEFT_OUT: Final = frozenset(
    {"ac:parameter", "ac:placeholder", "ac:task-id", "ac:task-status", "ac:task-uuid"}
)
"""Elements of storage format that hold settings of macros, not words."""
_OPERATORS: Final = frozenset({"AND", "OR", "NOT", "TO"})
_MARKS: Final = re.compile(r"@@@(?:end)?hl@@@")
"""Around what matched, in an excerpt."""


def search(query: str, spaces: Iterable[str]) -> str:
    """Return the CQL for pages that hold the words of ``query``; empty where it holds none."""
    wanted = " ".join(_word(each) for each in words(query))
    return _within(f'type = page AND text ~ "{wanted}"', spaces) if wanted else ""


def search_any(query: str, spaces: Iterable[str]) -> str:
    """Return the CQL for pages that hold some of the longer words; empty where there is but one word."""
    some = long_words(query)
    if len(words(query)) == 1 or not some:
        return ""
    return _within(
        "type = page AND (" + " OR ".join(f'text ~ "{_word(each)}"' for each in some) + ")", spaces
    )


def one(page: str, spaces: Iterable[str]) -> str:
    """Return the CQL for one page, where it lies within ``spaces``. The id was checked before."""
    return _within(f"type = page AND id = {page}", spaces)


def found(answer: Any, base: str) -> list[Passage]:
    """Read the pages a search brings, best first."""
    passages: list[Passage] = []
    for each in map(thing, things(thing(answer).get("results"))[:FOUND_MAX]):
        content = thing(each.get("content"))
        key = str(content.get("id") or "")
        if re.fullmatch(PAGE_ID, key) and content.get("type") == "page":
            title = _unmarked(str(each.get("title") or content.get("title") or ""))
            excerpt = _unmarked(plain(str(each.get("excerpt") or "")))
            told = passage(title, excerpt, chars_max=SNIPPET_CHARS_MAX)
            passages.append(
                replace(told, url=address(base, key), at=instant(each.get("lastModified")), key=key)
            )
    return passages


def whole(answer: Any, found_as: Passage) -> Passage:
    """Return the page that was found with all its words, up to the bound."""
    said = thing(answer)
    body = thing(thing(said.get("body")).get("storage"))
    text = plain(str(body.get("value") or ""), left_out=_LEFT_OUT)
    told = passage(str(said.get("title") or ""), text, chars_max=TEXT_CHARS_MAX)
    return replace(told, url=found_as.url, at=found_as.at, key=found_as.key)


def address(base: str, key: str) -> str:
    """Return where a person opens a page: by its id, which both products redirect to the page's own place."""
    return f"{base}/pages/viewpage.action?pageId={key}"


def _word(word: str) -> str:
    """Return ``word`` as a word: in capitals, some are operators (Lucene's query parser syntax)."""
    return word.lower() if word in _OPERATORS else word


def _within(cql: str, spaces: Iterable[str]) -> str:
    keys = ", ".join(f'"{key}"' for key in spaces)
    return f"{cql} AND space in ({keys})" if keys else cql


def _unmarked(text: str) -> str:
    return _MARKS.sub("", text)
