"""What the Jira connector has to be told, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

ENVIRONMENT: Final = {
    "url": "JIRA_URL",
    "email": "JIRA_EMAIL",
    "api_token": "JIRA_API_TOKEN",
    "pat": "JIRA_PAT",
    "webhook_secret": "JIRA_WEBHOOK_SECRET",
}
PROJECT_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,254}")
"""Cloud wants two to ten characters; Data Center lets administrators change the pattern and the length."""


class JiraSettings(BaseModel):
    """One Jira site and the account the bot has on it."""

    # Values stay out of error messages: half of them are secrets.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    """Base address of the site, with its context path if it has one."""
    site_url: str = ""
    """Where people open tickets, if not ``url`` (scoped tokens go to api.atlassian.com/ex/jira/…)."""
    email: str = ""
    api_token: SecretStr = SecretStr("")
    pat: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    """Empty: no delivery is accepted."""
    queues: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    """Keys of the projects the bot looks at; empty: every one its account can see."""
    knowledge: bool = False
    """Whether the knowledge bases of its service desks may be searched."""

    @field_validator("url", "site_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return checked_url(value) if value else ""

    @field_validator("queues")
    @classmethod
    def _project_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            if not PROJECT_KEY.fullmatch(key):
                raise ValueError("queues: a project key is written in capitals, like OPS")
        return tuple(dict.fromkeys(value))

    @field_validator("email", "api_token", "pat", "webhook_secret", mode="before")
    @classmethod
    def _without_the_newline_of_a_file(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_way_in(self) -> JiraSettings:
        email, token, pat = (
            bool(self.email),
            bool(self.api_token.get_secret_value()),
            bool(self.pat.get_secret_value()),
        )
        if not self.url:
            raise ValueError("JIRA_URL is empty: write the address of your site, https://you.atlassian.net")
        if pat and (email or token):
            raise ValueError(
                "set JIRA_EMAIL and JIRA_API_TOKEN (Jira Cloud) or JIRA_PAT (Data Center), not both"
            )
        if email != token:
            missing = "JIRA_API_TOKEN" if email else "JIRA_EMAIL"
            raise ValueError(
                f"{missing} is not set: Jira Cloud wants JIRA_EMAIL together with JIRA_API_TOKEN"
            )
        if not (pat or token):
            raise ValueError(
                "no credentials: set JIRA_EMAIL and JIRA_API_TOKEN (Jira Cloud) or JIRA_PAT (Data Center)"
            )
        return self

    @property
    def is_cloud(self) -> bool:
        """An API token belongs to Cloud, a personal access token to Data Center."""
        return not self.pat.get_secret_value()

    @property
    def people_url(self) -> str:
        """Where people open tickets."""
        return self.site_url or self.url


def checked_url(text: str) -> str:
    """Return ``text`` without the slash at its end.

    Raises:
        ValueError: no https address (http is for loopback only), or one with a password, query or fragment.
    """
    parts = urlsplit(text.strip())
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("the address does not read: write https://host or https://host:port") from error
    if parts.scheme not in {"https", "http"} or not host or port == 0:
        raise ValueError("write the whole address, https:// first: https://you.atlassian.net")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("http:// would send the token in the clear and is for loopback only: write https://")
    if parts.username or parts.password:
        raise ValueError("no user or password in the address: they have variables of their own")
    if parts.query or parts.fragment:
        raise ValueError("the address of the site alone, without ? or #")
    return text.strip().rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
