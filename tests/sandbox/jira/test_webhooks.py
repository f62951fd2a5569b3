"""Webhooks: the published signature, the habits of each flavour, retries, echoes of the bot's writes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.jira import JiraSandbox
from sandbox.jira.webhooks import sign
from tests.sandbox.jira.conftest import Inbox, Rest
from tests.sandbox.jira.openapi_judge import DATA


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(400):
        if is_so():
            return
        await asyncio.sleep(0.005)
    pytest.fail("did not happen within two seconds")


def bodies(inbox: Inbox) -> list[dict[str, Any]]:
    return sorted((json.loads(body) for _headers, body in inbox.got), key=lambda body: body["webhookEvent"])


def test_the_signature_is_that_of_the_published_vector() -> None:
    path = DATA / "hmac-test-vector.json"
    if not path.exists():
        pytest.skip(f"Atlassian's signature vector is not at {DATA}")
    vector = json.loads(path.read_text())
    assert sign(vector["secret"], vector["payload"].encode()) == vector["X-Hub-Signature"]


async def test_a_delivery_is_signed_over_its_raw_bytes_and_named(cloud: JiraSandbox, inbox: Inbox) -> None:
    cloud.register_webhook(inbox.url, secret="s3cret")
    cloud.world.create_issue("Grüße 🙂 from Graz")
    await cloud.deliveries.settle()
    ((headers, body),) = inbox.got
    assert headers["X-Hub-Signature"] == sign("s3cret", body)
    assert headers["X-Atlassian-Webhook-Flow"] == "Primary"
    assert len(headers["X-Atlassian-Webhook-Identifier"]) == 36
    assert "X-Atlassian-Webhook-Retry" not in headers
    assert "Grüße 🙂".encode() in body


async def test_without_a_secret_nothing_is_signed(cloud: JiraSandbox, inbox: Inbox) -> None:
    cloud.register_webhook(inbox.url)
    cloud.world.create_issue("Plain")
    await cloud.deliveries.settle()
    assert "X-Hub-Signature" not in inbox.got[0][0]


async def test_a_retry_keeps_its_identifier_and_counts(cloud: JiraSandbox, inbox: Inbox) -> None:
    inbox.statuses = [503, 429]
    cloud.register_webhook(inbox.url)
    cloud.world.create_issue("Try me")
    await cloud.deliveries.settle()
    names = {headers["X-Atlassian-Webhook-Identifier"] for headers, _body in inbox.got}
    tries = [headers.get("X-Atlassian-Webhook-Retry") for headers, _body in inbox.got]
    assert len(names) == 1
    assert tries == [None, "1", "2"]


async def test_a_refused_delivery_is_not_sent_again(cloud: JiraSandbox, inbox: Inbox) -> None:
    inbox.statuses = [404]
    cloud.register_webhook(inbox.url)
    cloud.world.create_issue("Once")
    await cloud.deliveries.settle()
    assert len(inbox.got) == 1


async def test_cloud_tells_of_a_comment_without_user_and_with_six_fields(
    cloud: JiraSandbox, inbox: Inbox
) -> None:
    key = cloud.world.create_issue("Quiet phone")
    cloud.register_webhook(inbox.url)
    cloud.world.comment(key, "alice", "h1. only a string", public=False)
    await cloud.deliveries.settle()
    (body,) = bodies(inbox)
    assert body["webhookEvent"] == "comment_created"
    assert "user" not in body
    assert set(body["issue"]["fields"]) == {
        "summary",
        "issuetype",
        "project",
        "assignee",
        "priority",
        "status",
    }
    assert body["comment"]["jsdPublic"] is False
    assert body["comment"]["body"] == "h1. only a string"
    assert "/rest/api/2/" in body["comment"]["self"]
    assert "emailAddress" not in body["comment"]["author"]


async def test_data_center_tells_of_a_comment_twice_and_once_without_issue(
    dc: JiraSandbox, inbox: Inbox
) -> None:
    key = dc.world.create_issue("Quiet phone")
    dc.register_webhook(inbox.url)
    dc.world.comment(key, "alice", "hello")
    await dc.deliveries.settle()
    comment, update = bodies(inbox)
    assert comment["webhookEvent"] == "comment_created"
    assert "issue" not in comment
    assert f"/issue/{dc.world.issue(key).id}/comment/" in comment["comment"]["self"]
    assert (update["webhookEvent"], update["issue_event_type_name"]) == (
        "jira:issue_updated",
        "issue_commented",
    )
    assert "changelog" not in update
    assert update["comment"]["id"] == comment["comment"]["id"]
    assert "accountId" not in json.dumps(bodies(inbox))
    assert all("X-Atlassian-Webhook-Identifier" not in headers for headers, _body in inbox.got)


async def test_an_update_carries_what_changed(cloud: JiraSandbox, inbox: Inbox) -> None:
    key = cloud.world.create_issue("Slow")
    cloud.register_webhook(inbox.url)
    cloud.world.edit(key, "alice", priority="High", components=["VPN"])
    await cloud.deliveries.settle()
    (body,) = bodies(inbox)
    assert body["issue_event_type_name"] == "issue_updated"
    assert body["user"]["displayName"] == "Alice Moreau"
    assert [(item["field"], item["fromString"], item["toString"]) for item in body["changelog"]["items"]] == [
        ("priority", "Medium", "High"),
        ("Component", None, "VPN"),
    ]


async def test_data_centers_items_have_no_field_id(dc: JiraSandbox, inbox: Inbox) -> None:
    key = dc.world.create_issue("Slow")
    dc.register_webhook(inbox.url)
    dc.world.edit(key, "alice", priority="High")
    await dc.deliveries.settle()
    assert "fieldId" not in bodies(inbox)[0]["changelog"]["items"][0]


async def test_the_bots_own_writes_are_told_too(cloud: JiraSandbox, rest: Rest, inbox: Inbox) -> None:
    key = cloud.world.create_issue("Echo")
    cloud.register_webhook(inbox.url)
    await rest("PUT", f"issue/{key}", {"update": {"labels": [{"add": "seen"}]}})
    await rest("POST", f"issue/{key}/comment", {"body": "mine"})
    await cloud.deliveries.settle()
    comment, update = bodies(inbox)
    assert update["user"]["accountId"] == cloud.world.bot.account_id
    assert comment["comment"]["author"]["accountId"] == cloud.world.bot.account_id


async def test_a_write_that_changes_nothing_tells_nobody(
    cloud: JiraSandbox, rest: Rest, inbox: Inbox
) -> None:
    key = cloud.world.create_issue("Same", priority="High")
    cloud.register_webhook(inbox.url)
    answer = await rest("PUT", f"issue/{key}", {"fields": {"priority": {"name": "High"}}})
    await cloud.deliveries.settle()
    assert answer.status == 204
    assert inbox.got == []


async def test_a_filter_keeps_other_projects_out(cloud: JiraSandbox, inbox: Inbox) -> None:
    cloud.register_webhook(inbox.url, jql="project = OPS")
    cloud.world.create_issue("Theirs", project="HELP")
    cloud.world.create_issue("Ours")
    await cloud.deliveries.settle()
    assert [body["issue"]["fields"]["summary"] for body in bodies(inbox)] == ["Ours"]


async def test_deleting_and_moving_are_told(cloud: JiraSandbox, inbox: Inbox) -> None:
    key = cloud.world.create_issue("Wanderer")
    cloud.register_webhook(inbox.url)
    new_key = cloud.world.move_issue(key, "HELP")
    cloud.world.delete(new_key)
    await cloud.deliveries.settle()
    deleted, moved = bodies(inbox)
    assert deleted["webhookEvent"] == "jira:issue_deleted"
    assert moved["issue_event_type_name"] == "issue_moved"
    assert moved["issue"]["key"] == new_key


async def test_changed_and_deleted_comments_are_told(cloud: JiraSandbox, inbox: Inbox) -> None:
    note = cloud.world.comment(cloud.world.create_issue("Talk"), "dan", "first")
    cloud.register_webhook(inbox.url)
    cloud.world.change_comment(note, "alice", "second")
    cloud.world.delete_comment(note, "alice")
    await cloud.deliveries.settle()
    deleted, updated = bodies(inbox)
    assert (deleted["webhookEvent"], updated["webhookEvent"]) == ("comment_deleted", "comment_updated")
    assert (updated["comment"]["body"], updated["comment"]["updateAuthor"]["displayName"]) == (
        "second",
        "Alice Moreau",
    )


async def test_a_secret_goes_in_and_never_comes_out(cloud: JiraSandbox, rest: Rest, inbox: Inbox) -> None:
    path = "/rest/webhooks/1.0/webhook"
    wanted: dict[str, Any] = {
        "name": "bot",
        "url": inbox.url,
        "events": ["comment_created"],
        "secret": "hush",
        "filters": {},
    }
    made = await rest("POST", path, wanted)
    listed = await rest("GET", path)
    assert made.status == 201
    assert made.body["isSigned"] is True
    assert "hush" not in json.dumps([made.body, listed.body])
    cloud.world.comment(cloud.world.create_issue("Signed"), "dan", "hello")
    await cloud.deliveries.settle()
    ((headers, body),) = inbox.got
    assert headers["X-Hub-Signature"] == sign("hush", body)
    assert (await rest("DELETE", made.body["self"].removeprefix(cloud.url))).status == 204
    assert (await rest("GET", path)).body == []


async def test_an_unreadable_registration_is_refused(rest: Rest) -> None:
    path = "/rest/webhooks/1.0/webhook"
    assert (await rest("POST", path, {"name": "bot", "url": "ftp://nowhere"})).status == 400
    assert (await rest("POST", path, {"url": "http://127.0.0.1/in"})).status == 400


async def test_deliveries_can_be_doubled_and_reordered(cloud: JiraSandbox, inbox: Inbox) -> None:
    cloud.register_webhook(inbox.url)
    cloud.deliveries.duplicate = 1
    cloud.world.create_issue("Twice")
    await cloud.deliveries.settle()
    assert len({headers["X-Atlassian-Webhook-Identifier"] for headers, _body in inbox.got}) == 1
    assert len(inbox.got) == 2
    cloud.deliveries.hold_back = 1
    cloud.world.create_issue("First")
    cloud.world.create_issue("Second")
    await until(lambda: len(inbox.got) == 4)
