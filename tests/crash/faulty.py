"""The real bot with points at which it ends as by ``kill -9``: ``python -m tests.crash.faulty run …``.

The product knows nothing of this: functions of it are wrapped here, by name, before its own command line
runs. A name that is not there any more ends the process before the bot starts. The file that
``COUNTERSIGN_CRASH_FILE`` names says where to die: ``<point> <how often it is to be reached>``. It may be
written at any time, so that the bot which came back from one death can be the victim of the next. Last words
go to a file beside it.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

FILE: Final = "COUNTERSIGN_CRASH_FILE"
MOVED: Final = 3
"""Exit code when the product has no such name any more."""

Arguments = tuple[Any, ...]
Step = Callable[[Arguments, Any], Awaitable[None]]
"""What happens before or after a wrapped call: takes its arguments, ``self`` first, and its result."""


class Trap:
    """Looks at every point whether this is where the process is to die."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def armed(self, point: str) -> bool:
        """Whether ``point`` is the one, however often it is still to be reached."""
        return self._read()[0] == point

    def reached(self, point: str, told: Iterable[str] = ()) -> None:
        """Die here, if this is the point and it was reached often enough; ``told``: last words."""
        name, times = self._read()
        if name != point:
            return
        if times > 1:
            self._file.write_text(f"{name} {times - 1}")
            return
        self._file.unlink()
        last_words = {"point": point, "pid": os.getpid(), "told": list(told)}
        beside(self._file).write_text(json.dumps(last_words))
        os.kill(os.getpid(), signal.SIGKILL)

    def _read(self) -> tuple[str, int]:
        try:
            name, _, times = self._file.read_text().partition(" ")
        except FileNotFoundError:
            return "", 0
        return name, int(times or 1)


def beside(file: Path) -> Path:
    """Return where the last words are."""
    return file.with_suffix(".died")


@dataclass(frozen=True)
class Point:
    """A place in the product, before or after a call."""

    where: str
    """``module:Class.coroutine``."""
    after: bool
    meant: Callable[[Arguments, Any], bool]
    """Whether this call is one that the point is about; the result is None before the call."""
    told: Callable[[Any], Iterable[str]] = lambda _result: ()


def _stored(kind: str, words: bytes = b"") -> Callable[[Arguments, Any], bool]:
    return lambda arguments, _: arguments[1].kind == kind and words in arguments[1].data


def _internal(wanted: bool) -> Callable[[Arguments, Any], bool]:  # noqa: FBT001  # read aloud below: internal, or not
    return lambda arguments, _: arguments[1].expects_internal is wanted


def _always(_arguments: Arguments, _result: Any) -> bool:
    return True


def _is_card(arguments: Arguments, _: Any) -> bool:
    return arguments[1] == "chat.postMessage" and "metadata" in arguments[-1]


def _decides(event: str) -> Callable[[Arguments, Any], bool]:
    def meant(arguments: Arguments, _: Any) -> bool:
        from bot.runtime.envelopes import unseal  # noqa: PLC0415  # the product is imported only once the process is ours

        lease = arguments[1]
        return lease.kind == "event" and type(unseal(lease.data).body).__name__ == event

    return meant


def _is_the_end(arguments: Arguments, _: Any) -> bool:
    return bool(arguments[1].status == "executed")


def _reports(arguments: Arguments, _: Any) -> bool:
    from bot.runtime.envelopes import unseal  # noqa: PLC0415  # as above

    lease, more = arguments[1], arguments[-1]
    jobs = more.get("spawn", ()) if lease.kind == "effect" else ()
    return any(type(unseal(job.data).body).__name__ == "Executed" for job in jobs)


def _proposals(result: Any) -> Iterable[str]:
    return (str(each.id) for each in result.report.proposals)


ACCEPT: Final = "bot.runtime.acceptor:Acceptor.accept"
FINISH: Final = "bot.runtime.lanes:Lanes.finish"
SENDS: Final = (
    "connectors.jira.connector:JiraConnector.send",
    "connectors.servicenow.client:ServiceNow.send",
)
POINTS: Final[dict[str, tuple[Point, ...]]] = {
    "webhook-stored": (Point(ACCEPT, after=True, meant=_stored("delivery")),),
    "click-stored": (Point(ACCEPT, after=True, meant=_stored("slack", b'"block_actions"')),),
    "click-decided": (Point(FINISH, after=True, meant=_decides("Answered")),),
    "form-stored": (Point(ACCEPT, after=True, meant=_stored("slack", b'"view_submission"')),),
    "form-decided": (Point(FINISH, after=True, meant=_decides("Requested")),),
    "end-told": (Point("bot.slack.creating_told:Endings.settled", after=True, meant=_is_the_end),),
    "skill-thinks": (Point("bot.brain.local:Local.judge", after=False, meant=_always),),
    "skill-ends": (Point("bot.runtime.effects:Effects._skill", after=True, meant=_always, told=_proposals),),
    "card-posted": (Point("bot.slack.client:SlackClient.call", after=True, meant=_is_card),),
    "note-not-sent": tuple(Point(each, after=False, meant=_internal(wanted=True)) for each in SENDS),
    "fields-not-sent": tuple(Point(each, after=False, meant=_internal(wanted=False)) for each in SENDS),
    "note-answered": tuple(Point(each, after=True, meant=_internal(wanted=True)) for each in SENDS),
    "fields-answered": tuple(Point(each, after=True, meant=_internal(wanted=False)) for each in SENDS),
    "write-read-back": (Point(FINISH, after=False, meant=_reports),),
}
HELD: Final = {"card-held": "ShowCard", "note-held": "Execute"}
"""Points between two effects of one transition: this one waits until the other has ended, and then dies."""
HANDLE: Final = "bot.runtime.effects:Effects.handle"


def wrap(where: str, *, before: Step | None = None, after: Step | None = None) -> None:
    """Put steps around the coroutine ``module:Class.name``.

    Raises:
        SystemExit: the product has no such coroutine (any more).
    """
    module, _, path = where.partition(":")
    owner_name, _, name = path.partition(".")
    owner = getattr(importlib.import_module(module), owner_name, None)
    original = vars(owner).get(name) if inspect.isclass(owner) else None
    if not inspect.iscoroutinefunction(original):
        _moved(where)

    @functools.wraps(original)
    async def wrapped(*arguments: Any, **named: Any) -> Any:
        if before is not None:
            await before((*arguments, named), None)
        result = await original(*arguments, **named)
        if after is not None:
            await after((*arguments, named), result)
        return result

    setattr(owner, name, wrapped)


def lay(trap: Trap) -> None:
    """Wrap every point there is."""
    for name, points in POINTS.items():
        for point in points:
            step = _step(trap, name, point)
            wrap(point.where, **{"after" if point.after else "before": step})
    between = _Between(trap)
    wrap(HANDLE, before=between.starts)
    wrap(FINISH, after=between.ended)


def _step(trap: Trap, name: str, point: Point) -> Step:
    async def step(arguments: Arguments, result: Any) -> None:
        if point.meant(arguments, result):
            trap.reached(name, point.told(result))

    return step


class _Between:
    """Holds one effect of a transition back until another one of it has ended."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap
        self._ended: dict[str, asyncio.Event] = {}

    async def starts(self, arguments: Arguments, _: Any) -> None:
        """Wait, and die, if this is the effect to be held back."""
        parent, kind = self._known(arguments[1])
        point = next((name for name, held in HELD.items() if held == kind and self._trap.armed(name)), "")
        if point:
            await self._of(parent).wait()
            self._trap.reached(point)

    async def ended(self, arguments: Arguments, _: Any) -> None:
        """Let those go on that wait for this one."""
        if arguments[1].kind == "effect":
            self._of(self._known(arguments[1])[0]).set()

    def _known(self, lease: Any) -> tuple[str, str]:
        from bot.runtime.envelopes import unseal  # noqa: PLC0415  # as above

        effect = unseal(lease.data).body
        return str(effect.id).rpartition("#")[0], type(effect).__name__

    def _of(self, parent: str) -> asyncio.Event:
        return self._ended.setdefault(parent, asyncio.Event())


def _moved(where: str) -> NoReturn:
    sys.stderr.write(f"faulty: there is no {where} any more: say where it is now\n")
    raise SystemExit(MOVED)


def main() -> None:
    """Run the command line of the product, with every point laid."""
    lay(Trap(Path(os.environ[FILE])))
    from bot.cli import main as product  # noqa: PLC0415  # only now may it bind what was wrapped

    product()


if __name__ == "__main__":
    main()
