"""From a wish to a proposal: what people are asked about, and what it rests on."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from bot.core.actions import Action, Basis, Proposal, Risk
from bot.core.errors import Refused
from bot.core.ids import ActionName, EffectId, proposal_id
from bot.core.reports import Wish
from bot.core.tickets import Snapshot
from bot.ports import Connector


def note_action(connector: Connector) -> ActionName:
    """Return the verb that leaves an internal note in this system."""
    return next(name for name, kind in connector.actions.items() if kind.risk is Risk.NOTE)


async def proposed(
    connector: Connector, snapshot: Snapshot, run: EffectId, number: int, wish: Wish, *, by: str
) -> Proposal:
    """As :func:`proposal`, of a wish that may name what only the system knows: a ticket by its number.

    Raises:
        Refused: also where there is no such thing, or it does not fit this ticket.
        Retry: the system is away.
    """
    name = ActionName(f"{connector.kind}.{wish.verb}")
    args = await connector.looked_up(name, wish.args, snapshot.ticket)
    return proposal(connector, snapshot, run, number, replace(wish, args=args), by=by)


def proposal(
    connector: Connector, snapshot: Snapshot, run: EffectId, number: int, wish: Wish, *, by: str
) -> Proposal:
    """Turn a wish into a Proposal: validated, described by its ActionType, resting on what was read. Pure.

    Raises:
        Refused: no such verb here, or arguments it does not take.
    """
    name = ActionName(f"{connector.kind}.{wish.verb}")
    kind = connector.actions.get(name)
    if kind is None:
        raise Refused(f"{connector.name} has no action {name}")
    try:
        args = kind.arguments.model_validate(dict(wish.args)).model_dump(mode="json")
    except ValidationError as error:
        # Its words would quote the arguments, and those may quote the ticket.
        faults = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise Refused(f"{name} does not take these arguments: {faults}") from error
    action = Action(name=name, target=snapshot.ticket.ref, args=args, risk=kind.risk)
    fields = snapshot.ticket.fields
    before = {field: fields.get(field, ()) for field in kind.touches(args)}
    return Proposal(
        id=proposal_id(run, number, action.digest()),
        action=action,
        says=kind.describe(args),
        why=wish.why,
        basis=Basis(
            essence=snapshot.ticket.essence,
            before=before,
            last_public=snapshot.last_public if wish.rests_on_last_public else None,
        ),
        by=by,
        confidence=wish.confidence,
        labels=wish.labels,
        can_undo=kind.risk is Risk.REVERSIBLE and kind.compensate(action, before) is not None,
    )
