"""The real ``jira`` library works against the fake site, in both shapes."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from jira import JIRAError

from sandbox.jira import JiraSandbox, seed_history
from tests.sandbox.jira.conftest import assert_judged, client_of, in_thread


@pytest.fixture(params=["cloud", "dc"])
async def site(request: pytest.FixtureRequest) -> AsyncGenerator[JiraSandbox]:
    made = JiraSandbox(flavour=request.param)
    await made.start()
    yield made
    await made.stop()
    assert_judged(made)


async def test_construction_sends_nothing(site: JiraSandbox) -> None:
    await in_thread(lambda: client_of(site))
    assert site.exchanges == []


async def test_an_issue_is_read_with_its_changelog_and_screen(site: JiraSandbox) -> None:
    key = site.world.create_issue("Scanner is silent", description="It sends nothing.")
    site.world.edit(key, "alice", priority="High", assignee="bob")

    def work() -> tuple[str, str, list[str], list[str]]:
        client = client_of(site)
        issue = client.issue(key, expand="changelog")
        moved = [item.field for history in issue.changelog.histories for item in history.items]
        choices = client.editmeta(key)["fields"]["components"]["allowedValues"]
        return (
            issue.fields.summary,
            issue.fields.assignee.displayName,
            moved,
            [one["name"] for one in choices],
        )

    summary, assignee, moved, choices = await in_thread(work)
    assert (summary, assignee) == ("Scanner is silent", "Bob Okafor")
    assert sorted(moved) == ["assignee", "priority"]
    assert choices[:3] == ["Network", "Email", "VPN"]


async def test_search_pages_through_all_hits(site: JiraSandbox) -> None:
    keys = seed_history(site.world, 60)

    def work() -> list[str]:
        found = client_of(site).search_issues(
            "project = OPS ORDER BY key ASC", maxResults=False, fields="summary"
        )
        return [issue.key for issue in found]

    assert await in_thread(work) == keys


async def test_an_internal_comment_of_the_library_is_internal(site: JiraSandbox) -> None:
    key = site.world.create_issue("No sound")
    await in_thread(lambda: client_of(site).add_comment(key, "for agents", is_internal=True))
    await in_thread(lambda: client_of(site).add_comment(key, "for all"))
    assert site.world.notes(key) == ["for agents"]
    assert site.world.replies(key) == ["for all"]


async def test_a_transition_found_by_name_is_the_wrong_one_of_two(site: JiraSandbox) -> None:
    """``Done`` and ``done`` both exist; the library finds whichever is first."""
    key = site.world.create_issue("Ship it", project="HELP")
    found = await in_thread(lambda: client_of(site).find_transitionid_by_name(key, "Done"))
    assert [step["name"] for step in await in_thread(lambda: client_of(site).transitions(key))] == [
        "Start",
        "done",
        "Done",
    ]
    assert str(found) == "21", "the shelving one"


async def test_a_transition_of_the_library_is_refused_for_its_numeric_id(site: JiraSandbox) -> None:
    """The OpenAPI wants a string; a connector that leans on the library's call is found out here."""
    key = site.world.create_issue("Ship it")
    with pytest.raises(JIRAError, match="must be a string"):
        await in_thread(lambda: client_of(site).transition_issue(key, "11"))
    assert site.world.value(key, "status") == "Open"


async def test_a_refusal_names_the_field_in_its_json(site: JiraSandbox) -> None:
    key = site.world.create_issue("Ship it")

    def work() -> tuple[int, dict[str, str]]:
        with pytest.raises(JIRAError) as caught:
            client_of(site).issue(key).update(fields={"environment": "roof"})
        assert caught.value.response is not None
        return caught.value.status_code or 0, caught.value.response.json()["errors"]

    status, errors = await in_thread(work)
    assert status == 400
    assert errors == {
        "environment": "Field 'environment' cannot be set. It is not on the appropriate screen, or unknown."
    }
    assert site.world.history(key) == []


async def test_wrong_credentials_are_401(site: JiraSandbox) -> None:
    client = client_of(site)
    site.pat = site.api_token = "changed"

    def work() -> int:
        with pytest.raises(JIRAError) as caught:
            client.myself()
        return caught.value.status_code or 0

    assert await in_thread(work) == 401


async def test_people_have_the_identifiers_of_the_flavour_only(site: JiraSandbox) -> None:
    me = await in_thread(lambda: client_of(site).myself())
    assert ("accountId" in me) == (site.flavour == "cloud")
    assert ("name" in me) == (site.flavour == "dc")
