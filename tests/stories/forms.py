"""Filling in the forms that make tickets, as people do."""

from __future__ import annotations

from typing import Any, Final

from sandbox.faults import Fault, FaultKind
from sandbox.slack import Submitted
from tests.stories.world import World

ALLOWED: Final = """\
  - match: {action: "*.create"}
    allow: true
"""
CREATES: Final = r"/rest/api/2/issue$|/api/now/table/incident$"
SAID: Final = (
    "The badge printer on floor 3 is out.\nNobody gets a badge. See https://wiki.example.com/badges."
)


async def opened(world: World, user: str, *, on: str = "") -> dict[str, Any]:
    """Use a shortcut and wait for the form to be filled in; what it is if it never is."""
    people = world.slack.world
    if on:
        message = people.say("U0BOB", "C0GENERAL", on)
        acked = await people.message_shortcut(user, "C0GENERAL", message.ts, "ticket_from_message")
    else:
        acked = await people.shortcut(user, "ticket_new")
    assert acked.ok
    await world.settles()
    return people.open_views(user)[-1].body


def value(form: dict[str, Any], block: str) -> str:
    return next(str(b["element"].get("initial_value", "")) for b in form["blocks"] if b["block_id"] == block)


def menu(form: dict[str, Any], field: str, label: str) -> dict[str, Any]:
    """Return what choosing ``label`` in the menu of ``field`` adds to a form's values."""
    block = next(b for b in form["blocks"] if b["block_id"].startswith(f"field:{field}|"))
    element = block["element"]
    option = next(each["value"] for each in element["options"] if each["text"]["text"] == label)
    chosen = [option] if element["type"].startswith("multi_") else option
    return {block["block_id"]: {element["action_id"]: chosen}}


async def send(world: World, user: str, summary: str = "", **more: dict[str, Any]) -> Submitted:
    people = world.slack.world
    view = people.open_views(user)[-1].id
    typed = {"summary": {"summary": summary}} if summary else {}
    sent = await people.submit_view(user, view, {**typed, **more})
    await world.settles()
    return sent


def refuses_components(world: World) -> None:
    """Let the system refuse the next new ticket: it wants a component."""
    words = '{"errorMessages": [], "errors": {"components": "Component/s is required."}}'
    world.desk.vendor.faults.add(Fault(FaultKind.STATUS, method="POST", path=CREATES, status=400, body=words))


def made(world: World, before: list[str]) -> list[str]:
    return [key for key in world.desk.tickets() if key not in before]


def block(form: dict[str, Any], field: str) -> dict[str, Any]:
    """Return the input of ``field``."""
    return next(b for b in form["blocks"] if b["block_id"].startswith(f"field:{field}|"))


def typed(form: dict[str, Any], field: str, text: object) -> dict[str, Any]:
    """Return what typing into the input of ``field`` adds to a form's values."""
    found = block(form, field)
    return {found["block_id"]: {found["element"]["action_id"]: text}}


async def searched(world: World, user: str, form: dict[str, Any], field: str, words: str) -> dict[str, Any]:
    """Search in the menu of ``field`` and return what choosing the first hit adds to a form's values."""
    people, found = world.slack.world, block(form, field)
    view = people.open_views(user)[-1]
    await people.search(user, view.id, found["block_id"], words)
    option = view.offered[found["block_id"]][0]["value"]
    chosen = [option] if found["element"]["type"].startswith("multi_") else option
    return {found["block_id"]: {found["element"]["action_id"]: chosen}}


async def again(world: World, user: str) -> dict[str, Any]:
    """Press the button that opens the form again, in the newest message that has it."""
    people = world.slack.world
    for message in reversed(people.channels[f"D{user.removeprefix('U')}"].messages):
        buttons = [e for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
        for each in buttons:
            if each["action_id"] == "create:again":
                await people.click(user, message.channel, message.ts, each["action_id"], each["value"])
                await world.settles()
                return people.open_views(user)[-1].body
    raise LookupError("no message has that button")
