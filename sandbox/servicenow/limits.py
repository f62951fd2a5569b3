"""Inbound REST rate limits, and how the instance words errors that a test arms.

Headers: api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from sandbox.faults import Fault
from sandbox.servicenow.quirks import Quirks, RateLimit

TOO_MANY: Final = 429
WORDS: Final = {
    400: ("Bad Request", "The request URI does not match the APIs in the system."),
    401: ("User Not Authenticated", "Required to provide Auth information"),
    403: ("Operation Failed", "ACL Exception Update Failed due to security constraints"),
    404: ("No Record found", "Record doesn't exist or ACL restricts the record retrieval"),
    409: ("Operation Failed", "The record was changed by another transaction"),
    500: ("Transaction cancelled: maximum execution time exceeded", "Check logs for error trace"),
    503: ("Service Unavailable", "The instance is busy"),
}


@dataclass
class Limiter:
    """Counts requests in fixed windows, as the rule says."""

    quirks: Quirks
    clock: Callable[[], float] = time.time
    _window: int = 0
    _count: int = 0

    def reject(self) -> web.Response | None:
        """Count one request; the 429 if it is over the limit."""
        rule = self.quirks.rate_limit
        if rule is None:
            return None
        window = int(self.clock()) // rule.window_s
        if window != self._window:
            self._window, self._count = window, 0
        self._count += 1
        return self._too_many(rule) if self._count > rule.limit else None

    def headers(self) -> dict[str, str]:
        """What every answer under a rule carries."""
        rule = self.quirks.rate_limit
        return _rule_headers(rule, self._reset(rule)) if rule else {}

    def error(self, fault: Fault) -> web.Response:
        """Word an armed error as the instance would."""
        if fault.status == TOO_MANY:
            return self._too_many(self.quirks.rate_limit or RateLimit(limit=0))
        message, detail = WORDS.get(fault.status, ("Internal Server Error", "Check logs for error trace"))
        body = {"error": {"message": message, "detail": detail}, "status": "failure"}
        return web.json_response(body, status=fault.status)

    def _reset(self, rule: RateLimit) -> int:
        return (int(self.clock()) // rule.window_s + 1) * rule.window_s

    def _too_many(self, rule: RateLimit) -> web.Response:
        reset = self._reset(rule)
        detail = f"Rejected by rate limit rule: {rule.name}"
        body = {"error": {"message": "Rate limit exceeded", "detail": detail}, "status": "failure"}
        wait_s = max(1, reset - int(self.clock()))
        headers = {**_rule_headers(rule, reset), "Retry-After": str(wait_s)}
        return web.json_response(body, status=TOO_MANY, headers=headers)


def _rule_headers(rule: RateLimit, reset: int) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(rule.limit),
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Rule": rule.name,
    }
