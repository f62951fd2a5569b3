"""Files on the fake site: listed as Atlassian's document has them, told by webhook, and without content."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sandbox.jira import JiraSandbox
from tests.sandbox.jira.conftest import Inbox, Rest
from tests.sandbox.jira.openapi_judge import DATA, PLATFORM, STAMP


async def attached(rest: Rest, key: str) -> list[dict[str, Any]]:
    answer = await rest("GET", f"issue/{key}", fields="attachment")
    return list(answer.body["fields"]["attachment"])


async def test_files_are_listed_with_what_people_see_of_them(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("VPN drops")
    assert await attached(rest, key) == []
    cloud.world.attach(key, "dan", "Fehler 42.png", size_bytes=120_000)
    cloud.world.attach(key, "alice", "core")
    picture, core = await attached(rest, key)
    assert (picture["filename"], picture["mimeType"], picture["size"]) == (
        "Fehler 42.png",
        "image/png",
        120_000,
    )
    assert picture["author"]["displayName"] == "Dan Peters"
    assert STAMP.fullmatch(picture["created"])
    assert picture["content"].startswith(f"{cloud.url}/rest/api/")
    assert "thumbnail" in picture
    assert (core["mimeType"], "thumbnail" in core) == ("application/octet-stream", False)


async def test_the_list_is_what_the_document_calls_an_attachment(cloud: JiraSandbox, rest: Rest) -> None:
    if not (DATA / PLATFORM).exists():
        pytest.skip(f"Atlassian's OpenAPI documents are not at {DATA}")
    schemas = json.loads((DATA / PLATFORM).read_text(encoding="utf-8"))["components"]["schemas"]
    known = schemas["Attachment"]["properties"]
    key = cloud.world.create_issue("VPN drops")
    cloud.world.attach(key, "dan", "a.png")
    (shown,) = await attached(rest, key)
    assert set(shown) == set(known), "no more and no less than Atlassian lists"
    types = {"string": str, "integer": int}
    for name, said in known.items():
        if "type" in said:
            assert isinstance(shown[name], types[said["type"]]), name
    assert set(shown["author"]) <= set(schemas["UserDetails"]["properties"])


async def test_data_center_names_people_and_places_its_own_way(dc: JiraSandbox, rest_dc: Rest) -> None:
    key = dc.world.create_issue("VPN drops")
    dc.world.attach(key, "dan", "a.txt")
    (shown,) = await attached(rest_dc, key)
    assert shown["author"]["name"] == "dan"
    assert shown["content"].startswith(f"{dc.url}/secure/attachment/")


async def test_adding_one_is_a_change_that_is_logged_and_told(cloud: JiraSandbox, inbox: Inbox) -> None:
    cloud.register_webhook(inbox.url)
    key = cloud.world.create_issue("VPN drops")
    before = cloud.world.issue(key).updated
    cloud.world.attach(key, "dan", "a.txt")
    assert cloud.world.history(key) == ["dan: Attachment: - -> a.txt"]
    assert cloud.world.issue(key).updated >= before
    for _ in range(400):
        if len(inbox.got) > 1:
            break
        await asyncio.sleep(0.005)
    told = json.loads(inbox.got[-1][1])
    assert told["webhookEvent"] == "jira:issue_updated"
    assert [item["field"] for item in told["changelog"]["items"]] == ["Attachment"]


async def test_a_search_that_asks_for_nothing_special_does_not_list_files(
    rest: Rest, cloud: JiraSandbox
) -> None:
    cloud.world.attach(cloud.world.create_issue("VPN drops"), "dan", "a.txt")
    found = await rest("GET", "search/jql", jql="project = OPS", fields="*navigable")
    assert found.body["issues"]
    assert all("attachment" not in each["fields"] for each in found.body["issues"])


async def test_the_control_verb_attaches_and_the_state_names_it(cloud: JiraSandbox, rest: Rest) -> None:
    key = cloud.world.create_issue("VPN drops")
    made = await rest("POST", "/_control/attach", {"key": key, "author": "dan", "name": "a.txt"})
    assert (made.status, made.body["id"]) == (200, cloud.world.issue(key).attachments[0].id)
    assert cloud.world.issue_state(key)["attachments"] == ["a.txt"]


@pytest.mark.parametrize("name", ["", "x" * 256])
async def test_a_name_no_site_keeps_is_refused(cloud: JiraSandbox, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 255"):
        cloud.world.attach(cloud.world.create_issue("VPN drops"), "dan", name)
