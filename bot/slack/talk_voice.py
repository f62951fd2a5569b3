"""How the bot speaks in a conversation: the session's status, answers, sentences, and a link to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.errors import Reject, Retry
from bot.core.talks import Run, SayLines, TalkPlace
from bot.core.words import say
from bot.ports import Chat, Clock
from bot.slack.client import Unanswered
from bot.slack.streams import Page, Stream, Writing, is_shut
from bot.slack.talk_words import body, markdown, summary

LOOK_AGAIN: Final = timedelta(minutes=10)
"""How long a workspace that knows no sessions is not asked again: plans and scopes change seldom."""
PROCESSING: Final = "processing"
FIRST_SIGN_S: Final = 1.0
"""For the first sign: later it is none, and the words it precedes wait for it among clicks and tickets."""
SHOWN: Final = timedelta(seconds=2)
"""How long a status is taken for still there: thirty messages in a second need one, not thirty."""
SHOWN_MAX: Final = 1000
"""Conversations whose status is remembered here."""
SESSION, THREAD = "agents.sessions.setStatus", "assistant.threads.setStatus"
_OF_THIS_PLACE: Final = frozenset(
    {"invalid_thread_ts", "thread_not_found", "message_not_found", "cannot_reply_to_message"}
)
"""Beside channels that are shut: trouble of one conversation, which says nothing about the others."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Voice:
    """Fills ``bot.runtime.talking.Voice``."""

    def __init__(self, chat: Chat, clock: Clock, language: str) -> None:
        """``language``: of what everybody sees."""
        self._chat, self._clock, self._language = chat, clock, language
        self._writing = Writing(chat)
        self._unknown: dict[str, datetime] = {}
        """Ways to show a status that this workspace refused, and until when they are not tried."""
        self._shown: dict[TalkPlace, datetime] = {}
        """Where something is being done, and since when we have shown that."""

    def answering(self, place: TalkPlace, run: Run, begun: Callable[[str], Awaitable[None]]) -> Stream:
        """Return what follows ``run``; its end shows another status."""
        self._shown.pop(place, None)
        return Stream(self._chat, self._clock, place, run, begun)

    async def session(self, place: TalkPlace, status: str) -> None:
        """Show where the conversation stands, as well as this workspace can; may raise ``Retry``."""
        for method in (SESSION, THREAD):
            if await self._show(method, place, status):
                break
        self._shown.pop(place, None)
        if status == PROCESSING:
            self._note(place)

    async def at_once(self, place: TalkPlace) -> bool:
        """Show that something is being done; what fails is left, for it is only the first sign.

        False: Slack may show it later than it was asked to, when nothing is being done any more.
        """
        before = self._shown.pop(place, None)
        if before is not None and self._clock.now() - before < SHOWN:
            self._shown[place] = before
            return True
        try:
            async with asyncio.timeout(FIRST_SIGN_S):
                return await self._first_sign(place)
        except TimeoutError:
            log.info("first_sign_not_shown", why="Slack does not answer in time")
            return False

    async def _first_sign(self, place: TalkPlace) -> bool:
        is_sure = True
        for method in (SESSION, THREAD):
            try:
                if await self._show(method, place, PROCESSING):
                    self._note(place)
                    break
            except Retry as busy:
                is_sure = is_sure and not isinstance(busy, Unanswered)
                log.info("first_sign_not_shown", method=method, why=str(busy))
        return is_sure

    def _note(self, place: TalkPlace) -> None:
        if len(self._shown) >= SHOWN_MAX:
            del self._shown[next(iter(self._shown))]
        self._shown[place] = self._clock.now()

    async def _show(self, method: str, place: TalkPlace, status: str) -> bool:
        """Whether ``method`` shows it; one that this workspace does not know is not asked for a while."""
        until = self._unknown.get(method)
        if until is not None and self._clock.now() < until:
            return False
        said = status
        if method == THREAD:
            said = say(self._language, "talk.thinking") if status == PROCESSING else ""
        try:
            await self._chat.call(method, channel_id=place.channel, thread_ts=place.thread_ts, status=said)
        except Reject as no:
            # One conversation's own trouble is no reason to give the others up.
            if not is_shut(str(no)) and str(no) not in _OF_THIS_PLACE:
                self._unknown[method] = self._clock.now() + LOOK_AGAIN
            log.info("status_not_shown", method=method, why=str(no))
            return False
        return True

    async def say(self, place: TalkPlace, order: SayLines) -> None:
        """Say something; may raise ``Retry``."""
        told = markdown(order.lines, order.language)
        if order.to:
            await self._whisper(place, order.to, told)
            return
        blocks = body(told, order.run, order.language)
        page = Page(told, blocks, whose=order.whose, language=order.language)
        if order.ts:
            await self._writing.replace(place, order.ts, page)
        else:
            await self._writing.post(place, page)

    async def link(self, place: TalkPlace) -> str:
        """Return where a conversation can be opened; empty where that cannot be told."""
        try:
            answer = await self._chat.call(
                "chat.getPermalink", channel=place.channel, message_ts=place.thread_ts
            )
        except Reject as no:
            log.info("thread_not_linked", why=str(no))
            return ""
        return str(answer.get("permalink", ""))

    async def _whisper(self, place: TalkPlace, to: str, told: str) -> None:
        try:
            await self._chat.call(
                "chat.postEphemeral",
                channel=place.channel,
                user=to,
                thread_ts=place.thread_ts,
                text=summary(told),
            )
        except Reject as no:
            log.info("person_not_told", why=str(no))
