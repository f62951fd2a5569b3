"""Why something that reads like an order is none: asked, forbidden, on a condition, or somebody else's. Pure.

Nothing here is ever taken for an order. It only lets the answer say what was understood and what to write.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.agent.orders import ASKS, CHARS_MAX, COURTEOUS, QUOTES, orders_in, tidy
from bot.agent.wordings import KEY


class Doubt(enum.Enum):
    """What is in the way."""

    QUESTION = "question"
    QUOTED = "quoted"
    NEGATED = "negated"
    CONDITIONAL = "conditional"
    TYPO = "typo"


@dataclass(frozen=True, slots=True)
class Doubted:
    """An order that is not given."""

    doubt: Doubt
    order: str
    """How it would be given."""


ANSWERED_BY_YES: Final = frozenset({Doubt.QUESTION, Doubt.QUOTED, Doubt.TYPO})
"""What the person can still make an order of with one word: what they forbade or put off they cannot."""
CLOSE: Final = 0.75
"""From which likeness on a verb is taken for a mistyped one; 1 is the same word."""
VERBS: Final = (
    *(
        "set",
        "change",
        "put",
        "make",
        "move",
        "raise",
        "lower",
        "give",
        "assign",
        "reassign",
        "close",
        "resolve",
    ),
    *(
        "unassign",
        "reopen",
        "link",
        "mets",
        "passe",
        "donne",
        "assigne",
        "attribue",
        "ferme",
        "résous",
        "rouvre",
    ),
)
NOT_MISTYPED: Final = frozenset({"open", "ouvre", "lower", "lowest"})
"""Words that are near a verb, and none of ours."""
_ASKED: Final = re.compile(
    r"^(?:(?:please|so|and|hey|hi|hello|ok|bonjour|salut),? )?"
    r"(?:(?:can|could|would|will|may|should|shall|must) (?:we|i|somebody|someone)|(?:should|must) you"
    r"|(?:do|don't) you think (?:we|you|i) (?:should|could)|is it possible to|why not"
    r"|(?:maybe|perhaps|i think|i guess)(?: that)?(?: (?:we|you|i) (?:should|could|can))?"
    r"|we (?:should|could|need to)|you (?:should|could)"
    r"|est-ce qu'on peut|peut-on|on peut"
    r"|(?:est-il |c'est )?possible de|faut-il|doit-on|dois-je|il faut|il faudrait|on devrait|peut-être)"
    r"(?: please| also| maybe| just| kindly| stp| svp| s'il (?:te|vous) plaît)?,? (?P<order>.+)$",
    re.IGNORECASE,
)
_FORBIDS: Final = re.compile(
    r"^(?:(?:please|so|and|but|no|non|mais|merci de),? )*"
    r"(?:(?:do not|don't|dont|never|no need to|not|please not"
    r"|you (?:should|must|may) not|you (?:shouldn't|mustn't))(?: ever| yet)? (?P<order>.+?)(?: yet| now)?"
    r"|(?:(?:il )?ne faut pas|surtout pas|ne pas|pas) (?P<infinitive>.+)"
    r"|n(?:e |')(?P<first>.+?) (?:pas|jamais|plus|surtout pas)(?P<last>(?: .+)?))$",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"\b(?:if|unless|when|once|as soon as|after|before|until|in case|provided|si|quand|dès que|lorsque"
    r"|une fois|après|avant|sauf si|s'il|s'ils|s'elle)\b",
    re.IGNORECASE,
)
_THEN: Final = re.compile(r",|\bthen\b|\balors\b", re.IGNORECASE)
_TELLS: Final = re.compile(
    r"\b(?:said|says|wrote|writes|asked|asks|wants?|wanted|told|tells"
    r"|dit|écrit|demandé|demande|veut|voulait|voudrait)\b"
    r"(?P<rest>.+)$",
    re.IGNORECASE,
)
_SAME: Final = re.compile(
    rf"(?:(?:it|this)(?:'s| is)|mark it as) (?:a |the )?(?:duplicate|dupe|same)(?: of| as) (?P<key>{KEY})"
    rf"|c'est (?:un doublon de|le même que) (?P<clef>{KEY})",
    re.IGNORECASE,
)
"""Said of two tickets, it is a link that may be wanted."""
_AROUND: Final = " \n\t>\"'`«»“”~:"


def doubt_in(text: str) -> Doubted | None:
    """Return what order ``text`` speaks of without giving it; None: there is none to be seen."""
    if len(text) > CHARS_MAX:
        return None
    if QUOTES.search(text) or text.strip()[:1] in tuple('"«“'):
        return _doubted(Doubt.QUOTED, text.replace("&gt;", " ").strip(_AROUND))
    words = " ".join(tidy(text).split())
    asked = words.endswith("?")
    words = words.rstrip("?!. ")
    same = _SAME.fullmatch(words)
    if same is not None:
        return Doubted(Doubt.TYPO, f"link it to {(same['key'] or same['clef']).upper()}")
    return (
        _forbidden(words)
        or _conditional(words)
        or _told(words)
        or _asked(words)
        or (_doubted(Doubt.QUESTION, words) if asked else None)
        or _mistyped(words)
    )


def _doubted(doubt: Doubt, order: str) -> Doubted | None:
    given = orders_in(order)
    if not given or any(each.want not in ASKS for each in given):
        return None
    bare = COURTEOUS.sub("", " ".join(order.split()))
    return Doubted(doubt, bare.replace("`", "'"))


def _forbidden(words: str) -> Doubted | None:
    found = _FORBIDS.fullmatch(words)
    if found is None:
        return None
    first = f"{found['first'] or ''}{found['last'] or ''}"
    return _doubted(Doubt.NEGATED, found["order"] or found["infinitive"] or first)


def _conditional(words: str) -> Doubted | None:
    marks = list(_CONDITION.finditer(words))
    if not marks:
        return None
    before = words[: marks[0].start()].strip(" ,")
    behind = [words[each.end() :].strip(" ,") for each in _THEN.finditer(words)]
    return next(
        (found for each in (before, *behind) if each and (found := _doubted(Doubt.CONDITIONAL, each))), None
    )


def _told(words: str) -> Doubted | None:
    found = _TELLS.search(words)
    if found is None:
        return None
    rest = found["rest"].split()
    tails = (" ".join(rest[start:]).strip(_AROUND) for start in range(min(len(rest), 8)))
    return next((each for tail in tails if (each := _doubted(Doubt.QUOTED, tail))), None)


def _asked(words: str) -> Doubted | None:
    found = _ASKED.fullmatch(words)
    return _doubted(Doubt.QUESTION, found["order"]) if found else None


def _mistyped(words: str) -> Doubted | None:
    first, _, rest = words.partition(" ")
    near = (
        get_close_matches(first.casefold(), VERBS, n=3, cutoff=CLOSE)
        if rest and first.casefold() not in NOT_MISTYPED
        else []
    )
    return next((found for each in near if (found := _doubted(Doubt.TYPO, f"{each} {rest}"))), None)
