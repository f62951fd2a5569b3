"""What a change says it would do, in the language of who reads it. Pure.

What is stored, sealed and shown to a model is the sentence of the action itself, in English
(``Proposal.says``). It follows a few fixed forms, so here it is read back and said again; a sentence of no
known form stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from bot.core.words import CATALOGUE, say
from bot.core.words.deeds import CATALOGUE as DEEDS

_PARTS: Final = frozenset({"deed.set", "deed.clear", "deed.and"})
"""Of a sentence that sets fields; the others are sentences by themselves."""
_NEXT: Final = re.compile(r",? and (?=(?:set|clear) )|, (?=(?:set|clear) )| and (?=(?:(?! and ).)+? to )")
_SET: Final = re.compile(r"(?:set )?(?P<field>.+?) to (?P<value>.+)", re.IGNORECASE)
_CLEAR: Final = re.compile(r"clear (?P<field>.+)|(?:set )?(?P<emptied>.+?) to nothing", re.IGNORECASE)
_GAP: Final = re.compile(r"\\\{(\w+)\\\}")


def said_in(says: str, language: str) -> str:
    """Return the sentence ``says`` of an action in ``language``."""
    if language == "en":
        return says
    for key, form in _forms().items():
        found = form.fullmatch(says)
        if found is not None:
            return say(language, key, **found.groupdict())
    return _fields(says, language) if says.startswith(("Set ", "Clear ")) else says


def gaps_in(gaps: Mapping[str, str], language: str) -> dict[str, str]:
    """Return what fills a sentence's gaps, the one called ``says`` in ``language``."""
    return {name: said_in(text, language) if name == "says" else text for name, text in gaps.items()}


def _fields(says: str, language: str) -> str:
    phrases: list[str] = []
    for part in _NEXT.split(says.removesuffix(".")):
        empty, held = _CLEAR.fullmatch(part), _SET.fullmatch(part)
        if empty is not None:
            field = _label(empty["field"] or empty["emptied"], language)
            phrases.append(say(language, "deed.clear", field=field))
        elif held is not None:
            field = _label(held["field"], language)
            phrases.append(say(language, "deed.set", field=field, value=held["value"]))
        else:
            return says
    last = phrases.pop()
    text = f"{', '.join(phrases)} {say(language, 'deed.and')} {last}" if phrases else last
    return f"{text[:1].upper()}{text[1:]}."


def _label(field: str, language: str) -> str:
    """Return what a field is called in ``language``, where it is one we have a word for."""
    name = field.casefold().replace(" ", "_")
    named = (f"itsm.field.{each}" for each in (name, name.replace("_", "")))
    key = _labels().get(field.casefold(), "") or next((each for each in named if each in CATALOGUE), "")
    return say(language, key) if key else field


@cache
def _labels() -> Mapping[str, str]:
    return {words["en"].casefold(): key for key, words in CATALOGUE.items() if key.startswith("itsm.field.")}


@cache
def _forms() -> Mapping[str, re.Pattern[str]]:
    return {
        key: re.compile(_GAP.sub(r"(?P<\1>.+?)", re.escape(words["en"])))
        for key, words in DEEDS.items()
        if key not in _PARTS
    }
