"""What every connector must do about people: who is in a group, and who may have a ticket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.actions import Action, Landing
from bot.core.errors import Forbidden, Missing, Retry
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from sandbox.faults import Fault, FaultKind
from tests.connectors.conformance import Case, Running, every_case

EVERY = every_case()
OPERATION = Operation("CS-0123456789AB")
HOSTILE = (
    "x^active=true",
    "nobody^NQactive=true",
    "^",
    "javascript:gs.getUserID()",
    "../../myself",
    "%",
    "*",
    "' OR 1=1",
    "a&groupname=it-support",
    "\x00",
    "x" * 5_000,
    "bob " * 5_000,
)
"""What must find nobody, whoever it is handed to."""


@pytest.fixture(params=list(EVERY.values()), ids=list(EVERY))
async def running(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    _, case = request.param
    assert isinstance(case, Case)
    async with case.running() as alive:
        yield alive


# --- groups


async def test_the_active_people_of_a_group_are_known_by_their_addresses(running: Running) -> None:
    """Erin is a member and has left."""
    found = await running.connector.members(running.group)
    assert found == ("alice@example.com", "bob@example.com", "carol@example.com")


@pytest.mark.parametrize("group", ["", " ", "approvers of change ", "Approvers", "of change", *HOSTILE])
async def test_a_group_that_is_not_called_that_is_missing_and_never_another_one(
    running: Running, group: str
) -> None:
    with pytest.raises(Missing):
        await running.connector.members(group)


async def test_a_group_of_nobody_is_there_and_empty(running: Running) -> None:
    running.regroup("Nobody", [])
    assert await running.connector.members("Nobody") == ()


async def test_who_joins_and_who_leaves_is_seen_at_once(running: Running) -> None:
    """Nothing is remembered here: whoever asks decides how old an answer may be."""
    await running.connector.members(running.group)
    running.regroup(running.group, ["dan"])
    assert await running.connector.members(running.group) == ("dan@example.com",)


async def test_a_group_that_may_not_be_seen_is_forbidden_and_a_vendor_that_is_away_is_retried(
    running: Running,
) -> None:
    for status, error in ((403, Forbidden), (401, Forbidden), (503, Retry), (429, Retry)):
        running.vendor.faults.add(
            Fault(FaultKind.STATUS, method="GET", path="(?i)group|grmember", status=status)
        )
        with pytest.raises(error):
            await running.connector.members(running.group)
    running.vendor.faults.add(Fault(FaultKind.RESET, method="GET", path="(?i)group|grmember"))
    with pytest.raises(Retry):
        await running.connector.members(running.group)
    assert running.writes() == 0


# --- people


async def test_somebody_found_can_be_assigned_and_the_ticket_then_shows_the_same_value(
    running: Running,
) -> None:
    (found,) = await running.connector.people((await running.read()).ticket, "okafor", 10)
    verb = running.verb(ActionName(f"{running.connector.kind}.assign"))
    action = Action(verb.name, running.ref, {"to": {"id": found.id, "label": found.label}}, verb.risk)
    request = verb.plan(action, OPERATION, await running.read())
    await running.connector.send(request, Permit(action.digest(), OPERATION))
    now = await running.read()
    assert verb.landed(action, OPERATION, now).landing is Landing.APPLIED
    (field,) = verb.touches(action.args)
    assert now.ticket.fields[field] == (found,)


@pytest.mark.parametrize("words", ["Bob", "bob", "bob@example.com", " Bob   Okafor ", "okaf"])
async def test_people_are_found_by_the_beginning_of_a_name_or_address(running: Running, words: str) -> None:
    found = await running.connector.people((await running.read()).ticket, words, 10)
    assert [each.label for each in found] == ["Bob Okafor"]


@pytest.mark.parametrize("words", ["erin", "walsh@", "nobody at all", *HOSTILE])
async def test_nobody_is_found_who_left_or_is_not_called_that(running: Running, words: str) -> None:
    assert await running.connector.people((await running.read()).ticket, words, 10) == ()


async def test_without_words_anybody_is_offered_and_never_more_than_asked_for(running: Running) -> None:
    ticket = (await running.read()).ticket
    everybody = await running.connector.people(ticket, "", 100)
    assert {"Alice Moreau", "Bob Okafor", "Carol Nguyen"} <= {each.label for each in everybody}
    assert "Erin Walsh" not in {each.label for each in everybody}
    assert len({each.id for each in everybody}) == len(everybody)
    for limit in (0, 1, 2):
        assert await running.connector.people(ticket, "", limit) == everybody[:limit]


async def test_a_search_for_people_that_fails_says_what_to_do(running: Running) -> None:
    ticket = (await running.read()).ticket
    for status, error in ((401, Forbidden), (503, Retry), (429, Retry)):
        running.vendor.faults.add(Fault(FaultKind.STATUS, method="GET", path="user", status=status))
        with pytest.raises(error):
            await running.connector.people(ticket, "bob", 5)
