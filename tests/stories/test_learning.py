"""What people set by hand teaches the bot: the next ticket of the kind gets a suggestion it never had."""

from __future__ import annotations

import pytest

from bot import learning
from tests.stories.conftest import Begin, everywhere
from tests.stories.world import World

SUMMARY = "Die Laminiermaschine blinkt violett"
TEXT = "Laminiermaschine im Archiv blinkt violett und piept dreimal, seit gestern Abend."


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LOOK_S", 0.05)


async def taught(world: World, number: int) -> str:
    """Open a ticket of a kind nobody has seen, solve it by hand, and wait until that has taught something."""
    key = await world.ticket(f"{SUMMARY} ({number})", f"{TEXT} Raum {number}.")
    world.desk.set(key, "alice", world.desk.other)
    world.desk.close(key)
    await world.settles()
    await world.learns(key)
    return key


@everywhere
async def test_what_people_set_by_hand_is_suggested_on_the_next_ticket_of_the_kind(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    await taught(world, 1)
    assert world.cards() == [], "nothing is known of laminating machines"
    await taught(world, 2)
    assert world.cards() == [], "one ticket is an anecdote"
    key = await world.ticket(SUMMARY, TEXT)
    assert world.desk.other in world.note(key)
    assert world.desk.other in world.card().text


async def test_what_a_person_made_of_a_suggestion_is_learned_from_an_open_ticket(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket()
    before = len(await world.past())
    await world.card().click("Approve", by="alice")
    await world.settles()
    lesson = await world.learns(key)
    assert len(await world.past()) == before + 1
    assert [value.label for value in lesson.fields[world.desk.field]] == [world.desk.sure]
    assert set(lesson.fields) == {world.desk.field}, "of what nobody has judged, nothing is known"
