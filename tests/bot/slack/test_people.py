"""Stand-ins, groups of ticket systems, people who are away: whose voice counts, and who is written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.clicks import Person
from approvals.policy import NOTE_PATTERN, Match, Rule, Rulebook
from bot.core.dossier import Status
from bot.core.effects import Ping
from bot.core.errors import Retry
from bot.core.ids import EffectId, SlackUserId
from bot.runtime.memberships import Memberships
from bot.slack.groups import Groups
from bot.slack.people import People
from bot.slack.stand_ins import StandIn, StandIns
from sandbox.faults import Fault, FaultKind
from sandbox.slack import SlackSandbox
from tests.bot.slack.office import ROOM, Office, office, shown
from tests.making import ALICE, BOB, CAROL, MANAGERS, REF, T0, asking, proposal, reply, rulebook

WHAT = proposal()
TEXT = proposal(reply(), last_public="", number=5)
NOTES = Rule(name="n", match=Match(action=NOTE_PATTERN), allow=True)
LEADS = "jira/Ops Leads"


def book(*approvers: str, **more: Any) -> Rulebook:
    rule = Rule(name="approvals[1]", match=Match(), ask=asking(*approvers, **more))
    return rulebook(NOTES, rule, approvals_channel=ROOM)


async def named(place: Office, of: str, by: str, *, days: float = 1) -> None:
    """Let ``of`` name ``by`` as their stand-in."""
    until = place.clock.now() + timedelta(days=days)
    stand_ins = StandIns(place.bench.redis, place.bench.lanes.prefix)
    await stand_ins.set(StandIn(of=SlackUserId(of), by=SlackUserId(by), until=until))


# -- stand-ins


async def test_a_stand_in_decides_with_the_voice_of_who_is_away(place: Office) -> None:
    await named(place, ALICE, CAROL)
    card = await place.asks()
    await place.click(CAROL, card)
    tracked = await place.bench.of(WHAT)
    assert tracked.status is Status.APPROVED
    assert [(vote.by, vote.stands_in_for) for vote in tracked.votes] == [(CAROL, ALICE)]
    assert tracked.decided_by == f"slack:{CAROL}"


async def test_a_stand_in_for_a_member_of_a_group_counts_as_that_member(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(MANAGERS)) as place:
        await place.comes_up()
        await named(place, BOB, CAROL)
        await place.click(CAROL, await place.asks())
        assert (await place.bench.of(WHAT)).status is Status.APPROVED


async def test_a_stand_in_whose_time_is_over_is_nobody(place: Office) -> None:
    await named(place, ALICE, CAROL, days=-0.01)
    await place.click(CAROL, await place.asks())
    assert (await place.bench.of(WHAT)).status is Status.PENDING


@pytest.mark.parametrize("left", [{"deleted": True}, {"is_restricted": True}])
async def test_who_may_not_decide_any_more_lends_no_voice(place: Office, left: dict[str, bool]) -> None:
    await named(place, ALICE, CAROL)
    card = await place.asks()
    place.world.set_user(ALICE, **left)
    await place.world.settle()
    await place.turns()
    await place.click(CAROL, card)
    assert (await place.bench.of(WHAT)).status is Status.PENDING
    assert "You are not among the people" in place.whispers(CAROL)[0]


async def test_a_guest_who_was_named_still_may_not(place: Office) -> None:
    place.world.invite(ROOM, "U0GUEST")
    await named(place, ALICE, "U0GUEST")
    await place.click("U0GUEST", await place.asks())
    assert (await place.bench.of(WHAT)).status is Status.PENDING
    assert "Guests may not approve changes." in place.whispers("U0GUEST")[0]


async def test_nobody_passes_on_what_was_passed_to_them(place: Office) -> None:
    await named(place, ALICE, "U0DAN")
    await named(place, "U0DAN", CAROL)
    await place.click(CAROL, await place.asks())
    assert (await place.bench.of(WHAT)).status is Status.PENDING


async def test_a_rule_may_want_the_person_and_no_stand_in(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(ALICE, stand_ins=False)) as place:
        await place.comes_up()
        await named(place, ALICE, CAROL)
        await place.click(CAROL, await place.asks())
        assert (await place.bench.of(WHAT)).status is Status.PENDING


# -- groups of ticket systems


async def test_a_group_of_the_ticket_system_counts_by_e_mail(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(LEADS), match_by_email=True) as place:
        place.bench.records.groups["Ops Leads"] = ("carol@example.com", "nobody@example.com")
        await place.comes_up()
        card = await place.asks()
        assert "can decide" not in shown(card)
        await place.click(BOB, card)
        assert "jira/Ops Leads" in place.whispers(BOB)[0]
        assert (await place.bench.of(WHAT)).status is Status.PENDING
        await place.click(CAROL, card)
        assert (await place.bench.of(WHAT)).status is Status.APPROVED


async def test_without_leave_to_match_by_e_mail_such_a_group_has_nobody(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(LEADS, ALICE, quorum=2)) as place:
        place.bench.records.groups["Ops Leads"] = ("carol@example.com",)
        await place.comes_up()
        card = await place.asks()
        await place.click(CAROL, card)
        assert (await place.bench.of(WHAT)).status is Status.PENDING
        assert "nobody in them counts: jira/Ops Leads" in shown(place.world.message(ROOM, card.ts))


async def test_an_address_that_nobody_has_confirmed_proves_nothing(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    slack.world.users[CAROL].is_email_confirmed = False
    async with office(redis, prefix, slack, book(LEADS), match_by_email=True) as place:
        place.bench.records.groups["Ops Leads"] = ("carol@example.com",)
        await place.comes_up()
        await place.click(CAROL, await place.asks())
        assert (await place.bench.of(WHAT)).status is Status.PENDING


async def test_for_what_cannot_be_undone_the_ticket_system_is_asked_afresh(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(LEADS), match_by_email=True) as place:
        place.bench.records.groups["Ops Leads"] = ("carol@example.com", "bob@example.com")
        await place.comes_up()
        card, other = await place.asks(TEXT), await place.asks(WHAT)
        place.bench.records.groups["Ops Leads"] = ("bob@example.com",)
        await place.click(CAROL, card)
        assert (await place.bench.of(TEXT)).status is Status.PENDING
        place.bench.records.groups["Ops Leads"] = ()
        await place.click(BOB, other)
        assert (await place.bench.of(WHAT)).status is Status.APPROVED, (
            "for minutes at most, and it can be undone"
        )


async def test_a_group_that_the_ticket_system_does_not_know_any_more_is_nobody_and_stops_nothing(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(LEADS, ALICE, quorum=2), match_by_email=True) as place:
        await place.comes_up()
        card = await place.asks()
        assert "nobody in them counts: jira/Ops Leads" in shown(place.world.message(ROOM, card.ts))
        await place.click(ALICE, card)
        assert len((await place.bench.of(WHAT)).votes) == 1


# -- what is kept for those who decide while Slack is away


async def test_who_is_in_a_group_is_kept_with_the_time_for_the_command_line(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(MANAGERS, LEADS, "S0GONE"), match_by_email=True) as place:
        place.bench.records.groups["Ops Leads"] = ("carol@example.com", "nobody@example.com")
        await place.comes_up()
        await place.asks()
        memory = Memberships(redis, prefix)
        for group, members in ((MANAGERS, [ALICE, BOB]), (LEADS, [CAROL]), ("S0GONE", [])):
            last = await memory.last(group)
            assert last is not None, group
            assert sorted(last[0]) == members
            assert place.clock.now() - last[1] < timedelta(minutes=1)


# -- who is written to


async def written_to(place: Office, *to: str, says: str = "ping.reminded", number: int = 1) -> list[str]:
    """Send a reminder to ``to``; returns who got one."""
    before = {user: len(place.directly(user)) for user in place.world.users}
    order = Ping(EffectId(f"remind{number}#0"), WHAT.id, to, says, {"says": WHAT.says, "why": ""})
    await place.bench.happens(*await place.cards.ping(REF, order))
    return sorted(user for user in before if len(place.directly(user)) > before[user])


async def test_a_ping_says_what_waits_and_links_to_the_card(place: Office) -> None:
    card = await place.asks()
    assert await written_to(place, ALICE) == [ALICE]
    (message,) = place.directly(ALICE)
    digits = card.ts.replace(".", "")
    link = f"<https://example.slack.com/archives/{ROOM}/p{digits}|Open the card>"
    assert message.text == f"OPS-1 still waits for a decision: Set Priority to High.\n{link}"


async def test_a_group_is_written_to_one_by_one_and_nobody_twice(place: Office) -> None:
    await place.asks()
    assert await written_to(place, ALICE, MANAGERS, "S0DIRECTORS", BOB) == [ALICE, BOB]
    assert [len(place.directly(user)) for user in (ALICE, BOB)] == [1, 1]


async def test_the_same_order_carried_out_again_writes_to_nobody_again(place: Office) -> None:
    await place.asks()
    await written_to(place, MANAGERS)
    assert await written_to(place, MANAGERS) == []
    assert await written_to(place, MANAGERS, number=2) == [ALICE, BOB], "another reminder is another order"


async def test_a_ping_cut_short_goes_on_where_it_stopped(place: Office) -> None:
    await place.asks()
    place.slack.faults.add(Fault(FaultKind.STATUS, path="chat.postMessage", status=503))
    with pytest.raises(Retry):
        await written_to(place, ALICE)
    assert await written_to(place, ALICE) == [ALICE], "what did not go out is sent again"
    assert await written_to(place, ALICE, BOB) == [BOB], "and what did is not"


async def test_who_has_agreed_is_not_reminded(redis: Redis, prefix: str, slack: SlackSandbox) -> None:
    async with office(redis, prefix, slack, book(MANAGERS, CAROL, quorum=3)) as place:
        await place.comes_up()
        await place.click(ALICE, await place.asks())
        assert await written_to(place, MANAGERS, CAROL) == [BOB, CAROL]


async def test_nobody_is_reminded_of_a_voice_that_was_given_in_person_or_by_a_stand_in(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(MANAGERS, quorum=2)) as place:
        await place.comes_up()
        card = await place.asks()
        await place.click(ALICE, card)
        await named(place, ALICE, CAROL)
        assert await written_to(place, MANAGERS) == [BOB], "Alice has agreed: Carol has nothing to lend"
        await named(place, BOB, ALICE)
        assert await written_to(place, MANAGERS, number=2) == [], "who would write for Bob has agreed already"


async def test_the_outcome_is_told_to_who_asked_although_they_agreed_themselves(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(MANAGERS, four_eyes=False)) as place:
        await place.comes_up()
        await place.click(ALICE, await place.asks())
        assert await written_to(place, ALICE, says="ping.ended.executed") == [ALICE]


async def test_a_group_that_is_gone_and_people_who_left_stop_no_ping(place: Office) -> None:
    await place.asks()
    assert await written_to(place, "S0GONE", "jira/nobody", "U0GONE", CAROL) == [CAROL]


@pytest.mark.parametrize(
    "status",
    [
        {"status_emoji": ":palm_tree:"},
        {"status_emoji": ":face_with_thermometer:"},
        {"status_text": "Out of Office"},
        {"status_text": " en congé "},
        {"status_emoji": ":no_entry:", "status_expiration": int(T0.timestamp()) * 2},
    ],
)
async def test_who_is_away_is_passed_over_while_anybody_else_hears_it(
    place: Office, status: dict[str, Any]
) -> None:
    await place.asks()
    place.world.set_user(ALICE, **status)
    place.people.forget()
    assert await written_to(place, MANAGERS) == [BOB]
    assert await written_to(place, ALICE, number=2) == [ALICE], "better than nobody"


@pytest.mark.parametrize(
    "status",
    [
        {"status_emoji": ":bus:", "status_text": "Commuting"},
        {"status_text": "Back from vacationing, ask me about it"},
        {"status_emoji": ":palm_tree:", "status_expiration": 1_700_000_000},
        {},
    ],
)
async def test_who_is_there_is_written_to(place: Office, status: dict[str, Any]) -> None:
    await place.asks()
    place.world.set_user(ALICE, **status)
    place.people.forget()
    assert await written_to(place, MANAGERS) == [ALICE, BOB]


async def test_a_stand_in_is_written_to_instead_and_told_for_whom(place: Office) -> None:
    await place.asks()
    await named(place, ALICE, CAROL)
    assert await written_to(place, ALICE) == [CAROL]
    assert f"You stand in for <@{ALICE}>." in place.directly(CAROL)[0].text


async def test_a_stand_in_who_is_asked_anyway_is_written_to_once_and_as_themselves(place: Office) -> None:
    await place.asks()
    await named(place, ALICE, BOB)
    assert await written_to(place, MANAGERS) == [BOB]
    assert "You stand in" not in place.directly(BOB)[0].text


async def test_a_stand_in_who_has_left_is_not_written_to(place: Office) -> None:
    await place.asks()
    await named(place, ALICE, "U0GONE")
    assert await written_to(place, ALICE) == [ALICE]


async def test_where_the_rule_wants_no_stand_in_the_person_is_written_to(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack, book(ALICE, stand_ins=False)) as place:
        await place.comes_up()
        await place.asks()
        await named(place, ALICE, CAROL)
        assert await written_to(place, ALICE) == [ALICE]


async def test_hostile_words_in_a_ping_stay_words(place: Office) -> None:
    await place.asks()
    words = {"says": "<!channel> *now*\n<https://evil.example|ok>", "why": ""}
    order = Ping(EffectId("evil#0"), WHAT.id, (ALICE,), "ping.reminded", words)
    await place.cards.ping(REF, order)
    text = place.directly(ALICE)[0].text
    assert "<!channel>" not in text
    assert "<https://evil" not in text
    assert text.count("\n") == 1


async def test_until_it_is_known_which_installation_is_ours_a_click_waits(place: Office) -> None:
    """And nobody is taken for a stranger, or for one of us."""
    early = People(place.client, place.clock, Groups(place.client, place.clock, {}))
    with pytest.raises(Retry):
        await early.clicker(Person(ALICE, "T0MAIN"), (), live=False)
