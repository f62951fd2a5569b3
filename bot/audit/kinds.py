"""What each kind of record says, and the OCSF class it fits. ``docs/audit.md`` draws its table from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

API = 6003
ENTITY = 3004
LIFECYCLE = 6002
NONE = 0
"""OCSF's Base Event: the schema has no class for it."""
CREATE, READ, UPDATE, DELETE = 1, 2, 3, 4
START, STOP = 3, 4
OTHER = 99
# Class and activity numbers: https://schema.ocsf.io (API Activity, Entity Management, Application Lifecycle,
# Base Event); a class's first digit is its category, and type_uid is class_uid * 100 + activity_id.

CLASSES: Final[Mapping[int, str]] = {
    API: "API Activity",
    ENTITY: "Entity Management",
    LIFECYCLE: "Application Lifecycle",
    NONE: "Base Event",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One ``what`` of a record."""

    says: str
    class_uid: int = NONE
    activity_id: int = OTHER

    def ocsf(self) -> dict[str, int]:
        """Return the numbers an OCSF reader sorts by."""
        return {
            "class_uid": self.class_uid,
            "category_uid": self.class_uid // 1000,
            "activity_id": self.activity_id,
            "type_uid": self.class_uid * 100 + self.activity_id,
        }


KEY_ANNOUNCED: Final = "audit.key_announced"
SHREDDED: Final = "audit.shredded"
PRUNED: Final = "audit.pruned"
UNREADABLE: Final = "audit.unreadable"

KINDS: Final[Mapping[str, Kind]] = {
    # --- tickets
    "ticket.touched": Kind("A ticket system told us that a ticket changed, or a look found it"),
    "ticket.gone": Kind("A ticket could not be found any more"),
    # --- skills and models
    "skill.finished": Kind(
        "A skill came back from a ticket: which brain, model, tokens and cost, and what both brains said "
        "where a model was paid",
        API,
        OTHER,
    ),
    "change.requested": Kind("A person, or a skill for one, asked for changes"),
    "skill.asked": Kind("Somebody asked for a skill on the ticket"),
    "skill.answered": Kind(
        "A skill that somebody asked for has answered: which brain, model, tokens and cost", API, OTHER
    ),
    "skill.refused": Kind("A skill that somebody asked for did not run"),
    "report.outdated": Kind("A skill's report came too late to be used"),
    "report.kept": Kind("A skill's report was kept and shown to nobody, as the mode says"),
    "loop.broken": Kind("Something kept causing itself and was stopped"),
    # --- floods of alike tickets
    "incident.noticed": Kind("Alike tickets from several people came close together"),
    "incident.over": Kind("No more of them have come"),
    "incident.proposed": Kind("People are asked whether to link them to the first", ENTITY, CREATE),
    "incident.withheld": Kind("Nobody is asked whether to link them, and why"),
    # --- proposals
    "verdict.allow": Kind("Policy lets a change go ahead unasked"),
    "verdict.ask": Kind("Policy asks people about a change"),
    "verdict.deny": Kind("Policy refuses a change"),
    "proposal.pending": Kind("A change waits for people", ENTITY, CREATE),
    "proposal.withheld": Kind("A change was not proposed"),
    "proposal.edited": Kind("A person changed what is proposed; votes start again", ENTITY, UPDATE),
    "proposal.reminded": Kind("The approvers were reminded"),
    "proposal.escalated": Kind("Nobody decided in time, so more people may", ENTITY, UPDATE),
    "proposal.too_few": Kind("Fewer people can approve than the rule asks for"),
    "proposal.reclaimed": Kind("Another worker took over an execution"),
    "proposal.approved": Kind("The change may be carried out", ENTITY, UPDATE),
    "proposal.rejected": Kind("A person said no", ENTITY, UPDATE),
    "proposal.denied": Kind("Policy said no", ENTITY, UPDATE),
    "proposal.stale": Kind("The ticket changed, so the approval no longer holds", ENTITY, UPDATE),
    "proposal.expired": Kind("Nobody decided in time", ENTITY, UPDATE),
    "proposal.cancelled": Kind("It was called off", ENTITY, UPDATE),
    "proposal.executing": Kind("A worker carries it out", ENTITY, UPDATE),
    "proposal.executed": Kind("It is done, and a read-back shows it", ENTITY, UPDATE),
    "proposal.failed": Kind("It was not done, or not all of it", ENTITY, UPDATE),
    "proposal.uncertain": Kind("It was sent and nobody knows yet whether it happened", ENTITY, UPDATE),
    "proposal.undone": Kind("It was done and has been set back", ENTITY, UPDATE),
    "execution.given_up": Kind("It was tried for as long as it may be"),
    "undo.asked": Kind("A person asked to set a change back", ENTITY, CREATE),
    "vote.cast": Kind("A person said yes; more have to", ENTITY, UPDATE),
    "click.refused": Kind("A click did not count, and why"),
    "move.refused": Kind("Something came too late to change a proposal"),
    "grant.given": Kind("A person allowed exactly this change for good", ENTITY, CREATE),
    "grant.kept": Kind("Somebody who may not take a standing permission back tried to"),
    "stand_in.set": Kind("A person named somebody to decide in their place", ENTITY, CREATE),
    "stand_in.cleared": Kind("A person decides again themselves", ENTITY, DELETE),
    "grant.revoked": Kind("A standing permission was taken back", ENTITY, DELETE),
    # --- modes that move by what came true
    "ladder.offered": Kind("A manager is asked whether to move a mode", ENTITY, CREATE),
    "ladder.raised": Kind("A manager raised a mode", ENTITY, UPDATE),
    "ladder.lowered": Kind(
        "A mode was lowered: by the bot itself below the floor, or by a manager", ENTITY, UPDATE
    ),
    "ladder.kept": Kind("A manager left a mode where it is"),
    "ladder.withdrawn": Kind("A step is not offered any more"),
    "ladder.undone": Kind("A manager took the move of a mode back", ENTITY, UPDATE),
    # --- conversations
    "talk.heard": Kind("A person asked the bot something in Slack"),
    "access.refused": Kind("Somebody may not ask for that, or may not see that ticket, and why"),
    "talk.refused": Kind("Somebody was not answered there, or part of an answer was not used, and why"),
    "talk.answered": Kind(
        "A person was answered: how it ended, which tools were used, model, tokens and cost", API, OTHER
    ),
    "talk.stopped": Kind("A person broke an answer off"),
    "talk.forgotten": Kind("What was said in a conversation was forgotten", ENTITY, DELETE),
    "answer.rated": Kind("A person said whether an answer was good", ENTITY, UPDATE),
    # --- the outside
    "write.started": Kind("The one request to a ticket system is about to be sent", API, UPDATE),
    "write.not_sent": Kind("That request definitely did not get through", API, UPDATE),
    # --- the bot
    "stop.set": Kind("The kill switch was set", LIFECYCLE, STOP),
    "stop.lifted": Kind("The kill switch was lifted", LIFECYCLE, START),
    "command.refused": Kind("Somebody gave an order that they may not give"),
    "policy.loaded": Kind("A policy came into force", ENTITY, UPDATE),
    # --- the audit itself
    KEY_ANNOUNCED: Kind("A key seals for the first time; its public half is in the details"),
    SHREDDED: Kind("The words about a ticket were destroyed", ENTITY, DELETE),
    PRUNED: Kind("Old records were dropped, as retention says"),
    UNREADABLE: Kind("Something in the buffer could not be read; it is kept, encrypted, as it was"),
}

_SUBJECTS: Final[Mapping[str, Kind]] = {
    "proposal": Kind("", ENTITY, UPDATE),
    "vote": Kind("", ENTITY, UPDATE),
    "grant": Kind("", ENTITY, UPDATE),
    "write": Kind("", API, UPDATE),
}


def kind(what: str) -> Kind:
    """Return the kind of a record; one that the table does not know yet is taken by its subject."""
    return KINDS.get(what) or _SUBJECTS.get(what.partition(".")[0]) or Kind("")


def table() -> str:
    """Return the kinds as a Markdown table; a test compares it with ``docs/audit.md``."""
    rows = ["| kind | says | OCSF class | activity |", "|---|---|---|---|"]
    for what, each in KINDS.items():
        fits = f"{CLASSES[each.class_uid]} {each.class_uid}" if each.class_uid else "none fits"
        rows.append(f"| `{what}` | {each.says} | {fits} | {each.activity_id if each.class_uid else ''} |")
    return "\n".join(row.replace(" |  |", " | |") for row in rows)
