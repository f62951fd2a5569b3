"""A skill somebody asked for: who may, what they are told, and that they are told something at any rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.clicks import Person
from bot.core.actions import Proposal, Risk
from bot.core.alike import Elsewhere
from bot.core.briefs import Brief, BriefLine
from bot.core.dossier import Status
from bot.core.errands import Errand, InSlack, OnTicket, sealed, unsealed
from bot.core.errors import Malformed, Reject, Retry
from bot.core.ids import EventId, SlackUserId
from bot.core.judgement import Judgement, Question
from bot.core.modes import Mode
from bot.core.reports import Report, Wish
from bot.core.requests import Requested
from bot.core.tickets import PastTicket, Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from bot.runtime.admitting import Unheard
from bot.runtime.envelopes import ERRAND, unseal
from bot.runtime.errands import BURST, PATIENCE_S, Around, Errands, errand_job
from bot.runtime.jobs import Job, Lease
from bot.runtime.limiter import Limiter
from tests.bot.workbench import Workbench
from tests.making import AGENT, ALICE, REF, finding, rulebook, ticket

IN_SLACK = InSlack(channel="C1", user=ALICE, team="T1")
ON_TICKET = OnTicket(comment="c7")
SETS = Wish("set_fields", {"fields": {"priority": [{"id": "2", "label": "High"}]}}, Untrusted("fire"))
NOTE = Wish("add_internal_note", {"lines": [{"kind": "text", "text": "psst"}]}, Untrusted(""))


class Summarises:
    """A skill that says what it was given to say."""

    name = "summary"
    on_change = False

    def __init__(self) -> None:
        self.report = Report(
            brief=Brief("brief.summary.title", (BriefLine("brief.summary.what", Untrusted("It burns.")),))
        )
        self.desks: list[Desk] = []
        self.fails: Exception | None = None

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        assert snapshot.ticket.ref == REF
        self.desks.append(desk)
        if self.fails is not None:
            raise self.fails
        return self.report


class Silent:
    """A brain that is not asked."""

    async def judge(self, question: Question) -> Judgement:
        raise AssertionError(question.connector)


@dataclass
class Ears:
    """What people in Slack are told."""

    heard: list[tuple[Errand, str, Report]] = field(default_factory=list[Any])
    refused: list[tuple[str, Mapping[str, str]]] = field(default_factory=list[Any])
    told_no: list[Errand] = field(default_factory=list[Any])
    away: bool = False

    async def told(self, errand: Errand, ticket: Ticket, report: Report) -> None:
        self.heard.append((errand, ticket.key, report))

    async def failed(self, errand: Errand, key: str, words: Mapping[str, str]) -> None:
        if self.away:
            raise Retry("Slack is away", after_s=1)
        assert say(errand.language, key, **words)
        self.refused.append((key, words))
        self.told_no.append(errand)


@dataclass
class Door:
    """Who may ask for what."""

    says: str = ""
    only_with_ticket: bool = False
    unheard_: Unheard | None = None
    hides: frozenset[str] = frozenset()
    """Keys of tickets, or names of queues."""
    asked: list[tuple[Person, str, str]] = field(default_factory=list[Any])
    authors: list[tuple[str, str, str]] = field(default_factory=list[Any])

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        self.asked.append((by, skill, ticket.key if ticket else ""))
        return "" if self.only_with_ticket and ticket is None else self.says

    async def unheard(self, account: str, skill: str, ticket: Ticket) -> Unheard | None:
        self.authors.append((account, skill, ticket.key))
        return self.unheard_

    async def visible(self, by: Person, skill: str, others: Sequence[Elsewhere]) -> frozenset[Elsewhere]:
        assert (by.id, skill) == (ALICE, "summary")
        assert len(others) == len(set(others))
        return frozenset([each for each in others if not self.hides & {each.key, each.queue or "nowhere"}])


class Office:
    """Errands over a workbench."""

    def __init__(self, redis: Redis, prefix: str, mode: Mode = Mode.APPROVE) -> None:
        self.bench = Workbench(redis, prefix, rulebook(mode=mode, skills=("summary",)))
        self.skill, self.ears, self.door = Summarises(), Ears(), Door()
        self.around = Around(
            connectors={"jira": self.bench.records},
            skills={"summary": self.skill},
            model=Silent(),
            journal=self.bench.journal,
            stops=self.bench.stops,
            limiter=Limiter(redis, self.bench.lanes.prefix),
            clock=self.bench.clock,
            meters=self.bench.meters,
            tells=self.ears,
            admits=self.door,
        )

    async def runs(self, errand: Errand, **more: Any) -> list[Requested]:
        """Run it as a worker would; returns what goes to the ticket's lane."""
        errands = Errands(replace(self.around, **more))
        job = errand_job(errand)
        done = await errands.handle(lease_of(job, self.bench.clock.now().timestamp()))
        assert all(each.lane == REF.lane for each in done.spawn)
        return [unseal(each.data).body for each in done.spawn]

    async def proposals(self, *events: Requested) -> list[Proposal]:
        """Let the events happen; returns what came of them."""
        dossier = await self.bench.happens(*events)
        return [each.proposal for each in dossier.tracked.values()]


def lease_of(job: Job, accepted_s: float) -> Lease:
    return Lease(job.id, job.kind, job.data, job.lane, job.pool, 1, round(accepted_s * 1000), "1-0", 1)


def errand(place: InSlack | OnTicket = IN_SLACK, **changed: Any) -> Errand:
    plain = Errand(
        id=EventId("slack:Ev1"),
        skill="summary",
        connector="jira",
        key="OPS-1",
        person=ALICE if isinstance(place, InSlack) else AGENT.id,
        language="en",
        place=place,
    )
    return replace(plain, **changed)


@pytest.fixture
def office(redis: Redis, prefix: str) -> Office:
    return Office(redis, prefix)


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


async def test_a_command_on_the_ticket_is_answered_by_an_internal_note_of_its_own(office: Office) -> None:
    (event,) = await office.runs(errand(ON_TICKET))
    (note,) = await office.proposals(event)
    assert note.action.risk is Risk.NOTE
    assert note.action.name == "jira.add_internal_note"
    assert note.action.args["replaces"] == ""
    assert "It burns." in str(note.action.args["lines"])
    dossier = await office.bench.journal.dossier(REF)
    assert dossier.tracked[note.id].status is Status.APPROVED
    assert not dossier.note.material, "the living note is another one"
    assert not office.ears.heard
    assert not office.door.asked, "the rows for Slack are not asked"
    assert office.door.authors == [(AGENT.id, "summary", "OPS-1")]
    assert office.skill.desks[0].asked_by == ""


async def test_the_note_lands_once_and_leaves_the_living_note_alone(office: Office) -> None:
    await office.bench.happens(*await office.runs(errand(ON_TICKET)))
    await office.bench.happens(*await office.runs(errand(ON_TICKET)))  # the job ran twice
    (tracked,) = (await office.bench.journal.dossier(REF)).tracked.values()
    await office.bench.runs(office.bench.order(tracked.proposal))
    dossier = await office.bench.journal.dossier(REF)
    assert len(office.bench.records.comments) == 1
    assert dossier.note.comment == ""


async def test_solved_tickets_of_other_queues_are_shown_on_the_ticket_and_to_nobody_in_slack(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Untrusted("")
    solved = [PastTicket(f"{queue}-9", "", queue, nothing, nothing, {}) for queue in ("OPS", "HR")]

    async def found(_ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        return tuple(solved[:limit])

    monkeypatch.setattr(office.bench.records, "similar", found)
    for place, queues in ((IN_SLACK, ["OPS"]), (ON_TICKET, ["OPS", "HR"])):
        await office.runs(errand(place))
        desk = office.skill.desks[-1]
        assert [past.queue for past in await desk.tickets.similar(ticket(), 5)] == queues
        assert (await desk.tickets.read(REF)).ticket.key == "OPS-1"
        assert (await desk.tickets.allowed(ticket())).choices


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


async def test_wishes_asked_for_on_the_ticket_are_the_skills_own(office: Office) -> None:
    office.skill.report = replace(office.skill.report, wishes=(SETS,))
    proposals = await office.proposals(*await office.runs(errand(ON_TICKET)))
    assert [(each.by, each.action.risk) for each in proposals] == [
        ("", Risk.NOTE),
        ("skill:summary", Risk.REVERSIBLE),
    ]
    audit = [(each.what, each.actor) for each in await office.bench.audit()]
    assert ("change.requested", "skill:summary") in audit
    assert ("change.requested", "jira") in audit


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


async def test_who_is_not_heard_on_the_ticket_is_told_in_slack_alone_and_the_ticket_keeps_quiet(
    office: Office,
) -> None:
    person = Person(SlackUserId(ALICE), "T1")
    office.door.unheard_ = Unheard("access.not_granted", person)
    assert await office.runs(errand(ON_TICKET)) == []
    ((key, words),) = office.ears.refused
    assert (key, words["skill"], words["key"]) == ("errand.unheard", "summary", "OPS-1")
    assert words["why"] == say("en", "access.not_granted")
    (place,) = [each.place for each in office.ears.told_no]
    assert place == InSlack(channel="", user=ALICE, team="T1")
    assert not office.skill.desks
    assert not office.bench.records.sent
    (record,) = await office.bench.audit()
    assert (record.what, record.because, record.actor) == (
        "skill.refused",
        "errand.unheard",
        f"jira:{AGENT.id}",
    )


async def test_who_is_not_heard_and_not_known_hears_nothing_whatever_they_typed(office: Office) -> None:
    office.door.unheard_ = Unheard("access.not_granted", None)
    for word in ("summary", "juggle"):
        assert await office.runs(errand(ON_TICKET, skill=word)) == []
    assert [skill for _, skill, _ in office.door.authors] == ["summary", ""], "somebody's word is no skill"
    assert not office.ears.refused
    assert not office.skill.desks


async def test_slack_that_is_away_costs_whoever_is_not_heard_the_sentence_and_nothing_else(
    office: Office,
) -> None:
    office.door.unheard_ = Unheard("access.not_granted", Person(SlackUserId(ALICE), "T1"))
    office.ears.away = True
    assert await office.runs(errand(ON_TICKET)) == []


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


async def test_an_unknown_word_on_the_ticket_is_answered_with_those_there_are(office: Office) -> None:
    (event,) = await office.runs(errand(ON_TICKET, skill="juggle"))
    (note,) = await office.proposals(event)
    assert "There are: summary" in str(note.action.args["lines"])


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
