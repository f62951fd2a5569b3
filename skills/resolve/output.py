"""What a model may say of how a ticket was solved, and the one way to close it that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import JsonValue, StringConstraints

from bot.core.arguments import pick_json
from bot.core.reports import Wish
from bot.core.tickets import Allowed, Transition, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from skills._writing import Answer

NOTES_CHARS_MAX: Final = 2_000
"""Four sentences; ServiceNow's field takes 4,000."""
QUOTE_CHARS_MAX: Final = 300
"""Of the words that show that it is settled."""
CODE_CHARS_MAX: Final = 255
"""Of a value's label, as long as vendors allow."""
CLOSE_CODE: Final = "close_code"
RESOLUTION: Final = "resolution"
STATUS: Final = "status"


class Resolution(Answer):
    """How it ended."""

    solved: bool
    notes: Annotated[str, StringConstraints(max_length=NOTES_CHARS_MAX, strip_whitespace=True)] = ""
    quote: Annotated[str, StringConstraints(max_length=QUOTE_CHARS_MAX, strip_whitespace=True)] = ""
    code: Annotated[str, StringConstraints(max_length=CODE_CHARS_MAX, strip_whitespace=True)] = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to close the ticket now: a code with notes, or a step of the workflow."""

    codes: tuple[Value, ...]
    """What it can be closed as; empty: it asks for nothing of the kind."""
    step: Transition | None = None
    """None: by the verb that resolves."""
    label: str = ""
    """What people call the field that holds the code."""


def way_out(allowed: Allowed) -> Way | None:
    """Return how the ticket can be closed; None where that cannot be told, or takes more than a code.

    Of several steps that close it the first one counts that wants nothing but a resolution, as the workflow
    lists them.
    """
    codes = allowed.of(CLOSE_CODE)
    if codes is not None and codes.values:
        return Way(codes.values, label=codes.label)
    for step in allowed.transitions:
        if not step.closes or not set(step.needs) <= {RESOLUTION}:
            continue
        screen = next((each for each in step.screen if each.field == RESOLUTION), None)
        if screen is not None and screen.values:
            return Way(screen.values, step, screen.label)
        if not step.needs:
            return Way((), step)
    return None


def code_of(said: str, codes: Sequence[Value]) -> Value | None:
    """Return the one live value that is called so, by label or id."""
    found = [
        each for each in codes if said and said.casefold() in {each.label.casefold(), each.id.casefold()}
    ]
    return found[0] if len(found) == 1 else None


def close_wish(way: Way, code: Value | None, notes: str, language: str) -> Wish | None:
    """Return the wish to close it; None where a code is wanted and none was chosen."""
    needs_code = bool(way.codes) and (way.step is None or bool(way.step.needs))
    if needs_code and code is None:
        return None
    why = Untrusted(say(language, "because.settled"))
    if way.step is None:
        if code is None or not notes:
            return None
        args: dict[str, JsonValue] = {"close_code": pick_json(code), "close_notes": notes}
        return Wish("resolve", args, why, rests_on_last_public=True, labels={CLOSE_CODE: way.label})
    fields: dict[str, JsonValue] = {RESOLUTION: [pick_json(code)]} if code is not None else {}
    step = {"id": way.step.id, "name": way.step.name, "to": pick_json(way.step.to), "fields": fields}
    labels = {STATUS: "Status", RESOLUTION: way.label or RESOLUTION}
    return Wish("transition", step, why, rests_on_last_public=True, labels=labels)
