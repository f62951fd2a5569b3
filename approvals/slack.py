"""Puts cards up, keeps every copy true, and answers single people. The only module that posts cards."""

from __future__ import annotations

import structlog

from approvals.card import Card, card, escape, mention
from approvals.limits import faults_of_message
from bot.core.dossier import Dossier, Tracked
from bot.core.effects import Ping, ShowCard, Whisper
from bot.core.errors import Refused
from bot.core.events import CardPlace, CardShown, Event
from bot.core.ids import EventId
from bot.core.tickets import TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat, Clock, Dossiers

GONE = frozenset({"message_not_found", "channel_not_found", "is_inactive", "cant_update_message"})
"""The copy cannot be updated any more; the others still are, and the audit has the outcome."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SlackCards:
    """Fills the ``Cards`` port."""

    def __init__(
        self,
        chat: Chat,
        dossiers: Dossiers,
        clock: Clock,
        *,
        channel: str,
        language: str,
    ) -> None:
        """``channel``: where cards go; empty: to each approver directly."""
        self._chat, self._dossiers, self._clock = chat, dossiers, clock
        self._channel, self._language = channel, language

    async def show(self, ref: TicketRef, order: ShowCard) -> tuple[Event, ...]:
        """Post the card or bring its copies up to date; it always shows the proposal as it is now.

        A crash after posting posts it again: both copies carry the same id and both are adopted when clicked.

        Raises:
            Retry: Slack is busy or away.
        """
        dossier = await self._dossiers.dossier(ref)
        tracked = dossier.tracked.get(order.proposal)
        if tracked is None or tracked.ask is None:
            return ()
        drawn = self._draw(dossier, tracked)
        for place in tracked.cards:
            await self._update(place, drawn)
        if tracked.cards:
            return ()
        places = [await self._post(channel, tracked, drawn) for channel in await self._channels(tracked)]
        return tuple(
            CardShown(
                id=EventId(f"{order.id}/shown.{number}"),
                at=self._clock.now(),
                proposal=order.proposal,
                place=place,
            )
            for number, place in enumerate(places)
        )

    async def whisper(self, order: Whisper) -> None:
        """Tell one person, in the channel they clicked in or directly.

        Somebody whom Slack lets nobody write to (a bot, a deactivated account) is not told.

        Raises:
            Retry: Slack is busy or away.
        """
        words = {gap: _filled(gap, text) for gap, text in order.words.items()}
        text = say(self._language, order.says, **words)
        if order.channel:
            try:
                await self._chat.call("chat.postEphemeral", channel=order.channel, user=order.to, text=text)
            except Refused as no:
                # Not in that channel, or the channel is archived or gone: a direct message may still do.
                log.info("whisper_goes_directly", why=str(no))
            else:
                return
        try:
            channel = await self._direct(order.to)
            await self._chat.call("chat.postMessage", channel=channel, text=text)
        except Refused as no:
            log.info("nobody_to_whisper_to", why=str(no))

    async def ping(self, ref: TicketRef, order: Ping) -> tuple[Event, ...]:
        """Send each person of ``order.to`` a direct message; one who cannot be written to is passed over.

        Raises:
            Retry: Slack is busy or away.
        """
        dossier = await self._dossiers.dossier(ref)
        words = {gap: _filled(gap, text) for gap, text in order.words.items()}
        text = say(self._language, order.says, key=escape(dossier.key), **words)
        for person in await self._people(order.to):
            try:
                await self._chat.call("chat.postMessage", channel=await self._direct(person), text=text)
            except Refused as no:
                log.info("nobody_to_ping", why=str(no))
        return ()

    async def _people(self, who: tuple[str, ...]) -> list[str]:
        found: list[str] = []
        for each in who:
            found += await self._members(each) if each.startswith("S") else [each]
        return list(dict.fromkeys(found))

    def _draw(self, dossier: Dossier, tracked: Tracked) -> Card:
        drawn = card(dossier, tracked, self._language)
        faults = faults_of_message(drawn.text, drawn.blocks)
        assert not faults, f"a card Slack would refuse: {faults}"
        return drawn

    async def _update(self, place: CardPlace, drawn: Card) -> None:
        try:
            await self._chat.call(
                "chat.update", channel=place.channel, ts=place.ts, text=drawn.text, blocks=drawn.blocks
            )
        except Refused as no:
            if str(no) not in GONE:
                raise

    async def _post(self, channel: str, tracked: Tracked, drawn: Card) -> CardPlace:
        # Metadata is readable by every app in the workspace: ids only.
        known = {"proposal": tracked.proposal.id, "revision": tracked.revision}
        answer = await self._chat.call(
            "chat.postMessage",
            channel=channel,
            text=drawn.text,
            blocks=drawn.blocks,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "countersign_approval", "event_payload": known},
        )
        return CardPlace(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def _channels(self, tracked: Tracked) -> list[str]:
        """Return where the card goes: the approvals channel, or each approver's direct messages."""
        if self._channel:
            return [self._channel]
        assert tracked.ask is not None, "only what is asked has a card"
        people: list[str] = []
        for who in tracked.ask.approvers:
            people += await self._members(who) if who.startswith("S") else [who]
        return await self._reachable(list(dict.fromkeys(people)))

    async def _reachable(self, people: list[str]) -> list[str]:
        """Return the direct messages with those who can be written to.

        Raises:
            Refused: nobody can; then a person has to look, because nobody was asked.
        """
        found: list[str] = []
        why = "the approver groups are empty"
        for person in people:
            try:
                found.append(await self._direct(person))
            except Refused as no:
                why = str(no)
        if not found:
            raise Refused(f"no approver can be written to: {why}")
        return found

    async def _members(self, group: str) -> list[str]:
        answer = await self._chat.call("usergroups.users.list", usergroup=group)
        return [str(user) for user in answer["users"]]

    async def _direct(self, person: str) -> str:
        answer = await self._chat.call("conversations.open", users=person)
        return str(answer["channel"]["id"])


def _filled(gap: str, text: str) -> str:
    """Escape what fills a gap; approvers are ids from the policy file, shown as the people they are."""
    if gap == "approvers":
        return " ".join(mention(who) for who in text.split())
    # A gap inside a sentence brings its own space along (" by Alice").
    return " " * text.startswith(" ") + escape(Untrusted(text).line())
