"""Knowledge articles as files: Markdown with an optional head, read from a folder and split by headings.

A head stands between two lines of ``---`` and may say ``title:`` and ``url:``; other lines of it are left
alone. Without a title the first heading is it, else the file's name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from bot.core.errors import Misconfigured

ARTICLES_MAX = 20_000
ARTICLE_BYTES_MAX = 1 << 20
"""Of one file; a longer one is a book, or no article at all, and is cut here."""
PASSAGE_CHARS_MAX = 1_500
"""A longer section is split between paragraphs: what is shown has to be read."""
SUFFIXES = (".md", ".markdown")

_HEAD = re.compile(r"\A---[ \t]*\n(?P<head>.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_SAID = re.compile(r"^(?P<name>title|url)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
COMMENT_END = "-->"
_ELEMENT = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_TAG = re.compile(rf"<!--.*?{COMMENT_END}|{_ELEMENT.pattern}", re.DOTALL)
_LINK = re.compile(r"!?\[(?P<text>[^\[\]\n]{0,300})\]\([^()\n]{0,500}\)")
_URL = re.compile(r"https?://[^\s<>\"'|]{1,2000}\Z")


@dataclass(frozen=True, slots=True)
class Article:
    """One article."""

    key: str
    """Its path below the folder, or the id the knowledge base gave it."""
    title: str
    text: str
    url: str = ""
    """Where a person reads it, or empty. Only http and https are taken."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of an article that can be read by itself."""

    article: Article
    heading: str
    """Of its section; empty before the first one."""
    text: str
    """Without tags and link targets; Markdown otherwise."""


def read_folder(folder: Path) -> list[Article]:
    """Read every Markdown file below ``folder``, in the order of their paths; hidden ones are left out.

    Links that lead out of the folder are not followed, so that nobody can publish a file by linking to it.

    Raises:
        Misconfigured: the folder is not there or cannot be read, or holds too many files.
    """
    if not folder.is_dir():
        raise Misconfigured(f"the knowledge folder {folder} is not there: create it, or correct the setting")
    root, found = folder.resolve(), list[Article]()
    for path in _files(root):
        if len(found) == ARTICLES_MAX:
            raise Misconfigured(f"{folder} holds more than {ARTICLES_MAX:,} articles: choose a part of them")
        try:
            with path.open("rb") as file:
                raw = file.read(ARTICLE_BYTES_MAX)
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
        found.append(article(path.relative_to(root).as_posix(), raw.decode("utf-8-sig", "replace")))
    return found


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when an article does; nothing where the folder is not there."""
    if not folder.is_dir():
        return ()
    root = folder.resolve()
    known = [(path.relative_to(root).as_posix(), path.stat()) for path in _files(root)]
    return tuple((name, about.st_size, about.st_mtime_ns) for name, about in known)


def article(key: str, text: str) -> Article:
    """Make an article of Markdown with an optional head. Never raises, whatever the text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head = _HEAD.match(text)
    said = {
        each["name"].lower(): each["value"].strip("\"'")
        for each in _SAID.finditer(head["head"] if head else "")
    }
    body = text[head.end() :] if head else text
    title = said.get("title") or next((heading for heading, _ in _sections(body) if heading), "")
    url = said.get("url", "")
    return Article(key, title or Path(key).stem, body, url if _URL.match(url) else "")


def passages(source: Article) -> list[Passage]:
    """Split ``source`` by its headings, and long sections between their paragraphs."""
    found = list[Passage]()
    for heading, body in _sections(source.text):
        found += [Passage(source, heading, part) for part in _parts(plain(body))]
    return found or [Passage(source, "", source.title)]


def plain(text: str) -> str:
    """Return ``text`` without tags, and with links as their words."""
    # Comments that never end are looked for to the end each time: behind the last end there is none.
    closed, end, rest = _LINK.sub(lambda link: link["text"], text).rpartition(COMMENT_END)
    return unescape(_TAG.sub(" ", f"{closed}{end}") + _ELEMENT.sub(" ", rest))


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            hidden = name.startswith(".") or path.suffix.lower() not in SUFFIXES
            if not hidden and path.is_file() and path.resolve().is_relative_to(root):
                yield path


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield each heading with what stands under it; a mark inside a code block is none."""
    heading, lines, fence = "", list[str](), ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence and mark["mark"].startswith(fence) else fence or mark["mark"]
        found = None if fence else _HEADING.match(line)
        if found:
            yield heading, "\n".join(lines)
            heading, lines = plain(found["title"]).strip(), []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


def _parts(text: str) -> Iterator[str]:
    """Yield ``text`` in parts of at most ``PASSAGE_CHARS_MAX``, cut between paragraphs where it can be."""
    part = ""
    for paragraph in re.split(r"\n\s*\n", text):
        rest = paragraph.strip()
        while rest:
            room = PASSAGE_CHARS_MAX - len(part) - 2
            if part and len(rest) > room:
                yield part
                part = ""
                continue
            part, rest = f"{part}\n\n{rest[:room]}".strip(), rest[room:]
    if part:
        yield part
