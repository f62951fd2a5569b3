"""What came true moves a mode: up by a manager's click alone, down by itself, and there it stays."""

from __future__ import annotations

import pytest

from bot.app import PREFIX
from bot.core.effects import Learn
from bot.core.ids import EffectId
from bot.core.ladder import Ladder, StepStatus
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import TicketRef, Value
from bot.runtime import climbing
from bot.runtime.climbing import Climber
from bot.runtime.ladders import Ladders
from bot.runtime.outcomes import Outcomes
from tests.stories.conftest import Begin, everywhere
from tests.stories.world import Card, World

QUIET = "brain: {learn_from_people: false}"
"""The past that a story makes up is about tickets nobody can read."""
UP, KEEP, UNDO = "Raise to approve", "Leave at suggest", "Undo"


async def guess_on(world: World, key: str) -> tuple[str, Guess]:
    """Return the queue of a ticket and what the bot holds for right on it."""
    ref = TicketRef(world.desk.name, world.desk.vendor_id(key).replace("/", ":"))
    dossier = await world.bot.journal.dossier(ref)
    return dossier.queue, next(each for each in dossier.guesses if each.field == world.desk.field)


async def came_true(world: World, key: str, *, right: int = 0, wrong: int = 0) -> None:
    """Let as many suggestions of the same kind have come true, and as many not; then have them counted."""
    queue, guess = await guess_on(world, key)
    outcomes, now = Outcomes(world.redis, PREFIX), world.bot.clock.now()
    first = len([each for kind in await outcomes.kinds() for each in await outcomes.of(kind)])
    for number in range(right + wrong):
        actual = guess.value if number < right else Value("0", "Something else")
        outcome = Outcome(guess=guess, queue=queue, how=How.CLOSED, actual=actual, at=now)
        ref = TicketRef(world.desk.name, f"past-{first + number}")
        await outcomes.remember(Learn(EffectId(f"past#{first + number}"), ref, (outcome,)))
    await counted(world)


async def counted(world: World) -> None:
    """Count now, as the bot does once an hour."""
    bot, name = world.bot, world.desk.name
    kinds = {name: "servicenow" if name == "servicenow" else "jira"}
    await Climber(world.redis, bot.lanes, bot.book, bot.clock, kinds).look(name)
    await world.settles()


async def ladder(world: World) -> Ladder:
    return await Ladders(world.bot.lanes).of(world.desk.name)


def step_cards(world: World) -> list[Card]:
    """Return the cards about modes, oldest first."""
    return [card for card in world.cards() if "suggestions were right" in card.text]


def ticket_cards(world: World) -> list[Card]:
    return [card for card in world.cards() if "suggestions were right" not in card.text]


@everywhere
async def test_enough_came_true_so_a_manager_is_asked_and_the_next_suggestion_is_put_on_a_card(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk, mode="suggest", more=QUIET)
    key = await world.ticket()
    assert world.cards() == []
    await came_true(world, key, right=150)
    (card,) = step_cards(world)
    assert world.desk.sure in card.text
    assert "150 of the last 150 suggestions were right: 100 %, and between 97.5 % and 100 %" in card.text
    assert card.buttons == [UP, KEEP]
    assert (await ladder(world)).held == (), "nobody has clicked"

    await card.click(UP, by="bob")
    await world.settles()
    assert card.buttons == [UNDO]
    assert "Decided by Bob Okafor." in card.text
    again = await world.ticket("Cannot connect to VPN from home again")
    (asked,) = ticket_cards(world)
    await asked.click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(again) == world.desk.sure
    assert world.desk.value(key) == world.desk.unset
    (raised,) = await world.recorded("ladder.raised")
    assert (raised.actor, raised.details["right"], raised.details["to"]) == ("slack:U0BOB", 150, "approve")


async def test_counting_again_asks_nobody_twice(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=QUIET)
    key = await world.ticket()
    await came_true(world, key, right=150)
    await counted(world)
    await came_true(world, key, right=10)
    assert len(step_cards(world)) == 1
    assert len(await world.recorded("ladder.offered")) == 1


async def test_a_bystander_is_told_privately_and_a_second_click_moves_nothing_more(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=QUIET)
    key = await world.ticket()
    await came_true(world, key, right=150)
    (card,) = step_cards(world)
    await card.click(UP, by="carol")
    await world.settles()
    assert "not among the people who may move a mode" in world.told("carol")[-1]
    assert (await ladder(world)).held == ()
    assert card.buttons == [UP, KEEP]
    await card.click(UP, by="alice")
    await world.settles()
    await card.click(UP, by="bob", stale=True)
    await world.settles()
    assert "decided already by Alice Moreau" in world.told("bob")[-1]
    assert len(await world.recorded("ladder.raised")) == 1
    assert len(await world.recorded("click.refused")) == 2


async def test_managers_of_the_file_decide_and_nobody_else(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=f"{QUIET}\nladder: {{managers: [U0CAROL]}}")
    key = await world.ticket()
    await came_true(world, key, right=150)
    (card,) = step_cards(world)
    await card.click(UP, by="alice")
    await world.settles()
    assert "not among the people" in world.told("alice")[-1]
    await card.click(UP, by="carol")
    await world.settles()
    assert len((await ladder(world)).held) == 1


async def test_what_a_manager_left_as_it_is_is_not_asked_again_until_much_has_come_true(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=QUIET)
    key = await world.ticket()
    await came_true(world, key, right=150)
    await step_cards(world)[0].click(KEEP, by="alice")
    await world.settles()
    assert "Alice Moreau left it at suggest" in step_cards(world)[0].text
    await came_true(world, key, right=99)
    assert len(step_cards(world)) == 1
    await came_true(world, key, right=1)
    assert len(step_cards(world)) == 2


async def test_figures_that_were_overtaken_since_the_card_was_drawn_raise_nothing(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=QUIET)
    key = await world.ticket()
    await came_true(world, key, right=150)
    (card,) = step_cards(world)
    queue, guess = await guess_on(world, key)
    outcomes, now = Outcomes(world.redis, PREFIX), world.bot.clock.now()
    for number in range(20):
        wrong = Outcome(guess=guess, queue=queue, how=How.REJECTED, actual=None, at=now)
        await outcomes.remember(Learn(EffectId(f"w#{number}"), TicketRef("jira", f"w{number}"), (wrong,)))
    await card.click(UP, by="alice")
    await world.settles()
    assert "do not hold any more" in world.told("alice")[-1]
    assert (await ladder(world)).held == ()
    await counted(world)
    assert next(each.status for each in (await ladder(world)).steps) is StepStatus.WITHDRAWN
    assert card.buttons == []


async def test_wrong_ones_lower_the_mode_by_themselves_and_a_manager_may_take_that_back(begin: Begin) -> None:
    world = await begin("cloud", mode="approve", more=QUIET)
    key = await world.ticket()
    assert "Approve" in ticket_cards(world)[0].buttons
    await came_true(world, key, right=30, wrong=15)
    (card,) = step_cards(world)
    assert "30 of the last 45 suggestions were right" in card.text
    assert "without a click" in card.text
    assert card.buttons == [UNDO]
    assert ticket_cards(world)[0].buttons == [], "what waited in the higher mode is called off"
    second = await world.ticket("Cannot connect to VPN from home again")
    assert len(ticket_cards(world)) == 1
    assert world.desk.sure in world.note(second), "suggested it still is"
    (lowered,) = await world.recorded("ladder.lowered")
    assert (lowered.actor, lowered.details["was"], lowered.details["to"]) == ("ladder", "approve", "suggest")

    await card.click(UNDO, by="carol")
    await world.settles()
    assert "not among the people" in world.told("carol")[-1]
    await card.click(UNDO, by="alice")
    await world.settles()
    assert card.buttons == []
    assert "Taken back by Alice Moreau: approve again." in card.text
    await counted(world)
    assert len(step_cards(world)) == 1, "what came true before says nothing any more"
    await world.ticket("Cannot connect to VPN from home once more")
    assert len(ticket_cards(world)) == 2


async def test_a_moved_mode_outlives_a_restart_and_the_file_below_it_wins(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=QUIET)
    key = await world.ticket()
    await came_true(world, key, right=150)
    await step_cards(world)[0].click(UP, by="alice")
    await world.settles()
    await world.stop_bot()
    await world.start_bot()
    await world.ticket("Cannot connect to VPN from home again")
    assert len(ticket_cards(world)) == 1
    await world.settles()
    assert "Approve" in ticket_cards(world)[0].buttons, "the start calls nothing off that the ladder raised"
    await world.stop_bot()
    await world.start_bot(mode="shadow")
    await world.ticket("Cannot connect to VPN from home, now at night")
    await world.settles()
    assert len(ticket_cards(world)) == 1
    assert ticket_cards(world)[0].buttons == []


async def test_auto_is_reached_by_a_click_and_only_where_a_rule_allows_it(begin: Begin) -> None:
    rules = '  - match: {action: "*.set_fields"}\n    allow: true\n'
    more = f"{QUIET}\nladder: {{highest: auto, managers: [U0ALICE]}}"
    world = await begin("cloud", mode="approve", rules=rules, more=more)
    key = await world.ticket()
    await came_true(world, key, right=150)
    (card,) = step_cards(world)
    assert card.buttons == ["Raise to auto", "Leave at approve"]
    await card.click("Raise to auto", by="alice")
    await world.settles()
    again = await world.ticket("Cannot connect to VPN from home again")
    assert world.desk.value(again) == world.desk.sure
    assert len(ticket_cards(world)) == 1, "the first ticket's alone"


async def test_without_a_rule_that_allows_it_auto_is_never_offered(begin: Begin) -> None:
    world = await begin("cloud", mode="approve", more=f"{QUIET}\nladder: {{highest: auto}}")
    key = await world.ticket()
    await came_true(world, key, right=150)
    assert step_cards(world) == []
    assert await world.recorded("ladder.offered") == []


@pytest.mark.parametrize("ladder_is", ["enabled: false", "highest: suggest"])
async def test_a_ladder_that_is_off_or_at_its_top_offers_nothing(begin: Begin, ladder_is: str) -> None:
    world = await begin("cloud", mode="suggest", more=f"{QUIET}\nladder: {{{ladder_is}}}")
    key = await world.ticket()
    await came_true(world, key, right=150)
    assert step_cards(world) == []


async def test_out_of_the_shadow_comes_what_was_raised_and_nothing_else(begin: Begin) -> None:
    world = await begin("cloud", mode="shadow", more=QUIET)
    key = await world.ticket()
    assert world.desk.notes(key) == []
    await came_true(world, key, right=150)
    await step_cards(world)[0].click("Raise to suggest", by="alice")
    await world.settles()
    second = await world.ticket("Cannot connect to VPN from home again")
    assert world.desk.sure in world.note(second)
    assert "Similar" not in world.note(second)
    assert ticket_cards(world) == []
    other = await world.ticket(*world.desk.answered)
    assert world.desk.notes(other) == []


async def test_the_bot_counts_by_itself(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climbing, "LOOK_S", 0.05)
    world = await begin("cloud", mode="suggest", more=QUIET)
    key = await world.ticket()
    queue, guess = await guess_on(world, key)
    outcomes, now = Outcomes(world.redis, PREFIX), world.bot.clock.now()
    for number in range(120):
        right = Outcome(guess=guess, queue=queue, how=How.CLOSED, actual=guess.value, at=now)
        await outcomes.remember(Learn(EffectId(f"r#{number}"), TicketRef("jira", f"r{number}"), (right,)))
    await world.until(lambda: bool(step_cards(world)))


async def test_a_desk_that_speaks_french_reads_the_figures_in_french(begin: Begin) -> None:
    world = await begin("cloud", mode="suggest", more=f"{QUIET}\nlanguage: fr")
    key = await world.ticket()
    await came_true(world, key, right=150)
    (card,) = world.cards()
    assert "150 des 150 dernières suggestions étaient justes" in card.text
    assert card.buttons == ["Passer à approve", "Laisser à suggest"]
    assert "Mode:" not in card.text
