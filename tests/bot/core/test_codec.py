"""Everything Redis keeps is read back as it was written, hostile text included; anything else is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.actions import Receipt
from bot.core.audit import Record
from bot.core.codec import decode, encode
from bot.core.dossier import Dossier
from bot.core.effects import Execute, Learn, Observe, ReadTicket, RunSkill, ShowCard, Wake, Whisper
from bot.core.errors import Malformed
from bot.core.events import (
    Claimed,
    Drifted,
    Edited,
    Executed,
    Expired,
    Failed,
    NotSent,
    Observed,
    OutcomeUnknown,
    TicketTouched,
    TicketVanished,
)
from bot.core.ids import EffectId, EventId, Operation, SlackUserId
from bot.core.outcomes import Guess, How, Outcome
from tests.making import (
    HIGH,
    REF,
    T0,
    Play,
    after,
    answered,
    asked,
    comment,
    finished,
    person,
    proposal,
    read,
    set_fields,
    snapshot,
    started,
    ticket,
)

WHAT = proposal()
NASTY = 'a"\\\n\u202e<!channel>{"v": 1} \U0001f525 \ud800 \x00 ' + '", "body": '
IDENT = EffectId("e#0")
EXPIRED = Expired(id=EventId("t"), at=after(5), proposal=WHAT.id, revision=1)
RECEIPT = Receipt(Operation("CS-1"), "c1", before={"priority": HIGH}, after={}, url="https://x")
VALUES: list[Any] = [
    TicketTouched(id=EventId("a"), at=T0, ref=REF, what="x", by_us=True),
    read(snapshot(ticket(summary=NASTY), [comment()])),
    TicketVanished(id=EventId("a"), at=T0, why=NASTY),
    finished(WHAT),
    answered(WHAT, person(groups=["S0A", "S0B"]), reason=NASTY),
    Edited(
        id=EventId("a"),
        at=T0,
        proposal=WHAT.id,
        revision=2,
        by=person(),
        action=set_fields(),
        says=NASTY,
        before={},
    ),
    EXPIRED,
    Claimed(id=EventId("a"), at=T0, proposal=WHAT.id, operation=Operation("CS-1"), order=IDENT, fence=3),
    started(WHAT),
    NotSent(id=EventId("a"), at=T0, proposal=WHAT.id, order=IDENT, fence=1, why="429"),
    Executed(id=EventId("a"), at=T0, proposal=WHAT.id, receipt=RECEIPT),
    Failed(id=EventId("a"), at=T0, proposal=WHAT.id, why=NASTY, missing=("x",), leaked=True, gone=True),
    Drifted(id=EventId("a"), at=T0, proposal=WHAT.id, what=NASTY),
    OutcomeUnknown(id=EventId("a"), at=T0, proposal=WHAT.id, why="", settle_s=1.5),
    Observed(id=EventId("a"), at=T0, proposal=WHAT.id, applied=True, receipt=RECEIPT),
    Learn(
        IDENT,
        REF,
        (
            Outcome(
                guess=Guess("triage", "priority", HIGH[0], 0.5),
                queue=NASTY,
                how=How.EDITED,
                actual=None,
                at=T0,
            ),
        ),
        whole=True,
    ),
    ReadTicket(IDENT, REF, T0),
    RunSkill(IDENT, "triage", snapshot(), T0),
    ShowCard(IDENT, WHAT.id),
    Whisper(IDENT, SlackUserId("U0A"), "C1", "refused.by", {"who": NASTY}),
    Execute(IDENT, WHAT.id, 2),
    Observe(IDENT, WHAT.id, T0),
    Wake(IDENT, EXPIRED),
    Dossier(REF),
    Record(at=T0, what="x.y", ticket="jira:1", actor="policy", details={"n": 1, "deep": {"a": [None, True]}}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_what_is_written_is_read_back_the_same(value: Any) -> None:
    assert decode(encode(value)) == value
    assert decode(encode(value).decode("utf-8", "surrogatepass")) == value


def test_a_whole_life_is_read_back_the_same() -> None:
    play, what = asked(proposal(set_fields(labels=HIGH, priority=HIGH)))
    play.happens(answered(what))
    play.executes(play.of(what))
    play.dossier = replace(
        play.dossier, summary=read(snapshot(ticket(summary=NASTY))).snapshot.ticket.summary
    )
    assert decode(encode(play.dossier)) == play.dossier


def test_deciding_goes_on_where_it_was_interrupted() -> None:
    """A dossier that went through Redis decides as one that did not."""
    play, what = asked()
    other = Play(play.book, decode(encode(play.dossier)))
    click = answered(what)
    assert play.happens(click) == other.happens(click)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"v": 1}',
        b'{"v": 2, "k": "Dossier", "d": {}}',
        b'{"v": 1, "k": "Nobody", "d": {}}',
        b'{"v": 1, "k": "Dossier", "d": {}}',
        b'{"v": 1, "k": "Dossier", "d": null}',
        b'{"v": 1, "k": "Wake", "d": {"id": "x"}}',
        b'{"v": 1, "k": ["Dossier"], "d": {}}',
        encode(Dossier(REF))[:-2],
        encode(Dossier(REF)) + b"}",
    ],
)
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


def test_what_an_older_build_wrote_without_newer_fields_reads() -> None:
    outer = json.loads(encode(Dossier(REF)))
    for newer in ("writes", "silenced", "acted_at"):
        del outer["d"][newer]
    assert decode(json.dumps(outer)) == Dossier(REF)


def test_no_ticket_text_hides_in_a_repr() -> None:
    shown = repr(VALUES[1])
    assert "<!channel>" not in shown


def test_a_set_is_stored_in_one_order_whatever_the_process_makes_of_it() -> None:
    groups = [f"S0{number}" for number in range(40)]
    stored = json.loads(encode(answered(WHAT, person(groups=groups))))
    assert stored["d"]["by"]["groups"] == sorted(groups)
    marks = frozenset(Operation(f"CS-{number}") for number in range(40))
    stored = json.loads(encode(read(replace(snapshot(), ticket=replace(ticket(), operations=marks)))))
    assert stored["d"]["snapshot"]["ticket"]["operations"] == sorted(marks)
