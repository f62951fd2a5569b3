"""Slack's interaction payloads to our words. Pure; whatever does not fit is refused, never guessed.

Shapes: https://docs.slack.dev/reference/interaction-payloads, pages block_actions and view interactions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from approvals.card import APPROVE, DETAILS, EDIT, REJECT
from approvals.details import MORE
from approvals.set_card import APPROVE_ALL, DETAILS_ALL, REJECT_ALL
from approvals.standing import ALWAYS, UNDO
from bot.core.errors import Malformed
from bot.core.events import CardPlace
from bot.core.foreign import thing
from bot.core.ids import ProposalId, SlackUserId

_VALUE: Final = re.compile(r"(p[0-9a-f]{31})\|([1-9][0-9]{0,5})")
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
ONE: Final = frozenset({APPROVE, EDIT, REJECT, DETAILS, DETAILS_ALL, MORE, ALWAYS})
"""Buttons about one proposal."""
SEVERAL: Final = frozenset({APPROVE_ALL, REJECT_ALL, UNDO})
"""Buttons that may be about several."""
ITEMS_MAX: Final = 50
"""Of one button: a value holds 2,000 characters, and so no more."""
Item = tuple[ProposalId, int]
"""A proposal and the revision of it that was shown."""


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
    items: tuple[Item, ...] = ()
    """Every proposal the button is about, the one above first."""
    block: str = ""
    """The block it stands in: in details, the page it leads to."""
    view: str = ""
    """The view it stands in; empty: a message."""
    form: str = ""
    """What we called that view."""


@dataclass(frozen=True, slots=True)
class Query:
    """Slack asks what a menu in a form of ours offers for what was typed."""

    proposal: ProposalId
    revision: int
    form: str
    block: str
    text: str


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
        action, view = payload["actions"][0], thing(payload.get("view"))
        name = str(action["action_id"])
        items = parse_values(action.get("value", ""))
        if len(items) > 1 and name not in SEVERAL:
            raise Malformed("a button about one proposal carries several")
        proposal, revision = next(iter(items))
        return Click(
            action=name,
            proposal=proposal,
            revision=revision,
            by=person(payload),
            trigger=str(payload["trigger_id"]),
            place=_place(payload),
            items=items,
            block=str(action.get("block_id") or ""),
            view=str(view.get("id") or ""),
            form=str(view.get("callback_id") or ""),
        )
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Malformed(f"not a click on a card of ours: {type(error).__name__}") from error


def parse_query(payload: Mapping[str, Any]) -> Query:
    """Read a ``block_suggestion`` payload: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.

    Raises:
        Malformed: it is not about a menu in one of our forms.
    """
    try:
        view = payload["view"]
        proposal, revision = parse_value(json.loads(view["private_metadata"])["value"])
        return Query(
            proposal=proposal,
            revision=revision,
            form=str(view["callback_id"]),
            block=str(payload["block_id"]),
            text=str(payload.get("value") or ""),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"not a menu of ours: {type(error).__name__}") from error


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
            by=person(payload),
            view=str(view["id"]),
            texts=texts,
            picks=picks,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"not a form of ours: {type(error).__name__}") from error


def parse_values(value: object) -> tuple[Item, ...]:
    """Read what a button for several carries: at least one, none twice. Raises as :func:`parse_value`."""
    parts = value.split(",") if isinstance(value, str) else [value]
    items = tuple(parse_value(each) for each in parts[: ITEMS_MAX + 1])
    if len(items) > ITEMS_MAX or len({proposal for proposal, _ in items}) != len(items):
        raise Malformed("the button's value names a proposal twice, or too many")
    return items


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


def person(payload: Mapping[str, Any]) -> Person:
    """Read who did it.

    Raises:
        Malformed: the payload names no person.
    """
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
