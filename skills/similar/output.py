"""What a model may say about other tickets: which are the same, and why in one sentence."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from bot.core.alike import PartOf
from bot.core.linking import LINK, is_linked
from bot.core.reports import Wish
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from skills._writing import Answer

COMPARED_MAX: Final = 20
"""Tickets in one answer."""
BECAUSE_CHARS_MAX: Final = 200
"""Of one sentence."""


class Compared(Answer):
    """One other ticket."""

    mark: Annotated[str, StringConstraints(pattern=r"^[OT][0-9]{1,2}$")]
    same: bool
    because: Annotated[str, StringConstraints(max_length=BECAUSE_CHARS_MAX, strip_whitespace=True)] = ""


class Comparison(Answer):
    """All of them."""

    tickets: Annotated[tuple[Compared, ...], Field(max_length=COMPARED_MAX)] = ()

    def reasons(self, marks: Collection[str]) -> dict[str, str]:
        """Return mark to reason of those held for the same; a mark nobody gave out counts for nothing."""
        return {each.mark: each.because for each in self.tickets if each.same and each.mark in marks}


def link_wish(part: PartOf, ticket: Ticket, language: str) -> Wish | None:
    """Return the wish to link the ticket to the first of its flood; None for the first, and where it is."""
    if part.key == ticket.key or is_linked(ticket, part.key):
        return None
    why = Untrusted(say(language, "incident.link.first", key=part.key))
    return Wish(verb=LINK, args={"others": [part.key]}, why=why)
