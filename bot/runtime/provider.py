"""The one way to a language model: the only module that knows the provider's library.

Every call passes here, and here every one is held to the breaker, the budgets and its deadline, and counted.
Neither the prompt nor the answer is ever logged; what a log may know is the model, the tokens and the price.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import anthropic
import httpx2
import structlog
from anthropic.types import Message, ToolUseBlock
from pydantic import JsonValue

from bot.core.errors import BotError, Forbidden, Misconfigured, Reject
from bot.core.judgement import Usage
from bot.core.turns import Call
from bot.runtime.breaker import REST_MAX_S, Breaker
from bot.runtime.budgets import Budgets, Payer
from bot.runtime.meters import Meters
from bot.runtime.models import BASE_URL, DEFAULT, Endpoint, Models, Place, Role, Route
from bot.runtime.spending import Price, price_of
from bot.writers import Away, Unusable

BYTES_PER_TOKEN_MIN: Final = 2
"""To reserve money before a call: English has 4 to a token, and no usual text less than this."""
THINKING_TOKENS_MAX: Final = 6_000
"""On top, for models that think before they answer: thinking counts as output."""
RETRY_S: Final = 5.0
"""How long to wait where the provider does not say."""
WORDS_MAX: Final = 200
"""Of the provider's error message, for the log and the dead letter."""
UNSEEN: Final = frozenset({"thinking", "redacted_thinking"})
"""Blocks that are handed back as they are in the same answer's next step
(https://platform.claude.com/docs/en/build-with-claude/thinking, "Preserving thinking blocks")."""
REFUSED_FROM: Final = 400
SERVER_ERRORS: Final = 500
_LATER: Final = frozenset({408, 409, 429})
_KEY_REFUSED: Final = frozenset({401, 402, 403})

Hear: TypeAlias = Callable[[str], Awaitable[None]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take."""

    attempt_s: float = 30.0
    """For one attempt; of a streamed answer, from one piece to the next."""
    deadline_s: float = 45.0
    """For all attempts and the waits between them: a ticket's note must not wait for a provider's."""


PATIENCE: Final[Mapping[Role, Patience]] = {Role.TRIAGE: Patience(), Role.CHAT: Patience(60.0, 120.0)}


@dataclass(frozen=True, slots=True)
class Guards:
    """What every call is held to; None: not held to it."""

    breaker: Breaker | None = None
    budgets: Budgets | None = None
    meters: Meters | None = None
    retries: int = 1
    """By the library, on connection errors, 408, 409, 429 and 5xx, with its own backoff."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, without what follows from the model."""

    role: Role
    places: tuple[Place, ...]
    """Where each text in it came from."""
    body: Mapping[str, Any]
    """``system``, ``tools``, ``messages``, ``tool_choice``, as the Messages API has them."""
    tokens_max: int
    """Of the answer, thinking not counted."""
    payer: Payer = field(default_factory=Payer)


@dataclass(frozen=True, slots=True)
class Said:
    """A whole answer."""

    text: str
    calls: tuple[Call, ...]
    usage: Usage
    unseen: str = ""
    """Its thinking, as JSON with the model's name; only that model takes it back."""


@dataclass(slots=True)
class _Bill:
    """What a call has to be counted as, should it end right now."""

    usd: float
    tokens: int

    def know(self, usage: Usage) -> None:
        self.usd, self.tokens = usage.usd, usage.tokens_in + usage.tokens_out


class Provider:
    """All endpoints of the configuration, each opened when it is first needed."""

    def __init__(
        self,
        models: Models,
        guards: Guards | None = None,
        patience: Mapping[Role, Patience] = PATIENCE,
    ) -> None:
        """Open no connection yet."""
        self.models = models
        self._guards = guards or Guards()
        self._patience = patience
        self._clients: dict[str, anthropic.AsyncAnthropic] = {}
        self._opening = asyncio.Lock()

    def price(self, role: Role, places: Iterable[Place]) -> Price:
        """Return what the model for these costs and takes.

        Raises:
            StaysHome: no model may be shown them.
        """
        return price_of(self.models.route(role, places).model)

    async def ask(self, ask: Ask, hear: Hear | None = None) -> Said:
        """Ask once; with ``hear`` the words are handed on as they come.

        Raises:
            StaysHome: no model may be shown this text; nothing was sent.
            BudgetSpent: it is not paid for; nothing was sent.
            Away: not reached, overloaded, too slow, broken off, or left alone after too many of these.
            Unavailable: Redis is away, and nobody counts.
            Unusable: the answer was refused, cut or empty; carries what it cost.
            Forbidden, Misconfigured, Reject: the key, the model or the request is refused.
        """
        route = self.models.route(ask.role, ask.places)
        price = price_of(route.model)
        body = _whole(ask, route, price)
        async with self._passage(route.endpoint):
            message = await self._paid(ask, body, route, price, hear)
        usage = _usage(message, route.model, price)
        self._count(usage)
        return _read(message, usage)

    async def close(self) -> None:
        """Give back the connections."""
        for client in self._clients.values():
            await client.close()

    @asynccontextmanager
    async def _passage(self, endpoint: Endpoint) -> AsyncGenerator[None]:
        """Hold a call to the breaker, and tell the breaker how it went."""
        breaker, name = self._guards.breaker, endpoint.name
        if breaker is None:
            yield
            return
        token = await breaker.enter(name)
        try:
            yield
        except Away as away:
            await breaker.failed(name, token, rest_s=away.after_s)
            raise
        except (Forbidden, Misconfigured):
            # It takes a person to put that right: no use in asking for each ticket.
            await breaker.failed(name, token, rest_s=REST_MAX_S)
            raise
        except BaseException:
            await breaker.left(name, token)
            raise
        await breaker.worked(name, token)

    async def _paid(
        self, ask: Ask, body: dict[str, Any], route: Route, price: Price, hear: Hear | None
    ) -> Message:
        """Send it, with what it can cost at most set aside until it is known what it did cost."""
        size = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
        tokens = size // BYTES_PER_TOKEN_MIN
        most = price.usd(fresh=0, written=tokens, read=0, out=body["max_tokens"])
        budgets, reservation = self._guards.budgets, None
        if budgets is not None:
            reservation = await budgets.reserve(most, tokens + body["max_tokens"], ask.payer)
        # Until we hear otherwise it is counted whole: an answer that never reached us may still be billed.
        bill = _Bill(most, tokens + body["max_tokens"])
        try:
            message = await self._sent(ask.role, body, route, hear, bill)
            bill.know(_usage(message, route.model, price))
        finally:
            if budgets is not None and reservation is not None:
                await budgets.settle(reservation, bill.usd, bill.tokens)
        return message

    async def _sent(
        self, role: Role, body: dict[str, Any], route: Route, hear: Hear | None, bill: _Bill
    ) -> Message:
        client, patience = await self._opened(route.endpoint), self._patience[role]
        call: dict[str, Any] = {**body, "timeout": patience.attempt_s}
        limit = asyncio.timeout(patience.deadline_s)
        try:
            async with limit:
                if hear is not None:
                    return await _streamed(client, call, hear)
                message = cast("object", await client.messages.create(**call))
        except TimeoutError as error:
            if not limit.expired():
                raise  # whoever listens has a time limit of its own
            raise Away(f"the model did not answer in {patience.deadline_s:g} s", after_s=RETRY_S) from error
        except (anthropic.AnthropicError, httpx2.HTTPError, json.JSONDecodeError) as error:
            if isinstance(error, anthropic.APIStatusError) and error.status_code >= REFUSED_FROM:
                bill.usd, bill.tokens = 0.0, 0  # refused before it thought
            raise _told(error, route) from error
        if not isinstance(message, Message):
            # Something in between answered 200 with a page; the library hands that on as it is.
            raise Away(f"something other than the Messages API answered at {_where(route)}", after_s=RETRY_S)
        return message

    async def _opened(self, endpoint: Endpoint) -> anthropic.AsyncAnthropic:
        async with self._opening:
            if endpoint.name not in self._clients:
                self._clients[endpoint.name] = await asyncio.to_thread(_open, endpoint, self._guards.retries)
            return self._clients[endpoint.name]

    def _count(self, usage: Usage) -> None:
        kinds = {"in": usage.tokens_in, "out": usage.tokens_out, "cached": usage.tokens_cached}
        _log.info("model_answered", model=usage.model, usd=round(usage.usd, 6), **kinds)
        meters = self._guards.meters
        if meters is None:
            return
        for kind, tokens in kinds.items():
            meters.tokens.labels(usage.model, kind).inc(tokens)
        meters.usd.labels(usage.model).inc(usage.usd)


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


def _whole(ask: Ask, route: Route, price: Price) -> dict[str, Any]:
    """Add what follows from the model: its name, how it thinks, and how long it may answer."""
    thinks = not price.thinking and not price.forced_tool
    body = {**ask.body, "model": route.wire}
    body["max_tokens"] = ask.tokens_max + (THINKING_TOKENS_MAX if thinks else 0)
    if price.thinking:
        body["thinking"] = {"type": price.thinking}
    return body


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


def _told(error: Exception, route: Route) -> BotError:
    """Translate what went wrong; the provider's words are cut, and hold none of ours."""
    if isinstance(error, anthropic.APIStatusError):
        return _refused(error, route)
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


def _usage(message: Message, model: str, price: Price) -> Usage:
    used = message.usage
    written, cached = used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0
    return price.usage(model, fresh=used.input_tokens, written=written, read=cached, out=used.output_tokens)


def _read(message: Message, usage: Usage) -> Said:
    """Take the answer apart.

    Raises:
        Unusable: refused, cut, or empty.
    """
    match message.stop_reason:
        case "refusal":
            raise Unusable("the model refused to answer", usage=usage)
        case "max_tokens" | "model_context_window_exceeded":
            raise Unusable(f"the model's answer was cut ({message.stop_reason})", usage=usage)
        case _:
            text = "".join(part.text for part in message.content if part.type == "text")
            calls = tuple(_call(part) for part in message.content if part.type == "tool_use")
    if not text.strip() and not calls:
        raise Unusable("the model said nothing", usage=usage)
    kept = [part.model_dump(mode="json") for part in message.content if part.type in UNSEEN]
    unseen = json.dumps({"model": usage.model, "blocks": kept}) if kept else ""
    return Said(text, calls, usage, unseen)


def _call(part: ToolUseBlock) -> Call:
    return Call(part.id, part.name, cast("dict[str, JsonValue]", part.input))
