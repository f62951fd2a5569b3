"""The road between the bot and the system of tickets: calls that fail in every way, webhooks that go astray.

Fills the port ``Connector`` with the real Jira verbs and the real reading of Jira's webhooks; only the HTTP
between is played, and every answer it can give is one of the port's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.core.actions import Args, Request, VendorAnswer
from bot.core.errors import Ambiguous, Forbidden, Leaked, Missing, Refused, Reject, Retry
from bot.core.events import TicketTouched
from bot.core.ids import ActionName, EventId
from bot.core.permit import Permit
from bot.core.tickets import (
    Actor,
    Allowed,
    Choices,
    PastTicket,
    Snapshot,
    Ticket,
    TicketRef,
    Transition,
    Value,
)
from bot.ports import ActionType, PastPage, Webhook
from bot.sources import Source
from connectors.jira.actions import verbs
from connectors.jira.webhook import JiraWebhook
from tests.simulation.chance import Dice
from tests.simulation.loop import VirtualLoop
from tests.simulation.tracker import CONNECTOR, KNOWN, PEOPLE, STEPS, US, Tracker

SETTLE_S: Final = 90.0
"""How long a request whose answer was lost may still be committed."""
SECRET: Final = "not a secret: both ends are in this process"
_VERBS: Final[Mapping[ActionName, ActionType]] = verbs()


@dataclass(frozen=True, slots=True)
class Mood:
    """How the vendor treats us: one chance in how many calls, for each of what can go wrong."""

    fates: Mapping[str, float] = field(default_factory=dict[str, float])
    """``busy``, ``refused``, ``forbidden``, ``lost``, ``told_nobody``, ``late``, ``drops``, ``leaks``."""
    read_fails: float = 0.0
    slow_s: float = 0.3


class Vendor:
    """One Jira for all replicas."""

    name = CONNECTOR
    kind = "jira"
    home = "https://jira.example.com"
    sources: tuple[Source, ...] = ()
    webhook: Webhook = JiraWebhook()
    webhook_secret = SECRET
    actions: Mapping[ActionName, ActionType] = _VERBS
    suggestible = ("issuetype", "priority", "components")
    settle_s = SETTLE_S

    def __init__(self, tracker: Tracker, loop: VirtualLoop, dice: Dice) -> None:
        self.tracker, self._loop, self._dice = tracker, loop, dice
        self.mood = Mood()
        self.faults = 0
        self.sent = 0

    # -- reading -------------------------------------------------------------------------------------------

    async def whoami(self) -> Actor:
        return US

    async def read(self, ref: TicketRef) -> Snapshot:
        await self._travels()
        if self._dice.random() < self.mood.read_fails:
            self.faults += 1
            raise self._dice.choice(
                (Retry("429", after_s=self._dice.uniform(0, 30)), Retry("read timed out", after_s=5))
            )
        snapshot = self.tracker.snapshot(ref)
        await self._travels()
        return snapshot

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        await self._travels()
        choices = tuple(
            Choices(name, name.title(), KNOWN[name], several=name == "components")
            for name in ("issuetype", "priority", "components")
        )
        onward = tuple(Transition(ident, to.label, to) for ident, to in STEPS.items() if to != ticket.status)
        return Allowed(choices, onward, PEOPLE) if steps else Allowed(choices)

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        del ticket, limit
        return ()

    async def looked_up(self, action: ActionName, args: Args, ticket: Ticket) -> Args:
        del action, ticket
        return args

    async def solved(self, limit: int) -> tuple[PastTicket, ...]:
        del limit
        return ()

    async def solved_page(self, query: str, after: str) -> PastPage:
        del query, after
        return PastPage((), "")

    def key_of(self, url: str) -> str:
        return url.removeprefix(f"{self.home}/browse/") if url.startswith(f"{self.home}/browse/") else ""

    async def find(self, key: str) -> TicketRef:
        await self._travels()
        for issue in self.tracker.issues.values():
            if issue.key == key and not issue.deleted:
                return TicketRef(self.name, issue.id)
        raise Missing("no such issue")

    async def changed_since(self, moment: datetime, limit: int) -> tuple[TicketTouched, ...]:
        await self._travels()
        changed = sorted(
            (each for each in self.tracker.issues.values() if each.updated >= moment and not each.deleted),
            key=lambda each: (each.updated, each.id),
        )
        return tuple(
            TicketTouched(
                id=EventId(f"{self.name}:poll:{each.id}:{each.updated.isoformat()}/{each.version}"),
                at=each.updated,
                ref=TicketRef(self.name, each.id),
                what="poll",
            )
            for each in changed[:limit]
        )

    async def members(self, group: str) -> tuple[str, ...]:
        raise Missing(f"no group {group}")

    async def people(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        del ticket
        return tuple(each for each in PEOPLE if query.casefold() in each.label.casefold())[:limit]

    # -- writing -------------------------------------------------------------------------------------------

    async def send(self, request: Request, permit: Permit) -> VendorAnswer:
        """Let the request meet its fate. What is committed late is committed though nobody waits any more."""
        assert permit.operation == request.operation
        self.sent += 1
        fate = self._fate()
        self.faults += fate != "ok"
        await self._travels()
        match fate:
            case "busy":
                raise Retry("429: too many requests", after_s=self._dice.uniform(0, 60))
            case "refused":
                raise Refused("Field 'priority' cannot be set. It is not on the appropriate screen.")
            case "forbidden":
                raise Forbidden("401: the token is refused")
            case "lost":
                await asyncio.sleep(self._dice.uniform(0, 30))
                raise Ambiguous("the connection was cut")
            case "late":
                raise await self._late(request)
            case _:
                return await self._carry_out(request, fate)

    async def withdraw(self, ref: TicketRef, comment: str) -> bool:
        await self._travels()
        return self.tracker.withdraw(ref, comment)

    async def close(self) -> None:
        """Do nothing: there is no socket."""

    # -- inside --------------------------------------------------------------------------------------------

    async def _carry_out(self, request: Request, fate: str) -> VendorAnswer:
        leak = fate == "leaks" and request.expects_internal
        answer = self.tracker.commit(request, drop=fate == "drops", leak=leak)
        await self._travels()
        if leak:
            made = answer.body["id"] if isinstance(answer.body, dict) else ""
            raise Leaked("Jira says it is public", made=str(made))
        if fate == "told_nobody":
            await asyncio.sleep(self._dice.uniform(0, 30))
            raise Ambiguous("502: bad gateway")
        return answer

    async def _late(self, request: Request) -> Ambiguous:
        """Give up waiting; the vendor commits within its settle time, or while we still waited."""

        def commits() -> None:
            try:
                self.tracker.commit(request)
            except Reject:
                return

        patience_s = self._dice.uniform(5, 30)
        self._loop.outside_in(self._dice.uniform(0, SETTLE_S * 0.9), commits)
        await asyncio.sleep(patience_s)
        return Ambiguous("read timed out")

    def _fate(self) -> str:
        draw = self._dice.random()
        for fate, chance in self.mood.fates.items():
            draw -= chance
            if draw < 0:
                return fate
        return "ok"

    async def _travels(self) -> None:
        slow = self._dice.random() < 0.05
        await asyncio.sleep(self._dice.random() * (20 * self.mood.slow_s if slow else self.mood.slow_s))
