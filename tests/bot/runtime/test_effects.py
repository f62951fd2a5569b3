"""Orders carried out: reads, skills, cards; what each reports, and what a careless skill cannot do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.core.dossier import Status
from bot.core.effects import Effect, Execute, Observe, Ping, ReadTicket, RunSkill, ShowCard, Wake, Whisper
from bot.core.errors import Held, Missing, Refused, Retry
from bot.core.events import (
    CardPlace,
    CardShown,
    Event,
    Executed,
    Expired,
    GaveUp,
    SkillFinished,
    TicketRead,
    TicketVanished,
)
from bot.core.ids import EffectId, EventId, SlackUserId
from bot.core.judgement import Judgement, Question, Usage
from bot.core.reports import Report, Wish
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from bot.proposing import note_action, proposal
from bot.runtime.effects import Effects, Outside
from bot.runtime.envelopes import effect_job, unseal
from bot.runtime.jobs import Job, Lease
from bot.runtime.outcomes import Outcomes
from tests.bot.workbench import TRACE, Workbench
from tests.making import (
    HIGH,
    LOW,
    NOTE,
    PLACE,
    REF,
    SET,
    T0,
    comment,
    finding,
    finished,
    read,
    snapshot,
    ticket,
)
from tests.making import proposal as a_proposal

IDENT = EffectId("jira:d1#0")
SETS = Wish("set_fields", {"fields": {"priority": [{"id": "2", "label": "High"}]}}, Untrusted("fire"), 0.9)


class Reads:
    """A skill that says what it was given to say."""

    name = "triage"
    on_change = True

    def __init__(self, *wishes: Wish) -> None:
        self.report = Report(
            wishes=wishes, findings=(finding(),), brain="local", usage=Usage("m", 10, 5, 2, 0.01)
        )
        self.given: list[tuple[Snapshot, Desk]] = []
        self.fails: Exception | None = None

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        self.given.append((snapshot, desk))
        if self.fails is not None:
            raise self.fails
        return self.report


class Silent:
    """A brain that has nothing to say."""

    async def judge(self, question: Question) -> Judgement:
        return Judgement(brain=f"silent about {question.connector}")


class Wall:
    """Where cards go."""

    def __init__(self) -> None:
        self.shown: list[ShowCard] = []
        self.whispered: list[Whisper] = []
        self.pinged: list[Ping] = []

    async def show(self, ref: TicketRef, order: ShowCard) -> tuple[Event, ...]:
        assert ref == REF
        self.shown.append(order)
        return (CardShown(id=EventId(f"{order.id}/shown"), at=T0, proposal=order.proposal, place=PLACE),)

    async def whisper(self, order: Whisper) -> None:
        self.whispered.append(order)

    async def ping(self, ref: TicketRef, order: Ping) -> tuple[Event, ...]:
        assert ref == REF
        self.pinged.append(order)
        return ()


def lease_of(job: Job) -> Lease:
    """The first attempt at ``job``."""
    return Lease(
        id=job.id,
        kind=job.kind,
        data=job.data,
        lane="",
        pool=job.pool,
        attempt=1,
        accepted_ms=0,
        entry="1-0",
        generation=1,
    )


class Works:
    """Effects over a workbench."""

    def __init__(self, bench: Workbench, skill: Reads, wall: Wall | None) -> None:
        self.bench, self.skill, self.wall = bench, skill, wall
        outside = Outside(
            connectors={"jira": bench.records},
            skills={"triage": skill},
            model=Silent(),
            cards=wall,
            executor=bench.executor,
            journal=bench.journal,
            grants=bench.grants,
            stops=bench.stops,
            outcomes=Outcomes(bench.redis, bench.lanes.prefix),
        )
        self.effects = Effects(outside, bench.clock, bench.meters)

    async def does(self, effect: Effect, ref: TicketRef = REF) -> list[Event]:
        """Carry ``effect`` out as a worker would; returns what it reports."""
        job = effect_job(ref, effect, TRACE, T0)
        done = await self.effects.handle(lease_of(job))
        assert all(each.lane == ref.lane for each in done.spawn)
        return [unseal(each.data).body for each in done.spawn]


@pytest.fixture
def works(redis: Redis, prefix: str) -> Works:
    return Works(Workbench(redis, prefix), Reads(SETS), Wall())


async def test_a_ticket_is_read_and_the_report_says_when_we_were_called(works: Works) -> None:
    (event,) = await works.does(ReadTicket(IDENT, REF, T0))
    assert isinstance(event, TicketRead)
    assert (event.id, event.touched_at) == (f"{IDENT}/read", T0)
    assert event.snapshot.ticket.key == "OPS-1"


async def test_a_ticket_that_is_not_there_has_vanished(works: Works) -> None:
    works.bench.records.tickets.clear()
    (event,) = await works.does(ReadTicket(IDENT, REF, T0))
    assert isinstance(event, TicketVanished)


async def test_a_system_that_is_away_is_asked_again_later(works: Works) -> None:
    works.bench.records.unreadable.append(Retry("away", after_s=2))
    with pytest.raises(Retry):
        await works.does(ReadTicket(IDENT, REF, T0))


async def test_a_connector_that_is_gone_leaves_a_dead_letter(works: Works) -> None:
    with pytest.raises(Refused, match="not configured any more"):
        await works.does(ReadTicket(IDENT, TicketRef("oracle", "1"), T0), TicketRef("oracle", "1"))


async def run(works: Works, of: Snapshot | None = None) -> SkillFinished:
    (event,) = await works.does(RunSkill(IDENT, "triage", of or snapshot(), T0))
    assert isinstance(event, SkillFinished)
    return event


async def test_a_wish_becomes_a_proposal_that_rests_on_what_was_read(works: Works) -> None:
    event = await run(works)
    (made,) = event.report.proposals
    assert (made.action.name, made.action.target, made.says) == (SET, REF, "Set priority to High.")
    assert made.basis.before == {"priority": LOW}
    assert (made.basis.essence, made.by, made.confidence) == (ticket().essence, "skill:triage", 0.9)
    assert made.labels == {"priority": "Priority"}
    assert (event.note_action, event.report.wishes) == (NOTE, ())


async def test_the_same_run_after_a_crash_makes_the_same_proposals(works: Works) -> None:
    assert (await run(works)).report.proposals == (await run(works)).report.proposals


async def test_another_run_makes_others(works: Works) -> None:
    (one,) = (await run(works)).report.proposals
    (event,) = await works.does(RunSkill(EffectId("jira:d2#0"), "triage", snapshot(), T0))
    assert isinstance(event, SkillFinished)
    assert event.report.proposals[0].id != one.id


async def test_a_reply_rests_on_the_newest_message(works: Works) -> None:
    works.skill.report = Report(
        wishes=(Wish("reply_publicly", {"text": "hi"}, Untrusted(""), rests_on_last_public=True),)
    )
    (made,) = (await run(works, snapshot(comments=[comment()]))).report.proposals
    assert made.basis.last_public == "c1"


@pytest.mark.parametrize(
    "wish",
    [
        Wish("explode", {}, Untrusted("")),
        Wish("set_fields", {}, Untrusted("")),
        Wish("set_fields", {"fields": {}}, Untrusted("")),
        Wish(
            "set_fields",
            {"fields": {"priority": [{"id": "2", "label": "x", "secret-word": 1}]}},
            Untrusted(""),
        ),
        Wish("set_fields", {"fields": {"priority": [{"id": "", "label": "x"}]}}, Untrusted("")),
        Wish("reply_publicly", {"text": "   "}, Untrusted("")),
        Wish("reply_publicly", {"text": "x" * 40_000}, Untrusted("")),
    ],
)
async def test_a_wish_that_cannot_be_costs_neither_the_report_nor_the_other_wishes(
    works: Works, wish: Wish
) -> None:
    works.skill.report = Report(wishes=(wish, SETS), findings=(finding(),))
    with capture_logs() as logs:
        event = await run(works)
    assert [made.action.name for made in event.report.proposals] == [SET]
    assert event.report.findings
    (said,) = [entry for entry in logs if entry["event"] == "wish_refused"]
    assert "xxxx" not in str(said), "words of a ticket may be among them"


async def test_a_skill_gets_read_access_and_a_brain_and_nothing_else(works: Works) -> None:
    await run(works)
    ((given, desk),) = works.skill.given
    assert given == snapshot()
    assert set(Desk.__dataclass_fields__) == {
        *("tickets", "model", "suggestible", "turned_down", "neighbours"),
        *("writer", "sources", "asked_by", "language"),
    }
    assert desk.suggestible == ("priority",)


@pytest.mark.parametrize("scope", ["*", "connector:jira", "skill:triage"])
async def test_while_it_is_stopped_no_skill_runs_and_no_model_is_asked(works: Works, scope: str) -> None:
    await works.bench.stops.stop(scope, "too many wrong ones")
    with pytest.raises(Held):
        await run(works)
    assert not works.skill.given
    await works.bench.stops.resume(scope)
    await run(works)
    assert len(works.skill.given) == 1


@pytest.mark.parametrize("sent", [Execute(IDENT, a_proposal().id, 1), Observe(IDENT, a_proposal().id, T0)])
def test_an_execution_that_the_queue_drops_leaves_word_of_it(works: Works, sent: Execute | Observe) -> None:
    job = effect_job(REF, sent, TRACE, T0)
    (word,) = works.effects.given_up(lease_of(job), "24 h")
    left = unseal(word.data).body
    assert isinstance(left, GaveUp)
    assert (left.proposal, left.why, word.lane) == (a_proposal().id, "24 h", REF.lane)


def test_what_else_the_queue_drops_leaves_nothing(works: Works) -> None:
    read_again = effect_job(REF, ReadTicket(IDENT, REF, T0), TRACE, T0)
    assert works.effects.given_up(lease_of(read_again), "x") == []
    assert works.effects.given_up(replace(lease_of(read_again), data=b"cut"), "x") == []
    assert works.effects.given_up(replace(lease_of(read_again), kind="delivery"), "x") == []


async def test_a_ticket_that_vanishes_under_the_skill_is_told_as_that(works: Works) -> None:
    works.skill.fails = Missing("404")
    (event,) = await works.does(RunSkill(IDENT, "triage", snapshot(), T0))
    assert isinstance(event, TicketVanished)


async def test_a_run_is_timed_and_its_model_not_counted_a_second_time(works: Works) -> None:
    """Tokens and money are counted where the model is called: see tests/bot/runtime/test_provider.py."""
    await run(works)
    page = works.bench.meters.page().decode()
    assert 'model="m"' not in page
    assert 'countersign_effect_seconds_count{effect="RunSkill"} 1.0' in page


async def test_cards_and_whispers_go_to_the_wall(works: Works) -> None:
    told = Whisper(IDENT, SlackUserId("U0ALICE"), "C1", "refused.guest")
    pinged = Ping(IDENT, a_proposal().id, (SlackUserId("U0ALICE"),), "ping.asked")
    assert await works.does(told) == []
    assert await works.does(pinged) == []
    assert works.wall is not None
    assert (works.wall.pinged, works.wall.whispered) == ([pinged], [told])


async def test_where_a_card_hangs_is_kept_before_its_next_drawing_begins(works: Works) -> None:
    await works.bench.happens(read(), finished(a_proposal(), findings=()))
    shown = ShowCard(IDENT, a_proposal().id)
    assert await works.does(shown) == []
    assert works.wall is not None
    assert works.wall.shown == [shown]
    place = CardPlace(channel="C0APPROVALS", ts="1.000001")
    assert (await works.bench.of(a_proposal())).cards == (place,)


def test_the_drawings_of_one_card_wait_for_each_other_and_for_nothing_else() -> None:
    first, other = ShowCard(IDENT, a_proposal().id), ShowCard(IDENT, a_proposal(number=7).id)
    lanes = [effect_job(REF, each, TRACE, T0).lane for each in (first, other)]
    assert lanes[0] != lanes[1]
    assert REF.lane not in lanes, "Slack being away keeps no ticket waiting"


async def test_without_slack_nothing_is_shown_and_nothing_fails(redis: Redis, prefix: str) -> None:
    works = Works(Workbench(redis, prefix), Reads(), None)
    assert await works.does(ShowCard(IDENT, a_proposal().id)) == []
    assert await works.does(Whisper(IDENT, SlackUserId("U0ALICE"), "C1", "refused.guest")) == []


async def test_an_execution_reports_to_the_tickets_lane(works: Works) -> None:
    order = await works.bench.approved()
    assert isinstance(order.effect, Execute)
    (event,) = await works.does(order.effect)
    assert isinstance(event, Executed)
    assert (await works.bench.of(a_proposal())).status is Status.EXECUTING, "until the lane has taken it in"


async def test_a_timer_is_an_event_and_not_an_order(works: Works) -> None:
    due = Expired(id=EventId("t"), at=T0, proposal=a_proposal().id, revision=1)
    job = effect_job(REF, Wake(IDENT, due), TRACE, T0)
    assert (job.kind, job.lane) == ("event", REF.lane)
    assert unseal(job.data).body == due
    assert works.wall is not None
    assert not works.wall.shown


def test_the_note_is_the_verb_that_only_leaves_one(works: Works) -> None:
    assert note_action(works.bench.records) == NOTE


def test_a_proposal_of_a_persons_names_the_person(works: Works) -> None:
    made = proposal(works.bench.records, snapshot(ticket(priority=HIGH)), IDENT, 0, SETS, by="U0ALICE")
    assert (made.by, made.basis.before) == ("U0ALICE", {"priority": HIGH})


def test_refusing_a_wish_quotes_nothing(works: Works) -> None:
    bad: dict[str, Any] = {"fields": {"priority": [{"id": "2", "label": "High", "extra": "hush"}]}}
    with pytest.raises(Refused) as error:
        proposal(
            works.bench.records, snapshot(), IDENT, 0, Wish("set_fields", bad, Untrusted("")), by="skill:x"
        )
    assert "fields.priority.0.extra" in str(error.value)
    assert "hush" not in str(error.value)


async def test_a_proposal_says_before_anybody_clicks_whether_there_is_a_way_back(works: Works) -> None:
    works.skill.report = Report(wishes=(SETS, Wish("reply_publicly", {"text": "Hello."}, Untrusted(""))))
    event = await run(works)
    assert {made.action.name: made.can_undo for made in event.report.proposals} == {
        SET: True,
        "jira.reply_publicly": False,
    }
