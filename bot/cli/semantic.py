"""``countersign semantic``: the model behind the optional sentence vectors."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="Sentence vectors, an extra: make their model, or see if it works."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def build(
    source: Annotated[
        Path,
        typer.Argument(metavar="WHEEL_OR_FOLDER", help="Where all-MiniLM-L6-v2 lies; nothing is fetched."),
    ],
    as_json: AsJson = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Make the small model from the published weights and put it into the data directory."""
    from bot.brain.semantic.building import build  # noqa: PLC0415  # imported where needed: the libraries take a while

    facts = build(source, _data())
    if as_json:
        typer.echo(json.dumps(asdict(facts), indent=2))
        return
    typer.echo(
        f"made {facts.name}: {facts.agreement:.3f} alike to the original; running bots take it when started"
    )


@app.command()
def check(as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """Say whether sentence vectors are there, and if not, why; ends with 1 if not."""
    from bot.brain.semantic.embedder import standing  # noqa: PLC0415  # imported where needed: the libraries take a while

    found = standing(_data())
    typer.echo(json.dumps(asdict(found), indent=2) if as_json else found.sentence)
    raise typer.Exit(0 if found.ready else 1)


def _data() -> Path:
    from bot.settings import Environment, read_settings  # noqa: PLC0415  # imported where needed: the libraries take a while

    return read_settings(Environment(os.environ)).data
