"""``countersign eval``: how good the local brain is on past tickets it has not seen."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def evaluate(  # noqa: PLR0913, PLR0917  # a command has as many options as it takes
    file: Annotated[Path, typer.Argument(help="FILE.csv, FILE.csv.gz or FILE.jsonl")],
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Measure the local brain on past tickets it has not seen."""
    from bot.brain.measure.gates import missed, parse_gate  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.brain.measure.page import page_of  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.brain.measure.telling import told  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.measuring import Wanted, measure, write  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    gates = [parse_gate(each) for each in least or ()]
    telling = _Telling()
    try:
        report = measure(Wanted(file, train, mapping, target), telling)
    finally:
        telling.end()
    if page is not None:
        write(page, page_of(report))
    typer.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False) if as_json else told(report))
    failed = missed(report, gates)
    for each in failed:
        typer.echo(f"countersign: {each}", err=True)
    if failed:
        raise typer.Exit(1)


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
