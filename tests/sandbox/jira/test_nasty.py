"""The site's own ways to disappoint, and that people's acts are never touched by them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import aiohttp
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.jira import JiraSandbox
from sandbox.jira.nasty import Nasty, WriteLimit
from tests.sandbox.jira.conftest import Rest, client_of, in_thread

INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


async def test_a_dropped_field_is_answered_as_done(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Sly")
    cloud.world.nasty.drop_fields = {"priority", "status"}
    body = {"fields": {"priority": {"name": "High"}, "labels": ["kept"]}}
    assert (await rest("PUT", f"issue/{key}", body)).status == 204
    assert (await rest("POST", f"issue/{key}/transitions", {"transition": {"id": "11"}})).status == 204
    assert cloud.world.history(key) == ["itsm.bot: labels: - -> kept"]
    cloud.world.edit(key, "alice", priority="Low")
    assert cloud.world.value(key, "priority") == "Low"


async def test_an_internal_comment_may_be_betrayed_once(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Leak")
    cloud.world.nasty.flip_visibility = 2
    desk = await rest("POST", f"/rest/servicedeskapi/request/{key}/comment", {"body": "a", "public": False})
    platform = await rest("POST", f"issue/{key}/comment", {"body": "b", "properties": INTERNAL})
    safe = await rest("POST", f"/rest/servicedeskapi/request/{key}/comment", {"body": "c", "public": False})
    assert (desk.body["public"], platform.body["jsdPublic"], safe.body["public"]) == (True, True, False)
    assert (cloud.world.replies(key), cloud.world.notes(key)) == (["a", "b"], ["c"])


async def test_a_read_only_issue_refuses_each_write_with_its_documented_status(
    cloud: JiraSandbox, rest: Rest
) -> None:
    key = cloud.world.create_issue("Fenced")
    cloud.world.nasty.read_only = {key}
    assert (await rest("PUT", f"issue/{key}", {"fields": {"labels": ["x"]}})).status == 403
    assert (await rest("PUT", f"issue/{key}/assignee", {"accountId": "-1"})).status == 403
    assert (await rest("POST", f"issue/{key}/transitions", {"transition": {"id": "11"}})).status == 400
    assert (await rest("POST", f"issue/{key}/comment", {"body": "x"})).status == 400
    desk = await rest("POST", f"/rest/servicedeskapi/request/{key}/comment", {"body": "x", "public": False})
    assert desk.status == 403
    assert cloud.world.comments(key) == []
    assert (await rest("GET", f"issue/{key}")).status == 200
    assert (await rest("GET", f"issue/{key}/editmeta")).body == {"fields": {}}


async def test_a_post_may_be_sent_to_the_login_page(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Who are you?")
    cloud.world.nasty.login_redirects = 1
    answer = await rest("POST", f"issue/{key}/comment", {"body": "x"})
    assert answer.status == 302
    assert "/login.jsp" in answer.headers["Location"]
    assert cloud.world.comments(key) == []
    assert (await rest("POST", f"issue/{key}/comment", {"body": "x"})).status == 201


async def test_the_write_limit_counts_each_issue_by_itself(cloud: JiraSandbox, rest: Rest) -> None:
    busy, calm = cloud.world.create_issue("Busy"), cloud.world.create_issue("Calm")
    cloud.world.nasty.issue_write_limit = True
    statuses = [
        (await rest("PUT", f"issue/{busy}", {"fields": {"labels": [f"l{n}"]}})).status for n in range(20)
    ]
    refused = await rest("PUT", f"issue/{busy}", {"fields": {"labels": ["late"]}})
    assert statuses == [204] * 20
    assert refused.status == 429
    assert refused.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert int(refused.headers["Retry-After"]) in {1, 2, 3}
    assert cloud.world.value(busy, "labels") == "l19"
    assert (await rest("PUT", f"issue/{calm}", {"fields": {"labels": ["fine"]}})).status == 204
    assert (await rest("GET", f"issue/{busy}")).status == 200


def test_the_write_limit_has_a_short_and_a_long_window() -> None:
    limit = WriteLimit()
    waits = [limit.wait_s("1", step * 0.2) for step in range(101)]
    assert waits[:100] == [0.0] * 100
    assert waits[100] == pytest.approx(10.0)
    assert limit.wait_s("1", 31.0) == 0.0


async def test_a_slow_write_commits_after_its_caller_has_gone(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Late")
    cloud.world.nasty.arm({"slow_commits": 1, "commit_after_s": 0.1, "answer_after_s": 0.1})
    timeout = aiohttp.ClientTimeout(total=0.03)
    async with aiohttp.ClientSession(timeout=timeout) as hasty:
        with pytest.raises(TimeoutError):
            await hasty.post(
                f"{cloud.url}/rest/api/2/issue/{key}/comment", json={"body": "x"}, headers=rest.headers
            )
    assert cloud.world.comments(key) == [], "an immediate look sees nothing"
    for _ in range(100):
        if cloud.world.comments(key):
            break
        await asyncio.sleep(0.005)
    assert cloud.world.replies(key) == ["x"]


async def test_a_moved_issue_answers_to_both_keys_and_keeps_its_id(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Wanderer", components=["VPN"])
    issue_id = cloud.world.issue(key).id
    new_key = cloud.world.move_issue(key, "HELP")
    for name in (key, new_key, issue_id):
        shown = (await rest("GET", f"issue/{name}")).body
        assert (shown["id"], shown["key"]) == (issue_id, new_key)
    assert (await rest("GET", f"/rest/servicedeskapi/request/{new_key}")).status == 404
    assert cloud.world.history(new_key)[0] == "alice: Key: OPS-1 -> HELP-1"


async def test_a_lost_answer_was_carried_out(cloud: JiraSandbox) -> None:
    key = cloud.world.create_issue("Lost")
    cloud.faults.add(Fault(FaultKind.LOST, method="POST", path="/comment$"))
    with pytest.raises(OSError, match=r"Connection|Remote"):
        await in_thread(lambda: client_of(cloud).add_comment(key, "once"))
    assert cloud.world.replies(key) == ["once"]


async def test_denied_permissions_are_told(cloud: JiraSandbox, rest: Rest) -> None:
    cloud.world.nasty.missing_permissions = {"EDIT_ISSUES"}
    answer = await rest("GET", "mypermissions", permissions="EDIT_ISSUES,ADD_COMMENTS")
    assert {name: one["havePermission"] for name, one in answer.body["permissions"].items()} == {
        "EDIT_ISSUES": False,
        "ADD_COMMENTS": True,
    }
    assert (await rest("GET", "mypermissions")).status == 400


def test_arming_checks_all_names_and_types_first() -> None:
    nasty = Nasty()
    for wrong in ({"typo": 1}, {"flip_visibility": "2"}, {"issue_write_limit": 1}, {"commit_after_s": "x"}):
        with pytest.raises(ValueError, match=r"unknown|wrong type"):
            nasty.arm({"slow_commits": 3, **wrong})
    assert nasty == Nasty()
    nasty.arm({"drop_fields": ["summary"], "commit_after_s": 1})
    assert nasty.show()["drop_fields"] == ["summary"]


async def test_a_dropped_comment_edit_is_answered_with_the_old_text(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Sly")
    note = cloud.world.comment(key, "alice", "old", public=False)
    cloud.world.nasty.drop_fields = {"comment"}
    answer = await rest("PUT", f"issue/{key}/comment/{note}", {"body": "new"})
    assert (answer.status, answer.body["body"], cloud.world.notes(key)) == (200, "old", ["old"])


async def test_the_clock_may_be_set() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    site = JiraSandbox(clock=lambda: at)
    key = site.world.create_issue("Then")
    assert site.world.issue(key).created == at
    await site.stop()
