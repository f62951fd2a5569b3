"""The vendors together: a past that is over, credentials that fit, and ports given back."""

import datetime as dt

import aiohttp
import pytest

from sandbox.demo.estate import PAST, Estate, Shape
from sandbox.demo.past.worlds import YOUNGEST


def test_no_ticket_of_the_past_is_news() -> None:
    """A bot that starts polls what changed lately: hundreds of old tickets would keep it from the new one."""
    estate = Estate(Shape())
    now = dt.datetime.now(dt.UTC)
    rows = estate.servicenow.world.instance.store.tables["incident"].rows.values()
    ends = [dt.datetime.fromisoformat(f"{row['sys_updated_on']}+00:00") for row in rows]
    assert len(ends) == PAST
    assert max(ends) < now - YOUNGEST + dt.timedelta(hours=1)
    assert all(row["sys_created_on"] <= row["resolved_at"] for row in rows)
    issues = estate.jira.world.issues.values()
    assert len(issues) == PAST
    # A resolved issue of Jira's past is closed five days later.
    assert max(issue.updated for issue in issues) < now - dt.timedelta(days=1)


def test_another_seed_is_another_past() -> None:
    one, same, other = (
        [issue.summary for issue in Estate(Shape(seed=seed)).jira.world.issues.values()] for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


async def test_a_taken_port_gives_back_those_taken_before_it() -> None:
    async with Estate(Shape()) as running:
        taken = running.servicenow.port
        with pytest.raises(OSError, match="address already in use"):
            async with Estate(Shape(port_base=taken - 1)):
                pytest.fail("it started on a port that is taken")
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.ClientConnectorError):
                await http.get(f"http://127.0.0.1:{taken - 1}/")


async def test_there_is_a_model_provider_only_where_asked() -> None:
    async with Estate(Shape()) as without, Estate(Shape(model=True)) as with_model:
        assert "ANTHROPIC_API_KEY" not in without.environment()
        assert with_model.environment()["ANTHROPIC_BASE_URL"].startswith("http://127.0.0.1:")
        assert [vendor.name for vendor in without.vendors] == ["jira", "servicenow", "slack"]
