"""Who is told what by the whole bot: the rows of the file hold, and the rights people have in Jira."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Begin
from tests.stories.desks import JiraDesk
from tests.stories.test_conversations import said
from tests.stories.test_slash_commands import types


@pytest.mark.parametrize("desk", ["cloud", "dc"])
async def test_what_somebodys_own_account_may_not_see_they_are_not_told_by_command_nor_in_conversation(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk, mode="suggest")
    assert isinstance(world.desk, JiraDesk)
    key = await world.ticket()
    world.desk.world.restrict(key, "support-leads")
    assert f"{key} now" in await types(world, "alice", f"status {key}")
    for asks in ("status", "summary"):
        told = await types(world, "bob", f"{asks} {key}")
        assert "Your own account in the ticket system may not see this ticket" in told
        assert "VPN" not in told
    asked = world.slack.world.dm("U0BOB", f"What is {key} about?")
    await world.settles()
    assert "VPN" not in "\n".join(said(world, asked))
    refused = await world.recorded("access.refused")
    assert {(each.actor, each.because) for each in refused} == {("slack:U0BOB", "access.not_yours")}
    assert {each.ticket for each in refused} == {f"jira:{world.desk.vendor_id(key)}"}


async def test_rows_say_who_may_ask_about_what(begin: Begin) -> None:
    rows = "access: [{who: [U0ALICE]}, {who: [everyone], skills: [ask]}]"
    world = await begin(mode="suggest", more=rows)
    key = await world.ticket()
    assert f"{key} now" in await types(world, "carol", f"status {key}")
    assert "not open to you" in await types(world, "carol", f"summary {key}")
    assert f"{key}: Hand-over" in await types(world, "alice", f"summary {key}")
    assert [each.details for each in await world.recorded("access.refused")] == [{"skill": "summary"}]
