"""Slack as it is: rooms, messages with all their drawings, people, groups; and the road to it, which fails.

Fills the port ``Chat`` for every replica. A call that is cut may have happened or not, as the port says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Refused, Retry
from bot.core.foreign import thing, things
from tests.simulation.chance import Dice
from tests.simulation.loop import VirtualLoop

CHANNEL: Final = "C0APPROVALS"
TEAM: Final = "T0HOME"
TRIGGER_S: Final = 3.0
"""How long a trigger opens a modal."""
LOOK_BACK_S: Final = 320.0
"""How old a membership may be when a click is judged: five minutes' memory, and the call itself."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a message showed from a moment on."""

    at: float
    text: str
    blocks: list[dict[str, Any]]

    @property
    def buttons(self) -> dict[str, str]:
        """Return the buttons: ``action_id`` to value, for a set's card ``action_id`` and value in one."""
        found: dict[str, str] = {}
        for element in self.elements():
            if element.get("type") == "button" and "value" in element:
                found[f"{element['action_id']} {element['value']}"] = str(element["value"])
        return found

    def elements(self) -> list[dict[str, Any]]:
        """Return every interactive element."""
        rows = [block.get("elements", ()) for block in self.blocks if block.get("type") == "actions"]
        beside = [thing(block.get("accessory")) for block in self.blocks if block.get("accessory")]
        return [*(each for row in rows for each in row), *beside]

    def words(self) -> str:
        """Return every word on it."""
        return "\n".join([self.text, *_texts(self.blocks)])


@dataclass(slots=True)
class Message:
    """One message of the bot's."""

    channel: str
    ts: str
    drawings: list[Drawing]
    proposal: str = ""
    """As its metadata says: whose card it is."""
    deleted: bool = False

    @property
    def now(self) -> Drawing:
        """What it shows."""
        return self.drawings[-1]


@dataclass(slots=True)
class Person:
    """Somebody in Slack, or somebody Slack knows of."""

    id: str
    team: str = TEAM
    flags: dict[str, bool] = field(default_factory=dict[str, bool])
    """As ``users.info`` has them: ``deleted``, ``is_bot``, ``is_restricted``, ``is_stranger``."""

    @property
    def may_ever(self) -> bool:
        """Whether this can be an approver at all."""
        return not self.flags and self.team == TEAM


@dataclass(frozen=True, slots=True)
class Lent:
    """A voice that somebody lent while they are away."""

    of: str
    by: str
    since: float
    until: float


@dataclass(slots=True)
class View:
    """A modal on somebody's screen."""

    id: str
    person: Person
    body: dict[str, Any]


@dataclass(slots=True)
class Temper:
    """How Slack treats us."""

    cut_before: float = 0.0
    cut_after: float = 0.0
    limited: float = 0.0
    slow_s: float = 0.2
    down_until: float = 0.0


Shown = Callable[[Message], None]


class Slack:
    """One workspace."""

    def __init__(self, loop: VirtualLoop, dice: Dice, shown: Shown) -> None:
        """``shown`` is called after every drawing of a message in a room."""
        self.loop, self.dice, self._shown = loop, dice, shown
        self.temper = Temper()
        self.messages: list[Message] = []
        self.people: dict[str, Person] = {}
        self.views: dict[str, View] = {}
        self.triggers: dict[str, tuple[Person, float]] = {}
        self.faults = 0
        self.whispers: list[tuple[float, str, str]] = []
        """When, to whom, what: only that person saw it."""
        self.lent: list[Lent] = []
        self.closed = False
        self._groups: dict[str, list[tuple[float, frozenset[str]]]] = {}
        self._numbers = 0

    # -- people and groups ---------------------------------------------------------------------------------

    def set_group(self, group: str, members: frozenset[str]) -> None:
        """Say who is in ``group`` from now on."""
        self._groups.setdefault(group, []).append((self.loop.wall(), members))

    def members(self, group: str) -> frozenset[str]:
        """Return who is in ``group`` now."""
        return self._groups[group][-1][1]

    def was_in(self, person: str, group: str, since: float, until: float) -> bool:
        """Whether ``person`` was in ``group`` at any time from ``since`` to ``until``."""
        spans = self._groups.get(group, [])
        for number, (start, members) in enumerate(spans):
            end = spans[number + 1][0] if number + 1 < len(spans) else until
            if person in members and start <= until and end >= since:
                return True
        return False

    def trigger(self, person: Person) -> str:
        """Return what lets the bot open a modal for ``person`` for three seconds."""
        name = f"{self._number()}.trigger"
        self.triggers[name] = (person, self.loop.wall() + TRIGGER_S)
        return name

    # -- the Web API ---------------------------------------------------------------------------------------

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Serve one call after the road has done its worst."""
        if self.closed:
            raise asyncio.CancelledError
        await asyncio.sleep(self.dice.random() * self.temper.slow_s)
        draw = self.dice.random()
        if self.loop.wall() < self.temper.down_until:
            self.faults += 1
            raise Retry("Slack does not answer", after_s=5.0)
        if draw < self.temper.limited:
            self.faults += 1
            raise Retry("ratelimited", after_s=self.dice.uniform(1, 30))
        if draw < self.temper.limited + self.temper.cut_before:
            self.faults += 1
            raise Retry("the connection was refused", after_s=5.0)
        answer = self._serve(method, arguments)
        await asyncio.sleep(self.dice.random() * self.temper.slow_s)
        if self.dice.random() < self.temper.cut_after:
            self.faults += 1
            raise Retry("the connection was cut", after_s=5.0)
        return answer

    def _serve(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        serves = getattr(self, "_" + method.replace(".", "_").lower(), None)
        if serves is None:
            raise Refused("unknown_method")
        answer: Mapping[str, Any] = serves(**arguments)
        return {"ok": True, **answer}

    def _auth_test(self) -> Mapping[str, Any]:
        return {"team_id": TEAM, "bot_id": "B0BOT", "user_id": "U0BOT"}

    def _chat_postmessage(self, channel: str, text: str, **more: Any) -> Mapping[str, Any]:
        known = thing(thing(more.get("metadata")).get("event_payload")).get("proposal", "")
        drawn = Drawing(self.loop.wall(), text, things(more.get("blocks")))
        message = Message(channel, f"{self.loop.wall():.6f}{self._number()}", [drawn], str(known))
        self.messages.append(message)
        self._shown(message)
        return {"channel": channel, "ts": message.ts}

    def _chat_update(self, channel: str, ts: str, text: str, **more: Any) -> Mapping[str, Any]:
        message = next((each for each in self.messages if (each.channel, each.ts) == (channel, ts)), None)
        if message is None or message.deleted:
            raise Refused("message_not_found")
        message.drawings.append(Drawing(self.loop.wall(), text, things(more.get("blocks"))))
        self._shown(message)
        return {"channel": channel, "ts": ts}

    def _chat_postephemeral(self, channel: str, user: str, text: str, **_: Any) -> Mapping[str, Any]:
        if channel != CHANNEL:
            raise Refused("channel_not_found")
        self.whispers.append((self.loop.wall(), user, text))
        return {}

    def _chat_getpermalink(self, channel: str, message_ts: str) -> Mapping[str, Any]:
        return {"permalink": f"https://example.slack.com/archives/{channel}/p{message_ts}"}

    def _conversations_open(self, users: str) -> Mapping[str, Any]:
        if users not in self.people or self.people[users].flags.get("deleted"):
            raise Refused("user_not_found")
        return {"channel": {"id": f"D{users[1:]}"}}

    def _users_info(self, user: str, **_: Any) -> Mapping[str, Any]:
        person = self.people.get(user)
        if person is None:
            raise Refused("user_not_found")
        name = user[2:].title()
        known = {"id": user, "team_id": person.team, "profile": {"real_name": name}, **person.flags}
        return {"user": known}

    def _users_profile_get(self, user: str) -> Mapping[str, Any]:
        return {"profile": self._users_info(user)["user"]["profile"]}

    def _usergroups_users_list(self, usergroup: str, **_: Any) -> Mapping[str, Any]:
        if usergroup not in self._groups:
            raise Refused("no_such_subteam")
        return {"users": sorted(self.members(usergroup))}

    def _views_open(self, trigger_id: str, view: dict[str, Any]) -> Mapping[str, Any]:
        person, until = self.triggers.pop(trigger_id, (None, 0.0))
        if person is None or self.loop.wall() > until:
            raise Refused("expired_trigger_id")
        made = View(f"V{self._number()}", person, view)
        self.views[made.id] = made
        return {"view": {"id": made.id}}

    def _views_update(self, view_id: str, view: dict[str, Any], **_: Any) -> Mapping[str, Any]:
        if view_id not in self.views:
            raise Refused("not_found")
        self.views[view_id].body = view
        return {"view": {"id": view_id}}

    def _views_publish(self, **_: Any) -> Mapping[str, Any]:
        return {"view": {"id": "V0HOME"}}

    def _number(self) -> str:
        self._numbers += 1
        return f"{self._numbers:06d}"


class SlackLine:
    """One replica's line to Slack: the port, and the little that Bolt wants to know besides."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self.web = AsyncWebClient(token="xoxb-simulated")  # Bolt wants one; nothing is sent with it

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        return await self._slack.call(method, **arguments)

    async def close(self) -> None:
        """Do nothing: there is no session."""


def _texts(value: Any) -> list[str]:
    """Return every text in blocks, in reading order."""
    listed, known = things(value), thing(value)
    if listed:
        return [text for each in listed for text in _texts(each)]
    own = [str(known["text"])] if isinstance(known.get("text"), str) else []
    return own + [text for each in known.values() if not isinstance(each, str) for text in _texts(each)]
