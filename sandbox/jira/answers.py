"""How the fake Jira refuses: Atlassian's two error bodies, raised as an exception and answered once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NOT_FOUND: Final = "Issue does not exist or you do not have permission to see it."


class Refused(Exception):
    """A request that is answered with an error; the server turns it into the response."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {dict(body)}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def refusal(status: int, *messages: str, errors: Mapping[str, str] | None = None) -> Refused:
    """Build the platform's error body, ``errorMessages`` and ``errors`` by field."""
    return Refused(status, {"errorMessages": list(messages), "errors": dict(errors or {})})


def desk_refusal(status: int, message: str, key: str) -> Refused:
    """Build the service desk API's error body (schema ``ErrorResponse`` of its OpenAPI)."""
    body: dict[str, Any] = {"errorMessage": message, "i18nErrorMessage": {"i18nKey": key, "parameters": []}}
    return Refused(status, body)
