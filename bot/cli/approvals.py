"""``countersign approvals``: decide at a terminal, for when Slack is away. It is written down who did."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from approvals.policy import Rulebook
    from bot.approving import Counter, Held, Told
    from bot.core.dossier import Tracked
    from bot.operating import Operator

app = typer.Typer(
    no_args_is_help=True, help="Approvals at a terminal, for when Slack is away: list, show, decide, undo."
)
standing_app = typer.Typer(no_args_is_help=True, help="Standing permissions: what needs no card any more.")
app.add_typer(standing_app, name="standing")

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (default ./countersign.yaml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Named = Annotated[
    str, typer.Argument(metavar="ID", help="A proposal's id, the start of it, or a ticket's key.")
]
Claimed = Annotated[
    str,
    typer.Option(
        "--as",
        help="Your name under operators:, where this account is not your own. Both are recorded.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every command here needs."""

    book: Rulebook

    def at(self, work: Callable[[Counter], Awaitable[Result]]) -> Result:
        """Connect, do ``work``, and disconnect."""
        return asyncio.run(self._at(work))

    async def _at(self, work: Callable[[Counter], Awaitable[Result]]) -> Result:
        from bot.app import PREFIX  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
        from bot.approving import Counter  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
        from bot.clock import SystemClock  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
        from bot.operating import reached  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
        from bot.runtime.memberships import Memberships  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

        async with reached(os.environ) as redis:
            memory = Memberships(redis, PREFIX)
            return await work(Counter(redis, PREFIX, self.book, SystemClock(), memory))

    def who(self, claimed: str) -> Operator:
        """Return who is at the keyboard."""
        from bot.operating import operator  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

        return operator(os.environ, claimed, self.book.operators)


@app.command("list")
def waiting(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """List what waits for people, the oldest first."""
    from bot.cli import approvals_view  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = _desk(config).at(lambda counter: counter.waiting())
    typer.echo(
        approvals_view.as_json([approvals_view.row(*held) for held in found])
        if as_json
        else approvals_view.in_brief(found)
    )


@app.command()
def show(named: Named, config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """Show exactly what would be done, who asked, which rule, who agreed, and until when."""
    desk = _desk(config)
    held = desk.at(lambda counter: counter.find(named, meant=_waits))
    _show(desk, held, as_json=as_json)


@app.command()
def approve(named: Named, yes: Yes = False, claimed: Claimed = "", config: Config = None) -> None:  # noqa: FBT002  # an option, given by name
    """Approve what is shown, after asking; same checks as in Slack."""
    from bot.core.events import Answer  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    desk = _desk(config)
    by = desk.who(claimed)
    _may_ask(yes=yes)
    held = desk.at(lambda counter: counter.find(named, meant=_waits))
    _show(desk, held)
    _ask("Approve exactly this?", yes=yes)
    _tell(desk.at(lambda counter: counter.answer(held, Answer.APPROVE, by)))


@app.command()
def reject(
    named: Named,
    why: Annotated[str, typer.Option(help="Goes on the card and on the ticket.")],
    claimed: Claimed = "",
    config: Config = None,
) -> None:
    """Reject it. The same change is not proposed again for what the ticket says now."""
    from bot.core.events import Answer  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    desk = _desk(config)
    by = desk.who(claimed)

    async def work(counter: Counter) -> Told:
        held = await counter.find(named, meant=_waits)
        return await counter.answer(held, Answer.REJECT, by, why)

    _tell(desk.at(work))


@app.command()
def undo(named: Named, yes: Yes = False, claimed: Claimed = "", config: Config = None) -> None:  # noqa: FBT002  # an option, given by name
    """Set back what was done, if nobody has built on it; the policy decides who has to agree."""
    desk = _desk(config)
    by = desk.who(claimed)
    _may_ask(yes=yes)
    held = desk.at(lambda counter: counter.find(named, meant=_was_done))
    _show(desk, held)
    _ask("Set this back?", yes=yes)
    _tell(desk.at(lambda counter: counter.undo(held, by)))


@standing_app.command("list")
def standing_list(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """List the standing permissions, newest first."""
    from bot.cli import approvals_view  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = _desk(config).at(lambda counter: counter.standing())
    typer.echo(
        approvals_view.as_json([approvals_view.standing_row(grant) for grant in found])
        if as_json
        else approvals_view.standing(found)
    )


@standing_app.command("revoke")
def standing_revoke(
    shape: Annotated[str, typer.Argument(help="Its shape, or the start of it.")],
    claimed: Claimed = "",
    config: Config = None,
) -> None:
    """Take a standing permission back: from now on a card asks again."""
    from bot.core.untrusted import Untrusted  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    desk = _desk(config)
    by = desk.who(claimed)
    grant = desk.at(lambda counter: counter.revoke(shape, by))
    typer.echo(f"revoked: {Untrusted(grant.says).line()}")


def _desk(config: Path | None) -> _Desk:
    from bot.logs import configure  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.operating import policy  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    # What a command prints is its answer; the log would stand in between.
    configure("text", "WARNING")
    return _Desk(policy(os.environ, config))


def _show(desk: _Desk, held: Held, *, as_json: bool = False) -> None:
    from bot.cli import approvals_view  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    shown: Any = (
        approvals_view.as_json(approvals_view.row(*held))
        if as_json
        else approvals_view.in_full(*held, desk.book.language)
    )
    typer.echo(shown)


def _may_ask(*, yes: bool) -> None:
    """Leave where nobody could answer: a script that means it says so."""
    if not yes and not sys.stdin.isatty():
        typer.echo("countersign: this is no terminal, so nobody can be asked: add --yes to decide", err=True)
        raise typer.Exit(2)


def _ask(question: str, *, yes: bool) -> None:
    if not yes and typer.prompt(f"{question} Type yes", default="", show_default=False).strip() != "yes":
        typer.echo("countersign: nothing happened", err=True)
        raise typer.Exit(1)


def _tell(told: Told) -> None:
    typer.echo(told.words, err=not told.done)
    if not told.done:
        raise typer.Exit(1)


def _waits(tracked: Tracked) -> bool:
    return tracked.status.value == "pending"


def _was_done(tracked: Tracked) -> bool:
    return tracked.status.value == "executed"
