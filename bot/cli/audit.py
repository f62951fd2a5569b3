"""``countersign audit``: print the key, export, verify, shred."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn

import typer

from bot.core.foreign import thing

if TYPE_CHECKING:
    from bot.audit.findings import Checked

app = typer.Typer(no_args_is_help=True, help="The audit: who decided what, sealed so that an edit shows.")

MEGABYTE = 1_000_000
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Moment = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="By the time of sealing.")
]


@app.command()
def key(as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """Print the public key that seals here, for whoever will verify; the pair is made on the first run."""
    from bot.audit.keys import own_key  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.settings import Environment, read_settings  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    env = Environment(os.environ)
    public = own_key(env, read_settings(env).data).public
    if as_json:
        typer.echo(json.dumps({"id": public.id, "public": public.text, "fingerprint": public.fingerprint}))
        return
    typer.echo(public.text)
    typer.echo(f"fingerprint {public.fingerprint}", err=True)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; left out or -: standard output.")] = None,
    since: Moment = None,
    until: Moment = None,
    *,
    clear: Annotated[
        bool, typer.Option("--clear", help="With people's words, readable. Keep it safe.")
    ] = False,
) -> None:
    """Write the audit as JSON Lines that "verify" can check without us."""
    from bot.audit.export import Wanted  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.auditing import export as run  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    wanted = Wanted(since=_utc(since), until=_utc(until), clear=clear)
    if file is None or str(file) == "-":
        asyncio.run(run(os.environ, sys.stdout.buffer, wanted, _silent))
        return
    # Half an export under the name of a whole one would be taken for one.
    part = file.with_name(file.name + ".part")
    told = _progress if sys.stderr.isatty() else _silent
    with _part(part) as out:
        size = asyncio.run(run(os.environ, out, wanted, told))
    part.replace(file)
    typer.echo(f"wrote {size} bytes to {file}", err=True)


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="An export; left out or -: standard input.")] = None,
    trusted: Annotated[
        list[str] | None,
        typer.Option("--key", help="A public key to trust, or a file with it; once for each replica's key."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  # an option, given by name
) -> None:
    """Check an export, offline: exit 0 when it is whole, 1 with the first thing that is wrong."""
    from bot.audit.keys import public_key  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second
    from bot.audit.verify import verify as run  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    keys = [public_key(text) for text in trusted or ()]
    with _opened(file) as lines, _watched(lines):
        found = run(lines, keys)
    typer.echo(json.dumps(found.as_json(), indent=2) if as_json else _told(found))
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def shred(
    ticket: Annotated[str, typer.Option(help="CONNECTOR:ID as records have it; - for what has no ticket.")],
    why: Annotated[str, typer.Option(help="Goes into the audit.")],
) -> None:
    """Destroy what people wrote about one ticket, for good. The audit stays whole and says who did it."""
    from bot.auditing import shred as run  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    done = asyncio.run(run(os.environ, ticket, why))
    if not done.done:
        _fail("it is asked for, and no worker has done it yet: the next one that runs will. Is one running?")
    typer.echo(f"destroyed: the words about {ticket}, in this audit and in every copy of its records")
    if not done.history:
        typer.echo("Redis still has the key in its append-only file: run BGREWRITEAOF there", err=True)
    typer.echo(
        "Backups of Redis from before still hold the key, and exports with --clear the words", err=True
    )


@app.command()
def status(as_json: AsJson = False) -> None:  # noqa: FBT002  # an option, given by name
    """Say where the audit stands: how many records, sealed until when, forwarded how far."""
    from bot.auditing import status as run  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    found = asyncio.run(run(os.environ))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        shown = ", ".join(thing(value)) or value
        typer.echo(f"{name.replace('_', ' '):18} {shown}")


@contextmanager
def _opened(file: Path | None) -> Generator[BinaryIO]:
    """Open what is to be checked."""
    if file is None or str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        export_file = file.open("rb", buffering=MEGABYTE)
    except OSError as error:
        _fail(f"{file} cannot be read: {error.strerror}")
    with export_file:
        yield export_file


@contextmanager
def _part(path: Path) -> Generator[BinaryIO]:
    """Open a new file that nobody else may read; it goes away again when writing fails."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _fail(f"{path} is there already: another export is running, or one was killed. Remove it then")
    except OSError as error:
        _fail(f"{path} cannot be written: {error.strerror}")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except OSError as error:
        path.unlink(missing_ok=True)
        _fail(f"{path} cannot be written: {error.strerror}")
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _watched(file: BinaryIO) -> Generator[None]:
    """Show on a terminal how far a file has been read."""
    if not (sys.stderr.isatty() and file.seekable()):
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_show, args=(file.fileno(), over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _show(handle: int, over: threading.Event) -> None:
    size = os.fstat(handle).st_size
    while not over.wait(0.5) and size:
        # The position of the file itself: asking the reader would wait for it.
        done = os.lseek(handle, 0, os.SEEK_CUR)
        sys.stderr.write(f"\r{100 * done // size:3} % checked")
        sys.stderr.flush()
    sys.stderr.write("\r" + " " * 14 + "\r")


def _told(found: Checked) -> str:
    """Return a check in plain words."""
    lines: list[str] = []
    if found.finding is not None:
        held = f"; {found.records} records before it hold" if found.records else ""
        lines.append(f"NOT WHOLE{held}\n{found.finding.told()}")
    else:
        last = found.first + found.records - 1
        held = (
            f"records {found.first} to {last} hold"
            if found.records
            else "there are no records, and that holds"
        )
        until = f", sealed until {found.until}" if found.until else ""
        lines.append(f"OK: {held}, under {found.heads} signed heads{until}")
    if found.words:
        lines.append(f"The words of {found.words} records are those that were sealed")
    if found.gone:
        lines.append(f"Records 1 to {found.gone} are gone by retention")
    if found.first > found.gone + 1:
        lines.append(f"Records {found.gone + 1} to {found.first - 1} are not in this export; it starts later")
    if not found.pinned:
        lines += [_unpinned(ident, text) for ident, text in found.signers.items()]
    return "\n".join(lines)


def _unpinned(ident: str, text: str) -> str:
    from bot.audit.keys import public_key  # noqa: PLC0415  # imported where needed: the bot's libraries take half a second

    fingerprint = public_key(text).fingerprint
    return (
        f"Key {ident} was taken from the file itself. Compare it with what countersign audit key prints:\n"
        f"  {fingerprint}\n  or give it: --key {text}"
    )


def _utc(moment: datetime | None) -> datetime | None:
    """Read a time given without a zone as this machine's."""
    return moment.astimezone() if moment is not None else None


def _silent(_size: int) -> None:
    """Say nothing."""


def _progress(size: int) -> None:
    with suppress(OSError):
        sys.stderr.write(f"\r{size // MEGABYTE} MB")
        sys.stderr.flush()


def _fail(says: str) -> NoReturn:
    typer.echo(f"countersign: {says}", err=True)
    raise typer.Exit(1)
