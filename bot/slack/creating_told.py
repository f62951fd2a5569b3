"""How a ticket that somebody asked for came out, told to that person. Fills ``Talks``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from approvals.blocks import escape, is_person, link
from bot.core.deeds import said_in
from bot.core.dossier import Status
from bot.core.effects import TellTalk
from bot.core.ids import SlackUserId
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.creators import Creator
from bot.slack.briefs import Private
from bot.slack.briefs_drawing import Sheet
from bot.slack.creating_again import of_proposal, with_button
from bot.slack.desk import Desk, Held

WHY_CHARS_MAX: Final = 600
"""Of a system's own words about its no: they name the field that is missing."""
SAYS_CHARS_MAX: Final = 300
"""Of the sentence that says what was asked for: a glance, in a direct message."""
SILENT: Final = frozenset({Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN, Status.UNDONE})
"""On its way: the end is told."""
REOPENED: Final = frozenset({Status.FAILED, Status.EXPIRED})
"""Nobody has said no to it: the form may be opened again, with everything in it."""


class Endings:
    """Tells askers; may raise ``Retry``, and doing it again may say it twice."""

    def __init__(self, desk: Desk, private: Private) -> None:
        self._desk, self._private = desk, private

    async def settled(self, order: TellTalk) -> None:
        """Say to whoever asked that it is made, with a link; that it waits; or why it will not be."""
        status = Status(order.status)
        _, user, channel = (*order.talk.split(":", 2), "", "")[:3]
        if status in SILENT or not is_person(user):
            return
        to = SlackUserId(user)
        language = await self._desk.spoken_by(to)
        text = await self._sentence(order, status, language)
        if status in REOPENED:
            # Directly: what only one person sees in a channel is gone when they look again.
            await self._private.send(to, "", with_button(text, of_proposal(order.proposal), language))
            return
        await self._private.send(to, channel, Sheet(text=text))

    async def _sentence(self, order: TellTalk, status: Status, language: str) -> str:
        says = escape(Untrusted(said_in(order.says, language)).line(SAYS_CHARS_MAX))
        held = await self._desk.journal.find(order.proposal)
        receipt = held[1].receipt if held is not None else None
        if status is Status.EXECUTED and receipt is not None:
            return say(language, "create.done", link=link(receipt.url, receipt.reference), says=says)
        if status is Status.PENDING:
            return say(language, "create.waits", says=says)
        words = self._in_words(order.why, held) if held is not None else order.why
        why = escape(Untrusted(words).line(WHY_CHARS_MAX))
        told = say(language, f"status.{status.value}")
        return say(language, "create.ended", says=says, status=told, why=why)

    def _in_words(self, why: str, held: Held) -> str:
        """Return the system's words with its fields called as people call them, or not at all."""
        dossier, tracked = held
        creator: object = self._desk.connectors.get(dossier.ref.connector)
        said: Mapping[str, str] = creator.complaints(why) if isinstance(creator, Creator) else {}
        labels = tracked.proposal.labels
        told = [f"{labels[name]}: {words}" if name in labels else words for name, words in said.items()]
        return "; ".join(dict.fromkeys(told)) or why
