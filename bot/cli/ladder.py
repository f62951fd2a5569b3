"""``countersign ladder``: modes that move by what came true, at a terminal."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from approvals.policy import Rulebook
    from bot.laddering import Listed, Rail

app = typer.Typer(
    no_args_is_help=True, help="Modes that move by what came true: the figures, the moves, the way back."
)
Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
]
Result = TypeVar("Result")


@app.command("list")
def listed(
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Show for each queue, field and value what came true, and which mode that speaks for."""
    from bot.brain.measure.ladder import told  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = _at(config, lambda rail: rail.listed())
    if as_json:
        typer.echo(json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False))
        return
    for each in found:
        lines = [each.ladder.connector, told(each.rows), *_moves(each)]
        typer.echo("\n".join(_printable(line) for text in lines for line in text.splitlines()))
    if not found:
        typer.echo("nothing has come true yet, and no mode was moved")


@app.command()
def undo(
    named: Annotated[str, typer.Argument(metavar="ID", help="A move's id, or the start of it.")],
    claimed: Annotated[
        str, typer.Option("--as", help="Who you are, where this account is not your own. It is recorded too.")
    ] = "",
    config: Config = None,
) -> None:
    """Take the move of a mode back; same checks as a click on its card."""
    from bot.operating import operator, policy  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    by = operator(os.environ, claimed, policy(os.environ, config).operators)
    told = _at(config, lambda rail: rail.undo(named, by))
    typer.echo(told.words, err=not told.done)
    if not told.done:
        raise typer.Exit(1)


def _at(config: Path | None, work: Callable[[Rail], Awaitable[Result]]) -> Result:
    """Connect, do ``work``, and disconnect."""
    from bot.logs import configure  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.operating import kinds, policy  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    configure("text", "WARNING")  # off standard output: what a command prints is its answer
    book, named = policy(os.environ, config), kinds(os.environ, config)
    return asyncio.run(_connected(book, named, work))


async def _connected(
    book: Rulebook, kinds: Mapping[str, str], work: Callable[[Rail], Awaitable[Result]]
) -> Result:
    from bot.app import PREFIX  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.clock import SystemClock  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.laddering import Rail  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.operating import reached  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.runtime.envelopes import ALL_POOLS  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.runtime.lanes import Lanes  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    async with reached(os.environ) as redis:
        lanes = Lanes(redis, PREFIX, pools=ALL_POOLS)
        return await work(Rail(redis, lanes, book, SystemClock(), kinds))


def _moves(listed: Listed) -> list[str]:
    steps = listed.as_json()["steps"]
    return [
        f"{each['id'][:9]}  {each['status']}  {each['queue']}  {each['field']} = {each['value']}: "
        f"{each['from']} to {each['to']}, {each['at'][:16]} by {each['by']}"
        for each in steps
    ]


def _printable(text: str) -> str:
    """Return a line that a terminal obeys in nothing: names of values are the ticket system's."""
    return "".join(each if each.isprintable() else " " for each in text)
