"""What new tickets may be made with just now, and by whom: asked of the systems for every form anew."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import structlog

from approvals.clicks import Person
from approvals.creating_form import Draft
from approvals.limits import OPTIONS_MAX
from approvals.policy import Where, evaluate
from bot.core.actions import Action, Risk
from bot.core.creation import VERB, CreationForm
from bot.core.errors import BotError, Reject
from bot.core.ids import ActionName
from bot.core.tickets import TicketRef, Value
from bot.core.verdicts import Deny
from bot.creators import Creator
from bot.slack.asking import Declined
from bot.slack.creating_prefill import brief
from bot.slack.desk import Desk
from bot.slack.people import People

QUEUES_MAX: Final = 100
"""Projects and tables in one menu: Slack lists no more."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Live:
    """Reads; nothing here changes anything."""

    def __init__(self, desk: Desk, people: People) -> None:
        self._desk, self._people = desk, people

    def creator(self, name: str) -> Creator:
        """Return the system.

        Raises:
            Declined: it is not set up any more, or takes no new tickets.
        """
        found: object = self._desk.connectors.get(name)
        if not isinstance(found, Creator):
            raise Declined("create.no_system", {})
        return found

    async def queues(self, by: Person) -> list[tuple[str, Value]]:
        """Return where the policy lets this person make tickets, in every system that answers.

        Raises:
            Declined: nowhere, with the reason.
        """
        creators = {name: each for name, each in self._desk.connectors.items() if isinstance(each, Creator)}
        if not creators:
            raise Declined("create.no_system", {})
        found = await asyncio.gather(*(_asked(each) for each in creators.values()))
        heard = [
            (name, queue) for name, queues in zip(creators, found, strict=True) for queue in queues or ()
        ]
        if not heard:
            away = [name for name, queues in zip(creators, found, strict=True) if queues is None]
            raise (
                Declined("create.away", {"system": ", ".join(away)})
                if away
                else Declined("create.no_queue", {})
            )
        allowed = [each for each in heard if self._may_be_made(by, *each)]
        if not allowed:
            raise Declined("create.off", {})
        return allowed[:QUEUES_MAX]

    async def creation(self, draft: Draft) -> CreationForm:
        """Return what may be filled in now; menus that are searched hold what was chosen, if it is there.

        Raises:
            Declined: there is no such queue, or its system does not answer.
        """
        meta = draft.meta
        creator = self.creator(meta.connector)
        try:
            form = await creator.creation(meta.queue, meta.type, brief(draft.picks), meta.also)
            fields = [
                replace(
                    each, choices=replace(each.choices, values=await creator.named(form.queue, name, ids))
                )
                if each.searched and (ids := draft.picks.get(name := each.choices.field, ()))
                else each
                for each in form.fields
            ]
        except Reject as no:
            log.info("form_not_offered", connector=meta.connector, why=str(no))
            raise Declined("create.moved", {"queue": meta.queue}) from no
        except BotError as away:
            raise Declined("create.away", {"system": meta.connector}) from away
        return replace(form, fields=tuple(fields))

    async def searched(self, draft: Draft, name: str, words: str) -> tuple[Value, ...]:
        """Return what a menu that nobody can list offers for what was typed. Raises as ``Creator``'s."""
        return await self.creator(draft.meta.connector).searched(draft.meta.queue, name, words, OPTIONS_MAX)

    async def requester(self, by: Person, name: str, offers: CreationForm) -> Value | None:
        """Return the account of whoever asks, by the address that Slack has confirmed; None: nobody's."""
        creator: object = self._desk.connectors.get(name)
        email = await self._people.address(by.id) if offers.takes_requester else ""
        if not email or not isinstance(creator, Creator):
            return None
        try:
            return await creator.requester(email)
        except Reject as no:
            log.info("requester_not_found", connector=name, why=type(no).__name__)
            return None

    def _may_be_made(self, by: Person, name: str, queue: Value) -> bool:
        """Whether some rule speaks of it; what it says of this very ticket is asked when it is wanted."""
        connector = self._desk.connectors[name]
        action = Action(ActionName(f"{connector.kind}.{VERB}"), TicketRef(name, ""), {}, Risk.IRREVERSIBLE)
        where = Where(connector=name, queue=queue.id, by=str(by.id))
        return not isinstance(evaluate(self._desk.book, action, where, human=False), Deny)


async def _asked(creator: Creator) -> tuple[Value, ...] | None:
    """Return where a system lets tickets be made; None: it does not answer."""
    try:
        return await creator.queues()
    except BotError as error:
        log.info("queues_not_read", why=f"{type(error).__name__}: {error}")
        return None
