"""Reading over HTTP: what is sent, for how long one should wait, and which words come through."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from multidict import CIMultiDict

from bot.core.errors import Retry
from connectors._passages import WORDS_MAX, instant, moment, passage, words
from connectors._reading import WAIT_S_MAX, Reader, wait_s
from sandbox.prometheus import PrometheusSandbox

DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 5),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "nan"}, 5),
        ({"Retry-After": "inf"}, 5),
        ({"Retry-After": "soon"}, 5),
        ({"Retry-After": "99999999"}, WAIT_S_MAX),
        ({"Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT", "Date": DATE}, 90),
        ({"Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT"}, 5),
        ({"Retry-After": "Sat, 21 Nov 2026 09:00:00 GMT", "Date": DATE}, 0),
    ],
)
def test_how_long_to_wait_is_read_and_bounded(headers: Mapping[str, str], seconds: float) -> None:
    assert wait_s(CIMultiDict(headers), 5) == seconds


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("VPN drops, again!", ("VPN", "drops", "again")),
        ('x" OR type = space', ("x", "OR", "type", "space")),
        ("host-1.example.com down", ("host-1.example.com", "down")),
        ("a^ORb javascript:gs.log()", ("a", "ORb", "javascript", "gs.log")),
        ("naïve café 東京", ("naïve", "café", "東京")),
        ("-- ** ?? ~ ()", ()),
        ("twice twice", ("twice",)),
    ],
)
def test_of_a_question_only_its_words_are_left(query: str, found: tuple[str, ...]) -> None:
    assert words(query) == found


def test_so_many_words_are_looked_for_and_no_more() -> None:
    assert len(words(" ".join(f"w{n}" for n in range(100)))) == WORDS_MAX
    assert len(words("x" * 5_000)[0]) == 64


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-21", "2026-11-21T10:00:00", "0001-01-01T00:00:00+14:00", None, 7]
)
def test_a_moment_without_its_zone_is_none(text: object) -> None:
    assert instant(text) is None


def test_moments_no_calendar_has_are_none_and_words_are_cut() -> None:
    assert moment(-1) is None
    assert moment(1e300) is None
    assert passage("x" * 1_000, "y" * 1_000).title.raw.endswith("…")
    assert len(passage("x" * 1_000, "y" * 1_000).text.raw) == 600


async def test_a_proxy_of_the_environment_is_used_and_no_netrc(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = PrometheusSandbox()
    await vendor.start()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    reader = Reader("x", vendor.url, {"Authorization": f"Bearer {vendor.token}"})
    with pytest.raises(Retry):
        await reader.get("/api/v1/alerts")
    assert vendor.exchanges == []
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert (await reader.get("/api/v1/alerts"))["status"] == "success"
    await reader.close()
    await vendor.stop()


async def test_only_a_search_may_be_posted() -> None:
    reader = Reader("x", "http://127.0.0.1:1", {})
    with pytest.raises(AssertionError):
        await reader.search("/_delete_by_query", (), {})
    await reader.close()
