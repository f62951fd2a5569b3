"""Which transitions an issue may take, and what one changes."""

from __future__ import annotations

from sandbox.jira import seed
from sandbox.jira.answers import refusal
from sandbox.jira.fields import FIELDS
from sandbox.jira.records import Issue, Named, Transition


def possible(issue: Issue) -> list[Transition]:
    """List the transitions open to ``issue`` in its status, in the workflow's order."""
    return [one for one in issue.project.transitions if issue.status.id in one.sources]


def chosen(issue: Issue, transition_id: object) -> Transition:
    """Find the transition with this id among the possible ones.

    Raises:
        Refused: 400 when it is not one of them. An id that is not a string is refused as the OpenAPI says,
            though the real service is more lenient.
    """
    if not isinstance(transition_id, str):
        raise refusal(400, "Transition id must be a string.")
    for one in possible(issue):
        if one.id == transition_id:
            return one
    raise refusal(400, f"Transition id '{transition_id}' is not valid for this issue.")


def missing(transition: Transition, given: dict[str, object]) -> dict[str, str]:
    """Name the required fields of its screen that ``given`` leaves empty, with Jira's message for each."""
    empty = [name for name in transition.required if given.get(name) in (None, ())]
    return {name: f"{FIELDS[name].name} is required." for name in empty}


def resolution_after(transition: Transition, given: dict[str, object], now: Named | None) -> Named | None:
    """Say which resolution the issue has afterwards: the post-function's, or the given one, or as before."""
    if transition.resolution == "-":
        return None
    if transition.resolution:
        return next(one for one in seed.RESOLUTIONS if one.name == transition.resolution)
    value = given.get("resolution", now)
    return value if isinstance(value, Named) else None
