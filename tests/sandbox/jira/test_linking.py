"""Links over REST: an edit adds one, both ends show it, again changes nothing, and junk is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.jira import JiraSandbox
from tests.sandbox.jira.conftest import Rest


def adding(**link: Any) -> dict[str, Any]:
    return {"update": {"issuelinks": [{"add": link}]}}


async def test_an_edit_adds_a_link_that_both_ends_show_and_keeps_its_marker(
    cloud: JiraSandbox, rest: Rest
) -> None:
    one, two = cloud.world.create_issue("One"), cloud.world.create_issue("Two")
    marked = {"properties": [{"key": "mark", "value": 7}]}
    link = adding(type={"name": "Blocks"}, outwardIssue={"key": two})
    for _ in range(2):
        assert (await rest("PUT", f"issue/{one}", {**link, **marked})).status == 204
    read = await rest("GET", f"issue/{one}", fields="issuelinks", properties="mark")
    (shown,) = read.body["fields"]["issuelinks"]
    assert (shown["type"]["outward"], shown["outwardIssue"]["key"]) == ("blocks", two)
    assert read.body["properties"] == {"mark": 7}
    other = await rest("GET", f"issue/{two}", fields="issuelinks")
    (back,) = other.body["fields"]["issuelinks"]
    assert (back["id"], back["inwardIssue"]["key"]) == (shown["id"], one)
    assert cloud.world.history(one) == [f"itsm.bot: Link: - -> This issue blocks {two}"]
    assert cloud.world.history(two) == [f"itsm.bot: Link: - -> This issue is blocked by {one}"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"remove": {"id": "1"}}, "can only be added"),
        ({"add": "junk"}, "can only be added"),
        ({"add": {"type": {"name": "Invented"}, "outwardIssue": {"key": "OPS-1"}}}, "No issue link type"),
        ({"add": {"type": {"name": "Relates"}, "outwardIssue": {"key": "OPS-99"}}}, "does not exist"),
        ({"add": {"type": {"name": "Relates"}}}, "does not exist"),
    ],
)
async def test_what_is_no_link_is_refused_and_nothing_is_done(
    cloud: JiraSandbox, rest: Rest, operation: Any, message: str
) -> None:
    key = cloud.world.create_issue("Steady")
    answer = await rest(
        "PUT", f"issue/{key}", {"fields": {"labels": ["touched"]}, "update": {"issuelinks": [operation]}}
    )
    assert answer.status == 400
    assert message in answer.errors["issuelinks"]
    assert cloud.world.history(key) == []


async def test_an_edit_takes_one_link_and_refuses_two_whole(cloud: JiraSandbox, rest: Rest) -> None:
    key, *others = (cloud.world.create_issue(f"VPN {number}") for number in range(3))
    two = [{"add": {"type": {"name": "Relates"}, "outwardIssue": {"key": other}}} for other in others]
    answer = await rest("PUT", f"issue/{key}", {"update": {"issuelinks": two}})
    assert answer.status == 400
    assert "takes one" in answer.errors["issuelinks"]
    assert cloud.world.history(key) == []


async def test_an_edit_takes_one_comment_as_well(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("VPN")
    two = [{"add": {"body": "one"}}, {"add": {"body": "two"}}]
    answer = await rest("PUT", f"issue/{key}", {"update": {"comment": two}})
    assert answer.status == 400
    assert "takes one" in answer.errors["comment"]
    assert cloud.world.history(key) == []


async def test_the_edit_screen_says_that_links_are_only_added(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("One")
    meta = (await rest("GET", f"issue/{key}/editmeta")).body["fields"]["issuelinks"]
    assert meta["operations"] == ["add", "copy"]
