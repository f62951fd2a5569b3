"""The App Home: what waits for me, who stands in for me, what is allowed for good and who may revoke it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.dossier import Status
from bot.core.grants import Grant, shape
from bot.core.ids import SlackUserId
from bot.slack.stand_ins import StandIns
from sandbox.slack import SlackSandbox
from sandbox.slack.views import View
from tests.bot.slack.office import ROOM, Office, office
from tests.making import ALICE, BOB, CAROL, HIGH, T0, asking, proposal, rulebook, set_fields

WHAT = proposal()
DAN = "U0DAN"


async def home(place: Office, user: str) -> View:
    """Open the Home tab and let the bot draw it."""
    place.world.open_home(user)
    await place.world.settle()
    await place.turns()
    view = place.world.home(user)
    assert view is not None
    return view


def says(view: View) -> str:
    return str(view.body["blocks"])


async def press(place: Office, user: str, action: str, value: str | None = None, **entered: str) -> None:
    """Press a button at Home, after having entered things there."""
    view = await home(place, user)
    values: Mapping[str, Any] = {"stand_in:pick": {f"home:{name}": each for name, each in entered.items()}}
    acked = await place.world.click_in_view(user, view.id, action, value, values=values if entered else None)
    assert acked.ok
    await place.turns()


def grant(by: str = ALICE, rule: str = "approvals[1]", **more: Any) -> Grant:
    action = set_fields(**more.pop("fields", {"priority": HIGH}))
    return Grant(
        shape=shape(action, "OPS"),
        action=action.name,
        connector="jira",
        queue="OPS",
        says=more.pop("says", "Set Priority to High."),
        by=SlackUserId(by),
        at=T0,
        rule=rule,
    )


def day(place: Office, days: int) -> str:
    return (place.clock.now() + timedelta(days=days)).date().isoformat()


async def in_force(place: Office) -> dict[str, tuple[str, datetime]]:
    stand_ins = StandIns(place.bench.redis, place.bench.lanes.prefix)
    return {of: (each.by, each.until) for of, each in (await stand_ins.in_force(place.clock.now())).items()}


async def records(place: Office, what: str) -> list[Any]:
    return [record for record in await place.bench.audit() if record.what == what]


# -- waiting


async def test_what_i_may_decide_waits_for_me_with_a_link_to_its_card(place: Office) -> None:
    card = await place.asks()
    for user in (ALICE, BOB):
        shown = says(await home(place, user))
        assert "Set Priority to High." in shown
        assert f"/archives/{ROOM}/p{card.ts.replace('.', '')}|Open the card>" in shown
    assert "Nothing waits for you." in says(await home(place, CAROL))


async def test_what_is_decided_or_has_my_yes_waits_no_more(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    rule = Rule(name="approvals[1]", match=Match(), ask=asking(ALICE, BOB, quorum=2))
    notes = Rule(name="n", match=Match(action=NOTE_PATTERN), allow=True)
    async with office(redis, prefix, slack, rulebook(notes, rule, approvals_channel=ROOM)) as place:
        await place.comes_up()
        card = await place.asks()
        await place.click(ALICE, card)
        assert "Nothing waits for you." in says(await home(place, ALICE))
        assert "Set Priority to High." in says(await home(place, BOB))
        await place.click(BOB, card)
        assert "Nothing waits for you." in says(await home(place, BOB))


async def test_what_i_asked_for_does_not_wait_for_me_under_four_eyes(place: Office) -> None:
    await place.asks(proposal(by=ALICE))
    assert "Nothing waits for you." in says(await home(place, ALICE))
    assert "Set Priority to High." in says(await home(place, BOB))


async def test_twenty_are_shown_and_the_rest_is_counted(place: Office) -> None:
    many = [proposal(set_fields(**{f"f{n}": HIGH}), number=n) for n in range(1, 24)]
    await place.asks_for(*many)
    view = await home(place, ALICE)
    assert says(view).count("Set Priority to High.") == 20
    assert "3 more wait." in says(view)


async def test_a_guest_sees_that_nothing_waits(place: Office) -> None:
    await place.asks()
    assert "Nothing waits for you." in says(await home(place, "U0GUEST"))


async def test_people_from_outside_are_not_shown_what_is_allowed_for_good(place: Office) -> None:
    """A permission names a queue, its fields and who gave it."""
    await place.bench.grants.set(grant())
    assert "Priority" in says(await home(place, CAROL))
    for outside in ("U0GUEST", "U0STRANGER"):
        view = says(await home(place, outside))
        assert "Priority" not in view
        assert ALICE not in view


async def test_a_home_speaks_the_language_of_its_owners_slack(place: Office) -> None:
    assert "En attente de vous" in says(await home(place, DAN))
    assert "Waiting for you" in says(await home(place, BOB)), "German is not spoken here"


async def test_the_messages_tab_draws_no_home(place: Office) -> None:
    place.world.open_home(ALICE, "messages")
    await place.world.settle()
    await place.turns()
    assert place.world.home(ALICE) is None


# -- the stand-in


async def test_a_stand_in_is_named_through_the_last_day_and_may_decide(place: Office) -> None:
    await press(place, ALICE, "home:set", stand_in=CAROL, until=day(place, 3))
    by, until = (await in_force(place))[ALICE]
    assert by == CAROL
    assert until - place.clock.now() > timedelta(days=2)
    shown = says(await home(place, ALICE))
    assert f"<@{CAROL}> decides in your place, through {day(place, 3)}." in shown
    (record,) = await records(place, "stand_in.set")
    assert (record.actor, record.details["by"]) == (f"slack:{ALICE}", CAROL)
    await place.click(CAROL, await place.asks())
    assert (await place.bench.of(WHAT)).status is Status.APPROVED


async def test_the_last_day_ends_where_the_person_lives(place: Office) -> None:
    place.world.users[ALICE].tz = "Pacific/Auckland"
    await press(place, ALICE, "home:set", stand_in=CAROL, until="2099-07-01")
    _, until = (await in_force(place))[ALICE]
    assert until.astimezone(UTC) == datetime(2099, 7, 1, 12, tzinfo=UTC)


async def test_a_stand_in_is_replaced_and_taken_back(place: Office) -> None:
    await press(place, ALICE, "home:set", stand_in=CAROL, until=day(place, 3))
    await press(place, ALICE, "home:set", stand_in=BOB, until=day(place, 1))
    assert (await in_force(place))[ALICE][0] == BOB
    await press(place, ALICE, "home:clear")
    assert await in_force(place) == {}
    assert "Nobody decides in your place." in says(await home(place, ALICE))
    assert len(await records(place, "stand_in.cleared")) == 1


@pytest.mark.parametrize(
    ("stand_in", "days", "told"),
    [
        (ALICE, 3, "You cannot stand in for yourself."),
        ("U0GUEST", 3, "Only full members of this workspace can stand in"),
        ("U0STRANGER", 3, "Only full members"),
        ("U0OTHERBOT", 3, "Only full members"),
        ("U0GONE", 3, "Only full members"),
        (CAROL, -2, "That day is over."),
    ],
)
async def test_who_cannot_stand_in_is_refused_in_words(
    place: Office, stand_in: str, days: int, told: str
) -> None:
    await press(place, ALICE, "home:set", stand_in=stand_in, until=day(place, days))
    assert await in_force(place) == {}
    assert told in place.directly(ALICE)[-1].text
    assert not await records(place, "stand_in.set")


async def test_saving_without_having_chosen_says_what_is_missing(place: Office) -> None:
    await press(place, ALICE, "home:set")
    assert "Choose who stands in for you and the last day" in place.directly(ALICE)[-1].text
    assert await in_force(place) == {}


async def test_a_guest_names_nobody(place: Office) -> None:
    await press(place, "U0GUEST", "home:set", stand_in=CAROL, until=day(place, 3))
    assert await in_force(place) == {}


async def test_choosing_alone_changes_nothing(place: Office) -> None:
    view = await home(place, ALICE)
    acked = await place.world.click_in_view(ALICE, view.id, "home:stand_in", CAROL)
    assert acked.ok
    await place.turns()
    assert await in_force(place) == {}
    assert not place.directly(ALICE)


# -- standing permissions


@pytest.mark.parametrize("who", [CAROL, BOB, ALICE, DAN])
async def test_who_gave_it_an_approver_of_its_rule_or_an_operator_may_revoke_it(
    redis: Redis, prefix: str, slack: SlackSandbox, who: str
) -> None:
    """Carol gave it, Bob is in the approvers' group, Alice approves in person, Dan is an operator."""
    book = rulebook(approvals_channel=ROOM, operators={"dan": DAN})
    async with office(redis, prefix, slack, book) as place:
        await place.comes_up()
        given = grant(CAROL)
        await place.bench.grants.set(given)
        await press(place, who, "home:revoke", given.shape)
        assert await place.bench.grants.all() == ()
        (record,) = await records(place, "grant.revoked")
        assert (record.actor, record.details) == (
            f"slack:{who}",
            {"shape": given.shape, "given_by": CAROL},
        )
        assert given.shape not in says(await home(place, who))


async def test_others_see_what_is_allowed_for_good_and_have_no_button(place: Office) -> None:
    given = grant()
    await place.bench.grants.set(given)
    view = await home(place, CAROL)
    assert "Set Priority to High." in says(view)
    assert "home:revoke" not in says(view)


async def test_a_button_somebody_should_not_have_revokes_nothing(place: Office) -> None:
    """As when somebody stops being an approver while their Home is open."""
    given = grant()
    await place.bench.grants.set(given)
    view = await home(place, BOB)
    place.world.usergroups["S0MANAGERS"].users.remove(BOB)
    place.people.forget()
    await place.world.click_in_view(BOB, view.id, "home:revoke", given.shape)
    await place.turns()
    assert await place.bench.grants.all() == (given,)
    assert "Only who allowed it" in place.directly(BOB)[-1].text
    assert not await records(place, "grant.revoked")


async def test_a_permission_of_a_rule_that_is_gone_is_its_givers_to_take_back(place: Office) -> None:
    given = grant(CAROL, rule="approvals[9]")
    await place.bench.grants.set(given)
    assert "home:revoke" not in says(await home(place, ALICE))
    await press(place, CAROL, "home:revoke", given.shape)
    assert await place.bench.grants.all() == ()


async def test_revoking_what_is_revoked_already_is_no_news(place: Office) -> None:
    given = grant()
    await place.bench.grants.set(given)
    view = await home(place, ALICE)
    await place.bench.grants.revoke(given.shape)
    await place.world.click_in_view(ALICE, view.id, "home:revoke", given.shape)
    await place.turns()
    assert not await records(place, "grant.revoked")
    assert not place.directly(ALICE)


async def test_words_of_others_at_home_stay_words(place: Office) -> None:
    await place.bench.grants.set(grant(says="<!channel> *Approved*\nby Alice"))
    view = await home(place, ALICE)
    markup = [
        block["text"]["text"]
        for block in view.body["blocks"]
        if block.get("text", {}).get("type") == "mrkdwn"
    ]
    assert not [text for text in markup if "channel" in text]
    assert "\\nby Alice" not in says(view)


async def test_a_home_with_very_many_permissions_is_still_one_slack_takes(place: Office) -> None:
    for number in range(60):
        await place.bench.grants.set(grant(fields={f"f{number}": HIGH}))
    view = await home(place, ALICE)
    assert len(view.body["blocks"]) <= 100
    assert "50 older ones are not shown." in says(view)
