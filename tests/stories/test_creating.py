"""Tickets made out of Slack, over HTTP and Socket Mode: once, marked, and whoever asked is told."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.slack import Submitted
from tests.stories.conftest import Begin, everywhere
from tests.stories.world import World

both = pytest.mark.parametrize("slack", ["http", "socket"])
ALLOWED = """\
  - match: {action: "*.create"}
    allow: true
"""
SAID = "The badge printer on floor 3 is out.\nNobody gets a badge. See https://wiki.example.com/badges."


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


def made(world: World, before: list[str]) -> list[str]:
    return [key for key in world.desk.tickets() if key not in before]


@everywhere
@both
async def test_a_form_makes_one_ticket_and_whoever_filled_it_in_gets_the_link(
    begin: Begin, desk: str, slack: str
) -> None:
    world = await begin(desk, slack=slack, rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    sent = await send(world, "U0CAROL", "Badge printer is out")
    assert not sent.errors
    [key] = made(world, before)
    assert len(world.desk.writes()) >= 1
    told = world.told("carol")
    assert any(key in each and "Badge printer is out" in each for each in told), told
    assert world.cards() == []
    [done] = [each for each in await world.recorded("proposal.executed") if "new:" in each.ticket]
    assert done.proposal


@everywhere
async def test_a_message_becomes_a_ticket_with_its_words_and_a_link_back(begin: Begin, desk: str) -> None:
    world = await begin(desk, rules=ALLOWED)
    before = world.desk.tickets()
    form = await opened(world, "U0CAROL", on=SAID)
    assert value(form, "summary") == "The badge printer on floor 3 is out."
    assert value(form, "description").splitlines()[-1].startswith("From Slack: https://")
    await send(world, "U0CAROL")
    [key] = made(world, before)
    posts = [each for each in world.desk.writes() if each.method == "POST" and b"badge printer" in each.body]
    assert len(posts) == 1
    assert b"https://wiki.example.com/badges" in posts[0].body
    assert any(key in each for each in world.told("carol"))
