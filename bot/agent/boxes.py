"""Outside text in its box: what it is and whose, in a mark that the text itself cannot write. Pure.

A model is told that what is in a box is data. Nothing here relies on it: the boxes are there so that our own
code can still tell, in a conversation that was stored and read again, whose words are whose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.masked import Masked
from bot.core.passages import NO_QUEUE
from bot.core.redaction import PLACEHOLDER
from bot.core.turns import Heard, Returned, Turn

_FORGED: Final = re.compile(r"<(?=\s*/?\s*data\b)", re.IGNORECASE)
_BOX: Final = re.compile(
    r'<data origin="(?P<origin>[^"<>]*)" queue="(?P<queue>[^"<>]*)" keys="(?P<keys>[^"<>]*)">\n'
    r"(?P<text>.*?)\n</data>",
    re.DOTALL,
)
_UNSAFE: Final = re.compile(r'["<>\n\r]')
ATTRIBUTE_CHARS_MAX: Final = 300
"""Of each attribute, in characters: a queue's name, or the keys of one search."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text came from."""

    name: str
    """``<connector>:<ticket id>``, ``past:<connector>``, ``source:<name>``."""
    queue: str = ""
    """Of the ticket, for residency; empty for what belongs to none."""

    @property
    def place(self) -> tuple[str, str]:
        """Whose text it is, as residency asks: connector and queue, or a source and no queue."""
        kind, _, rest = self.name.partition(":")
        return (rest, NO_QUEUE) if kind == "source" else (self.connector, self.queue)

    @property
    def connector(self) -> str:
        """The instance's name, or empty for a source."""
        kind, _, rest = self.name.partition(":")
        if kind == "source":
            return ""
        return rest if kind == "past" else kind


@dataclass(frozen=True, slots=True)
class Box:
    """One boxed text, read back."""

    origin: Origin
    keys: tuple[str, ...]
    """Tickets that our own search named with it; never out of the text."""
    text: str


def boxed(origin: Origin, text: Masked, keys: Iterable[str] = ()) -> Masked:
    """Put ``text`` into its box; it cannot end its own box, nor open another."""
    listed = " ".join(_plain(key) for key in keys)
    head = f'<data origin="{_plain(origin.name)}" queue="{_plain(origin.queue)}" keys="{listed}">'
    return Masked(f"{head}\n{unmarked(text)}\n</data>")


def unmarked(text: str) -> str:
    """Take the point off anything that looks like our mark: also a person may have pasted one."""
    return _FORGED.sub("‹", text)  # noqa: RUF001  # on purpose a character that is not the mark's own


def boxes(turns: Sequence[Turn]) -> tuple[Box, ...]:
    """Return every box in ``turns``. What a model said is never looked at: it may write anything."""
    return tuple(
        Box(
            Origin(found["origin"], found["queue"]),
            tuple(found["keys"].split()),
            found["text"],
        )
        for text in _texts(turns)
        for found in _BOX.finditer(text)
    )


def own_words(turns: Sequence[Turn]) -> str:
    """Return what the person said, without any box."""
    return "\n".join(_BOX.sub("", turn.text) for turn in turns if isinstance(turn, Heard))


def placeholders(turns: Sequence[Turn], ticket: str) -> frozenset[str]:
    """Return the placeholders whose values are of ``ticket`` (its origin's name) or of the person's words."""
    texts = [own_words(turns), *(box.text for box in boxes(turns) if ticket and box.origin.name == ticket)]
    return frozenset(each.group() for text in texts for each in PLACEHOLDER.finditer(text))


def _texts(turns: Sequence[Turn]) -> list[str]:
    found: list[str] = []
    for turn in turns:
        if isinstance(turn, Heard):
            found.append(turn.text)
        elif isinstance(turn, Returned):
            found += [result.text for result in turn.results]
    return found


def _plain(text: str) -> str:
    return _UNSAFE.sub("", text)[:ATTRIBUTE_CHARS_MAX]
