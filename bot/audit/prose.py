"""Which parts of a record are words about people, and which are figures. Pure.

Words are encrypted with their ticket's key, so that they can be destroyed later while the chain stays whole.
Whatever is not known to be a figure counts as words: a new field is private until somebody says here that it
is not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.core.audit import Record
from bot.core.foreign import thing, things
from bot.core.words import CATALOGUE

_NAME: Final = r"[\w.*\[\]#:/@-]+"
_OURS: Final = re.compile(
    "|".join(
        (
            "rejected before",
            "not an operator",
            "neither an operator nor an approver",
            "it had not landed",
            "nobody answered in time",
            "the figures have changed",
            "the same change again and again",
            r"\d+ runs within an hour",
            r"mode is \w+",
            r"\w+ to \w+",
            rf"{_NAME} is not its to ask",
            rf"no rule matches {_NAME}",
            rf"{_NAME} (?:allows|denies|asks for) {_NAME}",
            rf"{_NAME} allows {_NAME} in mode auto only, and no rule names approvers",
            r"(?:slack:)?[UW][A-Z0-9]+ allowed exactly this for good",
        )
    )
)
"""Sentences the bot makes itself, gaps filled with names of rules, verbs and modes. They read the same about
everybody."""
_LOOSE: Final = frozenset({"move.refused"})
"""Kinds whose reason is always two states: elsewhere ``x to y`` could be anybody's words."""
_EVENT: Final = re.compile(r"[a-z_:.-]{1,60}")
"""A vendor's name for what happened; taken for one only in ``ticket.touched``."""
_ACTOR: Final = re.compile(
    r"slack:[UW][A-Z0-9]{2,30}|(?:skill|cli|api):[\w.@()-]{1,130}|policy|executor|timer|ladder|api|sealer|keeper|"
)
"""Slack ids, skills, parts of the bot, and the login of an operator, who answers for what they do. A vendor's
user id may be a name or an address."""
_CLEAR: Final = frozenset(
    (
        *("operation", "request", "response", "was", "undoes", "shape", "key", "public"),
        *("brain", "model", "action", "queue", "scope", "verb"),
        *("connector", "skill", "field", "step"),
        *("to", "by", "given_by", "until", "gone"),
        *("talk", "ending", "tools", "verdict", "run"),
    )
)
"""Details whose text is an id, a fingerprint, a time, or the name of something that is not a person. Whatever
has a blank in it counts as words all the same."""
_TOKEN: Final = re.compile(r"[\w.:#|/+=~*-]{1,200}", re.ASCII)


def split(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the part of a record that stays readable and the part that is encrypted, both as JSON."""
    clear: dict[str, Any] = {
        "what": record.what,
        "at": record.at.isoformat(timespec="milliseconds"),
        "ticket": record.ticket,
    }
    words: dict[str, Any] = {}
    _put(clear if _is_known(record) else words, "actor", record.actor)
    _put(clear if _is_ours(record) else words, "because", record.because)
    for name in ("event", "proposal", "revision", "digest", "rule", "trace"):
        _put(clear, name, getattr(record, name))
    details = {name: _written(value) for name, value in record.details.items()}
    figures = {name: value for name, value in details.items() if _is_figure(name, value)}
    _put(clear, "details", figures)
    _put(words, "details", {name: value for name, value in details.items() if name not in figures})
    return clear, words


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    if value not in ("", 0, {}):
        into[name] = value


def _is_known(record: Record) -> bool:
    return record.actor == record.ticket.partition(":")[0] or _ACTOR.fullmatch(record.actor) is not None


def _is_ours(record: Record) -> bool:
    because = record.because
    if because in CATALOGUE:
        return True
    if record.what == "ticket.touched":
        return _EVENT.fullmatch(because) is not None
    if record.what not in _LOOSE and re.fullmatch(r"\w+ to \w+", because):
        return False
    return _OURS.fullmatch(because) is not None


def _written(value: Any) -> Any:
    """Return ``value`` as JSON can have it: a number that is none becomes its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if inner := thing(value):
        return {name: _written(each) for name, each in inner.items()}
    return [_written(each) for each in rows] if (rows := things(value)) else value


def _is_figure(name: str, value: Any) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    if (rows := things(value)) or value == []:
        return all(_is_figure(name, each) for each in rows)
    return isinstance(value, str) and name in _CLEAR and _TOKEN.fullmatch(value) is not None


def merged(clear: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as it was before :func:`split`, as JSON."""
    details = {**clear.get("details", {}), **words.get("details", {})}
    whole = {**clear, **words}
    return {**whole, "details": details} if details else whole
