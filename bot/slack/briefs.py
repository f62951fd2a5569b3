"""Telling one person something that nobody else sees: in the channel where they asked, else directly."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bot.core.errands import Errand, InSlack
from bot.core.errors import Refused
from bot.core.ids import SlackUserId
from bot.core.reports import Report
from bot.core.tickets import Ticket
from bot.ports import Chat
from bot.slack.briefs_drawing import Sheet, told
from bot.slack.telling import Telling

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Private:
    """Says things to one person alone. Every method may raise ``Retry``; doing it again may say it twice."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def send(self, to: SlackUserId, channel: str, what: Sheet, *, thread: str = "") -> None:
        """Show ``what`` in ``channel``, in its ``thread`` if it was asked for there; else directly."""
        parts = {"text": what.text, **({"blocks": what.blocks} if what.blocks else {})}
        if channel and not channel.startswith("D"):
            place = {"channel": channel, **({"thread_ts": thread} if thread else {})}
            try:
                await self._chat.call("chat.postEphemeral", user=to, **place, **parts)
            except Refused as no:
                # Not in that channel, or it is archived or gone: a direct message may still do.
                log.info("told_directly", why=str(no))
            else:
                return
        await self._directly(to, parts)

    async def _directly(self, to: SlackUserId, parts: Mapping[str, object]) -> None:
        try:
            answer = await self._chat.call("conversations.open", users=to)
            room = str(answer["channel"]["id"])
            await self._chat.call(
                "chat.postMessage", channel=room, unfurl_links=False, unfurl_media=False, **parts
            )
        except Refused as no:
            log.info("nobody_told", why=str(no))


class Replies:
    """Brings what skills found out to whoever asked. Fills ``bot.runtime.errands.Tells``."""

    def __init__(self, private: Private, telling: Telling) -> None:
        self._private, self._telling = private, telling

    async def told(self, errand: Errand, ticket: Ticket, report: Report) -> None:
        """Show it to that one person, where they asked."""
        if isinstance(errand.place, InSlack):
            await self._send(errand.place, told(ticket, report, errand.language))

    async def failed(self, errand: Errand, key: str, words: Mapping[str, str]) -> None:
        """Say to that one person why there is no answer."""
        if isinstance(errand.place, InSlack):
            sentence = self._telling.into(errand.language).sentence(key, **words)
            await self._send(errand.place, Sheet(text=sentence))

    async def _send(self, place: InSlack, what: Sheet) -> None:
        await self._private.send(SlackUserId(place.user), place.channel, what, thread=place.thread_ts)
