"""What every source on the network has to be told: an address, and at most one way in. No vendor is named."""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
SECRET_CHARS_MAX: Final = 4_096
"""Of a password or a token: servers refuse headers much longer than that."""


class Site(BaseModel):
    """Base of a source's settings."""

    # Values stay out of error messages: some of them are secrets.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def checked_url(text: str) -> str:
    """Return ``text`` without the slash at its end.

    Raises:
        ValueError: no https address (http is for loopback only), or one with a password, query or fragment.
    """
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("the address does not read: write https://host or https://host:port") from error
    if parts.scheme not in {"https", "http"} or not host or port == 0:
        raise ValueError("write the whole address, https:// first, such as https://metrics.example.com")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("write the address alone; credentials go into their own settings")
    if not _PATH.fullmatch(parts.path) or ".." in parts.path.split("/"):
        raise ValueError("the path of the address may hold letters, digits, dots, dashes and ~ only")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError(
            "http:// would send everything in the clear and is for loopback only: write https://"
        )
    return parts.geturl()


def _stripped(value: Any) -> Any:
    """Drop the line end that files of secrets have; it would break a header."""
    return value.strip() if isinstance(value, str) else value


def _one_line(text: str) -> str:
    if _CONTROL.search(text) or len(text) > SECRET_CHARS_MAX:
        raise ValueError(f"it may hold no control characters and at most {SECRET_CHARS_MAX:,} characters")
    return text


def _one_line_secret(secret: SecretStr) -> SecretStr:
    _one_line(secret.get_secret_value())
    return secret


Address = Annotated[str, BeforeValidator(_stripped), AfterValidator(checked_url)]
Name = Annotated[str, BeforeValidator(_stripped), AfterValidator(_one_line)]
Secret = Annotated[SecretStr, BeforeValidator(_stripped), AfterValidator(_one_line_secret)]
NONE: Final = SecretStr("")


def basic(user: str, password: SecretStr) -> dict[str, str]:
    """Return the header for a name and a password."""
    pair = f"{user}:{password.get_secret_value()}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def bearer(token: SecretStr, scheme: str = "Bearer") -> dict[str, str]:
    """Return the header for a token."""
    return {"Authorization": f"{scheme} {token.get_secret_value()}"}


def one_way_in(*ways: bool, named: str, needed: bool) -> None:
    """Check that not more than one way to log in is set.

    Raises:
        ValueError: more than one is, or none where one is ``needed``. ``named``: what may be set.
    """
    if sum(ways) > 1:
        raise ValueError(f"more than one way to log in is set: {named}")
    if needed and not any(ways):
        raise ValueError(f"no way to log in is set: {named}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
