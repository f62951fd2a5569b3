"""The holes in the wall for models that write: one task for a skill, one conversation for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from bot.core.errors import Reject, Retry
from bot.core.judgement import Usage
from bot.core.passages import NO_QUEUE
from bot.core.runs import RunRequest, RunResult, Step
from bot.core.turns import Prompt, Reply
from bot.core.untrusted import Untrusted


class Away(Retry):
    """The model cannot be reached, is overloaded, too slow, or left alone for a while after it was."""


class Unusable(Reject):
    """The provider was paid for an answer that we do not accept: cut, refused, outside of the schema."""

    def __init__(self, why: str, *, usage: Usage) -> None:
        """``usage``: what it cost all the same."""
        super().__init__(why)
        self.usage = usage


@dataclass(frozen=True, slots=True)
class Paper:
    """One text that lies on the table, as data."""

    label: str
    """What it is, in our words: ``summary``, ``message``, ``article``; letters and underscores."""
    text: Untrusted
    own: bool = True
    """Whether it is of the ticket in hand; others' values never come back in an answer."""
    queue: str | None = None
    """Of another ticket of the same system: its queue, empty where that is not known. A paper that may not be
    shown to the task's model is left out. None: no other ticket's."""
    source: str = ""
    """Of what a source found: its name; left out as well where the task's model may not be shown it."""

    def place(self, connector: str) -> tuple[str, str] | None:
        """Whose text it is, as residency asks, beside a ticket of ``connector``; None: that ticket's own."""
        if self.source:
            return self.source, NO_QUEUE
        return (connector, self.queue) if self.queue is not None else None


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be written about one ticket."""

    name: str
    """The skill's; also the tool's that the answer comes in."""
    rules: str
    """The skill's ``prompt.md``: the same for every ticket."""
    answer: type[BaseModel]
    """The only shape accepted; anything else is refused, never repaired. Texts are plain ``str`` fields."""
    papers: tuple[Paper, ...]
    language: str
    """ISO 639-1: of what is written."""
    connector: str
    queue: str
    ticket: str
    """``<connector>:<id>``, for the budget."""
    people: tuple[Untrusted, ...] = ()
    """Names to be masked."""
    person: str = ""
    """Slack user id of whoever asked, for the budget; empty: nobody did."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: placeholders put back, links to foreign hosts, images and mentions made harmless."""

    answer: BaseModel
    """An instance of ``Task.answer``; its texts are still a model's words: treat them as untrusted."""
    brain: str
    """The model's name, for the reader."""
    usage: Usage = field(default_factory=Usage)


class Writer(Protocol):
    """Writes for skills."""

    async def write(self, task: Task) -> Written:
        """Write it, once.

        Raises:
            Away, BudgetSpent: the skill does without, and says so.
            Unusable: it answered something we do not accept.
            StaysHome: this queue's text never leaves the house.
            Forbidden, Misconfigured, Reject: the key, the model or the request is refused.
        """
        ...


class Converser(Protocol):
    """Answers in a conversation."""

    async def reply(self, prompt: Prompt, hear: Callable[[str], Awaitable[None]]) -> Reply:
        """Answer the last turn; ``hear`` gets the words as they come, before the whole is known to be good.

        Raises as :meth:`Writer.write`. A cut or refused answer is ``Unusable``, also when words were heard.
        What ``hear`` raises ends the answer and comes through as it is.
        """
        ...


class Hearing(Protocol):
    """Whoever follows a run while it is under way."""

    async def words(self, text: str) -> None:
        """Take some more of the answer: plain Markdown, harmless already; never an error to the caller."""
        ...

    async def step(self, step: Step) -> None:
        """Take what the agent is doing now, or that it is done; never an error to the caller."""
        ...

    async def stopped(self) -> bool:
        """Whether the person wants it to stop; asked between steps and while words come."""
        ...


class Agent(Protocol):
    """Answers people, by reading; what it wants changed it proposes."""

    async def run(self, request: RunRequest, hearing: Hearing) -> RunResult:
        """Run until it has answered or has to ask a human.

        Raises:
            Retry: a ticket system or Redis is away; run it again.
        """
        ...
