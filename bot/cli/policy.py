"""``countersign policy``: whether the file is right, who must agree to what, and why."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The policy file: is it right, who must agree to what, and why.")

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """Check the configuration; every mistake is named with file, line and key."""
    from bot.checking import check  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = check(os.environ, config)
    if as_json:
        told = {"rules": found.rules, "modes": found.modes, "warnings": list(found.warnings)}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for warning in found.warnings:
        typer.echo(f"warning: {warning}")
    typer.echo(f"OK: {_counted(found.rules, 'rule')}, {_counted(found.modes, 'mode')}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    from bot.config import schema  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    typer.echo(json.dumps(schema(), indent=2))


@app.command()
def explain(  # noqa: PLR0913, PLR0917  # one parameter an option
    ticket: Annotated[str, typer.Option(metavar="KEY", help="The ticket, such as OPS-1.")] = "",
    action: Annotated[str, typer.Option(metavar="NAME", help="What is to be done: jira.set_fields.")] = "",
    arg: Annotated[
        list[str] | None,
        typer.Option(metavar="K=V", help="An argument: fields.priority=High. May be repeated."),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="WHO", help="Who asks: a Slack user id, or skill:NAME (the default).")
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="It sets back what was done before.")] = False,  # noqa: FBT002  # an option, given by name
    proposal: Annotated[
        str, typer.Option(metavar="ID", help="A proposal, decided or not, instead of a ticket and an action.")
    ] = "",
    at: Annotated[
        str, typer.Option(metavar="TIME", help="By the policy in force then: 2026-10-01T12:00Z.")
    ] = "",
    connector: Annotated[str, typer.Option(help="Whose ticket it is, where two systems have the key.")] = "",
    config: Config = None,
    as_json: AsJson = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Say who must agree to a change, by which rule, and why not by the others."""
    from bot.explaining import Explainer, Wanted  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    if bool(proposal) == bool(ticket or action) or bool(ticket) != bool(action):
        raise typer.BadParameter("give --ticket and --action, or --proposal")
    if proposal and (arg or by or undo or connector):
        raise typer.BadParameter("a proposal says itself who asks for what: give --proposal with --at alone")
    wanted = Wanted(
        proposal=proposal,
        ticket=ticket,
        connector=connector,
        action=action,
        args=tuple(arg or ()),
        by=by,
        undo=undo,
        at=_moment(at) if at else None,
    )
    told = asyncio.run(Explainer(os.environ, config).explain(wanted))
    typer.echo(json.dumps(told.json, indent=2, ensure_ascii=False) if as_json else told.text)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"--at {text!r}: write a time such as 2026-10-01T12:00Z") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
