"""A colleague asks on the ticket itself; the answer is an internal note, once, whatever the vendor."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Begin
from tests.stories.desks import JiraDesk
from tests.stories.test_incidents import SIX, flood
from tests.stories.world import CHANNEL, Card, World


@pytest.mark.parametrize("desk", ["cloud", "servicenow"])
async def test_a_hand_over_asked_for_on_the_ticket_stands_there_as_a_note_and_nowhere_else(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk, mode="suggest")
    key = await world.ticket()
    before, public = len(world.desk.notes(key)), world.desk.public(key)

    world.desk.jot(key, "alice", "@countersign summary")
    await world.settles()

    notes = world.desk.notes(key)
    assert len(notes) == before + 1
    assert "Hand-over in five lines" in notes[-1]
    assert "Cannot connect to VPN from home" in notes[-1]
    assert "no language model is set up" in notes[-1]
    assert world.desk.public(key) == public, "the requester sees nothing of it"
    assert world.cards() == []

    world.desk.set(key, "bob", world.desk.other)  # news of the same ticket: the command is heard once
    await world.settles()
    assert sum("Hand-over" in note for note in world.desk.notes(key)) == 1
    assert [record.details["skill"] for record in await world.recorded("skill.asked")] == ["summary"]
    assert len(await world.recorded("skill.answered")) == 1


async def test_what_a_requester_writes_is_no_command_and_where_the_bot_is_off_it_keeps_quiet(
    begin: Begin,
) -> None:
    world = await begin(mode="suggest")
    key = await world.ticket()
    before = len(world.desk.notes(key))
    world.desk.answer(key, "dan", "@countersign summary")
    world.desk.answer(key, "alice", "@countersign summary")
    await world.settles()
    assert len(world.desk.notes(key)) == before, "customers read it, so it is no place for commands"
    assert await world.recorded("skill.asked") == []


async def test_every_skill_answers_a_comment_and_an_unknown_word_is_told_what_there_is(begin: Begin) -> None:
    world = await begin(mode="approve")
    key = await world.ticket()
    cards = len(world.cards())
    for word in ("draft", "similar", "plan", "resolve", "juggle"):
        world.desk.jot(key, "alice", f"/countersign {word}")
        await world.settles()
    told = "\n".join(world.desk.notes(key))
    assert "There is no command juggle. There are: draft, plan, resolve, similar, summary, triage." in told
    assert len(await world.recorded("skill.answered")) == 4
    assert "Solved before" in told
    assert "Can be closed as" in told
    assert world.desk.public(key) == []
    assert len(world.cards()) <= cards + 1, "at most a draft waits for a yes beside what triage asks"
    assert await world.executed() == 0


async def test_a_model_writes_the_hand_over_and_its_name_stands_below_it(begin: Begin) -> None:
    world = await begin(mode="suggest", model=True)
    key = await world.ticket()
    world.desk.jot(key, "alice", "@countersign summary")
    await world.settles()
    (note,) = [each for each in world.desk.notes(key) if "Hand-over" in each]
    (answered,) = await world.recorded("skill.answered")
    assert answered.details["degraded"] == "", f"the model's answer was not taken: {note}"
    assert str(answered.details["model"]) in note


async def test_a_ticket_of_a_flood_is_linked_to_its_first_after_one_yes_and_not_before(begin: Begin) -> None:
    world = await begin(mode="approve")
    keys = await flood(world, SIX[:5])
    first, last = keys[0], keys[-1]
    before = {message.ts for message in world.slack.world.messages(CHANNEL)}

    world.desk.jot(last, "alice", "@countersign similar")
    await world.settles()
    assert "One incident?" in world.note(last)
    new = [Card(world, each) for each in world.slack.world.messages(CHANNEL) if each.ts not in before]
    (card,) = [each for each in new if f"Link the ticket to {first}" in each.text]
    assert links(world, last) == []

    await card.click("Approve", by="alice")
    await world.settles()
    assert links(world, last) == [f"Relates {first}"]
    assert links(world, first) == [f"Relates {last}"]
    assert "Undo" not in card.buttons, "Jira takes a link away by hand"

    cards = len(world.slack.world.messages(CHANNEL))
    world.desk.jot(last, "alice", "@countersign similar ")
    await world.settles()
    assert "One incident?" in world.note(last)
    assert len(world.slack.world.messages(CHANNEL)) == cards, "what is linked is not asked about again"


def links(world: World, key: str) -> list[str]:
    assert isinstance(world.desk, JiraDesk)
    return [f"{each.type.name} {each.other.key}" for each in world.desk.world.issue(key).relations]


async def test_with_a_model_every_skill_is_written_out_of_the_papers_and_a_settled_ticket_may_be_closed(
    begin: Begin,
) -> None:
    world = await begin(mode="approve", model=True)
    key = await world.ticket()
    world.desk.answer(key, "bob", "We reset the tunnel. Please try again.")
    world.desk.answer(key, "dan", "Thanks, it works now!")
    await world.settles()
    for word in ("draft", "similar", "plan", "resolve"):
        world.desk.jot(key, "alice", f"@countersign {word}")
        await world.settles()
    answered = {str(record.details["skill"]): record for record in await world.recorded("skill.answered")}
    assert {name: record.details["degraded"] for name, record in answered.items()} == dict.fromkeys(
        ("draft", "similar", "plan", "resolve"), ""
    )
    told = "\n".join(world.desk.notes(key))
    assert "Both say the same." in told
    assert "support desk, can be set back" in told
    assert "«Thanks, it works now»" in told
    assert len(world.desk.public(key)) == 2, "a draft is nobody's answer before somebody says yes"
    (closing,) = [item.text for item in world.items() if "Countersign, resolve (AI)" in item.text]
    assert "Status: Open → Resolved" in closing
    assert "Resolution: not set → Done" in closing
    assert await world.executed() == 0
