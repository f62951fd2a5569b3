"""How far the bot may go: modes, rules, and the switch that stops it all."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Begin, everywhere


async def test_which_policy_came_into_force_is_on_record_and_a_restart_adds_nothing(begin: Begin) -> None:
    world = await begin("cloud")
    await world.ticket()
    (loaded,) = await world.recorded("policy.loaded")
    assert loaded.details["rules"] == 2
    await world.stop_bot()
    await world.start_bot()
    await world.ticket()
    assert len(await world.recorded("policy.loaded")) == 1
    await world.stop_bot()
    await world.start_bot(ask="approvers: [U0BOB]")
    await world.ticket()
    first, second = await world.recorded("policy.loaded")
    assert first.details["policy"] != second.details["policy"]


async def test_off_is_off(begin: Begin) -> None:
    world = await begin("cloud", mode="off")
    key = await world.ticket()
    assert world.desk.notes(key) == []
    assert world.desk.writes() == []
    assert world.cards() == []
    assert not await world.recorded("skill.finished")


async def test_shadow_thinks_and_records_and_shows_nobody(begin: Begin) -> None:
    world = await begin("cloud", mode="shadow")
    key = await world.ticket()
    assert len(await world.recorded("skill.finished")) == 1
    assert [r.because for r in await world.recorded("report.kept")] == ["mode is shadow"]
    assert world.desk.notes(key) == []
    assert world.desk.writes() == []
    assert world.cards() == []


@everywhere
async def test_suggest_leaves_the_note_and_asks_nobody(begin: Begin, desk: str) -> None:
    world = await begin(desk, mode="suggest")
    key = await world.ticket()
    assert len(world.desk.notes(key)) == 1
    assert world.cards() == []
    assert world.desk.value(key) == world.desk.unset
    assert world.desk.public(key) == []


@everywhere
async def test_auto_executes_what_a_rule_allows_and_asks_for_the_rest(begin: Begin, desk: str) -> None:
    world = await begin(desk, mode="auto", rules='  - match: {action: "*.set_fields"}\n    allow: true\n')
    key = await world.ticket()
    assert world.desk.is_by_us(key), "the rule allows fields"
    assert len(world.desk.field_writes()) == 1
    assert world.cards() == []
    answered = await world.ticket(*world.desk.answered)
    if desk != "dc":  # which tells nobody whether an old answer was public, so none is drafted from it
        assert world.card().buttons[0] == "Post Reply", "and nothing else"
    assert world.desk.public(answered) == []


async def test_a_rule_that_allows_does_not_make_a_mode_wider(begin: Begin) -> None:
    world = await begin(
        "cloud", mode="approve", rules='  - match: {action: "*.set_fields"}\n    allow: true\n'
    )
    key = await world.ticket()
    assert world.desk.value(key) == "-"
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == "VPN"


async def test_what_a_rule_denies_is_never_asked(begin: Begin) -> None:
    world = await begin("cloud", rules='  - match: {action: "jira.set_fields"}\n    deny: true\n')
    key = await world.ticket()
    assert world.cards() == []
    assert world.note(key)
    assert [r.because for r in await world.recorded("verdict.deny")] == [
        "approvals[1] denies jira.set_fields"
    ]
    assert world.desk.field_writes() == []


@everywhere
async def test_the_kill_switch_stops_what_was_approved_and_resume_lets_the_next_one_pass(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk)
    key = await world.ticket()
    await world.bot.stops.stop("*", "a wave of wrong suggestions")
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert "Stopped by the kill switch: a wave of wrong suggestions" in world.card().text
    assert world.desk.value(key) == world.desk.unset
    assert world.desk.field_writes() == []

    await world.bot.stops.resume("*")
    again = await world.ticket("Cannot connect to VPN from home again")
    await world.cards()[-1].click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(again) == world.desk.sure
    assert world.desk.value(key) == world.desk.unset, "what was stopped does not come back by itself"


@pytest.mark.parametrize(("scope", "notes"), [("connector:jira", 0), ("connector:servicenow", 1)])
async def test_a_stop_holds_where_it_was_set_and_nowhere_else(begin: Begin, scope: str, notes: int) -> None:
    world = await begin("cloud")
    await world.bot.stops.stop(scope, "maintenance")
    key = await world.ticket()
    assert len(world.desk.notes(key)) == notes
    assert len(world.desk.writes()) == notes


async def test_a_ticket_gets_only_so_many_changes_an_hour(begin: Begin) -> None:
    world = await begin("cloud", more="limits: {actions_per_ticket_per_hour: 1}")
    key = await world.ticket(*world.desk.answered)
    await world.fields_card().click("Approve", by="alice")
    await world.settles()
    reply = world.reply_card()
    await reply.click("Post Reply", by="alice")
    await world.settles()
    assert "which is the limit" in reply.text
    assert world.desk.public(key) == []
    assert await world.executed() == 1


@everywhere
async def test_a_desk_that_speaks_french_is_told_everything_in_french(begin: Begin, desk: str) -> None:
    """What all see is in the desk's language; what one person is told is in theirs."""
    world = await begin(desk, more="language: fr")
    world.slack.world.set_user("U0CAROL", locale="fr-FR")
    key = await world.ticket()
    assert "Tri par Countersign (IA, peut se tromper)" in world.note(key)
    assert "Voici exactement ce qui se passera" in world.card().text
    assert world.card().buttons == ["Approuver", "Modifier", "Refuser", "Détails"]
    await world.card().click("Approuver", by="carol")
    await world.settles()
    assert "Vous ne faites pas partie des approbateurs" in world.told("carol")[0]
    await world.card().click("Approuver", by="bob")
    await world.settles()
    assert "Approuvé par Bob Okafor." in world.card().text
    assert world.desk.value(key) == world.desk.sure
    for words in ("Triage", "Approve", "Done", "Suggested"):
        assert words not in world.card().text
        assert words not in world.note(key)
