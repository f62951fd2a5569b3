"""Countersign: reads every ticket, drafts, and changes nothing without a click.

Exit codes: 0 done, 1 something is wrong and the message says what to do, 2 bad usage.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bot.cli import approvals, audit, evaluate, ladder, learn, policy, ratings, semantic, stops
from bot.core.errors import BotError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
dead_app = typer.Typer(
    no_args_is_help=True, help="Dead letters: what could not be done or read, kept until you decide."
)
app.add_typer(dead_app, name="dead")
app.add_typer(policy.app, name="policy")
app.add_typer(approvals.app, name="approvals")
app.add_typer(audit.app, name="audit")
app.command()(learn.learn)
app.command()(learn.forget)
app.add_typer(semantic.app, name="semantic")
app.add_typer(ladder.app, name="ladder")
app.command("eval")(evaluate.evaluate)
app.command()(ratings.ratings)
app.command()(stops.stop)
app.command()(stops.resume)
app.command()(stops.stops)

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the program; errors of ours become one message and exit code 1."""
    try:
        app()
    except BotError as error:
        typer.echo(f"countersign: {error}", err=True)
        sys.exit(1)


@app.command()
def run(
    config: Config = None,
    role: Annotated[Literal["all", "intake", "worker"], typer.Option(help="What this replica does.")] = "all",
) -> None:
    """Start the bot: HTTP, Slack, workers. Runs until SIGTERM or Ctrl-C."""
    from bot.app import Bot  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.logs import configure  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    bot = Bot(os.environ, config, role=role)
    configure(bot.settings.log_format, bot.settings.log_level)

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        async with bot:
            typer.echo(f"countersign: listening on {bot.url}", err=True)
            await bot.wait(stop)

    _run(serve())


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is; 0: any free port.")] = 8080,
    seed: Annotated[int, typer.Option(help="Another seed, another past.")] = 1,
) -> None:
    """Start the bot with fake vendors on this machine, and print one URL. No account, no key, no network."""
    # By name, because the demo is the sandbox's: it imports the bot, never the other way round.
    sys.exit(importlib.import_module("sandbox.demo").main(port=port, seed=seed))


@app.command()
def manifest(
    kind: Annotated[Literal["slack", "jira", "servicenow"], typer.Argument(help="Whose set-up.")],
    url: Annotated[str, typer.Option(help="Where this bot is reached from outside: https://…")] = "",
    slack_mode: Annotated[
        Literal["socket", "http"], typer.Option(envvar="SLACK_MODE", help="For slack.")
    ] = "socket",
    config: Config = None,
) -> None:
    """Print the set-up artefact of a vendor, with our addresses filled in."""
    from bot.manifests import render  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    where = url or os.environ.get("COUNTERSIGN_PUBLIC_URL", "")
    domains: tuple[str, ...] = ()
    if kind == "slack":
        from bot.previewing import preview_hosts  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

        domains = preview_hosts(os.environ, config)
    typer.echo(render(kind, url=where, slack_mode=slack_mode, domains=domains))


@dead_app.command("list")
def dead_list(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """List dead letters, newest first."""
    rows: list[dict[str, Any]] = _operate(config, "dead_list")
    _show(rows, _letters, as_json=as_json)


@dead_app.command("show")
def dead_show(ident: str, config: Config = None) -> None:
    """Show one dead letter as JSON, with what it carried."""
    typer.echo(json.dumps(_operate(config, "dead_show", ident), indent=2, ensure_ascii=False))


@dead_app.command("replay")
def dead_replay(ident: str, config: Config = None) -> None:
    """Put a dead letter back in its queue; "all" for every one."""
    count: int = _operate(config, "dead_replay", ident)
    _counted(count, "put back in the queue", ident)


@dead_app.command("drop")
def dead_drop(ident: str, config: Config = None) -> None:
    """Delete a dead letter for good."""
    count: int = _operate(config, "dead_drop", ident)
    _counted(count, "deleted", ident)


def _operate(config: Path | None, verb: str, *args: str) -> Any:
    from bot.operating import operate  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    return asyncio.run(operate(os.environ, config, verb, *args))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run the bot's loop on uvloop where there is one: a seventh less CPU a request."""
    try:
        import uvloop  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


def _show(value: Any, words: Callable[[Any], str], *, as_json: bool) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False) if as_json else words(value))


def _letters(rows: list[dict[str, Any]]) -> str:
    return "\n".join(_letter(row) for row in rows) or "no dead letters"


def _letter(row: dict[str, Any]) -> str:
    return f"{row['id']}  {row['kind']}  after {row['attempts']} tries: {row['why']}"


def _counted(count: int, done: str, ident: str) -> None:
    if not count:
        typer.echo(f"countersign: no dead letter is called {ident}. See: countersign dead list", err=True)
        raise typer.Exit(1)
    typer.echo(f"{count} {done}")
