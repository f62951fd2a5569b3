"""What people say to the bot, brought to its conversation's lane; nothing is decided here.

The first sign, that something is being done, goes out before the words reach the lane; see docs/agent.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from redis.asyncio import Redis

from approvals.clicks import Person
from bot.core.audit import Record
from bot.core.errors import Reject, Retry
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing, things
from bot.core.ids import EffectId, EventId, SlackUserId
from bot.core.talks import (
    ShowSession,
    StopPressed,
    TalkEvent,
    TalkPlace,
    Words,
    WordsCame,
    WordsChanged,
    WordsGone,
)
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Chat, Clock
from bot.runtime.jobs import Duplicate, Receipt
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.limiter import Limiter
from bot.runtime.meters import Meters
from bot.runtime.once import Once
from bot.runtime.talks import Joins, Ratings, talk_job, turn_job
from bot.slack.people import People
from bot.slack.talk_voice import Voice
from bot.slack.talk_words import BAD, GOOD, prompts, read
from bot.slack.waiting import WaitingRoom

SPOKEN: Final = frozenset({"", "file_share", "thread_broadcast"})
"""Subtypes of messages in which a person says something to us."""

KEY_CHARS_MAX: Final = 40
"""Of a ticket's key in a suggestion."""
AGAIN_MS: Final = 12_000
"""Until Slack shows once more how things stand, where it may show otherwise: longer than any call to it."""
TOMBSTONE: Final = "tombstone"
"""What a deleted message becomes that has replies: https://docs.slack.dev/reference/events/message."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Door(Protocol):
    """Who may talk to the bot."""

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        """Return why ``by`` may not ask, as a key of the catalogue; empty: they may. May raise ``Retry``."""
        ...


@dataclass(frozen=True, slots=True)
class TalkLimits:
    """``agent:`` of the file, as far as Slack's side goes by it."""

    per_minute: int = 30
    """Messages of one person that are read."""
    remember_s: float = 8 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkParts:
    """What conversations in Slack rest on."""

    redis: Redis
    lanes: Lanes
    journal: Journal
    clock: Clock
    chat: Chat
    people: People
    door: Door
    voice: Voice
    waiting: WaitingRoom
    language: str
    limits: TalkLimits
    meters: Meters


class TalkEars:
    """Turns what was stored into events. Every method may raise ``Retry``, and bears being repeated."""

    def __init__(self, parts: TalkParts) -> None:
        self._parts = parts
        self._lanes, self._people, self._voice = parts.lanes, parts.people, parts.voice
        self._limiter = Limiter(parts.redis, parts.lanes.prefix)
        self._once = Once(parts.redis, parts.lanes.prefix)
        self._joins = Joins(parts.redis, parts.lanes.prefix, parts.limits.remember_s)
        self._ratings = Ratings(parts.redis, parts.lanes.prefix)

    async def message(self, body: Mapping[str, Any]) -> None:
        """Take a message in the direct messages with us: said, edited or deleted; others are not ours."""
        event = thing(body.get("event"))
        if event.get("channel_type") != "im":
            return
        subtype = str(event.get("subtype") or "")
        if subtype == "message_changed":
            await self._changed(body, event)
        elif subtype == "message_deleted":
            await self._gone(body, event)
        elif subtype in SPOKEN:
            await self._said(body, event, direct=True)

    async def mentioned(self, body: Mapping[str, Any]) -> None:
        """Take a message in a channel that names us."""
        event = thing(body.get("event"))
        if str(event.get("subtype") or "") in SPOKEN and not event.get("edited"):
            await self._said(body, event, direct=False)

    async def stopped(self, body: Mapping[str, Any]) -> None:
        """Take the Stop button."""
        event = thing(body.get("event"))
        place = TalkPlace(_team(body), str(event.get("channel")), str(event.get("thread_ts")))
        by, ts = SlackUserId(str(event.get("user"))), str(event.get("event_ts") or "")
        pressed = StopPressed(id=_id(body), at=self._now, by=by, ts=ts)
        await self._bring(place, pressed)

    async def opened(self, body: Mapping[str, Any]) -> None:
        """Suggest how to begin to who opens the direct messages; a workspace that cannot is no error."""
        event = thing(body.get("event"))
        by = Person(SlackUserId(str(event.get("user"))), _team(body))
        language = await self._people.language(by.id, self._parts.language)
        key = Untrusted(await self._parts.waiting.newest_key(by)).line(KEY_CHARS_MAX)
        try:
            await self._parts.chat.call(
                "assistant.threads.setSuggestedPrompts",
                channel_id=str(event.get("channel")),
                title=say(language, "talk.prompts"),
                prompts=prompts(language, key),
            )
        except (Reject, Retry) as no:  # hours later nobody begins with them
            log.info("prompts_not_shown", why=str(no))

    async def rated(self, body: Mapping[str, Any]) -> None:
        """Count what a person thinks of an answer; their last word on it counts.

        It stands in the audit before it is noted as said: who is counted twice by a crash in between is one
        person all the same, and who is not would be lost.
        """
        user = thing(body.get("user"))
        action = thing(next(iter(things(body.get("actions"))), None))
        verdict, _, run = str(action.get("value") or "").partition("|")
        by = Person(SlackUserId(str(user.get("id"))), str(user.get("team_id") or _team(body)))
        if verdict not in {GOOD, BAD} or not run or await self._parts.door.refusal(by, "ask", None):
            return
        press = str(action.get("action_ts") or "")
        before = await self._ratings.last(run, by.id)
        if before[0] == verdict and before != (verdict, press):
            return  # said before
        if before != (verdict, press):
            await self._rate(by, run, verdict)
            await self._ratings.note(run, by.id, verdict, press)
        await self._thank(by, body)

    # -- inside --------------------------------------------------------------------------------------------

    async def _rate(self, by: Person, run: str, verdict: str) -> None:
        details = {"verdict": verdict, "run": run}
        record = Record(
            at=self._now, what="answer.rated", ticket="", actor=f"slack:{by.id}", details=dict(details)
        )
        await self._parts.journal.record(record)
        self._parts.meters.ratings.labels(verdict).inc()

    async def _thank(self, by: Person, body: Mapping[str, Any]) -> None:
        language = await self._people.language(by.id, self._parts.language)
        container = thing(body.get("container"))
        try:
            await self._parts.chat.call(
                "chat.postEphemeral",
                channel=str(container.get("channel_id")),
                user=by.id,
                thread_ts=str(container.get("thread_ts") or container.get("message_ts")),
                text=say(language, "talk.rated"),
            )
        except Reject as no:
            log.info("person_not_thanked", why=str(no))

    @property
    def _now(self) -> datetime:
        return self._parts.clock.now()

    async def _said(self, body: Mapping[str, Any], event: Mapping[str, Any], *, direct: bool) -> None:
        by = _author(body, event)
        if by is None:
            return
        is_late = await self._is_late(by, _id(body))
        if is_late and not await self._once.claim(
            f"talk rate {by.id} {self._now:%Y-%m-%d %H:%M}", str(_id(body))
        ):
            return  # told already, this minute
        place = await self._place(body, event, by, direct=direct)
        is_sure = is_late or await self._voice.at_once(place)
        words, refused = await asyncio.gather(
            self._words(body, event, by), self._parts.door.refusal(by, "ask", None)
        )
        if is_late:
            refused = "talk.rate"
        elif not refused and body.get("is_ext_shared_channel") and not direct:
            refused = "talk.shared"  # who asks may be told; who reads along may not
        came = WordsCame(id=_id(body), at=self._now, words=words, direct=direct, refused=refused)
        receipt = await self._bring(place, came)
        if not is_sure or isinstance(receipt, Duplicate):
            # Slack may yet show that something is being done; or we have, for what is decided about already.
            again = turn_job(place.lane, ShowSession(EffectId(f"{came.id}/again")), self._now)
            await self._lanes.accept(replace(again, delay_ms=AGAIN_MS))

    async def _is_late(self, by: Person, message: EventId) -> bool:
        """Whether ``by`` has written more than is read; what is tried again was written once."""
        most, counted = self._parts.limits.per_minute, f"talk counted {message}"
        if await self._once.is_said(counted):
            return False
        if await self._limiter.wait_s(f"talk:{by.id}", per_minute=most, burst=most) > 0:
            return True
        await self._once.said(counted)
        return False

    async def _changed(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        now, before = thing(event.get("message")), thing(event.get("previous_message"))
        if now.get("subtype") == TOMBSTONE:  # deleted, with answers below: Slack keeps its place
            await self._gone(body, event)
            return
        by = _author(body, now)
        if by is None or now.get("text") == before.get("text"):
            return  # ours, or a link was given its preview
        place = await self._known_place(body, event, now)
        words = await self._words(body, now, by)
        await self._bring(place, WordsChanged(id=_id(body), at=self._now, words=words))

    async def _gone(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        before = thing(event.get("previous_message"))
        by = _author(body, before)
        if by is None:
            return
        place = await self._known_place(body, event, before)
        language = await self._people.language(by.id, self._parts.language)
        ts = str(event.get("deleted_ts") or before.get("ts"))
        await self._joins.parted(place.channel, ts, by.id)
        await self._bring(place, WordsGone(id=_id(body), at=self._now, ts=ts, by=by.id, language=language))

    async def _place(
        self, body: Mapping[str, Any], event: Mapping[str, Any], by: Person, *, direct: bool
    ) -> TalkPlace:
        channel, ts = str(event.get("channel")), str(event.get("ts"))
        thread = str(event.get("thread_ts") or "")
        if not thread:
            thread = await self._joins.thread_of(channel, ts, by.id) if direct else ts
        return TalkPlace(_team(body), channel, thread)

    async def _known_place(
        self, body: Mapping[str, Any], event: Mapping[str, Any], message: Mapping[str, Any]
    ) -> TalkPlace:
        channel = str(event.get("channel"))
        thread = str(message.get("thread_ts") or "")
        return TalkPlace(
            _team(body), channel, thread or await self._joins.joined(channel, str(message.get("ts")))
        )

    async def _words(self, body: Mapping[str, Any], event: Mapping[str, Any], by: Person) -> Words:
        clicker = await self._people.clicker(by, (), live=False)
        return Words(
            ts=str(event.get("ts")),
            by=by.id,
            name=clicker.name,
            text=Untrusted(read(str(event.get("text") or ""), _us(body))),
            language=await self._people.language(by.id, self._parts.language),
            files=bool(things(event.get("files"))),
        )

    async def _bring(self, place: TalkPlace, event: TalkEvent) -> Receipt:
        return await self._lanes.accept(talk_job(place.lane, event))


def _team(body: Mapping[str, Any]) -> str:
    return str(body.get("team_id") or thing(body.get("team")).get("id") or "")


def _us(body: Mapping[str, Any]) -> str:
    return str(thing(next(iter(things(body.get("authorizations"))), None)).get("user_id") or "")


def _author(body: Mapping[str, Any], event: Mapping[str, Any]) -> Person | None:
    """Return who wrote a message; None where it was a bot, also ourselves: two bots would never end."""
    user = str(event.get("user") or "")
    if not user or event.get("bot_id") or event.get("bot_profile") or user == _us(body):
        return None
    # In a shared channel ``user_team`` is the person's own, and ``team_id`` outside is ours.
    team = event.get("user_team") or event.get("source_team") or event.get("team") or _team(body)
    return Person(SlackUserId(user), str(team))


def _id(body: Mapping[str, Any]) -> EventId:
    return EventId(f"slack:{fingerprint(str(body.get('event_id')))[:32]}")
