"""What a person asks for in a few fixed forms, English and French. Pure.

A whole message has to be one of the forms. A question is never taken for an order, nor is half of a sentence:
where no model reads along, not understanding costs a second message, and misunderstanding costs a card.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

CHARS_MAX: Final = 300
"""Of a message that can be one of the forms."""
ORDERS_MAX: Final = 3
"""In one message, as many as one run may propose."""


class Want(enum.Enum):
    """What is asked for."""

    STATUS = "status"
    SUMMARY = "summary"
    SKILL = "skill"
    """What a command of ours does; ``Order.value`` is the skill's name."""
    SET = "set"
    ASSIGN = "assign"
    TEAM = "team"
    CLOSE = "close"
    RESOLVE = "resolve"
    PENDING = "pending"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Order:
    """One message, understood."""

    want: Want
    field: str = ""
    """Which field, where one is named."""
    value: str = ""
    """To what, or to whom."""


_KEY: Final = r"(?:[a-z][a-z0-9_]{1,19}-[0-9]{1,9}|[a-z]{2,8}[0-9]{5,12})"
_T: Final = (
    rf"(?:{_KEY}|it|this|that|(?:this|the|that) (?:ticket|incident|request)|(?:le|ce) ticket|cet incident"
    "|le|la|l)"
)
_FIELD: Final = r"(?P<field>[^\W\d_][\w -]{1,39}?)"
_VALUE: Final = r"(?P<value>\S.{0,99}?)"
_OF: Final = r"(?:of|on|for|de|du|d')"
_GIVE: Final = "(?:give|assign|hand|reassign|send|route)"
_DONNE: Final = "(?:donne[rz]?|assigne[rz]?|attribue[rz]?|affecte[rz]?|transf[eè]re[rz]?)"
_METS: Final = "(?:mets|mettre|mettez|passe[rz]?)"
_FERME: Final = "(?:ferme[rz]?|clos|clore|cl[oô]ture[rz]?)"
_RESOUS: Final = "(?:résous|résoudre|résolvez)"
_FIND: Final = "(?:(?:find|show me|are there|is there) )?"
_TROUVE: Final = "(?:(?:trouve|cherche)[rz]? )?(?:des |les )?"
_THEM: Final = rf"(?:-le|-la)? ?(?:{_T} )?"

_FORMS: Final[tuple[tuple[Want, tuple[str, ...]], ...]] = (
    (Want.HELP, ("help|aide|hello|hi|hey|bonjour|salut|what can you do|que sais-tu faire",)),
    (
        Want.PENDING,
        (
            r"pending|what(?:'s| is) (?:waiting|pending)(?: for me)?|waiting for me|what waits for me",
            r"en attente|qu'est-ce qui (?:m')?attend|que reste-t-il à décider",
        ),
    ),
    (
        Want.STATUS,
        (
            rf"{_KEY}|(?:show |give me )?(?:the )?(?:status|state)(?: {_OF})? {_T}",
            rf"what(?:'s| is) the (?:status|state) of {_T}",
            rf"(?:le )?(?:statut|état)(?: {_OF})? ?{_T}",
        ),
    ),
    (
        Want.SUMMARY,
        (
            rf"(?:give me )?(?:a |the )?(?:summary|hand-?over)(?: {_OF})? {_T}|(?:summari[sz]e|sum up) {_T}",
            rf"(?:un |le )?résumé(?: {_OF})? ?{_T}|résume[rz]? {_T}|resume {_KEY}",
        ),
    ),
    (
        Want.TEAM,
        (
            rf"{_GIVE} {_T} (?:over )?to (?:the )?{_VALUE} (?:team|group|queue)",
            rf"{_DONNE}{_THEM}(?:à l'équipe|au groupe) {_VALUE}",
        ),
    ),
    (Want.ASSIGN, (rf"{_GIVE} {_T} (?:over )?to {_VALUE}", rf"{_DONNE}{_THEM}à {_VALUE}")),
    (
        Want.SET,
        (
            rf"(?:set|change|put) {_T} to {_VALUE}",
            rf"(?:set|change) (?:the )?{_FIELD} {_OF} {_T} to {_VALUE}",
            rf"(?:set|change) {_KEY}(?:'s)? {_FIELD} to {_VALUE}",
            rf"(?:set|change) (?:the |its )?{_FIELD} to {_VALUE}",
            rf"{_METS} (?:la |le |l')?{_FIELD} (?:de |du |d'){_T} (?:à|en|sur) {_VALUE}",
            rf"{_METS}{_THEM}(?:à|en|sur) {_VALUE}",
        ),
    ),
    (Want.CLOSE, (rf"close {_T}|{_FERME}(?:-le|-la| {_T})",)),
    (Want.RESOLVE, (rf"resolve {_T}|{_RESOUS}(?:-le|-la| {_T})",)),
)
_SKILLS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "similar",
        (
            rf"{_FIND}(?:similar|duplicates?)(?: tickets)?(?: (?:to|of|for))? {_T}",
            rf"{_FIND}(?:anything|tickets) (?:like|similar to) {_T}",
            rf"{_TROUVE}(?:tickets )?(?:similaires?|semblables?|doublons?)(?: (?:à|de|pour))? {_T}",
        ),
    ),
    (
        "draft",
        (
            rf"(?:write |make )?(?:a )?(?:draft|reply)(?: reply)? (?:to|for|on|of) {_T}",
            rf"(?:un |une )?(?:brouillon|réponse) (?:à|pour|de|sur) {_T}",
        ),
    ),
    ("plan", (rf"(?:make )?(?:a |the )?plan(?: (?:for|of|on))? {_T}", rf"(?:un |le )?plan (?:pour|de) {_T}")),
    ("triage", (rf"triage(?: (?:of|de))? {_T}",)),
)
_COMPILED: Final = (
    *((want, "", re.compile(form, re.IGNORECASE)) for want, several in _FORMS for form in several),
    *((Want.SKILL, name, re.compile(form, re.IGNORECASE)) for name, several in _SKILLS for form in several),
)
_POLITE: Final = re.compile(
    r"^(?:please|pls|hello|hi|hey|ok|bonjour|bonsoir|salut|s'il (?:te|vous) plaît|stp|svp)[,! ]+"
    r"|[,.! ]+(?:please|pls|thanks|thank you|merci|s'il (?:te|vous) plaît|stp|svp)$",
    re.IGNORECASE,
)
_DOUBTFUL: Final = re.compile(
    r"\b(?:not|don't|never|if|unless|when|once|after|before|until|and|or|but|ne|pas|jamais|si|sauf|quand|après|avant"
    r"|et|ou|mais)\b|[;\n]|n'",
    re.IGNORECASE,
)
"""In an order, these mean more than the form says."""
_AND: Final = re.compile(r",? (?:and|et)(?: then| puis)? ", re.IGNORECASE)
_NO_FIELD: Final = re.compile(r"\b(?:up|out|off|on|in|a|an|the|some|to|un|une|des|les)\b", re.IGNORECASE)
"""No field is called so: ``set up a meeting to …`` is about something else."""
_ASKS: Final = frozenset({Want.SET, Want.ASSIGN, Want.TEAM, Want.CLOSE, Want.RESOLVE})
"""What is an order; the rest only reads."""


def orders_in(text: str) -> tuple[Order, ...]:
    """Return what a message asks for: one of the forms, or several changes with *and* between them.

    None of them counts where one is not understood: half of what was asked for is something else.
    """
    whole = understood(text)
    if whole is not None:
        return (whole,)
    parts = _AND.split(text.strip())
    found = [order for part in parts if (order := understood(part)) is not None and order.want in _ASKS]
    return tuple(found) if len(found) == len(parts) <= ORDERS_MAX else ()


def understood(text: str) -> Order | None:
    """Return which form a whole message is, or None."""
    words = " ".join(text.replace("’", "'").split())  # noqa: RUF001  # what keyboards write for it
    if not words or len(words) > CHARS_MAX:
        return None
    question = words.endswith("?")
    words = _bare(words.rstrip("?!. "))
    for want, skill, form in _COMPILED:
        found = form.fullmatch(words)
        if found is None:
            continue
        parts = found.groupdict()
        field, value = (parts.get("field") or "").strip(), (parts.get("value") or "").strip()
        if want in _ASKS and (question or _DOUBTFUL.search(words) or _NO_FIELD.search(field)):
            return None
        return Order(want, field, skill or value)
    return None


def _bare(words: str) -> str:
    """Take courtesy off both ends; Slack's marks around a key are no words."""
    previous = ""
    while words != previous:
        previous, words = words, _POLITE.sub("", words).strip(" `*_~.!")
    return words
