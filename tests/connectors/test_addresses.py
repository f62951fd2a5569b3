"""Which of the addresses a vendor shows count as one, and that two people never become the same."""

from __future__ import annotations

import pytest

from connectors._addresses import address


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("alice@example.com", "alice@example.com"),
        ("Alice.Moreau@Example.COM", "alice.moreau@example.com"),
        ("  bob@example.com\n", "bob@example.com"),
        ("o'neil+itsm@mail.example.com", "o'neil+itsm@mail.example.com"),
    ],
)
def test_an_address_is_read_in_lower_case(shown: str, read: str) -> None:
    assert address(shown) == read


@pytest.mark.parametrize(
    "shown",
    [
        None,
        "",
        " ",
        7,
        ["alice@example.com"],
        "alice at example dot com",
        "alice",
        "@example.com",
        "alice@",
        "a@b@c",
        "alice@example.com bob@example.com",
        "alice@example.com\nbob@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 190,
    ],
)
def test_what_is_hidden_masked_or_no_address_is_none(shown: object) -> None:
    assert address(shown) == ""


def test_the_kelvin_sign_does_not_pass_for_a_k() -> None:
    stranger = "\N{KELVIN SIGN}im@example.com"
    assert stranger.lower() == "kim@example.com"
    assert address(stranger) == ""
