"""What somebody typed behind ``/itsm``, word by word; what makes no sense gets the nearest form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Final

COMMAND: Final = "/itsm"
STOP, RESUME, STOPS = "stop", "resume", "stops"
HELP, STATUS, TRIAGE, PENDING, WHY, UNDO, SETTINGS = (
    "help",
    "status",
    "triage",
    "pending",
    "why",
    "undo",
    "settings",
)
CONNECTOR, SKILL, CANCEL = "connector", "skill", "--cancel"
ASKED_FOR: Final = ("summary", "similar", "draft", "plan", "resolve")
"""Skills that only run where a person asks for them."""
_PROPOSAL: Final = re.compile(r"p[0-9a-f]{31}")
_TICKET: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*-?[0-9]+")
_NAMED: Final = re.compile(r"([A-Za-z0-9_-]{1,60}):(\S+)")
_ADDRESS: Final = re.compile(r"https?://\S+")
_AROUND: Final = "<>`'\"“”«».,;!?()[]*~"
"""What people and clients put around a key: code, quotes, the end of a sentence."""
CLOSE: Final = 0.6
"""From which likeness on a word is taken for a mistyped one; 1 is the same word."""


class Takes(Enum):
    """What stands behind a verb."""

    NOTHING = "nothing"
    TICKET = "ticket"
    PROPOSAL = "proposal"
    SCOPE = "scope"


FORMS: Final[Mapping[str, tuple[Takes, str]]] = {
    HELP: (Takes.NOTHING, ""),
    STATUS: (Takes.TICKET, "KEY"),
    TRIAGE: (Takes.TICKET, "KEY"),
    **dict.fromkeys(ASKED_FOR, (Takes.TICKET, "KEY")),
    PENDING: (Takes.NOTHING, ""),
    WHY: (Takes.PROPOSAL, "PROPOSAL"),
    UNDO: (Takes.PROPOSAL, "PROPOSAL"),
    SETTINGS: (Takes.NOTHING, ""),
    STOP: (Takes.SCOPE, "[connector NAME|skill NAME] [--cancel] WHY"),
    RESUME: (Takes.SCOPE, "[connector NAME|skill NAME]"),
    STOPS: (Takes.SCOPE, ""),
}
"""Each verb, what it takes and how that is written, in the order in which help lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody typed."""

    verb: str
    """Empty: nothing we know, so the usage is shown."""
    subject: str = ""
    """A ticket's key or address, or a proposal's id."""
    connector: str = ""
    skill: str = ""
    why: str = ""
    cancel: bool = False
    nearest: str = ""
    """Without a verb: how it would be right, if that can be guessed."""


def parse_order(text: str) -> Order:
    """Read what was typed; anything that makes no sense has no verb."""
    typed = text.split()
    verb = typed[0].lower() if typed else HELP
    rest = typed[1:]
    match FORMS.get(verb, (None, ""))[0]:
        case Takes.SCOPE:
            return _scope(verb, rest)
        case Takes.NOTHING if not rest:
            return Order(verb=verb)
        case Takes.NOTHING:
            return Order(verb="", nearest=form(verb))
        case Takes.TICKET if len(rest) == 1 and (found := ticket_named(rest[0])):
            return Order(verb=verb, connector=found[0], subject=found[1])
        case Takes.PROPOSAL if len(rest) == 1 and _PROPOSAL.fullmatch(rest[0].lower()):
            return Order(verb=verb, subject=rest[0].lower())
        case Takes.TICKET | Takes.PROPOSAL:
            return Order(verb="", nearest=form(verb))
        case _:
            return Order(verb="", nearest=_nearest(verb, rest))


def form(verb: str) -> str:
    """Return how ``verb`` is written."""
    return f"{COMMAND} {verb} {FORMS[verb][1]}".rstrip()


def ticket_named(word: str) -> tuple[str, str] | None:
    """Return connector and key; the connector is empty unless it was named as in ``jira:OPS-1``."""
    plain = word.strip(_AROUND).partition("|")[0].rstrip(_AROUND)
    if _ADDRESS.fullmatch(plain):
        return "", plain
    named = _NAMED.fullmatch(plain)
    connector, key = (named[1], named[2]) if named else ("", plain)
    return (connector, key) if _TICKET.fullmatch(key) else None


def _scope(verb: str, typed: list[str]) -> Order:
    """Read ``[connector NAME|skill NAME] [--cancel] WHY``."""
    cancel = CANCEL in typed
    parts = [part for part in typed if part != CANCEL]
    names = {CONNECTOR: "", SKILL: ""}
    if len(parts) > 1 and parts[0].lower() in names:
        names[parts[0].lower()] = parts[1]
        parts = parts[2:]
    elif len(parts) == 1 and parts[0].lower() in names:
        return Order(verb="", nearest=form(verb))
    # What stands too much behind "resume" may have been meant for another command; and a key is no reason.
    if (verb == RESUME and parts) or (verb == STOP and len(parts) == 1 and ticket_named(parts[0])):
        return Order(verb="", nearest=form(verb))
    return Order(
        verb=verb, connector=names[CONNECTOR], skill=names[SKILL], why=" ".join(parts), cancel=cancel
    )


def _nearest(verb: str, rest: list[str]) -> str:
    """Guess what was meant: a word mistyped, a key alone, or the two the other way round."""
    behind = next((word.lower() for word in rest if word.lower() in FORMS), "")
    if _PROPOSAL.fullmatch(verb):
        return f"{COMMAND} {behind if behind in {WHY, UNDO} else WHY} {verb}"
    if ticket_named(verb):
        wanted = behind if behind and FORMS[behind][0] is Takes.TICKET else STATUS
        return f"{COMMAND} {wanted} {verb.upper() if _TICKET.fullmatch(verb) else verb}"
    close = get_close_matches(verb, list(FORMS), n=1, cutoff=CLOSE)
    return form(close[0]) if close else ""
