"""A flood is called out, and one card on its first ticket asks whether to link the others to it."""

from __future__ import annotations

import pytest

from sandbox.jira.linking import TYPES, Wish
from tests.stories.conftest import Begin, everywhere
from tests.stories.desks import JiraDesk
from tests.stories.test_incidents import SIX, flood, messages, opened
from tests.stories.world import Card, World

FIVE = SIX[:5]


def link_cards(world: World) -> list[Card]:
    """Return the cards that ask to link tickets."""
    return [each for each in world.cards() if "Link the ticket" in each.text]


def link_card(world: World) -> Card:
    """Return the only one."""
    (card,) = link_cards(world)
    return card


def linked(world: World, key: str) -> list[str]:
    """Return what a Jira issue is linked to, as anybody sees it there."""
    assert isinstance(world.desk, JiraDesk)
    return sorted(each.other.key for each in world.desk.world.issue(key).relations)


@pytest.mark.parametrize("desk", ["cloud", "dc"])
async def test_five_people_report_the_same_and_one_card_on_the_first_asks_to_link_the_others(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    first, *others = await flood(world, FIVE)
    assert len(messages(world)) == 1
    card = link_card(world)
    assert first in card.text
    assert all(f"Link the ticket to {other} (Relates)." in card.text for other in others)
    assert "5 alike tickets from different people" in card.text
    assert all(linked(world, key) == [] for key in (first, *others)), "nobody has agreed yet"
    assert "This message changes nothing." in str(messages(world)[0].blocks)

    await card.click("Approve All 4", by="alice")
    await world.settles()
    assert linked(world, first) == sorted(others)
    assert all(linked(world, other) == [first] for other in others)
    assert len(await world.recorded("incident.proposed")) == 1
    assert await world.executed() == 4, "one request each, and nothing else"
    assert all(world.desk.public(key) == [] for key in (first, *others)), "no customer hears of it"


async def test_a_sixth_ticket_brings_no_second_card_and_what_is_calm_and_begins_again_neither(
    begin: Begin,
) -> None:
    world = await begin("cloud")
    await flood(world, FIVE)
    sixth = opened(world, SIX[5], 5)
    await world.settles()
    await world.skip(200)
    assert "6 alike tickets" in messages(world)[0].text
    assert sixth not in link_card(world).text
    await world.skip(31 * 60)
    assert len(link_cards(world)) == 1


async def test_each_link_has_its_own_choice(begin: Begin) -> None:
    world = await begin("cloud")
    first, second, third, *rest = await flood(world, FIVE)
    items = link_card(world).items
    assert [item.text.partition("(Relates)")[0].split()[-1] for item in items] == [second, third, *rest]
    await items[1].click("Approve", by="alice")
    await world.settles()
    assert linked(world, first) == [third]
    assert linked(world, second) == []
    assert len(link_cards(world)) == 1


async def test_where_similar_may_only_say_there_is_a_message_and_no_card(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest, skill: similar}\n  - {mode: approve")
    await flood(world, FIVE)
    assert len(messages(world)) == 1
    assert link_cards(world) == []
    assert await world.recorded("incident.proposed") == []


async def test_even_where_a_rule_allows_it_in_mode_auto_it_waits_for_a_click(begin: Begin) -> None:
    allows = '  - match: {action: "jira.link", skill: similar}\n    allow: true\n'
    world = await begin("cloud", mode="auto", rules=allows)
    keys = await flood(world, FIVE)
    assert len(link_card(world).items) == 4
    assert all(linked(world, key) == [] for key in keys)


async def test_where_policy_denies_links_nobody_is_asked(begin: Begin) -> None:
    denies = '  - match: {action: "jira.link"}\n    deny: true\n'
    world = await begin("cloud", rules=denies)
    keys = await flood(world, FIVE)
    assert len(messages(world)) == 1
    assert link_cards(world) == []
    assert all(linked(world, key) == [] for key in keys)


async def test_all_at_once_over_two_workers_it_is_still_one_card(begin: Begin) -> None:
    world = await begin("cloud")
    await world.start_bot("worker", ready=False)
    world.desk.tell(world.bots[0].url)
    for number, person in enumerate(SIX):
        opened(world, person, number)
    await world.settles()
    await world.skip(200)
    assert len(messages(world)) == 1
    assert len(link_cards(world)) == 1
    assert len(await world.recorded("incident.proposed")) == 1


async def test_a_replica_that_starts_later_asks_about_the_same_flood_no_second_time(begin: Begin) -> None:
    world = await begin("cloud")
    await flood(world, FIVE)
    await world.stop_bot()
    await world.start_bot()
    opened(world, SIX[5], 5)
    await world.settles()
    await world.skip(200)
    assert "6 alike tickets" in messages(world)[0].text
    assert len(link_card(world).items) == 4


async def test_what_was_linked_by_hand_meanwhile_is_not_linked_twice_and_the_rest_is(begin: Begin) -> None:
    world = await begin("cloud")
    first, second, *others = await flood(world, FIVE)
    assert isinstance(world.desk, JiraDesk)
    site, relates = world.desk.world, next(each for each in TYPES if each.name == "Relates")
    site.relate(
        site.issue(second), site.user("alice"), Wish(relates, site.issue(first), is_outward=True), None
    )
    await world.settles()
    await link_card(world).click("Approve All 4", by="alice")
    await world.settles()
    assert linked(world, first) == sorted([second, *others]), "the one made by hand once, the other way round"
    failed = [each.because for each in await world.recorded("proposal.failed")]
    assert failed == [f"the ticket is linked to {second} already"]


async def test_a_thrown_kill_switch_holds_the_card_back_until_it_is_lifted(begin: Begin) -> None:
    world = await begin("cloud")
    await flood(world, FIVE[:4])
    await world.redis.hset("{countersign}:stops", "*", "for a drill")
    opened(world, FIVE[4], 4)
    await world.settles()
    assert link_cards(world) == []
    await world.redis.hdel("{countersign}:stops", "*")
    await world.skip(120)
    assert len(link_card(world).items) == 4


@everywhere
async def test_a_ticket_closed_before_anybody_could_be_asked_is_left_out(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    keys = await flood(world, FIVE[:4])
    world.desk.close(keys[1])
    await world.settles()
    opened(world, FIVE[4], 4)
    await world.settles()
    assert len(messages(world)) == 1, "people close copies meanwhile, and it is still a flood"
    if desk == "servicenow":
        assert link_cards(world) == [], (
            "a child has one parent there: only who asks about a child is offered it"
        )
    else:
        assert len(link_card(world).items) == 3
        assert keys[1] not in link_card(world).text


async def test_when_the_first_ticket_is_reworded_nothing_of_it_can_be_approved_any_more(begin: Begin) -> None:
    world = await begin("cloud")
    first, *_ = await flood(world, FIVE)
    world.desk.reword(first, "It was the cable after all, the gateway is fine")
    await world.settles()
    assert "Approve All 4" not in link_card(world).buttons
    assert linked(world, first) == []
