"""The one way to a language model, whoever asks.

Every call passes here, and here every one is held to the breaker, the budgets and its deadline, and counted.
Neither the prompt nor the answer is ever logged; what a log may know is the model, the tokens and the price.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bot.core.errors import BotError, Forbidden, Misconfigured, Reject
from bot.core.judgement import Usage
from bot.core.turns import Call
from bot.ports import Clock
from bot.runtime.breaker import REST_MAX_S, Breaker
from bot.runtime.budgets import Budgets, Payer
from bot.runtime.meters import Meters
from bot.runtime.models import Endpoint, Models, Place, Role, Route
from bot.runtime.spending import Price, price_of
from bot.runtime.tab import Tab
from bot.runtime.wire import WHOLE, Answer, Hear, Patience, Wire, was_refused
from bot.writers import Away, Unusable

BYTES_PER_TOKEN_MIN: Final = 2
"""To reserve money before a call: English has 4 to a token, and no usual text less than this."""
THINKING_TOKENS_MAX: Final = 6_000
"""On top, for models that think before they answer: thinking counts as output."""

_log = structlog.get_logger(__name__)


PATIENCE: Final[Mapping[Role, Patience]] = {Role.TRIAGE: Patience(), Role.CHAT: Patience(60.0, 120.0)}


@dataclass(frozen=True, slots=True)
class Guards:
    """What every call is held to; None: not held to it."""

    breaker: Breaker | None = None
    budgets: Budgets | None = None
    meters: Meters | None = None
    clock: Clock | None = None
    """Whose time passes between two tries; None: there is one try."""
    retries: int = 1
    """On connection errors, 408, 409, 429 and 5xx, unless the provider asks to be left alone for longer."""


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
        self._wires: dict[str, Wire] = {}

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
            answer = await self._paid(ask, body, route, hear)
        usage = _usage(answer, route.model)
        self._count(usage)
        return _read(answer, usage)

    async def close(self) -> None:
        """Give back the connections."""
        for wire in self._wires.values():
            await wire.close()

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
        except Reject:
            await breaker.worked(name, token)  # it is there: the question was no good
            raise
        except BaseException:
            await breaker.left(name, token)
            raise
        await breaker.worked(name, token)

    async def _paid(self, ask: Ask, body: dict[str, Any], route: Route, hear: Hear | None) -> Answer:
        """Send it, with what it can cost at most set aside until it is known what it did cost."""
        budgets, reservation, tab = self._guards.budgets, None, Tab()
        # Until we hear otherwise it is counted whole: an answer that never reached us may still be billed.
        usd, tokens = _most(body, price_of(route.model))
        if budgets is not None:
            reservation = await budgets.reserve(usd, tokens, ask.payer)
        try:
            answer = await self._wire(route.endpoint).send(body, route, self._patience[ask.role], hear, tab)
            usage = _usage(answer, route.model)
            usd, tokens = usage.usd, usage.tokens_in + usage.tokens_out
        except BotError as no:
            if was_refused(no):
                usd, tokens = 0.0, 0
            # Here, because whoever asked tells people that there was no model, and not why.
            _log.warning("model_failed", endpoint=route.endpoint.name, model=route.model, why=str(no))
            raise
        except BaseException:
            if tab.has_begun:  # whoever listened has left: it writes no further
                usage = _left(tab, route.model, body["max_tokens"])
                usd, tokens = usage.usd, usage.tokens_in + usage.tokens_out
                self._count(usage)
            raise
        finally:
            if budgets is not None and reservation is not None:
                await budgets.settle(reservation, usd, tokens)
        return answer

    def _wire(self, endpoint: Endpoint) -> Wire:
        return self._wires.setdefault(endpoint.name, Wire(endpoint, self._guards.retries, self._guards.clock))

    def _count(self, usage: Usage) -> None:
        kinds = {"in": usage.tokens_in, "out": usage.tokens_out, "cached": usage.tokens_cached}
        _log.info("model_answered", model=usage.model, usd=round(usage.usd, 6), **kinds)
        meters = self._guards.meters
        if meters is None:
            return
        for kind, tokens in kinds.items():
            meters.tokens.labels(usage.model, kind).inc(tokens)
        meters.usd.labels(usage.model).inc(usage.usd)


def _whole(ask: Ask, route: Route, price: Price) -> dict[str, Any]:
    """Add what follows from the model: its name, how it thinks, and how long it may answer."""
    thinks = not price.thinking and not price.forced_tool
    body = {**ask.body, "model": route.wire}
    body["max_tokens"] = ask.tokens_max + (THINKING_TOKENS_MAX if thinks else 0)
    if price.thinking:
        body["thinking"] = {"type": price.thinking}
    return body


def _most(body: dict[str, Any], price: Price) -> tuple[float, int]:
    """Return what a call can cost at most, in dollars and in tokens."""
    sent = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")) // BYTES_PER_TOKEN_MIN
    out: int = body["max_tokens"]
    return price.usd(fresh=0, written=sent, read=0, out=out), sent + out


def _usage(answer: Answer, model: str) -> Usage:
    """Return what is told of it. The API counts three kinds of input; ours is their sum."""
    counts = {"fresh": answer.fresh, "written": answer.written, "read": answer.read, "out": answer.out}
    usd = price_of(model).usd(**counts)
    tokens = answer.fresh + answer.written + answer.read
    return Usage(model, tokens, answer.out, tokens_cached=answer.read, usd=usd)


def _left(tab: Tab, model: str, most: int) -> Usage:
    """Return what an answer costs that nobody heard to its end: rather too much than too little."""
    out = tab.out_bytes // BYTES_PER_TOKEN_MIN + 1 + (THINKING_TOKENS_MAX if tab.has_thought else 0)
    return _usage(Answer("", (), "", tab.fresh, tab.written, tab.read, min(out, most)), model)


def _read(answer: Answer, usage: Usage) -> Said:
    """Take it for an answer, or not.

    Raises:
        Unusable: refused, cut, or empty.
    """
    if answer.stop == "refusal":
        raise Unusable("the model refused to answer", usage=usage)
    if answer.stop not in WHOLE:
        raise Unusable(f"the model's answer was cut ({answer.stop})", usage=usage)
    if not answer.text.strip() and not answer.calls:
        raise Unusable("the model said nothing", usage=usage)
    kept = {"model": usage.model, "blocks": list(answer.thoughts)}
    return Said(answer.text, answer.calls, usage, json.dumps(kept) if answer.thoughts else "")
