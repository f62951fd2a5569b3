"""The vendor says no, or something that is no answer at all: the card says what happened, once."""

from __future__ import annotations

import json

import pytest

from sandbox.faults import Fault, FaultKind
from tests.stories.conftest import Begin, everywhere
from tests.stories.desks import JiraDesk
from tests.stories.world import World

NOT_ON_SCREEN = "Field 'components' cannot be set. It is not on the appropriate screen, or unknown."


async def _approved(world: World, fault: Fault) -> str:
    """Open a ticket, break its next change with ``fault``, and approve it."""
    key = await world.ticket()
    fault.method, fault.path = world.desk.write_method, world.desk.write_path
    world.desk.vendor.faults.add(fault)
    await world.card().click("Approve", by="alice")
    await world.settles()
    return key


async def test_a_field_that_is_not_on_the_screen_is_named_on_the_card(begin: Begin) -> None:
    world = await begin("cloud")
    body = json.dumps({"errorMessages": [], "errors": {"components": NOT_ON_SCREEN}})
    key = await _approved(world, Fault(FaultKind.STATUS, status=400, body=body))
    assert NOT_ON_SCREEN in world.card().text
    assert NOT_ON_SCREEN in world.note(key)
    assert world.desk.value(key) == "-"
    assert len(world.desk.field_writes()) == 1, "a definite no is not tried again"


@everywhere
@pytest.mark.parametrize("status", [400, 403, 404, 409])
async def test_a_definite_no_ends_it_in_words_and_is_not_tried_again(
    begin: Begin, desk: str, status: int
) -> None:
    world = await begin(desk)
    key = await _approved(world, Fault(FaultKind.STATUS, status=status))
    await world.skip(200)
    assert "Approved by Alice Moreau, but:" in world.card().text
    assert world.card().buttons == []
    assert world.desk.value(key) == world.desk.unset
    assert len(world.desk.field_writes()) == 1
    assert await world.executed() == 0


@everywhere
async def test_a_password_that_no_longer_works_is_said_on_the_card(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    await _approved(world, Fault(FaultKind.STATUS, status=401))
    card = world.card().text
    assert "Approved by Alice Moreau, but:" in card
    assert "401" in card or "Not Authenticated" in card
    assert await world.executed() == 0


@everywhere
async def test_slow_down_is_waited_for_and_then_done_once(begin: Begin, desk: str) -> None:
    world = await begin(desk)
    key = await _approved(world, Fault(FaultKind.STATUS, status=429, retry_after="40"))
    assert world.desk.value(key) == world.desk.unset
    assert "Not known yet" not in world.card().text, "a 429 did certainly nothing"
    await world.skip(60)
    assert world.desk.value(key) == world.desk.sure
    assert await world.executed() == 1


@everywhere
@pytest.mark.parametrize("kind", ["502", "html"])
async def test_what_is_no_answer_is_looked_into_before_anything_is_tried_again(
    begin: Begin, desk: str, kind: str
) -> None:
    world = await begin(desk)
    fault = Fault(FaultKind.HTML) if kind == "html" else Fault(FaultKind.STATUS, status=502, body="<html>")
    key = await _approved(world, fault)
    assert "Not known yet" in world.card().text
    assert len(world.desk.field_writes()) == 1
    await world.skip(200)
    assert world.desk.value(key) == world.desk.sure
    assert await world.executed() == 1


async def test_a_post_that_lands_on_the_login_page_is_no_success(begin: Begin) -> None:
    world = await begin("cloud")
    key = await world.ticket(*world.desk.answered)
    assert isinstance(world.desk, JiraDesk)
    world.desk.world.nasty.login_redirects = 1
    reply = world.reply_card()
    await reply.click("Post Reply", by="alice")
    await world.settles()
    assert "Done:" not in reply.text
    assert world.desk.public(key) == []
    await world.skip(200)
    assert len(world.desk.public(key)) <= 1
    assert ("Done:" in reply.text) is (len(world.desk.public(key)) == 1)


@everywhere
@pytest.mark.parametrize("kind", ["503", "html", "reset", "429"])
async def test_a_vendor_that_is_away_when_a_ticket_comes_in_delays_it_and_loses_nothing(
    begin: Begin, desk: str, kind: str
) -> None:
    world = await begin(desk)
    kinds = {
        "503": Fault(FaultKind.STATUS, status=503),
        "html": Fault(FaultKind.HTML),
        "reset": Fault(FaultKind.RESET),
        "429": Fault(FaultKind.STATUS, status=429, retry_after="30"),
    }
    fault = kinds[kind]
    fault.method, fault.times = "GET", 3
    world.desk.vendor.faults.add(fault)
    key = await world.ticket()
    for _ in range(6):
        await world.skip(120)
    assert fault.hits >= 1
    assert len(world.desk.notes(key)) == 1
    assert len(world.cards()) == 1


async def test_a_refused_account_leaves_a_dead_letter_that_works_once_it_is_let_in(begin: Begin) -> None:
    world = await begin("cloud")
    fault = world.desk.vendor.faults.add(Fault(FaultKind.STATUS, method="GET", status=403, times=-1))
    key = await world.ticket()
    assert world.desk.notes(key) == []
    (letter,) = await world.dead()
    assert "403" in letter or "refuse" in letter.lower()
    assert "jira-sandbox-token" not in letter

    fault.times = 0
    assert await world.bot.lanes.dead.replay() == 1
    await world.settles()
    assert len(world.desk.notes(key)) == 1
    assert len(world.cards()) == 1


@pytest.mark.parametrize("desk", ["cloud", "dc"])
async def test_an_internal_note_that_came_out_public_is_taken_back_and_stops_the_connector(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    assert isinstance(world.desk, JiraDesk)
    world.desk.world.nasty.flip_visibility = 1
    key = await world.ticket()
    assert world.desk.public(key) == [], "it was taken back"
    assert world.desk.notes(key) == [], "and not tried again"
    stopped = await world.bot.stops.why(connector="jira", skill="triage")
    assert stopped is not None
    assert "made the note public" in stopped
    assert 'leaks_total{connector="jira"} 1.0' in await world.metrics()

    await world.cards()[0].click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == "-"
    assert "Stopped by the kill switch" in world.cards()[0].text
    assert "countersign resume --connector jira" in world.cards()[0].text

    await world.bot.stops.resume("connector:jira")
    again = await world.ticket("Cannot connect to VPN from the train")
    assert len(world.desk.notes(again)) == 1
    assert world.desk.public(again) == []


@pytest.mark.parametrize("button", ["Edit", "Reject", "Details"])
async def test_a_button_whose_trigger_is_over_is_answered_in_words(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, button: str
) -> None:
    world = await begin()
    await world.ticket()
    monkeypatch.setattr("sandbox.slack.store.TRIGGER_SECONDS", 0.0)
    await world.card().click(button, by="alice")
    await world.settles()
    assert any("within three seconds" in each for each in world.told("alice"))
