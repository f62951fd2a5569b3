"""A small desk for the agent: tickets, people, a model that says what it is told to, somebody who listens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from approvals.policy import Rulebook
from bot.agent.provenance import Together, anywhere
from bot.agent.reading import Reach, Sight
from bot.agent.run import Mind, Runner
from bot.core.errors import Missing
from bot.core.ids import ActionName, EventId, SlackUserId
from bot.core.judgement import Usage
from bot.core.passages import Field, Passage
from bot.core.runs import Memory, RunRequest, RunResult, Said, Settled, Step
from bot.core.tickets import (
    Actor,
    Allowed,
    Attachment,
    Choices,
    Comment,
    PastTicket,
    Snapshot,
    Ticket,
    TicketRef,
    Transition,
    Value,
)
from bot.core.turns import Call, Prompt, Reply, Result, Returned, Spoke
from bot.core.untrusted import Untrusted
from bot.ports import ActionType, Neighbours
from bot.sources import Lookup, Source
from bot.writers import Converser
from connectors.jira.actions import verbs
from tests.bot.records import Records
from tests.making import ALICE, HIGH, LOW, REF, REPORTER, T0, rulebook, ticket

HOSTS = frozenset({"jira.example.com"})
OTHER = TicketRef("jira", "10043")
TALK = "talk:T1:D1:1"
DONE, DOING = Value("31", "Done"), Value("21", "In Progress")


class Desk(Records):
    """Fills ``Connector``: two tickets, a workflow, people, and the verbs of Jira."""

    sources: tuple[Source, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.tickets[OTHER.id] = replace(
            ticket(summary="Coffee machine leaks"), ref=OTHER, key="OPS-2", queue="OPS"
        )
        self.past: tuple[PastTicket, ...] = ()
        self.reads: list[TicketRef] = []
        self.files: list[Attachment] = []
        self.more: tuple[Choices, ...] = ()
        self.onward: tuple[Transition, ...] = (
            Transition("t1", "Start", DOING),
            Transition("t2", "Finish", DONE),
        )
        self.gone: Exception | None = None
        """What asking for allowed values raises."""

    @property
    @override
    def actions(self) -> Mapping[ActionName, ActionType]:
        return verbs()

    @override
    async def find(self, key: str) -> TicketRef:
        found = next((t.ref for t in self.tickets.values() if t.key == key.upper()), None)
        if found is None:
            raise Missing(f"no ticket {key}")
        return found

    @override
    async def read(self, ref: TicketRef) -> Snapshot:
        self.reads.append(ref)
        return replace(await super().read(ref), attachments=tuple(self.files))

    @override
    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        if self.gone is not None:
            raise self.gone
        priority = Choices("priority", "Priority", (*HIGH, Value("3", "Medium"), *LOW))
        return Allowed((priority, *self.more), self.onward if steps else ())

    @override
    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        return self.past[:limit]


@dataclass
class Scripted:
    """Fills ``Converser``: says one thing after the other, and keeps what it was asked."""

    script: list[Any]
    """Each a ``Spoke``, a text, calls, an exception, or a function of the prompt that gives one of these."""
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    pieces: int = 7
    """Characters at a time in which words come."""

    async def reply(self, prompt: Prompt, hear: Callable[[str], Awaitable[None]]) -> Reply:
        self.prompts.append(prompt)
        said: Any = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(said):
            said = said(prompt)
        if isinstance(said, Exception):
            raise said
        spoke = _spoke(said)
        for start in range(0, len(spoke.text), self.pieces):
            await hear(spoke.text[start : start + self.pieces])
        return Reply(spoke, Usage("scripted", 100, 10))


@dataclass
class Listener:
    """Fills ``Hearing``."""

    said: list[str] = field(default_factory=list[str])
    steps: list[Step] = field(default_factory=list[Step])
    stop_after: int = 10**9
    """Looks after which the person has pressed Stop."""

    async def words(self, text: str) -> None:
        self.said.append(text)

    async def step(self, step: Step) -> None:
        self.steps.append(step)

    async def stopped(self) -> bool:
        self.stop_after -= 1
        return self.stop_after < 0


class Ticking:
    """Fills ``Clock``: a second goes by with every look."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._now, self._step = T0, timedelta(seconds=seconds)

    def now(self) -> datetime:
        self._now += self._step
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class Query(BaseModel):
    """What the library takes."""

    model_config = ConfigDict(extra="forbid")
    query: str


@dataclass
class Library:
    """Fills ``Source``: says the same to every question."""

    passages: Sequence[Passage] = ()
    error: Exception | None = None
    asked: list[str] = field(default_factory=list[str])
    name: str = "wiki"

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {"search_articles": Lookup("search_articles", Field.KNOWLEDGE, "Search articles.", Query)}

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        assert lookup == "search_articles"
        assert isinstance(arguments, Query)
        self.asked.append(arguments.query)
        if self.error is not None:
            raise self.error
        return self.passages

    async def close(self) -> None:
        self.asked.clear()


@dataclass
class House:
    """A desk and whoever works at it."""

    desk: Desk = field(default_factory=Desk)
    library: Library = field(default_factory=Library)
    listener: Listener = field(default_factory=Listener)
    book: Rulebook = field(default_factory=rulebook)
    sight: Sight | None = None
    clock: Ticking = field(default_factory=Ticking)
    neighbours: Neighbours | None = None
    together: Together = anywhere

    async def ask(
        self,
        converser: Converser | None,
        *news: str | Said | Settled,
        memory: Memory | None = None,
        talk: str = TALK,
    ) -> RunResult:
        """Let Alice say ``news``."""
        said = tuple(Said(Untrusted(each)) if isinstance(each, str) else each for each in news)
        reach = Reach(
            connectors={"jira": self.desk},
            sources=(self.library,),
            neighbours=self.neighbours,
            sight=self.sight,
            clock=self.clock,
            together=self.together,
        )
        mind = Mind(converser=converser, book=lambda: self.book, hosts=HOSTS, secret=b"hush" * 8)
        request = RunRequest(EventId("slack:m1"), talk, ALICE, "en", memory or Memory(), said)
        return await Runner(reach, mind).run(request, self.listener)


@dataclass
class Blind:
    """Fills ``Sight``: who may see nothing but the tickets listed."""

    keys: frozenset[str]

    async def sees(self, person: SlackUserId, ticket: Ticket) -> bool:
        assert person == ALICE
        return ticket.key in self.keys

    async def address(self, person: SlackUserId) -> str:
        assert person == ALICE
        return ""


def _spoke(said: Any) -> Spoke:
    if isinstance(said, Spoke):
        return said
    return Spoke(said) if isinstance(said, str) else calls(*said)


def calls(*wanted: tuple[str, Mapping[str, Any]], text: str = "") -> Spoke:
    """An answer that wants tools used."""
    return Spoke(text, tuple(Call(f"c{n}-{name}", name, args) for n, (name, args) in enumerate(wanted)))


def read(key: str = "OPS-1") -> tuple[str, Mapping[str, Any]]:
    """The call that reads a ticket."""
    return ("read_ticket", {"key": key})


def priority(to: str = "High", why: str = "The person asked.") -> tuple[str, Mapping[str, Any]]:
    """The call that proposes a priority."""
    return ("propose_jira_set_priority", {"to": to, "why": why})


def results(prompt: Prompt) -> tuple[Result, ...]:
    """What the tools of the turn before came to."""
    last = prompt.turns[-1]
    assert isinstance(last, Returned)
    return last.results


def about(key: str = "OPS-1", ref: TicketRef = REF) -> Memory:
    """A conversation that is about a ticket."""
    del key
    return Memory(focus=ref)


def message(text: str, *, public: bool = True) -> Comment:
    """Somebody's words on the ticket."""
    author = ticket().reporter
    assert author is not None
    return Comment("c9", T0, author, public, Untrusted(text))


def file(name: str, *, by: Actor | None = REPORTER, kind: str = "image/png") -> Attachment:
    """A file on the ticket."""
    return Attachment(Untrusted(name), Untrusted(kind), 120_000, T0, by)
