"""Slack's Web API: one session, one attempt a call, one budget for all replicas, errors told once."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Forbidden, Refused, Retry
from bot.core.foreign import thing
from bot.runtime.limiter import Limiter
from bot.runtime.meters import Meters
from bot.settings import SlackSettings

TIMEOUT_S: Final = 10
"""A call that takes longer holds a place that other cards need."""
AWAY_S: Final = 5.0
"""Wait before trying again when Slack does not answer."""
RETRY_AFTER_S: Final = 30.0
"""When Slack says 429 without saying how long."""

PER_MINUTE: Final[Mapping[str, int]] = {
    "auth.test": 50,
    "chat.postMessage": 60,
    "chat.update": 50,
    "chat.postEphemeral": 100,
    "conversations.open": 50,
    "users.info": 100,
    "usergroups.users.list": 20,
    "users.lookupByEmail": 50,
    "views.open": 100,
    "views.publish": 100,
    "views.update": 100,
    "chat.getPermalink": 100,
    "chat.unfurl": 50,
    "functions.completeSuccess": 50,
    "functions.completeError": 50,
    "chat.startStream": 20,
    "chat.appendStream": 100,
    "chat.stopStream": 20,
    "agents.sessions.setStatus": 50,
    "assistant.threads.setStatus": 100,
    "assistant.threads.setSuggestedPrompts": 100,
}
"""https://docs.slack.dev/apis/web-api/rate-limits: tier 2 is 20, tier 3 50, tier 4 100 a minute and method;
posting is about one a second and channel. For permalinks and a thread's status Slack names no figure; ours is
tier 4's."""
READS: Final = frozenset({"users.info", "users.lookupByEmail", "usergroups.users.list", "chat.getPermalink"})
"""These ignore a JSON body (https://docs.slack.dev/apis/web-api/#post_bodies)."""
BURST: Final = 10
"""Slack tolerates short bursts above a tier's rate and says so in the same place."""

TOO_MANY: Final = 429
_BUSY: Final = frozenset({TOO_MANY, *range(500, 600)})
_NO_RIGHTS: Final = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "no_permission",
    }
)
_NOT_DONE: Final = frozenset({"ratelimited", "rate_limited", "service_unavailable"})
"""Of those that pass: nothing was done. "internal_error" and "fatal_error" may come after some of it was
(https://docs.slack.dev/reference/methods/chat.postMessage, errors)."""
_PASSING: Final = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


class Unanswered(Retry):
    """Nobody knows whether Slack did what was asked; what must not be done twice is not asked for again."""


class SlackClient:
    """Fills the ``Chat`` port."""

    def __init__(self, settings: SlackSettings, limiter: Limiter, meters: Meters) -> None:
        """Opens nothing yet; the session is made on the first call, inside the loop."""
        self._settings, self._limiter, self._meters = settings, limiter, meters
        self._session: aiohttp.ClientSession | None = None
        self._web: AsyncWebClient | None = None

    @property
    def web(self) -> AsyncWebClient:
        """Return the SDK's client, for Bolt; our own calls go through :meth:`call`."""
        if self._web is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
            self._web = AsyncWebClient(
                token=self._settings.bot_token.get_secret_value(),
                base_url=self._settings.api_url,
                session=self._session,
                timeout=TIMEOUT_S,
                # The SDK's own handlers send a POST again after a reset: a second card.
                retry_handlers=[],
            )
        return self._web

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call ``method`` once. See ``bot.ports.Chat``."""
        wait_s = await self._limiter.wait_s(
            _budget(method, arguments), per_minute=PER_MINUTE[method], burst=BURST
        )
        if wait_s > 0:
            raise Retry(f"Slack's limit for {method} is used up", after_s=wait_s)
        began = perf_counter()
        try:
            answer = await self._send(method, arguments)
        except SlackApiError as error:
            raise _told(method, error) from error
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            why = f"Slack does not answer {method}: {type(error).__name__}"
            raise Unanswered(why, after_s=AWAY_S) from error
        finally:
            self._meters.vendor("slack", method, perf_counter() - began)
        return thing(answer.data)

    async def _send(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """Slack takes JSON where it writes; where it only reads, arguments ride in the query."""
        web: Any = self.web  # the SDK leaves its keyword arguments untyped
        if method in READS:
            return await web.api_call(method, http_verb="GET", params=dict(arguments))
        return await web.api_call(method, json=dict(arguments))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def _budget(method: str, arguments: Mapping[str, Any]) -> str:
    """Posting is limited a channel, everything else a method."""
    channel = arguments.get("channel", "") if method == "chat.postMessage" else ""
    return f"slack:{method}:{channel}"


def _told(method: str, error: SlackApiError) -> Retry | Refused | Forbidden:
    answer: Any = error.response
    data = thing(getattr(answer, "data", None))
    code = str(data.get("error", ""))
    # The SDK hands over its own response, or aiohttp's when the body was not JSON.
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0) or 0)
    # Without an error code it was not Slack that answered but something in between: a proxy's page, say.
    if status in _BUSY or code in _PASSING or not code:
        after = str(answer.headers.get("Retry-After", "")) if hasattr(answer, "headers") else ""
        waits = after.isascii() and after.isdigit()
        after_s = float(after) if waits else (RETRY_AFTER_S if status == TOO_MANY else AWAY_S)
        is_sure = status == TOO_MANY or code in _NOT_DONE
        return (Retry if is_sure else Unanswered)(
            f"Slack is busy ({method}: {code or status})", after_s=after_s
        )
    if code in _NO_RIGHTS:
        needed = f", needs {data['needed']}" if data.get("needed") else ""
        return Forbidden(f"Slack refuses {method}: {code}{needed}. Check the token and the app's scopes")
    return Refused(code)
