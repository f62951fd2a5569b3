"""The lists, people and past of the fake site, and its control verbs."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest

from sandbox.jira import JiraSandbox, World, seed_history
from sandbox.jira.fields import BY_ATTRIBUTE
from tests.sandbox.jira.conftest import Rest
from tests.sandbox.jira.openapi_judge import assert_valid


async def test_every_list_is_there_and_valid(cloud: JiraSandbox, rest: Rest) -> None:
    """The documents judge all of it when the fixture ends, in both versions."""
    key = cloud.world.create_issue("Look")
    account = cloud.world.user("alice").account_id
    paths = f"""
        serverInfo myself?expand=groups field priority resolution issuetype status
        user?accountId={account} user/search?query=al user/assignable/search?project=OPS
        user/groups?accountId={account} group/member?groupname=it-support groups/picker?query=it
        project project/search project/OPS project/OPS/components project/OPS/statuses
        issue/createmeta/OPS/issuetypes issue/createmeta/OPS/issuetypes/10101
        issue/{key} issue/{key}/changelog issue/{key}/editmeta issue/{key}/remotelink
        issue/{key}/transitions?expand=transitions.fields
    """.split()
    for version in "23":
        for path in paths:
            answer = await rest("GET", f"/rest/api/{version}/{path}")
            assert answer.status == 200, path
    for path in ("info", "servicedesk", "servicedesk/1", "servicedesk/1/requesttype", "requesttype"):
        assert (await rest("GET", f"/rest/servicedeskapi/{path}")).status == 200
    assert assert_valid(cloud.exchanges) == len(cloud.exchanges)


async def test_the_judge_finds_a_bad_answer_and_a_bad_request(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Look")
    await rest("POST", f"issue/{key}/transitions", {"transition": {"id": "11"}})
    await rest("GET", f"issue/{key}/comment")
    moved, read = cloud.exchanges
    with pytest.raises(AssertionError, match="request POST"):
        assert_valid([replace(moved, body=b'{"transition": {"id": 11}}')])
    with pytest.raises(AssertionError, match="answer GET"):
        assert_valid([replace(read, answer=b'{"startAt": "none"}')])
    with pytest.raises(AssertionError, match="not found"):
        assert_valid([replace(read, path="/rest/api/2/issue/OPS-1/commentary")])
    v3 = replace(
        read, path=read.path.replace("/2/", "/3/"), answer=b'{"comments": [{"body": {"type": "doc"}}]}'
    )
    with pytest.raises(AssertionError, match="text GET"):
        assert_valid([v3])


async def test_unknown_paths_are_404_and_anonymous_is_401(cloud: JiraSandbox, rest: Rest) -> None:
    assert (await rest("GET", "nonsense")).status == 404
    rest.headers = {}
    assert (await rest("GET", "serverInfo")).status == 200
    assert (await rest("GET", "myself")).status == 401
    assert (await rest("GET", "/rest/servicedeskapi/info")).status == 401
    cloud.exchanges.clear()


async def test_who_left_is_not_found_by_search_but_by_id(cloud: JiraSandbox, rest: Rest) -> None:
    assert (await rest("GET", "user/search", query="erin")).body == []
    found = await rest("GET", "user", accountId=cloud.world.user("erin").account_id)
    assert found.body["active"] is False
    assert (await rest("GET", "user", accountId="nobody")).status == 404
    names = [one["displayName"] for one in (await rest("GET", "user/assignable/search", project="OPS")).body]
    assert names == ["Countersign", "Alice Moreau", "Bob Okafor", "Carol Nguyen"]


async def test_editmeta_lists_the_live_choices(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("Choices")
    fields = (await rest("GET", f"issue/{key}/editmeta")).body["fields"]
    assert [one["name"] for one in fields["priority"]["allowedValues"]] == [
        "Highest", "High", "Medium", "Low", "Lowest",
    ]  # fmt: skip
    assert fields["labels"]["operations"] == ["add", "set", "remove"]
    assert "resolution" not in fields
    plain = (await rest("GET", f"issue/{cloud.world.create_issue('x', project='HELP')}/editmeta")).body[
        "fields"
    ]
    assert "customfield_10010" not in plain


def test_history_is_the_same_for_the_same_seed_and_quiet() -> None:
    told: list[str] = []
    first, second, third = World(), World(), World()
    first.listeners.append(lambda happening: told.append(happening.event))
    keys = seed_history(first, 80)
    seed_history(second, 80)
    seed_history(third, 80, seed=8)
    texts = [[issue.summary for issue in world.issues.values()] for world in (first, second, third)]
    assert texts[0] == texts[1] != texts[2]
    assert told == []
    assert len(keys) == 80


def test_history_has_every_component_answered_and_resolved() -> None:
    world = World()
    keys = seed_history(world)
    parts = Counter(world.value(key, "components") for key in keys)
    assert len(parts) == 8
    assert min(parts.values()) >= 5
    for key in keys:
        issue = world.issue(key)
        assert issue.resolution is not None
        assert issue.status.name in {"Resolved", "Closed"}
        assert issue.created < issue.updated < world.now()
        assert world.replies(key)
        assert "{" not in issue.summary + world.replies(key)[0]
    assert world.state()["issues"] == []
    assert world.state()["past_issues"] == 150
    world.edit(keys[0], "alice", priority="Highest")
    assert [issue["key"] for issue in world.state()["issues"]] == keys[:1]


def test_history_refuses_silly_counts() -> None:
    with pytest.raises(ValueError, match="how many"):
        seed_history(World(), -1)


def test_people_in_the_world_use_names_and_hear_what_is_wrong() -> None:
    world = World()
    key = world.create_issue("Names", issuetype="Problem", urgency="High")
    assert world.value(key, "request_type") == "Report a recurring fault"
    world.edit(key, "alice", assignee="bob", labels=["a", "b"], description=None)
    assert world.value(key, "labels") == "a, b"
    with pytest.raises(KeyError, match="zoe"):
        world.edit(key, "zoe", priority="High")
    with pytest.raises(KeyError, match="P0"):
        world.edit(key, "alice", priority="P0")
    with pytest.raises(KeyError, match="colour"):
        world.edit(key, "alice", colour="red")
    with pytest.raises(ValueError, match="Resolution is required"):
        world.transition(key, "alice", "Resolve")
    with pytest.raises(ValueError, match="cannot go to"):
        world.transition(key, "alice", "Close")
    assert set(BY_ATTRIBUTE) <= set(world.issue_state(key))


async def test_control_verbs_do_what_the_world_does(cloud: JiraSandbox, rest: Rest) -> None:
    async def control(verb: str, **body: object) -> object:
        answer = await rest("POST", f"/_control/{verb}", body)
        assert answer.status == 200, answer.body
        return answer.body

    assert await control("create", summary="By hand", priority="Low") == {"key": "OPS-1"}
    await control("comment", key="OPS-1", author="dan", body="hello?")
    await control("edit", key="OPS-1", actor="alice", fields={"components": ["VPN"]})
    await control("transition", key="OPS-1", actor="alice", to="In Progress")
    assert await control("move", key="OPS-1", project="HELP") == {"key": "HELP-1"}
    shown = (await rest("GET", "/_control/state")).body["issues"][0]
    assert (shown["key"], shown["status"], shown["comments"][0]["author"]) == ("HELP-1", "To Do", "dan")
    await control("nasty", drop_fields=["summary"])
    assert cloud.world.nasty.drop_fields == {"summary"}
    await control("delete", key="HELP-1")
    await control("history", count=3)
    assert len(cloud.world.issues) == 3
    refused = await rest("POST", "/_control/comment", {"key": "OPS-999", "author": "dan", "body": "x"})
    assert refused.status == 400
    assert "OPS-999" in refused.body["error"]
    assert cloud.exchanges == [], "control traffic is not the vendor's"


async def test_the_bots_environment_holds_the_flavours_credentials(
    cloud: JiraSandbox, dc: JiraSandbox
) -> None:
    assert cloud.environment() == {
        "JIRA_URL": cloud.url,
        "JIRA_EMAIL": cloud.email,
        "JIRA_API_TOKEN": cloud.api_token,
    }
    dc.webhook_secret = "hush"
    assert dc.environment() == {"JIRA_URL": dc.url, "JIRA_PAT": dc.pat, "JIRA_WEBHOOK_SECRET": "hush"}


async def test_it_is_fast_enough_for_benches(cloud: JiraSandbox, rest: Rest) -> None:
    seed_history(cloud.world, 150)
    start = time.perf_counter()
    for _ in range(100):
        await rest("GET", "issue/OPS-1")
    assert time.perf_counter() - start < 1.0
