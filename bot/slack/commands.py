"""``/itsm``: the kill switch by hand, for operators and approvers; answers only they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from approvals.blocks import is_person
from approvals.clicks import Person, person
from approvals.policy import Rulebook
from bot.core.audit import Record
from bot.core.errors import Misconfigured
from bot.core.words import say
from bot.ports import Clock
from bot.runtime.journal import Journal
from bot.runtime.stops import EVERYTHING, KillSwitch, Names, Stop, scope_of
from bot.slack.people import People
from bot.slack.telling import Telling

COMMAND = "/itsm"
STOP, RESUME, STOPS = "stop", "resume", "stops"
CONNECTOR, SKILL, CANCEL = "connector", "skill", "--cancel"
COMMAND_CHARS_MAX: Final = 500
"""Of what is typed; a reason is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody typed."""

    verb: str
    """Empty: nothing we know, so the usage is shown."""
    connector: str = ""
    skill: str = ""
    why: str = ""
    cancel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command: https://docs.slack.dev/interactivity/implementing-slash-commands."""

    by: Person
    channel: str
    order: Order


def parse_command(payload: Mapping[str, Any]) -> Command:
    """Read a slash command's fields.

    Raises:
        Malformed: they name no person.
    """
    user = {"id": payload.get("user_id", ""), "team_id": payload.get("team_id", "")}
    return Command(
        by=person({"user": user}),
        channel=str(payload.get("channel_id") or ""),
        order=parse_order(str(payload.get("text") or "")[:COMMAND_CHARS_MAX]),
    )


def parse_order(text: str) -> Order:
    """Read ``stop [connector NAME|skill NAME] [--cancel] WHY`` and its like; anything else has no verb."""
    typed = text.split()
    cancel = CANCEL in typed
    parts = [part for part in typed if part != CANCEL]
    verb = parts.pop(0).lower() if parts else ""
    if verb not in {STOP, RESUME, STOPS}:
        return Order(verb="")
    names = {CONNECTOR: "", SKILL: ""}
    if len(parts) > 1 and parts[0].lower() in names:
        names[parts[0].lower()] = parts[1]
        parts = parts[2:]
    return Order(
        verb=verb, connector=names[CONNECTOR], skill=names[SKILL], why=" ".join(parts), cancel=cancel
    )


class Commands:
    """Carries them out. Every method may raise ``Retry``; doing it again is safe."""

    def __init__(
        self,
        switch: KillSwitch,
        journal: Journal,
        people: People,
        telling: Telling,
        names: Names,
        clock: Clock,
    ) -> None:
        """``names``: what can be stopped."""
        self._switch, self._journal, self._people = switch, journal, people
        self._telling, self._names, self._clock = telling, names, clock

    async def run(self, command: Command) -> None:
        """Do what was typed, if this person may, and say what came of it."""
        order, to = command.order, command.by.id
        if not order.verb:
            await self._telling.say(to, "itsm.usage", command.channel)
            return
        if not await self._may(command.by):
            await self._refused(command)
            await self._telling.say(to, "itsm.may_not", command.channel)
            return
        try:
            sentences = await self._carry_out(order, f"slack:{to}")
        except Misconfigured as wrong:
            sentences = [self._telling.sentence("itsm.wrong", why=str(wrong))]
        await self._telling.lines(to, command.channel, sentences)

    async def _carry_out(self, order: Order, by: str) -> list[str]:
        if order.verb == STOPS:
            return self._listed(await self._switch.in_force())
        scope = scope_of(order.connector, order.skill, self._names)
        if order.verb == STOP:
            called_off = await self._switch.stop(scope, order.why, by, cancel=order.cancel)
            return self._stopped(scope, called_off, cancel=order.cancel)
        key = "itsm.resumed" if await self._switch.resume(scope, by) else "itsm.not_stopped"
        return [self._telling.sentence(key, scope=self._named(scope))]

    def _stopped(self, scope: str, called_off: int, *, cancel: bool) -> list[str]:
        named = "" if scope == EVERYTHING else f" {scope.replace(':', ' ', 1)}"
        told = self._telling.sentence(
            "itsm.stopped", scope=self._named(scope), resume=f"{COMMAND} {RESUME}{named}"
        )
        return [told, *([self._telling.sentence("itsm.cancelled", n=str(called_off))] if cancel else [])]

    def _listed(self, stops: tuple[Stop, ...]) -> list[str]:
        found = [
            self._telling.sentence("itsm.stop", scope=self._named(each.scope), why=each.why) for each in stops
        ]
        return found or [self._telling.sentence("itsm.none")]

    def _named(self, scope: str) -> str:
        everything = say(self._book.language, "itsm.everything")
        return everything if scope == EVERYTHING else scope.replace(":", " ", 1)

    @property
    def _book(self) -> Rulebook:
        return self._journal.book

    async def _may(self, by: Person) -> bool:
        """Whether this person is an operator, or may approve anything by any rule."""
        named = set(self._book.operators.values())
        for rule in self._book.rules:
            named |= {*rule.ask.approvers, *rule.ask.escalate_to} if rule.ask is not None else set()
        groups = () if by.id in named else sorted(who for who in named if not is_person(who))
        clicker = await self._people.clicker(by, groups, live=False)
        return not clicker.refused and bool({clicker.id, *clicker.groups} & named)

    async def _refused(self, command: Command) -> None:
        record = Record(
            at=self._clock.now(),
            what="command.refused",
            ticket="",
            actor=f"slack:{command.by.id}",
            because="neither an operator nor an approver",
            details={"verb": command.order.verb},
        )
        await self._journal.record(record)
