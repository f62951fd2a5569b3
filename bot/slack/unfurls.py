"""Previews of links to tickets: a few facts that everybody in a channel may see, of the queues that say so.

The same for whoever looks, because Slack shows one preview to all: no word that somebody wrote on the ticket,
and none at all where whoever wrote the link might not ask about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from approvals.blocks import Block, link, mrkdwn, plain
from approvals.clicks import Person
from approvals.limits import FIELD_CHARS_MAX, faults_of_message
from approvals.modals import PEOPLE_FIELDS
from bot.core.errors import BotError, Missing, Refused
from bot.core.foreign import thing, things
from bot.core.ids import SlackUserId
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat, Connector
from bot.slack.asking import ASK, Access

LINKS_MAX: Final = 5
"""Of one message: each is a read in a ticket system, and more previews are no help."""
LABEL_CHARS_MAX: Final = 100
"""Of one fact's value."""
URL_CHARS_MAX: Final = 2_000
"""Of a link that is looked at; a ticket's has a few dozen characters."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shared:
    """Somebody has written links to hosts of ours: https://docs.slack.dev/reference/events/link_shared."""

    by: Person
    unfurl_id: str
    source: str
    urls: tuple[str, ...]
    foreign: bool
    """Whether people of another company see it, too."""


def parse_shared(payload: Mapping[str, Any]) -> Shared:
    """Read an event; what is missing reads as empty."""
    event = thing(payload.get("event"))
    urls = [str(thing(each).get("url") or "") for each in things(event.get("links"))]
    return Shared(
        by=Person(SlackUserId(str(event.get("user") or "")), str(payload.get("team_id") or "")),
        unfurl_id=str(event.get("unfurl_id") or ""),
        source=str(event.get("source") or ""),
        urls=tuple(dict.fromkeys(url for url in urls if 0 < len(url) <= URL_CHARS_MAX))[:LINKS_MAX],
        foreign=payload.get("is_ext_shared_channel") is not False,
    )


class Unfurls:
    """Makes previews. May raise ``Retry``: Slack is away."""

    def __init__(
        self,
        chat: Chat,
        connectors: Mapping[str, Connector],
        access: Access,
        queues: frozenset[str],
        language: str,
    ) -> None:
        """``queues``: ``<connector>/<queue>`` each; tickets of others are never previewed."""
        self._chat, self._connectors, self._access = chat, connectors, access
        self._queues, self._language = queues, language

    async def shared(self, what: Shared) -> None:
        """Preview the links of one message, where there is anything that everybody may see."""
        if not self._queues or what.foreign or not what.unfurl_id or not what.by.id:
            return
        # A guest who writes guessed links would learn which tickets there are.
        if await self._access.refusal(what.by, ASK, None):
            return
        found = {url: await self._preview(url, what.by) for url in what.urls}
        unfurls = {url: preview for url, preview in found.items() if preview is not None}
        if not unfurls:
            return
        try:
            await self._chat.call(
                "chat.unfurl", unfurl_id=what.unfurl_id, source=what.source, unfurls=unfurls
            )
        except Refused as no:
            log.info("not_unfurled", why=str(no))

    async def _preview(self, url: str, by: Person) -> Mapping[str, Any] | None:
        """Return the preview of one link that ``by`` wrote; None: there is none, or it cannot be read now."""
        for connector in self._connectors.values():
            key = connector.key_of(url)
            if not key:
                continue
            try:
                ticket = (await connector.read(await connector.find(key))).ticket
            except (Missing, Refused):
                return None
            except BotError as away:
                log.info("link_not_read", connector=connector.name, why=str(away))
                return None
            if not self._is_for_all(ticket) or await self._access.refusal(by, ASK, ticket):
                return None
            return self._drawn(ticket)
        return None

    def _is_for_all(self, ticket: Ticket) -> bool:
        return not ticket.restricted and f"{ticket.ref.connector}/{ticket.queue}" in self._queues

    def _drawn(self, ticket: Ticket) -> Mapping[str, Any]:
        blocks = preview(ticket, self._language)
        faults = faults_of_message(ticket.key, blocks)
        assert not faults, f"a preview Slack would refuse: {faults}"
        return {"blocks": blocks}


def preview(ticket: Ticket, language: str) -> list[Block]:
    """Return what everybody may see of a ticket: key, status, priority, who has it, queue."""
    has = next((ticket.fields[name] for name in sorted(PEOPLE_FIELDS) if ticket.fields.get(name)), ())
    facts = (
        ("itsm.field.status", ticket.status.label),
        (
            "itsm.field.priority",
            ", ".join(each.label for each in ticket.fields.get("priority", ()))
            or say(language, "unfurl.unset"),
        ),
        (
            "itsm.field.assignee",
            ", ".join(each.label for each in has) or say(language, "unfurl.nobody"),
        ),
        ("itsm.field.queue", ticket.queue),
    )
    fields = [plain(_fact(label, value, language)) for label, value in facts]
    return [{"type": "section", "text": mrkdwn(link(ticket.url, ticket.key)), "fields": fields}]


def _fact(label: str, value: str, language: str) -> str:
    short = Untrusted(value).line(LABEL_CHARS_MAX)
    told = say(language, "itsm.label", label=say(language, label), value=short)
    return Untrusted(told).line(FIELD_CHARS_MAX)
