"""The last gate: a permit for what was claimed, unaltered, on the ticket that was approved; else nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.permits import mint
from bot.core.dossier import Status, Tracked
from bot.core.errors import Stale
from bot.core.ids import Operation
from tests.making import HIGH, proposal, reply, snapshot, ticket


def claimed() -> Tracked:
    what = proposal()
    return Tracked(what, Status.EXECUTING, what.action.digest(), operation=Operation("CS-1"))


def test_what_was_claimed_and_is_unaltered_gets_a_permit_for_exactly_that() -> None:
    permit = mint(claimed(), snapshot(), "en")
    assert (permit.digest, permit.operation) == (claimed().digest, "CS-1")


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.EXECUTING])
def test_nothing_else_than_what_is_being_executed_gets_one(status: Status) -> None:
    with pytest.raises(Stale):
        mint(replace(claimed(), status=status), snapshot(), "en")


def test_what_was_altered_after_the_approval_gets_none() -> None:
    forged = replace(claimed(), proposal=proposal(reply("Your account is closed.")))
    with pytest.raises(Stale, match="not what was approved"):
        mint(forged, snapshot(), "en")


def test_a_ticket_that_has_changed_gets_none_and_says_why() -> None:
    with pytest.raises(Stale, match="Priority was Low and is now High"):
        mint(claimed(), snapshot(ticket(priority=HIGH)), "en")


def test_a_claim_without_an_operation_gets_none() -> None:
    with pytest.raises(Stale):
        mint(replace(claimed(), operation=None), snapshot(), "en")
