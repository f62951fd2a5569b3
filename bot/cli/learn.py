"""``countersign learn`` and ``countersign forget``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

TELL_EVERY: Final = 5_000
"""Tickets between two lines where the output is no terminal."""

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def learn(  # noqa: PLR0913, PLR0917  # a command has as many options as it takes
    file: Annotated[Path | None, typer.Argument(help="FILE.csv, FILE.csv.gz or FILE.jsonl")] = None,
    source: Annotated[str, typer.Option("--from", help="A connector: learn from what it has solved.")] = "",
    query: Annotated[
        str, typer.Option(help="With --from: which of its solved tickets, as JQL or an encoded query.")
    ] = "",
    mapping: Annotated[str, typer.Option("--map", help="text=COL,category=COL,… for a file")] = "",
    connector: Annotated[str, typer.Option(help="Whose tickets the file holds.")] = "jira",
    again: Annotated[bool, typer.Option("--refit", help="Only fit anew to what is remembered.")] = False,  # noqa: FBT002  # an option, given by name
    config: Config = None,
    as_json: AsJson = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Teach the local brain from past tickets. A run that was killed goes on where it was."""
    from bot.clock import SystemClock  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.teaching import learn_file, learn_from, lesson, refit  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    _one_source(file, source, query, mapping, again=again)
    if again:
        fitted = refit(os.environ, connector)
        typer.echo(json.dumps(fitted, indent=2, ensure_ascii=False) if as_json else _fitted(fitted["model"]))
        return
    telling = Telling()
    begun = lesson(os.environ, source or connector, SystemClock().now(), telling)
    try:
        if file is not None:
            told = learn_file(begun, file, mapping)
        else:
            told = asyncio.run(learn_from(begun, os.environ, config, query))
    finally:
        telling.end()
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for note in told["notes"]:
        typer.echo(f"note: {note}", err=True)
    typer.echo(_learned(told))
    if told["model"]:
        typer.echo(_fitted(told["model"]))


def forget(
    key: Annotated[str, typer.Argument(help="The ticket's key, like OPS-12 or INC0010023.")],
    connector: Annotated[str, typer.Option(help="Whose ticket it is.")] = "jira",
    as_json: AsJson = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Remove a ticket from what was learned; it is not learned again."""
    from bot.forgetting import forget_open  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.teaching import forget  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    told = forget(os.environ, connector, key)
    told["open"] = asyncio.run(forget_open(os.environ, connector, key))
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False) if as_json else _forgotten(told))


class Telling:
    """Says how many tickets were read: one line that changes on a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._told = 0
        self._show: Callable[[int], None] = self._redraw if self._is_terminal else self._line

    def __call__(self, read: int) -> None:
        """Take note of the number."""
        self._show(read)

    def end(self) -> None:
        """Leave the line that changes."""
        if self._is_terminal and self._told:
            typer.echo("", err=True)

    def _redraw(self, read: int) -> None:
        self._told = read
        typer.echo(f"\r{read:,} tickets read", nl=False, err=True)

    def _line(self, read: int) -> None:
        if read // TELL_EVERY > self._told // TELL_EVERY:
            typer.echo(f"{read:,} tickets read", err=True)
        self._told = read


def _one_source(file: Path | None, source: str, query: str, mapping: str, *, again: bool) -> None:
    given = [name for name, is_given in (("FILE", file), ("--from", source), ("--refit", again)) if is_given]
    if len(given) != 1:
        raise typer.BadParameter("give a FILE, --from CONNECTOR or --refit, one of them")
    if query and not source:
        raise typer.BadParameter("--query goes with --from CONNECTOR")
    if mapping and file is None:
        raise typer.BadParameter("--map goes with a FILE: a connector knows its fields")


def _fitted(model: dict[str, Any]) -> str:
    if model["kept"]:
        return f"the classifier in use stays: with what is remembered now, {model['kept']}"
    if model["version"] is None:
        return (
            "no classifier: a field needs 300 tickets and two values or more, and none has that in "
            f"{model['lessons']:,}. Similar tickets are shown all the same"
        )
    lines = [f"classifier {model['version']} fitted to {model['lessons']:,} tickets"]
    for name, field in model["fields"].items():
        lines.append(
            f"  {name}: {field['accuracy']:.1%} right; sure of {field['coverage']:.1%}, and then right in "
            f"{field['precision']:.1%} ({field['lessons']:,} tickets, {field['classes']} values)"
        )
    return "\n".join(lines)


def _learned(told: dict[str, Any]) -> str:
    return (
        f"{told['read']:,} tickets read, {told['learned']:,} of them new or changed, {told['skipped']:,} "
        f"left out (no words, no field, a copy, too old or forgotten). {told['kept']:,} are remembered for "
        f"{told['connector']} now"
    )


def _forgotten(told: dict[str, Any]) -> str:
    key, connector = told["key"], told["connector"]
    said = (
        f"removed {key} from what was learned for {connector}: words, fields, answer and pseudonym"
        if told["removed"]
        else f"{key} was not among what was learned for {connector}"
    )
    if told["open"]:
        said += ", and from the open tickets that others are compared with"
    return (
        f"{said}. It will not be learned again. Models fitted before hold weights of words, no texts; the "
        f"next fit is without it. {told['kept']:,} tickets are remembered"
    )
