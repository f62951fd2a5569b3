"""What the shared suites have to know of one connector.

``tests/connectors/<kind>/conformance.py`` exports ``CASES``: one ``Case`` for each shape its vendor comes in.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

import connectors
from bot.core.actions import Action, Args
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from bot.core.tickets import Actor, Snapshot, TicketRef
from bot.kinds import Kind
from bot.ports import ActionType, Connector, Webhook
from bot.registry import discover
from sandbox.vendor import Vendor

KINDS: Mapping[str, Kind[Connector]] = discover(connectors, "CONNECTOR")
WEBHOOKS: Mapping[str, Webhook] = discover(connectors, "WEBHOOK")


@dataclass(frozen=True)
class Running:
    """A fake vendor with one ticket on it, and the connector that talks to it."""

    vendor: Vendor
    connector: Connector
    ref: TicketRef
    key: str
    args: Mapping[str, Args]
    """Valid arguments for every verb, by verb, that change something on this ticket."""
    refs: Mapping[str, TicketRef] = field(default_factory=dict[str, TicketRef])
    """What a verb is aimed at, where that is not the ticket: one that is still to be made."""
    group: str = ""
    """A group of Alice, Bob, Carol and Erin, who has left; made for these suites."""
    regroup: Callable[[str, Sequence[str]], object] = lambda _group, _people: None
    """Make the vendor's group of this name hold exactly these people."""

    def action(self, name: ActionName) -> Action:
        """Make the example action of one verb."""
        return Action(name, self.ref, self.args[name.partition(".")[2]], self.verb(name).risk)

    def verb(self, name: ActionName) -> ActionType:
        """Return the verb."""
        return self.connector.actions[name]

    async def read(self) -> Snapshot:
        """Read the ticket afresh."""
        return await self.connector.read(self.ref)

    async def send(self, name: ActionName, operation: Operation) -> None:
        """Plan from a fresh read, and send."""
        action = self.action(name)
        request = self.verb(name).plan(action, operation, await self.read())
        await self.connector.send(request, Permit(action.digest(), operation))

    def writes(self) -> int:
        """Count the changing requests the vendor has seen."""
        return sum(each.method not in {"GET", "HEAD"} for each in self.vendor.exchanges)


@dataclass(frozen=True)
class Case:
    """One connector in one shape."""

    secret: str
    now: datetime
    """When the deliveries below are signed and verified."""
    us: Actor
    sign: Callable[[bytes], dict[str, str]]
    """Headers, names in lower case, for a body."""
    changed: bytes
    """A person changed a ticket."""
    echo: bytes
    """We changed it."""
    deleted: bytes
    unknown: bytes
    """Something the bot has no interest in."""
    running: Callable[[], AbstractAsyncContextManager[Running]]
    unconnected: Callable[[str], Connector]
    """A connector for another address of the site."""
    absent: str
    """The id of a ticket that is not there, in the vendor's form."""


def every_case() -> dict[str, tuple[str, Case]]:
    """Return every shape of every connector, by a name for the test's id; each must have one."""
    found: dict[str, tuple[str, Case]] = {}
    for kind in KINDS:
        cases: Mapping[str, Case] = importlib.import_module(f"tests.connectors.{kind}.conformance").CASES
        found |= {f"{kind}-{shape}": (kind, case) for shape, case in cases.items()}
    return found
