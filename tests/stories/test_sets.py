"""Two proposals for one ticket on one card, undo, standing permissions, stand-ins and the kill switch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.conftest import Begin
from tests.stories.tabs import Tab
from tests.stories.world import World


async def asked_twice(world: World) -> str:
    """A ticket for which the bot proposes fields and a reply."""
    return await world.ticket(*world.desk.answered)


@pytest.mark.parametrize("desk", ["cloud", "servicenow"])
@pytest.mark.parametrize("slack", ["socket", "http"])
async def test_one_click_carries_out_everything_on_the_card(begin: Begin, desk: str, slack: str) -> None:
    world = await begin(desk, slack=slack)
    key = await asked_twice(world)
    (card,) = world.cards()
    assert "Approve All 2" in card.buttons
    before = world.desk.public(key)
    await card.click("Approve All 2", by="bob")
    await world.settles()
    assert world.desk.value(key) != world.desk.unset
    assert len(world.desk.public(key)) == len(before) + 1
    assert await world.executed() == 2
    assert card.text.count("Approved by Bob Okafor.") == 2
    assert len(world.cards()) == 1


async def test_one_click_rejects_everything_and_nothing_is_proposed_again(begin: Begin) -> None:
    world = await begin("cloud")
    key = await asked_twice(world)
    await world.card().click("Reject All 2", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset
    assert len(await world.recorded("proposal.rejected")) == 2
    assert world.card().buttons == []


async def test_nobody_else_can_approve_all(begin: Begin) -> None:
    world = await begin("cloud")
    key = await asked_twice(world)
    await world.card().click("Approve All 2", by="carol")
    await world.settles()
    assert await world.executed() == 0
    assert world.desk.value(key) == world.desk.unset
    (told,) = world.told("carol")
    assert "You are not among the people who may approve this" in told


async def test_two_managers_press_for_all_at_once_and_each_change_happens_once(begin: Begin) -> None:
    world = await begin("cloud")
    await asked_twice(world)
    card = world.card()
    await card.click("Approve All 2", by="alice")
    await card.click("Approve All 2", by="bob", stale=True)
    await world.settles()
    assert await world.executed() == 2
    assert len(await world.recorded("proposal.approved")) == 2


async def test_after_enough_equal_approvals_no_card_is_needed_until_somebody_revokes_it(
    begin: Begin,
) -> None:
    world = await begin("cloud", ask="approvers: [U0ALICE], always_after: 2")
    for _ in range(2):
        await world.ticket()
        await world.cards()[-1].click("Approve", by="alice")
        await world.settles()
    newest = world.cards()[-1]
    await newest.click("Always Allow Exactly This", by="alice")
    await world.settles()
    assert "Always allowed from here on" in newest.text
    third = await world.ticket()
    assert world.desk.value(third) == world.desk.sure, "and nobody was asked"
    assert len(world.cards()) == 2
    tab = Tab(world, "alice")
    shown = await tab.opens()
    shape = shown.partition("grant:")[2][:24]
    await tab.presses("revoke", shape)
    assert len(await world.recorded("grant.revoked")) == 1
    fourth = await world.ticket()
    assert world.desk.value(fourth) == world.desk.unset
    assert len(world.cards()) == 3


async def test_a_stand_in_named_at_home_decides_and_the_record_says_for_whom(begin: Begin) -> None:
    world = await begin("cloud", ask="approvers: [U0ALICE]")
    tab = Tab(world, "alice")
    await tab.opens()
    until = (world.bot.clock.now() + timedelta(days=2)).date().isoformat()
    await tab.presses("set", stand_in="U0CAROL", until=until)
    key = await world.ticket()
    await world.card().click("Approve", by="carol")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    assert "Approved by Carol Nguyen" in world.card().text


async def test_the_kill_switch_by_hand_holds_what_was_approved_and_lets_it_go_on(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket()
    tab = Tab(world, "bob")
    await tab.types("stop connector jira the vendor drops fields")
    assert "Stopped: connector jira." in world.told("bob")[-1]
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset
    await tab.types("resume connector jira")
    assert "Resumed: connector jira." in world.told("bob")[-1]
    assert len(await world.recorded("stop.lifted")) == 1
