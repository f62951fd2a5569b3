"""Menus with more values than Slack lists, and people: searched for live, answered in time, never stored."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.core.dossier import Status
from bot.core.errors import Retry
from bot.core.ids import ProposalId
from bot.core.tickets import Allowed, Choices, Ticket, Value
from bot.runtime.jobs import FAST
from bot.runtime.journal import Journal
from bot.slack import desk as desk_module
from sandbox.slack import SlackSandbox
from sandbox.slack.views import View
from tests.bot.records import Records
from tests.bot.slack.office import ROOM, Office, office
from tests.making import ALICE, HIGH, LOW, proposal, reply, rulebook, set_fields, ticket

TEAMS = tuple(Value(f"t{n}", f"Team {n:03}") for n in range(250))


class ManyTeams(Records):
    """A system with more teams than a menu holds, and people to search for."""

    def __init__(self) -> None:
        super().__init__()
        self.teams = TEAMS
        self.slow_s = 0.0
        self.asked: list[str] = []

    @override
    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        await asyncio.sleep(self.slow_s)
        del ticket, steps
        return Allowed((Choices("team", "Team", self.teams), Choices("priority", "Priority", (*HIGH, *LOW))))

    @override
    async def people(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        self.asked.append(query)
        return await super().people(ticket, query, limit)


ON = ticket(team=(), assignee=())
TEAM = proposal(set_fields(team=(TEAMS[7],)), on=ON)
WHO = proposal(set_fields(assignee=(Value("arne", "Arne Agent"),)), on=ON)


@pytest.fixture
async def system() -> ManyTeams:
    return ManyTeams()


@pytest.fixture
async def busy(redis: Redis, prefix: str, slack: SlackSandbox, system: ManyTeams) -> AsyncIterator[Office]:
    async with office(redis, prefix, slack, rulebook(approvals_channel=ROOM), records=system) as place:
        await place.comes_up()
        yield place


async def form(place: Office, what: Any) -> View:
    card = await place.asks(what)
    await place.click(ALICE, card, "approval:edit")
    (view,) = place.world.open_views(ALICE)
    return view


async def test_many_values_are_searched_for_and_one_is_chosen(busy: Office) -> None:
    view = await form(busy, TEAM)
    at_first = await busy.world.search(ALICE, view.id, "field:team")
    assert len(at_first.labels) == 100
    assert at_first.labels[:2] == ("Team 000", "Team 001")
    assert at_first.labels[-1] == "leave as it is"
    found = await busy.world.search(ALICE, view.id, "field:team", "TEAM 21")
    assert found.labels == (*(f"Team 21{n}" for n in range(10)), "leave as it is")
    sent = await busy.world.submit_view(ALICE, view.id, {"field:team": {"pick": "=t217"}})
    assert sent.ok
    await busy.turns()
    tracked = await busy.bench.of(TEAM)
    assert (tracked.status, tracked.edited) == (Status.APPROVED, True)
    assert tracked.proposal.action.args == {"fields": {"team": [{"id": "t217", "label": "Team 217"}]}}


async def test_what_is_not_touched_stays_as_proposed(busy: Office) -> None:
    view = await form(busy, TEAM)
    await busy.world.submit_view(ALICE, view.id)
    await busy.turns()
    tracked = await busy.bench.of(TEAM)
    assert tracked.proposal.action.args == {"fields": {"team": [{"id": "t7", "label": "Team 007"}]}}


async def test_a_value_that_is_not_allowed_any_more_is_not_offered_any_more(
    busy: Office, system: ManyTeams
) -> None:
    view = await form(busy, TEAM)
    system.teams = TEAMS[:150]
    assert (await busy.world.search(ALICE, view.id, "field:team", "Team 21")).labels == ("leave as it is",)


async def test_somebody_is_found_by_name_by_asking_the_ticket_system(busy: Office, system: ManyTeams) -> None:
    view = await form(busy, WHO)
    with pytest.raises(ValueError, match="does not ask for 0"):
        await busy.world.search(ALICE, view.id, "field:assignee")
    found = await busy.world.search(ALICE, view.id, "field:assignee", "rita")
    assert found.labels == ("Rita Requester", "leave as it is")
    assert system.asked == ["rita"]
    await busy.world.submit_view(ALICE, view.id, {"field:assignee": {"pick": "=rita"}})
    await busy.turns()
    tracked = await busy.bench.of(WHO)
    assert tracked.proposal.action.args == {
        "fields": {"assignee": [{"id": "rita", "label": "Rita Requester"}]}
    }


async def test_what_is_typed_into_a_menu_is_stored_nowhere(busy: Office, redis: Redis) -> None:
    view = await form(busy, WHO)
    assert not await busy.bench.leases(FAST)
    await busy.world.search(ALICE, view.id, "field:assignee", "zebra-crossing")
    assert not await busy.bench.leases(FAST)
    untyped: Any = redis
    async for key in untyped.scan_iter():
        assert b"zebra" not in (await untyped.dump(key) or b"")


async def test_a_slow_system_costs_the_person_an_empty_menu_and_no_error(
    busy: Office, system: ManyTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await form(busy, TEAM)
    monkeypatch.setattr(desk_module, "MENU_S", 0.05)
    system.slow_s = 30.0
    began = time.monotonic()
    found = await busy.world.search(ALICE, view.id, "field:team", "Team")
    assert found.ok
    assert found.labels == ()
    assert time.monotonic() - began < 2


async def test_a_menu_offers_nothing_while_redis_is_away(
    busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await form(busy, TEAM)

    async def away(_journal: Journal, _proposal: ProposalId) -> None:
        raise Retry("Redis is away", after_s=1)

    monkeypatch.setattr(Journal, "find", away)
    found = await busy.world.search(ALICE, view.id, "field:team", "Team")
    assert found.ok
    assert found.labels == ()


async def test_a_system_that_is_away_offers_nothing(busy: Office, system: ManyTeams) -> None:
    view = await form(busy, TEAM)
    system.unreadable.append(Retry("away", after_s=1))
    assert (await busy.world.search(ALICE, view.id, "field:team", "Team")).labels == ()
    assert (await busy.world.search(ALICE, view.id, "field:team", "Team 1")).labels, "and then it does again"


async def test_a_form_about_an_older_revision_offers_nothing(busy: Office) -> None:
    view = await form(busy, TEAM)
    view.body["private_metadata"] = json.dumps({"value": f"{TEAM.id}|9"})
    assert (await busy.world.search(ALICE, view.id, "field:team")).labels == ()


@pytest.mark.parametrize("metadata", ["", "{}", '{"value": "p1|1"}', "[", '{"value": 7}'])
async def test_a_menu_whose_form_was_cut_or_edited_offers_nothing_and_is_answered(
    busy: Office, metadata: str
) -> None:
    view = await form(busy, TEAM)
    view.body["private_metadata"] = metadata
    found = await busy.world.search(ALICE, view.id, "field:team")
    assert found.ok
    assert found.labels == ()


async def test_details_are_turned_page_by_page_in_the_open_modal(busy: Office) -> None:
    text = "".join(chr(0x1F300 + n % 200) for n in range(20_000))
    what = proposal(reply(text), last_public="", number=3)
    card = await busy.asks(what)
    await busy.click(ALICE, card, "approval:details")
    (view,) = busy.world.open_views(ALICE)
    pages = [str(view.body["blocks"])]
    while "'page:" in str(view.body) and "Next Page" in str(view.body):
        onward = next(b["block_id"] for b in view.body["blocks"] if "Next Page" in str(b))
        acked = await busy.world.click_in_view(ALICE, view.id, "approval:more", block_id=onward)
        assert acked.ok
        (view,) = busy.world.open_views(ALICE)
        pages.append(str(view.body["blocks"]))
    assert len(pages) > 1
    assert all(text[n : n + 100] in "".join(pages) for n in range(0, len(text), 3_000))
    assert what.action.digest() in "".join(pages)
    assert (await busy.bench.of(what)).status is Status.PENDING


@pytest.mark.parametrize(
    ("user", "told"),
    [("U0GUEST", "Guests may not approve changes."), ("U0STRANGER", "Only people of this workspace")],
)
async def test_people_from_outside_are_shown_neither_values_nor_colleagues(
    busy: Office, system: ManyTeams, user: str, told: str
) -> None:
    """They may be in the channel of the cards; what else the ticket system knows is nothing for them."""
    busy.world.invite(ROOM, user)
    card = await busy.asks(WHO)
    await busy.click(user, card, "approval:edit")
    (view,) = busy.world.open_views(user)
    assert told in str(view.body)
    assert "field:" not in str(view.body)
    assert system.asked == []
