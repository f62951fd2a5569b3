"""What a person asks to have changed, in the fixed forms of :mod:`bot.agent.wordings`. Pure.

A whole message has to be one of the forms, or several with *and* between them. *Can you …?* is how people ask
for something; no other question is taken for an order, nor is half of a sentence: where no model reads along,
not understanding costs a second message, and misunderstanding costs a card.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.agent.wordings import FORMS, KEY, SKILLS, Want

CHARS_MAX: Final = 300
"""Of a message that can be one of the forms."""
TYPED_CHARS_MAX: Final = 3 * CHARS_MAX
"""Of what is looked at at all, blanks and links included: the forms are not for walls of text."""
ORDERS_MAX: Final = 3
"""In one message, as many as one run may propose."""


@dataclass(frozen=True, slots=True)
class Order:
    """One message, understood."""

    want: Want
    field: str = ""
    """Which field, where one is named."""
    value: str = ""
    """To what, or to whom."""


_COMPILED: Final = (
    *((want, "", re.compile(form, re.IGNORECASE)) for want, several in FORMS for form in several),
    *((Want.SKILL, name, re.compile(form, re.IGNORECASE)) for name, several in SKILLS for form in several),
)
_POLITE: Final = re.compile(
    r"^(?:i(?:'d| would) like you to|i want you to|i need you to|go ahead and|veuillez|merci de) "
    r"|^(?:please|pls|plz|hello|hi|hey|ok|okay|yes|great|perfect|thanks|thank you|thx|bonjour|bonsoir|salut"
    r"|coucou|oui|merci|parfait|s'il (?:te|vous) plaît|stp|svp|and|now|then|so|also|just|actually|et"
    r"|maintenant|alors|puis|aussi|en fait|finalement)[,.! ]+"
    r"|^(?:no|nope|non),[ ]+"
    r"|[,.! ]+(?:please|pls|plz|thanks|thank you|thx|merci|s'il (?:te|vous) plaît|stp|svp|now|asap|for me"
    r"|maintenant)$",
    re.IGNORECASE,
)
COURTEOUS: Final = re.compile(
    r"^(?:(?:can|could|would|will) you|(?:peux|pourrais|veux)-tu|tu (?:peux|pourrais)"
    r"|(?:pouvez|pourriez|voulez)-vous|vous (?:pouvez|pourriez)"
    r"|est-ce que (?:tu (?:peux|pourrais)|vous (?:pouvez|pourriez)))"
    r"(?:,? (?:please|pls|plz|kindly|also|just|then|stp|svp|s'il (?:te|vous) plaît|aussi))*,? ",
    re.IGNORECASE,
)
"""Asks for it, whatever the mark at its end."""
_DOUBTFUL: Final = re.compile(
    r"\b(?:not|don't|dont|never|if|unless|when|once|after|before|until|and|or|but|instead|ne|pas|jamais|si|sauf"
    r"|quand|après|avant|dès|lorsque|et|ou|mais)\b|;|\bn'",
    re.IGNORECASE,
)
"""In an order, these mean more than the form says."""
_AND: Final = re.compile(
    r",? (?:and|et)(?: then| also| puis| aussi)? |, ?(?:then |puis )?|;|\n", re.IGNORECASE
)
_NO_FIELD: Final = re.compile(r"\b(?:up|out|off|on|in|a|an|the|some|to|un|une|des|les)\b", re.IGNORECASE)
"""No field is called so: ``set up a meeting to …`` is about something else."""
QUOTES: Final = re.compile(r"^\s*(?:>|&gt;)|```|^\s*~.*~\s*$", re.MULTILINE)
"""What Slack shows as somebody's words, as a block of code or struck out is no order of whoever sends it."""
_LINKED: Final = re.compile(
    rf"\b({KEY}) \(https?://[^\s()]+\)|https?://[^\s()<>]+/({KEY})(?=[\s.,!?]|$)", re.IGNORECASE
)
"""A link to a ticket, as :func:`bot.slack.talk_words.read` leaves it."""
ADDRESSED: Final = re.compile(rf"^{KEY} ?[:,] +", re.IGNORECASE)
"""``OPS-12: close it``."""
_MARKS: Final = re.compile(r"(?<!\w)[*_`]+(?=\w)|(?<=\w)[*_`]+(?!\w)")
_QUOTED: Final = " \"'«»“”"
ASKS: Final = frozenset(
    {
        Want.SET,
        Want.ASSIGN,
        Want.UNASSIGN,
        Want.TEAM,
        Want.CLOSE,
        Want.RESOLVE,
        Want.REOPEN,
        Want.LINK,
        Want.NOTE,
        Want.RAISE,
    }
)
"""What is an order; the rest only reads."""
_SAYS: Final = frozenset({Want.HELP, Want.THANKS})
"""What people also say beside what they want."""


def orders_in(text: str) -> tuple[Order, ...]:
    """Return what a message asks for: one of the forms, or several changes with *and* between them.

    None of them counts where one is not understood: half of what was asked for is something else.
    """
    if len(text) > TYPED_CHARS_MAX:
        return ()
    note = understood(text)
    if note is not None and note.want is Want.NOTE:
        return (note,)
    words = _bare(ADDRESSED.sub("", tidy(text).rstrip("?!. ")))
    asked = text.rstrip().endswith("?") and not COURTEOUS.match(words)
    several = _several(_AND.split(tidy(text).rstrip("?!. ")) if not asked else ())
    if several:
        return several
    return (note,) if note is not None else ()


def _several(parts: Sequence[str]) -> tuple[Order, ...]:
    """Return the changes that ``parts`` are, all of them; nothing, where they are not, or say two things."""
    found: list[Order] = []
    for part in parts:
        order = understood(part)
        if order is None and found and found[-1].want is Want.SET:
            order = understood(f"set {part}")
        if order is None:
            return ()
        found.append(order)
    asked = [each for each in found if each.want not in _SAYS]
    fields = {(each.want, each.field.casefold()) for each in asked}
    beside = len(asked) > 1 and any(each.want in (Want.LINK, Want.NOTE) for each in asked)
    if not beside and all(each.want in ASKS for each in asked) and len(fields) == len(asked) <= ORDERS_MAX:
        return tuple(asked)
    return ()


def understood(text: str) -> Order | None:
    """Return which form a whole message is, or None."""
    if len(text) > TYPED_CHARS_MAX or QUOTES.search(text):
        return None
    words = " ".join(tidy(text).split())
    if not words or len(words) > CHARS_MAX:
        return None
    question = words.endswith("?")
    words = _bare(ADDRESSED.sub("", words.rstrip("?!. ")))
    courteous = COURTEOUS.match(words)
    if courteous:
        words, question = _bare(words[courteous.end() :]), False
    for want, skill, form in _COMPILED:
        found = form.fullmatch(words)
        if found is None:
            continue
        parts = found.groupdict()
        field, value = (parts.get("field") or "").strip(), (parts.get("value") or "").strip(_QUOTED)
        doubt = question or _DOUBTFUL.search(words) or _NO_FIELD.search(field)
        if want in ASKS and want is not Want.NOTE and doubt:
            return None
        return Order(want, field, skill or value or _IMPLIED.get(want, ""))
    return None


_IMPLIED: Final = {Want.ASSIGN: "me"}
"""Whom *I take it* means."""


def tidy(text: str) -> str:
    """Return a message as it was meant: links to tickets are their keys, marks around words are none."""
    plain = text.replace("’", "'")  # noqa: RUF001  # what keyboards write for it
    return _MARKS.sub("", _LINKED.sub(lambda m: m[1] or m[2], plain))


def _bare(words: str) -> str:
    """Take courtesy off both ends; Slack's marks around a key are no words."""
    previous = ""
    while words != previous:
        previous, words = words, _POLITE.sub("", words).strip(" `*_~.!,")
    return words
