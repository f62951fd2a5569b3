"""The world moves on between the card and the click: what was approved no longer applies, and says so."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Begin, everywhere


@everywhere
async def test_a_person_sets_the_field_before_the_click(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.set(key, "bob", world.desk.other)
    await world.settles()
    first = world.cards()[0]
    assert "No longer applies" in first.text
    assert world.desk.other in first.text, "the card says what changed"
    assert first.buttons == []

    await first.click("Approve", by="alice", stale=True)
    await world.settles()
    assert world.told("alice") == ["Already no longer applicable. Nothing more happened."]
    assert world.desk.value(key) == world.desk.other, "what a person set stays"
    assert not world.desk.field_writes()


@everywhere
async def test_a_person_sets_the_field_and_nobody_told_us_before_the_write(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.deliveries.drop = 1
    world.desk.set(key, "bob", world.desk.other)
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "No longer applies" in world.card().text
    assert world.desk.other in world.card().text
    assert world.desk.value(key) == world.desk.other
    assert not world.desk.field_writes()
    assert await world.executed() == 0


@everywhere
async def test_a_person_answers_first_and_the_bot_is_silent(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = world.desk.open(*world.desk.answered)
    world.desk.answer(key, "alice", "I am looking at it, Dan.")
    await world.settles()
    assert world.desk.notes(key) == []
    assert world.cards() == []
    assert world.desk.writes() == []
    assert world.slack.world.ephemerals("U0ALICE") == []


@pytest.mark.parametrize("desk", ["cloud", "servicenow"])
async def test_a_person_answers_later_and_the_drafted_reply_is_void(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket(*world.desk.answered)
    reply = world.reply_card()
    world.desk.answer(key, "alice", "Please restart the client, Dan.")
    await world.settles()
    assert "No longer applies" in reply.text
    assert reply.buttons == []
    await reply.click("Post Reply", by="alice", stale=True)
    await world.settles()
    assert world.desk.public(key) == ["Please restart the client, Dan."]


@pytest.mark.parametrize("desk", ["cloud", "servicenow"])
async def test_a_message_arrives_unheard_and_the_approved_reply_is_not_sent(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket(*world.desk.answered)
    reply = world.reply_card()
    world.desk.deliveries.drop = 1
    world.desk.answer(key, "bob", "Solved by phone.")
    await reply.click("Post Reply", by="alice")
    await world.settles()
    assert world.desk.public(key) == ["Solved by phone."]
    assert "There is a newer message to or from the requester." in reply.text


@everywhere
async def test_nobody_decides_in_time_and_a_late_click_changes_nothing(begin: Begin, desk: str) -> None:
    world = await begin(desk, ask="approvers: [U0ALICE], expires_after: 1h")
    key = await world.ticket()
    await world.skip(2 * 3600)
    assert "Nobody decided in time" in world.card().text
    assert world.card().buttons == []
    await world.card().click("Approve", by="alice", stale=True)
    await world.settles()
    assert world.told("alice") == ["Already expired. Nothing more happened."]
    assert world.desk.value(key) == world.desk.unset
    assert not world.desk.field_writes()
    assert not await world.recorded("proposal.rejected"), "a time-out is not a no of anybody's"


@everywhere
async def test_a_deleted_ticket_takes_its_card_along(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.delete(key)
    await world.settles()
    assert "The ticket is gone." in world.card().text
    assert world.card().buttons == []


@everywhere
async def test_a_ticket_is_deleted_unheard_and_an_approval_fails_in_words(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    before = len(world.desk.writes())
    world.desk.deliveries.drop = 1
    world.desk.delete(key)
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "Approved by Alice Moreau, but:" in world.card().text
    assert len(world.desk.writes()) == before


@everywhere
async def test_a_ticket_closed_by_hand_takes_its_card_along(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.close(key)
    await world.settles()
    assert "The ticket is closed." in world.card().text
    assert world.desk.value(key) == world.desk.unset
    assert len(world.cards()) == 1, "nothing new is asked about a closed ticket"


@everywhere
async def test_the_requester_rewords_the_ticket_and_a_new_card_replaces_the_old_one(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.reword(key, "Cannot connect to VPN from home since the update")
    await world.settles()
    old, new = world.cards()
    assert "The summary or the description was changed." in old.text
    assert old.buttons == []
    await new.click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    assert len(world.desk.field_writes()) == 1
