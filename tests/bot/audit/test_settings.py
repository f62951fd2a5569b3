"""``audit:`` in the file: what is right is read, what is wrong says what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.audit.settings import AuditSection


def read(**section: Any) -> AuditSection:
    return AuditSection.model_validate(section)


def test_everything_is_kept_and_nothing_forwarded_unless_the_file_says_so() -> None:
    assert read().keep is None
    assert read().forward is None


def test_days_are_read_as_seconds_beyond_a_year() -> None:
    assert read(keep="400d").keep == 400 * 86_400


@pytest.mark.parametrize("wrong", ["400", 400, "0d", "-1d", "30m", "", None, "9999999d", "1.5d"])
def test_a_time_that_is_none_says_what_to_write(wrong: object) -> None:
    with pytest.raises(ValidationError, match="400d"):
        read(keep=wrong)


@pytest.mark.parametrize(
    "forward",
    [
        {"http": "https://collector.example/audit", "token_env": "AUDIT_TOKEN"},
        {"http": "http://127.0.0.1:9000/"},
        {"syslog": "tls://logs.example:6514", "ca_file": "/etc/ssl/ours.pem"},
        {"syslog": "tcp://[::1]:601"},
    ],
)
def test_each_kind_of_collector_can_be_named(forward: dict[str, str]) -> None:
    assert read(forward=forward).forward


@pytest.mark.parametrize(
    ("forward", "says"),
    [
        ({}, "exactly one"),
        ({"http": "https://a.example", "syslog": "tcp://a.example:1"}, "exactly one"),
        ({"http": "http://collector.example/"}, "https"),
        ({"http": "ftp://collector.example/"}, "https"),
        ({"http": "https://"}, "https"),
        ({"http": "https://bob:secret@collector.example/"}, "token_env"),
        ({"http": "https://[::1"}, "cannot be read"),
        ({"syslog": "udp://a.example:514"}, "tls://"),
        ({"syslog": "tcp://a.example"}, "with the port"),
        ({"syslog": "tcp://a.example:99999"}, "with the port"),
        ({"syslog": "tcp://a.example:601", "token_env": "T_T"}, "no token"),
        ({"http": "https://a.example", "token_env": "eyJhbGciOi.secret"}, "name of an environment variable"),
        ({"http": "https://a.example", "password": "x"}, "Extra inputs"),
    ],
)
def test_a_wrong_collector_says_what_to_write(forward: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        read(forward=forward)
