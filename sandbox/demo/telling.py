"""Audit records in plain words: what the bot did, on which ticket, because of whom."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict

PROPOSALS_MAX: Final = 2_000
"""Proposals whose action is remembered; later records name the proposal alone."""
SYSTEMS: Final = {"jira": "Jira", "servicenow": "ServiceNow"}
VERBS: Final = {
    "add_internal_note": "write an internal note",
    "add_work_note": "write an internal note",
    "set_fields": "change fields",
    "set_priority": "change the priority",
    "assign": "assign the ticket",
    "transition": "move the ticket on",
    "resolve": "resolve the ticket",
    "reply_publicly": "post a public reply",
}
NOTES: Final = frozenset({"add_internal_note", "add_work_note"})
_ACTION: Final = re.compile(r"\b(?:jira|servicenow)\.([a-z_]+)")
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
}


class Line(TypedDict):
    """One line of "What the bot is doing now"."""

    id: str
    at: str
    ticket: str
    """``<system>:<key>``; empty: about no ticket."""
    key: str
    actor: str
    """Whose doing it was, for people."""
    tone: str
    """``read``, ``wait``, ``done``, ``no``, ``alert`` or ``quiet``: decides the mark beside the line."""
    text: str
    more: str
    """The record's own reason or figures; small print."""
    what: str
    """The record's kind, as in the audit."""


@dataclass(frozen=True)
class Names:
    """What ids in records stand for."""

    key: Callable[[str, str], str]
    """(system, vendor id) to the ticket's key; empty: gone."""
    person: Callable[[str], str]
    """Slack user id to name."""


class Teller:
    """Tells one record after the other, in order; remembers what each proposal was about."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._verbs: OrderedDict[str, str] = OrderedDict()
        self.totals = {"read": 0, "notes": 0, "waiting": 0, "changes": 0, "refused": 0}
        self._waiting: set[str] = set()

    def tell(self, ident: str, record: Mapping[str, Any]) -> Line:
        """Return ``record``, the ``ident``-th of the audit, as a line, and count it."""
        what = str(record["what"])
        system, _, vendor_id = str(record["ticket"]).partition(":")
        key = self._names.key(system, vendor_id)
        verb = self._verb(record)
        tone, text = self._words(what, record, verb, SYSTEMS.get(system, system))
        self._count(what, str(record["proposal"]), verb)
        return {
            "id": ident,
            "at": str(record["at"]),
            "ticket": f"{system}:{key}" if key else "",
            "key": key,
            "actor": self._actor(str(record["actor"])),
            "tone": tone,
            "text": text,
            "more": _more(what, record),
            "what": what,
        }

    def _verb(self, record: Mapping[str, Any]) -> str:
        """Return what the record's proposal would do; the verdict on it is the record that says so."""
        proposal = str(record["proposal"])
        named = _ACTION.search(str(record["because"])) if str(record["what"]).startswith("verdict.") else None
        if named and proposal:
            self._verbs[proposal] = named[1]
            while len(self._verbs) > PROPOSALS_MAX:
                self._verbs.popitem(last=False)
        return self._verbs.get(proposal, "")

    def _words(self, what: str, record: Mapping[str, Any], verb: str, system: str) -> tuple[str, str]:
        who = self._actor(str(record["actor"]))
        act = VERBS.get(verb, "change the ticket")
        noun = "the note" if verb in NOTES else "the change"
        told: dict[str, tuple[str, str]] = {
            "ticket.touched": ("quiet", f"{system} said that something happened on the ticket"),
            "ticket.gone": ("alert", "The ticket is gone; everything open on it was dropped"),
            "skill.finished": ("read", _reading(record)),
            "report.outdated": ("quiet", "The ticket changed while it was being read; reading it again"),
            "report.kept": ("quiet", "Kept the judgement to itself, as the mode says"),
            "verdict.allow": ("quiet", f"The policy allows it to {act}"),
            "verdict.ask": ("wait", f"Asked for approval to {act}"),
            "verdict.deny": ("no", f"The policy does not permit it to {act}"),
            "proposal.withheld": ("quiet", "Kept back a proposal that was rejected before"),
            "proposal.edited": ("wait", f"{who} edited the proposal"),
            "proposal.approved": ("done", f"{who} approved: {act}"),
            "proposal.rejected": ("no", f"{who} rejected it"),
            "proposal.executing": ("quiet", f"Checked once more and started to {act}"),
            "proposal.executed": ("done", _executed(verb)),
            "proposal.failed": ("alert", f"Could not {act}"),
            "proposal.uncertain": ("alert", f"The answer to {noun} got lost; looking before trying again"),
            "proposal.stale": ("no", "Withdrew the proposal: the ticket has changed since"),
            "proposal.expired": ("no", "Nobody decided in time"),
            "proposal.reclaimed": ("quiet", "Took over from a worker that stopped"),
            "write.started": ("quiet", f"Sent the one request to {act}"),
            "write.not_sent": ("quiet", "The request did not leave; nothing happened"),
            "click.refused": ("no", f"{who} {REFUSALS.get(str(record['because']), 'may not do this')}"),
            "move.refused": ("quiet", "Too late for that: it had moved on already"),
        }
        return told.get(what, ("quiet", what.replace(".", " ").replace("_", " ")))

    def _actor(self, actor: str) -> str:
        kind, _, ident = actor.partition(":")
        if kind == "slack":
            return self._names.person(ident)
        known = {"skill": f"the {ident} skill", "policy": "the policy", "executor": "the executor"}
        return known.get(kind) or SYSTEMS.get(kind) or {"timer": "the clock"}.get(kind, actor)

    def _count(self, what: str, proposal: str, verb: str) -> None:
        self.totals["read"] += what == "skill.finished"
        self.totals["refused"] += what == "click.refused"
        if what == "proposal.executed":
            self.totals["notes" if verb in NOTES else "changes"] += 1
        if what == "verdict.ask":
            self._waiting.add(proposal)
        elif what.startswith("proposal.") and what != "proposal.edited":
            self._waiting.discard(proposal)
        self.totals["waiting"] = len(self._waiting)


def _reading(record: Mapping[str, Any]) -> str:
    details: Mapping[str, Any] = record["details"]
    found = [
        _some(int(details.get("findings", 0)), "suggestion"),
        _some(int(details.get("similar", 0)), "similar past ticket"),
        *(["a drafted reply"] if details.get("draft") else []),
    ]
    brain = str(details.get("brain") or "local")
    return f"Read the ticket with the {brain} brain: {', '.join(found)}"


def _some(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _executed(verb: str) -> str:
    if verb in NOTES:
        return "Wrote its internal note and read it back"
    if verb == "reply_publicly":
        return "Posted the reply and read it back"
    return "Changed the ticket and read it back"


def _more(what: str, record: Mapping[str, Any]) -> str:
    details: Mapping[str, Any] = record["details"]
    if what == "skill.finished":
        usd = float(details.get("usd") or 0)
        tokens = int(details.get("tokens_in") or 0) + int(details.get("tokens_out") or 0)
        return f"{tokens:,} tokens, {usd:.4f} USD" if tokens else ""
    if what == "click.refused":
        return "Nothing happened. Only this person was told."
    because = str(record["because"])
    rule = str(record["rule"])
    if what.startswith("verdict.") and rule:
        return f"rule {rule}"
    return "" if what == "ticket.touched" and because == "poll" else because
