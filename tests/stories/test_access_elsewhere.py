"""The rows of the file hold on tickets as well, and no answer shows somebody a ticket they may not see."""

from __future__ import annotations

import re

import pytest

from tests.stories.conftest import Begin, everywhere
from tests.stories.desks import JiraDesk
from tests.stories.test_slash_commands import types
from tests.stories.world import World

MATCHED = ", match_by_email: true"
LOOKS = ("similar", "triage", "draft", "plan")


async def solved_in(world: World, person: str, looks: str, key: str) -> set[str]:
    """Return the keys of other tickets that ``person`` is shown."""
    told = await types(world, person, f"{looks} {key}")
    assert f"{key}: " in told, told
    return set(re.findall(r"\b(?:OPS-|INC)\d+\b", told)) - {key}


@pytest.mark.parametrize("desk", ["cloud", "dc"])
async def test_what_was_learned_of_a_ticket_is_shown_to_nobody_whose_account_may_not_see_it_now(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk, mode="suggest")
    assert isinstance(world.desk, JiraDesk)
    key = await world.ticket()
    shown = await solved_in(world, "alice", "similar", key)
    assert shown
    for each in shown:
        world.desk.world.restrict(each, "support-leads")
    for looks in LOOKS:
        assert not await solved_in(world, "bob", looks, key) & shown, looks
    assert await solved_in(world, "alice", "triage", key) & shown, "alice is on that level"


async def test_where_no_account_can_be_asked_the_rows_say_whose_queues_are_shown(begin: Begin) -> None:
    rows = "access: [{who: [U0BOB], queues: [Network], deny: true}, {who: [everyone]}]"
    world = await begin("servicenow", mode="suggest", more=rows)
    key = await world.ticket()
    shown = await solved_in(world, "alice", "similar", key)
    queues = {each.key: each.queue for each in await world.past()}
    assert {queues[each] for each in shown} == {"Network"}
    for looks in LOOKS:
        assert not await solved_in(world, "bob", looks, key) & shown, looks


@everywhere
async def test_on_tickets_an_author_has_the_rows_that_they_have_in_slack(begin: Begin, desk: str) -> None:
    rows = "access: [{who: [U0ALICE]}, {who: [everyone], skills: [summary]}]"
    world = await begin(desk, mode="suggest", more=rows, slack_more=MATCHED)
    key = await world.ticket()
    before, public = len(world.desk.notes(key)), world.desk.public(key)

    world.desk.jot(key, "bob", "@countersign similar")
    await world.settles()
    assert len(world.desk.notes(key)) == before, "on the ticket it keeps quiet"
    (told,) = world.told("bob")
    assert f"You asked for similar on {key}. This is not open to you here." in told
    (refused,) = await world.recorded("access.refused")
    assert (refused.because, refused.details) == ("access.not_granted", {"skill": "similar"})
    assert refused.ticket == f"{world.desk.name}:{world.desk.vendor_id(key).replace('/', ':')}"
    assert refused.actor.startswith(f"{world.desk.name}:")

    for person, word in (("bob", "summary"), ("alice", "similar")):
        world.desk.jot(key, person, f"@countersign {word}")
        await world.settles()
    assert len(world.desk.notes(key)) == before + 2
    assert world.desk.public(key) == public
    assert world.told("alice") == []


@pytest.mark.parametrize(("row", "answers"), [("", 0), (", {who: [on_ticket], skills: [summary]}", 1)])
async def test_an_author_whom_nobody_knows_needs_a_row_for_tickets(
    begin: Begin, row: str, answers: int
) -> None:
    world = await begin(mode="suggest", more=f"access: [{{who: [everyone]}}{row}]")
    key = await world.ticket()
    before, public = len(world.desk.notes(key)), world.desk.public(key)
    for word in ("summary", "draft", "juggle"):
        world.desk.jot(key, "alice", f"@countersign {word}")
        await world.settles()
    assert len(world.desk.notes(key)) == before + answers
    assert world.desk.public(key) == public
    assert world.told("alice") == [], "nobody can tell that it was alice"
    assert len(await world.recorded("access.refused")) == 3 - answers
