"""``countersign stop``, ``resume`` and ``stops``: the kill switch at a terminal."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.core.errors import Misconfigured

if TYPE_CHECKING:
    from bot.runtime.stops import Names, Stop

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
]
Connector = Annotated[str, typer.Option(help="Only this connector.")]
Skill = Annotated[str, typer.Option(help="Only this skill.")]
Claimed = Annotated[
    str, typer.Option("--as", help="Who you are, where this account is not your own. It is recorded too.")
]


def stop(
    why: Annotated[str, typer.Option(help="Shown wherever something is not done because of it.")],
    connector: Connector = "",
    skill: Skill = "",
    cancel: Annotated[bool, typer.Option(help="Also call off what waits for people.")] = False,  # noqa: FBT002  # an option, given by name
    claimed: Claimed = "",
    config: Config = None,
) -> None:
    """Kill switch: nothing executes any more, on all replicas; approvals stay pending."""
    from bot.operating import operator, stop  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.runtime.stops import scope_of  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    _one_of(connector, skill)
    if not why.strip():
        raise typer.BadParameter("say why: it is shown wherever something is not done because of it")
    scope = scope_of(connector, skill, _known(config))
    _quiet()
    count = asyncio.run(stop(os.environ, scope, why, operator(os.environ, claimed, {}), cancel=cancel))
    typer.echo(f"stopped: {scope}" + (f"; {count} called off" if cancel else ""))


def resume(
    connector: Connector = "", skill: Skill = "", claimed: Claimed = "", config: Config = None
) -> None:
    """Lift a stop."""
    from bot.operating import operator, resume  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.runtime.stops import scope_of  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    del config  # whatever is stopped can be resumed, also what the file does not name any more
    _one_of(connector, skill)
    scope = scope_of(connector, skill, None)
    _quiet()
    lifted = asyncio.run(resume(os.environ, scope, operator(os.environ, claimed, {})))
    typer.echo(f"resumed: {scope}" if lifted else f"{scope} was not stopped. See: countersign stops")


def stops(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:  # noqa: FBT002  # an option, given by name
    """List what is stopped, since when, by whom and why."""
    from bot.api import shown  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.operating import stops  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = asyncio.run(stops(os.environ))
    if as_json:
        typer.echo(json.dumps([shown(each) for each in found], indent=2))
    else:
        typer.echo("\n".join(_line(each) for each in found) or "nothing is stopped")


def _one_of(connector: str, skill: str) -> None:
    if connector and skill:
        raise typer.BadParameter("give --connector or --skill, not both")


def _known(config: Path | None) -> Names | None:
    """Return what can be named; None when the file cannot be read, since stopping must work then too."""
    from bot.operating import names  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    try:
        return names(os.environ, config)
    except Misconfigured as wrong:
        typer.echo(f"countersign: not checked against the configuration: {wrong}", err=True)
        return None


def _quiet() -> None:
    """Keep the log off standard output: what a command prints is its answer."""
    from bot.logs import configure  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    configure("text", "WARNING")


def _line(stop: Stop) -> str:
    since = f" since {stop.at:%Y-%m-%d %H:%M} UTC" if stop.at else ""
    return f"{stop.scope}{since} by {stop.by or 'the bot'}: {stop.why}"
