"""Comments: public unless said otherwise, strings or documents by version, the service desk's rules."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.jira import JiraSandbox
from tests.sandbox.jira.conftest import Rest

DOCUMENT: dict[str, Any] = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hello"}]}],
}
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


async def test_a_platform_comment_on_a_request_is_public_by_default(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help")
    answer = await rest("POST", f"issue/{key}/comment", {"body": "oops"})
    assert (answer.status, answer.body["jsdPublic"]) == (201, True)
    assert cloud.world.replies(key) == ["oops"]


async def test_the_property_makes_it_internal_and_is_read_back(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help")
    answer = await rest(
        "POST", f"issue/{key}/comment?expand=properties", {"body": "psst", "properties": INTERNAL}
    )
    assert answer.body["jsdPublic"] is False
    assert answer.body["properties"] == INTERNAL
    assert cloud.world.notes(key) == ["psst"]
    await rest("PUT", f"comment/{answer.body['id']}/properties/sd.public.comment", {"internal": False})
    assert cloud.world.notes(key) == []


async def test_in_a_plain_project_nothing_is_internal(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help", project="HELP")
    answer = await rest("POST", f"issue/{key}/comment", {"body": "all see", "properties": INTERNAL})
    assert answer.body["jsdPublic"] is True


async def test_version_3_refuses_strings_in_the_recorded_words(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help")
    answer = await rest("POST", f"/rest/api/3/issue/{key}/comment", {"body": "plain"})
    assert (answer.status, answer.errors) == (400, {"comment": "Comment body is not valid!"})
    empty = {**DOCUMENT, "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]}
    assert (await rest("POST", f"/rest/api/3/issue/{key}/comment", {"body": empty})).status == 400
    assert cloud.world.comments(key) == []


async def test_each_version_shows_a_comment_in_its_own_form(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help")
    made = await rest("POST", f"/rest/api/3/issue/{key}/comment", {"body": DOCUMENT})
    assert made.body["body"] == DOCUMENT
    path = f"issue/{key}/comment/{made.body['id']}"
    assert (await rest("GET", path)).body["body"] == "hello"
    await rest("PUT", path, {"body": "one\ntwo"})
    shown = (await rest("GET", f"/rest/api/3/{path}")).body["body"]
    assert [node["type"] for node in shown["content"][0]["content"]] == ["text", "hardBreak", "text"]


@pytest.mark.parametrize("body", ["", "   ", None, {"type": "doc"}, "x" * 32_768])
async def test_version_2_wants_a_string_with_something_in_it(
    cloud: JiraSandbox, rest: Rest, body: object
) -> None:
    key = cloud.world.create_issue("Help")
    answer = await rest("POST", f"issue/{key}/comment", {"body": body})
    assert answer.status == 400
    assert "comment" in answer.errors


async def test_a_page_holds_fifty_and_may_be_turned_round(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Talkative")
    for number in range(120):
        cloud.world.comment(key, "alice", str(number))
    first = (await rest("GET", f"issue/{key}/comment")).body
    assert (len(first["comments"]), first["total"]) == (50, 120)
    last = (await rest("GET", f"issue/{key}/comment", startAt="100", maxResults="100")).body
    assert [one["body"] for one in last["comments"]][-1] == "119"
    newest = (await rest("GET", f"issue/{key}/comment", orderBy="-created", maxResults="1")).body
    assert newest["comments"][0]["body"] == "119"
    assert (await rest("GET", f"issue/{key}/comment", orderBy="body")).status == 400


async def test_a_comment_is_edited_in_place_and_deleted(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help")
    note = cloud.world.comment(key, "alice", "draft", public=False)
    edited = await rest("PUT", f"issue/{key}/comment/{note}", {"body": "final"})
    assert (edited.status, edited.body["jsdPublic"]) == (200, False)
    assert edited.body["updateAuthor"]["accountId"] == cloud.world.bot.account_id
    assert [(await rest("DELETE", f"issue/{key}/comment/{note}")).status for _ in range(2)] == [204, 404]
    assert cloud.world.notes(key) == []


async def test_visibility_must_name_a_role_or_group(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Help")
    right = {"body": "x", "visibility": {"type": "role", "value": "Service Desk Team"}}
    wrong = {"body": "x", "visibility": {"type": "role", "value": "Wizards"}}
    assert (await rest("POST", f"issue/{key}/comment", right)).body["visibility"]["type"] == "role"
    assert (await rest("POST", f"issue/{key}/comment", wrong)).status == 400


async def test_the_desk_wants_body_and_public(cloud: JiraSandbox, rest: Rest) -> None:
    path = f"/rest/servicedeskapi/request/{cloud.world.create_issue('Help')}/comment"
    for wrong in (
        {"body": "x"},
        {"public": False},
        {"body": "x", "public": "false"},
        {"body": " ", "public": True},
    ):
        answer = await rest("POST", path, wrong)
        assert answer.status == 400
        assert set(answer.body) == {"errorMessage", "i18nErrorMessage"}
    made = await rest("POST", path, {"body": "psst", "public": False})
    assert (made.status, made.body["public"], made.body["body"]) == (201, False, "psst")
    listed = await rest("GET", path, public="true", internal="false")
    assert listed.body["values"] == []
    assert (await rest("GET", path)).body["values"][0]["id"] == made.body["id"]
    assert (await rest("DELETE", f"{path}/{made.body['id']}")).status == 405


async def test_an_issue_that_is_no_request_is_absent_from_the_desk(cloud: JiraSandbox, rest: Rest) -> None:
    plain = cloud.world.create_issue("Not a request", issuetype="Incident", request_type=None)
    other = cloud.world.create_issue("Elsewhere", project="HELP")
    for key in (plain, other, "OPS-999"):
        answer = await rest("GET", f"/rest/servicedeskapi/request/{key}")
        assert answer.status == 404
        assert "errorMessage" in answer.body
    assert (await rest("GET", f"issue/{plain}")).body["fields"]["customfield_10010"] is None


async def test_the_desk_shows_requests_and_their_types(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Access please", request_type="Ask for access")
    cloud.world.transition(key, "alice", "Start work")
    shown = (await rest("GET", f"/rest/servicedeskapi/request/{key}", expand="requestType")).body
    assert (shown["requestTypeId"], shown["currentStatus"]["status"]) == ("22", "In Progress")
    types = (await rest("GET", "/rest/servicedeskapi/servicedesk/1/requesttype", limit="2")).body
    assert (types["size"], types["isLastPage"]) == (2, False)
    been = (await rest("GET", f"/rest/servicedeskapi/request/{key}/status")).body["values"]
    assert [one["status"] for one in been] == ["In Progress", "Open"]
    assert (await rest("GET", "/rest/servicedeskapi/info")).body["isLicensedForUse"] is True
    assert (await rest("GET", "/rest/servicedeskapi/servicedesk/9")).status == 404


async def test_data_center_tells_visibility_by_the_property(dc: JiraSandbox, rest_dc: Rest) -> None:
    key = dc.world.create_issue("Help")
    dc.world.comment(key, "alice", "psst", public=False)
    (comment,) = (await rest_dc("GET", f"issue/{key}/comment", expand="properties")).body["comments"]
    assert "jsdPublic" not in comment
    assert comment["properties"] == INTERNAL
