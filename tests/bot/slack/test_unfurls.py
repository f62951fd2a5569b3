"""Links to tickets: what everybody may see of the queues that say so, and nothing of any other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from approvals.access import EVERYONE, AccessRule
from approvals.limits import faults_of_message
from bot.core.errors import Missing, Retry
from bot.core.tickets import Snapshot, TicketRef, Value
from bot.slack.unfurls import LINKS_MAX, parse_shared, preview
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message
from tests.bot.records import Records
from tests.bot.slack.office import ROOM, Office, office
from tests.making import ALICE, BOB, REF, ticket

LINK = "https://jira.example.com/browse/OPS-1"


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    sandbox = SlackSandbox(
        mode="http",
        deadline_s=3.0,
        retry_delays_s=(0.0,),
        unfurl_domains="jira.example.com evil.example",
    )
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def place(redis: Redis, prefix: str, slack: SlackSandbox) -> AsyncIterator[Office]:
    async with office(redis, prefix, slack, unfurl=frozenset({"jira/OPS"})) as found:
        await found.comes_up()
        yield found


async def says(place: Office, text: str, user: str = ALICE, room: str = ROOM) -> Message:
    message = place.world.say(user, room, text)
    await place.world.settle()
    await place.turns()
    return place.world.message(room, message.ts)


async def test_a_link_shows_key_status_priority_owner_and_queue_and_not_a_word_of_the_ticket(
    place: Office,
) -> None:
    place.bench.records.tickets[REF.id] = ticket(
        summary="The CEO is leaving", description="Very secret", assignee=(Value("arne", "Arne Agent"),)
    )
    (shown,) = (await says(place, f"look at {LINK} please")).attachments
    fields = [each["text"] for each in shown["blocks"][0]["fields"]]
    assert fields == ["Status: Open", "Priority: Low", "Assignee: Arne Agent", "Queue: OPS"]
    assert f"<{LINK}|OPS-1>" in str(shown)
    assert "CEO" not in str(shown)
    assert "secret" not in str(shown)
    assert "Rita" not in str(shown)


async def test_nobody_and_nothing_set_are_said() -> None:
    bare = replace(ticket(), fields={})
    assert "Assignee: nobody" in str(preview(bare, "en"))
    assert "Priorité : non définie" in str(preview(bare, "fr"))


@pytest.mark.parametrize(
    "change",
    [
        {"queue": "HR"},
        {"restricted": True},
    ],
    ids=["another queue", "restricted"],
)
async def test_what_not_everybody_may_see_is_not_previewed(place: Office, change: dict[str, Any]) -> None:
    place.bench.records.tickets[REF.id] = replace(ticket(), **change)
    assert not (await says(place, LINK)).attachments


@pytest.mark.parametrize("user", ["U0GUEST", "U0STRANGER"])
async def test_who_is_no_member_cannot_look_tickets_up_by_guessing_links(place: Office, user: str) -> None:
    place.world.invite(ROOM, user)
    assert not (await says(place, LINK, user)).attachments


async def test_nobody_learns_by_writing_links_what_they_would_not_be_told(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    """Whoever writes a link sees its preview, too."""
    rows = (
        AccessRule(who=frozenset({BOB}), queues=frozenset({"OPS"}), deny=True),
        AccessRule(who=frozenset({EVERYONE})),
    )
    async with office(redis, prefix, slack, unfurl=frozenset({"jira/OPS"}), access=rows) as place:
        await place.comes_up()
        assert not (await says(place, LINK, BOB)).attachments
        assert (await says(place, LINK, ALICE)).attachments


async def test_a_channel_shared_with_another_company_gets_no_previews(place: Office) -> None:
    place.world.channels[ROOM].is_ext_shared = True
    assert not (await says(place, LINK)).attachments


async def test_other_hosts_that_look_like_ours_lead_nowhere(place: Office) -> None:
    for link in ("https://evil.example/browse/OPS-1", "https://jira.example.com/issues/1"):
        assert not (await says(place, link)).attachments


@pytest.mark.parametrize("trouble", [Missing("gone"), Retry("away", after_s=1.0)])
async def test_a_ticket_that_cannot_be_read_has_no_preview_and_nothing_waits_for_it(
    place: Office, trouble: Exception
) -> None:
    place.bench.records.unreadable.append(trouble)
    assert not (await says(place, LINK)).attachments


async def test_without_queues_nothing_is_read(redis: Redis, prefix: str, slack: SlackSandbox) -> None:
    class Unread(Records):
        @override
        async def read(self, ref: TicketRef) -> Snapshot:
            raise AssertionError(f"nobody asked for previews of {ref}")

    async with office(redis, prefix, slack, records=Unread()) as place:
        await place.comes_up()
        assert not (await says(place, LINK)).attachments


def test_what_others_wrote_into_labels_stays_plain_and_short() -> None:
    odd = Value("1", "<!channel> *x* " * 40)
    blocks = preview(replace(ticket(priority=(odd,), assignee=(odd,)), status=odd, queue="<!here>"), "en")
    assert faults_of_message("OPS-1", blocks) == []
    assert {each["type"] for each in blocks[0]["fields"]} == {"plain_text"}
    assert blocks[0]["text"]["text"] == f"<{LINK}|OPS-1>"


def test_an_event_is_read_with_at_most_five_links_and_in_doubt_as_shared() -> None:
    links = [{"url": f"{LINK}{n}"} for n in range(20)] + [{}, {"url": "x" * 5000}]
    found = parse_shared({"team_id": "T1", "event": {"user": "U1", "unfurl_id": "Uf1", "links": links}})
    assert len(found.urls) == LINKS_MAX
    assert found.foreign
    assert not parse_shared({"is_ext_shared_channel": False}).foreign
