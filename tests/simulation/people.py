"""People in front of Slack: they see a card, sooner or later press something, and fill in what opens.

Some of them may decide, some may not; some press twice, or on a drawing that was true before. Every press and
every form that left a client is written down: that log is what approvals are held against in the end.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from bot.core.foreign import thing, things
from tests.simulation.chance import Dice
from tests.simulation.chat import TEAM, Drawing, Message, Person, Slack, View
from tests.simulation.loop import VirtualLoop
from tests.simulation.plan import APPROVERS

ANSWER_S: Final = 3.0
"""How long Slack's client waits before it shows an error."""
FORM_S: Final = 60.0
"""How long somebody takes to fill in a form, at most."""
VISITS_MAX: Final = 12
"""To one message; an Undo that needs somebody else's yes would be pressed for ever."""
WEIGHTS: Final[Mapping[str, float]] = {
    "approval:approve": 10,
    "approval:reject": 2,
    "approval:edit": 3,
    "approval:details": 1,
    "approval:more": 1,
    "approval:undo": 6,
}
"""How much people like each button; those not named are liked a little."""


@dataclass(frozen=True, slots=True)
class Press:
    """One button pressed, or one form sent."""

    at: float
    person: Person
    action: str
    value: str
    """``<proposal>|<revision>``, as the button or the form carried it."""
    drawing: Drawing | None = None
    """What the person had in front of them; None for a form."""
    picks: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Of a form: block to value and label of what was chosen."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])


class Front(Protocol):
    """Takes what Slack sends."""

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str] | None:
        """Return status and body, or None when nobody answered in time."""
        ...


class Crowd:
    """Everybody in front of Slack."""

    def __init__(self, slack: Slack, dice: Dice, front: Front, visits: float) -> None:
        """``visits``: how many a fresh drawing with buttons gets on average."""
        self._slack, self._dice, self._front, self._visits = slack, dice, front, visits
        self._loop: VirtualLoop = slack.loop
        self.presses: list[Press] = []
        self._visited: Counter[str] = Counter()
        self.spawn: Callable[[Awaitable[None]], None] = _nobody
        self.secret = ""
        self.old_drawings = 0.0
        self.tired = False
        """At the end of the world nobody presses anything any more."""

    def sees(self, message: Message) -> None:
        """Let people come by a message that was just drawn."""
        if self.tired or not message.now.buttons or self._visited[message.ts] > VISITS_MAX:
            return
        visits = self._visits if any("approve" in each for each in message.now.buttons) else self._visits / 4
        count = int(visits) + (self._dice.random() < visits % 1)
        self._visited[message.ts] += count
        for _ in range(count):
            delay_s = math.exp(self._dice.uniform(math.log(1), math.log(40 * 60)))
            self._loop.outside_in(delay_s, lambda: self._comes_by(message))

    def _comes_by(self, message: Message) -> None:
        if not self.tired and not message.deleted:
            self.spawn(self._visit(message))

    async def _visit(self, message: Message) -> None:
        """Press one button, sometimes twice, and fill in what opens."""
        dice = self._dice
        drawing = dice.choice(message.drawings) if dice.random() < self.old_drawings else message.now
        if not drawing.buttons:
            return
        person = self._somebody(message)
        named = sorted(drawing.buttons)
        chosen = dice.choices(named, [WEIGHTS.get(each.split()[0], 1.0) for each in named])[0]
        action = chosen.split()[0]
        times = 2 if dice.random() < 0.15 else 1
        await asyncio.gather(
            *(self._press(person, message, drawing, action, drawing.buttons[chosen]) for _ in range(times))
        )
        if action in {"approval:edit", "approval:reject"}:
            self._loop.outside_in(dice.uniform(1, FORM_S), lambda: self.spawn(self._fill_in(person)))

    def _somebody(self, message: Message) -> Person:
        everybody = self._slack.people
        if message.channel.startswith("D"):
            return everybody.get("U" + message.channel[1:], everybody[APPROVERS[0]])
        if self._dice.random() < 0.8:
            return everybody[self._dice.choice(APPROVERS)]
        return everybody[self._dice.choice(sorted(everybody))]

    async def _press(
        self, person: Person, message: Message, drawing: Drawing, action: str, value: str
    ) -> None:
        trigger = self._slack.trigger(person)
        pressed = next(
            each
            for each in drawing.elements()
            if (each.get("action_id"), str(each.get("value"))) == (action, value)
        )
        payload = {
            **self._interaction("block_actions", person),
            "trigger_id": trigger,
            "container": {"type": "message", "channel_id": message.channel, "message_ts": message.ts},
            "channel": {"id": message.channel},
            "message": {"ts": message.ts, "text": drawing.text, "blocks": drawing.blocks},
            "state": {"values": _state(drawing.blocks, self._dice)},
            "actions": [{**pressed, "action_ts": message.ts}],
            "response_url": "https://hooks.slack.example.com/actions/secret",
        }
        self.presses.append(Press(self._loop.wall(), person, action, value, drawing))
        await self._send(payload)

    async def _fill_in(self, person: Person) -> None:
        """Send the form that has opened, if one has and it can be sent."""
        mine = [
            view for view in self._slack.views.values() if view.person is person and "submit" in view.body
        ]
        if not mine or self._dice.random() < 0.1:
            return
        view = mine[-1]
        del self._slack.views[view.id]
        await self._submit(person, view)

    async def _submit(self, person: Person, view: View) -> None:
        values = _state(things(view.body.get("blocks")), self._dice)
        payload: dict[str, Any] = {
            **self._interaction("view_submission", person),
            "trigger_id": self._slack.trigger(person),
            "view": {**view.body, "id": view.id, "state": {"values": values}},
        }
        carried = json.loads(str(view.body.get("private_metadata") or "{}")).get("value", "")
        picks, texts = _filled(values)
        callback = str(view.body["callback_id"])
        self.presses.append(
            Press(self._loop.wall(), person, callback, str(carried), picks=picks, texts=texts)
        )
        await self._send(payload)

    def _interaction(self, kind: str, person: Person) -> dict[str, Any]:
        return {
            "type": kind,
            "team": {"id": TEAM, "domain": "example"},
            "user": {"id": person.id, "username": person.id.lower(), "team_id": person.team},
            "api_app_id": "A0APP",
            "token": "verification",
            "is_enterprise_install": False,
        }

    async def _send(self, payload: Mapping[str, Any]) -> None:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        stamp = str(int(self._loop.wall()))
        digest = hmac.new(self.secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        await self._front(
            {
                "content-type": "application/x-www-form-urlencoded",
                "x-slack-request-timestamp": stamp,
                "x-slack-signature": f"v0={digest}",
            },
            body,
        )


def _nobody(_work: Awaitable[None]) -> None:
    raise AssertionError("the world has not begun")


def _state(blocks: list[Any], dice: Dice) -> dict[str, dict[str, Any]]:
    """Fill in every input of ``blocks``: a choice, or a few words."""
    values: dict[str, dict[str, Any]] = {}
    for block in blocks:
        element = thing(block.get("element"))
        if block.get("type") != "input" or not element:
            continue
        values[block["block_id"]] = {element["action_id"]: _typed(element, dice)}
    return values


def _typed(element: Mapping[str, Any], dice: Dice) -> dict[str, Any]:
    kind = str(element["type"])
    if kind == "plain_text_input":
        kept = str(element.get("initial_value") or "")
        return {"type": kind, "value": f"{kept} Thank you {dice.randint(10, 99)}.".strip()}
    # A menu that is filled by searching keeps what stands in it.
    options = things(element.get("options")) or [element.get("initial_option")]
    chosen = element.get("initial_option") if dice.random() < 0.3 else None
    return {"type": kind, "selected_option": chosen or (dice.choice(options) if options else None)}


def _filled(values: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    picks: dict[str, tuple[str, str]] = {}
    texts: dict[str, str] = {}
    for block, elements in values.items():
        for element in elements.values():
            option = thing(element.get("selected_option"))
            if option:
                picks[block] = (str(option["value"]), str(option["text"]["text"]))
            elif "value" in element:
                texts[block] = str(element["value"])
    return picks, texts
