"""What a message means after the one before it: *no, to low*, *impact*, *OPS-12*, *yes*. Pure.

Only the person's own words count, and only those that rules answered: to what a model asked, rules do not
know the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.agent.doubts import ANSWERED_BY_YES, doubt_in
from bot.agent.orders import ASKS, TYPED_CHARS_MAX, Order, orders_in, tidy
from bot.agent.wordings import FIELDS, KEY, LEVELS, Want
from bot.core.turns import Heard, Spoke, Turn

BY_RULE: Final = "(Answered by rules, without a model.)"
"""What a model reads later of an answer that it did not give."""
BOTH: Final = "*"
"""As an order's field: every one that has the value."""
WORDS_MAX: Final = 4
"""Of a message that only makes sense after the one before."""
_OURS: Final = re.compile(r"\n\n\((?P<about>About [^\n]*)\)\Z")
_BECAME: Final = "What became of proposal "
_NO_TICKET: Final = "About no ticket yet."
_YES: Final = re.compile(
    r"(?:yes|yep|yeah|oui)(?:,? (?:please|do(?: it| that)?|go ahead|merci|vas-y|stp|svp))?"
    r"|do (?:it|that)|go ahead|please do"
    r"|vas-y|fais-le|allez-y|faites-le",
    re.IGNORECASE,
)
_KEY: Final = re.compile(rf"(?:it's |c'est )?{KEY}", re.IGNORECASE)
_FIELD: Final = re.compile(rf"(?:the |la |l'|le )?(?P<field>{FIELDS})", re.IGNORECASE)
_BOTH: Final = re.compile(
    r"(?:(?:them )?both|all(?: of them)?|tous(?: les deux)?|toutes(?: les deux)?|les deux)", re.IGNORECASE
)
_INSTEAD: Final = re.compile(
    r"(?:(?:no|nope|non|sorry|pardon|wait|actually|en fait|i meant?|je voulais dire|rather|plutôt|finalement"
    r"|make (?:it|that))[,.: ]+)*"
    r"(?P<to>(?:to|à|en|sur) )?(?P<value>.+?)(?P<behind> (?:instead|rather|plutôt))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Earlier:
    text: str
    about: str
    """What the run knew of the ticket that was meant."""


def corrects(text: str) -> bool:
    """Whether ``text`` says by itself that something else goes in the place of what was said before."""
    found = _INSTEAD.fullmatch(" ".join(tidy(text).split()).rstrip("!. "))
    return found is not None and (found.start("value") > 0 or found["behind"] is not None)


def replaces(text: str) -> bool:
    """Whether ``text``, read after another order, is another value, not a yes, a ticket or a field."""
    words = " ".join(tidy(text).split()).rstrip("!. ")
    rest = (_YES, _KEY, _FIELD, _BOTH)
    return not any(each.fullmatch(words) for each in rest)


def orders_after(text: str, turns: Sequence[Turn], restore: Callable[[str], str]) -> tuple[Order, ...]:
    """Return what ``text`` asks for, read after what the person said before; nothing where it does not.

    ``restore``: puts the person's own values back in place of placeholders.
    """
    if len(text) > TYPED_CHARS_MAX:
        return ()
    earlier = _earlier(turns, restore)
    words = " ".join(tidy(text).split()).rstrip("!. ")
    if earlier is None or not words or words.endswith("?"):
        return ()
    if _YES.fullmatch(words):
        doubted = doubt_in(earlier.text)
        return orders_in(doubted.order) if doubted and doubted.doubt in ANSWERED_BY_YES else ()
    given = tuple(each for each in orders_in(earlier.text) if each.want in ASKS)
    if _KEY.fullmatch(words):
        return given if earlier.about.startswith(_NO_TICKET) else ()
    return _changed(given[0], words) if len(given) == 1 and len(words.split()) <= WORDS_MAX + 1 else ()


def _changed(given: Order, words: str) -> tuple[Order, ...]:
    """Return ``given`` with another field or value, where ``words`` can be one."""
    field = _FIELD.fullmatch(words)
    if given.want is Want.SET and field is not None:
        return (replace(given, field=field["field"]),)
    if given.want is Want.SET and _BOTH.fullmatch(words):
        return (replace(given, field=BOTH),)
    if given.want is Want.RAISE or (given.want is Want.SET and given.value.casefold() in LEVELS):
        again = orders_in(f"set it to {words}")
        return again if len(again) == 1 and again[0].want is Want.SET else ()
    found = _INSTEAD.fullmatch(words)
    if found is None or given.want not in (Want.SET, Want.ASSIGN, Want.TEAM):
        return ()
    marked = found.start("value") > 0 or found["behind"] or given.field or given.want is not Want.SET
    # Without a mark, *done* after *set it to high* is no correction.
    again = orders_in(
        f"assign it to {found['value']}" if given.want is not Want.SET else f"set it to {found['value']}"
    )
    return (
        (replace(given, value=again[0].value),)
        if marked and len(again) == 1 and again[0].want in (Want.SET, Want.ASSIGN)
        else ()
    )


def _earlier(turns: Sequence[Turn], restore: Callable[[str], str]) -> _Earlier | None:
    """Return what the person said last, if rules answered it."""
    for at in range(len(turns) - 1, -1, -1):
        turn = turns[at]
        if isinstance(turn, Spoke) and turn.text != BY_RULE:
            return None
        if isinstance(turn, Heard) and not turn.text.startswith(_BECAME):
            ours = _OURS.search(turn.text)
            return _Earlier(restore(_OURS.sub("", turn.text)), ours["about"] if ours else "")
    return None
