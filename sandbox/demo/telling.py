"""Audit records in plain words: what the bot did, on which ticket, because of whom."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from sandbox.demo.sentences import (
    ACTORS,
    DONE,
    NOTES,
    REFUSALS,
    SENTENCES,
    SYSTEMS,
    UNDO,
    VERBS,
    costs,
    more_needed,
    reading,
    scope_words,
)

PROPOSALS_MAX: Final = 2_000
"""Proposals whose action is remembered; later records name the proposal alone."""
_ACTION: Final = re.compile(r"\b(?:jira|servicenow)\.([a-z_]+)")
STILL_WAITING: Final = frozenset(
    f"proposal.{how}" for how in ("edited", "reminded", "escalated", "too_few", "withheld", "reclaimed")
)
"""What happens to a proposal without deciding it."""


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
    """Slack id of a user or a group to a name."""


class Teller:
    """Tells one record after the other, in order; remembers what each proposal was about."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._verbs: OrderedDict[str, str] = OrderedDict()
        self._undoes: dict[str, str] = {}
        """Undo to what it sets back; both are proposals."""
        self.totals = {"read": 0, "notes": 0, "waiting": 0, "changes": 0, "refused": 0}
        self._waiting: set[str] = set()

    def tell(self, ident: str, record: Mapping[str, Any]) -> Line:
        """Return ``record``, the ``ident``-th of the audit, as a line, and count it."""
        what = str(record["what"])
        system, _, vendor_id = str(record["ticket"]).partition(":")
        key = self._names.key(system, vendor_id)
        verb = self._verb(record)
        tone, text = self._words(record, verb, SYSTEMS.get(system, system))
        self._count(what, str(record["proposal"]), verb)
        return {
            "id": ident,
            "at": str(record["at"]),
            "ticket": f"{system}:{key}" if key else "",
            "key": key,
            "actor": self._actor(str(record["actor"])),
            "tone": tone,
            "text": text,
            "more": self._more(what, record),
            "what": what,
        }

    def _verb(self, record: Mapping[str, Any]) -> str:
        """Return what the record's proposal would do: its first record, the verdict on it, says so."""
        proposal, what = str(record["proposal"]), str(record["what"])
        named = _ACTION.search(str(record["because"])) if what.startswith("verdict.") else None
        if named and proposal:
            self._remember(proposal, named[1])
        if what == "undo.asked":
            self._remember(proposal, UNDO)
            self._undoes[proposal] = str(record["details"].get("undoes", ""))
        return self._verbs.get(proposal, "")

    def _remember(self, proposal: str, verb: str) -> None:
        self._verbs[proposal] = verb
        while len(self._verbs) > PROPOSALS_MAX:
            gone, _ = self._verbs.popitem(last=False)
            self._undoes.pop(gone, None)

    def _words(self, record: Mapping[str, Any], verb: str, system: str) -> tuple[str, str]:
        """Return the tone and the sentence; a kind that nobody has words for is told by its name."""
        what, because = str(record["what"]), str(record["because"])
        kind, _, how = what.partition(".")
        tone, sentence = SENTENCES.get(what, ("quiet", ""))
        gaps = {
            "who": self._actor(str(record["actor"])),
            "act": VERBS.get(verb, "change the ticket"),
            "noun": "the note" if verb in NOTES else "the change",
            "system": system,
        }
        if what == "skill.finished":
            return tone, reading(record["details"])
        if what == "proposal.executed":
            return tone, DONE.get(verb, DONE[""])
        if what == "click.refused":
            return tone, f"{gaps['who']} {REFUSALS.get(because, 'may not do this')}"
        if what == "vote.cast":
            return tone, f"{gaps['who']} agreed to {gaps['act']}; {more_needed(record['details'])}"
        if what == "proposal.escalated":
            return tone, f"Nobody decided for so long that {self._listed(record)} may decide as well"
        if kind == "stop":
            return tone, sentence.format(**gaps, scope=scope_words(str(record["details"].get("scope", ""))))
        return tone, sentence.format(**gaps) or f"{kind} {how}".replace(".", " ").replace("_", " ").strip()

    def _listed(self, record: Mapping[str, Any]) -> str:
        found = [self._names.person(each) for each in record["details"].get("to", [])]
        return " and ".join(found) or "others"

    def _more(self, what: str, record: Mapping[str, Any]) -> str:
        """Return the small print: the record's own reason, rule or figures."""
        if what == "skill.finished":
            return costs(record["details"])
        if what == "click.refused":
            return "Nothing happened. Only this person was told."
        if what == "proposal.too_few":
            return f"{record['details'].get('can', 0)} can decide"
        if what == "proposal.undone":
            return ""
        because, rule = str(record["because"]), str(record["rule"])
        if what.startswith("verdict.") and rule:
            return f"rule {rule}"
        return "" if what == "ticket.touched" and because == "poll" else because

    def _actor(self, actor: str) -> str:
        kind, _, ident = actor.partition(":")
        if kind == "slack":
            return self._names.person(ident)
        if kind == "skill":
            return f"the {ident} skill"
        if kind == "cli":
            return f"{ident}, at the command line"
        return ACTORS.get(kind) or SYSTEMS.get(kind) or actor

    def _count(self, what: str, proposal: str, verb: str) -> None:
        self.totals["read"] += what == "skill.finished"
        self.totals["refused"] += what == "click.refused"
        if what == "proposal.executed":
            self.totals["notes" if verb in NOTES else "changes"] += 1
        if what in {"verdict.ask", "undo.asked"}:
            self._waiting.add(proposal)
        elif what.startswith("proposal.") and what not in STILL_WAITING:
            self._waiting.discard(proposal)
        self.totals["waiting"] = len(self._waiting)
