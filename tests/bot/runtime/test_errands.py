"""A skill somebody asked for: who may, what they are told, and that they are told something at any rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.core.dossier import Status
from bot.core.errands import sealed, unsealed
from bot.core.errors import Malformed, Reject, Retry
from bot.core.ids import EventId, SlackUserId
from bot.core.modes import Mode
from bot.runtime.envelopes import ERRAND
from bot.runtime.errands import BURST, PATIENCE_S, Errands, errand_job
from tests.bot.runtime.errand_office import IN_SLACK, NOTE, ON_TICKET, SETS, Office, errand, lease_of
from tests.making import ALICE, REF, finding, ticket


def test_an_errand_survives_its_job() -> None:
    for each in (errand(), errand(ON_TICKET), errand(replace(IN_SLACK, thread_ts="1.2"))):
        job = errand_job(each)
        assert (job.kind, job.lane, job.pool) == (ERRAND, "", "model")
        assert unsealed(job.data).errand == each
    with pytest.raises(Malformed):
        unsealed(b"{}")
    later = sealed(errand(), unsealed(errand_job(errand()).data).trace).replace(b"[1,", b"[9,", 1)
    with pytest.raises(Malformed, match="format 9"):
        unsealed(later)


async def test_whoever_asks_in_slack_is_told_and_nothing_is_written_on_the_ticket(office: Office) -> None:
    assert await office.runs(errand()) == []
    ((told, key, report),) = office.ears.heard
    assert (told.place, key, report) == (IN_SLACK, "OPS-1", office.skill.report)
    assert [(by.team, skill, seen) for by, skill, seen in office.door.asked] == [
        ("T1", "summary", ""),
        ("T1", "summary", "OPS-1"),
    ]
    (desk,) = office.skill.desks
    assert (desk.asked_by, desk.language) == (ALICE, "en")
    assert not office.bench.records.sent
    assert [each.what for each in await office.bench.audit()] == ["skill.answered"]


async def test_wishes_of_whoever_asks_in_slack_are_theirs_and_wait_for_somebody_else(office: Office) -> None:
    wishes = (SETS, NOTE, replace(SETS, verb="explode"))
    office.skill.report = replace(office.skill.report, wishes=wishes, findings=(finding(),))
    (event,) = await office.runs(errand())
    (proposal,) = await office.proposals(event)
    assert (proposal.by, proposal.action.name) == (ALICE, "jira.set_fields")
    assert proposal.labels == {"priority": "Priority"}
    dossier = await office.bench.journal.dossier(REF)
    assert dossier.tracked[proposal.id].status is Status.PENDING
    assert dossier.tracked[proposal.id].ask is not None


async def test_below_the_mode_approve_a_skill_says_and_does_not_propose(redis: Redis, prefix: str) -> None:
    office = Office(redis, prefix, Mode.SUGGEST)
    office.skill.report = replace(office.skill.report, wishes=(SETS,))
    assert await office.runs(errand()) == []
    assert len(office.ears.heard) == 1


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW])
async def test_where_the_skill_is_off_whoever_asks_is_told_so_and_no_model_is_asked(
    redis: Redis, prefix: str, mode: Mode
) -> None:
    office = Office(redis, prefix, mode)
    assert await office.runs(errand()) == []
    assert office.ears.refused == [("errand.off", {"skill": "summary", "mode": mode.value})]
    assert await office.runs(errand(ON_TICKET)) == [], "where the bot is off it writes nothing"
    assert not office.skill.desks


async def test_who_may_not_ask_is_told_before_anything_is_read(office: Office) -> None:
    office.door.says = "refused.guest"
    office.bench.records.unreadable = [AssertionError("it was read")]
    await office.runs(errand())
    assert office.ears.refused == [("refused.guest", {})]
    assert [each.what for each in await office.bench.audit()] == ["skill.refused"]


async def test_who_may_not_see_the_ticket_hears_nothing_of_it(office: Office) -> None:
    office.door.says, office.door.only_with_ticket = "refused.guest", True
    await office.runs(errand())
    assert office.ears.refused == [("refused.guest", {})]
    assert not office.skill.desks


async def test_a_stop_of_the_skill_or_the_system_holds_and_says_why(office: Office) -> None:
    await office.bench.stops.stop("skill:summary", "too chatty")
    await office.runs(errand())
    assert office.ears.refused == [("errand.stopped", {"why": "too chatty"})]
    assert await office.runs(errand(ON_TICKET)) == []
    assert not office.skill.desks


async def test_one_person_asks_so_often_and_another_is_not_held_up(office: Office) -> None:
    for number in range(BURST + 1):
        await office.runs(errand(id=EventId(f"slack:Ev{number}")))
    assert [key for key, _ in office.ears.refused] == ["errand.often"]
    assert int(office.ears.refused[0][1]["seconds"]) >= 1
    bob = SlackUserId("U0BOB")
    await office.runs(errand(replace(IN_SLACK, user=bob), person=bob))
    assert len(office.ears.heard) == BURST + 1


async def test_what_is_run_again_because_a_system_was_away_counts_once(office: Office) -> None:
    office.bench.records.unreadable = [Retry("busy", after_s=1) for _ in range(BURST + 2)]
    for _ in range(BURST + 2):
        with pytest.raises(Retry):
            await office.runs(errand())
    await office.runs(errand())
    assert len(office.ears.heard) == 1
    assert office.ears.refused == []


@pytest.mark.parametrize(
    ("changed", "key"),
    [({"skill": "juggle"}, "errand.unknown"), ({"connector": "nowhere"}, "errand.no_system")],
)
async def test_what_there_is_not_is_said(office: Office, changed: Any, key: str) -> None:
    await office.runs(errand(**changed))
    assert [each for each, _ in office.ears.refused] == [key]


async def test_a_ticket_that_is_not_there_is_said(office: Office) -> None:
    del office.bench.records.tickets[REF.id]
    await office.runs(errand())
    assert office.ears.refused == [("errand.no_ticket", {"key": "OPS-1"})]
    assert await office.runs(errand(ON_TICKET)) == [], "there is nowhere to say it"


async def test_a_system_that_is_away_is_tried_again_for_a_while_and_then_it_is_said(office: Office) -> None:
    office.bench.records.unreadable = [Retry("busy", after_s=1), Retry("busy", after_s=1)]
    with pytest.raises(Retry):
        await office.runs(errand())
    assert not office.ears.refused
    job = errand_job(errand())
    late = lease_of(job, office.bench.clock.now().timestamp() - PATIENCE_S - 1)
    await Errands(office.around).handle(late)
    assert office.ears.refused == [("errand.away", {"system": "jira"})]


async def test_a_skill_that_is_refused_what_it_needs_is_said(office: Office) -> None:
    office.skill.fails = Reject("no")
    await office.runs(errand())
    assert office.ears.refused == [("errand.refused", {"system": "jira"})]


async def test_an_errand_the_queue_drops_is_said_once(office: Office) -> None:
    errands = Errands(office.around)
    dropped = lease_of(errand_job(errand()), 0)
    (heir,) = errands.given_up(dropped, "it broke")
    assert (await errands.handle(lease_of(heir, 0))).spawn == []
    assert office.ears.refused == [("errand.broke", {})]
    assert errands.given_up(lease_of(heir, 0), "again") == []
    assert errands.given_up(replace(dropped, kind="effect"), "not ours") == []
    assert errands.given_up(replace(dropped, data=b"?"), "cut") == []


async def test_a_closed_ticket_is_told_about_but_nothing_is_proposed_on_it(office: Office) -> None:
    office.bench.records.tickets[REF.id] = ticket(closed=True)
    office.skill.report = replace(office.skill.report, wishes=(SETS,))
    assert await office.runs(errand()) == []
    assert len(office.ears.heard) == 1
