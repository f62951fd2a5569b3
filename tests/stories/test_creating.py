"""Tickets made out of Slack, over HTTP and Socket Mode: once, marked, and whoever asked is told."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.faults import Fault, FaultKind
from tests.stories.conftest import Begin, everywhere
from tests.stories.desks import JiraDesk
from tests.stories.forms import ALLOWED, CREATES, SAID, made, menu, opened, refuses_components, send, value

both = pytest.mark.parametrize("slack", ["http", "socket"])


@everywhere
@both
async def test_a_form_makes_one_ticket_and_whoever_filled_it_in_gets_the_link(
    begin: Begin, desk: str, slack: str
) -> None:
    world = await begin(desk, slack=slack, rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    sent = await send(world, "U0CAROL", "Badge printer is out")
    assert not sent.errors
    [key] = made(world, before)
    assert len(world.desk.writes()) >= 1
    told = world.told("carol")
    assert any(key in each and "Badge printer is out" in each for each in told), told
    assert world.cards() == []
    [done] = [each for each in await world.recorded("proposal.executed") if "new:" in each.ticket]
    assert done.proposal
    triaged = [note for note in world.desk.notes(key) if "Triage by Countersign" in note]
    assert len(triaged) == 1, "it is read like any other ticket"


@everywhere
async def test_a_message_becomes_a_ticket_with_its_words_and_a_link_back(begin: Begin, desk: str) -> None:
    world = await begin(desk, rules=ALLOWED)
    before = world.desk.tickets()
    form = await opened(world, "U0CAROL", on=SAID)
    assert value(form, "summary") == "The badge printer on floor 3 is out."
    assert value(form, "description").splitlines()[-1].startswith("From Slack: https://")
    await send(world, "U0CAROL")
    [key] = made(world, before)
    posts = [each for each in world.desk.writes() if each.method == "POST" and b"badge printer" in each.body]
    assert len(posts) == 1
    assert b"https://wiki.example.com/badges" in posts[0].body
    assert any(key in each for each in world.told("carol"))


async def test_another_queue_has_other_fields_and_what_was_typed_stays(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before, people = world.desk.tickets(), world.slack.world
    form = await opened(world, "U0CAROL")
    assert any(block["block_id"].startswith("field:components|") for block in form["blocks"])
    view = people.open_views("U0CAROL")[-1].id
    chosen = {"create:queue": {"create:queue": "=jira|HELP"}}
    typed = {"summary": {"summary": "Typed before"}, **chosen}
    await people.click_in_view("U0CAROL", view, "create:queue", "=jira|HELP", values=typed)
    await world.settles()
    drawn = people.open_views("U0CAROL")[-1].body
    assert value(drawn, "summary") == "Typed before"
    await send(world, "U0CAROL", **menu(drawn, "priority", "High"))
    [key] = made(world, before)
    assert key.startswith("HELP-")


@everywhere
async def test_the_answer_is_lost_and_the_bot_restarts_and_there_is_still_one_ticket(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk, rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    lost = world.desk.vendor.faults.add(Fault(FaultKind.LOST, method="POST", path=CREATES))
    await send(world, "U0CAROL", "Badge printer is out")
    assert lost.hits == 1
    assert not any("Badge printer is out" in each for each in world.told("carol")), "nobody knows yet"
    await world.stop_bot()
    await world.start_bot()
    await world.skip(130)
    [key] = made(world, before)
    assert any(key in each for each in world.told("carol"))


@everywhere
async def test_a_request_that_never_arrived_is_sent_once_more(begin: Begin, desk: str) -> None:
    world = await begin(desk, rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    world.desk.vendor.faults.add(Fault(FaultKind.RESET, method="POST", path=CREATES))
    await send(world, "U0CAROL", "Badge printer is out")
    assert made(world, before) == []
    await world.skip(130)
    assert len(made(world, before)) == 1


@both
async def test_a_form_that_is_sent_twice_makes_one_ticket(begin: Begin, slack: str) -> None:
    world = await begin(slack=slack, rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    people = world.slack.world
    view, typed = people.open_views("U0CAROL")[-1].id, {"summary": {"summary": "Badge printer is out"}}
    await asyncio.gather(*(people.submit_view("U0CAROL", view, typed) for _ in range(2)))
    await world.settles()
    assert len(made(world, before)) == 1


async def test_what_the_bot_said_of_a_ticket_that_stays_home_is_shown_to_no_model(begin: Begin) -> None:
    rows = "models: {where: [{connector: jira, queue: HELP, endpoint: none}]}\n"
    world = await begin("cloud", model=True, mode="suggest", more=rows, rules=ALLOWED)
    assert isinstance(world.desk, JiraDesk)
    key = world.desk.world.create_issue("Payroll of the walrus", project="HELP")
    people = world.slack.world
    people.mention("U0CAROL", "C0GENERAL", f"status {key}")
    await world.settles()
    answer = next(each for each in reversed(people.messages("C0GENERAL")) if each.bot_id)
    assert "walrus" in answer.text, "rules answered, at home"
    await people.message_shortcut("U0CAROL", "C0GENERAL", answer.ts, "ticket_from_message")
    await world.settles()
    form = people.open_views("U0CAROL")[-1].body
    assert "walrus" in value(form, "summary"), "the message's own words are there"
    assert world.anthropic.world.calls == []
    assert (await opened(world, "U0CAROL", on=SAID))["blocks"]
    assert world.anthropic.world.calls, "what people say is"


@both
async def test_a_guest_gets_no_form_and_no_ticket(begin: Begin, slack: str) -> None:
    world = await begin(slack=slack, rules=ALLOWED)
    before = world.desk.tickets()
    form = await opened(world, "U0GUEST")
    assert not any(block["type"] == "input" for block in form["blocks"])
    assert "submit" not in form
    assert made(world, before) == []


async def test_who_may_not_create_gets_no_form(begin: Begin) -> None:
    rows = "access:\n  - {who: [U0ALICE], skills: [create]}\n  - {who: [U0CAROL], skills: [summary]}\n"
    world = await begin(rules=ALLOWED, more=rows)
    assert any(block["type"] == "input" for block in (await opened(world, "U0ALICE"))["blocks"])
    assert not any(block["type"] == "input" for block in (await opened(world, "U0CAROL"))["blocks"])


async def test_what_jira_refuses_is_told_in_its_words_under_the_fields_own_name(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    refuses_components(world)
    await send(world, "U0CAROL", "Badge printer is out")
    assert made(world, before) == []
    [told] = [each for each in world.told("carol") if "is required" in each]
    assert "Component/s is required." in told
    assert "components:" not in told


async def test_a_message_deleted_meanwhile_still_becomes_a_ticket_without_a_link(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before, people = world.desk.tickets(), world.slack.world
    message = people.say("U0BOB", "C0GENERAL", SAID)
    world.slack.faults.add(Fault(FaultKind.LATENCY, path="views.open", seconds=0.2))
    using = asyncio.create_task(
        people.message_shortcut("U0CAROL", "C0GENERAL", message.ts, "ticket_from_message")
    )
    await asyncio.sleep(0.05)
    people.delete("C0GENERAL", message.ts)
    assert (await using).ok
    await world.settles()
    form = people.open_views("U0CAROL")[-1].body
    assert "From Slack" not in value(form, "description")
    await send(world, "U0CAROL")
    assert len(made(world, before)) == 1


async def test_where_a_rule_asks_somebody_else_reads_all_of_it_first(begin: Begin) -> None:
    world = await begin(ask="approvers: [U0ALICE]")
    before = world.desk.tickets()
    await opened(world, "U0CAROL", on=SAID)
    await send(world, "U0CAROL")
    assert made(world, before) == []
    assert any("waits for approval" in each for each in world.told("carol"))
    card = world.card()
    assert "The badge printer on floor 3 is out." in card.text
    assert "Nobody gets a badge." in card.text
    assert (await card.click("Approve", by="alice")).ok
    await world.settles()
    [key] = made(world, before)
    assert any(key in each for each in world.told("carol"))


async def test_where_the_policy_says_nothing_of_it_there_is_no_form(begin: Begin) -> None:
    world = await begin(rules='  - match: {action: "*.create"}\n    deny: true\n')
    form = await opened(world, "U0CAROL")
    assert not any(block["type"] == "input" for block in form["blocks"])


async def test_a_summary_of_blanks_is_told_under_its_input_and_nothing_is_stored(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    sent = await send(world, "U0CAROL", "   ")
    assert list(sent.errors) == ["summary"]
    assert made(world, before) == []


async def test_a_system_that_is_away_is_named_and_the_form_says_so(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    world.desk.vendor.faults.add(Fault(FaultKind.STATUS, path="/rest/api/2/project$", times=-1))
    form = await opened(world, "U0CAROL")
    assert "jira does not answer" in str(form["blocks"])
