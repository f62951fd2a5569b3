"""What a ServiceNow instance has to be told: where it is, who we are there, and what it signs with."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

ENVIRONMENT: Final = {
    "url": "SERVICENOW_URL",
    "user": "SERVICENOW_USER",
    "password": "SERVICENOW_PASSWORD",
    "api_key": "SERVICENOW_API_KEY",
    "client_id": "SERVICENOW_CLIENT_ID",
    "client_secret": "SERVICENOW_CLIENT_SECRET",
    "webhook_secret": "SERVICENOW_WEBHOOK_SECRET",
}
"""Settings field to the environment variable that fills it."""

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # the mark that comes before a secret
"""Standard Webhooks' mark of a secret: https://www.standardwebhooks.com, "signature scheme"."""
SECRET_BYTES_MIN: Final = 24
"""Standard Webhooks' lower bound for a symmetric secret; its upper one is 64."""

WAYS_IN: Final = (
    "set user and password (SERVICENOW_USER, SERVICENOW_PASSWORD), or api_key (SERVICENOW_API_KEY), "
    "or client_id and client_secret (SERVICENOW_CLIENT_ID, SERVICENOW_CLIENT_SECRET)"
)

_PATH: Final = re.compile(r"(/[A-Za-z0-9._-]+)*")

SysId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}$")]


class ServiceNowSettings(BaseModel):
    """One instance and one account on it."""

    # Errors would quote what was given, secrets included.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    """``https://acme.service-now.com``, without a slash at the end."""
    user: str = ""
    """With a password: who logs in. With a key or OAuth: the account behind it, where it cannot ask."""
    password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    tables: Annotated[tuple[TableName, ...], Field(min_length=1, max_length=20)] = ("incident",)
    """The tables whose records are tickets."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    """Which language's labels of choices people read, and which articles."""
    sources: Annotated[tuple[Literal["knowledge", "cmdb"], ...], Field(max_length=2)] = ("knowledge", "cmdb")
    """What may be asked beside tickets; empty: nothing."""
    knowledge_bases: Annotated[tuple[SysId, ...], Field(max_length=50)] = ()
    """The sys_ids of those whose articles may be read; empty: every one the account can see."""

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        """Accept https anywhere, http on this machine only, and nothing that carries a secret or a query."""
        parts = urlsplit(url.strip().rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write the instance's address, for example https://acme.service-now.com")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("write the address alone; credentials go into their own settings")
        if not _PATH.fullmatch(parts.path):
            raise ValueError("the path of the address may hold letters, digits, dots and dashes only")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            raise ValueError(
                "http:// is for loopback addresses only: write https://, or the password travels open"
            )
        return parts.geturl()

    @field_validator("user", "client_id")
    @classmethod
    def _one_line(cls, name: str) -> str:
        """Refuse what would change the meaning of a query (``^``) or of a header (line ends)."""
        if re.search(r"[\^\x00-\x1f\x7f]", name):
            raise ValueError("it may not hold ^ or control characters")
        return name.strip()

    @field_validator("password", "api_key", "client_secret", "webhook_secret")
    @classmethod
    def _without_line_end(cls, secret: SecretStr) -> SecretStr:
        """Drop the line end that files of secrets have; it would break a header."""
        return SecretStr(secret.get_secret_value().strip("\r\n"))

    @field_validator("webhook_secret")
    @classmethod
    def _signing_secret(cls, secret: SecretStr) -> SecretStr:
        """Accept ``whsec_`` and base64 of enough bytes, or nothing: then no delivery is accepted."""
        if secret.get_secret_value():
            signing_key(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        oauth = bool(self.client_id or self.client_secret.get_secret_value())
        ways = [bool(self.password.get_secret_value()), bool(self.api_key.get_secret_value()), oauth]
        if sum(ways) > 1:
            raise ValueError(f"more than one way to log in is set; {WAYS_IN}")
        if not any(ways):
            raise ValueError(f"no way to log in is set; {WAYS_IN}")
        if ways[0] and not self.user:
            raise ValueError("a password without a user name: set user (SERVICENOW_USER)")
        if oauth and not (self.client_id and self.client_secret.get_secret_value()):
            raise ValueError("OAuth takes both client_id and client_secret")
        return self


def signing_key(secret: str) -> bytes:
    """Return the bytes a ``whsec_<base64>`` secret stands for.

    Raises:
        ValueError: it is something else, or too short to be safe. The message never holds the secret.
    """
    wanted = f"write {SECRET_PREFIX} followed by base64 of at least {SECRET_BYTES_MIN} random bytes"
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"the webhook secret has another shape: {wanted}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        # ``from None``: the cause would quote the secret.
        raise ValueError(f"the webhook secret is not base64: {wanted}") from None
    if len(key) < SECRET_BYTES_MIN:
        raise ValueError(f"the webhook secret is too short: {wanted}")
    return key


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
