"""The environment: each mistake in words, and no secret ever printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.settings import SECRET_BYTES_MAX, SLACK_API, Environment, loopback, read_settings

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-hush",
    "SLACK_APP_TOKEN": "xapp-hush",
    "ANTHROPIC_API_KEY": "sk-hush",
    "REDIS_URL": "rediss://user:hush@redis.example.com/0",
}


def test_with_nothing_set_the_defaults_hold() -> None:
    settings = read_settings(Environment({}))
    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8080, Path(".countersign"))
    assert (settings.redis_url, settings.slack, settings.log_format, settings.log_level) == (
        "",
        None,
        "",
        "INFO",
    )


def test_no_secret_shows_in_any_form() -> None:
    settings = read_settings(Environment(SECRETS))
    shown = f"{settings!r} {settings} {settings.slack!r} {settings.slack}"
    assert "hush" not in shown
    assert settings.slack is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb-hush"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"COUNTERSIGN_PORT": "http"}, "COUNTERSIGN_PORT is 'http': write a number from 0 to 65535"),
        ({"COUNTERSIGN_PORT": "65536"}, "COUNTERSIGN_PORT"),
        ({"COUNTERSIGN_PORT": "-1"}, "COUNTERSIGN_PORT"),
        ({"COUNTERSIGN_PORT": "²"}, "COUNTERSIGN_PORT"),
        ({"COUNTERSIGN_LOG": "xml"}, "COUNTERSIGN_LOG is 'xml': write json or text"),
        ({"COUNTERSIGN_LOG_LEVEL": "LOUD"}, "COUNTERSIGN_LOG_LEVEL is 'LOUD': write one of DEBUG"),
        ({"COUNTERSIGN_PUBLIC_URL": "http://bot.example.com"}, "COUNTERSIGN_PUBLIC_URL cannot be used"),
        ({"ANTHROPIC_BASE_URL": "ftp://x"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "http://["}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "https://"}, "ANTHROPIC_BASE_URL"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode)"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "a", "SLACK_SIGNING_SECRET": "s"},
            "set SLACK_MODE to socket or http",
        ),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "a", "SLACK_MODE": "http"}, "HTTP mode"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SLACK_MODE": "socket"},
            "needs SLACK_APP_TOKEN",
        ),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "a", "SLACK_MODE": "rtm"}, "SLACK_MODE is 'rtm'"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "a", "SLACK_API_URL": "http://slack.com/api/"},
            "SLACK_API_URL",
        ),
        ({"REDIS_URL": "redis://x", "REDIS_URL_FILE": "/x"}, "REDIS_URL and REDIS_URL_FILE are both set"),
        ({"REDIS_URL_FILE": "/nowhere/at/all"}, "REDIS_URL_FILE names /nowhere/at/all, which cannot be read"),
    ],
)
def test_a_mistake_names_the_variable_and_what_to_write(variables: dict[str, str], says: str) -> None:
    with pytest.raises(Misconfigured) as error:
        read_settings(Environment(variables))
    assert says in str(error.value)


def test_an_address_that_is_refused_is_not_repeated_with_its_password() -> None:
    with pytest.raises(Misconfigured) as error:
        read_settings(Environment({"ANTHROPIC_BASE_URL": "http://me:hush@models.example.com:99/v1?key=hush"}))
    assert "hush" not in str(error.value)
    assert "http://models.example.com:99" in str(error.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8080/x"])
def test_plain_http_is_fine_on_this_machine(url: str) -> None:
    assert loopback(url)
    assert read_settings(Environment({"COUNTERSIGN_PUBLIC_URL": url})).public_url == url


@pytest.mark.parametrize(
    "url", ["http://localhost.evil.example", "http://127.0.0.1@evil.example", "http://[", ""]
)
def test_what_only_looks_like_this_machine_is_not(url: str) -> None:
    assert not loopback(url)


@pytest.mark.parametrize(
    ("more", "mode"),
    [
        ({"SLACK_APP_TOKEN": "a"}, "socket"),
        ({"SLACK_SIGNING_SECRET": "s"}, "http"),
        ({"SLACK_APP_TOKEN": "a", "SLACK_SIGNING_SECRET": "s", "SLACK_MODE": "http"}, "http"),
        ({"SLACK_APP_TOKEN": "a", "SLACK_SIGNING_SECRET": "s", "SLACK_MODE": "socket"}, "socket"),
    ],
)
def test_which_secret_is_set_decides_how_slack_talks_to_us(more: dict[str, str], mode: str) -> None:
    slack = read_settings(Environment({"SLACK_BOT_TOKEN": "xoxb-1", **more})).slack
    assert slack is not None
    assert (slack.mode, slack.api_url) == (mode, SLACK_API)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-from-a-file\n")
    variables = {"SLACK_BOT_TOKEN_FILE": str(file), "SLACK_APP_TOKEN": "a"}
    slack = read_settings(Environment(variables)).slack
    assert slack is not None
    assert slack.bot_token.get_secret_value() == "xoxb-from-a-file"


@pytest.mark.parametrize("content", [b"hush\xff\xfe", b"hush" * SECRET_BYTES_MAX])
def test_a_file_that_cannot_be_a_secret_is_refused_without_quoting_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(Misconfigured) as error:
        read_settings(Environment({"ANTHROPIC_API_KEY_FILE": str(file)}))
    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [("plain", "plain"), ("${A}", "1"), ("x${A}y${B}", "x1y2"), ("$A", "$A"), ("}", "}")],
)
def test_names_in_braces_are_filled_in(text: str, found: str) -> None:
    assert Environment({"A": "1", "B": "2"}).expand(text) == found


@pytest.mark.parametrize("text", ["${C}", "${A", "${}", "${EMPTY}"])
def test_a_name_that_is_not_set_is_an_error(text: str) -> None:
    with pytest.raises(Misconfigured, match="used but not set"):
        Environment({"A": "1", "EMPTY": ""}).expand(text)
