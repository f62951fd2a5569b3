"""Open tickets that are alike: a question on the note, one message when there are many, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.foreign import thing, things
from bot.core.incidents import Queue, read
from bot.forgetting import forget_open
from sandbox.slack.rooms import Message
from tests.stories.conftest import Begin, everywhere
from tests.stories.desks import JiraDesk, ServiceNowDesk
from tests.stories.world import CHANNEL, World

SUMMARY = "Gateway tunnel refuses every certificate"
TEXT = "The tunnel to the gateway refuses my certificate since {minute} past nine, from floor {floor}."
ASKED = "Same as an open ticket?"
ASIDE = "Is this part of one incident?"
SIX = [f"person{number}" for number in range(6)]
OTHER = ("Canteen badge reader dark", "The badge reader of the canteen shows nothing at all.")


def opened(world: World, person: str, number: int = 0, summary: str = SUMMARY, text: str = TEXT) -> str:
    """Open a ticket as somebody; returns its key."""
    desk, said = world.desk, text.replace("{minute}", str(number)).replace("{floor}", str(number + 20))
    if isinstance(desk, JiraDesk):
        if desk.world.find_user(person) is None:
            desk.world.add_person(person, person.title(), account_type="customer")
        return desk.world.create_issue(summary, reporter=person, description=said)
    assert isinstance(desk, ServiceNowDesk)
    if desk.servicenow.world.instance.store.find("sys_user", user_name=person) is None:
        desk.world.add_person(person, person.title())
    return desk.world.create_incident(summary, said, caller=person)


def messages(world: World) -> list[Message]:
    """Return what was said about floods in the approvals channel."""
    return [each for each in world.slack.world.messages(CHANNEL) if "alike tickets" in each.text]


def shown(message: Message) -> str:
    return f"{message.text}\n{message.blocks}"


async def flood(world: World, people: list[str]) -> list[str]:
    """Open an alike ticket each, one after another."""
    keys: list[str] = []
    for number, person in enumerate(people):
        keys.append(opened(world, person, number))
        await world.settles()
    return keys


@everywhere
async def test_six_alike_tickets_from_six_people_are_one_message_with_two_workers(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    await world.start_bot("worker", ready=False)
    world.desk.tell(world.bots[0].url)
    keys = await flood(world, SIX)
    (message,) = messages(world)
    assert "Is this one incident? 5 alike tickets" in message.text
    assert "certificate" in message.text
    await world.skip(200)
    assert "6 alike tickets" in messages(world)[0].text, "the same message follows"
    assert len(messages(world)) == 1
    text = shown(messages(world)[0])
    assert all(key in text for key in keys)
    assert len(await world.recorded("incident.noticed")) == 1
    assert ASIDE in world.note(keys[5])
    assert keys[0] in world.note(keys[5])
    assert ASIDE not in world.note(keys[0]), "nobody could know yet"


async def test_all_at_once_over_two_workers_they_are_still_one_message(begin: Begin) -> None:
    world = await begin("cloud")
    await world.start_bot("worker", ready=False)
    world.desk.tell(world.bots[0].url)
    keys = [opened(world, person, number) for number, person in enumerate(SIX)]
    await world.settles()
    await world.skip(200)
    (message,) = messages(world)
    assert "6 alike tickets" in message.text
    assert all(key in shown(message) for key in keys)
    assert len(await world.recorded("incident.noticed")) == 1


async def test_when_no_more_come_the_same_message_says_that_it_has_calmed_down(begin: Begin) -> None:
    world = await begin("cloud")
    await flood(world, SIX[:5])
    await world.skip(31 * 60)
    (message,) = messages(world)
    assert message.text.startswith("It has calmed down: 5 alike tickets")
    assert len(await world.recorded("incident.over")) == 1


@everywhere
async def test_one_person_who_writes_six_times_is_no_incident(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    keys = await flood(world, ["person0"] * 6)
    assert messages(world) == []
    assert await world.recorded("incident.noticed") == []
    assert all(ASIDE not in world.note(key) for key in keys)


async def test_six_tickets_about_six_things_are_none(begin: Begin) -> None:
    world = await begin("cloud")
    things = [
        "Printer toner",
        "Badge lost",
        "Payroll wrong",
        "Keyboard sticky",
        "Monitor flickers",
        "Phone dead",
    ]
    for person, summary in zip(SIX, things, strict=True):
        opened(world, person, summary=summary, text=f"{summary} since yesterday, please help.")
    await world.settles()
    assert messages(world) == []


@everywhere
async def test_a_likely_duplicate_is_a_question_on_the_note_and_nothing_else(begin: Begin, desk: str) -> None:
    world = await begin(desk, mode="auto")
    first, second = await flood(world, SIX[:2])
    assert ASKED not in world.note(first)
    note = world.note(second)
    assert ASKED in note
    assert first in note
    assert note.count("refuses my certificate") == 2, "both texts are quoted"
    assert "certificate" in note.rpartition("Words in common")[2]
    assert not [card for card in world.cards() if first in card.text and second in card.text]
    assert not [each for each in await world.audit() if "link" in each.what or "clos" in each.what]
    assert world.desk.public(first) == world.desk.public(second) == []


async def test_a_closed_ticket_and_one_about_something_else_are_not_asked_about(begin: Begin) -> None:
    world = await begin("cloud")
    (first,) = await flood(world, SIX[:1])
    other = await world.ticket(*OTHER)
    world.desk.close(first)
    await world.settles()
    second = opened(world, "person1", 1)
    await world.settles()
    assert ASKED not in world.note(second)
    assert ASKED not in world.note(other)


async def test_a_deleted_ticket_is_not_asked_about_and_its_words_are_gone(begin: Begin) -> None:
    world = await begin("cloud")
    (first,) = await flood(world, SIX[:1])
    assert b"certificate" in b"".join(await world.redis.hvals("{countersign}:open"))
    world.desk.delete(first)
    await world.settles()
    assert b"".join(await world.redis.hvals("{countersign}:open")) == b""
    second = opened(world, "person1", 1)
    await world.settles()
    assert ASKED not in world.note(second)


async def test_a_ticket_of_another_project_is_not_asked_about(begin: Begin) -> None:
    world = await begin("cloud")
    assert isinstance(world.desk, JiraDesk)
    hidden = world.desk.world.create_issue(SUMMARY, project="HELP", reporter="alice", description=TEXT)
    await world.settles()
    second = opened(world, "person1", 1)
    await world.settles()
    assert ASKED not in world.note(second)
    assert hidden not in world.note(second)


async def test_a_ticket_that_few_may_read_is_not_quoted_beside_others(begin: Begin) -> None:
    world = await begin("cloud")
    (first,) = await flood(world, SIX[:1])
    assert isinstance(world.desk, JiraDesk)
    world.desk.world.restrict(first)
    world.desk.reword(first, f"{SUMMARY} again")
    await world.settles()
    second = opened(world, "person1", 1)
    await world.settles()
    assert ASKED not in world.note(second)
    assert await world.redis.hvals("{countersign}:open") != []


async def test_a_forgotten_ticket_is_not_asked_about_even_when_it_changes(begin: Begin) -> None:
    world = await begin("cloud")
    (first,) = await flood(world, SIX[:1])
    environ = world.environment(world.plan)
    assert await forget_open(environ, world.desk.name, first)
    assert not await forget_open(environ, world.desk.name, "OPS-404")
    world.desk.reword(first, f"{SUMMARY} again")
    await world.settles()
    second = opened(world, "person1", 1)
    await world.settles()
    assert ASKED not in world.note(second)


HOSTILE = (
    "<!channel> <@U0ALICE> {color:red}*bold*{color} [x|http://evil.example] [code]<b>x</b>[/code] certificate"
)


@everywhere
async def test_markup_in_alike_tickets_does_nothing_in_slack_or_on_the_note(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    people = enumerate(SIX)
    keys = [opened(world, person, n, f"{SUMMARY} {HOSTILE}", f"{TEXT} {HOSTILE}") for n, person in people]
    await world.settles()
    await world.skip(200)
    (message,) = messages(world)
    assert "<!channel>" not in message.text
    assert "<@" not in message.text
    links = [each["url"] for block in message.blocks for each in _links(block)]
    assert len(links) == 6
    assert all("evil" not in url for url in links)
    note = next(world.note(key) for key in reversed(keys) if ASKED in world.note(key))
    live = ("[code]",) if desk == "servicenow" else ("[x|http", "{color:red}", "*bold*{")
    for each in live:
        assert each not in note


def _links(value: object) -> list[dict[str, Any]]:
    inner = thing(value)
    own = [inner] if inner.get("type") == "link" else []
    return own + [link for each in (*things(value), *inner.values()) for link in _links(each)]


@pytest.mark.parametrize("mode", ["off", "shadow"])
async def test_where_the_bot_is_not_to_speak_nobody_is_told(begin: Begin, mode: str) -> None:
    world = await begin("cloud", mode=mode)
    await flood(world, SIX)
    assert messages(world) == []
    assert len(await world.recorded("incident.noticed")) == (mode == "shadow")
    assert bool(await world.redis.hlen("{countersign}:open")) == (mode == "shadow")


async def test_switched_off_no_flood_is_noticed_and_duplicates_are_still_asked_about(begin: Begin) -> None:
    world = await begin("cloud", more="brain: {outbreak: off}")
    keys = await flood(world, SIX)
    assert messages(world) == []
    assert await world.recorded("incident.noticed") == []
    assert ASKED in world.note(keys[5])
    assert ASIDE not in world.note(keys[5])


async def test_a_desk_may_say_how_many_are_a_flood(begin: Begin) -> None:
    world = await begin("cloud", more="brain: {outbreak: {tickets: 3, minutes: 10}}\nlanguage: fr")
    keys = await flood(world, SIX[:3])
    (message,) = [each for each in world.slack.world.messages(CHANNEL) if "semblables" in each.text]
    assert "Est-ce un seul incident ? 3 tickets semblables" in shown(message)
    assert "Le même qu'un ticket ouvert ?" in world.note(keys[1])


async def test_a_thrown_kill_switch_keeps_it_quiet_until_it_is_lifted(begin: Begin) -> None:
    world = await begin("cloud")
    await flood(world, SIX[:4])
    await world.redis.hset("{countersign}:stops", "*", "for a drill")
    opened(world, "person4", 4)
    await world.settles()
    assert messages(world) == []
    await world.redis.hdel("{countersign}:stops", "*")
    await world.skip(120)
    assert len(messages(world)) == 1


async def test_what_is_kept_of_open_tickets_is_redacted(begin: Begin) -> None:
    world = await begin("cloud")
    secret = "Mail me at jane.roe@example.com or +44 20 7946 0958, password: hunter2!x"
    first = opened(world, "person1", 1, text=f"{TEXT} {secret}. Regards from Person1.")
    await world.settles()
    second = opened(world, "person2", 2, text=f"{TEXT} {secret}.")
    await world.settles()
    kept = b"".join(await world.redis.hvals("{countersign}:open")).decode()
    for raw in ("jane.roe", "7946", "hunter2", "Person1", "5eed0000"):
        assert raw not in kept
    asked = world.note(second).partition(ASKED)[2]
    assert first in asked
    assert "jane.roe" not in asked


async def test_a_replica_that_starts_later_tells_the_same_flood_no_second_time(begin: Begin) -> None:
    world = await begin("cloud")
    await flood(world, SIX[:5])
    await world.stop_bot()
    await world.start_bot()
    opened(world, "person5", 5)
    await world.settles()
    await world.skip(200)
    (message,) = messages(world)
    assert "6 alike tickets" in message.text
    queue = Queue("jira", "OPS")
    _, document = await world.bot.lanes.load(queue.lane)
    assert document is not None
    (incident,) = read(document).known
    assert incident.place is not None


async def test_a_note_that_came_back_public_is_taken_away_with_the_question_on_it(begin: Begin) -> None:
    world = await begin("cloud")
    (first,) = await flood(world, SIX[:1])
    assert isinstance(world.desk, JiraDesk)
    world.desk.world.nasty.flip_visibility = 1
    second = opened(world, "person1", 1)
    await world.settles()
    assert world.desk.public(second) == []
    assert world.desk.notes(second) == []
    assert await world.bot.stops.why(connector="jira", skill="triage") is not None
    assert ASKED not in world.note(first), "what is open later changes no note before"
