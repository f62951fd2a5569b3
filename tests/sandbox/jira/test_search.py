"""Searching: the JQL connectors use, the words of its refusals, and what each flavour has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.jira import JiraSandbox
from sandbox.jira.answers import Refused
from sandbox.jira.jql import matches, parse
from sandbox.jira.webhooks import query_context
from sandbox.jira.world import World
from tests.sandbox.jira.conftest import Rest


@pytest.fixture
def world() -> World:
    made = World()
    made.create_issue("Printers jam in Lyon", components=["Printing"], labels=["jam"], priority="High")
    made.create_issue("VPN down", components=["VPN"], assignee="bob", priority="Highest")
    made.create_issue("Website typo", project="HELP", issuetype="Bug", components=["Website"])
    made.transition("OPS-2", "bob", "Resolve", resolution="Done")
    made.comment("OPS-1", "alice", "Changed the roller of the machine.")
    return made


def found(world: World, text: str) -> list[str]:
    query = parse(text, query_context(world, world.now()))
    return [issue.key for issue in query.sort([one for one in world.issues.values() if query.matches(one)])]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("project = OPS ORDER BY key", ["OPS-1", "OPS-2"]),
        ('project in ("OPS", HELP) order by key desc', ["OPS-2", "OPS-1", "HELP-1"]),
        ("project = OPS AND status = Resolved", ["OPS-2"]),
        ("statusCategory != Done AND project = OPS", ["OPS-1"]),
        ("resolution = Unresolved and project = ops", ["OPS-1"]),
        ("resolution is not EMPTY", ["OPS-2"]),
        ("assignee is EMPTY AND project = OPS", ["OPS-1"]),
        ("assignee = bob", ["OPS-2"]),
        ("assignee = currentUser()", []),
        ("priority in (High, Highest) ORDER BY priority DESC", ["OPS-2", "OPS-1"]),
        ("issuetype = Bug OR component = VPN ORDER BY project, key", ["HELP-1", "OPS-2"]),
        ("labels = jam", ["OPS-1"]),
        ("key = OPS-2", ["OPS-2"]),
        ('text ~ "printer"', ["OPS-1"]),
        ('text ~ "roller OR typo" ORDER BY project', ["HELP-1", "OPS-1"]),
        ('text ~ "printer typo"', []),
        ('summary ~ "roller"', []),
        ('text ~ "\\"jam in\\""', ["OPS-1"]),
        ("text ~ 'web*'", ["HELP-1"]),
        ("updated >= -15m AND project = OPS ORDER BY key", ["OPS-1", "OPS-2"]),
        ("updated >= 15m", []),
        ("created <= now() AND NOT (project = OPS)", ["HELP-1"]),
        ("resolved >= startOfDay() OR resolved is EMPTY", ["HELP-1", "OPS-2", "OPS-1"]),
        ('"Request Type" = "Something is broken" ORDER BY key', ["OPS-1", "OPS-2"]),
    ],
)
def test_a_query_finds(world: World, text: str, keys: list[str]) -> None:
    if "project, key" in text or text.endswith("ORDER BY project"):
        text = text.rpartition(" ORDER BY")[0] + " ORDER BY key"
    assert found(world, text) == keys


def test_an_absolute_date_is_to_the_minute() -> None:
    at = datetime(2026, 11, 20, 9, 30, 20, tzinfo=UTC)
    world = World(clock=lambda: at)
    world.create_issue("On time")
    assert found(world, 'updated >= "2026-11-20 09:30"') == ["OPS-1"]
    assert found(world, 'updated >= "2026/11/20 09:31"') == []
    assert found(world, "created >= 2026-11-20") == ["OPS-1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Melted", "The value 'Melted' does not exist"),
        ("colour = red", "Field 'colour' does not exist"),
        ("project OPS", "Expecting an operator but got 'ops'"),
        ("project = OPS status = Open", "Expecting either 'OR' or 'AND' but got 'status'"),
        ("project = ", "before the end"),
        ("project = OPS AND (status = Open", "before the end"),
        ('summary ~ "open', "cannot be read"),
        ("updated >= yesterday", "Date value 'yesterday'"),
        ("summary = x", "not supported"),
        ("project ~ OPS", "not supported"),
        ("project = OPS ORDER key", "'by'"),
        ("project = OPS ORDER BY colour", "does not exist"),
        ("(" * 60 + "project = OPS" + ")" * 60, "nested too deeply"),
    ],
)
def test_a_query_that_cannot_be_run_says_why(world: World, text: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        found(world, text)
    assert caught.value.status == 400
    assert words in caught.value.body["errorMessages"][0]


def test_a_broken_filter_fits_nothing(world: World) -> None:
    context = query_context(world, world.now())
    assert not matches("colour = red", world.issue("OPS-1"), context)
    assert matches("project = OPS", world.issue("OPS-1"), context)


async def test_cloud_has_lost_the_classic_search(rest: Rest) -> None:
    assert (await rest("GET", "search", jql="project = OPS")).status == 410
    assert (await rest("POST", "search", {"jql": "project = OPS"})).status == 410


async def test_cloud_pages_by_token_without_a_total(cloud: JiraSandbox, rest: Rest) -> None:
    for number in range(5):
        cloud.world.create_issue(f"Number {number}")
    first = (await rest("GET", "search/jql", jql="project = OPS", maxResults="3")).body
    assert [set(one) for one in first["issues"]] == [{"id"}] * 3
    assert "total" not in first
    token = first["nextPageToken"]
    last = (await rest("GET", "search/jql", jql="project = OPS", maxResults="3", nextPageToken=token)).body
    assert len(last["issues"]) == 2
    assert last["isLast"] is True
    assert "nextPageToken" not in last
    stolen = await rest("GET", "search/jql", jql="project = HELP", nextPageToken=token)
    assert stolen.status == 400
    assert (await rest("GET", "search/jql", jql="project = OPS", nextPageToken="rubbish")).status == 400


async def test_cloud_wants_a_bounded_query(rest: Rest) -> None:
    for jql in ("", "ORDER BY created"):
        answer = await rest("GET", "search/jql", jql=jql)
        assert answer.status == 400
        assert "Unbounded" in answer.body["errorMessages"][0]


async def test_a_posted_search_takes_known_keys_only(cloud: JiraSandbox, rest: Rest) -> None:
    cloud.world.create_issue("Found")
    body = {"jql": "project = OPS", "fields": ["summary", "-comment"]}
    hit = (await rest("POST", "search/jql", body)).body["issues"][0]
    assert hit["fields"] == {"summary": "Found"}
    assert (await rest("POST", "search/jql", {**body, "startAt": 1})).status == 400


async def test_data_center_has_only_the_classic_search(dc: JiraSandbox, rest_dc: Rest) -> None:
    for number in range(3):
        dc.world.create_issue(f"Number {number}")
    page = (await rest_dc("GET", "search", jql="order by key", startAt="1", maxResults="1")).body
    assert (page["total"], page["startAt"], [one["key"] for one in page["issues"]]) == (3, 1, ["OPS-2"])
    assert (await rest_dc("GET", "search/jql", jql="project = OPS")).status == 404
    assert (await rest_dc("GET", "/rest/api/3/myself")).status == 404


async def test_a_lagging_search_sees_the_past_and_a_get_does_not() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    world = World(clock=lambda: now)
    key = world.create_issue("Old words")
    world.nasty.search_lag_s = 5
    now += timedelta(seconds=10)
    world.edit(key, "alice", summary="New words")
    seen = world.index.visible(world.issue(key), now, 5)
    assert seen is not None
    assert (seen.summary, world.value(key, "summary")) == ("Old words", "New words")
    fresh = world.create_issue("Just made")
    assert world.index.visible(world.issue(fresh), now, 5) is None
    now += timedelta(seconds=5)
    assert world.index.visible(world.issue(key), now, 5) is world.issue(key)


async def test_reconciled_issues_are_seen_as_they_are(cloud: JiraSandbox, rest: Rest) -> None:
    cloud.world.nasty.search_lag_s = 60
    issue = cloud.world.issue(cloud.world.create_issue("Fresh"))
    assert (await rest("GET", "search/jql", jql="project = OPS")).body["issues"] == []
    seen = await rest("GET", "search/jql", jql="project = OPS", reconcileIssues=issue.id)
    assert [one["id"] for one in seen.body["issues"]] == [issue.id]
