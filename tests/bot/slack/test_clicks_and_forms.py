"""What people do in Slack and what comes of it, through Slack's own framework and a fake Slack."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.dossier import Status
from bot.core.effects import ShowCard
from bot.core.errors import Retry
from bot.core.ids import EffectId
from bot.core.tickets import Value
from sandbox.faults import Fault, FaultKind
from sandbox.slack import SlackSandbox
from tests.bot.slack.office import ROOM, Office, office, shown
from tests.making import HIGH, REF, asking, proposal, reply, rulebook, set_fields

WHAT = proposal()
TEXT = proposal(reply("We are on our way."), last_public="", number=5)
NOTES = Rule(name="n", match=Match(action=NOTE_PATTERN), allow=True)


async def test_a_click_by_an_approver_approves_and_the_card_says_so(place: Office) -> None:
    card = await place.asks()
    assert "Exactly this will happen" in shown(card)
    acked = await place.click("U0ALICE", card)
    assert acked.ok
    tracked = await place.bench.of(WHAT)
    assert (tracked.status, tracked.decided_by) == (Status.APPROVED, "slack:U0ALICE")
    assert tracked.decided_name.raw == place.name("U0ALICE")
    now = place.world.message(card.channel, card.ts)
    assert f"Approved by {place.name('U0ALICE')}." in shown(now)
    assert "approval:approve" not in shown(now)
    assert len(place.world.messages(ROOM)) == 1


async def test_a_double_click_counts_once_and_the_second_is_told_so(place: Office) -> None:
    card = await place.asks()
    first, second = await asyncio.gather(
        place.world.click("U0ALICE", ROOM, card.ts, "approval:approve"),
        place.world.click("U0BOB", ROOM, card.ts, "approval:approve"),
    )
    assert first.ok
    assert second.ok
    await place.turns()
    records = [r.what for r in await place.bench.audit()]
    assert records.count("proposal.approved") == 1
    assert len(place.whispers("U0ALICE") + place.whispers("U0BOB")) == 1
    assert "Already approved by" in (place.whispers("U0ALICE") + place.whispers("U0BOB"))[0]


async def test_the_very_same_request_twice_is_stored_once(place: Office) -> None:
    card = await place.asks()
    acked = await place.world.click("U0CAROL", ROOM, card.ts, "approval:approve")
    again = await place.slack.deliveries.ask("interactive", acked.payload)
    assert again.status == 200
    await place.turns()
    assert len(place.whispers("U0CAROL")) == 1


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("U0CAROL", "You are not among the people who may approve this: <@U0ALICE> <!subteam^S0MANAGERS>."),
        ("U0GUEST", "Guests may not approve changes."),
        ("U0STRANGER", "Only people of this workspace may approve changes."),
        ("U0OTHERBOT", "Bots may not approve changes."),
        ("U0GONE", "This account is deactivated"),
    ],
)
@pytest.mark.parametrize("action", ["approval:approve", "approval:reject"])
async def test_who_may_not_is_told_alone_and_changes_nothing(
    place: Office, user: str, says: str, action: str
) -> None:
    for room in (ROOM,):
        place.world.invite(room, user)
    place.world.usergroups["S0MANAGERS"].users.extend(u for u in (user,) if u != "U0CAROL")
    card = await place.asks()
    before = shown(card)
    await place.click(user, card, action)
    if action == "approval:reject":
        (view,) = place.world.open_views(user)
        await place.world.submit_view(user, view.id, {"reason": {"reason": "no"}})
        await place.turns()
    assert (await place.bench.of(WHAT)).status is Status.PENDING
    assert shown(place.world.message(ROOM, card.ts)) == before
    told = [*place.whispers(user), *(m.text for m in place.directly(user) if m.ts != card.ts)]
    if user not in {"U0OTHERBOT", "U0GONE"}:  # whom Slack lets nobody write to
        assert says in told[-1]
    assert [r.because for r in await place.bench.audit() if r.what == "click.refused"] != []
    assert not place.world.ephemerals("U0ALICE")


async def test_a_member_of_the_group_may_and_membership_is_remembered_for_a_while(place: Office) -> None:
    first = await place.asks(WHAT)
    await place.click("U0BOB", first)
    assert (await place.bench.of(WHAT)).status is Status.APPROVED
    place.world.usergroups["S0MANAGERS"].users.remove("U0BOB")
    second = proposal(set_fields(labels=HIGH), number=2)
    await place.click("U0BOB", await place.asks(second))
    assert (await place.bench.of(second)).status is Status.APPROVED, (
        "for minutes at most, and it can be undone"
    )


async def test_for_what_cannot_be_undone_membership_is_looked_up_afresh(place: Office) -> None:
    await place.click("U0BOB", await place.asks(WHAT))
    place.world.usergroups["S0MANAGERS"].users.remove("U0BOB")
    await place.click("U0BOB", await place.asks(TEXT))
    assert (await place.bench.of(TEXT)).status is Status.PENDING


async def test_slack_telling_us_that_a_group_has_changed_is_heard(place: Office) -> None:
    await place.click("U0BOB", await place.asks(WHAT))
    place.world.set_usergroup("S0MANAGERS", ["U0ALICE"])
    await place.world.settle()
    await place.turns()
    second = proposal(set_fields(labels=HIGH), number=2)
    await place.click("U0BOB", await place.asks(second))
    assert (await place.bench.of(second)).status is Status.PENDING


async def test_a_group_that_is_gone_has_nobody_in_it_and_who_is_named_in_person_still_may(
    place: Office,
) -> None:
    del place.world.usergroups["S0MANAGERS"]
    card = await place.asks()
    await place.click("U0BOB", card)
    assert "You are not among the people who may approve this" in place.whispers("U0BOB")[0]
    assert (await place.bench.of(WHAT)).status is Status.PENDING
    await place.click("U0ALICE", card)
    assert (await place.bench.of(WHAT)).status is Status.APPROVED


@pytest.mark.parametrize("value", ["", "p1|1", f"{WHAT.id}|", f"{WHAT.id}|1|x", "x" * 2000])
async def test_a_button_whose_value_was_cut_does_nothing_and_says_so(place: Office, value: str) -> None:
    card = await place.asks()
    for block in place.world.message(ROOM, card.ts).blocks:
        for element in block.get("elements", []):
            if element.get("action_id", "").startswith("approval:"):
                element["value"] = value
    acked = await place.click("U0ALICE", card)
    assert acked.ok
    assert "older version" in place.whispers("U0ALICE")[0]
    assert (await place.bench.of(WHAT)).status is Status.PENDING
    await place.click("U0BOB", card, "approval:edit")
    assert "older version" in str(place.world.open_views("U0BOB")[0].body)


async def test_a_button_nobody_knows_is_acknowledged_and_its_presser_told(place: Office) -> None:
    card = await place.asks()
    for block in place.world.message(ROOM, card.ts).blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "approval:approve":
                element["action_id"] = "approval:snooze"
    acked = await place.click("U0ALICE", card, "approval:snooze")
    assert acked.ok
    assert "older version" in place.whispers("U0ALICE")[0]


async def test_an_old_drawing_of_the_card_approves_nothing(place: Office) -> None:
    bobs = Rule(name="a", match=Match(field="labels"), ask=asking("U0BOB"))
    hers = Rule(name="b", match=Match(), ask=asking())
    place.bench.journal.book = replace(place.bench.journal.book, rules=(NOTES, bobs, hers))
    both = proposal(set_fields(labels=(Value("2", "High"),)))
    card = await place.asks(both)
    tracked = await place.bench.of(both)
    await place.bench.happens()
    await place.bench.becomes((await place.bench.happens()).put(replace(tracked, revision=2)))
    await place.click("U0BOB", card)
    assert (await place.bench.of(both)).status is Status.PENDING
    assert "has changed since the card was drawn" in place.whispers("U0BOB")[0]
    assert f"{both.id}|2" in shown(place.world.message(ROOM, card.ts)), "and it is drawn again"


# -- forms


async def opened(place: Office, user: str, what: Any, action: str) -> Any:
    card = await place.asks(what)
    await place.click(user, card, action)
    (view,) = place.world.open_views(user)
    return view


async def test_reject_asks_why_and_the_reason_is_on_the_card(place: Office) -> None:
    view = await opened(place, "U0ALICE", WHAT, "approval:reject")
    sent = await place.world.submit_view("U0ALICE", view.id, {"reason": {"reason": "It is\na drill."}})
    assert sent.ok
    assert not place.world.open_views("U0ALICE")
    await place.turns()
    assert (await place.bench.of(WHAT)).reason == "It is a drill."
    assert f"Rejected by {place.name('U0ALICE')}: Set Priority to High. It is a drill." in shown(
        place.world.messages(ROOM)[0]
    )


async def test_an_edited_reply_is_what_gets_approved(place: Office) -> None:
    view = await opened(place, "U0ALICE", TEXT, "approval:edit")
    await place.world.submit_view("U0ALICE", view.id, {"text": {"text": "We are there."}})
    await place.turns()
    tracked = await place.bench.of(TEXT)
    assert (tracked.status, tracked.revision) == (Status.APPROVED, 2)
    assert tracked.proposal.action.args == {"text": "We are there."}
    assert tracked.digest == reply("We are there.").digest()
    assert "We are there." in shown(place.world.messages(ROOM)[0])


async def test_an_empty_reply_is_sent_back_with_what_is_wrong(place: Office) -> None:
    view = await opened(place, "U0ALICE", TEXT, "approval:edit")
    sent = await place.world.submit_view("U0ALICE", view.id, {"text": {"text": "   "}})
    assert sent.errors == {"text": "Write the reply, or cancel and reject."}
    await place.turns()
    assert (await place.bench.of(TEXT)).status is Status.PENDING
    await place.world.submit_view("U0ALICE", view.id, {"text": {"text": "Better."}})
    await place.turns()
    assert (await place.bench.of(TEXT)).status is Status.APPROVED


async def test_fields_are_edited_from_what_may_be_set_now(place: Office) -> None:
    view = await opened(place, "U0ALICE", WHAT, "approval:edit")
    (view,) = place.world.open_views("U0ALICE")
    sent = await place.world.submit_view("U0ALICE", view.id, {"field:priority": {"pick": "=3"}})
    assert sent.ok
    await place.turns()
    tracked = await place.bench.of(WHAT)
    assert (tracked.status, tracked.revision) == (Status.APPROVED, 2)
    assert tracked.digest == set_fields(priority=(Value("3", "Medium"),)).digest()


async def test_an_edit_that_leaves_nothing_to_do_is_sent_back(place: Office) -> None:
    view = await opened(place, "U0ALICE", WHAT, "approval:edit")
    sent = await place.world.submit_view("U0ALICE", view.id, {"field:priority": {"pick": "keep"}})
    assert "Nothing would change any more" in sent.errors["field:priority"]


async def test_while_the_ticket_system_is_away_the_form_says_so(place: Office) -> None:

    card = await place.asks()
    place.bench.records.unreadable.append(Retry("away", after_s=1))
    await place.click("U0ALICE", card, "approval:edit")
    (view,) = place.world.open_views("U0ALICE")
    assert "jira does not answer" in str(view.body)


async def test_a_form_is_there_within_the_life_of_its_trigger_however_busy_the_worker(place: Office) -> None:
    card = await place.asks()
    acked = await place.world.click("U0ALICE", ROOM, card.ts, "approval:edit")
    assert acked.answer.seconds < 2
    (view,) = place.world.open_views("U0ALICE")
    assert "Reading the ticket…" in str(view.body), "no worker has run yet"


async def test_details_show_everything_and_change_nothing(place: Office) -> None:
    view = await opened(place, "U0CAROL", WHAT, "approval:details")
    assert WHAT.action.digest() in str(view.body)
    assert (await place.bench.of(WHAT)).status is Status.PENDING


@pytest.mark.parametrize("action", ["approval:edit", "approval:reject"])
async def test_no_form_opens_on_what_is_settled(place: Office, action: str) -> None:
    card = await place.asks()
    await place.world.click("U0ALICE", ROOM, card.ts, "approval:approve")
    await place.turns()
    await place.world.click("U0BOB", ROOM, card.ts, action, stale=True)
    (view,) = place.world.open_views("U0BOB")
    assert f"Already approved by {place.name('U0ALICE')}." in str(view.body)
    assert "submit" not in view.body


# -- cards


async def test_without_a_channel_each_approver_gets_the_card_and_all_are_kept_true(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, rulebook()) as place:
        await place.comes_up()
        await place.asks()
        rooms = ["D0ALICE", "D0BOB"]
        assert [len(place.world.messages(room)) for room in rooms] == [1, 1]
        await place.click("U0BOB", place.world.messages("D0BOB")[0])
        by = f"Approved by {place.name('U0BOB')}."
        assert all(by in shown(place.world.messages(room)[0]) for room in rooms)


async def test_an_approver_who_cannot_be_written_to_does_not_keep_the_others_from_being_asked(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    rule = Rule(name="a", match=Match(), ask=asking("U0GONE", "U0ALICE"))
    async with office(redis, prefix, slack, rulebook(NOTES, rule)) as place:
        await place.comes_up()
        await place.asks()
        assert len(place.directly("U0ALICE")) == 1


async def test_a_card_that_somebody_deleted_stops_nothing(place: Office) -> None:
    card = await place.asks()
    place.world.channels[ROOM].messages.clear()
    await place.turns()
    place.world.channels[ROOM].messages.append(card)
    acked = await place.world.click("U0ALICE", ROOM, card.ts, "approval:approve")
    place.world.channels[ROOM].messages.clear()
    assert acked.ok
    await place.turns()
    assert (await place.bench.of(WHAT)).status is Status.APPROVED


async def test_a_card_posted_twice_is_updated_twice(place: Office) -> None:
    """As after a crash between posting and storing where it hangs."""
    card = await place.asks()
    tracked = await place.bench.of(WHAT)
    await place.bench.becomes((await place.bench.happens()).put(replace(tracked, cards=())))

    after_the_crash = place.another_replica()
    await place.bench.happens(*await after_the_crash.show(REF, ShowCard(EffectId("again#0"), WHAT.id)))
    assert len(place.world.messages(ROOM)) == 2
    await place.click("U0ALICE", card)
    assert all(f"Approved by {place.name('U0ALICE')}." in shown(m) for m in place.world.messages(ROOM))


async def test_a_card_says_only_ids_to_other_apps(place: Office) -> None:
    card = await place.asks()
    assert card.metadata == {
        "event_type": "countersign_approval",
        "event_payload": {"proposal": WHAT.id, "revision": 1},
    }


async def test_a_whisper_to_somebody_who_is_not_there_goes_directly(place: Office) -> None:
    card = await place.asks()
    place.world.channels[ROOM].members.remove("U0CAROL")
    await place.click("U0CAROL", card)
    assert "You are not among the people" in place.directly("U0CAROL")[-1].text


async def test_slack_being_away_for_a_moment_loses_no_click(place: Office) -> None:

    card = await place.asks()
    place.people.forget()
    await place.world.click("U0ALICE", ROOM, card.ts, "approval:approve")
    place.slack.faults.add(Fault(FaultKind.STATUS, path="users.info", status=503))
    with pytest.raises(Retry):
        await place.turns(1)
    assert (await place.bench.of(WHAT)).status is Status.PENDING
