"""What somebody else may see in Jira, over HTTP: by their address, and only that very account."""

from __future__ import annotations

import pytest

from bot.core.errors import Forbidden, Retry
from sandbox.faults import Fault, FaultKind
from tests.connectors.jira.building import Desk

ALICE = "alice@example.com"


async def sees(desk: Desk, email: str) -> bool | None:
    return await desk.connector.may_see(desk.key, email)


async def test_an_agent_sees_an_issue_until_it_gets_a_level_of_which_they_are_not(desk: Desk) -> None:
    assert await sees(desk, ALICE) is True
    desk.world.restrict(desk.key)
    assert await sees(desk, ALICE) is False
    desk.world.set_group("Only HR", ["alice"])
    assert await sees(desk, ALICE) is True


async def test_a_person_without_agents_rights_does_not_see_other_peoples_issues(desk: Desk) -> None:
    desk.world.add_person("zoe", "Zoe Customer")
    assert await sees(desk, "zoe@example.com") is False


async def test_whose_name_begins_alike_is_somebody_else(desk: Desk) -> None:
    """The search takes the beginning of a name: one who may see must not let another in."""
    desk.world.add_person("al", "Al Iceland", email="al@example.com")
    desk.world.add_person("al2", "Al Iceland", email="al@example.com.evil.example", groups=("it-support",))
    assert await sees(desk, "al@example.com") is False


async def test_nobody_can_tell_where_no_account_or_more_than_one_shows_the_address(desk: Desk) -> None:
    assert await sees(desk, "nobody@example.com") is None
    desk.world.add_person("alice2", "Alice Again", email=ALICE)
    assert await sees(desk, ALICE) is None


async def test_a_hidden_address_is_not_guessed(cloud: Desk) -> None:
    cloud.world.nasty.hidden_emails.add("alice")
    assert await sees(cloud, ALICE) is None


async def test_without_the_right_to_look_people_up_nobody_is_let_in_or_out(cloud: Desk, dc: Desk) -> None:
    for desk in (cloud, dc):
        desk.world.nasty.missing_permissions.add("USER_PICKER")
    with pytest.raises(Forbidden):
        await sees(cloud, ALICE)
    assert await sees(dc, ALICE) is None


async def test_a_system_that_is_away_is_asked_again_later(desk: Desk) -> None:
    desk.site.faults.add(
        Fault(FaultKind.STATUS, method="GET", path="user/viewissue/search", status=503, times=9)
    )
    with pytest.raises(Retry):
        await desk.connector.may_see(desk.key, ALICE)
