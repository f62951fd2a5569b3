"""The kill switch by hand, from a command or from the Home: who may throw it, and what they are told."""

from __future__ import annotations

from approvals.blocks import is_person
from approvals.clicks import Person
from approvals.policy import Rulebook
from bot.core.audit import Record
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Clock
from bot.runtime.journal import Journal
from bot.runtime.stops import EVERYTHING, WHY_CHARS_MAX, KillSwitch, Names, Stop, scope_of
from bot.slack.orders import COMMAND, RESUME, STOP, STOPS, Order
from bot.slack.people import People
from bot.slack.telling import Telling


class Stopping:
    """Stops and resumes for operators and approvers. Every method may raise ``Retry``; repeating is safe."""

    def __init__(
        self, switch: KillSwitch, journal: Journal, people: People, names: Names, clock: Clock
    ) -> None:
        """``names``: what can be stopped."""
        self._switch, self._journal, self._people = switch, journal, people
        self._names, self._clock = names, clock

    async def run(self, order: Order, by: Person, telling: Telling) -> list[str]:
        """Do what ``order`` says, if this person may, and return what came of it, escaped."""
        if not await self.may(by):
            await self._refused(order, by)
            return [telling.sentence("itsm.may_not")]
        wrong = self._wrong(order, telling.language)
        if wrong:
            return [telling.sentence("itsm.wrong", why=wrong)]
        return await self._carry_out(order, f"slack:{by.id}", telling)

    async def may(self, by: Person) -> bool:
        """Whether this person is an operator, or may approve anything by any rule."""
        named = set(self._book.operators.values())
        for rule in self._book.rules:
            named |= {*rule.ask.approvers, *rule.ask.escalate_to} if rule.ask is not None else set()
        groups = () if by.id in named else sorted(who for who in named if not is_person(who))
        clicker = await self._people.clicker(by, groups, live=False)
        return not clicker.refused and bool({clicker.id, *clicker.groups} & named)

    async def in_force(self) -> tuple[Stop, ...]:
        """Return every stop in force."""
        return await self._switch.in_force()

    def _wrong(self, order: Order, language: str) -> str:
        """Say in the person's language what is wrong; ``scope_of`` and the switch say the same in English."""
        for what, name, known in (
            ("connector", order.connector, self._names.connectors),
            ("skill", order.skill, self._names.skills),
        ):
            if name and known and name not in known:
                return say(language, f"itsm.wrong.{what}", name=name, known=", ".join(sorted(known)))
        if order.verb == STOP and not Untrusted(order.why).line(WHY_CHARS_MAX).strip():
            return say(language, "itsm.wrong.why")
        return ""

    async def _carry_out(self, order: Order, by: str, telling: Telling) -> list[str]:
        if order.verb == STOPS:
            return self._listed(await self._switch.in_force(), telling)
        scope = scope_of(order.connector, order.skill, self._names)
        if order.verb == STOP:
            called_off = await self._switch.stop(scope, order.why, by, cancel=order.cancel)
            return self._stopped(scope, called_off if order.cancel else None, telling)
        resumed = await self._switch.resume(scope, by)
        if not resumed and scope == EVERYTHING:  # perhaps one system or skill is
            return self._listed(await self._switch.in_force(), telling)
        key = "itsm.resumed" if resumed else "itsm.not_stopped"
        return [telling.sentence(key, scope=named(scope, telling.language))]

    def _stopped(self, scope: str, called_off: int | None, telling: Telling) -> list[str]:
        behind = "" if scope == EVERYTHING else f" {scope.replace(':', ' ', 1)}"
        told = telling.sentence(
            "itsm.stopped", scope=named(scope, telling.language), resume=f"{COMMAND} {RESUME}{behind}"
        )
        if called_off is None:
            return [told]
        return [told, telling.sentence("itsm.cancelled", n=str(called_off))]

    def _listed(self, stops: tuple[Stop, ...], telling: Telling) -> list[str]:
        found = [
            telling.sentence("itsm.stop", scope=named(each.scope, telling.language), why=each.why)
            for each in stops
        ]
        return found or [telling.sentence("itsm.none")]

    @property
    def _book(self) -> Rulebook:
        return self._journal.book

    async def _refused(self, order: Order, by: Person) -> None:
        record = Record(
            at=self._clock.now(),
            what="command.refused",
            ticket="",
            actor=f"slack:{by.id}",
            because="neither an operator nor an approver",
            details={"verb": order.verb},
        )
        await self._journal.record(record)


def named(scope: str, language: str) -> str:
    """Return what people call a scope."""
    return say(language, "itsm.everything") if scope == EVERYTHING else scope.replace(":", " ", 1)
