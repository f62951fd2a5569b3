"""Puts the past into the fake systems: solved, answered, months old, and without telling anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sandbox.demo.past.stories import LANGUAGES, Story, voices
from sandbox.demo.past.telling import Past
from sandbox.jira import World
from sandbox.jira.history import AGENTS_OF, Dice
from sandbox.servicenow import ServiceNowWorld
from sandbox.servicenow.history import RESOLVERS
from sandbox.servicenow.rules import CLOSED
from sandbox.servicenow.store import STAMP

YOUNGEST: Final = dt.timedelta(days=10)
"""How long ago the last ticket of the past ended."""
OLDEST: Final = dt.timedelta(days=370)
REQUESTS: Final = {
    "broken": "Something is broken",
    "access": "Ask for access",
    "order": "Order equipment",
    "question": "Ask a question",
    "phishing": "Report a suspicious message",
    "recurring": "Report a recurring fault",
}
PRIORITIES: Final = ("Highest", "High", "High", "Medium", "Medium")
"""By how much impact and urgency fall short of the highest."""
ODD_IN: Final = 8
"""One ticket in so many has a priority, or somebody working on it, that nobody would have guessed."""


def hire(jira: World, servicenow: ServiceNowWorld) -> None:
    """Give everybody who tells the past an account in both systems."""
    for language in LANGUAGES:
        for person in voices()[language].people:
            if jira.find_user(login(person)) is None:
                jira.add_person(login(person), person)
            if servicenow.instance.store.find("sys_user", user_name=login(person)) is None:
                servicenow.add_person(login(person), person)


def login(person: str) -> str:
    """Return the user name of somebody; Dan, whose page it is, has his first name."""
    first, _, last = person.lower().replace("é", "e").partition(" ")
    return first if last == "peters" else f"{first}.{last}"


def into_jira(world: World, told: Sequence[Past], seed: int) -> list[str]:
    """Tell the past of OPS; returns the keys, oldest first."""
    dice = Dice(seed)
    return [_issue(world, past, at, dice) for past, at in zip(told, _times(world.now(), told), strict=True)]


def _times(now: dt.datetime, told: Sequence[Past]) -> list[dt.datetime]:
    """Return when each was opened; evenly, as a desk's days are much alike."""
    step = (OLDEST - YOUNGEST) / max(len(told), 1)
    return [now - OLDEST + place * step for place in range(len(told))]


def _issue(world: World, past: Past, at: dt.datetime, dice: Dice) -> str:
    place = past.filed.jira
    if place is None:
        raise ValueError(f"{past.filed.name} is no story of Jira's")
    usual = AGENTS_OF[place.component]
    agent = usual if dice.number(ODD_IN) else dice.pick(("alice", "bob", "carol"))
    priority = _priority(past.filed) if dice.number(ODD_IN) else dice.pick(("High", "Medium", "Low"))
    with world.replaying(at):
        key = world.create_issue(
            past.summary,
            reporter=login(past.writer),
            description=past.description,
            request_type=REQUESTS[place.request],
            components=[place.component],
            labels=[place.label],
        )
    with world.replaying(at + dt.timedelta(minutes=5 + dice.number(60))):
        world.edit(key, agent, assignee=agent, priority=priority)
        world.transition(key, agent, "Start work")
    with world.replaying(at + dt.timedelta(minutes=90 + dice.number(600))):
        world.comment(key, agent, past.reply)
        world.transition(key, agent, "Resolve", resolution="Done")
    if dice.number(3):
        with world.replaying(at + dt.timedelta(days=5)):
            world.transition(key, agent, "Close")
    return key


def _priority(story: Story) -> str:
    grade = story.servicenow
    short = int(grade.impact) + int(grade.urgency) - 2 if grade else 3
    return PRIORITIES[short]


def into_servicenow(world: ServiceNowWorld, told: Sequence[Past]) -> list[str]:
    """Tell the closed incidents; returns their numbers, oldest first."""
    made: list[str] = []
    for past, at in zip(told, _times(world.instance.store.now(), told), strict=True):
        number = f"INC{len(made) + 1:07d}"
        _incident(world, number, past, at)
        made.append(number)
    world.is_past(made)
    return made


def _incident(world: ServiceNowWorld, number: str, past: Past, at: dt.datetime) -> None:
    place = past.filed.servicenow
    if place is None:
        raise ValueError(f"{past.filed.name} is no story of ServiceNow's")
    caller, resolver = world.user_id(login(past.writer)), world.user_id(RESOLVERS[place.group])
    opened, resolved = at.strftime(STAMP), (at + dt.timedelta(hours=5)).strftime(STAMP)
    world.instance.store.add(
        "incident",
        number,
        number=number,
        short_description=past.summary,
        description=past.description,
        category=place.category,
        subcategory=place.subcategory,
        assignment_group=world.group_id(place.group),
        impact=place.impact,
        urgency=place.urgency,
        priority=world.quirks.priorities.get((place.impact, place.urgency), ""),
        state=CLOSED,
        incident_state=CLOSED,
        active="false",
        close_code="Solution provided",
        close_notes=past.reply,
        sys_created_by=login(past.writer),
        sys_updated_by=RESOLVERS[place.group],
        **dict.fromkeys(("caller_id", "opened_by"), caller),
        **dict.fromkeys(("assigned_to", "resolved_by", "closed_by"), resolver),
        **dict.fromkeys(("opened_at", "sys_created_on"), opened),
        **dict.fromkeys(("resolved_at", "closed_at", "sys_updated_on"), resolved),
    )
