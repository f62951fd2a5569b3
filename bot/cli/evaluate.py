"""``countersign eval``: how good the local brain is on past tickets it has not seen."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.brain.measure.gates import Gate
    from bot.brain.measure.report import Report


def evaluate(  # noqa: PLR0913, PLR0917  # a command has as many options as it takes
    file: Annotated[Path | None, typer.Argument(help="FILE.csv, FILE.csv.gz or FILE.jsonl")] = None,
    source: Annotated[str, typer.Option("--from", help="A connector: measure on what it has solved.")] = "",
    query: Annotated[
        str, typer.Option(help="With --from: which of its solved tickets, as JQL or an encoded query.")
    ] = "",
    live: Annotated[  # noqa: FBT002  # an option, given by name
        bool, typer.Option("--live", help="What it has said in service against what people did.")
    ] = False,
    train: Annotated[
        Path | None, typer.Option(help="Learn from this file; without, the newest fifth of FILE is measured.")
    ] = None,
    mapping: Annotated[str, typer.Option("--map", help="text=COL,category=COL,…")] = "",
    target: Annotated[float, typer.Option(help="How often what it fills alone has to be right.")] = 0.95,
    page: Annotated[Path | None, typer.Option("--html", help="Write a report with plots here.")] = None,
    least: Annotated[
        list[str] | None,
        typer.Option("--min", help="FIELD.METRIC=NUMBER; exit 1 below it (for ece: above it)."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Measure the local brain on past tickets it has not seen, or by what became of its suggestions."""
    from bot.brain.measure.gates import parse_gate  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    _one_source(file, source, query, train, mapping, live=live)
    gates = [parse_gate(each) for each in least or ()]
    if live:
        if gates:
            raise typer.BadParameter("--min goes with a measurement, not with --live")
        _live(source, target, page, as_json=as_json)
        return
    _past(_Asked(file, source, query, train, mapping, target, config), gates, page, as_json=as_json)


@dataclass(frozen=True)
class _Asked:
    """What to measure, as it was typed."""

    file: Path | None
    source: str
    query: str
    train: Path | None
    mapping: str
    target: float
    config: Path | None


def _past(asked: _Asked, gates: Sequence[Gate], page: Path | None, *, as_json: bool) -> None:
    from bot.brain.measure import ladder  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.brain.measure.gates import missed  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.brain.measure.page import page_of  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.brain.measure.telling import told  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.core.rungs import LadderRules  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.measuring import write  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    report = _measured(asked)
    if page is not None:
        write(page, page_of(report))
    climbs = ladder.rows_of_report(report, LadderRules(target=asked.target, floor=min(0.93, asked.target)))
    if as_json:
        typer.echo(_json({**report.as_json(), "ladder": ladder.as_json(climbs)}))
    else:
        typer.echo(told(report) + ladder.advised(climbs))
    failed = missed(report, gates)
    for each in failed:
        typer.echo(f"countersign: {each}", err=True)
    if failed:
        raise typer.Exit(1)


def _measured(asked: _Asked) -> Report:
    from bot.measuring import Wanted, brain_of, measure, past_of  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    telling = _Telling()
    try:
        past = asked.file or asyncio.run(
            past_of(os.environ, asked.config, asked.source, asked.query, telling)
        )
        wanted = Wanted(past, asked.train, asked.mapping, asked.target)
        return measure(wanted, telling, brain=brain_of(os.environ))
    finally:
        telling.end()


def _live(connector: str, target: float, page: Path | None, *, as_json: bool) -> None:
    from bot.brain.measure.live_page import live_page_of  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.brain.measure.live_telling import told  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.measuring import write  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.shadowing import live  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = asyncio.run(live(os.environ, connector, target))
    if page is not None:
        write(page, live_page_of(found))
    typer.echo(_json(found.as_json()) if as_json else told(found))


def _one_source(
    file: Path | None, source: str, query: str, train: Path | None, mapping: str, *, live: bool
) -> None:
    if live:
        if file or query or train or mapping:
            raise typer.BadParameter("--live takes no file: it reads what the running bot has kept")
        return
    if (file is None) == (not source):
        raise typer.BadParameter("give a FILE, --from CONNECTOR or --live, one of them")
    if query and not source:
        raise typer.BadParameter("--query goes with --from CONNECTOR")
    if source and (train or mapping):
        raise typer.BadParameter("--train and --map go with a FILE: a connector knows its fields")


def _json(whole: dict[str, Any]) -> str:
    return json.dumps(whole, indent=2, ensure_ascii=False)


class _Telling:
    """Says what is being done: one line that changes on a terminal, a line each elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._width = 0

    def __call__(self, what: str) -> None:
        """Say it."""
        if self._is_terminal:
            typer.echo(f"\r{what:<{self._width}}", nl=False, err=True)
            self._width = len(what)
        else:
            typer.echo(what, err=True)

    def end(self) -> None:
        """Take the line that changes away."""
        if self._is_terminal and self._width:
            typer.echo("\r" + " " * self._width + "\r", nl=False, err=True)
