"""The step of Workflow Builder: inputs held against what is live, a proposal on a card, its end told once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import manifests
from bot.core.arguments import NoteArguments
from bot.core.dossier import Status
from bot.core.effects import TellTalk
from bot.core.errors import Malformed
from bot.core.ids import EffectId, ProposalId
from bot.runtime.talks_router import TalksRouter
from bot.slack.workflow_inputs import parse_step
from sandbox.slack import SlackSandbox
from sandbox.slack.executions import Execution
from sandbox.slack.rooms import Message
from tests.bot.slack.office import ROOM, Office, shown
from tests.making import ALICE, BOB, CAROL, REF, ticket

STEPS = yaml.safe_load(manifests.render("slack", url=""))["functions"]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    sandbox = SlackSandbox(mode="http", deadline_s=3.0, retry_delays_s=(0.0,), functions=STEPS)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


async def runs(place: Office, **inputs: Any) -> Execution:
    """Come to the step in a workflow that Carol used."""
    given = {"ticket": "OPS-1", "action": "Priority", "value": "High", "reason": "VIP", "requester": CAROL}
    run = place.world.run_step("request_approval", {**given, **inputs})
    await place.world.settle()
    await place.turns()
    return run


def cards(place: Office) -> list[Message]:
    return [each for each in place.world.messages(ROOM) if each.metadata]


async def decided(place: Office, action: str) -> Status:
    (tracked,) = (await place.bench.journal.dossier(REF)).tracked.values()
    await place.click(ALICE, cards(place)[0], action)
    return (await place.bench.of(tracked.proposal)).status


async def test_a_change_is_asked_for_on_a_card_and_the_workflow_goes_on_once_it_is_done(
    place: Office,
) -> None:
    run = await runs(place)
    assert run.state == "running"
    (card,) = cards(place)
    assert "Set priority to High." in card.text
    assert "VIP" in shown(card)
    (tracked,) = (await place.bench.journal.dossier(REF)).tracked.values()
    assert (tracked.proposal.by, tracked.proposal.why.raw) == (CAROL, "VIP")
    assert await decided(place, "approval:approve") is Status.APPROVED
    assert run.state == "running"
    await place.carries_out(tracked.proposal)
    assert (run.state, run.outputs["outcome"]) == ("completed", "executed")
    assert run.outputs["proposal"] == tracked.proposal.id


async def test_who_used_the_workflow_may_not_approve_it_under_four_eyes(place: Office) -> None:
    run = await runs(place, requester=ALICE)
    assert await decided(place, "approval:approve") is Status.PENDING
    assert run.state == "running"


async def test_a_rejection_is_an_outcome_the_workflow_may_branch_on(place: Office) -> None:
    run = await runs(place)
    (card,) = cards(place)
    acked = await place.world.click(BOB, card.channel, card.ts, "approval:reject")
    assert acked.ok
    view = place.world.open_views(BOB)[-1]
    await place.world.submit_view(BOB, view.id, {"reason": {"reason": "not now"}})
    await place.turns()
    assert (run.state, run.outputs["outcome"], run.outputs["reason"]) == ("completed", "rejected", "not now")


async def test_a_change_that_cannot_be_made_fails_the_step_with_why(place: Office) -> None:
    run = await runs(place)
    (tracked,) = (await place.bench.journal.dossier(REF)).tracked.values()
    await decided(place, "approval:approve")
    await place.carries_out(tracked.proposal, fails="the field is locked")
    assert run.state == "failed"
    assert "the field is locked" in run.error


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"value": "Purple"}, "there are: High, Medium, Low"),
        ({"action": "colour"}, "no field of that name"),
        ({"action": "status", "value": "Closed"}, "has nothing that does this"),
        ({"action": "assignee", "value": "Nobody I Know"}, "has nothing that does this"),
        ({"requester": "nobody"}, "takes ticket, action, value and requester"),
        ({"requester": "U0GUEST"}, "Guests"),
        ({"requester": "U0STRANGER"}, ""),
        ({"ticket": "no key at all"}, "There is no ticket no key at all"),
        ({"ticket": "snow:OPS-1"}, "There is no system snow"),
        ({"ticket": "https://evil.example/browse/OPS-1"}, "That address is no ticket's"),
    ],
)
async def test_what_does_not_fit_ends_the_step_in_a_sentence_and_asks_nobody(
    place: Office, inputs: dict[str, str], says: str
) -> None:
    run = await runs(place, **inputs)
    assert run.state == "failed"
    assert says in run.error
    assert run.error
    assert not cards(place)


async def test_a_note_says_that_a_workflow_wrote_it_and_leads_nowhere(place: Office) -> None:
    run = await runs(place, action="note", value="Call them\n- ![x](https://evil.example/x.png) today")
    (tracked,) = (await place.bench.journal.dossier(REF)).tracked.values()
    lines = NoteArguments.model_validate(dict(tracked.proposal.action.args)).lines
    assert [each.kind for each in lines] == ["text", "bullet", "fine"]
    assert lines[-1].text == "Written by a workflow in Slack."
    assert "https://evil.example" not in str(tracked.proposal.action.args)
    await place.carries_out(tracked.proposal)
    assert (run.state, run.outputs["outcome"]) == ("completed", "executed")


async def test_nothing_is_proposed_on_a_closed_ticket(place: Office) -> None:
    place.bench.records.tickets[REF.id] = ticket(closed=True)
    run = await runs(place)
    assert (run.state, run.error) == ("failed", "OPS-1 is closed: nothing is proposed on it any more.")


async def test_the_same_run_delivered_twice_asks_once(place: Office) -> None:
    run = await runs(place)
    event = {"type": "function_executed", "function": {"callback_id": "request_approval"}}
    event |= {"inputs": dict(run.inputs), "function_execution_id": run.id}
    again = {"type": "event_callback", "team_id": "T0MAIN", "event_id": "Ev-again", "event": event}
    await place.slack.deliveries.ask("events", again)
    await place.turns()
    assert len(cards(place)) == 1
    assert len((await place.bench.journal.dossier(REF)).tracked) == 1


async def test_a_change_somebody_else_waits_for_in_a_workflow_is_not_asked_for_twice(place: Office) -> None:
    first, second = await runs(place), await runs(place, requester=BOB)
    assert first.state == "running"
    assert (second.state, second.error) == (
        "failed",
        "Somebody is being asked for exactly this on OPS-1 already.",
    )


async def test_who_asks_is_also_read_as_slack_says_it_when_no_builder_can_set_it(place: Office) -> None:
    run = await runs(place, requester={"id": CAROL, "secret": "s3cr3t-of-the-context"})
    assert run.state == "running"
    (tracked,) = (await place.bench.journal.dossier(REF)).tracked.values()
    assert tracked.proposal.by == CAROL
    assert "s3cr3t" not in str(tracked)


@pytest.mark.parametrize(
    "requester", [{}, {"id": ""}, {"id": {"id": "U0CAROL"}}, {"user": "U0CAROL"}, [CAROL]]
)
async def test_a_requester_in_another_shape_is_nobody(place: Office, requester: Any) -> None:
    assert (await runs(place, requester=requester)).state == "failed"
    assert not cards(place)


async def test_the_token_of_a_step_is_not_stored(place: Office) -> None:
    run = place.world.run_step(
        "request_approval", dict.fromkeys(("ticket", "action", "value"), "x") | {"requester": CAROL}
    )
    await place.world.settle()
    leases = await place.bench.leases("fast")
    assert leases
    assert not [each for each in leases if run.token.encode() in each.data]


async def test_an_end_told_again_or_too_late_is_no_trouble(place: Office) -> None:
    run = await runs(place)
    assert place.side.workflow is not None
    told = TellTalk(EffectId("x#0"), f"workflow:{run.id}", ProposalId("p1"), "rejected", "Set.", "")
    for _ in range(2):
        await TalksRouter({"workflow": place.side.workflow}).settled(told)
    assert run.state == "completed"
    await place.side.workflow.settled(replace(told, talk="workflow:FxUNKNOWN"))
    await TalksRouter({}).settled(told)


@pytest.mark.parametrize("status", ["pending", "approved", "executing", "uncertain", "undone"])
async def test_nothing_is_said_before_the_end_nor_after_it(place: Office, status: str) -> None:
    run = await runs(place)
    assert place.side.workflow is not None
    told = TellTalk(EffectId("x#0"), f"workflow:{run.id}", ProposalId("p1"), status, "Set.", "")
    await place.side.workflow.settled(told)
    assert run.state == "running"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(JSON, JSON)
def test_any_event_is_read_or_refused(inputs: Any, execution: Any) -> None:
    event = {"function_execution_id": execution, "inputs": inputs, "function": inputs}
    try:
        step = parse_step({"event": event})
    except Malformed:
        return
    assert ":" not in step.execution
