"""``audit:`` in the configuration file."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.settings import loopback

KEEP_DAYS_MAX: Final = 20 * 366
"""Twenty years; beyond it, leaving the key out says the same."""
_DAY_S: Final = 86_400.0
_KEEP: Final = re.compile(r"(\d{1,5})\s*d")
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{1,60}")


def kept(value: object) -> float:
    """Read ``400d``; in seconds."""
    match = _KEEP.fullmatch(value.strip()) if isinstance(value, str) else None
    days = int(match[1]) if match else 0
    if not 1 <= days <= KEEP_DAYS_MAX:
        raise ValueError("write a number of days such as 400d, or leave it out to keep everything")
    return days * _DAY_S


class ForwardSection(BaseModel):
    """``audit.forward:``: one place that gets a copy of every record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    http: str = ""
    """``https://…``: lines are posted there, many at a time."""
    token_env: str = ""
    """The variable that holds the bearer token for ``http``; also as ``NAME_FILE``."""
    syslog: str = ""
    """``tls://host:port`` or ``tcp://host:port``."""
    ca_file: str = ""
    """Certificates to trust for ``tls://`` and ``https://``; empty: those of the system."""

    @field_validator("http")
    @classmethod
    def _http(cls, value: str) -> str:
        parts = _parts(value)
        if value and not (parts.hostname and (parts.scheme == "https" or _near(value, "http"))):
            raise ValueError("write an https:// address (http:// only for this machine)")
        if parts.username or parts.password:
            raise ValueError(
                "leave name and password out of the address: token_env names a variable for them"
            )
        return value

    @field_validator("syslog")
    @classmethod
    def _syslog(cls, value: str) -> str:
        parts = _parts(value)
        if value and not (parts.scheme in {"tcp", "tls"} and parts.hostname and _port(parts)):
            raise ValueError("write tls://host:6514 or tcp://host:601, with the port")
        return value

    @field_validator("token_env")
    @classmethod
    def _token_env(cls, value: str) -> str:
        if value and not _VARIABLE.fullmatch(value):
            raise ValueError("write the name of an environment variable, not the token itself")
        return value

    @model_validator(mode="after")
    def _one_of(self) -> ForwardSection:
        if bool(self.http) == bool(self.syslog):
            raise ValueError("write exactly one of http: and syslog:")
        if self.syslog and self.token_env:
            raise ValueError("token_env belongs to http:; syslog has no token")
        return self


class AuditSection(BaseModel):
    """``audit:``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep: Annotated[float | None, BeforeValidator(kept), Field(json_schema_extra={"type": "string"})] = None
    """Seconds, written as days; None: everything is kept."""
    forward: ForwardSection | None = None


def _near(url: str, scheme: str) -> bool:
    return urlsplit(url).scheme == scheme and loopback(url)


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ValueError("this address cannot be read") from error


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or 0
    except ValueError:
        return 0
