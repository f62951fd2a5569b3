"""Searching and polling a Jira over HTTP: ours alone, to the end, and never in a ticket's own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.core.errors import Refused
from bot.core.tickets import Value
from connectors.jira import jql
from connectors.jira.reads import zone_of
from tests.connectors.jira.building import Desk, connect

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def queries(desk: Desk) -> list[dict[str, list[str]]]:
    """Return the parameters of every search that was made."""
    return [
        parse_qs(each.query) for each in desk.site.exchanges if "/search" in each.path and "jql" in each.query
    ]


# --- searches


async def solved(desk: Desk, summary: str, answer: str = "Restart the gateway.", **more: Any) -> str:
    key = desk.world.create_issue(summary, **more)
    desk.world.comment(key, "dan", "please help")
    desk.world.comment(key, "alice", answer)
    desk.world.comment(key, "alice", "internal gossip", public=False)
    desk.world.transition(key, "alice", "Resolved", resolution="Done")
    return key


async def test_similar_tickets_are_solved_ones_of_the_same_project_with_words_in_common(desk: Desk) -> None:
    key = await solved(desk, "The VPN drops every minute")
    await solved(desk, "Printer on fire")
    desk.world.create_issue("VPN drops as well, not solved")
    (past,) = await desk.connector.similar((await desk.read()).ticket, 5)
    assert (past.key, past.queue, past.url) == (key, "OPS", f"{desk.site.url}/browse/{key}")
    assert past.closed_at is not None


async def test_an_answer_is_learned_only_where_it_is_known_to_be_public(cloud: Desk, dc: Desk) -> None:
    """Data Center's search does not say which comments are internal; the bot might draft from gossip."""
    await solved(cloud, "VPN drops")
    (past,) = await cloud.connector.solved(5)
    assert past.answer is not None
    assert past.answer.raw == "Restart the gateway."
    await solved(dc, "VPN drops")
    (past,) = await dc.connector.solved(5)
    assert past.answer is None


async def test_the_words_of_a_ticket_never_become_jql(desk: Desk) -> None:
    summary = 'VPN") OR project = HR OR (text ~ "secret\\ AND * ? - +'
    one = desk.other(description="")
    desk.world.edit(one.key, "dan", summary=summary)
    await solved(desk, "secret VPN project")
    found = await desk.connector.similar((await one.read()).ticket, 5)
    assert [past.queue for past in found] == ["OPS"]
    (asked,) = queries(desk)[-1]["jql"]
    assert asked == (
        'project in ("OPS") AND statusCategory = Done'
        ' AND (text ~ "project" OR text ~ "secret" OR text ~ "text")'
    )


@pytest.mark.parametrize("summary", ["!!! ???", "a b c", "🎉🎉🎉"])
async def test_a_ticket_without_words_has_no_similar_ones_and_asks_nothing(desk: Desk, summary: str) -> None:
    desk.world.edit(desk.key, "dan", summary=summary, description="")
    ticket = (await desk.read()).ticket
    assert await desk.connector.similar(ticket, 5) == ()
    assert queries(desk) == []


def test_a_jql_string_holds_anything() -> None:
    assert jql.quoted('a"b\\c\nd') == '"a\\"b\\\\c d"'


async def test_each_site_is_searched_by_the_address_it_has(cloud: Desk, dc: Desk) -> None:
    """Cloud has removed the classic search (410); the library falls back to it in silence."""
    for desk, path in ((cloud, "/rest/api/2/search/jql"), (dc, "/rest/api/2/search")):
        await desk.connector.solved(5)
        assert desk.site.exchanges[-1].path == path
        assert desk.site.exchanges[-1].status == 200


async def test_a_long_search_is_paged_to_its_limit(desk: Desk) -> None:
    for number in range(230):
        desk.world.create_issue(f"ticket {number}")
    assert len(await desk.connector.changed_since(LONG_AGO, 1000)) == 231
    assert len(queries(desk)) == 3
    assert len(await desk.connector.changed_since(LONG_AGO, 150)) == 150
    assert len(queries(desk)) == 5


async def test_what_was_solved_is_read_page_by_page_oldest_first(desk: Desk) -> None:
    keys = [await solved(desk, f"VPN {number}") for number in range(130)]
    first = await desk.connector.solved_page("summary ~ VPN", "")
    assert [past.key for past in first.tickets] == keys[:100]
    second = await desk.connector.solved_page("summary ~ VPN", first.after)
    assert ([past.key for past in second.tickets], second.after) == (keys[100:], "")


async def test_who_asked_comes_with_tickets_to_learn_from_and_not_with_those_that_are_shown(
    desk: Desk,
) -> None:
    for number in range(2):
        await solved(desk, f"The VPN drops every {number} minutes")
    page = await desk.connector.solved_page("summary ~ VPN", "")
    lessons = (*page.tickets, *await desk.connector.solved(2))
    assert len(lessons) == 4
    assert all(past.person for past in lessons)
    assert lessons[0].person not in repr(lessons)
    shown = await desk.connector.similar((await desk.read()).ticket, 5)
    assert {past.person for past in shown} == {""}


async def test_a_solved_ticket_with_a_security_level_is_neither_shown_nor_learned_from(desk: Desk) -> None:
    """Whoever reads this ticket need not be on that level."""
    shown, hidden = await solved(desk, "The VPN drops daily"), await solved(desk, "The VPN drops hourly")
    desk.world.restrict(hidden)
    page = await desk.connector.solved_page("", "")
    ticket = (await desk.read()).ticket
    for found in (await desk.connector.similar(ticket, 5), await desk.connector.solved(5), page.tickets):
        assert [past.key for past in found] == [shown]


async def test_what_is_asked_for_stays_among_solved_tickets(desk: Desk) -> None:
    key = await solved(desk, "VPN drops")
    desk.world.create_issue("VPN drops, not solved")
    page = await desk.connector.solved_page('summary ~ "printer" OR summary ~ "VPN"', "")
    assert [past.key for past in page.tickets] == [key]
    (asked,) = queries(desk)[-1]["jql"]
    assert asked == (
        'statusCategory = Done AND (summary ~ "printer" OR summary ~ "VPN") ORDER BY created ASC, key ASC'
    )


@pytest.mark.parametrize(
    "query",
    ["a = b) OR (c = d", "(a = b", 'a = "b', "a = b ORDER BY key", "a = b\norder  by key", "nonsense"],
)
async def test_a_query_that_would_reach_further_or_is_none_is_refused(desk: Desk, query: str) -> None:
    with pytest.raises(Refused):
        await desk.connector.solved_page(query, "")


def test_what_stands_in_quotes_is_no_bracket_and_no_order() -> None:
    assert jql.lesson(["OPS"], "").startswith('project in ("OPS") AND statusCategory = Done ORDER BY')
    condition = "text ~ \"order by (\" AND summary ~ 'it\\'s )'"
    assert condition in jql.lesson([], condition)


async def test_a_search_that_lags_does_not_lag_a_read(cloud: Desk) -> None:
    cloud.world.nasty.search_lag_s = 60
    cloud.world.edit(cloud.key, "alice", priority="Highest")
    assert (await cloud.read()).ticket.fields["priority"] == (Value("1", "Highest"),)


# --- polling


async def test_what_changed_comes_oldest_first_under_the_name_of_its_version(desk: Desk) -> None:
    desk.world.comment(desk.key, "dan", "hello?")
    newer = desk.world.create_issue("Newer")
    events = await desk.connector.changed_since(LONG_AGO, 10)
    assert [event.ref.id for event in events][-1] == desk.world.issue(newer).id
    assert list(events) == sorted(events, key=lambda event: event.at)
    event = next(event for event in events if event.ref == desk.ref)
    assert event.id == f"jira:poll:{desk.ref.id}:{(await desk.read()).ticket.version}"
    assert (event.what, event.by_us, event.gone) == ("poll", False, False)


async def test_what_changed_before_in_the_same_minute_is_left_out(desk: Desk) -> None:
    """JQL knows minutes only."""
    at = (await desk.read()).ticket.updated_at
    assert await desk.connector.changed_since(at + timedelta(milliseconds=1), 10) == ()
    assert len(await desk.connector.changed_since(at, 10)) == 1


async def test_only_our_projects_are_polled(desk: Desk) -> None:
    ours = connect(desk.site, queues=["HELP"])
    desk.world.create_issue("Elsewhere", project="HELP", request_type=None)
    assert len(await ours.changed_since(LONG_AGO, 10)) == 1
    assert queries(desk)[-1]["jql"][0].startswith('project in ("HELP") AND updated >= ')
    await ours.close()


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Etc/UTC", "2026-11-21 09:30"),
        ("Europe/Paris", "2026-11-21 10:30"),
        ("America/Los_Angeles", "2026-11-21 01:30"),
        ("", "2026-11-20 09:30"),
        ("Mars/Olympus", "2026-11-20 09:30"),
        ("../../etc/passwd", "2026-11-20 09:30"),
        ("Europe", "2026-11-20 09:30"),
    ],
)
def test_jql_reads_times_in_the_accounts_zone(zone: str, written: str) -> None:
    asked = jql.changed_since((), datetime(2026, 11, 21, 9, 30, 59, tzinfo=UTC), zone_of(zone))
    assert asked == f'updated >= "{written}" ORDER BY updated ASC, key ASC'


def test_when_the_clocks_are_put_back_nothing_is_missed() -> None:
    """On 25 October 2026, 02:30 in Paris comes twice: 01:30 before is early enough for either reading."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert '"2026-10-25 00:30"' in jql.changed_since((), first, zone_of("Europe/Paris"))
    assert '"2026-10-25 01:30"' in jql.changed_since((), first + timedelta(hours=1), zone_of("Europe/Paris"))
