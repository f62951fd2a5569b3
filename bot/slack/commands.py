"""``/itsm``: what somebody typed, carried out; answers that only they see, in their own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from approvals.clicks import Click, Person, person
from approvals.home import waiting_blocks
from approvals.standing import UNDO as UNDO_BUTTON
from bot.core.errands import Errand, InSlack
from bot.core.fingerprint import fingerprint
from bot.core.ids import EventId, ProposalId
from bot.core.words import say
from bot.runtime.envelopes import errand_job
from bot.slack.answers import Answers
from bot.slack.asking import ASK, Access, Finder, Found, Unfound
from bot.slack.asking_status import status
from bot.slack.asking_why import Reasons
from bot.slack.briefs import Private
from bot.slack.briefs_drawing import Sheet
from bot.slack.desk import Desk, Held
from bot.slack.orders import (
    FORMS,
    HELP,
    PENDING,
    SETTINGS,
    STATUS,
    UNDO,
    WHY,
    Order,
    Takes,
    form,
    parse_order,
)
from bot.slack.people import People
from bot.slack.settings_form import Chosen, Settings
from bot.slack.stopping import Stopping
from bot.slack.telling import Telling
from bot.slack.waiting import WaitingRoom

COMMAND_CHARS_MAX: Final = 500
"""Of what is typed; a reason is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command: https://docs.slack.dev/interactivity/implementing-slash-commands."""

    by: Person
    channel: str
    order: Order
    trigger: str = ""
    """Its own id as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What commands are carried out with."""

    desk: Desk
    people: People
    telling: Telling
    private: Private
    access: Access
    finder: Finder
    stopping: Stopping
    waiting: WaitingRoom
    reasons: Reasons
    answers: Answers
    settings: Settings


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
        trigger=str(payload.get("trigger_id") or ""),
    )


class Commands:
    """Carries them out. Every method may raise ``Retry``; doing it again is safe."""

    def __init__(self, means: Means) -> None:
        self._means, self._desk = means, means.desk

    async def run(self, command: Command) -> None:
        """Do what was typed, if this person may, and say what came of it."""
        means, order = self._means, command.order
        language = await means.people.language(command.by.id, self._desk.book.language)
        telling = means.telling.into(language)
        if not order.verb or order.verb == HELP:
            await telling.lines(command.by.id, command.channel, usage(order, telling))
            return
        match FORMS[order.verb][0]:
            case Takes.SCOPE:
                told = await means.stopping.run(order, command.by, telling)
                await telling.lines(command.by.id, command.channel, told)
            case Takes.TICKET:
                await self._about_a_ticket(command, telling)
            case Takes.PROPOSAL:
                await self._about_a_proposal(command, telling)
            case Takes.NOTHING:
                await self._about_oneself(command, telling)

    async def chose(self, choice: Chosen) -> None:
        """Keep the language that somebody picked in a menu of ours."""
        await self._means.settings.chosen(choice, self._desk.book.language)

    # -- a ticket ------------------------------------------------------------------------------------------

    async def _about_a_ticket(self, command: Command, telling: Telling) -> None:
        order, means = command.order, self._means
        if order.verb == STATUS:
            seen = await means.finder.snapshot(command.by, ASK, order.subject, order.connector)
            if isinstance(seen, Unfound):
                await self._unfound(command, seen, telling)
                return
            dossier = await self._desk.journal.dossier(seen.ticket.ref)
            await self._show(command, status(seen.ticket, dossier, telling.language))
            return
        refused = await means.access.refusal(command.by, order.verb, None)
        found = Unfound(refused) if refused else await means.finder.find(order.subject, order.connector)
        if isinstance(found, Unfound):
            await self._unfound(command, found, telling)
            return
        await telling.say(command.by.id, "itsm.under_way", command.channel, key=order.subject)
        await self._desk.lanes.accept(errand_job(_errand(command, found, telling.language)))

    # -- a proposal ----------------------------------------------------------------------------------------

    async def _about_a_proposal(self, command: Command, telling: Telling) -> None:
        skill = ASK if command.order.verb == WHY else UNDO
        refused = await self._means.access.refusal(command.by, skill, None)
        if refused:
            await self._unfound(command, Unfound(refused), telling)
            return
        held = await self._desk.journal.find(ProposalId(command.order.subject))
        if held is None:
            await telling.say(
                command.by.id, "itsm.unknown_proposal", command.channel, proposal=command.order.subject
            )
            return
        # The ticket is read for whether this person may see it; what is told stands in the dossier.
        hidden = await self._means.finder.hidden(command.by, skill, held[0].ref)
        if hidden is not None:
            await self._unfound(command, hidden, telling)
        elif command.order.verb == WHY:
            await self._why(command, held, telling)
        else:
            await self._undo(command, held, telling)

    async def _why(self, command: Command, held: Held, telling: Telling) -> None:
        told = await self._means.reasons.of(held, self._desk.clock.now(), telling.language)
        await self._show(command, told)

    async def _undo(self, command: Command, held: Held, telling: Telling) -> None:
        """Ask for the undo exactly as the button does: the same checks say what speaks against it."""
        dossier, tracked = held
        item = (tracked.proposal.id, tracked.revision)
        click = Click(
            action=UNDO_BUTTON,
            proposal=item[0],
            revision=item[1],
            by=command.by,
            trigger=command.trigger,
            place=None,
            items=(item,),
        )
        await telling.say(
            command.by.id, "itsm.undo_asked", command.channel, says=tracked.proposal.says, key=dossier.key
        )
        await self._means.answers.undo(click)

    # -- oneself -------------------------------------------------------------------------------------------

    async def _about_oneself(self, command: Command, telling: Telling) -> None:
        if command.order.verb == PENDING:
            waiting, more = await self._means.waiting.of(command.by)
            heading = telling.sentence("itsm.pending", n=str(len(waiting) + more))
            blocks = waiting_blocks(waiting, more, telling.language)
            await self._show(command, Sheet(text=heading, blocks=blocks))
        elif command.order.verb == SETTINGS:
            await self._show(command, await self._means.settings.sheet(command.by, telling.language))

    # -- saying it -----------------------------------------------------------------------------------------

    async def _unfound(self, command: Command, why: Unfound, telling: Telling) -> None:
        await telling.say(command.by.id, why.key, command.channel, **why.words)

    async def _show(self, command: Command, what: Sheet) -> None:
        await self._means.private.send(command.by.id, command.channel, what)


def usage(order: Order, telling: Telling) -> list[str]:
    """Return how the command is used, the nearest right form first; escaped."""
    nearest = [telling.sentence("itsm.nearest", form=order.nearest)] if order.nearest else []
    head = telling.sentence("itsm.usage")
    lines = [telling.sentence("itsm.form", form=form(verb), does=_does(verb, telling)) for verb in FORMS]
    return [*nearest, head, *lines]


def _does(verb: str, telling: Telling) -> str:
    return say(telling.language, f"itsm.does.{verb}")


def _errand(command: Command, found: Found, language: str) -> Errand:
    """Return the run of a skill that was asked for; the same command delivered again is the same errand."""
    place = InSlack(channel=command.channel, user=command.by.id, team=command.by.team)
    return Errand(
        # Not the trigger itself, a secret for three seconds: ids are logged.
        id=EventId(f"slack:{fingerprint(command.trigger)[:32]}"),
        skill=command.order.verb,
        connector=found.connector.name,
        key=found.key,
        person=command.by.id,
        language=language,
        place=place,
    )
