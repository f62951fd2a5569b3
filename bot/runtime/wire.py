"""The wire to a language model: the only module that knows the provider's library.

Anthropic's own API and whatever speaks like it, Bedrock and Vertex: all three through the library's clients.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import math
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeAlias, cast

import anthropic
import httpx2
from anthropic.types import Message, ToolUseBlock
from pydantic import JsonValue

from bot.core.errors import BotError, Forbidden, Misconfigured, Reject
from bot.core.turns import Call
from bot.ports import Clock
from bot.runtime.backoff import backoff_s
from bot.runtime.models import BASE_URL, DEFAULT, Endpoint, Route
from bot.runtime.tab import UNSEEN, Tab
from bot.writers import Away

RETRY_S: Final = 5.0
"""How long callers are told to wait where the provider does not say."""
BACKOFF_S: Final = 0.6
"""Before another try of our own, where it does not say; most overloads pass within a second."""
WAIT_MAX_S: Final = 5.0
"""Seconds: asked to wait longer, we let the caller know at once instead."""
WORDS_MAX: Final = 200
"""Characters of the provider's error message, for the log and the dead letter."""
WAIT_BELIEVED_S: Final = 24 * 3600.0
"""Seconds: however long it asks to be left alone, nobody plans for longer."""
REFUSED_FROM: Final = 400
SERVER_ERRORS: Final = 500
WHOLE: Final = frozenset({"end_turn", "stop_sequence", "tool_use", None, ""})
"""Reasons to stop at the end of an answer: https://platform.claude.com/docs/en/api/handling-stop-reasons.
A reason that nobody knows yet is none of these."""
TORN: Final = "torn_call"
"""Ours: it says that it ended, in the middle of a tool's arguments."""
UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RuntimeError)
"""What the library trips over where a server's answer is not as the API's."""
_LATER: Final = frozenset({408, 409, 429})
_KEY_REFUSED: Final = frozenset({401, 402, 403})
_CLOUDS: Final = ("anthropic", "boto3", "botocore", "google")
"""Where a cloud's own errors are raised: about credentials, mostly."""
_PASSING: Final = frozenset({"TransportError", "HTTPClientError", "ParserError", "EventStreamError"})
"""Of those, by name, as neither library may be there: https://github.com/boto/botocore, exceptions.py and
eventstream.py; https://google-auth.readthedocs.io/en/latest/reference/google.auth.exceptions.html."""

Hear: TypeAlias = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take."""

    attempt_s: float = 30.0
    """For one attempt; of a streamed answer, from one piece to the next."""
    deadline_s: float = 45.0
    """For all attempts and the waits between them: a ticket's note must not wait for a provider's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    text: str
    calls: tuple[Call, ...]
    stop: str
    """Why it stopped, in the provider's word."""
    fresh: int
    """Tokens of input that no cache had a part in."""
    written: int
    read: int
    out: int
    thoughts: tuple[Any, ...] = ()
    """Its thinking, as it has to be handed back."""


class _Ear:
    """Whoever listens, and whether there was anything to hear: words are not said twice."""

    def __init__(self, hear: Hear, tab: Tab) -> None:
        self._hear, self.tab = hear, tab
        self.has_heard = False

    async def hear(self, words: str) -> None:
        self.has_heard = True
        await self._hear(words)


class Wire:
    """One endpoint."""

    def __init__(self, endpoint: Endpoint, retries: int, clock: Clock | None) -> None:
        """Open nothing yet. ``retries``: where it may pass soon, and before a word was heard.

        ``clock``: whose time passes between two tries; None: there is one try.
        """
        self._endpoint, self._retries, self._clock = endpoint, retries, clock
        self._client: anthropic.AsyncAnthropic | None = None
        self._opening = asyncio.Lock()

    async def send(
        self, body: dict[str, Any], route: Route, patience: Patience, hear: Hear | None, tab: Tab
    ) -> Answer:
        """Ask once; with ``hear`` the words are handed on as they come. What it raises comes through.

        ``tab``: where what came is taken down.

        Raises:
            Away: not reached, overloaded, too slow, or broken off.
            Forbidden, Misconfigured, Reject: the key, the model or the request is refused.
        """
        client = await self._opened()
        call: dict[str, Any] = {**body, "timeout": patience.attempt_s}
        limit = asyncio.timeout(patience.deadline_s)
        try:
            async with limit:
                return await self._tried(client, call, route, _Ear(hear, tab) if hear else None)
        except TimeoutError as error:
            if not limit.expired():
                raise  # whoever listens has a time limit of its own
            raise Away(f"the model did not answer in {patience.deadline_s:g} s", after_s=RETRY_S) from error

    async def close(self) -> None:
        """Give back the connections."""
        if self._client is not None:
            await self._client.close()

    async def _tried(
        self, client: anthropic.AsyncAnthropic, call: dict[str, Any], route: Route, ear: _Ear | None
    ) -> Answer:
        """Try until there is an answer, or no use in another try.

        The library's own repeats would sleep for as long as it is told, up to a minute, and then forget it.
        """
        failures, may_be_billed = 0, False
        while True:
            try:
                return await _once(client, call, route, ear)
            except Away as away:
                failures += 1
                may_be_billed |= not was_refused(away)
                wait = _asked_for(away.__cause__)
                heard = ear is not None and ear.has_heard
                is_over = failures > self._retries or heard or (wait or 0.0) > WAIT_MAX_S
                if is_over or self._clock is None:
                    if may_be_billed and failures > 1:
                        # The cause of the last one says nothing of those before it.
                        raise Away(str(away), after_s=away.after_s) from None
                    raise
                if wait is None:
                    wait = backoff_s(failures, base_s=BACKOFF_S, cap_s=WAIT_MAX_S)
                await self._clock.sleep(wait)

    async def _opened(self) -> anthropic.AsyncAnthropic:
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(_open, self._endpoint)
            return self._client


def was_refused(error: BotError) -> bool:
    """Whether nothing left us, or the provider said no before it thought: then nothing is to be paid."""
    if isinstance(error, Forbidden | Misconfigured):
        return True
    cause = error.__cause__
    if isinstance(cause, anthropic.APIConnectionError):
        return isinstance(cause.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
    return isinstance(cause, anthropic.APIStatusError) and cause.status_code >= REFUSED_FROM


async def _once(
    client: anthropic.AsyncAnthropic, call: dict[str, Any], route: Route, ear: _Ear | None
) -> Answer:
    try:
        if ear is not None:
            return _taken(await _streamed(client, call, ear), route)
        message = cast("object", await client.messages.create(**call))
    except Exception as error:
        told = _told(error, route)
        if told is None:
            raise
        raise told from error
    if not isinstance(message, Message):
        # Something in between answered 200 with a page; the library hands that on as it is.
        raise _somebody_else(route)
    return _taken(message, route)


async def _streamed(client: anthropic.AsyncAnthropic, call: dict[str, Any], ear: _Ear) -> Message:
    """Hand on the words as they come, then return the whole.

    Raises:
        Away: it ended before the message did, or does not read. What the listener raises comes through.
    """
    is_whole, arguments = False, dict[int, str]()
    async with client.messages.stream(**call) as stream:
        async for event in _events(stream):
            ear.tab.note(event)
            if event.type == "text":
                await ear.hear(event.text)
            elif event.type == "content_block_delta" and event.delta.type == "input_json_delta":
                arguments[event.index] = arguments.get(event.index, "") + event.delta.partial_json
            is_whole = is_whole or event.type == "message_stop"
        if not is_whole:  # cut on the way, or a page of somebody else's with not one event in it
            raise Away("the model's answer broke off", after_s=RETRY_S)
        message: Message = await stream.get_final_message()
    if message.stop_reason in WHOLE and not all(map(_is_object, arguments.values())):
        # The library completes half an object, so that it looks like a whole one.
        return message.model_copy(update={"stop_reason": TORN})
    return message


async def _events(stream: AsyncIterable[Any]) -> AsyncIterator[Any]:
    """Give what comes; the library trusts what it reads, and what it trips over may quote the answer.

    Raises:
        Away: it does not read.
    """
    events = aiter(stream)
    while True:
        trouble = ""
        try:
            event = await anext(events)
        except StopAsyncIteration:
            return
        except UNREADABLE as error:
            event, trouble = None, type(error).__name__
        if trouble:  # raised here, it drags no words along
            raise Away(f"the model's answer cannot be read: {trouble}", after_s=RETRY_S)
        yield event


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments or "{}"), dict)
    except ValueError:
        return False


def _taken(message: Message, route: Route) -> Answer:
    """Read it; the library hands on as it is what lacks half of a message.

    Raises:
        Away: it does.
    """
    try:
        return _read(message)
    except UNREADABLE:
        raise _somebody_else(route) from None


def _somebody_else(route: Route) -> Away:
    return Away(f"something other than the Messages API answered at {_where(route)}", after_s=RETRY_S)


def _read(message: Message) -> Answer:
    used = message.usage
    wants = [part for part in message.content if part.type == "tool_use"]
    is_torn = not all(isinstance(cast("object", part.input), dict) for part in wants)
    return Answer(
        text="".join(part.text for part in message.content if part.type == "text"),
        calls=() if is_torn else tuple(_call(part) for part in wants),
        stop=TORN if is_torn else message.stop_reason or "",
        fresh=int(used.input_tokens),
        written=used.cache_creation_input_tokens or 0,
        read=used.cache_read_input_tokens or 0,
        out=int(used.output_tokens),
        thoughts=tuple(part.model_dump(mode="json") for part in message.content if part.type in UNSEEN),
    )


def _call(part: ToolUseBlock) -> Call:
    return Call(part.id, part.name, cast("dict[str, JsonValue]", part.input))


def _open(endpoint: Endpoint) -> anthropic.AsyncAnthropic:
    """Make the library's client; it reads certificates, its own version and the platform's name from disk."""
    key, base = endpoint.api_key or None, endpoint.base_url or None
    client: Any
    match endpoint.kind:
        case "anthropic":
            client = anthropic.AsyncAnthropic(api_key=key, base_url=base or BASE_URL, max_retries=0)
        case "bedrock":
            _need(endpoint, "boto3")
            from anthropic.lib.bedrock import AsyncAnthropicBedrock  # noqa: PLC0415  # few need it

            client = AsyncAnthropicBedrock(
                api_key=key, aws_region=endpoint.region, base_url=base, max_retries=0
            )
        case "vertex":
            _need(endpoint, "google.auth")
            from anthropic.lib.vertex import AsyncAnthropicVertex  # noqa: PLC0415  # few need it

            client = AsyncAnthropicVertex(
                region=endpoint.region, project_id=endpoint.project, base_url=base, max_retries=0
            )
    client.platform_headers()  # cached; the first request would read files in the event loop otherwise
    return cast("anthropic.AsyncAnthropic", client)  # all three have the same messages


def _need(endpoint: Endpoint, module: str) -> None:
    """Say which extra of the library is missing, before a call fails with the library's own words.

    Raises:
        Misconfigured: ``module`` is not installed.
    """
    try:
        found = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise Misconfigured(
            f"the endpoint {endpoint.name!r} needs {module}: pip install 'countersign[{endpoint.kind}]'"
        )


def _where(route: Route) -> str:
    endpoint = route.endpoint
    return "ANTHROPIC_BASE_URL" if endpoint.name == DEFAULT else f"the endpoint {endpoint.name!r}"


def _told(error: Exception, route: Route) -> BotError | None:
    """Translate what went wrong; the provider's words are cut, and hold none of ours. None: not theirs."""
    if isinstance(error, anthropic.APIStatusError):
        return _refused(error, route)
    if not isinstance(error, anthropic.AnthropicError | httpx2.HTTPError | json.JSONDecodeError):
        return _of_a_cloud(error, route)
    reached = not isinstance(error, anthropic.APIConnectionError | httpx2.HTTPError)
    what = "the model's answer cannot be read" if reached else "the model cannot be reached"
    return Away(f"{what}: {type(error).__name__}", after_s=RETRY_S)


def _refused(error: anthropic.APIStatusError, route: Route) -> BotError:
    status = error.status_code
    words = f"the provider answered {status} {error.type or ''}".rstrip()
    # Below 400 the answer had begun, and an error came in the middle of its stream.
    if status in _LATER or not REFUSED_FROM <= status < SERVER_ERRORS:
        asked = _asked_for(error)
        return Away(words, after_s=RETRY_S if asked is None else asked)
    if status in _KEY_REFUSED:
        whose = "ANTHROPIC_API_KEY" if route.endpoint.name == DEFAULT else f"the key of {_where(route)}"
        return Forbidden(f"{words}: check {whose} and the account's balance")
    if status == 404:  # noqa: PLR2004  # how the API says "no such model"
        return Misconfigured(f"{words}: {route.wire!r} is no model that {_where(route)} has for this account")
    return Reject(f"{words}: {(error.api_message or '')[:WORDS_MAX]}")


def _asked_for(error: BaseException | None) -> float | None:
    """Return how many seconds the provider wants to be left alone for; None: it does not say."""
    if not isinstance(error, anthropic.APIStatusError):
        return None
    said = error.response.headers.get("retry-after", "")
    try:
        wait = float(said)
    except ValueError:
        wait = _until(said, error.response.headers.get("date", ""))
    return None if math.isnan(wait) else min(max(0.0, wait), WAIT_BELIEVED_S)


def _until(date: str, now: str) -> float:
    """Return the seconds between two HTTP dates, both by the provider's clock; NaN where one is none.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError):  # no date, or one without its zone
        return math.nan


def _of_a_cloud(error: Exception, route: Route) -> BotError | None:
    """Translate what a cloud's library raised; None: somebody else did."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = str(trace.tb_frame.f_globals.get("__name__", "")) if trace is not None else ""
    if route.endpoint.kind == "anthropic" or where.partition(".")[0] not in _CLOUDS:
        return None
    if not _PASSING.isdisjoint(kind.__name__ for kind in type(error).__mro__):
        return Away(f"the model cannot be reached: {type(error).__name__}", after_s=RETRY_S)
    return Forbidden(f"{_where(route)} has no credentials that can be used: {type(error).__name__}")
