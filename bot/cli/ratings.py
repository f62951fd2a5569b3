"""``countersign ratings``: what people thought of the agent's answers."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.audit.ratings import Rated

NONE = (
    "nobody has rated an answer in the last {days} days. Each answer of the agent in Slack has two buttons "
    "below it, good and not good: ask people to press them"
)


def ratings(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back to look.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Count good and not good answers by week and by what had made them, and name those to look at."""
    from bot.auditing import ratings as run  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = asyncio.run(run(os.environ, days))
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
        return
    typer.echo(_told(found) if found.weeks else NONE.format(days=days))
    if found.waiting:
        typer.echo(f"{found.waiting} records are not sealed yet, and not counted", err=True)


def _told(found: Rated) -> str:
    """Return both lists in plain words."""
    lines = [f"{'week of':12}{'made by':32}{'good':>6}{'not good':>10}"]
    lines += [f"{each.week!s:12}{each.brain:32}{each.good:6}{each.bad:10}" for each in found.weeks]
    if found.poor:
        lines += ["", "not good, oldest first:"]
        lines += [
            f"  {each.at[:16]}  {each.brain}  record {each.record}"
            + (f", the answer is record {each.answer}" if each.answer else "")
            + f"  run {each.run}"
            for each in found.poor
        ]
        since = found.poor[0].at[:10]
        lines += ["", f"see them: countersign audit export --clear --since {since} FILE"]
    return "\n".join(lines)
