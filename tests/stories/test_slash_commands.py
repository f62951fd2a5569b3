"""Slack's other doors to the whole bot, over HTTP and Socket Mode: commands, the Home, links, workflows."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Begin
from tests.stories.world import CHANNEL, World

both = pytest.mark.parametrize("slack", ["http", "socket"])


async def types(world: World, person: str, text: str) -> str:
    """Type ``/itsm text`` and return all that person alone is shown because of it."""
    user = f"U0{person.upper()}"
    before = len(world.slack.world.ephemerals(user))
    assert (await world.slack.world.slash(user, "/itsm", text, CHANNEL)).ok
    await world.settles()
    return "\n".join(f"{m.text}\n{m.blocks}" for m in world.slack.world.ephemerals(user)[before:])


async def home(world: World, person: str) -> tuple[str, str]:
    """Open the Home tab; returns its id and what it says."""
    user = f"U0{person.upper()}"
    world.slack.world.open_home(user)
    await world.settles()
    view = world.slack.world.home(user)
    assert view is not None
    return view.id, str(view.body)


@both
async def test_a_ticket_is_looked_at_handed_over_changed_and_set_back_without_leaving_slack(
    begin: Begin, slack: str
) -> None:
    world = await begin(slack=slack, ask="approvers: [U0ALICE, S0MANAGERS], four_eyes: false")
    key = await world.ticket()
    assert f"{key} now" in await types(world, "carol", f"status {key}")
    assert f"{key}: Hand-over in five lines" in await types(world, "carol", f"summary {key}")
    assert "Waiting for you: 1" in await types(world, "alice", "pending")
    await world.fields_card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == world.desk.sure
    approved = await world.recorded("proposal.approved")
    (proposal,) = [each.proposal for each in approved if each.actor == "slack:U0ALICE"]
    assert "approved and done" in await types(world, "carol", f"why {proposal}")
    ident, says = await home(world, "alice")
    assert key in says
    await world.slack.world.click_in_view("U0ALICE", ident, "home:undo", f"{proposal}|1")
    await world.settles()
    assert world.desk.value(key) == world.desk.unset


@both
async def test_a_link_is_previewed_and_a_workflow_waits_for_people(begin: Begin, slack: str) -> None:
    world = await begin(
        "servicenow", slack=slack, mode="suggest", slack_more=", unfurl: [servicenow/incident]"
    )
    key = await world.ticket()
    home_url = world.desk.environment()["SERVICENOW_URL"]
    message = world.slack.world.say("U0CAROL", CHANNEL, f"{home_url}/incident.do?sysparm_query=number={key}")
    await world.settles()
    (preview,) = world.slack.world.message(CHANNEL, message.ts).attachments
    assert "Queue: incident" in str(preview)
    assert "VPN" not in str(preview)
    inputs = {"ticket": key, "action": world.desk.field, "value": world.desk.other, "reason": "VIP"}
    run = world.slack.world.run_step("request_approval", {**inputs, "requester": "U0CAROL"})
    await world.settles()
    assert (run.state, run.error) == ("running", "")
    await world.cards()[-1].click("Approve", by="alice")
    await world.settles()
    assert (run.state, run.outputs["outcome"]) == ("completed", "executed")
    assert world.desk.value(key) == world.desk.other
