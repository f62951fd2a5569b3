"""What the bot itself holds in the end: its dossiers, its audit, its queue; read straight from the server."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from bot.core.audit import Record
from bot.core.codec import decode
from bot.core.dossier import Dossier, Tracked
from bot.core.tickets import TicketRef
from bot.decide.considering import TRACKED_MAX
from tests.simulation.facade import Shore
from tests.simulation.replica import PREFIX
from tests.simulation.tracker import CONNECTOR


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything the bot would tell."""

    records: tuple[Record, ...]
    dossiers: dict[str, Dossier]
    """By the vendor's id of the ticket."""
    dead: dict[str, str]
    """Dead letters: job id to why."""
    waiting: int
    """Jobs that stand in lanes or streams, or wait for their time."""
    by_proposal: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])

    def tracked(self) -> list[tuple[Dossier, Tracked]]:
        """Return every proposal with its ticket's dossier."""
        return [(each, tracked) for each in self.dossiers.values() for tracked in each.tracked.values()]

    def is_whole(self, issue: str) -> bool:
        """Whether nothing about a ticket has been forgotten: dossiers keep only so many proposals."""
        dossier = self.dossiers.get(issue)
        return dossier is None or len(dossier.tracked) < TRACKED_MAX - 1

    def find(self, proposal: str) -> Tracked | None:
        """Return a proposal that is still kept."""
        return next((each for _, each in self.tracked() if each.proposal.id == proposal), None)


def read(shore: Shore, issues: list[str]) -> Ledger:
    """Read it all."""
    rows = shore.command("XRANGE", f"{PREFIX}:audit", "-", "+")
    records = tuple(decode(fields[1]) for _, fields in rows)
    dossiers: dict[str, Dossier] = {}
    for issue in issues:
        document = shore.command("HGET", f"{PREFIX}:doc:{TicketRef(CONNECTOR, issue).lane}", "d")
        if document is not None:
            dossiers[issue] = decode(document)
    dead: dict[str, str] = {}
    for raw in shore.command("ZRANGE", f"{PREFIX}:dead", 0, -1):
        why = shore.command("HGET", f"{PREFIX}:job:{raw.decode()}", "e")
        dead[raw.decode()] = (why or b"").decode()
    by_proposal: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.proposal:
            by_proposal[record.proposal].append(record)
    waiting = shore.entries + int(shore.command("ZCARD", f"{PREFIX}:due"))
    waiting += sum(int(each) for each in shore.command("HVALS", f"{PREFIX}:waiting"))
    return Ledger(records, dossiers, dead, waiting, dict(by_proposal))
