"""The environment: names that vendors' users know, each also as ``NAME_FILE``. Secrets never print."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.core.errors import Misconfigured

SECRET_BYTES_MAX = 64 * 1024
"""A secret's file; larger ones are a mistake in the path."""


class Environment:
    """Read access to the variables, with ``NAME_FILE`` resolved."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """``variables``: usually ``os.environ``."""
        self._variables = variables

    def get(self, name: str) -> str:
        """Return the value of ``name`` or of the file ``NAME_FILE`` names; empty when neither is set.

        Raises:
            Misconfigured: both are set, or the file cannot be read.
        """
        plain, path = self._variables.get(name, ""), self._variables.get(f"{name}_FILE", "")
        if plain and path:
            raise Misconfigured(f"{name} and {name}_FILE are both set: keep one")
        if not path:
            return plain.strip()
        try:
            with Path(path).open("rb") as file:
                found = file.read(SECRET_BYTES_MAX + 1)
            if len(found) > SECRET_BYTES_MAX:
                raise Misconfigured(
                    f"{name}_FILE names {path}, which is too large for a secret: is it right?"
                )
            return found.decode().strip()
        except OSError as error:
            raise Misconfigured(
                f"{name}_FILE names {path}, which cannot be read: {error.strerror}"
            ) from error
        except UnicodeDecodeError:
            # Not the error's own words: they quote the file.
            raise Misconfigured(f"{name}_FILE names {path}, which is not text") from None

    def expand(self, text: str) -> str:
        """Return ``text`` with each ``${NAME}`` replaced.

        Raises:
            Misconfigured: a name is not set.
        """
        parts = text.split("${")
        out = [parts[0]]
        for part in parts[1:]:
            name, closed, rest = part.partition("}")
            value = self.get(name) if closed else ""
            if not value:
                raise Misconfigured(f"${{{name}}} is used but not set: export {name} or write the value")
            out += [value, rest]
        return "".join(out)


class SlackSettings(BaseModel):
    """How to talk to Slack, and in which mode it talks to us."""

    model_config = ConfigDict(frozen=True)

    bot_token: SecretStr
    app_token: SecretStr
    signing_secret: SecretStr
    mode: Literal["socket", "http"]
    api_url: str


class Settings(BaseModel):
    """Everything the environment says that is not a connector's own."""

    model_config = ConfigDict(frozen=True)

    redis_url: str = Field(repr=False)
    """Empty: the embedded server. May hold a password, so it is not shown."""
    data: Path
    host: str
    port: int
    public_url: str
    slack: SlackSettings | None
    anthropic_api_key: SecretStr
    anthropic_base_url: str
    model: str
    api_token: SecretStr
    """What ``/api/`` asks for; empty: there is no such API."""
    log_format: Literal["json", "text", ""]
    """Empty: text on a terminal, JSON elsewhere."""
    log_level: str


SLACK_API = "https://slack.com/api/"
PORT_MAX = 65_535
"""TCP's."""
API_TOKEN_CHARS_MIN = 20
"""What anybody on the network may try at any rate must not be guessed; 16 random bytes in hex are 32."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def read_settings(env: Environment) -> Settings:
    """Read the environment.

    Raises:
        Misconfigured: a value cannot be used; says which variable and what to write.
    """
    level = (env.get("COUNTERSIGN_LOG_LEVEL") or "INFO").upper()
    if level not in LEVELS:
        raise Misconfigured(f"COUNTERSIGN_LOG_LEVEL is {level!r}: write one of {', '.join(LEVELS)}")
    return Settings(
        redis_url=env.get("REDIS_URL"),
        data=Path(env.get("COUNTERSIGN_DATA") or ".countersign"),
        host=env.get("COUNTERSIGN_HOST") or "127.0.0.1",
        port=_port(env.get("COUNTERSIGN_PORT") or "8080"),
        public_url=_url("COUNTERSIGN_PUBLIC_URL", env.get("COUNTERSIGN_PUBLIC_URL")),
        slack=_slack(env),
        anthropic_api_key=SecretStr(env.get("ANTHROPIC_API_KEY")),
        anthropic_base_url=_url("ANTHROPIC_BASE_URL", env.get("ANTHROPIC_BASE_URL")),
        model=env.get("COUNTERSIGN_MODEL"),
        api_token=_api_token(env.get("COUNTERSIGN_API_TOKEN")),
        log_format=_log_format(env.get("COUNTERSIGN_LOG")),
        log_level=level,
    )


def loopback(url: str) -> bool:
    """Whether ``url`` stays on this machine, where http:// is harmless."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in {"127.0.0.1", "localhost", "::1"}


def _slack(env: Environment) -> SlackSettings | None:
    bot, app = env.get("SLACK_BOT_TOKEN"), env.get("SLACK_APP_TOKEN")
    secret, wanted = env.get("SLACK_SIGNING_SECRET"), env.get("SLACK_MODE")
    if not bot:
        if app or secret:
            raise Misconfigured(
                "SLACK_BOT_TOKEN is missing: the token that starts with xoxb-, under Install App"
            )
        return None
    if wanted not in {"", "socket", "http"}:
        raise Misconfigured(f"SLACK_MODE is {wanted!r}: write socket or http")
    if app and secret and not wanted:
        raise Misconfigured(
            "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set: set SLACK_MODE to socket or http"
        )
    mode: Literal["socket", "http"] = "socket" if wanted == "socket" or (app and not wanted) else "http"
    if mode == "socket" and not app:
        raise Misconfigured("Socket Mode needs SLACK_APP_TOKEN: an app-level token with connections:write")
    if mode == "http" and not secret:
        raise Misconfigured(
            "Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode): "
            "both are under Basic Information of your Slack app"
        )
    return SlackSettings(
        bot_token=SecretStr(bot),
        app_token=SecretStr(app),
        signing_secret=SecretStr(secret),
        mode=mode,
        api_url=_url("SLACK_API_URL", env.get("SLACK_API_URL") or SLACK_API).rstrip("/") + "/",
    )


def _api_token(token: str) -> SecretStr:
    if token and len(token) < API_TOKEN_CHARS_MIN:
        raise Misconfigured(
            f"COUNTERSIGN_API_TOKEN has fewer than {API_TOKEN_CHARS_MIN} characters: make one with "
            "openssl rand -hex 32"
        )
    return SecretStr(token)


def _log_format(text: str) -> Literal["json", "text", ""]:
    match text:
        case "json" | "text" | "":
            return text
        case _:
            raise Misconfigured(f"COUNTERSIGN_LOG is {text!r}: write json or text")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text) <= PORT_MAX:
        raise Misconfigured(f"COUNTERSIGN_PORT is {text!r}: write a number from 0 to {PORT_MAX}")
    return int(text)


def _url(name: str, url: str) -> str:
    if not url:
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port, parts = None, urlsplit("")
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and loopback(url))):
        return url
    # What was written is not repeated whole: it may hold a password.
    seen = f"{parts.scheme}://{parts.hostname or ''}" + (f":{port}" if port else "")
    raise Misconfigured(
        f"{name} cannot be used ({seen}): write an https:// address (http:// only for this machine)"
    )
