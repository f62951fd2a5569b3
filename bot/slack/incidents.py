"""A flood of alike tickets as one Slack message: a question, with links to the tickets; no buttons.

Words of tickets appear only as ``rich_text`` text elements, where Slack parses nothing, or escaped.
"""

from __future__ import annotations

from approvals.blocks import Block, bold, clock, context, escape, header, moment, quote, section, words
from approvals.card import Card
from approvals.limits import faults_of_message
from bot.core.errors import Refused
from bot.core.events import CardPlace
from bot.core.incidents import Incident, Queue
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat

LINKS_MAX = 20
"""Tickets named in the message; nobody opens more of them to see whether they are one incident."""
TERMS_CHARS_MAX = 200
"""Of the words they share."""
NAME_CHARS_MAX = 80
"""Of a queue's name."""
TEXT_CHARS_MAX = 300
"""Of what a notification shows."""
GONE = frozenset({"message_not_found", "channel_not_found", "is_inactive", "cant_update_message"})
"""Somebody deleted the message, or the channel: it is not put up again."""


class IncidentMessages:
    """Fills the ``Message`` port of the runtime."""

    def __init__(self, chat: Chat, channel: str, language: str) -> None:
        """``channel``: where cards go as well; empty: nothing is shown."""
        self._chat, self._channel, self._language = chat, channel, language

    async def show(self, queue: Queue, incident: Incident) -> CardPlace | None:
        """Post the message or bring it up to date.

        Raises:
            Retry: Slack is busy or away.
            Refused: it does not take the message: no such channel, or the bot is not in it.
        """
        drawn = draw(queue, incident, self._language)
        if incident.place is not None:
            await self._update(incident.place, drawn)
            return incident.place
        if not self._channel:
            return None
        answer = await self._chat.call(
            "chat.postMessage",
            channel=self._channel,
            text=drawn.text,
            blocks=drawn.blocks,
            unfurl_links=False,
            unfurl_media=False,
        )
        return CardPlace(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def _update(self, at: CardPlace, drawn: Card) -> None:
        try:
            await self._chat.call(
                "chat.update", channel=at.channel, ts=at.ts, text=drawn.text, blocks=drawn.blocks
            )
        except Refused as no:
            if str(no) not in GONE:
                raise


def draw(queue: Queue, incident: Incident, language: str) -> Card:
    """Draw ``incident`` as it stands."""
    over = incident.over_at is not None
    terms = Untrusted(", ".join(incident.terms)).line(TERMS_CHARS_MAX)
    named = Untrusted(queue.name).line(NAME_CHARS_MAX)
    title = say(language, "incident.over" if over else "incident.title", count=str(incident.count))
    when = section(
        words(say(language, "incident.since")),
        moment(incident.since),
        words(say(language, "incident.until")),
        moment(incident.until),
    )
    shared = section(words(say(language, "incident.shared", words=terms)))
    foot = say(language, "incident.foot", queue=named, connector=queue.connector)
    blocks = [
        header(f"incident:{incident.id}:h", title),
        quote(f"incident:{incident.id}:w", when, shared),
        quote(f"incident:{incident.id}:t", *_tickets(incident, language)),
        context(f"incident:{incident.id}:f", escape(foot)),
    ]
    told = say(
        language,
        "incident.over.text" if over else "incident.text",
        count=str(incident.count),
        queue=named,
        since=clock(incident.since),
        words=terms,
    )
    text = escape(Untrusted(told).line(TEXT_CHARS_MAX))
    faults = faults_of_message(text, blocks)
    assert not faults, f"a message Slack would refuse: {faults}"
    return Card(text, blocks)


def _tickets(incident: Incident, language: str) -> list[Block]:
    links = [
        section({"type": "link", "url": member.url, "text": member.key})
        if member.url
        else section(words(member.key))
        for member in incident.members[:LINKS_MAX]
    ]
    found: list[Block] = [{"type": "rich_text_list", "style": "bullet", "elements": links}]
    more = incident.count - len(links)
    return [*found, bold(say(language, "incident.more", n=str(more)))] if more > 0 else found
