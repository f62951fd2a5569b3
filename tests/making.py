"""Tickets, proposals, people and rules: every part has a default, so a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from pydantic import JsonValue

from approvals.policy import NOTE_PATTERN, Match, Rule, Rulebook
from bot.core.actions import Action, Basis, Compensation, Proposal, Receipt, Risk
from bot.core.arguments import FieldsArguments
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Effect
from bot.core.events import (
    Answer,
    Answered,
    CardPlace,
    Claimed,
    Clicker,
    Event,
    Executed,
    ExecutionStarted,
    SkillFinished,
    TicketRead,
)
from bot.core.ids import ActionName, EffectId, EventId, Operation, ProposalId, SlackUserId
from bot.core.modes import Mode, ModeRule
from bot.core.reports import Finding, Report
from bot.core.tickets import Actor, Comment, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Asking
from bot.decide import Transition, decide

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REF = TicketRef("jira", "10042")
ORDER = EffectId("order#0")
NOTE = ActionName("jira.add_internal_note")
SET = ActionName("jira.set_fields")
ALICE, BOB, CAROL = SlackUserId("U0ALICE"), SlackUserId("U0BOB"), SlackUserId("U0CAROL")
MANAGERS = "S0MANAGERS"
LOW, HIGH = (Value("4", "Low"),), (Value("2", "High"),)
US = Actor("bot", Untrusted("Countersign"), is_us=True, is_person=False)
REPORTER = Actor("rita", Untrusted("Rita Requester"))
AGENT = Actor("arne", Untrusted("Arne Agent"))
RUN = "jira:d1#0"
_numbers = count(1)


def unique(what: str = "e") -> EventId:
    """An event id nobody has used yet."""
    return EventId(f"{what}:{next(_numbers)}")


def after(minutes: float) -> datetime:
    """That many minutes after the ticket came in."""
    return T0 + timedelta(minutes=minutes)


def ticket(
    *,
    summary: str = "Printer on fire",
    description: str = "It burns.",
    priority: FieldValue = LOW,
    closed: bool = False,
    **more: FieldValue,
) -> Ticket:
    """A ticket of Rita's in OPS."""
    return Ticket(
        ref=REF,
        key="OPS-1",
        url="https://jira.example.com/browse/OPS-1",
        queue="OPS",
        kind="Incident",
        status=Value("1", "Open"),
        closed=closed,
        summary=Untrusted(summary),
        description=Untrusted(description),
        fields={"priority": priority, **more},
        reporter=REPORTER,
        created_at=T0,
        updated_at=T0,
        version="1",
    )


def comment(author: Actor = AGENT, at: datetime = T0, *, public: bool = True, ident: str = "c1") -> Comment:
    """A message on the ticket."""
    return Comment(ident, at, author, public, Untrusted("Have you tried water?"))


def snapshot(
    of: Ticket | None = None, comments: Sequence[Comment] = (), *, notes_editable: bool = True
) -> Snapshot:
    """The ticket and what was said on it."""
    return Snapshot(of or ticket(), tuple(comments), notes_editable)


def set_fields(**fields: FieldValue) -> Action:
    """The action that sets ``fields``; priority to high when none is named."""
    wanted = fields or {"priority": HIGH}
    picked: dict[str, JsonValue] = {
        name: [{"id": value.id, "label": value.label} for value in values] for name, values in wanted.items()
    }
    return Action(SET, REF, {"fields": picked}, Risk.REVERSIBLE)


def reply(text: str = "We are on our way.") -> Action:
    """The action that answers the requester."""
    return Action(ActionName("jira.reply_publicly"), REF, {"text": text}, Risk.IRREVERSIBLE)


def proposal(
    action: Action | None = None,
    *,
    by: str = "skill:triage",
    before: Mapping[str, FieldValue] | None = None,
    on: Ticket | None = None,
    number: int = 0,
    last_public: str | None = None,
) -> Proposal:
    """What a skill would like done, resting on the ticket as it is by default."""
    action = action or set_fields()
    rests = on or ticket()
    fields = action.args.get("fields")
    touched = list(fields) if isinstance(fields, dict) else []
    return Proposal(
        id=ProposalId(f"p{number:031x}"),
        action=action,
        says="Set Priority to High." if touched else "Reply to the requester.",
        why=Untrusted("The summary says fire."),
        basis=Basis(
            essence=rests.essence,
            before={name: rests.fields.get(name, ()) for name in touched} if before is None else before,
            last_public=last_public,
        ),
        by=by,
        confidence=0.9,
        labels={"priority": "Priority"},
    )


def asking(*approvers: str, four_eyes: bool = True, hours: float = 8, **more: Any) -> Asking:
    """Who has to agree; Alice and the managers when nobody is named. ``more``: as ``Asking`` has it."""
    return Asking(
        approvers=approvers or (ALICE, MANAGERS), four_eyes=four_eyes, expires_after_s=hours * 3600.0, **more
    )


def rulebook(*rules: Rule, mode: Mode = Mode.APPROVE, **more: Any) -> Rulebook:
    """Notes are allowed, everything else is asked, unless ``rules`` say otherwise."""
    rows = rules or (
        Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True),
        Rule(name="approvals[1]", match=Match(action="*"), ask=asking()),
    )
    plain = Rulebook(rules=rows, modes=(ModeRule(mode=mode),), skills=("triage",))
    return replace(plain, **more)


def asks(ask: Asking, **more: Any) -> Rulebook:
    """Notes are allowed, and about everything else it is asked as ``ask`` says."""
    notes = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True)
    return rulebook(notes, Rule(name="approvals[1]", match=Match(action="*"), ask=ask), **more)


def finding(value: Value = HIGH[0], confidence: float = 0.9, quote: str = "fire") -> Finding:
    """A suggested priority."""
    return Finding(
        "priority", "Priority", LOW, value, confidence, Untrusted(quote), Untrusted("It says fire.")
    )


def report(*proposals: Proposal, findings: Sequence[Finding] | None = None) -> Report:
    """What a run of the skill brought."""
    found = (finding(),) if findings is None else tuple(findings)
    return Report(findings=found, brain="local", proposals=proposals)


def finished(
    *proposals: Proposal,
    of: Snapshot | None = None,
    at: datetime = T0,
    findings: Sequence[Finding] | None = None,
) -> SkillFinished:
    """The skill has read the ticket."""
    return SkillFinished(
        id=unique("finished"),
        at=at,
        skill="triage",
        snapshot=of or snapshot(),
        report=report(*proposals, findings=findings),
        touched_at=at,
        note_action=NOTE,
    )


def read(of: Snapshot | None = None, at: datetime = T0) -> TicketRead:
    """The ticket was read."""
    return TicketRead(id=unique("read"), at=at, snapshot=of or snapshot(), touched_at=at)


def person(ident: str = ALICE, *, refused: str = "", groups: Sequence[str] = ()) -> Clicker:
    """Somebody in Slack."""
    return Clicker(
        id=SlackUserId(ident),
        name=Untrusted(ident[2:].title()),
        refused=refused,
        groups=frozenset(groups),
    )


PLACE = CardPlace(channel="C0APPROVALS", ts="1.000001")


def answered(
    tracked: Tracked | Proposal,
    by: Clicker | None = None,
    answer: Answer = Answer.APPROVE,
    *,
    at: datetime | None = None,
    revision: int | None = None,
    reason: str = "",
) -> Answered:
    """Somebody pressed a button."""
    of = tracked.proposal if isinstance(tracked, Tracked) else tracked
    current = tracked.revision if isinstance(tracked, Tracked) else 1
    return Answered(
        id=unique("click"),
        at=at or after(1),
        proposal=of.id,
        revision=current if revision is None else revision,
        by=by or person(),
        answer=answer,
        reason=reason,
        place=PLACE,
    )


@dataclass
class Play:
    """One ticket's life: what happens to it, and all that followed."""

    book: Rulebook = field(default_factory=rulebook)
    dossier: Dossier = field(default_factory=lambda: Dossier(REF))
    steps: list[Transition] = field(default_factory=list[Transition])

    def happens(self, *events: Event) -> Transition:
        """Let ``events`` happen; returns what the last one led to."""
        for event in events:
            self.steps.append(decide(self.dossier, event, self.book))
            self.dossier = self.steps[-1].dossier
        return self.steps[-1]

    def of(self, which: Proposal) -> Tracked:
        """Where ``which`` stands."""
        return self.dossier.tracked[which.id]

    def status(self, which: Proposal) -> Status:
        """Its status."""
        return self.of(which).status

    def notes(self) -> list[Tracked]:
        """Notes that are on their way."""
        return [t for t in self.dossier.tracked.values() if t.proposal.action.risk is Risk.NOTE]

    def ordered(self, kind: type[Effect]) -> list[Effect]:
        """Every order of ``kind`` so far."""
        return [effect for step in self.steps for effect in step.effects if isinstance(effect, kind)]

    def records(self) -> list[str]:
        """What the audit says so far, in order."""
        return [record.what for step in self.steps for record in step.records]

    def executes(
        self,
        which: Tracked,
        *,
        comment: str = "",
        fence: int = 1,
        at: datetime | None = None,
        receipt: Receipt | None = None,
    ) -> None:
        """Carry an approved proposal out, as the executor would report it."""
        when = at or after(2)
        self.happens(
            Claimed(
                id=unique("claimed"),
                at=when,
                proposal=which.proposal.id,
                operation=Operation("CS-1"),
                order=ORDER,
                fence=fence,
            ),
            started(which.proposal, fence=fence, writes=self.dossier.writes, at=when),
            Executed(
                id=unique("executed"),
                at=when,
                proposal=which.proposal.id,
                receipt=receipt or Receipt(Operation("CS-1"), comment),
            ),
        )

    def note_lands(self, comment: str = "n1") -> None:
        """Let the one note that is on its way be written."""
        (note,) = self.notes()
        self.executes(note, comment=comment)


def started(
    which: Proposal,
    *,
    order: EffectId = ORDER,
    fence: int = 1,
    writes: int = 0,
    at: datetime | None = None,
) -> ExecutionStarted:
    """The write-ahead record."""
    return ExecutionStarted(
        id=unique("started"),
        at=at or after(2),
        proposal=which.id,
        order=order,
        fence=fence,
        request="f" * 64,
        writes=writes,
    )


def claimed(
    which: Proposal, *, order: EffectId = ORDER, fence: int = 1, at: datetime | None = None
) -> Claimed:
    """An executor takes it on."""
    return Claimed(
        id=unique("claimed"),
        at=at or after(2),
        proposal=which.id,
        operation=Operation("CS-1"),
        order=order,
        fence=fence,
    )


def asked(of: Proposal | None = None, book: Rulebook | None = None) -> tuple[Play, Proposal]:
    """A play in which one proposal waits for people and the first note is up."""
    what = of or proposal()
    play = Play(book or rulebook())
    play.happens(read(), finished(what))
    if play.notes():
        play.note_lands()
    return play, what


def asks_for_notes() -> tuple[Play, Tracked]:
    """A play in which even the note waits for somebody's yes."""
    rule = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), ask=asking())
    play = Play(rulebook(rule))
    play.happens(read(), finished())
    return play, play.notes()[0]


def receipt(what: Proposal, *, undo: bool = True) -> Receipt:
    """What the executor brings back for a change of fields; with ``undo``, how to set it back."""
    now = FieldsArguments.model_validate(dict(what.action.args)).values()
    back = Compensation(set_fields(**what.basis.before), "Set it back.") if undo else None
    return Receipt(Operation("CS-1"), "c1", before=what.basis.before, after=now, compensation=back)


def done(of: Proposal | None = None, book: Rulebook | None = None) -> tuple[Play, Proposal]:
    """A play in which a change was approved by Alice and carried out, and can be undone."""
    play, what = asked(of, book)
    play.happens(answered(play.of(what)))
    play.executes(play.of(what), receipt=receipt(what))
    return play, what
