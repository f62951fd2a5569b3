"""Puts cards up, keeps every copy true, and answers single people. The only module that posts cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from bot.core.fingerprint import fingerprint
from bot.core.ids import EffectId, EventId, ProposalId
from bot.core.tickets import TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat, Clock, Dossiers

GONE = frozenset({"message_not_found", "channel_not_found", "is_inactive", "cant_update_message"})
"""The copy cannot be updated any more; the others still are, and the audit has the outcome."""
CAUGHT_UP_MAX = 5
"""Times a card is drawn again because it changed meanwhile; then it is the next order's turn."""
FILLED_IN = frozenset({"refused.settled"})
"""Sentences whose gaps were filled where nobody knew yet who would read them: in the desk's language."""
PART = "/each."
"""In the id of an event: what stands before it names the one click that led to several."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A card as things are now."""

    first: Tracked
    """It carries the card's places."""
    items: Sequence[Tracked]
    aside: Aside
    card: Card

    @property
    def places(self) -> tuple[CardPlace, ...]:
        return self.first.cards


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
        seen = await self._look(ref, order.proposal)
        if seen is None:
            return ()
        too_few = self._too_few(order.id, seen.items, seen.aside)
        if seen.places:
            await self._update(seen.places, seen.card)
            await self._catch_up(ref, order.proposal, seen.places, seen.card)
            return too_few
        places = await self._post(seen)
        await self._catch_up_if_possible(ref, order.proposal, places, seen.card)
        return (*self._shown(order, places), *too_few)

    async def _catch_up(
        self, ref: TicketRef, card: ProposalId, places: tuple[CardPlace, ...], drawn: Card
    ) -> None:
        """Look again: it may have changed meanwhile, or somebody may have drawn something newer below ours.

        The queue has a card drawn by one at a time; but a process that was paused can outlive its turn.
        """
        for _ in range(CAUGHT_UP_MAX):
            newer = await self._look(ref, card)
            if newer is None or newer.card == drawn:
                return
            drawn = newer.card
            await self._update(places, drawn)

    async def _catch_up_if_possible(
        self, ref: TicketRef, card: ProposalId, places: tuple[CardPlace, ...], drawn: Card
    ) -> None:
        """As :meth:`_catch_up`; but what is up must be reported, or it would be put up again."""
        try:
            await self._catch_up(ref, card, places, drawn)
        except BotError as no:
            log.info("card_not_caught_up", why=str(no))

    async def _look(self, ref: TicketRef, card: ProposalId) -> _Seen | None:
        """Draw the card as things are now; None when there is nothing to draw."""
        dossier = await self._dossiers.dossier(ref)
        first = dossier.tracked.get(card)
        if first is None or first.ask is None:
            return None
        items = members(dossier, card)
        aside = await self._aside(dossier, items)
        return _Seen(first, items, aside, self._draw(dossier, items, aside))

    def _shown(self, order: ShowCard, places: tuple[CardPlace, ...]) -> tuple[Event, ...]:
        return tuple(
            CardShown(
                id=EventId(f"{order.id}/shown.{number}"),
                at=self._clock.now(),
                proposal=order.proposal,
                place=place,
            )
            for number, place in enumerate(places)
        )

    async def put_up(self, who: Sequence[str], drawn: Card) -> tuple[CardPlace, ...]:
        """Post a card that is about no ticket where those who decide see it. Raises as :meth:`show`."""
        places: list[CardPlace] = []
        for channel in await self._channels(who):
            answer = await self._chat.call(
                "chat.postMessage",
                channel=channel,
                text=drawn.text,
                blocks=drawn.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
            places.append(CardPlace(channel=str(answer["channel"]), ts=str(answer["ts"])))
        return tuple(places)

    async def redraw(self, places: Sequence[CardPlace], drawn: Card) -> None:
        """Bring every copy of such a card up to date. Raises as :meth:`show`."""
        await self._update(places, drawn)

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
        language = await self._spoken_by(order)
        await self.tell(order.to, order.channel, say(language, order.says, **words))

    async def _spoken_by(self, order: Whisper) -> str:
        """Return the person's language; the desk's where parts of the sentence are in it already."""
        if self._around is None or order.says in FILLED_IN:
            return self._language
        return await self._around.roster.language(order.to, self._language)

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

    async def _update(self, places: Sequence[CardPlace], drawn: Card) -> None:
        """Bring every copy up to date. One that shows exactly this already costs Slack nothing.

        A click on twelve proposals leads to two dozen orders for one card, and Slack takes fifty updates a
        minute.
        """
        mark = fingerprint([drawn.text, *drawn.blocks])
        for at in places:
            topic = f"drawn|{at.channel}|{at.ts}"
            saying = self._around.saying if self._around is not None else None
            if saying is not None and await saying.last(topic) == mark:
                continue
            if saying is not None:
                await saying.note(topic, "")  # until Slack has answered, nobody knows what is there
            if await self._update_one(at, drawn) and saying is not None:
                await saying.note(topic, mark)

    async def _update_one(self, at: CardPlace, drawn: Card) -> bool:
        try:
            await self._chat.call(
                "chat.update", channel=at.channel, ts=at.ts, text=drawn.text, blocks=drawn.blocks
            )
        except Refused as no:
            if str(no) not in GONE:
                raise
            return False
        return True

    async def _post(self, seen: _Seen) -> tuple[CardPlace, ...]:
        approvers = [who for each in seen.items for who in each.approvers]
        return tuple([await self._post_in(each, seen) for each in await self._channels(approvers)])

    async def _post_in(self, channel: str, seen: _Seen) -> CardPlace:
        # Metadata is readable by every app in the workspace: ids only.
        known = {"proposal": seen.first.proposal.id, "revision": seen.first.revision}
        answer = await self._chat.call(
            "chat.postMessage",
            channel=channel,
            text=seen.card.text,
            blocks=seen.card.blocks,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "countersign_approval", "event_payload": known},
        )
        return CardPlace(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def _channels(self, approvers: Sequence[str]) -> list[str]:
        """Return where the card goes: the approvals channel, or each approver's direct messages."""
        if self._channel:
            return [self._channel]
        people: list[str] = []
        for who in dict.fromkeys(approvers):
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
