"""Slack's interaction payloads to our words. Pure; whatever does not fit is refused, never guessed.

Shapes: https://docs.slack.dev/reference/interaction-payloads, pages block_actions and view interactions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.core.errors import Malformed
from bot.core.events import CardPlace
from bot.core.foreign import thing
from bot.core.ids import ProposalId, SlackUserId

_VALUE: Final = re.compile(r"(p[0-9a-f]{31})\|([1-9][0-9]{0,5})")
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it, as the payload says; who that is has to be looked up."""

    id: SlackUserId
    team: str
    """Of the person, not of the channel: a Slack Connect stranger has another one than we."""


@dataclass(frozen=True, slots=True)
class Click:
    """A button of ours was pressed."""

    action: str
    proposal: ProposalId
    revision: int
    by: Person
    trigger: str
    """Valid for 3 s and once; also the click's own id."""
    place: CardPlace | None


@dataclass(frozen=True, slots=True)
class Submission:
    """A form of ours was sent."""

    form: str
    proposal: ProposalId
    revision: int
    by: Person
    view: str
    """The view's id: one form is sent once."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """block_id to what was typed."""
    picks: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """block_id to (value, label) of what was chosen."""


def parse_click(payload: Mapping[str, Any]) -> Click:
    """Read a ``block_actions`` payload.

    Raises:
        Malformed: it is not a click on one of our buttons, or its value was cut or edited.
    """
    try:
        action = payload["actions"][0]
        proposal, revision = parse_value(action.get("value", ""))
        return Click(
            action=str(action["action_id"]),
            proposal=proposal,
            revision=revision,
            by=_person(payload),
            trigger=str(payload["trigger_id"]),
            place=_place(payload),
        )
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Malformed(f"not a click on a card of ours: {type(error).__name__}") from error


def parse_submission(payload: Mapping[str, Any]) -> Submission:
    """Read a ``view_submission`` payload.

    Raises:
        Malformed: it is not one of our forms, or what it carries was cut or edited.
    """
    try:
        view = payload["view"]
        proposal, revision = parse_value(json.loads(view["private_metadata"])["value"])
        texts: dict[str, str] = {}
        picks: dict[str, tuple[str, str]] = {}
        for block, elements in view["state"]["values"].items():
            for element in elements.values():
                _take(block, element, texts, picks)
        return Submission(
            form=str(view["callback_id"]),
            proposal=proposal,
            revision=revision,
            by=_person(payload),
            view=str(view["id"]),
            texts=texts,
            picks=picks,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"not a form of ours: {type(error).__name__}") from error


def parse_value(value: object) -> tuple[ProposalId, int]:
    """Read what a button carries.

    Raises:
        Malformed: it was cut, edited, or is not ours.
    """
    match = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Malformed("the button's value is not one of ours")
    return ProposalId(match[1]), int(match[2])


def _take(
    block: str, element: Mapping[str, Any], texts: dict[str, str], picks: dict[str, tuple[str, str]]
) -> None:
    if element.get("type") == "plain_text_input":
        texts[block] = str(element.get("value") or "")
    option = element.get("selected_option")
    if option:
        picks[block] = (str(option["value"]), str(option["text"]["text"]))


def _person(payload: Mapping[str, Any]) -> Person:
    user = payload["user"]
    ident = str(user["id"])
    if not _USER.fullmatch(ident):
        raise Malformed("the payload names no person")
    # Slack Connect: `team` is where the app is installed, `user.team_id` is where the person belongs.
    return Person(SlackUserId(ident), str(user.get("team_id") or thing(payload.get("team")).get("id") or ""))


def _place(payload: Mapping[str, Any]) -> CardPlace | None:
    container = thing(payload.get("container"))
    channel, ts = container.get("channel_id"), container.get("message_ts")
    return CardPlace(channel=str(channel), ts=str(ts)) if channel and ts else None
