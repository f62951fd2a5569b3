"""A ticket comes in, a card asks, people decide."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.jira import openapi_judge
from tests.sandbox.slack import contract_judge
from tests.stories.conftest import Begin, everywhere


@everywhere
@pytest.mark.parametrize("slack", ["socket", "http"])
async def test_a_manager_approves_and_the_ticket_changes_once(begin: Begin, desk: str, slack: str) -> None:
    world = await begin(desk, slack=slack)
    key = await world.ticket()
    assert world.desk.value(key) == world.desk.unset, "nothing changes before somebody agrees"
    assert world.desk.sure in world.card().text
    assert f"Waiting for a decision in Slack: {_says(world.card().text)}" in world.note(key)

    await world.card().click("Approve", by="alice")
    await world.settles()

    assert world.desk.value(key) == world.desk.sure
    assert world.desk.is_by_us(key)
    assert len(world.desk.field_writes()) == 1
    assert "Approved by Alice Moreau." in world.card().text
    assert world.card().buttons == ["Undo"], "nothing is left to decide, and it can be set back"
    assert "Approved by Alice Moreau." in world.note(key)
    assert world.desk.public(key) == [], "the requester saw nothing of all this"
    assert world.told("alice") == []
    approved = await world.recorded("proposal.approved")
    assert [record.actor for record in approved] == ["slack:U0ALICE"]


@everywhere
async def test_what_the_bot_itself_does_starts_nothing(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    await world.card().click("Approve", by="alice")
    await world.settles()
    before = len(world.desk.writes()), len(world.slack.exchanges), len(world.desk.notes(key))
    await world.skip(30)
    assert (len(world.desk.writes()), len(world.slack.exchanges), len(world.desk.notes(key))) == before
    assert len(await world.recorded("skill.finished")) == 1
    assert len(await world.heard()) == 1, "our own echoes are no news"
    # A journal cannot be edited: the note, the mark that came with the change, and its outcome.
    assert len(world.desk.notes(key)) == (3 if desk == "servicenow" else 1)


async def test_every_request_of_a_whole_loop_is_one_the_vendors_documents_know(begin: Begin) -> None:
    world = await begin("cloud")
    await world.ticket(*world.desk.answered)
    fields, reply = world.fields_card(), world.reply_card()
    await fields.click("Edit", by="bob")
    await fields.submit(by="bob", components="Network")
    await world.settles()
    await reply.click("Details", by="alice")
    await reply.click("Post Reply", by="alice")
    await world.settles()
    assert openapi_judge.assert_valid(world.desk.vendor.exchanges) > 10
    assert contract_judge.assert_valid(world.slack.exchanges) > 8


@everywhere
async def test_a_rejection_keeps_its_reason_and_the_proposal_does_not_come_back(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    key = await world.ticket()
    card = world.card()
    await card.click("Reject", by="alice")
    await card.submit(by="alice", reason="Bob looks after this one.")
    await world.settles()
    assert "Rejected by Alice Moreau" in card.text
    assert "Bob looks after this one." in card.text
    assert "Bob looks after this one." in world.note(key)

    world.desk.reword(key, "Something else altogether")
    await world.settles()
    world.desk.reword(key, "Cannot connect to VPN from home")
    await world.settles()

    assert await world.recorded("proposal.withheld"), "the same was wished for again"
    assert all(not each.buttons for each in world.cards()), "and nobody is asked again"
    assert world.desk.value(key) == world.desk.unset
    assert world.desk.field_writes() == []


@pytest.mark.parametrize("desk", ["cloud", "servicenow"])
async def test_a_reply_is_edited_and_exactly_the_edited_text_is_posted(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket(*world.desk.answered)
    reply = world.reply_card()
    assert world.desk.answer_starts in reply.text
    await reply.click("Edit", by="alice")
    await reply.submit(by="alice", text="Hello Dan,\n\nplease restart the client. [More|http://x.example]")
    await world.settles()

    said = world.desk.public(key)
    assert len(said) == 1
    assert "please restart the client." in said[0]
    assert world.desk.answer_starts not in said[0]
    assert "edited before approval" in reply.text
    assert "Approved by Alice Moreau." in reply.text
    assert [r.actor for r in await world.recorded("proposal.edited")] == ["slack:U0ALICE"]


@everywhere
async def test_a_field_is_edited_with_the_values_that_may_be_set_right_now(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    card = world.card()
    await card.click("Edit", by="alice")
    await card.submit(by="alice", **{world.desk.field: world.desk.other})
    await world.settles()
    assert world.desk.value(key) == world.desk.other
    assert len(world.desk.field_writes()) == 1
    assert world.desk.other in card.text
    assert "edited before approval" in card.text


async def test_an_empty_reply_stays_in_its_form_and_nothing_is_posted(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket(*world.desk.answered)
    reply = world.reply_card()
    await reply.click("Edit", by="alice")
    refused = await reply.submit(by="alice", text="   ")
    assert refused.errors == {"text": "Write the reply, or cancel and reject."}
    await world.settles()
    assert world.desk.public(key) == []
    assert "Post Reply" in reply.buttons


@everywhere
async def test_a_bystanders_click_is_answered_privately_and_takes_nothing_from_the_approvers(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    key = await world.ticket()
    drawn = world.card().text
    await world.card().click("Approve", by="carol")
    await world.settles()
    (told,) = world.told("carol")
    assert "You are not among the people who may approve this: <@U0ALICE> <!subteam^S0MANAGERS>" in told
    assert world.card().text == drawn
    assert world.desk.value(key) == world.desk.unset
    assert [r.because for r in await world.recorded("click.refused")] == ["refused.not_approver"]

    await world.card().click("Approve", by="bob")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure, "Bob is in the group"


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("guest", "Guests may not approve changes."),
        ("stranger", "Only people of this workspace may approve changes."),
        ("otherbot", "Bots may not approve changes."),
    ],
)
async def test_nobody_but_living_colleagues_may_approve_whatever_the_policy_says(
    begin: Begin, person: str, words: str
) -> None:
    world = await begin("cloud", ask="approvers: [U0GUEST, U0STRANGER, U0GONE, U0OTHERBOT, U0ALICE]")
    key = await world.ticket()
    for button in ("Approve", "Reject"):
        await world.card().click(button, by=person)
        if button == "Reject":
            await world.card().submit(by=person, reason="no")
        await world.settles()
    assert set(world.told(person)) == {words}
    assert "Approve" in world.card().buttons
    assert world.desk.field_writes() == []
    assert world.desk.value(key) == world.desk.unset


async def test_a_deactivated_account_may_not_approve_and_nobody_has_to_be_told(begin: Begin) -> None:
    world = await begin("cloud", ask="approvers: [U0GONE, U0ALICE]")
    key = await world.ticket()
    await world.card().click("Approve", by="gone")
    await world.settles()
    assert [r.because for r in await world.recorded("click.refused")] == ["refused.gone"]
    assert world.desk.value(key) == world.desk.unset
    assert "Approve" in world.card().buttons


async def test_somebody_who_left_the_group_meanwhile_may_not_approve(begin: Begin) -> None:
    world = await begin("cloud", ask="approvers: [S0MANAGERS]")
    key = await world.ticket()
    world.slack.world.set_usergroup("S0MANAGERS", ["U0ALICE"])
    await world.settles()
    await world.card().click("Approve", by="bob")
    await world.settles()
    assert "You are not among the people" in world.told("bob")[0]
    assert world.desk.value(key) == world.desk.unset


@everywhere
async def test_two_people_click_at_once_and_there_is_one_write(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await world.ticket()
    card = world.card()
    await asyncio.gather(*[card.click("Approve", by=who) for who in ("alice", "bob", "alice")])
    await world.settles()
    assert len(world.desk.field_writes()) == 1
    assert world.desk.value(key) == world.desk.sure
    late = [*world.told("alice"), *world.told("bob")]
    assert len(late) == 2
    assert all(text.startswith("Already approved") for text in late)
    assert len(await world.recorded("proposal.approved")) == 1


async def test_one_approves_while_another_has_the_edit_form_open(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket()
    card = world.card()
    await card.click("Edit", by="bob")
    await world.settles()
    await card.click("Approve", by="alice")
    await world.settles()
    await card.submit(by="bob", components="Network")
    await world.settles()
    assert world.desk.value(key) == "VPN"
    assert world.told("bob") == ["Already approved and done by Alice Moreau. Nothing more happened."]
    await card.click("Edit", by="bob", stale=True)
    assert "Already approved and done by Alice Moreau" in str(card.form("bob")["blocks"])


async def test_without_a_channel_the_card_comes_to_each_approver_directly(begin: Begin) -> None:
    world = await begin("cloud", channel="")
    key = await world.ticket()
    assert world.cards() == []
    alice, bob = world.direct_card("alice"), world.direct_card("bob")
    await bob.click("Approve", by="bob")
    await world.settles()
    assert world.desk.value(key) == "VPN"
    assert "Approved by Bob Okafor." in alice.text, "every copy tells how it ended"
    assert "Approved by Bob Okafor." in bob.text


def _says(card: str) -> str:
    """Return the sentence a card asks about."""
    return card.partition(": ")[2].partition(" Expires")[0]
