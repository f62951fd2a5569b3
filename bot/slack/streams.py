"""An answer as it comes: steps and words into one message of Slack's, and a plain message where that fails.

A stream is a courtesy, the answer is none: whatever goes wrong in between, the end leaves one whole message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from approvals.blocks import Block
from bot.core.errors import BotError, Refused, Reject, Retry
from bot.core.ids import SlackUserId
from bot.core.runs import Step
from bot.core.talks import Line, Run, TalkPlace
from bot.core.words import say
from bot.ports import Chat, Clock
from bot.runtime.talking import Finished
from bot.slack.briefs import Private
from bot.slack.briefs_drawing import Sheet
from bot.slack.client import Unanswered
from bot.slack.talk_words import MARKDOWN_CHARS_MAX, body, defused, markdown, rating, summary, task

APPEND_S: Final = 0.5
"""Between two appends: all streams of a workspace share a hundred a minute."""
APPEND_CHARS: Final = 256
"""What is not held back any longer, once the time above is over or nothing was shown yet."""
STREAM_CHARS_MAX: Final = MARKDOWN_CHARS_MAX - 200
"""Of words in a stream: a message takes no more, and its end may have to say that it was cut."""
STOPPED: Final = "stopped_by_user"
"""What Slack says of a stream that the person has ended."""
SHUT: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
RESTRICTED: Final = "restricted_action"
"""What Slack says of channels that we were removed from, that were archived or deleted, or where not all may
write (how these begin): https://docs.slack.dev/reference/methods/chat.postMessage, errors."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One whole message."""

    told: str
    """In Markdown."""
    blocks: list[Block]
    whose: str = ""
    """Who is told directly, in ``language``, where we may not write any more; empty: nobody."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """Puts whole messages into a conversation."""

    chat: Chat

    async def post(self, place: TalkPlace, page: Page) -> str:
        """Post a message and return its ``ts``; empty: it is not in this place, which is logged.

        Direct messages go on outside of a thread whose first message is gone. In a channel that was the
        question, and nobody waits. May raise ``Retry``.
        """
        try:
            return await self._posted(place.channel, page, thread_ts=place.thread_ts)
        except Refused as no:
            log.warning("answer_not_posted", why=str(no))
            if page.whose and is_shut(str(no)):
                await self._directly(page)
            elif place.channel.startswith("D"):
                with contextlib.suppress(Refused):
                    return await self._posted(place.channel, page)
        return ""

    async def replace(self, place: TalkPlace, ts: str, page: Page) -> None:
        """Make the message ``ts`` say this, whether it was streamed to or not. Raises as :meth:`post`."""
        try:
            await self.chat.call("chat.stopStream", channel=place.channel, ts=ts)
        except Reject as over:
            log.debug("stream_over", why=str(over))
        try:
            await self.chat.call(
                "chat.update", channel=place.channel, ts=ts, text=summary(page.told), blocks=page.blocks
            )
        except Reject as no:
            log.info("answer_not_replaced", why=str(no))
            await self.post(place, page)

    async def _directly(self, page: Page) -> None:
        why = say(page.language, "talk.elsewhere")
        words: Block = {"type": "markdown", "text": f"{why}\n\n{page.told}"}
        sheet = Sheet(text=f"{why} {summary(page.told)}", blocks=[words, *page.blocks[1:]])
        await Private(self.chat).send(SlackUserId(page.whose), "", sheet)

    async def _posted(self, channel: str, page: Page, **thread: str) -> str:
        arguments: dict[str, Any] = {
            "channel": channel,
            **thread,
            "text": summary(page.told),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            answer = await self.chat.call("chat.postMessage", **arguments, blocks=page.blocks)
        except Refused as no:
            if str(no) not in {"invalid_blocks", "invalid_blocks_format"}:
                raise
            log.warning("answer_posted_plainly", why=str(no))
            answer = await self.chat.call("chat.postMessage", **arguments, blocks=[])
        return str(answer.get("ts", ""))


def is_shut(why: str) -> bool:
    """Whether Slack's ``why`` is about one channel, in which we may not write."""
    return why in SHUT or why.startswith(RESTRICTED)


class Stream:
    """Fills ``bot.runtime.talking.Answering`` for one run."""

    def __init__(
        self, chat: Chat, clock: Clock, place: TalkPlace, run: Run, begun: Callable[[str], Awaitable[None]]
    ) -> None:
        """``begun`` is told the message's ``ts`` once it is there."""
        self._chat, self._clock, self._place, self._run, self._begun = chat, clock, place, run, begun
        self._writing = Writing(chat)
        self._ts = run.answer_ts
        self._is_live = not run.answer_ts  # the run is repeated, or answers anew: the end replaces it all
        self._sent = ""
        self._words = ""
        self._tasks: list[Block] = []
        self._open: dict[str, Block] = {}
        """Steps that are not done yet."""
        self._not_before = 0.0
        self._is_stopped = False
        self._beginning: asyncio.Task[None] | None = None

    async def words(self, text: str) -> None:
        """Show more of the answer, in some while."""
        self._words += text
        if len(self._words) >= APPEND_CHARS or self._now >= self._not_before:
            await self._flush()

    async def step(self, step: Step) -> None:
        """Show what is being done."""
        drawn = task(step, self._run.language)
        self._tasks = [each for each in self._tasks if each["id"] != step.id]
        self._tasks.append(drawn)
        self._open.pop(step.id, None)
        if not step.done:
            self._open[step.id] = drawn
        await self._flush()

    async def stopped(self) -> bool:
        """Whether Slack has told us that the person pressed Stop."""
        return self._is_stopped

    async def settled(self) -> str:
        """Wait for a message that Slack was just asked for; return where the answer is, empty: nowhere."""
        if self._beginning is not None:
            await asyncio.wait({self._beginning})
        return self._ts

    async def finish(self, lines: Sequence[Line], status: str) -> Finished:
        """Make the message say ``lines`` and nothing else; a stream's end shows ``status`` as well."""
        run, told = self._run, markdown(lines, self._run.language)
        page = Page(told, body(told, str(run.id), run.language), whose=run.person, language=run.language)
        try:
            if not self._ts:
                # A run that is repeated finds it there.
                await self._hangs(await self._writing.post(self._place, page))
            elif self._is_live and told.startswith(self._sent) and await self._stop(told, status):
                return Finished(said=True, shown=status)
            else:
                await self._writing.replace(self._place, self._ts, page)
        except BotError as away:
            log.info("answer_not_finished", why=str(away))
            return Finished(said=not isinstance(away, Retry))
        return Finished(said=True)

    # -- inside --------------------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def _flush(self) -> None:
        """Send what has gathered; what Slack does not take now waits, and comes with the end."""
        if not self._is_live or self._now < self._not_before:
            return
        # A lone "<" might become a mention with what comes next.
        ready = self._words.removesuffix("<")
        chunks, shown = [*self._tasks], defused(ready)
        if len(self._sent) + len(shown) > STREAM_CHARS_MAX:
            ready = shown = ""  # the end says how much of it there is
        if ready:
            chunks.append({"type": "markdown_text", "text": shown})
        if not chunks:
            return
        self._not_before = self._now + APPEND_S
        if await self._is_sent(chunks):
            self._sent += shown
            self._words, self._tasks = self._words[len(ready) :], []

    async def _is_sent(self, chunks: list[Block]) -> bool:
        """Send ``chunks``, and say whether they stand there; where nobody can tell, the end says it all."""
        try:
            await self._send(chunks)
        except (Unanswered, asyncio.CancelledError) as lost:
            self._is_live = False  # sent once more it might stand there twice
            log.info("stream_ended_early", why=str(lost))
            if isinstance(lost, asyncio.CancelledError):
                raise
            return False
        except Retry as busy:
            self._not_before = self._now + max(APPEND_S, busy.after_s)
            return False
        except Reject as no:
            self._is_stopped = str(no) == STOPPED
            self._is_live = False
            log.info("stream_ended_early", why=str(no))
            return False
        return True

    async def _send(self, chunks: list[Block]) -> None:
        if self._ts:
            await self._chat.call(
                "chat.appendStream", channel=self._place.channel, ts=self._ts, chunks=chunks
            )
            return
        # A run that is ended meanwhile does not end this: the message would stand there, and nobody know.
        self._beginning = asyncio.create_task(self._begin(chunks))
        self._beginning.add_done_callback(_heard)
        await asyncio.shield(self._beginning)

    async def _begin(self, chunks: list[Block]) -> None:
        answer = await self._chat.call(
            "chat.startStream",
            channel=self._place.channel,
            thread_ts=self._place.thread_ts,
            recipient_team_id=self._place.team,
            recipient_user_id=self._run.person,
            task_display_mode="timeline",
            chunks=chunks,
        )
        await self._hangs(str(answer.get("ts", "")))

    async def _hangs(self, ts: str) -> None:
        """Say where the answer is; that nobody could keep it does not undo what Slack shows."""
        self._ts = ts
        try:
            if ts:
                await self._begun(ts)
        except Retry as away:
            log.info("answer_not_kept", why=str(away))

    async def _stop(self, told: str, status: str) -> bool:
        """Send what is missing and end the stream; False: it has to be replaced instead."""
        rest = told[len(self._sent) :]
        left = [{**each, "status": "error"} for each in self._open.values()]
        chunks: list[Block] = [*(each for each in self._tasks if each["id"] not in self._open), *left]
        if rest:
            chunks.append({"type": "markdown_text", "text": rest})
        try:
            await self._chat.call(
                "chat.stopStream",
                channel=self._place.channel,
                ts=self._ts,
                **({"chunks": chunks} if chunks else {}),
                blocks=rating(str(self._run.id), self._run.language),
                session_status=status,
            )
        except Reject as no:
            log.info("stream_not_stopped", why=str(no))
            return False
        return True


def _heard(beginning: asyncio.Task[None]) -> None:
    """Take note of how it ended, also where nobody waits for it any more."""
    if not beginning.cancelled():
        beginning.exception()
