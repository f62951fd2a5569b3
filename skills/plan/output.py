"""What a model may plan: steps in words, and changes of fields out of the live allowed values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, StringConstraints

from bot.core.arguments import pick_json
from bot.core.briefs import BriefLine
from bot.core.reports import Wish
from bot.core.tickets import Allowed, Choices, FieldValue, Ticket, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from skills._writing import Answer, Cited

STEPS_MAX: Final = 8
"""More is no plan that anybody follows."""
STEP_CHARS_MAX: Final = 300
"""Of one step."""
CHANGES_MAX: Final = 5
"""Fields that one plan may want set."""
CITED_MAX: Final = 8
"""Sources of one plan."""
NAME_CHARS_MAX: Final = 255
"""Of a field or a value, as long as vendors allow."""


class Step(Answer):
    """One of them."""

    what: Annotated[str, StringConstraints(min_length=1, max_length=STEP_CHARS_MAX, strip_whitespace=True)]
    owner: Literal["desk", "requester", "other_team"]
    risk: Literal["none", "reversible", "irreversible"]
    approval: bool

    @property
    def needs_approval(self) -> bool:
        """Whether somebody has to agree first; for what cannot be undone, whatever the model says."""
        return self.approval or self.risk == "irreversible"


class Change(Answer):
    """A field and what it should hold."""

    field: Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARS_MAX)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARS_MAX)]


class Planned(Answer):
    """The plan."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=STEPS_MAX)]
    changes: Annotated[tuple[Change, ...], Field(max_length=CHANGES_MAX)] = ()
    sources: Annotated[tuple[Cited, ...], Field(max_length=CITED_MAX)] = ()


def step_lines(steps: Sequence[Step], language: str) -> tuple[BriefLine, ...]:
    """Return a line a step: what, who, how risky, and whether it has to be agreed to."""
    return tuple(
        BriefLine("", Untrusted(f"{number}. {_said(step, language)}"))
        for number, step in enumerate(steps, start=1)
    )


def change_wish(
    changes: Sequence[Change], ticket: Ticket, fields: Iterable[Choices], language: str
) -> Wish | None:
    """Return one wish for all that can be set to what was said; the rest is left out, never mended.

    A field that hangs on another one's value is left to people: the two would have to fit.
    """
    live = {each.field: each for each in fields if not each.depends_on}
    before: dict[str, FieldValue] = {}
    wanted: dict[str, JsonValue] = {}
    for change in changes:
        choices = live.get(change.field)
        value = _live(choices, change.value) if choices else None
        now = ticket.fields.get(change.field, ())
        if choices is None or value is None or change.field in wanted or value.id in {v.id for v in now}:
            continue
        before[change.field] = now
        wanted[change.field] = [pick_json(each) for each in (*(now if choices.several else ()), value)]
    if not wanted:
        return None
    labels = ", ".join(live[name].label for name in wanted)
    return Wish(
        verb="set_fields",
        args={"fields": wanted},
        why=Untrusted(say(language, "because.planned", fields=labels)),
        before=before,
        labels={name: live[name].label for name in wanted},
    )


def settable(allowed: Allowed, names: Sequence[str]) -> tuple[Choices, ...]:
    """Return the fields a plan may want set."""
    found = (allowed.of(name) for name in names)
    return tuple(each for each in found if each is not None and each.values)


def _live(choices: Choices, said: str) -> Value | None:
    """Return the value called ``said``, by id or by label; None where that is none of them, or not clear."""
    by_id = [value for value in choices.values if value.id == said]
    found = by_id or [value for value in choices.values if value.label.casefold() == said.casefold()]
    return found[0] if len(found) == 1 else None


def _said(step: Step, language: str) -> str:
    what = Untrusted(step.what).line()
    tail = [say(language, f"brief.plan.owner.{step.owner}"), say(language, f"brief.plan.risk.{step.risk}")]
    if step.needs_approval:
        tail.append(say(language, "brief.plan.approval"))
    return f"{what} ({', '.join(tail)})"
