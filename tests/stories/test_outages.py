"""Something is away, late, doubled or lost; nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.runtime.poller import Poller
from sandbox.faults import Fault, FaultKind
from tests.stories.conftest import Begin, everywhere
from tests.stories.world import CHANNEL


@pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.RESET, FaultKind.HTML])
async def test_slack_is_down_when_the_card_should_go_up_and_there_is_one_later(
    begin: Begin, kind: FaultKind
) -> None:
    world = await begin("cloud")
    fault = world.slack.faults.add(Fault(kind, path="chat.postMessage", times=2))
    key = await world.ticket()
    assert world.note(key), "the ticket does not wait for Slack"
    assert world.cards() == []
    await world.skip(20)
    await world.skip(20)
    assert fault.hits == 2
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == "VPN"


async def test_slack_posts_a_card_and_its_answer_is_lost_so_both_copies_end_the_same(begin: Begin) -> None:
    world = await begin("cloud")
    world.slack.faults.add(Fault(FaultKind.LOST, path="chat.postMessage"))
    key = await world.ticket()
    await world.skip(20)
    first, second = world.cards()
    await first.click("Approve", by="alice")
    await world.settles()
    assert "Approved by Alice Moreau." in first.text
    assert "Approved by Alice Moreau." in second.text
    assert first.buttons == second.buttons == ["Undo"]
    assert len(world.desk.field_writes()) == 1
    assert world.desk.value(key) == "VPN"


async def test_slack_cannot_say_who_clicked_so_the_click_waits_and_counts_later(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket()
    world.slack.faults.add(Fault(FaultKind.STATUS, path="users.info", times=1))
    acked = await world.card().click("Approve", by="bob")
    await world.settles()
    assert acked.ok
    assert world.desk.value(key) == "-", "nobody is believed unseen"
    await world.skip(20)
    assert world.desk.value(key) == "VPN"
    assert len(world.desk.field_writes()) == 1


async def test_slack_is_down_after_the_click_and_the_card_catches_up(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket()
    world.slack.faults.add(Fault(FaultKind.STATUS, path="chat.update", times=-1))
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == "VPN", "the change does not wait for the card"
    assert "Approve" in world.card().buttons
    world.slack.faults.clear()
    await world.skip(20)
    assert "Approved by Alice Moreau." in world.card().text
    assert len(world.slack.world.messages(CHANNEL)) == 1


async def test_slack_says_slow_down_and_the_bot_does(begin: Begin) -> None:
    world = await begin("cloud")
    busy = Fault(FaultKind.STATUS, path="chat.postMessage", status=429, retry_after="30")
    world.slack.faults.add(busy)
    await world.ticket()
    await world.skip(25)
    assert world.cards() == [], "30 seconds are 30 seconds"
    await world.skip(35)
    assert world.card().buttons


@everywhere
async def test_the_bot_restarts_with_a_card_pending_and_the_click_works(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    await world.stop_bot()
    await world.start_bot()
    await world.settles()
    assert len(world.cards()) == 1, "it is not asked again"
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    assert len(world.desk.field_writes()) == 1
    assert len(await world.recorded("skill.finished")) == 1


async def test_a_ticket_that_came_while_the_bot_was_down_is_found_at_the_start(begin: Begin) -> None:
    world = await begin("cloud")
    await world.settles()
    await world.stop_bot()
    world.desk.deliveries.drop = 1
    key = world.desk.open("Cannot connect to VPN from home", "It says timeout.")
    await world.start_bot()
    await world.until(lambda: bool(world.desk.notes(key)))
    await world.settles()
    assert len(world.desk.notes(key)) == 1


@everywhere
async def test_a_lost_webhook_is_made_up_for_by_the_poller(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    world.desk.deliveries.drop = 1
    key = await world.ticket()
    assert world.desk.notes(key) == []
    bot = world.bot
    poller = Poller(bot.connectors[world.desk.name], bot.lanes, bot.redis, bot.clock)
    assert await poller.once() >= 1
    await world.settles()
    assert len(world.desk.notes(key)) == 1
    assert len(world.cards()) == 1
    await poller.once()
    await world.settles()
    assert len(world.desk.notes(key)) == 1, "looking again finds nothing new"
    assert len(world.cards()) == 1


@everywhere
async def test_deliveries_doubled_and_out_of_order_make_one_note_and_one_card(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    world.desk.deliveries.hold_back = 1
    world.desk.deliveries.duplicate = 3
    key = world.desk.open("Cannot connect to VPN from home", "It says timeout when I connect from home.")
    world.desk.reword(key, "Cannot connect to VPN from home any more")
    await world.settles()
    assert len(world.desk.notes(key)) == 1
    assert len(world.cards()) == 1
    assert len(await world.recorded("skill.finished")) == 1


@everywhere
async def test_the_answer_to_a_write_is_lost_and_it_is_done_exactly_once(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.vendor.faults.add(
        Fault(FaultKind.LOST, method=world.desk.write_method, path=world.desk.write_path)
    )
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "Not known yet" in world.card().text
    assert world.card().buttons == []
    await world.skip(150)
    assert "Done:" in world.card().text
    assert world.desk.value(key) == world.desk.sure
    assert len(world.desk.field_writes()) == 1, "it was there, so it is not sent again"
    assert len(await world.recorded("proposal.uncertain")) == 1
    assert await world.executed() == 1


@everywhere
async def test_a_write_that_never_arrived_is_sent_once_more(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.vendor.faults.add(
        Fault(FaultKind.RESET, method=world.desk.write_method, path=world.desk.write_path)
    )
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "Not known yet" in world.card().text
    assert world.desk.value(key) == world.desk.unset
    await world.skip(150)
    assert world.desk.value(key) == world.desk.sure
    assert "Done:" in world.card().text
    assert len(world.desk.field_writes()) == 2, "one was cut off, one landed"


@everywhere
async def test_a_write_that_twice_did_not_land_is_given_to_a_person(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    world.desk.vendor.faults.add(
        Fault(FaultKind.RESET, method=world.desk.write_method, path=world.desk.write_path, times=2)
    )
    await world.card().click("Approve", by="alice")
    await world.settles()
    await world.skip(150)
    await world.skip(150)
    await world.skip(150)
    assert "twice it did not land" in world.card().text
    assert world.desk.value(key) == world.desk.unset
    assert len(world.desk.field_writes()) == 2


@everywhere
async def test_the_vendor_says_yes_and_drops_the_field(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    world.desk.drop_writes()
    key = await world.ticket()
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "Not done:" in world.card().text
    assert "said yes" in world.card().text
    assert "A rule or a missing right may be why." in world.note(key)
    assert len(world.desk.field_writes()) == 1, "and it is not tried again"
    assert await world.executed() == 0


async def test_a_card_of_another_installation_is_answered_and_changes_nothing(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket()
    await world.stop_bot()
    other = f"{world.environment(world.plan)['REDIS_URL'].rpartition('=')[0]}=8"
    bot = await world.start_bot(env={"REDIS_URL": other})
    redis: Any = bot.redis
    await redis.flushdb()
    await bot.lanes.ensure_groups()
    await world.card().click("Approve", by="alice")
    await world.until(lambda: bool(world.told("alice")))
    assert world.told("alice") == [
        "This proposal is not known here. The card may belong to another installation."
    ]
    await world.card().click("Reject", by="alice")
    assert "may belong to another installation" in str(world.card().form("alice")["blocks"])
    assert "Approve" in world.card().buttons
    assert world.desk.value(key) == "-"
    await redis.flushdb()
