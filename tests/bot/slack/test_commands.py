"""``/itsm``: who may stop the bot from Slack, what that does, and what everybody else is told."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from bot.core.dossier import Status
from bot.core.errors import Retry
from sandbox.faults import Fault, FaultKind
from sandbox.slack import SlackSandbox
from tests.bot.slack.office import ROOM, Office, office
from tests.making import ALICE, BOB, CAROL, proposal, rulebook

DAN = "U0DAN"
WHAT = proposal()


async def types(place: Office, user: str, text: str, channel: str = ROOM) -> str:
    """Type ``/itsm text`` and return what that person alone was told."""
    before = len(place.whispers(user))
    acked = await place.world.slash(user, "/itsm", text, channel)
    assert acked.ok
    await place.turns()
    return "\n".join(place.whispers(user)[before:])


async def stops(place: Office) -> dict[str, str]:
    return await place.bench.stops.all()


async def records(place: Office, what: str) -> list[Any]:
    return [record for record in await place.bench.audit() if record.what == what]


async def test_an_approver_stops_everything_and_resumes_it(place: Office) -> None:
    told = await types(place, ALICE, "stop the vendor has gone mad")
    assert told.startswith("Stopped: everything.")
    assert "To go on: /itsm resume" in told
    assert await stops(place) == {"*": "the vendor has gone mad"}
    (record,) = await records(place, "stop.set")
    assert (record.actor, record.because) == (f"slack:{ALICE}", "the vendor has gone mad")
    assert (await types(place, BOB, "resume")).startswith("Resumed: everything.")
    assert await stops(place) == {}
    (record,) = await records(place, "stop.lifted")
    assert record.actor == f"slack:{BOB}"


@pytest.mark.parametrize(
    ("text", "scope", "resume"),
    [
        ("stop connector jira it drops fields", "connector:jira", "/itsm resume connector jira"),
        ("STOP Skill triage it repeats itself", "skill:triage", "/itsm resume skill triage"),
    ],
)
async def test_one_connector_or_skill_is_stopped_and_the_answer_says_how_to_go_on(
    place: Office, text: str, scope: str, resume: str
) -> None:
    told = await types(place, ALICE, text)
    assert resume in told
    assert list(await stops(place)) == [scope]
    assert "Resumed" in await types(place, ALICE, resume.removeprefix("/itsm "))
    assert await stops(place) == {}


async def test_an_operator_may_too_and_nobody_else(redis: Redis, prefix: str, slack: SlackSandbox) -> None:
    async with office(
        redis, prefix, slack, rulebook(approvals_channel=ROOM, operators={"dan": DAN})
    ) as place:
        await place.comes_up()
        assert "Arrêté : tout." in await types(place, DAN, "stop because"), "his Slack speaks French"
        assert "Repris : tout." in await types(place, DAN, "resume")
        for text in ("stop", "stop connector zendesk parce que", "resume skill poetry"):
            told = await types(place, DAN, text)
            assert told.startswith("Rien ne s'est passé : ")
            assert not any(english in told for english in ("there is", "say why", "known")), told
        for user in (CAROL, "U0GUEST", "U0STRANGER"):
            place.world.invite(ROOM, user)
            told = await types(place, user, "stop because I can")
            assert told == "Only operators and approvers may stop or resume. Nothing happened."
        assert await stops(place) == {}
        refused = await records(place, "command.refused")
        assert [r.actor for r in refused] == [f"slack:{u}" for u in (CAROL, "U0GUEST", "U0STRANGER")]


async def test_a_guest_in_an_approver_group_stops_nothing(place: Office) -> None:
    place.world.invite(ROOM, "U0GUEST")
    place.world.usergroups["S0MANAGERS"].users.append("U0GUEST")
    assert "Only operators and approvers" in await types(place, "U0GUEST", "stop because")
    assert await stops(place) == {}


async def test_who_may_not_is_not_told_what_is_stopped_either(place: Office) -> None:
    await types(place, ALICE, "stop a secret reason")
    assert "secret" not in await types(place, CAROL, "stops")


async def test_what_is_stopped_is_listed_with_its_reasons(place: Office) -> None:
    assert await types(place, ALICE, "stops") == "Nothing is stopped."
    await types(place, ALICE, "stop connector jira <!channel> & co")
    await types(place, ALICE, "stop everything at once")
    assert (await types(place, ALICE, "stops")).splitlines() == [
        "everything: everything at once",
        "connector jira: &lt;!channel&gt; &amp; co",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stop", "say why"),
        ("stop connector jira", "say why"),
        ("stop connector zendesk because", "there is no connector 'zendesk'; known are jira"),
        ("stop skill poetry because", "there is no skill 'poetry'"),
        ("resume connector zendesk", "there is no connector 'zendesk'"),
    ],
)
async def test_what_makes_no_sense_stops_nothing_and_says_what_would(
    place: Office, text: str, told: str
) -> None:
    said = await types(place, ALICE, text)
    assert said.startswith("Nothing happened: ")
    assert told in said
    assert await stops(place) == {}


@pytest.mark.parametrize("text", ["", "help", "halt", "  ", "stopp it", "--cancel"])
async def test_anything_else_shows_how_it_is_used(place: Office, text: str) -> None:
    told = await types(place, CAROL, text)
    assert "/itsm stop [connector NAME|skill NAME] [--cancel] WHY" in told
    assert "/itsm status KEY" in told
    assert ("Write it like this: /itsm stop" in told) == (text == "stopp it")
    assert await stops(place) == {}


async def test_resuming_what_is_not_stopped_is_said(place: Office) -> None:
    assert await types(place, ALICE, "resume connector jira") == "Not stopped: connector jira."
    assert await types(place, ALICE, "resume") == "Nothing is stopped."
    assert not await records(place, "stop.lifted")
    await types(place, ALICE, "stop connector jira because")
    assert await types(place, ALICE, "resume") == "connector jira: because"


async def test_with_cancel_what_waits_is_called_off_and_without_it_keeps_waiting(place: Office) -> None:
    await place.asks()
    await types(place, ALICE, "stop just a moment")
    assert (await place.bench.of(WHAT)).status is Status.PENDING
    told = await types(place, ALICE, "stop --cancel this was all wrong")
    assert "Called off: 1 waiting approvals." in told
    tracked = await place.bench.of(WHAT)
    assert (tracked.status, tracked.reason) == (Status.CANCELLED, "this was all wrong")
    assert "Called off" in str(place.world.messages(ROOM)[0].blocks)


async def test_where_the_bot_is_not_the_answer_comes_directly(place: Office) -> None:
    acked = await place.world.slash(ALICE, "/itsm", "stop because", "C0RANDOM")
    assert acked.ok
    await place.turns()
    assert "Stopped: everything." in place.directly(ALICE)[-1].text


async def test_the_same_command_delivered_again_changes_nothing(place: Office) -> None:
    acked = await place.world.slash(ALICE, "/itsm", "stop once", ROOM)
    await place.slack.deliveries.ask("slash_commands", acked.payload)
    await place.turns()
    assert len(await records(place, "stop.set")) == 1


async def test_it_stops_although_slack_cannot_be_told(place: Office) -> None:
    place.slack.faults.add(Fault(FaultKind.STATUS, path="chat.postEphemeral", status=503, times=-1))
    with pytest.raises(Retry):
        await types(place, ALICE, "stop now")
    assert await stops(place) == {"*": "now"}
