"""Errands over a workbench: a skill that says what it was given to say, and ears that hear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from redis.asyncio import Redis

from approvals.clicks import Person
from bot.core.actions import Proposal
from bot.core.alike import Elsewhere
from bot.core.briefs import Brief, BriefLine
from bot.core.errands import Errand, InSlack, OnTicket
from bot.core.errors import Retry
from bot.core.ids import EventId
from bot.core.judgement import Judgement, Question
from bot.core.modes import Mode
from bot.core.reports import Report, Wish
from bot.core.requests import Requested
from bot.core.tickets import Snapshot, Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from bot.runtime.admitting import Unheard
from bot.runtime.envelopes import unseal
from bot.runtime.errands import Around, Errands, errand_job
from bot.runtime.jobs import Job, Lease
from bot.runtime.limiter import Limiter
from tests.bot.workbench import Workbench
from tests.making import AGENT, ALICE, REF, rulebook

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
    away: bool = False
    asked: list[tuple[Person, str, str]] = field(default_factory=list[Any])
    authors: list[tuple[str, str, str]] = field(default_factory=list[Any])

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        self.asked.append((by, skill, ticket.key if ticket else ""))
        return "" if self.only_with_ticket and ticket is None else self.says

    async def unheard(self, account: str, skill: str, ticket: Ticket) -> Unheard | None:
        self.authors.append((account, skill, ticket.key))
        if self.away:
            raise Retry("Slack is away", after_s=1)
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
