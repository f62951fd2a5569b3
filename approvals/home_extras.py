"""More of the App Home: what the bot did lately, the language it speaks, and the kill switch. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from approvals.blocks import (
    Block,
    actions,
    bold,
    button,
    confirm,
    header,
    line,
    link,
    moment,
    mrkdwn,
    plain,
    quote,
    section,
    words,
)
from bot.core.deeds import said_in
from bot.core.ids import ProposalId
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES, say

UNDO, STOP, RESUME, LANGUAGE = "home:undo", "home:stop", "home:resume", "home:language"
"""``action_id``s: stable across versions, as the Home's others."""
RECENT_MAX = 5
"""Changes shown, the newest first: with two blocks each the Home stays below Slack's hundred."""
STOPS_MAX = 3
"""Stops that are shown with a button; ``/itsm stops`` lists all of them."""
SAYS_CHARS_MAX = 300
"""Of what a change or a stop says."""
AUTOMATIC: Final = "slack"
"""The choice that leaves the language to what a person's Slack speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """One change that the bot made."""

    proposal: ProposalId
    revision: int
    key: str
    url: str
    says: str
    at: datetime
    undoable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """One stop in force."""

    scope: str
    why: str


def recent(changes: Sequence[Lately], language: str) -> list[Block]:
    """Return the part with what was done, each that can still be set back with a button."""
    blocks: list[Block] = [{"type": "divider"}, header("recent", say(language, "home.recent"))]
    if not changes:
        return [*blocks, quote("recent:none", line(say(language, "home.recent_none")))]
    for number, each in enumerate(changes[:RECENT_MAX]):
        says = Untrusted(said_in(each.says, language)).line(SAYS_CHARS_MAX)
        blocks.append(quote(f"recent:{number}", bold(each.key), section(words(f"{says} "), moment(each.at))))
        row = _undo(each, language) if each.undoable else None
        blocks.append(actions(f"recent:{number}:row", row) if row else _opened(number, each))
    return blocks


def language_menu(chosen: str, language: str) -> Block:
    """Return the menu of languages; ``chosen`` empty: what Slack says."""
    options = [_option(AUTOMATIC, say(language, "settings.automatic"))]
    options += [_option(each, say(each, "settings.own_name")) for each in LANGUAGES]
    return {
        "type": "static_select",
        "action_id": LANGUAGE,
        "options": options,
        "initial_option": next(each for each in options if each["value"] == (chosen or AUTOMATIC)),
    }


def languages(chosen: str, language: str) -> list[Block]:
    """Return the part where a person picks the language they are spoken to in."""
    return [
        {"type": "divider"},
        header("language", say(language, "home.language")),
        actions("language:pick", language_menu(chosen, language)),
    ]


def kill_switch(stops: Sequence[Stopped], language: str) -> list[Block]:
    """Return the part for those who may stop the bot."""
    blocks: list[Block] = [{"type": "divider"}, header("stops", say(language, "home.stops"))]
    if not stops:
        blocks.append(quote("stops:none", line(say(language, "home.stops_none"))))
    for number, each in enumerate(stops[:STOPS_MAX]):
        what = say(language, "itsm.everything") if each.scope == "*" else each.scope.replace(":", " ", 1)
        why = Untrusted(each.why).line(SAYS_CHARS_MAX)
        again = button(RESUME, say(language, "home.resume"), say(language, "home.resume_label"), each.scope)
        blocks += [
            quote(f"stops:{number}", bold(what), line(why or "–")),  # noqa: RUF001  # no reason is known
            actions(f"stops:{number}:row", again),
        ]
    if len(stops) > STOPS_MAX:
        blocks.append(
            quote("stops:more", line(say(language, "home.stops_more", n=str(len(stops) - STOPS_MAX))))
        )
    if not any(each.scope == "*" for each in stops):
        blocks.append(actions("stops:all", _stop(language)))
    return blocks


def _stop(language: str) -> Block:
    row = button(STOP, say(language, "home.stop"), say(language, "home.stop_label"), "*")
    row["style"] = "danger"
    row["confirm"] = confirm(
        say(language, "home.stop_title"),
        say(language, "home.stop_asks"),
        say(language, "home.stop"),
        say(language, "modal.cancel"),
    )
    return row


def _undo(each: Lately, language: str) -> Block:
    spoken = say(language, "button.undo_label", key=each.key)
    return button(UNDO, say(language, "button.undo"), spoken, f"{each.proposal}|{each.revision}")


def _opened(number: int, each: Lately) -> Block:
    return {
        "type": "context",
        "block_id": f"recent:{number}:row",
        "elements": [mrkdwn(link(each.url, each.key)) if each.url else plain(each.key)],
    }


def _option(value: str, label: str) -> Block:
    return {"text": plain(label), "value": value}
