"""Whether a ticket is still the one a proposal rests on, in words for the card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.drift import drift
from bot.core.actions import Action, Basis, Proposal, Risk
from bot.core.tickets import Snapshot, Value
from tests.making import (
    HIGH,
    NOTE,
    REF,
    REPORTER,
    US,
    after,
    comment,
    proposal,
    reply,
    set_fields,
    snapshot,
    ticket,
)

A_NOTE = replace(
    proposal(Action(NOTE, REF, {"lines": []}, Risk.NOTE)),
    basis=Basis(ticket().essence, quiet_after=after(1)),
)
NEWS = snapshot(comments=[comment()])


@pytest.mark.parametrize(
    ("what", "now", "says"),
    [
        (proposal(), snapshot(), None),
        (proposal(), snapshot(ticket(labels=HIGH)), None),
        (proposal(), snapshot(ticket(priority=HIGH)), "Priority was Low and is now High."),
        (proposal(), snapshot(ticket(priority=())), "Priority was Low and is now not set."),
        (proposal(), snapshot(ticket(summary="Printer wet")), "The summary or the description was changed."),
        (proposal(), snapshot(ticket(description="")), "The summary or the description was changed."),
        (proposal(), snapshot(ticket(closed=True)), "The ticket is closed."),
        (proposal(), NEWS, None),
        (proposal(reply(), last_public=""), NEWS, "There is a newer message to or from the requester."),
        (proposal(reply(), last_public="c1"), NEWS, None),
        (
            proposal(reply(), last_public="c1"),
            snapshot(),
            "There is a newer message to or from the requester.",
        ),
        (A_NOTE, snapshot(ticket(summary="Anything", closed=True)), None),
        (A_NOTE, snapshot(comments=[comment(at=after(2))]), "A person has answered."),
        (A_NOTE, snapshot(comments=[comment(at=after(1))]), "A person has answered."),
        (A_NOTE, snapshot(comments=[comment(at=after(0))]), None),
        (A_NOTE, snapshot(comments=[comment(REPORTER, at=after(2))]), None),
        (A_NOTE, snapshot(comments=[comment(US, at=after(2))]), None),
        (A_NOTE, snapshot(comments=[replace(comment(at=after(2)), public=False)]), "A person has answered."),
    ],
)
def test_what_counts_as_a_change(what: Proposal, now: Snapshot, says: str | None) -> None:
    assert drift(what, now, "en") == says


def test_the_order_of_several_values_does_not_matter() -> None:
    one, two = Value("1", "one"), Value("2", "two")
    what = proposal(set_fields(labels=HIGH), on=ticket(labels=(one, two)))
    assert drift(what, snapshot(ticket(labels=(two, one))), "en") is None
    assert drift(what, snapshot(ticket(labels=(two,))), "en") is not None


def test_every_language_has_words_for_it() -> None:
    assert (
        drift(proposal(), snapshot(ticket(priority=HIGH)), "fr")
        == "Priority valait Low et vaut maintenant High."
    )
