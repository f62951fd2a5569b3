"""Mistakes that somebody could make tomorrow. Each is made in a copy of the code; the machine must notice."""

from __future__ import annotations

from typing import Final, TypeAlias

Change: TypeAlias = tuple[str, str, str]
"""Which file, what stands there, and what would stand there instead."""

VOTING, ANSWERING = "bot/decide/voting.py", "bot/decide/answering.py"
CONSIDERING, PROPOSING = "bot/decide/considering.py", "bot/decide/proposing.py"
REQUESTING = "bot/decide/requesting.py"
TIMING, UNDOING, GRANTING = "bot/decide/timing.py", "bot/decide/undoing.py", "bot/decide/granting.py"
EXECUTING, NOTING, TRANSITION = "bot/decide/executing.py", "bot/decide/noting.py", "bot/decide/transition.py"
POLICY, STATES = "approvals/policy.py", "approvals/states.py"
PERMITS, DRIFT = "approvals/permits.py", "approvals/drift.py"

NEXT_GRANT = "    return next((each for each in grants if each.shape == wanted), None)"
REMEMBERED = """\
    for t in dossier.tracked.values():
        if t.always and shape(t.proposal.action, dossier.queue) == wanted:
            return Grant(shape=wanted, action=proposal.action.name, connector="", queue="",
                         says="", by=t.proposal.id, at=t.decided_at, rule="")
"""
"""A standing permission read off an old card instead of from the list of those in force."""

WHO: Final[dict[str, tuple[Change, ...]]] = {
    "anybody may approve": ((VOTING, "if {by.id, *by.groups} & approvers:", "if approvers:"),),
    "a guest may approve": (
        (ANSWERING, "    if event.by.refused:\n        return Refusal(event.by.refused)\n", ""),
    ),
    "who asked may approve": (
        (VOTING, "if ask.four_eyes and asker == by.id else by.id", "if False else by.id"),
    ),
    "who asked approves through a stand-in": (
        (VOTING, "[who for who in lent if not (ask.four_eyes and asker in {who, by.id})]", "lent"),
    ),
    "who asked approves as a stand-in": ((VOTING, "asker in {who, by.id})", "asker == who)"),),
    "a stand-in counts where the rule wants none": (
        (VOTING, "if ask.stand_ins and {who, *groups} & approvers]", "if {who, *groups} & approvers]"),
    ),
    "a stand-in for anybody counts": (
        (VOTING, "if ask.stand_ins and {who, *groups} & approvers]", "if ask.stand_ins]"),
    ),
    "a stand-in for two lends a voice already given": (
        (VOTING, "[who for who in free if who not in _spent(tracked)]", "free"),
    ),
    "one person says yes twice": ((VOTING, "if {by.id, whose} & _spent", "if {whose} & _spent"),),
    "one voice is given twice": ((VOTING, "if {by.id, whose} & _spent", "if {by.id} & _spent"),),
    "others decide before it is escalated": (
        (VOTING, "ask.escalate_to if tracked.escalated_at is not None else ()", "ask.escalate_to"),
    ),
    "an escalation widens nothing": (
        (VOTING, "ask.escalate_to if tracked.escalated_at is not None else ()", "()"),
    ),
}
HOW_MANY: Final[dict[str, tuple[Change, ...]]] = {
    "one yes too few is enough": ((ANSWERING, "else ask.quorum) - len(", "else ask.quorum - 1) - len("),),
    "one yes more is needed": ((ANSWERING, "else ask.quorum) - len(", "else ask.quorum + 1) - len("),),
    "it takes as many as when it was asked": (
        (ANSWERING, "else ask.quorum) - len(", "else (tracked.ask or ask).quorum) - len("),
    ),
    "an editor decides alone": ((ANSWERING, "len(voted.votes) < verdict.quorum", "not voted.votes"),),
    "voices survive an edit": (
        (ANSWERING, "        votes=(),\n", ""),
        (CONSIDERING, "because=verdict.because, votes=())", "because=verdict.because)"),
    ),
    "a vote is not shown": (
        (ANSWERING, "details=details)\n            draft.show_card(after.proposal.id)", "details=details)"),
    ),
}
WHAT: Final[dict[str, tuple[Change, ...]]] = {
    "an old card may be approved": ((VOTING, "if event.revision != tracked.revision:", "if False:"),),
    "what was altered may be approved": (
        (VOTING, 'return None if same else Refusal("refused.digest")', "return None"),
    ),
    "an edit may change the ticket it is about": (
        (ANSWERING, "(old.name, old.target, old.risk) == (new.name, new.target, new.risk)", "True"),
    ),
    "a yes counts after the time is over": ((VOTING, "event.at >= tracked.expires_at", "False"),),
    "nothing matches means yes": (
        (
            POLICY,
            'return Deny(rule="", because=f"no rule matches {action.name}")',
            'return Allow(rule="", because=f"no rule matches {action.name}")',
        ),
    ),
    "a rule that allows does so in every mode": (
        (POLICY, "if human and action.risk is not Risk.NOTE:", "if False:"),
    ),
    "a change is judged as if it were an undo": ((POLICY, "holds=self.undo is where.undo", "holds=True"),),
    "a card stays up where another rule decides": (
        (VOTING, "return None if same else say(", "return None if True else say("),
    ),
    "what people rejected comes back": (
        (
            CONSIDERING,
            "if by_skill and any((each.digest, each.essence) == no for each in draft.dossier.turned_down):",
            "if False:",
        ),
    ),
    "what a person asks for is carried out where a rule would allow it": (
        (
            REQUESTING,
            "consider(draft, book, proposal, human=not clicked)",
            "consider(draft, book, proposal, human=False)",
        ),
    ),
    "a form passes for a click on any change": (
        (REQUESTING, "event.exact and unborn(proposal.action.target) is not None", "event.exact"),
    ),
    "somebody asks in another's name": ((REQUESTING, "if proposal.by != event.by:", "if False:"),),
    "somebody asks for a change of another ticket": (
        (REQUESTING, "if proposal.action.target != dossier.ref:", "if False:"),
    ),
    "what waits already is asked for again": (
        (REQUESTING, "or tracked.digest != digest:", "or tracked.digest == digest:"),
    ),
    "a skill writes notes of its own": (
        (
            PROPOSING,
            "proposal.action.risk is Risk.NOTE or proposal.action.target != draft.dossier.ref",
            "False",
        ),
    ),
    "a set hangs on several cards": ((CONSIDERING, "bundle=first)", "bundle=each.proposal.id)"),),
    "a note is told while another is on its way": (
        (NOTING, "or dossier.gone or _under_way(dossier):", "or dossier.gone:"),
    ),
    "the same note is told twice": (
        (NOTING, "if says == dossier.note.material:\n        return", "if False:\n        return"),
    ),
}
WHEN: Final[dict[str, tuple[Change, ...]]] = {
    "a redelivery is news": (("bot/decide/__init__.py", "if event.id in dossier.seen:", "if False:"),),
    "a timer of an older revision counts": (
        (TIMING, "if not isinstance(event, Cancelled) and event.revision != tracked.revision:", "if False:"),
    ),
    "who has agreed is reminded": (
        (TIMING, "tuple(who for who in tracked.approvers if who not in agreed)", "tracked.approvers"),
    ),
    "who is on duty and has agreed is reminded": (
        (TIMING, "tuple(who for who in tracked.ask.on_duty if who not in agreed)", "tracked.ask.on_duty"),
    ),
    "what was approved can be called off": (
        (
            TIMING,
            "tracked.status is not Status.PENDING",
            "tracked.status not in {Status.PENDING, Status.APPROVED}",
        ),
        (
            STATES,
            "frozenset({Status.EXECUTING, Status.FAILED}),",
            "frozenset({Status.EXECUTING, Status.FAILED, Status.CANCELLED}),",
        ),
    ),
    "nothing ends the wait after an edit": (
        (
            CONSIDERING,
            "    if tracked.expires_at is not None:\n        draft.order",
            "    if tracked.expires_at is not None and not tracked.edited:\n        draft.order",
        ),
    ),
    "it is escalated too early": (
        (CONSIDERING, "book.moment(draft.event.at, after_s, ", "book.moment(draft.event.at, after_s / 2, "),
    ),
    "a reminder comes after the end": (
        (CONSIDERING, "if tracked.expires_at is None or due < tracked.expires_at:", "if True:"),
    ),
    "an escalation outlives an edit": ((CONSIDERING, "                escalated_at=None,\n", ""),),
    "time runs out over the weekend": (
        (CONSIDERING, "business_hours=verdict.business_hours", "business_hours=False"),
    ),
    "a settled proposal moves again": (
        (STATES, "Status.FAILED: frozenset(),", "Status.FAILED: frozenset({Status.EXECUTED}),"),
    ),
}
BACK: Final[dict[str, tuple[Change, ...]]] = {
    "an undo treads on somebody's work": (
        (UNDOING, 'return None if done.undoable else Refusal("refused.built_upon")', "return None"),
    ),
    "a stranger has it set back": (
        (UNDOING, "if not _may_ask(verdict, tracked, done, event):", "if False:"),
    ),
    "it is set back twice": ((UNDOING, "if done.undone_by is not None:", "if False:"),),
    "what cannot be undone has the button": (
        (
            UNDOING,
            "offered = receipt.compensation is not None and tracked.proposal.undoes is None",
            "offered = True",
        ),
    ),
    "an undo sets something else": (
        (UNDOING, "action = receipt.compensation.action", "action = done.proposal.action"),
    ),
    "who asks for an undo approves it": (
        (UNDOING, "        by=event.by.id,", "        by=done.proposal.by,"),
    ),
    "a failed undo counts as done": (
        (TRANSITION, "if ended.status is Status.EXECUTED:", "if ended.status is not Status.REJECTED:"),
    ),
    "nobody learns of an undo": ((TRANSITION, "            self._settle_undo(moved)\n", ""),),
    "the button stays although others built on it": (
        (UNDOING, "clean = not now.ticket.closed and holds(tracked.receipt, now)", "clean = True"),
    ),
    "a newer change leaves the older one its button": (
        (UNDOING, "if other.proposal.id != tracked.proposal.id and touched:", "if False:"),
    ),
    "an undo may be edited into something else": (
        (ANSWERING, "if tracked.proposal.undoes is not None:", "if False:"),
    ),
}
FOR_GOOD: Final[dict[str, tuple[Change, ...]]] = {
    "what cannot be taken back goes ahead for good": (
        (
            CONSIDERING,
            "if proposal.action.risk is not Risk.REVERSIBLE or proposal.undoes is not None:",
            "if proposal.undoes is not None:",
        ),
    ),
    "what cannot be taken back is allowed for good": (
        (GRANTING, "enough and tracked.proposal.action.risk is Risk.REVERSIBLE", "enough"),
    ),
    "what was allowed elsewhere goes ahead here": (
        (CONSIDERING, "(each for each in grants if each.shape == wanted)", "iter(grants)"),
    ),
    "it goes ahead although the rule offers it no more": (
        (CONSIDERING, "or verdict.always_after is None:", "or False:"),
    ),
    "it goes ahead after it was revoked": ((CONSIDERING, NEXT_GRANT, REMEMBERED + NEXT_GRANT),),
    "it is allowed for good too early": ((GRANTING, "equal >= rule.always_after", "equal >= 1"),),
    "anybody allows it for good": (
        (GRANTING, "return whose if isinstance(whose, Refusal) else rule", "return rule"),
    ),
    "the same change goes round for ever": (
        (CONSIDERING, "if isinstance(verdict, Allow) and _goes_round(draft, tracked):", "if False:"),
    ),
}
DONE: Final[dict[str, tuple[Change, ...]]] = {
    "a zombie may write": ((EXECUTING, "and claim == (event.order, event.fence)", ""),),
    "two writes at once": (
        (EXECUTING, "if write_under_way(dossier) or dossier.writes != event.writes:", "if False:"),
    ),
    "a write rests on an old reading": (
        (
            EXECUTING,
            "if write_under_way(dossier) or dossier.writes != event.writes:",
            "if write_under_way(dossier):",
        ),
    ),
    "what is there already is sent again": (
        (EXECUTING, "    if event.applied:", "    if event.applied and tracked.rounds:"),
    ),
    "what the queue gave up waits for ever": (
        (
            EXECUTING,
            "{Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN}",
            "{Status.APPROVED, Status.EXECUTING}",
        ),
    ),
    "a permit for what nobody claimed": ((PERMITS, "tracked.status is not Status.EXECUTING or ", ""),),
    "a permit for what was altered": (
        (PERMITS, "if tracked.proposal.action.digest() != tracked.digest:", "if False:"),
    ),
    "a permit whatever has changed": ((PERMITS, "if what is not None:", "if False:"),),
    "a human edit is overlooked": (
        (DRIFT, "if {v.id for v in after} != {v.id for v in before}:", "if False:"),
    ),
    "a newer message is overlooked": ((DRIFT, "and now.last_public != basis.last_public", "and False"),),
}
MUTANTS: Final = {**WHO, **HOW_MANY, **WHAT, **WHEN, **BACK, **FOR_GOOD, **DONE}
