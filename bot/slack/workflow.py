"""The step ``request_approval`` of Workflow Builder: inputs to a proposal, its end to the workflow.

The run's id is the lane under which the proposal tells how it ended, so nothing is kept beside the ticket. It
is answered with the app's own token: the step's lasts for minutes, and people take hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import structlog
from pydantic import JsonValue

from approvals.clicks import Person
from bot.agent.offers import AssignWanted, Wanted
from bot.agent.vetting import Table, Voice, vet
from bot.core.actions import Proposal
from bot.core.dossier import Status
from bot.core.effects import TellTalk
from bot.core.errors import Forbidden, Missing, Refused
from bot.core.foreign import things
from bot.core.ids import ActionName, EffectId, EventId, trace_id
from bot.core.reports import Wish
from bot.core.requests import Requested
from bot.core.tickets import Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat, Connector
from bot.proposing import note_action, proposed
from bot.runtime.envelopes import event_job
from bot.slack.asking import ASK, Access, Declined, Finder, Unfound
from bot.slack.desk import Desk
from bot.slack.orders import ticket_named
from bot.slack.people import People
from bot.slack.workflow_inputs import Step, execution_of, wanted

CALLBACK: Final = "request_approval"
ANSWERS: Final = frozenset({Status.EXECUTED, Status.REJECTED, Status.EXPIRED})
"""People decided, or let it lie: the workflow goes on and may branch on it."""
FAULTS: Final = frozenset({Status.FAILED, Status.STALE, Status.CANCELLED, Status.DENIED})
"""It could not be asked or done: the workflow ends there, and its owner reads why."""
PEOPLE_MAX: Final = 8
"""Looked at for one name: more than one is a question that nobody is there to answer."""
ERROR_CHARS_MAX: Final = 500
"""Of what a workflow's owner reads."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What steps rest on."""

    chat: Chat
    desk: Desk
    people: People
    access: Access
    finder: Finder


class Workflow:
    """Takes steps, and tells their ends. Fills ``bot.runtime.effects.Talks`` for its lanes."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._desk, self._chat = ground, ground.desk, ground.chat

    async def executed(self, step: Step) -> None:
        """Ask for what a step wants, or say why not. May raise ``Retry``; doing it again is safe."""
        if step.callback != CALLBACK:
            return
        try:
            request = await self._request(step)
        except Declined as wrong:
            words = {gap: Untrusted(text).line(ERROR_CHARS_MAX) for gap, text in wrong.words.items()}
            await self._fail(step.execution, say(self._desk.book.language, wrong.key, **words))
            return
        ref = request.snapshot.ticket.ref
        await self._desk.lanes.accept(event_job(ref, request, trace_id(request.id)))

    async def settled(self, order: TellTalk) -> None:
        """Let the workflow go on, or end it, once nothing more becomes of its proposal."""
        status, run = Status(order.status), execution_of(order.talk)
        reason = Untrusted(order.why).line(ERROR_CHARS_MAX)
        if status in ANSWERS:
            outputs = {"outcome": status.value, "proposal": order.proposal, "reason": reason}
            await self._end("functions.completeSuccess", function_execution_id=run, outputs=outputs)
        elif status in FAULTS:
            language = self._desk.book.language
            told = say(language, f"status.{status.value}")
            says = Untrusted(order.says).line(ERROR_CHARS_MAX)
            await self._fail(run, say(language, "workflow.ended", says=says, status=told, why=reason))

    # -- inside --------------------------------------------------------------------------------------------

    async def _request(self, step: Step) -> Requested:
        """Return the request that a step comes down to, every input held against what is live.

        Raises:
            Declined: it comes down to nothing.
            Retry: a person or a system cannot be asked just now.
        """
        if step.requester is None or not step.ticket or not step.action:
            raise Declined("workflow.unread", {})
        by = Person(step.requester, step.team)
        named = ticket_named(step.ticket)
        if named is None:
            raise Declined(
                "itsm.unknown_ticket", {"key": step.ticket, "systems": ", ".join(self._desk.connectors)}
            )
        snapshot = await self._ground.finder.snapshot(by, ASK, named[1], named[0])
        if isinstance(snapshot, Unfound):
            raise Declined(snapshot.key, snapshot.words)
        if snapshot.ticket.closed:
            raise Declined("workflow.closed", {"key": snapshot.ticket.key})
        connector = self._desk.connectors[snapshot.ticket.ref.connector]
        made = await self._proposal(step, connector, snapshot)
        await self._asked_already(made, snapshot)
        person = await self._ground.people.clicker(by, (), live=False)
        return Requested(
            id=EventId(f"{step.lane}/requested"),
            at=self._desk.clock.now(),
            by=step.requester,
            name=person.name,
            snapshot=snapshot,
            proposals=(made,),
            note_action=note_action(connector),
        )

    async def _proposal(self, step: Step, connector: Connector, snapshot: Snapshot) -> Proposal:
        assert step.requester is not None, "checked before"
        found = wanted(step, note_action(connector).partition(".")[2])
        kind = connector.actions.get(ActionName(f"{connector.kind}.{found[0]}")) if found else None
        if found is None or kind is None:
            raise Declined("workflow.no_such", {"system": connector.name})
        try:
            table = await self._table(found[1], connector, snapshot)
            wish = self._signed(vet(found[0], kind, found[1], table))
            run = EffectId(f"{step.lane}#0")
            made = await proposed(connector, snapshot, run, 0, wish, by=step.requester)
        except (Refused, Missing, Forbidden) as no:
            raise Declined("workflow.wrong", {"key": snapshot.ticket.key, "why": str(no)}) from no
        return replace(made, talk=step.lane)

    def _signed(self, wish: Wish) -> Wish:
        """Say below a note where it comes from: nobody's model has written it."""
        lines = things(wish.args.get("lines"))
        if not lines:
            return wish
        fine: dict[str, JsonValue] = {
            "kind": "fine",
            "text": say(self._desk.book.language, "workflow.note.by"),
        }
        return replace(wish, args={**wish.args, "lines": [*lines[:-1], fine]})

    async def _table(self, what: Wanted, connector: Connector, snapshot: Snapshot) -> Table:
        hosts = frozenset(urlsplit(each.home).hostname or "" for each in self._desk.connectors.values())
        people: tuple[Value, ...] = ()
        if isinstance(what, AssignWanted) and what.to:
            people = await connector.people(snapshot.ticket, what.to, PEOPLE_MAX)
        return Table(
            snapshot=snapshot,
            allowed=await connector.allowed(snapshot.ticket),
            people=people,
            voice=Voice(restore=str, own=frozenset(), hosts=hosts),
            language=self._desk.book.language,
        )

    async def _asked_already(self, made: Proposal, snapshot: Snapshot) -> None:
        """Refuse what another conversation waits for: only one of the two would hear how it ends."""
        dossier = await self._desk.journal.dossier(snapshot.ticket.ref)
        digest = made.action.digest()
        for tracked in dossier.tracked.values():
            waits = tracked.status is Status.PENDING and tracked.digest == digest
            if waits and tracked.proposal.talk not in {"", made.talk}:
                raise Declined("workflow.asked_already", {"key": snapshot.ticket.key})

    async def _fail(self, run: str, why: str) -> None:
        await self._end("functions.completeError", function_execution_id=run, error=why[:ERROR_CHARS_MAX])

    async def _end(self, method: str, **arguments: object) -> None:
        try:
            await self._chat.call(method, **arguments)
        except Refused as no:
            # Ended before, by us or by whoever stopped the workflow: there is nobody left to tell.
            log.info("step_not_ended", method=method, why=str(no))
