"""What comes to the HTTP edge that is wrong, doubled, too large, unreadable or unknown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.stories.conftest import Begin
from tests.stories.desks import ServiceNowDesk
from tests.stories.signing import created, jira_headers, post, servicenow_headers, slack_headers

JIRA, SERVICENOW, SLACK = "/webhooks/jira", "/webhooks/servicenow", "/slack/events"
MARK = "nobody may hear this again"
MIB = 1024 * 1024


@pytest.mark.parametrize("secret", ["", "wrong"])
async def test_a_wrong_or_missing_signature_is_401_echoes_nothing_and_stores_nothing(
    begin: Begin, secret: str
) -> None:
    world = await begin("cloud")
    body = created("1", note=MARK)
    status, said, _ = await post(world, JIRA, body, jira_headers(body, secret=secret))
    assert status == 401
    assert MARK not in said
    await world.settles()
    assert [each.what for each in await world.audit()] == ["policy.loaded"]
    assert not any(MARK.encode() in raw for raw in await world.stored())


async def test_a_signature_of_another_body_is_401(begin: Begin) -> None:
    world = await begin("cloud")
    status, _, _ = await post(world, JIRA, created("2"), jira_headers(created("3")))
    assert status == 401


@pytest.mark.parametrize(("age_s", "expected"), [(0, 202), (200, 202), (400, 401), (-400, 401)])
async def test_servicenows_timestamp_may_be_five_minutes_off(begin: Begin, age_s: int, expected: int) -> None:
    world = await begin("servicenow")
    assert isinstance(world.desk, ServiceNowDesk)
    body = json.dumps({"event_id": "e", "table": "incident", "operation": "insert"}).encode()
    headers = servicenow_headers(body, world.desk.servicenow.webhook_secret, age_s=age_s)
    world.may_leave_dead_letters = True
    status, _, _ = await post(world, SERVICENOW, body, headers)
    assert status == expected


async def test_a_replayed_delivery_is_answered_200_and_done_once(begin: Begin) -> None:
    world = await begin("cloud")
    world.desk.deliveries.drop = 1
    key = world.desk.open("Cannot connect to VPN from home", "Timeout.")
    body = created(world.desk.vendor_id(key))
    answers = [await post(world, JIRA, body, jira_headers(body)) for _ in range(3)]
    assert [status for status, _, _ in answers] == [202, 200, 200]
    await world.settles()
    assert len(world.desk.notes(key)) == 1
    assert len(await world.heard()) == 1


async def test_without_the_vendors_id_the_body_itself_is_the_identity(begin: Begin) -> None:
    world = await begin("dc")
    world.desk.deliveries.drop = 1
    body = created(world.desk.vendor_id(world.desk.open("Cannot connect to VPN from home", "Timeout.")))
    headers = jira_headers(body)
    del headers["X-Atlassian-Webhook-Identifier"]
    answers = [await post(world, JIRA, body, headers) for _ in range(2)]
    assert [status for status, _, _ in answers] == [202, 200]
    await world.settles()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_six_mebibytes_is_413(begin: Begin, chunked: bool) -> None:  # noqa: FBT001  # a parameter
    world = await begin("cloud")
    body = b"x" * (6 * MIB)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), MIB):
            yield body[start : start + MIB]

    status, said, _ = await post(world, JIRA, pieces() if chunked else body, jira_headers(body))
    assert status == 413
    assert len(said) < 200
    await world.settles()


async def test_a_body_of_almost_five_mebibytes_is_taken(begin: Begin) -> None:
    world = await begin("cloud")
    world.desk.deliveries.drop = 1
    key = world.desk.open("Cannot connect to VPN from home", "Timeout.")
    body = created(world.desk.vendor_id(key), padding="x" * (5 * MIB - 2_000))
    status, _, _ = await post(world, JIRA, body, jira_headers(body))
    assert status == 202
    await world.settles()
    assert len(world.desk.notes(key)) == 1


@pytest.mark.parametrize("body", [b'{"webhookEvent": "jira:issue_cre', b"\xff\xfe", b"[]", b"null", b""])
async def test_a_signed_body_that_cannot_be_read_is_202_and_a_dead_letter(begin: Begin, body: bytes) -> None:
    world = await begin("cloud")
    world.may_leave_dead_letters = True
    status, _, _ = await post(world, JIRA, body, jira_headers(body))
    assert status == 202
    await world.settles()
    (letter,) = await world.dead()
    assert "Malformed" in letter
    shown = await world.bot.lanes.dead.show((await world.bot.lanes.dead.list())[0].id)
    assert shown is not None
    assert shown[1].endswith(body), "what came is kept, byte for byte"


async def test_an_event_of_an_unknown_kind_is_202_and_nothing_happens(begin: Begin) -> None:
    world = await begin("cloud")
    body = created("1", webhookEvent="jira:something_of_next_year")
    status, _, _ = await post(world, JIRA, body, jira_headers(body))
    assert status == 202
    await world.settles()
    assert [each.what for each in await world.audit()] == ["policy.loaded"]
    assert world.cards() == []


async def test_an_event_about_a_ticket_that_is_not_there_changes_nothing(begin: Begin) -> None:
    world = await begin("cloud")
    body = created("999999")
    status, _, _ = await post(world, JIRA, body, jira_headers(body))
    assert status == 202
    await world.settles()
    assert [each.what for each in await world.audit()] == ["policy.loaded", "ticket.touched", "ticket.gone"]
    assert world.desk.writes() == []
    assert world.cards() == []


async def test_a_connector_nobody_set_up_is_404(begin: Begin) -> None:
    world = await begin("cloud")
    status, said, _ = await post(world, "/webhooks/zendesk", b"{}", {})
    assert status == 404
    assert "zendesk" not in said


async def test_slacks_requests_are_verified_before_anything_reads_them(begin: Begin) -> None:
    world = await begin("cloud", slack="http")
    body = json.dumps({"type": "url_verification", "challenge": MARK}).encode()
    secret = world.slack.options.signing_secret
    for headers in (
        {"Content-Type": "application/json"},
        slack_headers(body, "wrong"),
        slack_headers(body, secret, age_s=400),
        {**slack_headers(body, secret), "X-Slack-Request-Timestamp": "soon"},
    ):
        status, said, _ = await post(world, SLACK, body, headers)
        assert status == 401
        assert MARK not in said
    status, said, _ = await post(world, SLACK, body, slack_headers(body, secret))
    assert status == 200
    assert json.loads(said) == {"challenge": MARK}
    assert (await post(world, SLACK, b"{", slack_headers(b"{", secret)))[0] == 400


async def test_slack_events_nobody_listens_for_are_taken_all_the_same(begin: Begin) -> None:
    world = await begin("cloud", slack="http")
    secret = world.slack.options.signing_secret
    event = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": "of_next_year"},
        "team_id": "T0MAIN",
    }
    body = json.dumps(event).encode()
    assert [(await post(world, SLACK, body, slack_headers(body, secret)))[0] for _ in range(2)] == [200, 200]
    await world.settles()
    assert world.slack.world.late == []


async def test_a_button_of_an_older_version_is_explained(begin: Begin) -> None:
    world = await begin("cloud", slack="http")
    secret = world.slack.options.signing_secret
    payload = {
        "type": "block_actions",
        "trigger_id": "1.2.3",
        "user": {"id": "U0ALICE", "team_id": "T0MAIN"},
        "team": {"id": "T0MAIN"},
        "container": {"channel_id": "C0APPROVALS", "message_ts": "1.2"},
        "actions": [{"action_id": "approval:yes_please", "block_id": "b", "type": "button", "value": "7"}],
    }
    body = json.dumps(payload).encode()
    assert (await post(world, SLACK, body, slack_headers(body, secret)))[0] == 200
    await world.settles()
    assert world.told("alice") == [
        "This card is from an older version and its button no longer works. A current one is in the channel."
    ]
