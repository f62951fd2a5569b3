"""What a step of a workflow was given, and the change that comes down to. Pure; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from approvals.blocks import is_person
from approvals.modals import PEOPLE_FIELDS
from bot.agent.offers import (
    AssignWanted,
    FieldsWanted,
    FieldWanted,
    NoteWanted,
    ReplyWanted,
    StepWanted,
    Wanted,
)
from bot.core.errors import Malformed
from bot.core.foreign import thing
from bot.core.ids import SlackUserId

PREFIX: Final = "workflow"
"""Of the lanes under which steps hear how their proposals end."""
INPUT_CHARS_MAX: Final = 4_000
"""Of one input; a longer one is cut, and then no allowed value."""
STATUS, NOTE, REPLY = "status", "note", "reply"
_EXECUTION: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One run of the step: https://docs.slack.dev/reference/events/function_executed."""

    execution: str
    callback: str
    team: str
    ticket: str
    action: str
    """The name of a field, or status, assignee, note, reply."""
    value: str
    reason: str
    requester: SlackUserId | None
    """Who used the workflow; None: it names nobody."""

    @property
    def lane(self) -> str:
        """Where it is told how its proposal ends."""
        return f"{PREFIX}:{self.execution}"


def parse_step(payload: Mapping[str, Any]) -> Step:
    """Read an event.

    Raises:
        Malformed: it names no run, so nobody could be answered.
    """
    event = thing(payload.get("event"))
    execution = str(event.get("function_execution_id") or "")
    if not _EXECUTION.fullmatch(execution):
        raise Malformed("a step of a workflow without an id of its run")
    given = thing(event.get("inputs"))
    requester = _person(given)
    return Step(
        execution=execution,
        callback=str(thing(event.get("function")).get("callback_id") or ""),
        team=str(payload.get("team_id") or ""),
        ticket=_text(given, "ticket"),
        action=_text(given, "action"),
        value=_text(given, "value"),
        reason=_text(given, "reason"),
        requester=SlackUserId(requester) if is_person(requester) else None,
    )


def execution_of(lane: str) -> str:
    """Return the run that ``lane`` belongs to."""
    return lane.partition(":")[2]


def wanted(step: Step, note_verb: str) -> tuple[str, Wanted] | None:
    """Return the verb and what it is to do, in people's words; None: no verb takes such inputs."""
    name, why = step.action.casefold(), step.reason[:500]
    try:
        if name == STATUS:
            return "transition", StepWanted(why=why, to=step.value)
        if name in PEOPLE_FIELDS:
            return "assign", AssignWanted(why=why, to=step.value)
        if name == NOTE:
            return note_verb, NoteWanted(why=why, text=step.value)
        if name == REPLY:
            return "reply_publicly", ReplyWanted(why=why, text=step.value)
        field = FieldWanted(field=step.action, value=step.value)
        return "set_fields", FieldsWanted(why=why, fields=[field])
    except ValidationError:
        return None


def _person(given: Mapping[str, Any]) -> str:
    """Return who asks: Slack's own word for it (https://docs.slack.dev/reference/types/user_context-type).

    Where the app's manifest still says ``user_id``, it is whom the workflow's builder has put there.
    """
    context = thing(given.get("requester"))
    return _text(context, "id") if context else _text(given, "requester")


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value.strip()[:INPUT_CHARS_MAX] if isinstance(value, str) else ""
