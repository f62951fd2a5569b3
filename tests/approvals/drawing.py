"""Proposals at every point of their life, drawn as cards and forms, and the judges they have to pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from approvals.card import Card
from bot.core.actions import Compensation, Proposal, Receipt
from bot.core.dossier import Dossier, Status, Tracked, Vote
from bot.core.foreign import thing, things
from bot.core.ids import Operation
from bot.core.tickets import Allowed, Choices, Value
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Ask
from tests.making import ALICE, HIGH, LOW, REF, after, proposal, reply, set_fields, ticket

SCHEMAS = Path(__file__).parents[2] / "../shared/data/slack/slack-types-jsonschema"
LONG = "Please restart the printer.\n" * 120
ASKED = Ask(
    rule="approvals[2]",
    because="approvals[2] asks for jira.set_fields",
    approvers=("U0ALICE", "S0MANAGERS"),
    four_eyes=True,
    expires_after_s=8 * 3600.0,
)
DOSSIER = Dossier(
    REF,
    key="OPS-1",
    url="https://jira.example.com/browse/OPS-1",
    queue="OPS",
    summary=Untrusted("Printer on fire"),
    essence=ticket().essence,
)
ALLOWED = Allowed(
    choices=(
        Choices(
            "priority",
            "Priority",
            (Value("1", "Highest"), HIGH[0], Value("3", "Medium"), LOW[0]),
        ),
    )
)


def tracked(of: Proposal | None = None, **more: Any) -> Tracked:
    """A proposal that waits."""
    what = of or proposal()
    waits = Tracked(
        what,
        Status.PENDING,
        what.action.digest(),
        rule=ASKED.rule,
        because=ASKED.because,
        ask=ASKED,
        asked_at=after(0),
        expires_at=after(480),
    )
    return replace(waits, **more)


def decided(status: Status, of: Proposal | None = None, **more: Any) -> Tracked:
    """A proposal Alice has decided on."""
    by: dict[str, Any] = {
        "decided_by": "slack:U0ALICE",
        "decided_at": after(1),
        "decided_name": Untrusted("Alice"),
    }
    return tracked(of, status=status, **{**by, **more})


A_REPLY = proposal(reply(LONG), last_public="c1")
VOTE = Vote(by=ALICE, at=after(5), name=Untrusted("Alice Moreau"))
TWO = replace(ASKED, quorum=2, approvers=("U0ALICE", "U0BOB", "S0MANAGERS"), escalate_to=("S0DIRECTORS",))
RECEIPT = Receipt(
    Operation("CS-0123456789AB"),
    "10777",
    before={"priority": LOW},
    after={"priority": HIGH},
    compensation=Compensation(set_fields(priority=LOW), "Set Priority to Low."),
)
SAMPLES: Mapping[str, Tracked] = {
    "pending_fields": tracked(
        proposal(set_fields(priority=HIGH, labels=(Value("fire", "fire"), Value("hw", "hardware"))))
    ),
    "pending_reply_long": tracked(A_REPLY),
    "executed": decided(Status.EXECUTED, edited=True, revision=2),
    "rejected": decided(Status.REJECTED, reason="It is a drill."),
    "failed": decided(Status.FAILED, A_REPLY, reason="jira: Field 'priority' cannot be set."),
    "quorum": tracked(ask=TWO, votes=(VOTE,)),
    "escalated_too_few": tracked(
        ask=TWO, votes=(VOTE,), reminded_at=after(30), escalated_at=after(120), too_few=1
    ),
    "undoable": decided(Status.EXECUTED, receipt=RECEIPT, undoable=True),
    "always": decided(Status.EXECUTED, receipt=RECEIPT, undoable=True, always=True),
    "built_upon": decided(Status.EXECUTED, receipt=RECEIPT),
    "undo_trouble": decided(
        Status.EXECUTED, receipt=RECEIPT, undoable=True, undo_trouble="Nobody decided in time."
    ),
}


def faults_by_schema(name: str, value: Any) -> list[str]:
    """What the vendor's own JSON Schema says; skips where it is not at hand."""
    if not SCHEMAS.is_dir():
        pytest.skip("no ../shared/data/slack/slack-types-jsonschema")
    return [
        f"{list(error.absolute_path)}: {error.message[:300]}" for error in _schema(name).iter_errors(value)
    ]


@cache
def _schema(name: str) -> Any:
    return Draft7Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def faults_by_sdk(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """What changes when Slack's own models read a block and write it again: silent drops, broken limits."""
    found: list[str] = []
    for block in blocks:
        models: Any = Block  # the SDK leaves its dictionaries untyped
        read = models.parse(dict(block))
        if read is None or read.to_dict() != block:
            found.append(f"{block} is read as {read and read.to_dict()}")
    return found


def faults_of_card(card: Card) -> list[str]:
    return [*faults_by_schema("KnownBlocks", card.blocks), *faults_by_sdk(card.blocks)]


def faults_of_form(view: Mapping[str, Any]) -> list[str]:
    read: Any = View(**view)
    same = [] if read.to_dict() == view else [f"the view is read as {read.to_dict()}"]
    return [*faults_by_schema("Modal", view), *faults_by_sdk(view["blocks"]), *same]


def texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every string, with how Slack reads it: ``mrkdwn``, ``plain_text`` or ``text``; else its key."""
    whole: Any = value
    match value:
        case {"type": ("mrkdwn" | "plain_text" | "text") as kind, "text": str(words)}:
            yield kind, words
        case dict():
            for key, each in thing(whole).items():
                yield from texts(each, (*path, key))
        case list():
            for each in things(whole):
                yield from texts(each, path)
        case str():
            yield path[-1] if path else "", value
        case _:
            return
