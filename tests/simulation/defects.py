"""Faults planted into the product on purpose, in this process only: whether the checks would see them.

Each one is a mistake somebody could make. A simulation that finds nothing in a world with one of these has
proved nothing about a world without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from approvals import permits
from approvals.slack import SlackCards
from bot.core.errors import Ambiguous, Retry, Stale
from bot.core.permit import Permit
from bot.decide import answering, timing, undoing, voting
from bot.runtime import executor
from bot.runtime.acceptor import Acceptor
from bot.runtime.executor import Executor
from bot.runtime.jobs import Accepted
from connectors.jira.actions import _comments, add_internal_note
from tests.simulation.vendor import Vendor


def plant(name: str) -> None:
    """Plant one of :data:`DEFECTS` until the process ends."""
    DEFECTS[name].plant()


def _sends_again() -> None:
    """A client library that repeats a request whose answer was lost."""
    right: Any = Vendor.send

    async def send(self: Vendor, *request: Any) -> Any:
        try:
            return await right(self, *request)
        except Ambiguous as lost:
            raise Retry(str(lost), after_s=1.0) from lost

    _set(Vendor, "send", send)


def _writes_nothing_ahead() -> None:
    """An executor that sends before it has written down that it will."""

    async def write_ahead(*_: Any) -> bool:
        return True

    _set(Executor, "_write_ahead", write_ahead)


def _counts_a_vote_twice() -> None:
    """A quorum of two that one person can fill."""
    right: Any = voting.vote

    def vote(*about: Any) -> Any:
        voted = right(*about)
        twice = getattr(voted, "votes", None)
        return replace(voted, votes=(*twice, twice[-1])) if twice else voted

    for module in (voting, answering, undoing):
        _set(module, "vote", vote)


def _takes_anybodys_word() -> None:
    """Approvers that nobody looks up."""

    def principal(_ask: Any, _tracked: Any, by: Any) -> Any:
        return by.id

    for module in (voting, answering, undoing):
        _set(module, "principal", principal)


def _takes_an_old_button() -> None:
    """A click on an older revision that counts for the newest."""
    right: Any = voting.why_not_now

    def why_not_now(tracked: Any, event: Any, book: Any) -> Any:
        return right(tracked, replace(event, revision=tracked.revision) if tracked else event, book)

    _set(answering, "why_not_now", why_not_now)


def _forgets_what_it_took() -> None:
    """An edge that says yes before anything is stored, and then loses one in four."""
    right: Any = Acceptor.accept
    taken = [0]

    async def accept(self: Acceptor, job: Any, **more: Any) -> Any:
        taken[0] += 1
        return Accepted(job.id) if taken[0] % 4 == 0 else await right(self, job, **more)

    _set(Acceptor, "accept", accept)


def _leaves_cards_as_they_are() -> None:
    """Cards that are posted and never brought up to date."""

    async def update(*_: Any) -> None:
        return

    _set(SlackCards, "_update", update)


def _lets_things_wait_for_ever() -> None:
    """Time-outs that never come."""
    right: Any = timing.decide

    def decide(dossier: Any, event: Any, book: Any) -> Any:
        return right(dossier, replace(event, revision=0) if hasattr(event, "revision") else event, book)

    _set(timing, "decide", decide)


def _looks_at_nothing_again() -> None:
    """An approval that is carried out on whatever the ticket holds by now."""
    right: Any = permits.mint

    def mint(tracked: Any, now: Any, language: str) -> Any:
        try:
            return right(tracked, now, language)
        except Stale:
            return Permit(digest=tracked.digest, operation=tracked.operation)

    _set(executor, "mint", mint)


def _writes_notes_for_customers() -> None:
    """A note that does not say it is internal."""

    right: Any = _comments.through_desk

    def through_desk(now: Any, body: str, operation: Any) -> Any:
        request = right(now, body, operation)
        return replace(request, body={"body": body, "public": True}, expects_internal=False)

    _set(add_internal_note, "through_desk", through_desk)


def _set(owner: object, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner!r} has no {name} any more: this defect needs a new place"
    setattr(owner, name, value)


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake, and how the checks put it."""

    plant: Callable[[], None]
    told: str
    """Part of the sentence that a world with it must lead to."""
    seed: int = 1
    """Where a search for it begins: it shows in one world of many, and those before were looked through."""


DEFECTS: Final[dict[str, Defect]] = {
    "sends_again": Defect(_sends_again, "was written 2 times"),
    "writes_nothing_ahead": Defect(_writes_nothing_ahead, "without a write-ahead record"),
    "counts_a_vote_twice": Defect(_counts_a_vote_twice, "too few of 2 votes"),
    "looks_at_nothing_again": Defect(_looks_at_nothing_again, "that had changed", seed=11),
    "takes_anybodys_word": Defect(_takes_anybodys_word, "votes"),
    "takes_an_old_button": Defect(_takes_an_old_button, "votes"),
    "forgets_what_it_took": Defect(_forgets_what_it_took, "was accepted and never looked at"),
    "leaves_cards_as_they_are": Defect(_leaves_cards_as_they_are, "a card does not say"),
    "lets_things_wait_for_ever": Defect(_lets_things_wait_for_ever, "rests at pending"),
    "writes_notes_for_customers": Defect(_writes_notes_for_customers, "customers read a note of ours"),
}
"""By name; ``--defect NAME`` plants one."""
