"""Direct messages about a card: to whom it may concern, once each, with a link to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import structlog

from approvals.around import Around
from approvals.blocks import escape, is_person, link, mention
from bot.core.deeds import gaps_in
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Ping
from bot.core.errors import Refused
from bot.core.events import CardPlace
from bot.core.ids import ProposalId
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat

PEOPLE_MAX = 50
"""Written to by one order: a group of hundreds has a channel of its own for what concerns it."""
REMEMBERED_MAX = 1_000
"""Links and channels kept, of each; what is forgotten is asked for again."""
ENDED = "ping.ended."
"""Keys that begin so tell the outcome to the person who asked, who may be among those who agreed."""

Key = TypeVar("Key")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Pings:
    """Sends them."""

    def __init__(self, chat: Chat, language: str, around: Around | None) -> None:
        """``around``: None writes to exactly who is named, and asks Slack alone who is in a group."""
        self._chat, self._language, self._around = chat, language, around
        # Neither ever changes, and an order that is tried again must not use up Slack's budget for both.
        self._links: dict[CardPlace, str] = {}
        self._channels: dict[str, str] = {}

    async def send(self, dossier: Dossier, order: Ping) -> None:
        """Write to everybody ``order`` is for, but for those who have agreed; who cannot be is passed over.

        Raises:
            Retry: Slack is busy or away; who has been written to is not again.
        """
        tracked = dossier.tracked.get(order.proposal)
        if tracked is None:
            return
        outcome = order.says.startswith(ENDED)
        done = set[str]() if outcome else _agreed(tracked)
        named = [who for who in await self._people(order.to) if who not in done]
        url = await self._link(dossier, tracked)
        reached = await self._reached(tracked, named, as_is=outcome)
        for person, instead_of in reached.items():
            language = await self._spoken_by(person)
            text = _text(dossier, order, instead_of, language)
            if url:
                text += f"\n{link(url, say(language, 'ping.open'))}"
            if person not in done and (outcome or await self._is_first(tracked, order, person)):
                await self._write(person, f"{order.id}|{person}", text)

    async def _is_first(self, tracked: Tracked, order: Ping, person: str) -> bool:
        """Whether nobody has told ``person`` the same about this card: each change of a set orders it."""
        if tracked.bundle is None or self._around is None:
            return True
        asked = tracked.asked_at.isoformat() if tracked.asked_at is not None else ""
        topic = f"set|{tracked.card_of}|{asked}|{order.says}|{person}"
        return await self._around.saying.claim(topic, order.id)

    async def _people(self, entries: tuple[str, ...]) -> list[str]:
        """Return everybody in ``entries``; a group that is gone is nobody."""
        found: list[str] = []
        for each in entries:
            found += [each] if is_person(each) else sorted(await self._members(each))
        return list(dict.fromkeys(found))[:PEOPLE_MAX]

    async def _members(self, entry: str) -> frozenset[str]:
        try:
            if self._around is not None:
                members = await self._around.roster.members(entry)
            else:
                answer = await self._chat.call("usergroups.users.list", usergroup=entry)
                members = frozenset(str(user) for user in answer["users"])
        except Refused as no:
            log.warning("group_not_pinged", group=entry, why=str(no))
            return frozenset()
        if members is None:
            log.warning("group_not_pinged", group=entry, why="nobody knows it any more")
        return members or frozenset()

    async def _reached(self, tracked: Tracked, people: list[str], *, as_is: bool) -> Mapping[str, str]:
        if self._around is None or as_is:
            return dict.fromkeys(people, "")
        stand_ins = tracked.ask is not None and tracked.ask.stand_ins
        return await self._around.roster.reached(people, stand_ins=stand_ins)

    async def _spoken_by(self, person: str) -> str:
        if self._around is None:
            return self._language
        return await self._around.roster.language(person, self._language)

    async def _link(self, dossier: Dossier, tracked: Tracked) -> str:
        """Return the address of the newest copy of the card; empty when none is up."""
        cards = dossier.tracked.get(ProposalId(tracked.card_of), tracked).cards
        if not cards:
            return ""
        at = cards[-1]
        try:
            if at not in self._links:
                answer = await self._chat.call("chat.getPermalink", channel=at.channel, message_ts=at.ts)
                _keep(self._links, at, str(answer["permalink"]))
        except Refused as no:
            log.info("card_not_linked", why=str(no))
            return ""
        return self._links[at]

    async def _write(self, person: str, topic: str, text: str) -> None:
        saying = self._around.saying if self._around is not None else None
        if saying is not None and await saying.is_said(topic):
            return
        try:
            if person not in self._channels:
                opened = await self._chat.call("conversations.open", users=person)
                _keep(self._channels, person, str(opened["channel"]["id"]))
            channel = self._channels[person]
            await self._chat.call(
                "chat.postMessage", channel=channel, text=text, unfurl_links=False, unfurl_media=False
            )
        except Refused as no:
            log.info("nobody_to_ping", why=str(no))
        if saying is not None:
            await saying.said(topic)


def _text(dossier: Dossier, order: Ping, instead_of: str, language: str) -> str:
    words = {gap: escape(Untrusted(text).line()) for gap, text in gaps_in(order.words, language).items()}
    text = say(language, order.says, key=escape(dossier.key), **words).strip()
    others = 0 if order.says.startswith(ENDED) else _others(dossier, order.proposal)
    if others:
        text += " " + say(language, "ping.others", n=str(others))
    if instead_of:
        text += " " + say(language, "ping.stand_in", who=mention(instead_of))
    return text


def _others(dossier: Dossier, proposal: ProposalId) -> int:
    """Return how many more changes wait on the card of ``proposal``."""
    tracked = dossier.tracked[proposal]
    same = [
        each for each in dossier.tracked.values() if each.card_of == tracked.card_of and each is not tracked
    ]
    return sum(each.status is Status.PENDING for each in same)


def _keep(known: dict[Key, str], key: Key, value: str) -> None:
    """Remember one more, and forget the oldest beyond ``REMEMBERED_MAX``."""
    known[key] = value
    if len(known) > REMEMBERED_MAX:
        del known[next(iter(known))]


def _agreed(tracked: Tracked) -> set[str]:
    return {voice for each in tracked.votes for voice in (each.by, each.stands_in_for) if voice}
