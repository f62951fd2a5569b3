"""A ServiceNow incident of a flood becomes the child of its first after one yes; one Undo sets it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sandbox.servicenow.world import ServiceNowWorld
from tests.stories.conftest import Begin
from tests.stories.desks import ServiceNowDesk
from tests.stories.test_incidents import SIX, opened
from tests.stories.world import CHANNEL, Card, World

BY_ONESELF = "  - match: {undo: true}\n    ask: {approvers: [U0ALICE, U0BOB], four_eyes: false}\n"


def instance(world: World) -> ServiceNowWorld:
    assert isinstance(world.desk, ServiceNowDesk)
    return world.desk.world


async def flooded(world: World) -> list[str]:
    """Let five people report the same, a second apart: the instance's clock knows nothing shorter."""
    store = instance(world).instance.store
    clock, keys = store.now, list[str]()
    for number, person in enumerate(SIX[:5]):
        store.now = partial(_at, clock() - timedelta(seconds=10 - number))
        keys.append(opened(world, person, number))
        await world.settles()
    store.now = clock
    return keys


def _at(moment: datetime) -> datetime:
    return moment


def parent(world: World, key: str) -> str:
    """Return the number of an incident's parent, as its form shows it; empty where it has none."""
    return instance(world).display(key, "parent_incident")


def parents_sent(world: World) -> int:
    """Return how many requests of the bot have set a parent."""
    return sum(b'"parent_incident"' in each.body for each in world.desk.writes())


async def asks(world: World, key: str) -> list[Card]:
    """Ask on the ticket what is alike; returns the cards that come of it."""
    before = {message.ts for message in world.slack.world.messages(CHANNEL)}
    world.desk.jot(key, "alice", "@countersign similar")
    await world.settles()
    new = [Card(world, each) for each in world.slack.world.messages(CHANNEL) if each.ts not in before]
    return [each for each in new if "Link the ticket" in each.text]


async def test_it_becomes_a_child_after_one_yes_and_is_set_back_by_one_click(begin: Begin) -> None:
    world = await begin("servicenow", rules=BY_ONESELF)
    keys = await flooded(world)
    first, last = keys[0], keys[-1]
    (card,) = await asks(world, last)
    assert f"Link the ticket to {first} as its child." in card.text
    assert f"Parent incident: not set → {first}" in card.text
    assert (parent(world, last), parents_sent(world)) == ("", 0), "nobody has agreed yet"

    await card.click("Approve", by="alice")
    await world.settles()
    assert (parent(world, last), parents_sent(world)) == (first, 1)
    assert parent(world, first) == ""
    assert any("Changed by Countersign with approval [ref CS-" in note for note in world.desk.notes(last))
    assert await asks(world, last) == [], "what is so already is not asked about again"

    await card.click("Undo", by="bob")
    await world.settles()
    assert (parent(world, last), parents_sent(world)) == ("", 2)
    assert [each.actor for each in await world.recorded("proposal.undone")] == ["slack:U0BOB"]
    assert all(world.desk.public(key) == [] for key in keys), "no customer hears of it"


async def test_a_parent_closed_between_the_card_and_the_click_is_refused_in_words(begin: Begin) -> None:
    world = await begin("servicenow")
    keys = await flooded(world)
    first, last = keys[0], keys[-1]
    (card,) = await asks(world, last)
    world.desk.close(first)
    await world.settles()
    await card.click("Approve", by="alice")
    await world.settles()
    assert (parent(world, last), parents_sent(world)) == ("", 0)
    assert f"{first} is Resolved: a ticket becomes the child of an open incident only" in card.text
    assert [each.what for each in await world.audit()].count("proposal.failed") == 1


async def test_a_parent_that_became_a_child_is_not_even_asked_about(begin: Begin) -> None:
    world = await begin("servicenow")
    keys = await flooded(world)
    above = instance(world).create_incident("The whole network is down")
    instance(world).edit(keys[0], "alice", parent_incident=instance(world).sys_id(above))
    await world.settles()
    assert await asks(world, keys[-1]) == []
    assert "One incident?" in world.note(keys[-1]), "the answer itself comes all the same"


async def test_the_parent_it_would_lose_stands_on_the_card_and_one_a_person_sets_meanwhile_stays(
    begin: Begin,
) -> None:
    world = await begin("servicenow")
    keys = await flooded(world)
    former = instance(world).create_incident("The proxy is slow")
    instance(world).edit(keys[-1], "bob", parent_incident=instance(world).sys_id(former))
    await world.settles()
    (card,) = await asks(world, keys[-1])
    assert f"Parent incident: {former} → {keys[0]}" in card.text
    own = instance(world).create_incident("The proxy is down")
    instance(world).edit(keys[-1], "bob", parent_incident=instance(world).sys_id(own))
    await world.settles()
    await card.click("Approve", by="alice", stale=True)
    await world.settles()
    assert (parent(world, keys[-1]), parents_sent(world)) == (own, 0)
