"""A provider in front of the fake Messages API, and a clock that a test turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.runtime.models import Endpoint, Role, one
from bot.runtime.provider import Ask, Guards, Provider
from bot.runtime.spending import FAST
from bot.runtime.wire import Patience
from sandbox.anthropic import Answer, AnthropicSandbox

KEY = "sk-ant-sandbox"
QUICK = {role: Patience(5, 10) for role in Role}


@dataclass
class Frozen:
    """Time stands still until somebody sleeps."""

    at: datetime = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def provider(
    vendor: AnthropicSandbox, guards: Guards | None = None, *, model: str = FAST, patience: Any = None
) -> Provider:
    """Return one that asks ``vendor`` for everything; without ``guards`` it tries each call once."""
    endpoint = Endpoint(api_key=KEY, base_url=vendor.url)
    return Provider(one(model, endpoint), guards or Guards(retries=0), patience or QUICK)


def sent(vendor: AnthropicSandbox) -> dict[str, Any]:
    """Return what was asked last."""
    return dict(vendor.world.calls[-1].body)


OUT = Answer(text="Lead it out by the stairs, slowly, and close the door.")
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "A giraffe is in the server room"}]}


def wanted(**other: Any) -> Ask:
    """Return a short question about a ticket in OPS."""
    return replace(Ask(Role.CHAT, (("jira", "OPS"),), HELLO, 500), **other)


async def nobody(_words: str) -> None:
    """Listen to nothing."""


HEARING: list[Callable[[str], Awaitable[None]] | None] = [None, nobody]
"""The two ways to ask: whole, and streamed."""
