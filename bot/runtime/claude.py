"""Claude behind the port ``Model``: the only module that knows the provider's library.

Neither the prompt nor the answer is ever logged; what a log may know is the model, the tokens and the price.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import anthropic
from anthropic.types import Message, ToolUseBlock

from bot.brain.asking import TOOL, Asking, ask, read
from bot.core.errors import BotError, Forbidden, Misconfigured, Reject, Retry
from bot.core.judgement import Judgement, Question, Usage
from bot.ports import Model
from bot.runtime.spending import Price, Reservation, Spending, price_of
from bot.writers import Unusable

MODEL: Final = "claude-haiku-5-5"
"""Built for classification and routing: https://platform.claude.com/docs/en/models/haiku-5-5/overview."""
BASE_URL: Final = "https://api.anthropic.com"
ANSWER_TOKENS_MAX: Final = 2_000
"""A dozen fields with their quotes and a page of draft need half of it."""
THINKING_TOKENS_MAX: Final = 6_000
"""On top, for models that think before a tool: thinking counts as output."""
BYTES_PER_TOKEN_MIN: Final = 2
"""To reserve money before a call: English has 4 to a token, and no usual text less than this."""
RETRY_S: Final = 5.0
"""How long to wait where the provider does not say."""
WORDS_MAX: Final = 200
"""Of the provider's error message, for the log and the dead letter."""
_LATER: Final = frozenset({408, 409, 429})
_KEY_REFUSED: Final = frozenset({401, 402, 403})


@dataclass(frozen=True, slots=True, repr=False)
class ClaudeSettings:
    """How to reach it. No ``repr``: the key must not be printed."""

    api_key: str
    base_url: str = BASE_URL
    """Any server that speaks the Messages API; http:// for loopback addresses only."""
    model: str = MODEL
    timeout_s: float = 30.0
    """For one attempt."""
    retries: int = 1
    """By the library, on connection errors, 408, 409, 429 and 5xx, with its own backoff."""
    deadline_s: float = 45.0
    """For all attempts and the waits between them: a ticket's note must not wait for a provider's."""


class Claude:
    """Implements the port ``Model``."""

    def __init__(
        self,
        settings: ClaudeSettings,
        *,
        spending: Spending | None = None,
        adviser: Model | None = None,
        names: Sequence[str] = (),
    ) -> None:
        """Open no connection yet.

        ``spending``: the day's budget; None: nothing counts. ``adviser``: the local brain, whose suggestions
        go along. ``names``: people who are always masked.

        Raises:
            Misconfigured: no key, or a base URL that would send tickets unencrypted.
        """
        _check(settings)
        self._settings = settings
        self._price = price_of(settings.model)
        self._spending = spending
        self._adviser = adviser
        self._names = tuple(names)
        self._client: anthropic.AsyncAnthropic | None = None
        self._opening = asyncio.Lock()

    async def judge(self, question: Question) -> Judgement:
        """Ask once.

        Raises:
            BudgetSpent, Retry: away, busy, or over budget.
            Unusable: it answered something we do not accept; carries what it cost.
            Forbidden, Misconfigured, Reject: the key, the model or the request is refused.
        """
        advice = await self._adviser.judge(question) if self._adviser else None
        asking = await asyncio.to_thread(ask, question, advice, self._names)
        request = self._request(asking)
        reservation = await self._reserve(asking, request["max_tokens"])
        # Until we hear otherwise it is counted whole: an answer that never reached us may still be billed.
        usd = reservation.micro / 1_000_000 if reservation else 0.0
        try:
            message = await self._send(request)
            usage = _usage(message, self._settings.model, self._price)
            usd = usage.usd
        except (Retry, Reject) as no:
            if isinstance(no.__cause__, anthropic.APIStatusError):
                usd = 0.0  # refused before it thought
            raise
        finally:
            if self._spending and reservation:
                await self._spending.settle(reservation, usd)
        return _judgement(message, asking, usage)

    async def close(self) -> None:
        """Give back the connections."""
        if self._client is not None:
            await self._client.close()

    async def _opened(self) -> anthropic.AsyncAnthropic:
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(_open, self._settings)
            return self._client

    def _request(self, asking: Asking) -> dict[str, Any]:
        """Build the call. The marker makes the provider keep all before it: the tool and the rules."""
        request: dict[str, Any] = {
            "model": self._settings.model,
            "max_tokens": ANSWER_TOKENS_MAX + (0 if self._price.forced_tool else THINKING_TOKENS_MAX),
            "system": [{"type": "text", "text": asking.system, "cache_control": {"type": "ephemeral"}}],
            "tools": [
                {
                    "name": TOOL,
                    "description": "Say what the ticket is, in the desk's own values, and draft a reply.",
                    "input_schema": asking.schema,
                }
            ],
            "messages": [{"role": "user", "content": asking.text}],
        }
        forced = {"type": "tool", "name": TOOL}
        choice = forced if self._price.forced_tool else {"type": "auto"}
        request["tool_choice"] = {**choice, "disable_parallel_tool_use": True}
        if self._price.no_thinking:
            request["thinking"] = {"type": "disabled"}
        return request

    async def _reserve(self, asking: Asking, tokens_out: int) -> Reservation | None:
        if self._spending is None:
            return None
        size = len(asking.system.encode()) + len(asking.text.encode()) + len(repr(asking.schema))
        tokens = size // BYTES_PER_TOKEN_MIN
        return await self._spending.reserve(self._price.usd(fresh=0, written=tokens, read=0, out=tokens_out))

    async def _send(self, request: dict[str, Any]) -> Message:
        client = await self._opened()
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                message = cast("object", await client.messages.create(**request))
        except TimeoutError as error:
            raise Retry(
                f"the model did not answer in {self._settings.deadline_s:g} s", after_s=RETRY_S
            ) from error
        except anthropic.APIStatusError as error:
            raise _told(error, self._settings.model) from error
        except anthropic.APIConnectionError as error:
            raise Retry(f"the model cannot be reached: {type(error).__name__}", after_s=RETRY_S) from error
        except anthropic.AnthropicError as error:
            raise Retry(
                f"the model's answer cannot be read: {type(error).__name__}", after_s=RETRY_S
            ) from error
        if not isinstance(message, Message):
            # Something in between answered 200 with a page; the library hands that on as it is.
            raise Retry(
                "something other than the Messages API answered at ANTHROPIC_BASE_URL", after_s=RETRY_S
            )
        return message


def _open(settings: ClaudeSettings) -> anthropic.AsyncAnthropic:
    """Make the library's client; it reads certificates, its own version and the platform's name from disk."""
    client = anthropic.AsyncAnthropic(
        api_key=settings.api_key,
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=settings.retries,
    )
    client.platform_headers()  # cached; the first request would read files in the event loop otherwise
    return client


def _check(settings: ClaudeSettings) -> None:
    if not settings.api_key:
        raise Misconfigured("ANTHROPIC_API_KEY is empty: set it, or leave it unset for the local brain alone")
    url = urlsplit(settings.base_url)
    if url.scheme == "https" and url.hostname:
        return
    if url.scheme != "http" or not _is_loopback(url.hostname or ""):
        raise Misconfigured(
            f"ANTHROPIC_BASE_URL {settings.base_url!r}: write https://…; http:// is for loopback only"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _told(error: anthropic.APIStatusError, model: str) -> BotError:
    """Translate the provider's refusal; its words are cut, and hold none of ours."""
    status = error.status_code
    words = f"the provider answered {status} {error.type or ''}".rstrip()
    if status in _LATER or status >= 500:  # noqa: PLR2004  # every server error
        return Retry(words, after_s=_retry_after(error))
    if status in _KEY_REFUSED:
        return Forbidden(f"{words}: check ANTHROPIC_API_KEY and the account's balance")
    if status == 404:  # noqa: PLR2004  # how the API says "no such model"
        return Misconfigured(f"{words}: COUNTERSIGN_MODEL is {model!r}, which this account cannot use")
    return Reject(f"{words}: {(error.api_message or '')[:WORDS_MAX]}")


def _retry_after(error: anthropic.APIStatusError) -> float:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", RETRY_S)))
    except ValueError:
        return RETRY_S  # a date: rare, and the circuit breaker waits longer anyway


def _usage(message: Message, model: str, price: Price) -> Usage:
    used = message.usage
    written, cached = used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0
    usd = price.usd(fresh=used.input_tokens, written=written, read=cached, out=used.output_tokens)
    # The API counts the three kinds of input apart; ours is their sum.
    tokens_in = used.input_tokens + written + cached
    return Usage(model, tokens_in, used.output_tokens, tokens_cached=cached, usd=usd)


def _judgement(message: Message, asking: Asking, usage: Usage) -> Judgement:
    """Read the one tool call.

    Raises:
        Unusable: cut, refused, no call, two calls, or a call that breaks its schema.
    """
    match message.stop_reason:
        case "refusal":
            raise Unusable("the model refused to answer", usage=usage)
        case "max_tokens" | "model_context_window_exceeded":
            raise Unusable(f"the model's answer was cut ({message.stop_reason})", usage=usage)
        case _:
            calls = [part for part in message.content if isinstance(part, ToolUseBlock)]
    if len(calls) != 1 or calls[0].name != TOOL:
        raise Unusable(f"the model called {len(calls)} tools instead of {TOOL!r} once", usage=usage)
    try:
        answers, draft, source = read(asking, calls[0].input)
    except Reject as no:
        raise Unusable(str(no), usage=usage) from no
    return Judgement(brain=usage.model, answers=answers, draft=draft, draft_source=source, usage=usage)
