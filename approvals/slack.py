"""Puts cards up, keeps every copy true, and answers single people. The only module that posts cards."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from approvals.around import Around, headcount, offers_always
from approvals.blocks import escape, is_person, mention
from approvals.card import Card, card
from approvals.limits import faults_of_message
from approvals.pings import Pings
from approvals.set_card import members, set_card
from approvals.standing import Aside, Few
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Ping, ShowCard, Whisper
from bot.core.errors import BotError, Refused
from bot.core.events import CardPlace, CardShown, Event, TooFew
from bot.core.ids import EffectId, EventId, ProposalId
from bot.core.tickets import TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat, Clock, Dossiers

GONE = frozenset({"message_not_found", "channel_not_found", "is_inactive", "cant_update_message"})
"""The copy cannot be updated any more; the others still are, and the audit has the outcome."""
PART = "/each."
"""In the id of an event: what stands before it names the one click that led to several."""

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
        around: Around | None = None,
    ) -> None:
        """``channel``: where cards go; empty: to each approver directly.

        ``around``: None draws what the dossier says and no more: nothing is offered for good, nobody counts
        heads.
        """
        self._chat, self._dossiers, self._clock = chat, dossiers, clock
        self._channel, self._language, self._around = channel, language, around
        self._pings = Pings(chat, language, around)

    async def show(self, ref: TicketRef, order: ShowCard) -> tuple[Event, ...]:
        """Post the card or bring its copies up to date; it always shows the proposals as they are now.

        A crash after posting posts it again: both copies carry the same id and both are adopted when clicked.

        Raises:
            Retry: Slack is busy or away.
        """
        dossier = await self._dossiers.dossier(ref)
        first = dossier.tracked.get(order.proposal)
        if first is None or first.ask is None:
            return ()
        items = members(dossier, order.proposal)
        aside = await self._aside(dossier, items)
        drawn = self._draw(dossier, items, aside)
        too_few = self._too_few(order.id, items, aside)
        for place in first.cards:
            await self._update(place, drawn)
        if first.cards:
            return too_few
        places = [await self._post(channel, first, drawn) for channel in await self._channels(items)]
        shown = tuple(
            CardShown(
                id=EventId(f"{order.id}/shown.{number}"),
                at=self._clock.now(),
                proposal=order.proposal,
                place=place,
            )
            for number, place in enumerate(places)
        )
        return (*shown, *too_few)

    async def whisper(self, order: Whisper) -> None:
        """Tell one person, in the channel they clicked in or directly.

        One click on a button for several is told of each problem once. Somebody whom Slack lets nobody write
        to (a bot, a deactivated account) is not told.

        Raises:
            Retry: Slack is busy or away.
        """
        click, part, _ = order.id.partition(PART)
        if part and self._around is not None:
            topic = f"{click}|{order.to}|{order.says}|{sorted(order.words.items())}"
            if not await self._around.saying.claim(topic, order.id):
                return
        words = {gap: _filled(gap, text) for gap, text in order.words.items()}
        await self.tell(order.to, order.channel, say(self._language, order.says, **words))

    async def tell(self, person: str, channel: str, text: str) -> None:
        """Say ``text``, escaped already, to one person. Raises as :meth:`whisper`."""
        if channel:
            try:
                await self._chat.call("chat.postEphemeral", channel=channel, user=person, text=text)
            except Refused as no:
                # Not in that channel, or the channel is archived or gone: a direct message may still do.
                log.info("whisper_goes_directly", why=str(no))
            else:
                return
        try:
            direct = await self._direct(person)
            await self._chat.call("chat.postMessage", channel=direct, text=text)
        except Refused as no:
            log.info("nobody_to_whisper_to", why=str(no))

    async def ping(self, ref: TicketRef, order: Ping) -> tuple[Event, ...]:
        """Send people a direct message about a card, and look again whether enough of them can decide.

        Raises:
            Retry: Slack is busy or away.
        """
        dossier = await self._dossiers.dossier(ref)
        await self._pings.send(dossier, order)
        tracked = dossier.tracked.get(order.proposal)
        items = [tracked] if tracked is not None and tracked.status is Status.PENDING else []
        return self._too_few(order.id, items, await self._aside(dossier, items))

    # -- drawing -------------------------------------------------------------------------------------------

    def _draw(self, dossier: Dossier, items: Sequence[Tracked], aside: Aside) -> Card:
        if items[0].bundle is None:
            drawn = card(dossier, items[0], self._language, aside)
        else:
            drawn = set_card(dossier, items, self._language, aside)
        faults = faults_of_message(drawn.text, drawn.blocks)
        assert not faults, f"a card Slack would refuse: {faults}"
        return drawn

    async def _aside(self, dossier: Dossier, items: Sequence[Tracked]) -> Aside:
        """Look up what the dossier does not know. What cannot be looked up is left out: a card goes first."""
        if self._around is None:
            return Aside()
        always: set[ProposalId] = set()
        few: dict[ProposalId, Few] = {}
        try:
            for each in items:
                if each.status is Status.PENDING:
                    few[each.proposal.id] = await headcount(self._around.roster, each)
                elif await offers_always(self._around.permissions, dossier, each):
                    always.add(each.proposal.id)
        except BotError as unknown:
            log.info("card_drawn_without", why=str(unknown))
        return Aside(frozenset(always), few)

    def _too_few(self, order: EffectId, items: Sequence[Tracked], aside: Aside) -> tuple[Event, ...]:
        """Report what cannot be decided as things stand, and has not been reported yet."""
        found: list[Event] = []
        for number, each in enumerate(items):
            few = aside.few.get(each.proposal.id)
            if few is None or each.ask is None or few.can >= each.ask.quorum or few.can == each.too_few:
                continue
            event = TooFew(
                id=EventId(f"{order}/too_few.{number}"),
                at=self._clock.now(),
                proposal=each.proposal.id,
                revision=each.revision,
                can=few.can,
                gone=few.gone,
            )
            found.append(event)
        return tuple(found)

    # -- Slack ---------------------------------------------------------------------------------------------

    async def _update(self, place: CardPlace, drawn: Card) -> None:
        try:
            await self._chat.call(
                "chat.update", channel=place.channel, ts=place.ts, text=drawn.text, blocks=drawn.blocks
            )
        except Refused as no:
            if str(no) not in GONE:
                raise

    async def _post(self, channel: str, first: Tracked, drawn: Card) -> CardPlace:
        # Metadata is readable by every app in the workspace: ids only.
        known = {"proposal": first.proposal.id, "revision": first.revision}
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

    async def _channels(self, items: Sequence[Tracked]) -> list[str]:
        """Return where the card goes: the approvals channel, or each approver's direct messages."""
        if self._channel:
            return [self._channel]
        people: list[str] = []
        for who in dict.fromkeys(who for each in items for who in each.approvers):
            people += [who] if is_person(who) else await self._members(who)
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
        if self._around is not None:
            return sorted(await self._around.roster.members(group) or ())
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
