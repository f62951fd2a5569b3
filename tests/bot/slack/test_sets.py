"""Several proposals on one card, through Slack's own framework: one click for all is one answer each."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from approvals.clicks import ITEMS_MAX
from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.actions import Proposal
from bot.core.dossier import Status
from bot.core.effects import Ping, ShowCard
from bot.core.errors import Retry
from bot.core.events import CardShown
from bot.core.ids import EffectId
from sandbox.faults import Fault, FaultKind
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message
from tests.bot.slack.office import ROOM, Office, office, shown, until
from tests.making import HIGH, REF, asking, finished, proposal, read, reply, rulebook, set_fields

ONE = proposal(set_fields(priority=HIGH), number=1)
TWO = proposal(set_fields(labels=HIGH), number=2)
TEXT = proposal(reply(), last_public="", number=3)
THREE = proposal(set_fields(component=HIGH), number=4)
NOTES = Rule(name="n", match=Match(action=NOTE_PATTERN), allow=True)


async def where(place: Office, *of: Proposal) -> list[Status]:
    return [(await place.bench.of(each)).status for each in of]


async def test_proposals_that_come_together_share_one_message(place: Office) -> None:
    card = await place.asks_for(ONE, TWO, TEXT)
    assert len(place.world.messages(ROOM)) == 1
    assert "Approve 3 changes to OPS-1?" in shown(card)
    assert (await place.bench.of(TWO)).cards == ()
    assert [at.ts for at in (await place.bench.of(ONE)).cards] == [card.ts]


async def test_each_is_decided_by_itself_and_the_one_message_shows_both(place: Office) -> None:
    card = await place.asks_for(ONE, TWO)
    await place.click("U0ALICE", card, value=f"{TWO.id}|1")
    assert await where(place, ONE, TWO) == [Status.PENDING, Status.APPROVED]
    now = shown(place.world.message(ROOM, card.ts))
    assert f"Approved by {place.name('U0ALICE')}" in now
    assert f"{ONE.id}|1" in now
    assert f"{TWO.id}|1" not in now
    assert "approval:approve_all" not in now
    assert len(place.world.messages(ROOM)) == 1


@pytest.mark.parametrize(
    ("action", "status", "record"),
    [
        ("approval:approve_all", Status.APPROVED, "proposal.approved"),
        ("approval:reject_all", Status.REJECTED, "proposal.rejected"),
    ],
)
async def test_one_click_for_all_is_one_answer_each(
    place: Office, action: str, status: Status, record: str
) -> None:
    card = await place.asks_for(ONE, TWO, TEXT)
    acked = await place.click("U0BOB", card, action)
    assert acked.ok
    assert await where(place, ONE, TWO, TEXT) == [status] * 3
    records = [r for r in await place.bench.audit() if r.what == record]
    assert len({r.event for r in records}) == 3
    assert {r.actor for r in records} == {"slack:U0BOB"}
    assert not place.whispers("U0BOB")


async def test_the_same_click_for_all_delivered_again_changes_nothing(place: Office) -> None:
    card = await place.asks_for(ONE, TWO)
    acked = await place.click("U0ALICE", card, "approval:approve_all")
    await place.slack.deliveries.ask("interactive", acked.payload)
    await place.turns()
    assert [r.what for r in await place.bench.audit()].count("proposal.approved") == 2
    assert not place.whispers("U0ALICE")


async def test_what_was_decided_meanwhile_stays_and_the_rest_goes_through(place: Office) -> None:
    card = await place.asks_for(ONE, TWO, TEXT)
    await place.click("U0BOB", card, value=f"{TWO.id}|1")
    acked = await place.world.click("U0ALICE", ROOM, card.ts, "approval:reject_all", stale=True)
    assert acked.ok
    await place.turns()
    assert await where(place, ONE, TWO, TEXT) == [Status.REJECTED, Status.APPROVED, Status.REJECTED]


async def test_a_stranger_to_the_rule_is_told_once_and_not_once_for_each(place: Office) -> None:
    card = await place.asks_for(ONE, TWO, TEXT)
    await place.click("U0CAROL", card, "approval:approve_all")
    assert len(place.whispers("U0CAROL")) == 1
    assert await where(place, ONE, TWO, TEXT) == [Status.PENDING] * 3
    assert [r.what for r in await place.bench.audit()].count("click.refused") == 3, "and each is on record"
    await place.click("U0CAROL", card, "approval:approve_all")
    assert len(place.whispers("U0CAROL")) == 2, "another click is another answer"


async def test_different_problems_of_one_click_are_all_told(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    hers = Rule(name="a", match=Match(field="priority"), ask=asking("U0ALICE"))
    bobs = Rule(name="b", match=Match(), ask=asking("U0BOB"))
    async with office(redis, prefix, slack, rulebook(NOTES, hers, bobs, approvals_channel=ROOM)) as place:
        await place.comes_up()
        card = await place.asks_for(ONE, TWO, TEXT)
        await place.click("U0ALICE", card, "approval:approve_all")
        assert await where(place, ONE, TWO, TEXT) == [Status.APPROVED, Status.PENDING, Status.PENDING]
        (told,) = place.whispers("U0ALICE")
        assert "<@U0BOB>" in told
        await place.click("U0CAROL", card, "approval:reject_all")
        assert len(place.whispers("U0CAROL")) == 1, "only what waits is on the button by now"


async def test_an_old_drawing_of_the_set_approves_none_that_has_changed(place: Office) -> None:
    card = await place.asks_for(ONE, TWO)
    two = await place.bench.of(TWO)
    await place.bench.becomes((await place.bench.happens()).put(replace(two, revision=2)))
    await place.click("U0ALICE", card, "approval:approve_all")
    assert await where(place, ONE, TWO) == [Status.APPROVED, Status.PENDING]
    assert "has changed since the card was drawn" in place.whispers("U0ALICE")[0]
    assert f"{TWO.id}|2" in shown(place.world.message(ROOM, card.ts)), "and it is drawn again"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        f"{ONE.id}|1,",
        f"{ONE.id}|1,{ONE.id}|1",
        f"{ONE.id}|1 ,{TWO.id}|1",
        f"{ONE.id}|1;{TWO.id}|1",
        ",".join(f"p{n:031x}|1" for n in range(ITEMS_MAX + 1)),
    ],
)
async def test_a_value_for_all_that_was_cut_or_edited_does_nothing(place: Office, value: str) -> None:
    card = await place.asks_for(ONE, TWO)
    place.tamper(card, "approval:approve_all", value)
    acked = await place.click("U0ALICE", card, "approval:approve_all")
    assert acked.ok
    assert await where(place, ONE, TWO) == [Status.PENDING] * 2
    assert "older version" in place.whispers("U0ALICE")[0]


async def test_several_on_the_button_for_one_is_not_taken(place: Office) -> None:
    card = await place.asks_for(ONE, TWO)
    place.tamper(card, "approval:approve", f"{ONE.id}|1,{TWO.id}|1")
    await place.click("U0ALICE", card, "approval:approve", value=f"{ONE.id}|1,{TWO.id}|1")
    assert await where(place, ONE, TWO) == [Status.PENDING] * 2
    assert "older version" in place.whispers("U0ALICE")[0]


async def test_one_we_do_not_know_is_said_and_the_other_still_counts(place: Office) -> None:
    card = await place.asks_for(ONE, TWO)
    place.tamper(card, "approval:approve_all", f"{ONE.id}|1,p{'f' * 31}|1")
    await place.click("U0ALICE", card, "approval:approve_all")
    assert await where(place, ONE, TWO) == [Status.APPROVED, Status.PENDING]
    assert "not known here" in place.whispers("U0ALICE")[0]


# -- partial failure


async def ran_in_part(place: Office) -> Message:
    """A set of three of which the second could not be done."""
    card = await place.asks_for(ONE, TWO, THREE)
    await place.click("U0ALICE", card, "approval:approve_all")
    await place.carries_out(ONE)
    await place.carries_out(TWO, fails="Field cannot be set.")
    assert "approval:undo" in shown(place.world.message(ROOM, card.ts))
    assert "Undo What Was Done" not in place.buttons(card), "something still runs"
    await place.carries_out(THREE)
    return place.world.message(ROOM, card.ts)


async def test_after_a_partial_failure_one_click_sets_back_what_ran(place: Office) -> None:
    card = await ran_in_part(place)
    assert "Not everything ran. Done: 1, 3. Not done: 2." in shown(card)
    await place.click("U0BOB", card, "approval:undo", value=f"{ONE.id}|1,{THREE.id}|1")
    asked_for = [(await place.bench.of(each)).undone_by for each in (ONE, TWO, THREE)]
    assert [bool(each) for each in asked_for] == [True, False, True]
    assert "The undo was asked for and waits for an approval." in shown(place.world.message(ROOM, card.ts))
    assert "Undo What Was Done" not in place.buttons(card)
    assert len(place.whispers("U0BOB")) == 1, "that others have been asked is said once"


async def test_each_of_them_can_also_be_set_back_alone(place: Office) -> None:
    card = await ran_in_part(place)
    await place.click("U0BOB", card, "approval:undo", value=f"{THREE.id}|1")
    asked_for = [(await place.bench.of(each)).undone_by for each in (ONE, TWO, THREE)]
    assert [bool(each) for each in asked_for] == [False, False, True]


async def test_all_details_show_every_item_also_those_the_card_has_no_room_for(place: Office) -> None:
    many = [proposal(set_fields(**{f"f{n}": HIGH}), number=n) for n in range(10, 25)]
    card = await place.asks_for(*many)
    assert place.buttons(card).count("Approve") == 12
    await place.click("U0CAROL", card, "approval:details_all")
    (view,) = place.world.open_views("U0CAROL")
    seen = str(view.body)
    while any("Next Page" in str(block) for block in view.body["blocks"]):
        onward = next(b["block_id"] for b in view.body["blocks"] if "Next Page" in str(b))
        await place.world.click_in_view("U0CAROL", view.id, "approval:more", block_id=onward)
        (view,) = place.world.open_views("U0CAROL")
        seen += str(view.body)
    assert all(each.id in seen for each in many)
    assert await where(place, *many) == [Status.PENDING] * len(many)


# -- many orders for one card


def updates(place: Office) -> int:
    return len([each for each in place.slack.exchanges if each.path == "/api/chat.update"])


def order(number: int) -> ShowCard:
    return ShowCard(EffectId(f"order{number}#0"), ONE.id)


async def test_many_orders_for_a_card_that_shows_it_already_cost_no_update(place: Office) -> None:
    card = await place.asks_for(ONE, TWO)
    await place.click("U0BOB", card, value=f"{TWO.id}|1")
    before = updates(place)
    for number in range(12):
        assert await place.cards.show(REF, order(number)) == ()
        assert await place.another_replica().show(REF, order(number)) == ()
    assert updates(place) == before


async def test_a_card_whose_update_was_cut_off_is_updated_again(place: Office) -> None:
    """Slack may have done it, or not: what is there is not known, so the same is sent once more."""
    card = await place.asks_for(ONE, TWO)
    await place.click("U0BOB", card, value=f"{TWO.id}|1")
    one = await place.bench.of(ONE)
    await place.bench.becomes((await place.bench.happens()).put(replace(one, revision=2)))
    place.slack.faults.add(Fault(FaultKind.RESET, path="chat.update"))
    with pytest.raises(Retry):
        await place.cards.show(REF, order(1))
    assert f"{ONE.id}|2" not in shown(place.world.message(ROOM, card.ts))
    await place.cards.show(REF, order(1))
    assert f"{ONE.id}|2" in shown(place.world.message(ROOM, card.ts))


async def test_an_older_drawing_that_lands_on_top_of_a_newer_one_is_drawn_over(place: Office) -> None:
    """Two replicas: one is held up on its way to Slack while the other has seen the click."""
    card = await place.asks_for(ONE, TWO)
    slow = place.slack.faults.add(Fault(FaultKind.LATENCY, path="chat.update", seconds=0.3))
    late = asyncio.create_task(place.another_replica().show(REF, order(1)))
    await until(lambda: slow.hits > 0)
    await place.click("U0ALICE", card, "approval:approve_all")
    assert place.buttons(card) == []
    await late
    assert place.buttons(card) == [], "and not what it was before the click"
    assert "approval:approve" not in shown(place.world.message(ROOM, card.ts))


async def test_a_card_is_reported_although_it_changed_and_slack_went_away_while_it_was_put_up(
    place: Office,
) -> None:
    place.slack.faults.add(Fault(FaultKind.STATUS, path="chat.update", status=503, times=-1))
    post = place.slack.faults.add(Fault(FaultKind.LATENCY, path="chat.postMessage", seconds=0.2))
    now = place.clock.now()
    await place.bench.happens(read(at=now), finished(ONE, TWO, at=now, findings=()))
    showing = asyncio.create_task(place.cards.show(REF, order(1)))
    await until(lambda: post.hits > 0)
    two = await place.bench.of(TWO)
    await place.bench.becomes((await place.bench.happens()).put(replace(two, revision=2)))
    events = await showing
    assert [type(each) for each in events] == [CardShown]
    assert len(place.world.messages(ROOM)) == 1


# -- who is told of a card


async def test_a_set_is_one_card_so_who_is_on_duty_is_written_to_once(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    duty = Rule(name="approvals[1]", match=Match(), ask=asking("U0ALICE", on_duty=("U0ALICE", "U0BOB")))
    async with office(redis, prefix, slack, rulebook(NOTES, duty, approvals_channel=ROOM)) as place:
        await place.comes_up()
        await place.asks_for(ONE, TWO, THREE)
        for user in ("U0ALICE", "U0BOB"):
            (message,) = place.directly(user)
            assert "waits for a decision" in message.text
            assert "More that waits on the same card: 2." in message.text


async def remind(place: Office, what: Proposal, number: int) -> None:
    order = Ping(EffectId(f"remind{number}#0"), what.id, ("U0ALICE",), "ping.reminded", {"says": what.says})
    await place.cards.ping(REF, order)


async def test_what_waits_on_one_card_is_reminded_of_once_and_by_a_repeated_order_no_second_time(
    place: Office,
) -> None:
    await place.asks_for(ONE, TWO)
    for number, what in enumerate((ONE, TWO, ONE)):
        await remind(place, what, number % 2)
    assert len(place.directly("U0ALICE")) == 1


async def test_a_reminder_that_slack_did_not_take_is_sent_again_and_by_the_same_order(place: Office) -> None:
    await place.asks_for(ONE, TWO)
    place.slack.faults.add(Fault(FaultKind.STATUS, path="chat.postMessage", status=503))
    with pytest.raises(Retry):
        await remind(place, ONE, 0)
    await remind(place, TWO, 1)
    assert place.directly("U0ALICE") == [], "the other order is on it"
    await remind(place, ONE, 0)
    assert len(place.directly("U0ALICE")) == 1


async def test_who_has_agreed_to_one_is_still_reminded_of_the_other(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    both = Rule(name="approvals[1]", match=Match(), ask=asking("U0ALICE", "U0BOB", quorum=2))
    async with office(redis, prefix, slack, rulebook(NOTES, both, approvals_channel=ROOM)) as place:
        await place.comes_up()
        card = await place.asks_for(ONE, TWO)
        await place.click("U0ALICE", card, value=f"{ONE.id}|1")
        await remind(place, ONE, 0)
        assert place.directly("U0ALICE") == []
        await remind(place, TWO, 1)
        assert len(place.directly("U0ALICE")) == 1


async def test_what_was_put_to_people_again_is_told_again(place: Office) -> None:
    await place.asks_for(ONE, TWO)
    await remind(place, ONE, 0)
    later = replace(await place.bench.of(TWO), asked_at=place.clock.now(), revision=2)
    await place.bench.becomes((await place.bench.happens()).put(later))
    await remind(place, TWO, 1)
    assert len(place.directly("U0ALICE")) == 2
