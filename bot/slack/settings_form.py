"""``/itsm settings``, and the choice of a language wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals.blocks import actions, line, quote
from approvals.clicks import Person, person
from approvals.home_extras import LANGUAGE, language_menu
from bot.core.errors import Malformed
from bot.core.foreign import thing
from bot.core.words import say
from bot.slack.briefs_drawing import Sheet
from bot.slack.languages import Languages
from bot.slack.people import People
from bot.slack.telling import Telling


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody picked a language."""

    by: Person
    language: str
    """One of ours, or another word: what their Slack speaks."""
    channel: str
    """Where they did; empty: in their Home."""


def parse_choice(payload: Mapping[str, Any]) -> Chosen:
    """Read a ``block_actions`` payload of the language menu.

    Raises:
        Malformed: it is not one of ours.
    """
    try:
        picked = thing(payload["actions"][0]["selected_option"])
        if payload["actions"][0]["action_id"] != LANGUAGE:
            raise Malformed("not the menu of languages")
        channel = str(thing(payload.get("container")).get("channel_id") or "")
        return Chosen(person(payload), str(picked["value"]), channel)
    except (KeyError, IndexError, TypeError) as error:
        raise Malformed(f"not the menu of languages: {type(error).__name__}") from error


class Settings:
    """Shows and keeps what one person chose. Methods may raise ``Retry``; repeating is safe."""

    def __init__(self, languages: Languages, people: People, telling: Telling) -> None:
        self._languages, self._people, self._telling = languages, people, telling

    async def sheet(self, by: Person, language: str) -> Sheet:
        """Return what somebody may set, for one message."""
        chosen = await self._languages.chosen(by.id)
        told = say(language, "settings.told")
        menu = actions("settings:language", language_menu(chosen, language))
        return Sheet(text=told, blocks=[quote("settings:told", line(told)), menu])

    async def chosen(self, choice: Chosen, default: str) -> None:
        """Keep what was picked, and say so in that language."""
        await self._languages.choose(choice.by.id, choice.language)
        language = await self._people.language(choice.by.id, default)
        if choice.channel:
            await self._telling.into(language).say(choice.by.id, "settings.language_set", choice.channel)
