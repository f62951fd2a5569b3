"""What must be true of every world, whatever went wrong in it. Each check yields a sentence a violation."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from approvals.states import may_move
from bot.core.audit import Record
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.foreign import thing
from bot.core.notes import outcome
from tests.simulation.chat import Message
from tests.simulation.ledger import Ledger, read
from tests.simulation.oracle import Oracle
from tests.simulation.tracker import CONNECTOR, US, Issue, Write
from tests.simulation.vendor import SETTLE_S
from tests.simulation.world import Accepted, World

RESTING: Final = frozenset(
    {"executed", "failed", "rejected", "stale", "expired", "cancelled", "denied", "undone"}
)
NO_EFFECT: Final = frozenset({"rejected", "expired", "cancelled", "denied"})
"""Who ends like this has never written anything."""
BEGINNINGS: Final = {"verdict.ask": "pending", "verdict.allow": "approved", "verdict.deny": "denied"}
DECIDES: Final = frozenset({"approval:approve", "approval:edit", "approval:reject"})

UNDER_WAY_S: Final = 180.0
"""Between the check of the kill switch and the write-ahead record lies a read, which may be slow."""

Check = Callable[[World, Ledger], Iterator[str]]


def violations(world: World) -> list[str]:
    """Return everything that is wrong with a world that has come to rest."""
    ledger = read(world.shore, sorted(world.tracker.issues))
    return [said for check in CHECKS for said in check(world, ledger)]


def _nothing_breaks(world: World, ledger: Ledger) -> Iterator[str]:
    del ledger
    yield from world.loop.failures


def _nothing_accepted_is_lost(world: World, ledger: Ledger) -> Iterator[str]:
    """Every delivery we said yes to was taken in, and its ticket was read after that change or is gone."""
    touched = {record.event for record in ledger.records if record.what in {"ticket.touched", "ticket.gone"}}
    for known in world.accepted:
        event = _event_of(known)
        if event is None:
            continue
        if event not in touched:
            yield f"{known.delivery} was accepted and never looked at"
        issue = world.tracker.issues[known.issue]
        if not issue.deleted and not any(
            seen.issue == known.issue and seen.at >= known.changed_at for seen in world.tracker.reads
        ):
            yield f"{known.delivery} was accepted, and {issue.key} was not read after that"


def _event_of(known: Accepted) -> str | None:
    """Return the id of the event a delivery stands for; None for our own echo."""
    body = thing(json.loads(known.body))
    comment = thing(body.get("comment"))
    by = thing(body.get("user")) or thing(comment.get("author"))
    if by.get("accountId") == US.id and body["webhookEvent"] != "jira:issue_deleted":
        return None
    if body["webhookEvent"] == "comment_created" and comment:
        return f"{CONNECTOR}:comment:{comment['id']}:{comment['updated']}"
    return f"{CONNECTOR}:{known.delivery}"


def _nothing_is_written_without_permission(world: World, ledger: Ledger) -> Iterator[str]:
    oracle = Oracle(world.plan, ledger, world.crowd.presses, world.slack)
    for write in world.tracker.writes:
        why = oracle.why_not(write)
        if why is not None:
            yield f"ticket {write.issue}: {why}"


def _nothing_is_written_twice(world: World, ledger: Ledger) -> Iterator[str]:
    """One operation, one write; one proposal, one operation that wrote."""
    by_operation = Counter(str(write.operation) for write in world.tracker.writes)
    for operation, count in by_operation.items():
        if count > 1:
            yield f"operation {operation} was written {count} times"
    by_proposal: dict[str, set[str]] = {}
    for record in ledger.records:
        operation = str(record.details.get("operation"))
        if record.what == "write.started" and operation in by_operation:
            by_proposal.setdefault(record.proposal, set()).add(operation)
    for proposal, operations in by_proposal.items():
        if len(operations) > 1:
            yield f"proposal {proposal} was written under {len(operations)} operations"


def _a_stop_stops(world: World, ledger: Ledger) -> Iterator[str]:
    """Nothing is started under a kill switch, but for what had been checked when it was pulled."""
    everything = {"*", f"connector:{CONNECTOR}"}
    for record in ledger.records:
        if record.what != "write.started":
            continue
        at = record.at.timestamp()
        before = [each for each in world.shore.switched if each[0] < at - UNDER_WAY_S]
        since = {scope: pulled for _, scope, pulled in before}
        let_go = {
            scope for when, scope, pulled in world.shore.switched if not pulled and when >= at - UNDER_WAY_S
        }
        for scope in sorted(everything - let_go):
            if since.get(scope):
                yield f"proposal {record.proposal} was started long after {scope} was stopped"


def _every_proposal_ends(world: World, ledger: Ledger) -> Iterator[str]:
    del world
    for dossier, tracked in ledger.tracked():
        if tracked.status.value not in RESTING:
            yield f"{dossier.key}: proposal {tracked.proposal.id} rests at {tracked.status.value}"
    for proposal, records in ledger.by_proposal.items():
        states = _states(records)
        if states and states[-1] not in RESTING:
            yield f"the audit leaves proposal {proposal} at {states[-1]}"


def _states(records: list[Record]) -> list[str]:
    """Return the life of a proposal as the audit tells it."""
    found: list[str] = []
    for record in records:
        kind, _, what = record.what.partition(".")
        if record.what in BEGINNINGS:
            found.append(BEGINNINGS[record.what])
        elif record.what == "undo.asked":
            found.append("pending")
        elif kind == "proposal" and what in {status.value for status in Status}:
            found.append(what)
    return found


def _the_audit_is_a_legal_life(world: World, ledger: Ledger) -> Iterator[str]:
    """Moves follow the table, and the end is told once and is the dossier's."""
    del world
    for proposal, records in ledger.by_proposal.items():
        states = _states(records)
        for before, after in pairwise(states):
            if not may_move(Status(before), Status(after)):
                yield f"proposal {proposal} went from {before} to {after}"
        ends = [each for each in states if each in RESTING - {"executed"}]
        if len(ends) > 1 or states.count("executed") > 1:
            yield f"proposal {proposal} ended more than once: {states}"
        tracked = ledger.find(proposal)
        if tracked is not None and states and tracked.status.value != states[-1]:
            yield f"proposal {proposal} is {tracked.status.value}, and the audit says {states[-1]}"


def _what_is_said_to_be_done_is_done(world: World, ledger: Ledger) -> Iterator[str]:
    """Executed means: written once, with all of its fields. Refused in any way means: never written."""
    by_operation = {write.operation: write for write in world.tracker.writes}
    for _, tracked in ledger.tracked():
        status = tracked.status.value
        write = by_operation.get(tracked.operation) if tracked.operation else None
        if status in {"executed", "undone"} and write is None and not _was_so_already(world, tracked):
            yield f"proposal {tracked.proposal.id} is {status}, and nothing was written"
        if status in {"executed", "undone"} and write is not None:
            yield from _fields_missing(world, tracked, write)
        if status in NO_EFFECT and write is not None:
            yield f"proposal {tracked.proposal.id} is {status}, and was written"


def _fields_missing(world: World, tracked: Tracked, write: Write) -> Iterator[str]:
    action = tracked.proposal.action
    wanted = world.vendor.actions[action.name].touches(action.args)
    for name, values in wanted.items():
        have = write.before.get(name, ()) if name not in write.fields else write.fields[name]
        if name not in write.fields and not _held(world, tracked, name):
            yield f"proposal {tracked.proposal.id} is executed without {name}"
        if name in write.fields and {v.id for v in have} != {v.id for v in values}:
            yield f"proposal {tracked.proposal.id} wrote another {name} than was agreed"


def _was_so_already(world: World, tracked: Tracked) -> bool:
    """Whether somebody else had set the very same values, so that a look found them there."""
    action = tracked.proposal.action
    wanted = world.vendor.actions[action.name].touches(action.args)
    return bool(wanted) and all(_held(world, tracked, name) for name in wanted)


def _held(world: World, tracked: Tracked, name: str) -> bool:
    action = tracked.proposal.action
    wanted = world.vendor.actions[action.name].touches(action.args)[name]
    history = world.tracker.held(action.target.id, 0.0, math.inf)
    return any({v.id for v in held.get(name, ())} == {v.id for v in wanted} for held in history)


def _nothing_is_written_over_what_changed(world: World, ledger: Ledger) -> Iterator[str]:
    """What people agreed to rested on what the ticket held; when that is long gone, nothing is written."""
    by_operation = {tracked.operation: tracked for _, tracked in ledger.tracked() if tracked.operation}
    for write in world.tracker.writes:
        tracked = by_operation.get(write.operation)
        if tracked is None or write.kind in {"note", "reply"}:
            continue
        held = world.tracker.held(write.issue, write.at - _between_look_and_write(world), write.at)
        for name, before in tracked.proposal.basis.before.items():
            if not any({v.id for v in each.get(name, ())} == {v.id for v in before} for each in held):
                yield f"proposal {tracked.proposal.id} was written over a {name} that had changed"


def _between_look_and_write(world: World) -> float:
    """Return how long before a write the ticket may have been read last, in seconds, and then some."""
    mood = world.plan.mood
    late = SETTLE_S if mood.fates.get("late", 0.0) > 0 else 0.0
    return 60 * mood.slow_s + late + 15


def _cards_tell_the_truth(world: World, ledger: Ledger) -> Iterator[str]:
    """Every copy the bot knows of says how it ended and asks nothing any more."""
    for dossier, tracked in ledger.tracked():
        if tracked.ask is None or tracked.asked_at is None:
            continue
        first = dossier.tracked.get(tracked.card_of)
        if not ledger.is_whole(dossier.ref.id):
            continue
        if first is None or not first.cards:
            yield f"{dossier.key}: proposal {tracked.proposal.id} was asked, and no card is known"
            continue
        for place in first.cards:
            message = _message(world, place.channel, place.ts)
            if message is not None and not message.deleted:
                yield from _lies(message, dossier, tracked)


def _lies(message: Message, dossier: Dossier, tracked: Tracked) -> Iterator[str]:
    for name, value in message.now.buttons.items():
        if name.split()[0] in DECIDES and value.startswith(tracked.proposal.id):
            yield f"{dossier.key}: a card still asks about {tracked.proposal.id}, {tracked.status.value}"
    said = outcome(tracked, "en")
    if said not in message.now.words():
        yield f"{dossier.key}: a card does not say of {tracked.proposal.id}: {said}"


def _message(world: World, channel: str, ts: str) -> Message | None:
    return next((each for each in world.slack.messages if (each.channel, each.ts) == (channel, ts)), None)


def _nothing_internal_is_public(world: World, ledger: Ledger) -> Iterator[str]:
    """A note that customers could read was taken away, and the vendor's leaks are the only cause."""
    del ledger
    leaks = world.plan.mood.fates.get("leaks", 0.0) > 0
    for write in world.tracker.writes:
        if write.kind == "note" and write.public and not leaks:
            yield f"a note was written so that customers read it, on ticket {write.issue}"
    for issue in world.tracker.issues.values():
        if not issue.deleted:
            yield from _public_notes(world, issue)


def _public_notes(world: World, issue: Issue) -> Iterator[str]:
    replies = {write.operation for write in world.tracker.writes if write.kind == "reply"}
    for comment in issue.comments:
        ours = comment.author == US and comment.public and issue.place != "project"
        if ours and comment.operation not in replies:
            yield f"{issue.key}: customers read a note of ours"


def _nothing_is_left_over(world: World, ledger: Ledger) -> Iterator[str]:
    """The queue is empty, and the only dead letters are those that a refusing vendor caused."""
    del world
    if ledger.waiting:
        yield f"{ledger.waiting} jobs are left in the queue"
    for job, why in ledger.dead.items():
        yield f"dead letter {job}: {why}"


CHECKS: Final[tuple[Check, ...]] = (
    _nothing_breaks,
    _nothing_accepted_is_lost,
    _nothing_is_written_without_permission,
    _nothing_is_written_twice,
    _a_stop_stops,
    _every_proposal_ends,
    _the_audit_is_a_legal_life,
    _what_is_said_to_be_done_is_done,
    _nothing_is_written_over_what_changed,
    _cards_tell_the_truth,
    _nothing_internal_is_public,
    _nothing_is_left_over,
)
"""All of them, in the order in which a person would look."""
