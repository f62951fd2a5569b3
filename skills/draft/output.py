"""What a model may say in reply to a requester: words, and where they come from."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from bot.core.notes import DRAFT_CHARS_MAX
from bot.core.redaction import has_holes
from bot.core.reports import Wish
from bot.core.untrusted import Untrusted
from bot.core.words import say
from skills._writing import Answer, Cited

CITED_MAX: Final = 6
"""Sources of one reply."""


class Reply(Answer):
    """The draft."""

    reply: Annotated[str, StringConstraints(min_length=1, max_length=DRAFT_CHARS_MAX, strip_whitespace=True)]
    sources: Annotated[tuple[Cited, ...], Field(max_length=CITED_MAX)] = ()


def sendable(text: str) -> Untrusted | None:
    """Return the words of a reply; None where a placeholder is left in them, which nobody should be sent."""
    words = Untrusted(text).clean(DRAFT_CHARS_MAX).strip()
    return Untrusted(words) if words and not has_holes(words) else None


def reply_wish(draft: Untrusted, language: str) -> Wish:
    """Return the wish to send it, should a person agree."""
    why = Untrusted(say(language, "because.reply"))
    return Wish(verb="reply_publicly", args={"text": draft.raw}, why=why, rests_on_last_public=True)
