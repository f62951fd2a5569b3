"""Quorum, too few to decide, undo and *always allow exactly this*, pressed on real cards."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.dossier import Status, Tracked
from bot.core.effects import ShowCard
from bot.core.events import Escalated, Reminded
from bot.core.grants import shape
from bot.core.ids import EffectId
from sandbox.slack import SlackSandbox
from tests.bot.slack.office import ROOM, Office, office, shown
from tests.making import (
    ALICE,
    BOB,
    LOW,
    REF,
    asking,
    proposal,
    read,
    reply,
    rulebook,
    snapshot,
    ticket,
    unique,
)

WHAT = proposal()
NOTES = Rule(name="n", match=Match(action=NOTE_PATTERN), allow=True)


@asynccontextmanager
async def ruled(
    redis: Redis, prefix: str, slack: SlackSandbox, *approvers: str, **more: Any
) -> AsyncGenerator[Office]:
    """An office under one rule that asks."""
    rule = Rule(name="approvals[1]", match=Match(), ask=asking(*approvers, **more))
    async with office(redis, prefix, slack, rulebook(NOTES, rule, approvals_channel=ROOM)) as place:
        await place.comes_up()
        yield place


async def undo_of(place: Office) -> Tracked:
    dossier = await place.bench.happens()
    return next(each for each in dossier.tracked.values() if each.proposal.undoes is not None)


# -- votes


async def test_the_second_yes_of_two_carries_it_out_and_the_card_counts(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, ALICE, BOB, "U0CAROL", quorum=2) as place:
        card = await place.asks()
        assert "0 of 2 approved" in shown(card)
        await place.click("U0ALICE", card)
        now = shown(place.world.message(ROOM, card.ts))
        assert f"1 of 2 approved: {place.name('U0ALICE')}" in now
        assert "approval:approve" in now
        assert (await place.bench.of(WHAT)).status is Status.PENDING
        await place.click("U0ALICE", card)
        assert "Your approval is counted already." in place.whispers("U0ALICE")[0]
        await place.click("U0CAROL", card)
        assert (await place.bench.of(WHAT)).status is Status.APPROVED
        both = f"Approved by {place.name('U0ALICE')}, {place.name('U0CAROL')}."
        assert both in shown(place.world.message(ROOM, card.ts))


async def test_who_escalation_reaches_may_decide_and_only_then(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    more: dict[str, Any] = {"escalate_after_s": 3600.0, "escalate_to": ("U0CAROL",)}
    async with ruled(redis, prefix, slack, ALICE, **more) as place:
        card = await place.asks()
        await place.click("U0CAROL", card)
        assert (await place.bench.of(WHAT)).status is Status.PENDING
        event = Escalated(id=unique(), at=place.clock.now(), proposal=WHAT.id, revision=1)
        await place.bench.happens(event)
        await place.turns()
        now = shown(place.world.message(ROOM, card.ts))
        assert "Escalated" in now
        assert "U0CAROL" in now
        await place.click("U0CAROL", card)
        assert (await place.bench.of(WHAT)).status is Status.APPROVED


async def test_a_member_of_a_group_that_escalation_reaches_may_decide(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    more: dict[str, Any] = {"escalate_after_s": 3600.0, "escalate_to": ("S0DIRECTORS",)}
    slack.world.usergroups["S0DIRECTORS"].users[:] = ["U0CAROL"]
    async with ruled(redis, prefix, slack, ALICE, **more) as place:
        card = await place.asks()
        event = Escalated(id=unique(), at=place.clock.now(), proposal=WHAT.id, revision=1)
        await place.bench.happens(event)
        await place.turns()
        await place.click("U0CAROL", card)
        assert (await place.bench.of(WHAT)).status is Status.APPROVED


# -- too few


@pytest.mark.parametrize(
    ("approvers", "gone"),
    [((ALICE, "S0GONE"), True), ((ALICE, "U0GUEST"), False), ((ALICE, "U0GONE"), False), ((ALICE,), False)],
)
async def test_when_too_few_can_decide_the_card_says_so_and_what_to_mend(
    redis: Redis, prefix: str, slack: SlackSandbox, approvers: tuple[str, ...], *, gone: bool
) -> None:
    async with ruled(redis, prefix, slack, *approvers, quorum=2) as place:
        card = await place.asks()
        assert (await place.bench.of(WHAT)).too_few == 1
        now = shown(place.world.message(ROOM, card.ts))
        assert "Only 1 can decide, and 2 have to agree. Add approvers to approvals[1] in the policy" in now
        assert ("These groups do not exist any more, so nobody in them counts: S0GONE" in now) is gone
        records = [r for r in await place.bench.audit() if r.what == "proposal.too_few"]
        assert [r.details["can"] for r in records] == [1], "and it is reported once"


async def test_who_asked_does_not_count_under_four_eyes(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    mine = proposal(by=ALICE)
    async with ruled(redis, prefix, slack, ALICE) as place:
        await place.asks(mine)
        assert (await place.bench.of(mine)).too_few == 0


async def test_enough_who_can_decide_is_no_news(place: Office) -> None:
    card = await place.asks()
    assert (await place.bench.of(WHAT)).too_few is None
    assert "can decide" not in shown(place.world.message(ROOM, card.ts))


async def test_a_group_that_was_mended_takes_the_warning_away(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    slack.world.usergroups["S0DIRECTORS"].users.clear()
    async with ruled(redis, prefix, slack, "S0DIRECTORS") as place:
        card = await place.asks()
        assert "Only 0 can decide" in shown(place.world.message(ROOM, card.ts))
        place.world.set_usergroup("S0DIRECTORS", ["U0CAROL"])
        await place.world.settle()
        await place.turns()
        await place.click("U0CAROL", card)
        assert (await place.bench.of(WHAT)).status is Status.APPROVED


async def test_a_reminder_looks_again_whether_enough_can_decide(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, "S0DIRECTORS", remind_after_s=60.0) as place:
        await place.asks()
        assert (await place.bench.of(WHAT)).too_few is None
        place.world.usergroups["S0DIRECTORS"].users.clear()
        place.people.forget()
        event = Reminded(id=unique(), at=place.clock.now(), proposal=WHAT.id, revision=1)
        await place.bench.happens(event)
        await place.turns()
        assert (await place.bench.of(WHAT)).too_few == 0


# -- undo


async def test_undo_by_another_than_who_must_agree_is_put_to_others_and_ends_on_the_first_card(
    place: Office,
) -> None:
    card = await place.done()
    assert place.buttons(card) == ["Undo"]
    await place.click("U0ALICE", card, "approval:undo")
    assert "The undo needs somebody else's yes" in place.whispers("U0ALICE")[0]
    waiting = shown(place.world.message(ROOM, card.ts))
    assert "The undo was asked for and waits for an approval." in waiting
    assert place.buttons(card) == []
    back = await undo_of(place)
    (own,) = [m for m in place.world.messages(ROOM) if back.proposal.id in str(m.metadata)]
    assert "Undo a change to OPS-1?" in shown(own)
    await place.click("U0BOB", own)
    await place.carries_out(back.proposal)
    assert (await place.bench.of(WHAT)).status is Status.UNDONE
    after = shown(place.world.message(ROOM, card.ts))
    assert "Undone: Set Priority to High." in after
    assert f"Undone by {place.name('U0BOB')}." in after


async def test_an_undo_that_is_rejected_is_told_and_may_be_asked_again(place: Office) -> None:
    card = await place.done()
    await place.click("U0ALICE", card, "approval:undo")
    back = await undo_of(place)
    (own,) = [m for m in place.world.messages(ROOM) if back.proposal.id in str(m.metadata)]
    await place.click("U0BOB", own, "approval:reject")
    (view,) = place.world.open_views("U0BOB")
    await place.world.submit_view("U0BOB", view.id, {"reason": {"reason": "It is right."}})
    await place.turns()
    assert "The undo did not happen: It is right." in shown(place.world.message(ROOM, card.ts))
    assert place.buttons(card) == ["Undo"]


@pytest.mark.parametrize("user", ["U0CAROL", "U0GUEST", "U0STRANGER", "U0OTHERBOT"])
async def test_who_may_not_ask_for_an_undo_changes_nothing(place: Office, user: str) -> None:
    place.world.invite(ROOM, user)
    card = await place.done()
    await place.click(user, card, "approval:undo")
    assert (await place.bench.of(WHAT)).undone_by is None
    assert place.buttons(card) == ["Undo"]
    assert [r.actor for r in await place.bench.audit() if r.what == "click.refused"] == [f"slack:{user}"]


async def test_what_somebody_built_on_has_no_undo_button_and_an_old_one_does_nothing(place: Office) -> None:
    card = await place.done()
    await place.bench.happens(read(snapshot(ticket(priority=LOW)), at=place.clock.now()))
    await place.turns()
    assert place.buttons(card) == []
    assert "The ticket was changed since" in shown(place.world.message(ROOM, card.ts))
    await place.world.click("U0BOB", ROOM, card.ts, "approval:undo", stale=True)
    await place.turns()
    assert (await place.bench.of(WHAT)).undone_by is None
    assert "overwrite somebody else's work" in place.whispers("U0BOB")[0]


# -- always


async def test_after_enough_equal_approvals_the_card_offers_a_standing_permission(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, ALICE, BOB, always_after=2) as place:
        assert place.buttons(await place.done()) == ["Undo"]
        second = proposal(number=2)
        card = await place.done(second)
        assert place.buttons(card) == ["Undo", "Always Allow Exactly This"]
        await place.click("U0CAROL", card, "approval:always")
        assert "You are not among the people who may approve this" in place.whispers("U0CAROL")[0]
        assert await place.bench.grants.all() == ()
        await place.click("U0BOB", card, "approval:always")
        now = shown(place.world.message(ROOM, card.ts))
        assert "Always allowed from here on (revocable in the App Home)." in now
        assert place.buttons(card) == ["Undo"]
        (grant,) = await place.bench.grants.all()
        assert (grant.by, grant.shape) == (BOB, shape(WHAT.action, "OPS"))
        assert "grant.given" in [r.what for r in await place.bench.audit()]


async def test_no_standing_permission_is_offered_for_what_cannot_be_undone(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, ALICE, always_after=1) as place:
        text = proposal(reply(), last_public="", number=5)
        card = await place.asks(text)
        await place.click("U0ALICE", card)
        await place.carries_out(text)
        assert (await place.bench.of(text)).status is Status.EXECUTED
        assert place.buttons(card) == []


async def test_a_button_for_a_permission_that_is_not_offered_grants_nothing(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    """As if somebody had kept an old drawing, or the rule had changed since."""
    async with ruled(redis, prefix, slack, ALICE, always_after=3) as place:
        card = await place.done()
        for block in place.world.message(ROOM, card.ts).blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == "approval:undo":
                    element["action_id"] = "approval:always"
        await place.click("U0ALICE", card, "approval:always")
        assert await place.bench.grants.all() == ()
        assert "does not offer a standing permission" in place.whispers("U0ALICE")[0]


async def test_an_edited_change_offers_nothing_for_good(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, ALICE, always_after=1) as place:
        card = await place.asks()
        await place.click("U0ALICE", card, "approval:edit")
        (view,) = place.world.open_views("U0ALICE")
        await place.world.submit_view("U0ALICE", view.id, {"field:priority": {"pick": "=3"}})
        await place.turns()
        tracked = await place.bench.of(WHAT)
        assert tracked.edited
        await place.carries_out(tracked.proposal)
        assert place.buttons(card) == ["Undo"]


async def test_once_granted_another_card_of_the_same_change_does_not_offer_it_again(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, ALICE, always_after=1) as place:
        first, same = await place.done(), await place.done(proposal(number=2))
        assert "Always Allow Exactly This" in place.buttons(same)
        await place.click("U0ALICE", first, "approval:always")
        await place.cards.show(REF, ShowCard(EffectId("again#0"), proposal(number=2).id))
        assert "Always Allow Exactly This" not in place.buttons(same)


async def test_what_was_reported_is_not_reported_at_each_drawing(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with ruled(redis, prefix, slack, ALICE, quorum=2) as place:
        await place.asks()
        assert (await place.bench.of(WHAT)).too_few == 1
        assert await place.cards.show(REF, ShowCard(EffectId("again#0"), WHAT.id)) == ()
