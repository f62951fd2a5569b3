"""A person said *always allow exactly this*: from many equal clicks to a standing permission."""

from __future__ import annotations

from dataclasses import replace

from approvals.policy import Rulebook
from bot.core.actions import Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import CountApproval, SetGrant
from bot.core.events import AlwaysAsked
from bot.core.grants import Grant, shape
from bot.core.verdicts import Ask
from bot.decide.answering import adopt, refuse
from bot.decide.transition import Draft, Transition
from bot.decide.voting import Refusal, asked_now, principal, settled


def decide(dossier: Dossier, event: AlwaysAsked, book: Rulebook) -> Transition:
    """Grant what was asked, when the rule offers it and this person may."""
    draft = Draft(dossier, event)
    if event.proposal in dossier.tracked:
        adopt(draft, dossier.tracked[event.proposal], event.place)
    tracked = draft.dossier.tracked.get(event.proposal)
    rule = _rule_or_why_not(draft, tracked, event, book)
    if isinstance(rule, Refusal) or tracked is None:
        refuse(draft, event, tracked, rule if isinstance(rule, Refusal) else Refusal("refused.unknown"))
        return draft.done()
    grant = Grant(
        shape=shape(tracked.proposal.action, dossier.queue),
        action=tracked.proposal.action.name,
        connector=dossier.ref.connector,
        queue=dossier.queue,
        says=tracked.proposal.says,
        by=event.by.id,
        at=event.at,
        rule=rule.rule,
    )
    draft.dossier = draft.dossier.put(replace(tracked, always=True))
    draft.order(lambda ident: SetGrant(ident, grant))
    draft.record("grant.given", actor=event.by.actor, tracked=tracked, details={"shape": grant.shape})
    draft.show_card(tracked.proposal.id)
    return draft.done()


def count_approval(draft: Draft, tracked: Tracked) -> None:
    """Count one more equal approval: people agreed, unedited, and it was done."""
    ask, action = tracked.ask, tracked.proposal.action
    if ask is None or ask.always_after is None or action.risk is not Risk.REVERSIBLE:
        return
    if tracked.edited or tracked.proposal.undoes is not None or not tracked.votes:
        return
    kind = shape(action, draft.dossier.queue)
    draft.order(lambda ident: CountApproval(ident, kind, tracked.proposal.id))


def _rule_or_why_not(
    draft: Draft, tracked: Tracked | None, event: AlwaysAsked, book: Rulebook
) -> Ask | Refusal:
    if tracked is None:
        return Refusal("refused.unknown")
    if tracked.status is not Status.EXECUTED:
        return settled(tracked, book.language)
    if event.by.refused:
        return Refusal(event.by.refused)
    if event.revision != tracked.revision:
        return Refusal("refused.revision")
    rule = asked_now(draft, tracked, book)
    if isinstance(rule, Refusal):
        return rule
    if not isinstance(rule, Ask) or not _offered(rule, tracked, event.equal):
        return Refusal("refused.no_always")
    whose = principal(rule, tracked, event.by)
    return whose if isinstance(whose, Refusal) else rule


def _offered(rule: Ask, tracked: Tracked, equal: int) -> bool:
    plain = not tracked.edited and not tracked.always and tracked.proposal.undoes is None
    enough = rule.always_after is not None and equal >= rule.always_after
    return plain and enough and tracked.proposal.action.risk is Risk.REVERSIBLE
