"""Errors as the API words them: docs.anthropic.com/en/api/errors."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from sandbox.faults import Fault

KINDS: Final = {
    400: ("invalid_request_error", "Your request was malformed."),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the API."),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    500: ("api_error", "Internal server error"),
    503: ("api_error", "Service unavailable"),
    504: ("timeout_error", "The request timed out."),
    529: ("overloaded_error", "Overloaded"),
}


class Refused(Exception):
    """The API will not do it; carries what it answers."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status, self.message = status, message


def error_body(status: int, message: str = "", request_id: str | None = None) -> dict[str, object]:
    """The JSON of an error; an unknown status is an ``api_error``."""
    kind, usual = KINDS.get(status, ("api_error", "Internal server error"))
    return {"type": "error", "error": {"type": kind, "message": message or usual}, "request_id": request_id}


def error_answer(status: int, message: str = "", *, request_id: str, retry_after: str = "") -> web.Response:
    """Answer with an error; ``retry_after``: seconds, as the header says them."""
    headers = {"request-id": request_id}
    if retry_after:
        headers["retry-after"] = retry_after
    return web.json_response(error_body(status, message, request_id), status=status, headers=headers)


def armed(fault: Fault) -> web.Response:
    """Word an armed fault as the API would."""
    return error_answer(fault.status, request_id="req_armed", retry_after=fault.retry_after)
