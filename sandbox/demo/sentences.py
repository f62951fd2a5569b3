"""What the feed says about each kind of record, and the words it says it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SYSTEMS: Final = {"jira": "Jira", "servicenow": "ServiceNow"}
ACTORS: Final = {
    "policy": "the policy",
    "executor": "the executor",
    "timer": "the clock",
    "sealer": "the audit",
    "grant": "a standing permission",
    "api": "the API",
}
UNDO: Final = "undo"
VERBS: Final = {
    "add_internal_note": "write an internal note",
    "add_work_note": "write an internal note",
    "set_fields": "change fields",
    "set_priority": "change the priority",
    "assign": "assign the ticket",
    "transition": "move the ticket on",
    "link": "link the ticket to another one",
    "resolve": "resolve the ticket",
    "create": "create a ticket",
    "reply_publicly": "post a public reply",
    UNDO: "set a change back",
}
NOTES: Final = frozenset({"add_internal_note", "add_work_note"})
DONE: Final = {
    "": "Changed the ticket and read it back",
    "reply_publicly": "Posted the reply and read it back",
    UNDO: "Set the old values back and read the ticket again",
    **dict.fromkeys(NOTES, "Wrote its internal note and read it back"),
}
REFUSALS: Final = {
    "refused.not_approver": "is not among the approvers",
    "refused.four_eyes": "asked for it and so may not approve it",
    "refused.settled": "came too late: it was decided already",
    "refused.revision": "saw an older version of the card",
    "refused.expired": "came too late: the time was up",
    "refused.guest": "is a guest, and guests may not approve",
    "refused.stranger": "belongs to another organisation",
    "refused.bot": "is a bot",
    "refused.gone": "has a deactivated account",
    "refused.digest": "met a proposal that is not what the card showed",
    "refused.policy": "wanted what the policy does not permit",
    "refused.unknown": "clicked a card that nobody knows",
    "refused.unreadable": "sent a click that could not be read",
    "refused.outdated": "met a change that no longer applies",
    "refused.voted": "has agreed already; one person has one voice",
    "refused.no_undo": "wanted to undo what cannot be undone",
    "refused.undo_under_way": "wanted an undo that is under way already",
    "refused.undo_as_it_is": "wanted to edit an undo, which is taken as it is",
    "refused.built_upon": "wanted to undo what somebody has changed again since",
    "refused.no_always": "wanted a standing permission that the policy does not offer",
}
SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "ticket.touched": ("quiet", "{system} said that something happened on the ticket"),
    "ticket.gone": ("alert", "The ticket is gone; everything open on it was dropped"),
    "skill.finished": ("read", "Read the ticket"),
    "change.requested": ("wait", "{who} asked for a change"),
    "skill.asked": ("read", "Somebody asked the bot about this on the ticket"),
    "skill.answered": ("read", "Answered whoever asked about the ticket"),
    "skill.refused": ("quiet", "Told whoever asked why there is no answer"),
    "talk.heard": ("read", "{who} asked the bot something"),
    "talk.answered": ("read", "Answered whoever asked in Slack"),
    "talk.refused": ("no", "Did not answer, or left a part of the answer out"),
    "talk.stopped": ("quiet", "{who} broke an answer off"),
    "talk.forgotten": ("quiet", "Forgot what was said in a conversation"),
    "answer.rated": ("quiet", "{who} said whether an answer was good"),
    "access.refused": ("no", "{who} may not ask for that"),
    "report.outdated": ("quiet", "The ticket changed while it was being read; reading it again"),
    "report.kept": ("quiet", "Kept the judgement to itself, as the mode says"),
    "loop.broken": ("alert", "Stopped itself: the same thing happened again and again"),
    "incident.noticed": (
        "alert",
        "Alike tickets from several people: asked in Slack whether they are one",
    ),
    "incident.over": ("quiet", "No more tickets like those have come"),
    "incident.proposed": ("wait", "Asked whether to link tickets that are alike to the first of them"),
    "incident.withheld": ("quiet", "Did not ask whether to link tickets that are alike"),
    "verdict.allow": ("quiet", "The policy allows it to {act}"),
    "verdict.ask": ("wait", "Asked for approval to {act}"),
    "verdict.deny": ("no", "The policy does not permit it to {act}"),
    "vote.cast": ("wait", "{who} agreed"),
    "undo.asked": ("wait", "{who} asked to set a change back"),
    "proposal.pending": ("wait", "Waits for a decision to {act}"),
    "proposal.denied": ("no", "The policy does not permit it to {act}"),
    "proposal.withheld": ("quiet", "Kept back a proposal that was rejected before"),
    "proposal.edited": ("wait", "{who} edited the proposal; what was agreed to before no longer counts"),
    "proposal.reminded": ("wait", "Reminded those who have not agreed to {act}"),
    "proposal.escalated": ("wait", "Others may decide as well"),
    "proposal.too_few": ("alert", "Fewer people can decide than have to agree"),
    "proposal.approved": ("done", "{who} approved: {act}"),
    "proposal.rejected": ("no", "{who} rejected it"),
    "proposal.cancelled": ("no", "{who} called it off"),
    "proposal.executing": ("quiet", "Checked once more and started to {act}"),
    "proposal.executed": ("done", "Done"),
    "proposal.undone": ("done", "The change is undone: the ticket has its old values again"),
    "proposal.failed": ("alert", "Could not {act}"),
    "proposal.uncertain": ("alert", "The answer to {noun} got lost; looking before trying again"),
    "proposal.stale": ("no", "Withdrew the proposal: the ticket has changed since"),
    "proposal.expired": ("no", "Nobody decided in time"),
    "proposal.reclaimed": ("quiet", "Took over from a worker that stopped"),
    "execution.given_up": ("alert", "Gave up after trying for a whole day to {act}"),
    "write.started": ("quiet", "Sent the one request to {act}"),
    "write.not_sent": ("quiet", "The request did not leave; nothing happened"),
    "click.refused": ("no", "{who} may not do this"),
    "move.refused": ("quiet", "Too late for that: it had moved on already"),
    "grant.given": ("done", "{who} allowed exactly this change for good"),
    "grant.revoked": ("no", "{who} took a standing permission back"),
    "grant.kept": ("no", "{who} may not take this standing permission back"),
    "command.refused": ("no", "{who} may not give the bot this command"),
    "ladder.offered": ("wait", "Asked a manager whether to move a mode, with what came true as the reason"),
    "ladder.raised": ("done", "{who} raised a mode"),
    "ladder.lowered": ("alert", "A mode was lowered: too little of what it said came true"),
    "ladder.kept": ("quiet", "{who} left a mode where it is"),
    "ladder.withdrawn": ("quiet", "A mode is not to be moved any more: what came true no longer says so"),
    "ladder.undone": ("done", "{who} took the move of a mode back"),
    "stand_in.set": ("quiet", "{who} named a stand-in"),
    "stand_in.cleared": ("quiet", "{who} decides in person again"),
    "stop.set": ("alert", "{who} stopped {scope}"),
    "stop.lifted": ("done", "{who} let {scope} go on"),
    "bot.stopped": ("alert", "{who} stopped the bot"),
    "bot.resumed": ("done", "{who} let the bot go on"),
    "policy.loaded": ("quiet", "A policy came into force"),
    "audit.key_announced": ("quiet", "The audit is sealed with a new key from here on"),
    "audit.shredded": ("quiet", "{who} destroyed the words about a ticket"),
    "audit.pruned": ("quiet", "Old records of the audit were dropped, as retention says"),
    "audit.unreadable": ("alert", "A record of the audit could not be read; it is kept as it was"),
}
"""Tone and sentence by kind. Every kind has both, though some are told by what is in their details."""


def reading(details: Mapping[str, Any]) -> str:
    """Return what a skill found."""
    found = [
        _some(int(details.get("findings", 0)), "suggestion"),
        _some(int(details.get("similar", 0)), "similar past ticket"),
        *(["a drafted reply"] if details.get("draft") else []),
    ]
    brain = str(details.get("brain") or "local")
    return f"Read the ticket with the {brain} brain: {', '.join(found)}"


def costs(details: Mapping[str, Any]) -> str:
    """Return what a model took; empty: there was none."""
    usd = float(details.get("usd") or 0)
    tokens = int(details.get("tokens_in") or 0) + int(details.get("tokens_out") or 0)
    return f"{tokens:,} tokens, {usd:.4f} USD" if tokens else ""


def more_needed(details: Mapping[str, Any]) -> str:
    """Return how many voices a vote still wants."""
    missing = int(details.get("missing", 0))
    return f"{missing} more {'has' if missing == 1 else 'have'} to agree"


def scope_words(scope: str) -> str:
    """Return what a kill switch covers: ``*``, ``connector:jira``, ``skill:triage``."""
    kind, _, name = scope.partition(":")
    if kind == "connector":
        return f"everything on {SYSTEMS.get(name, name)}"
    return f"the {name} skill" if kind == "skill" and name else "the whole bot"


def _some(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
