"""A proposal as JSON for programs, and as lines for a terminal that a ticket's words must not steer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from bot.core.actions import Proposal
from bot.core.arguments import Pick
from bot.core.dossier import Dossier, Tracked
from bot.core.foreign import thing, things
from bot.core.grants import Grant
from bot.core.tickets import FieldValue
from bot.core.untrusted import Untrusted
from bot.core.words import say

Row = dict[str, JsonValue]


def row(dossier: Dossier, tracked: Tracked) -> Row:
    """Return everything about a proposal, its payload exactly as it would be carried out."""
    proposal, ask = tracked.proposal, tracked.ask
    return {
        "id": proposal.id,
        "revision": tracked.revision,
        "status": tracked.status.value,
        "ticket": dossier.key,
        "connector": dossier.ref.connector,
        "url": dossier.url,
        "summary": dossier.summary.raw,
        "says": proposal.says,
        "why": proposal.why.raw,
        "action": proposal.action.name,
        "risk": proposal.action.risk.value,
        "payload": dict(proposal.action.args),
        "changes": _changes(proposal),
        "asked_by": proposal.by,
        "asked_at": _when(tracked.asked_at),
        "rule": tracked.rule,
        "because": tracked.because,
        "approvers": list(tracked.approvers),
        "quorum": ask.quorum if ask else 0,
        "four_eyes": ask.four_eyes if ask else False,
        "votes": [
            {"by": vote.by, "name": vote.name.raw, "at": _when(vote.at), "stands_in_for": vote.stands_in_for}
            for vote in tracked.votes
        ],
        "expires_at": _when(tracked.expires_at),
        "escalated_at": _when(tracked.escalated_at),
        "edited": tracked.edited,
        "decided_by": tracked.decided_by,
        "decided_at": _when(tracked.decided_at),
        "reason": tracked.reason,
        "undoable": tracked.undoable,
        "digest": tracked.digest,
    }


def as_json(value: object) -> str:
    """Return JSON in plain ASCII: nothing in it, however hostile, reaches the terminal as a control."""
    return json.dumps(value, indent=2, ensure_ascii=True)


def in_brief(held: Sequence[tuple[Dossier, Tracked]]) -> str:
    """Return one line a proposal."""
    lines = [
        f"{tracked.proposal.id}  {_line(dossier.key)}  {_line(tracked.proposal.says, 80)}  "
        f"{_votes(tracked)}, expires {_clock(tracked.expires_at)}"
        for dossier, tracked in held
    ]
    return "\n".join(lines) or "nothing waits for anybody"


def in_full(dossier: Dossier, tracked: Tracked, language: str) -> str:
    """Return everything somebody should know before they agree."""
    proposal, ask = tracked.proposal, tracked.ask
    undo = "cannot be undone" if proposal.action.risk.value == "irreversible" else proposal.action.risk.value
    facts = [
        ("ticket", f"{_line(dossier.key)}  {_line(dossier.summary.raw, 120)}"),
        ("", _line(dossier.url)),
        ("proposal", f"{proposal.id}, revision {tracked.revision}"),
        ("status", say(language, f"status.{tracked.status.value}")),
        ("what", _line(proposal.says)),
        ("risk", f"{proposal.action.name}, {undo}"),
        ("asked by", f"{_line(proposal.by)}, {_clock(tracked.asked_at)}"),
        ("why", _line(proposal.why.raw)),
        ("rule", f"{tracked.rule}: {_line(tracked.because)}"),
        ("approvers", " ".join(tracked.approvers)),
        ("agreed", _votes(tracked)),
        ("four eyes", "who asked may not approve" if ask and ask.four_eyes else "no"),
        ("expires", _clock(tracked.expires_at)),
        (
            "decided by",
            _line(f"{tracked.decided_by} {_clock(tracked.decided_at)}" * bool(tracked.decided_by)),
        ),
        ("reason", _line(tracked.reason)),
        ("SHA-256", tracked.digest),
    ]
    lines = [f"{name:<10} {said}" for name, said in facts if said.strip()]
    return "\n".join([*lines, "", *_payload(proposal, language)])


def standing(grants: Sequence[Grant]) -> str:
    """Return one line a standing permission."""
    lines = [
        f"{grant.shape}  {_line(grant.connector)} {_line(grant.queue)}  {_line(grant.says, 80)}  "
        f"by {grant.by} on {_clock(grant.at)}, {grant.rule}"
        for grant in grants
    ]
    return "\n".join(lines) or "no standing permissions"


def standing_row(grant: Grant) -> Row:
    """Return a standing permission as JSON."""
    return {
        "shape": grant.shape,
        "action": grant.action,
        "connector": grant.connector,
        "queue": grant.queue,
        "says": grant.says,
        "by": grant.by,
        "at": _when(grant.at),
        "rule": grant.rule,
    }


def _payload(proposal: Proposal, language: str) -> list[str]:
    """Return exactly what would be done, whole, and say so where something in it cannot be shown."""
    lines: list[str] = []
    for name, before, after in _fields(proposal):
        label = _line(proposal.labels.get(name, name))
        lines.append(f"  {label}: {_labels(before, language)} -> {_labels(after, language)}")
    args = dict(proposal.action.args)
    text = args.get("text")
    # Fields are not all of what a new ticket, a transition or a resolution would do.
    exact = text if isinstance(text, str) else "" if lines and set(args) == {"fields"} else as_json(args)
    shown = Untrusted(exact).clean()
    lines += [f"  | {line}" for line in shown.split("\n")] if exact else []
    hidden = len(exact.replace("\r\n", "\n")) - len(shown)
    if hidden:
        lines.append(f"  ({hidden} invisible characters are not shown here; --json has them)")
    return ["exactly this would be done:", *lines]


def _fields(proposal: Proposal) -> list[tuple[str, FieldValue, FieldValue]]:
    return [
        (
            name,
            proposal.basis.before.get(name, ()),
            tuple(Pick.model_validate(each).value() for each in things(picks)),
        )
        for name, picks in thing(proposal.action.args.get("fields")).items()
    ]


def _changes(proposal: Proposal) -> list[JsonValue]:
    return [
        {"field": name, "before": _values(before), "after": _values(after)}
        for name, before, after in _fields(proposal)
    ]


def _values(value: FieldValue) -> list[JsonValue]:
    return [{"id": each.id, "label": each.label} for each in value]


def _labels(value: FieldValue, language: str) -> str:
    return ", ".join(_line(each.label) for each in value) or say(language, "note.unset")


def _votes(tracked: Tracked) -> str:
    needed: Any = tracked.ask.quorum if tracked.ask else "none"
    names = ", ".join(_line(vote.name.raw, 80) or vote.by for vote in tracked.votes)
    return f"{len(tracked.votes)} of {needed}" + (f" ({names})" if names else "")


def _line(text: str, chars_max: int | None = None) -> str:
    """Return ``text`` on one line and without anything a terminal would obey."""
    return Untrusted(text).line(chars_max)


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _clock(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "-"
