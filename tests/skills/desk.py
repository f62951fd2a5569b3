"""A desk in memory: a ticket reader and a brain that say what a test wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import override

from bot.core import passages
from bot.core.errors import BotError, Missing
from bot.core.judgement import FieldAnswer, Judgement, Question, Usage
from bot.core.passages import Passage
from bot.core.tickets import (
    Actor,
    Allowed,
    Choices,
    Comment,
    FieldValue,
    PastTicket,
    Snapshot,
    Ticket,
    TicketRef,
    Value,
)
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from bot.sources import Lookup
from bot.writers import Task, Unusable, Written

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REQUESTER = Actor("u-1", Untrusted("Rita Requester"))
AGENT = Actor("u-2", Untrusted("Arne Agent"))
US = Actor("u-bot", Untrusted("Countersign"), is_us=True, is_person=False)

CATEGORY = Choices("category", "Category", (Value("net", "Network"), Value("hw", "Hardware")))
SUBCATEGORY = Choices(
    "subcategory",
    "Subcategory",
    (Value("vpn", "VPN"), Value("dns", "DNS"), Value("disk", "Disk")),
    depends_on="category",
    parents={"vpn": "net", "dns": "net", "disk": "hw"},
)
LABELS = Choices("labels", "Labels", (Value("vip", "vip"), Value("remote", "remote")), several=True)
ALLOWED = Allowed((CATEGORY, SUBCATEGORY, LABELS))
ADDRESSES = frozenset(
    {"https://jira.example/browse/OPS-0", "https://jira.example/browse/OPS-2", "https://kb.example/KB1"}
)
"""All that may be linked to: what tests put there as if it came from our own configuration."""
SUGGESTIBLE = ("category", "subcategory", "labels")


def ticket(
    summary: str = "VPN is down",
    description: str = "The VPN drops every ten minutes since this morning.",
    *,
    closed: bool = False,
    fields: dict[str, FieldValue] | None = None,
) -> Ticket:
    return Ticket(
        ref=TicketRef("jira", "10001"),
        key="OPS-1",
        url="https://jira.example/browse/OPS-1",
        queue="OPS",
        kind="Incident",
        status=Value("1", "Open"),
        closed=closed,
        summary=Untrusted(summary),
        description=Untrusted(description),
        fields=fields or {},
        reporter=REQUESTER,
        created_at=NOON,
        updated_at=NOON,
        version="1",
    )


def comment(body: str, *, author: Actor = REQUESTER, public: bool = True) -> Comment:
    return Comment(f"c-{body[:8]}", NOON, author, public, Untrusted(body))


def past(key: str = "OPS-0", **fields: str) -> PastTicket:
    values = {name: (Value(label, label),) for name, label in fields.items()}
    return PastTicket(key, "", "OPS", Untrusted("VPN drops"), Untrusted("It drops."), values)


def answer(
    field_name: str = "category",
    value: str = "net",
    *,
    confidence: float = 0.9,
    quote: str = "",
    because: str = "It says VPN.",
) -> FieldAnswer:
    said = Untrusted(quote), Untrusted(because)
    return FieldAnswer(field_name, Value(value, f"label of {value}"), confidence, *said)


@dataclass
class Tickets:
    """Answers reads from memory; ``search_fails`` is raised by the search."""

    options: Allowed = ALLOWED
    found: tuple[PastTicket, ...] = ()
    search_fails: BotError | None = None
    searches: int = 0

    async def read(self, ref: TicketRef) -> Snapshot:
        return Snapshot(replace(ticket(), ref=ref))

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        del ticket, steps
        return self.options

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        del ticket
        self.searches += 1
        if self.search_fails:
            raise self.search_fails
        return self.found[:limit]


@dataclass
class Brain:
    """Says what it was given and remembers what it was asked."""

    says: Judgement = field(default_factory=lambda: Judgement(brain="scripted"))
    asked: list[Question] = field(default_factory=list[Question])

    async def judge(self, question: Question) -> Judgement:
        self.asked.append(question)
        return self.says


def desk(
    *answers: FieldAnswer,
    draft: str | None = None,
    tickets: Tickets | None = None,
    suggestible: Sequence[str] = SUGGESTIBLE,
) -> tuple[Desk, Brain]:
    words = Untrusted(draft) if draft is not None else None
    brain = Brain(Judgement(brain="scripted", answers=answers, draft=words, draft_source="OPS-0"))
    return Desk(tickets or Tickets(), brain, tuple(suggestible)), brain


@dataclass
class Pen:
    """A writer that answers what it was told to, if that has the shape that is asked for."""

    says: Mapping[str, Any] | Exception
    tasks: list[Task] = field(default_factory=list[Task])

    async def write(self, task: Task) -> Written:
        self.tasks.append(task)
        if isinstance(self.says, Exception):
            raise self.says
        try:
            answer = task.answer.model_validate(self.says)
        except ValidationError as error:
            raise Unusable("out of shape", usage=Usage("pen-1", 10)) from error
        return Written(answer, "pen-1", Usage("pen-1", 100, 20))


class Asking(BaseModel):
    """All that most lookups take."""

    model_config = ConfigDict(extra="forbid")

    query: str


class Series(Asking):
    """A lookup that takes more than a question."""

    minutes: int


@dataclass
class Books:
    """A source of knowledge with two lookups; the second wants more than a question."""

    found: tuple[Passage, ...] = ()
    fails: BaseException | None = None
    name: str = "kb"
    about: passages.Field = passages.Field.KNOWLEDGE
    asked: list[tuple[str, str]] = field(default_factory=list[Any])

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        plain = Lookup("search_articles", self.about, "Finds articles.", Asking)
        return {
            plain.name: plain,
            "read_series": Lookup("read_series", self.about, "Reads a series.", Series),
        }

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        assert isinstance(arguments, Asking)
        self.asked.append((lookup, arguments.query))
        if self.fails is not None:
            raise self.fails
        return self.found

    async def close(self) -> None:
        self.asked.clear()


class ByKey(BaseModel):
    """All that reading one article takes."""

    model_config = ConfigDict(extra="forbid")

    article: str


@dataclass
class Shelves(Books):
    """Books whose search brings an excerpt, and whose articles are read by their key."""

    whole: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    @override
    def lookups(self) -> Mapping[str, Lookup]:
        return {**super().lookups, "read_article": Lookup("read_article", self.about, "Reads it.", ByKey)}

    @override
    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        if not isinstance(arguments, ByKey):
            return await super().look(lookup, arguments)
        self.asked.append((lookup, arguments.article))
        if arguments.article not in self.whole:
            raise Missing("there is no such article")
        return [passage(text=self.whole[arguments.article])]


def passage(title: str = "VPN drops", text: str = "1. Restart the client.\n2. Sign in again.") -> Passage:
    return Passage(Untrusted(title), Untrusted(text), "https://kb.example/KB1")


def solved(
    key: str = "OPS-0", answer_text: str = "Please restart the VPN client. It works after that."
) -> PastTicket:
    return replace(past(key), url=f"https://jira.example/browse/{key}", answer=Untrusted(answer_text))
