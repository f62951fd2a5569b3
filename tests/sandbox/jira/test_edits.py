"""Writing issues over REST: what is done, what is refused in which words, and what stays untouched."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.jira import JiraSandbox
from tests.sandbox.jira.conftest import Rest


async def test_one_request_changes_fields_and_leaves_its_marker(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Slow", labels=["old"])
    bob = cloud.world.user("bob").account_id
    answer = await rest(
        "PUT",
        f"issue/{key}",
        {
            "fields": {"priority": {"id": "1"}, "assignee": {"accountId": bob}},
            "update": {
                "labels": [{"add": "new"}, {"remove": "old"}],
                "components": [{"add": {"name": "VPN"}}],
            },
            "historyMetadata": {"type": "mark", "extraData": {"op": "7"}},
            "properties": [{"key": "mark", "value": {"op": "7"}}],
        },
    )
    assert (answer.status, answer.body) == (204, "")
    assert cloud.world.history(key) == [
        "itsm.bot: priority: Medium -> Highest",
        "itsm.bot: assignee: - -> Bob Okafor",
        "itsm.bot: labels: old -> new",
        "itsm.bot: Component: - -> VPN",
    ]
    read = await rest("GET", f"issue/{key}", expand="changelog", properties="mark")
    assert read.body["properties"] == {"mark": {"op": "7"}}
    assert read.body["changelog"]["histories"][0]["historyMetadata"]["extraData"] == {"op": "7"}


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"environment": "x"}, "environment", "It is not on the appropriate screen"),
        ({"nonsense": 1}, "nonsense", "It is not on the appropriate screen"),
        ({"resolution": {"name": "Done"}}, "resolution", "It is not on the appropriate screen"),
        ({"summary": ""}, "summary", "You must specify a summary"),
        ({"summary": "a\nb"}, "summary", "newline"),
        ({"summary": "a" * 256}, "summary", "255"),
        ({"priority": {"name": "P0"}}, "priority", "The priority selected is invalid."),
        ({"issuetype": {"name": "Bug"}}, "issuetype", "The issue type selected is invalid."),
        ({"components": [{"name": "Roof"}]}, "components", "Component name 'Roof' is not valid"),
        ({"components": {"name": "VPN"}}, "components", "data was not an array"),
        ({"labels": ["two words"]}, "labels", "contains spaces"),
        ({"duedate": "tomorrow"}, "duedate", "Error parsing date string"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "does not exist"),
        ({"assignee": {"name": "bob"}}, "assignee", "accountId"),
        ({"customfield_10004": {"value": "Huge"}}, "customfield_10004", "Impact"),
        ({"customfield_10010": "99"}, "customfield_10010", "request type"),
        ({"description": {"type": "doc"}}, "description", "must be a string"),
        ({"description": "x" * 32_768}, "description", "too long"),
    ],
)
async def test_a_wrong_value_is_refused_by_field_and_nothing_is_done(
    cloud: JiraSandbox, rest: Rest, fields: dict[str, Any], name: str, message: str
) -> None:
    key = cloud.world.create_issue("Steady")
    answer = await rest("PUT", f"issue/{key}", {"fields": {"labels": ["touched"], **fields}})
    assert answer.status == 400
    assert message in answer.errors[name]
    assert cloud.world.history(key) == []


async def test_people_who_left_and_customers_are_not_assignable(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Whose?")
    for name in ("erin", "dan"):
        account = cloud.world.user(name).account_id
        by_field = await rest("PUT", f"issue/{key}", {"fields": {"assignee": {"accountId": account}}})
        by_path = await rest("PUT", f"issue/{key}/assignee", {"accountId": account})
        assert [by_field.status, by_path.status] == [400, 400]
        assert "cannot be assigned" in by_path.errors["assignee"]
    assert cloud.world.value(key, "assignee") == "-"


async def test_assigning_and_taking_away(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Mine")
    account = cloud.world.user("carol").account_id
    assert (await rest("PUT", f"issue/{key}/assignee", {"accountId": account})).status == 204
    assert cloud.world.value(key, "assignee") == "Carol Nguyen"
    assert (await rest("PUT", f"issue/{key}/assignee", {"accountId": None})).status == 204
    assert cloud.world.value(key, "assignee") == "-"


async def test_data_center_assigns_by_name(dc: JiraSandbox, rest_dc: Rest) -> None:
    key = dc.world.create_issue("Mine")
    assert (await rest_dc("PUT", f"issue/{key}/assignee", {"name": "carol"})).status == 204
    assert dc.world.value(key, "assignee") == "Carol Nguyen"
    account = dc.world.user("bob").account_id
    assert (await rest_dc("PUT", f"issue/{key}/assignee", {"accountId": account})).status == 400


async def test_a_field_cannot_be_in_fields_and_update(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Both")
    body = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    answer = await rest("PUT", f"issue/{key}", body)
    assert answer.status == 400
    assert "both" in answer.errors["labels"]


async def test_resolving_needs_a_resolution_and_reopening_clears_it(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Solve me")
    listed = await rest("GET", f"issue/{key}/transitions", expand="transitions.fields")
    steps = {one["name"]: one for one in listed.body["transitions"]}
    assert steps["Resolve"]["fields"]["resolution"]["required"] is True
    refused = await rest("POST", f"issue/{key}/transitions", {"transition": {"id": "31"}})
    assert (refused.status, refused.errors) == (400, {"resolution": "Resolution is required."})
    body = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}
    assert (await rest("POST", f"issue/{key}/transitions", body)).status == 204
    assert (cloud.world.value(key, "status"), cloud.world.value(key, "resolution")) == ("Resolved", "Done")
    assert (await rest("POST", f"issue/{key}/transitions", {"transition": {"id": "51"}})).status == 204
    assert (cloud.world.value(key, "status"), cloud.world.value(key, "resolution")) == ("Reopened", "-")


@pytest.mark.parametrize("wrong", [{"id": 11}, {"id": "41"}, {"id": "999"}, {}])
async def test_a_transition_that_is_not_possible_is_refused(
    cloud: JiraSandbox, rest: Rest, wrong: dict[str, Any]
) -> None:
    key = cloud.world.create_issue("Stay")
    answer = await rest("POST", f"issue/{key}/transitions", {"transition": wrong})
    assert answer.status == 400
    assert cloud.world.value(key, "status") == "Open"


async def test_a_transition_refuses_fields_off_its_screen(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Stay")
    body = {"transition": {"id": "11"}, "fields": {"priority": {"name": "High"}}}
    assert "priority" in (await rest("POST", f"issue/{key}/transitions", body)).errors
    assert cloud.world.value(key, "status") == "Open"


async def test_an_unknown_transition_id_lists_nothing(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Stay")
    assert (await rest("GET", f"issue/{key}/transitions", transitionId="999")).body["transitions"] == []


async def test_issues_are_made_and_deleted(cloud: JiraSandbox, rest: Rest) -> None:
    fields = {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Incident"},
        "summary": "By hand",
        "description": "why",
    }
    made = await rest("POST", "issue", {"fields": fields})
    assert made.status == 201
    assert cloud.world.value(made.body["key"], "summary") == "By hand"
    assert (await rest("DELETE", f"issue/{made.body['key']}")).status == 204
    gone = await rest("GET", f"issue/{made.body['key']}")
    assert gone.status == 404
    assert gone.body["errorMessages"] == ["Issue does not exist or you do not have permission to see it."]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"summary": "x", "issuetype": {"name": "Incident"}}, "project"),
        ({"project": {"key": "OPS"}, "summary": "x"}, "issuetype"),
        ({"project": {"key": "OPS"}, "issuetype": {"name": "Incident"}}, "summary"),
        ({"project": {"key": "HELP"}, "issuetype": {"name": "Incident"}, "summary": "x"}, "issuetype"),
    ],
)
async def test_an_incomplete_issue_is_not_made(
    cloud: JiraSandbox, rest: Rest, fields: dict[str, Any], name: str
) -> None:
    answer = await rest("POST", "issue", {"fields": fields})
    assert answer.status == 400
    assert name in answer.errors
    assert cloud.world.issues == {}


async def test_properties_say_whether_they_are_new(cloud: JiraSandbox, rest: Rest) -> None:
    path = f"issue/{cloud.world.create_issue('Tagged')}/properties"
    assert [(await rest("PUT", f"{path}/op", {"n": n})).status for n in (1, 2)] == [201, 200]
    assert (await rest("GET", f"{path}/op")).body == {"key": "op", "value": {"n": 2}}
    assert [one["key"] for one in (await rest("GET", path)).body["keys"]] == ["op"]
    assert [(await rest("DELETE", f"{path}/op")).status for _ in range(2)] == [204, 404]
    assert (await rest("GET", f"{path}/op")).status == 404
    assert (await rest("PUT", f"{path}/op", "x" * 40_000)).status == 400


async def test_a_remote_link_with_a_known_global_id_is_replaced(cloud: JiraSandbox, rest: Rest) -> None:
    path = f"issue/{cloud.world.create_issue('Linked')}/remotelink"
    link = {"globalId": "op-1", "object": {"url": "https://example.com/1", "title": "One"}}
    first, second = await rest("POST", path, link), await rest("POST", path, link)
    assert [first.status, second.status] == [201, 200]
    assert first.body["id"] == second.body["id"]
    assert (await rest("GET", path, globalId="op-1")).body["object"]["title"] == "One"
    assert (await rest("POST", path, {"object": {"title": "no url"}})).status == 400


async def test_what_is_no_json_is_refused(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Raw")
    assert (await rest("PUT", f"issue/{key}", ["a list"])).status == 400
    assert (await rest("PUT", f"issue/{key}", {"fields": "text"})).status == 400
