"""Several have to agree, nobody does for a while, and what was done is set back."""

from __future__ import annotations

from tests.stories.conftest import Begin, everywhere

TWO = "approvers: [U0ALICE, U0BOB], quorum: 2"
PATIENT = (
    "approvers: [U0ALICE], on_duty: [U0ALICE], remind_after: 30m, "
    "escalate: {after: 2h, to: [U0BOB]}, expires_after: 8h"
)
BY_ONESELF = "  - match: {undo: true}\n    ask: {approvers: [U0ALICE, U0BOB], four_eyes: false}\n"
"""An undo needs one yes, which may be the asker's."""
MINUTE = 60.0


@everywhere
async def test_two_have_to_agree_and_the_first_alone_changes_nothing(begin: Begin, desk: str) -> None:
    world = await begin(desk, ask=TWO)
    key = await world.ticket()

    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset
    assert "1 of 2" in world.card().text
    assert "Alice Moreau" in world.card().text

    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset, "one person, one voice"
    assert "counted already" in world.told("alice")[-1]

    await world.card().click("Approve", by="bob")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    assert len(world.desk.field_writes()) == 1
    assert "Alice Moreau" in world.card().text
    assert "Bob" in world.card().text


async def test_nobody_decides_so_they_are_reminded_and_then_others_may(begin: Begin) -> None:
    world = await begin("cloud", ask=PATIENT)
    key = await world.ticket()
    asked = len(world.told("alice"))
    assert asked == 1, "who is on duty hears of it"

    await world.card().click("Approve", by="bob")
    await world.settles()
    assert "not among the people who may approve" in world.told("bob")[-1]

    await world.skip(31 * MINUTE)
    assert len(world.told("alice")) == asked + 1
    assert "still waits" in world.told("alice")[-1]

    before = len(world.told("bob"))
    await world.skip(121 * MINUTE)
    assert len(world.told("bob")) == before + 1
    assert "you may decide as well" in world.told("bob")[-1]
    await world.card().click("Approve", by="bob")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    kinds = [record.what for record in await world.audit()]
    assert kinds.index("proposal.reminded") < kinds.index("proposal.escalated")


@everywhere
async def test_one_click_sets_it_back(begin: Begin, desk: str) -> None:
    world = await begin(desk, rules=BY_ONESELF)
    key = await world.ticket()
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure

    await world.card().click("Undo", by="bob")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset
    assert len(world.desk.field_writes()) == 2
    assert world.card().buttons == []
    assert "undone" in world.card().text.lower()
    undone = await world.recorded("proposal.undone")
    assert [record.actor for record in undone] == ["slack:U0BOB"]


@everywhere
async def test_what_a_person_has_changed_since_is_not_set_back(begin: Begin, desk: str) -> None:
    world = await begin(desk, rules=BY_ONESELF)
    key = await world.ticket()
    await world.card().click("Approve", by="alice")
    await world.settles()
    world.desk.set(key, "bob", world.desk.other)
    await world.settles()
    assert world.card().buttons == [], "there is nothing to be set back any more"
    await world.card().click("Undo", by="bob", stale=True)
    await world.settles()
    assert world.desk.value(key) == world.desk.other
    assert len(world.desk.field_writes()) == 1
    assert "changed again since" in world.told("bob")[-1]


async def test_under_four_eyes_an_undo_needs_somebody_else(begin: Begin) -> None:
    world = await begin("cloud", ask="approvers: [U0ALICE, U0BOB]")
    key = await world.ticket()
    await world.card().click("Approve", by="alice")
    await world.settles()
    await world.card().click("Undo", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    assert "somebody else" in world.told("alice")[-1]
    asked = world.cards()[-1]
    await asked.click("Approve", by="bob")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset


async def test_of_two_questions_on_one_card_each_is_answered_by_itself(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket(*world.desk.answered)
    assert len(world.cards()) == 1, "one ticket, one card"
    await world.fields_card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.is_by_us(key)
    assert world.desk.public(key) == []
    await world.reply_card().click("Reject", by="alice")
    await world.reply_card().submit(by="alice", reason="I will call her.")
    await world.settles()
    assert world.desk.public(key) == []
    assert "I will call her." in world.card().text
    assert len(world.cards()) == 1


async def test_what_was_allowed_for_good_needs_no_card_until_it_is_revoked(begin: Begin) -> None:
    world = await begin("cloud", ask="approvers: [U0ALICE], always_after: 2")
    for _ in range(2):
        await world.ticket()
        await world.cards()[-1].click("Approve", by="alice")
        await world.settles()
    last = world.cards()[-1]
    assert "Always" in " ".join(last.buttons)
    await last.click(next(label for label in last.buttons if "Always" in label), by="alice")
    await world.settles()
    cards = len(world.cards())
    key = await world.ticket()
    assert world.desk.value(key) == world.desk.sure, "it went ahead by itself"
    assert len(world.cards()) == cards
    (granted,) = await world.recorded("grant.given")
    assert granted.actor == "slack:U0ALICE"
