"""The wire to a language model: the only module that knows the provider's library.

Anthropic's own API and whatever speaks like it, Bedrock and Vertex: all three through the library's clients.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import anthropic
import httpx2
from anthropic.types import Message, ToolUseBlock
from pydantic import JsonValue

from bot.core.errors import BotError, Forbidden, Misconfigured, Reject
from bot.core.turns import Call
from bot.runtime.models import BASE_URL, DEFAULT, Endpoint, Route
from bot.writers import Away

RETRY_S: Final = 5.0
"""How long to wait where the provider does not say."""
WORDS_MAX: Final = 200
"""Characters of the provider's error message, for the log and the dead letter."""
UNSEEN: Final = frozenset({"thinking", "redacted_thinking"})
"""Blocks that are handed back as they are in the same answer's next step
(https://platform.claude.com/docs/en/build-with-claude/thinking, "Preserving thinking blocks")."""
REFUSED_FROM: Final = 400
SERVER_ERRORS: Final = 500
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


class Wire:
    """One endpoint."""

    def __init__(self, endpoint: Endpoint, retries: int) -> None:
        """Open nothing yet. ``retries``: by the library, with its own backoff."""
        self._endpoint, self._retries = endpoint, retries
        self._client: anthropic.AsyncAnthropic | None = None
        self._opening = asyncio.Lock()

    async def send(self, body: dict[str, Any], route: Route, patience: Patience, hear: Hear | None) -> Answer:
        """Ask once; with ``hear`` the words are handed on as they come. What it raises comes through.

        Raises:
            Away: not reached, overloaded, too slow, or broken off.
            Forbidden, Misconfigured, Reject: the key, the model or the request is refused.
        """
        client = await self._opened()
        call: dict[str, Any] = {**body, "timeout": patience.attempt_s}
        limit = asyncio.timeout(patience.deadline_s)
        try:
            async with limit:
                if hear is not None:
                    return _taken(await _streamed(client, call, hear))
                message = cast("object", await client.messages.create(**call))
        except TimeoutError as error:
            if not limit.expired():
                raise  # whoever listens has a time limit of its own
            raise Away(f"the model did not answer in {patience.deadline_s:g} s", after_s=RETRY_S) from error
        except Exception as error:
            told = _told(error, route)
            if told is None:
                raise
            raise told from error
        if not isinstance(message, Message):
            # Something in between answered 200 with a page; the library hands that on as it is.
            raise Away(f"something other than the Messages API answered at {_where(route)}", after_s=RETRY_S)
        return _taken(message)

    async def close(self) -> None:
        """Give back the connections."""
        if self._client is not None:
            await self._client.close()

    async def _opened(self) -> anthropic.AsyncAnthropic:
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(_open, self._endpoint, self._retries)
            return self._client


def was_refused(error: BotError) -> bool:
    """Whether the provider said no before it thought: then nothing is to be paid."""
    cause = error.__cause__
    return isinstance(cause, anthropic.APIStatusError) and cause.status_code >= REFUSED_FROM


async def _streamed(client: anthropic.AsyncAnthropic, call: dict[str, Any], hear: Hear) -> Message:
    """Hand on the words as they come, then return the whole.

    Raises:
        Away: it ended before the message did. What ``hear`` raises comes through and ends the call.
    """
    is_whole = False
    async with client.messages.stream(**call) as stream:
        async for event in stream:
            if event.type == "text":
                await hear(event.text)
            is_whole = is_whole or event.type == "message_stop"
        if not is_whole:  # cut on the way, or a page of somebody else's with not one event in it
            raise Away("the model's answer broke off", after_s=RETRY_S)
        return await stream.get_final_message()


def _taken(message: Message) -> Answer:
    used = message.usage
    return Answer(
        text="".join(part.text for part in message.content if part.type == "text"),
        calls=tuple(_call(part) for part in message.content if part.type == "tool_use"),
        stop=message.stop_reason or "",
        fresh=used.input_tokens,
        written=used.cache_creation_input_tokens or 0,
        read=used.cache_read_input_tokens or 0,
        out=used.output_tokens,
        thoughts=tuple(part.model_dump(mode="json") for part in message.content if part.type in UNSEEN),
    )


def _call(part: ToolUseBlock) -> Call:
    return Call(part.id, part.name, cast("dict[str, JsonValue]", part.input))


def _open(endpoint: Endpoint, retries: int) -> anthropic.AsyncAnthropic:
    """Make the library's client; it reads certificates, its own version and the platform's name from disk."""
    key, base = endpoint.api_key or None, endpoint.base_url or None
    client: Any
    match endpoint.kind:
        case "anthropic":
            client = anthropic.AsyncAnthropic(api_key=key, base_url=base or BASE_URL, max_retries=retries)
        case "bedrock":
            _need(endpoint, "boto3")
            from anthropic.lib.bedrock import AsyncAnthropicBedrock  # noqa: PLC0415  # few need it

            client = AsyncAnthropicBedrock(
                api_key=key, aws_region=endpoint.region, base_url=base, max_retries=retries
            )
        case "vertex":
            _need(endpoint, "google.auth")
            from anthropic.lib.vertex import AsyncAnthropicVertex  # noqa: PLC0415  # few need it

            client = AsyncAnthropicVertex(
                region=endpoint.region, project_id=endpoint.project, base_url=base, max_retries=retries
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
            f"the endpoint {endpoint.name!r} needs {module}: pip install 'anthropic[{endpoint.kind}]'"
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
        return Away(words, after_s=_retry_after(error))
    if status in _KEY_REFUSED:
        whose = "ANTHROPIC_API_KEY" if route.endpoint.name == DEFAULT else f"the key of {_where(route)}"
        return Forbidden(f"{words}: check {whose} and the account's balance")
    if status == 404:  # noqa: PLR2004  # how the API says "no such model"
        return Misconfigured(f"{words}: {route.wire!r} is no model that {_where(route)} has for this account")
    return Reject(f"{words}: {(error.api_message or '')[:WORDS_MAX]}")


def _retry_after(error: anthropic.APIStatusError) -> float:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", RETRY_S)))
    except ValueError:
        return RETRY_S  # a date: rare, and the circuit breaker waits longer anyway


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
