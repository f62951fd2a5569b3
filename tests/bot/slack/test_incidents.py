"""A flood as a message: one question, the tickets as links, and nothing that a ticket wrote does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.limits import faults_of_message
from bot.core.errors import Refused
from bot.core.events import CardPlace
from bot.core.foreign import thing, things
from bot.core.incidents import Incident, Member, Queue
from bot.slack.incidents import LINKS_MAX, IncidentMessages, draw
from tests.making import T0

QUEUE = Queue("jira", "OPS")
PLACE = CardPlace(channel="C1", ts="1.5")


def member(number: int, key: str = "", url: str = "") -> Member:
    return Member(str(number), key or f"OPS-{number}", url or f"https://jira.example/browse/OPS-{number}", T0)


def incident(count: int = 5, terms: tuple[str, ...] = ("vpn", "tunnel"), **more: Any) -> Incident:
    members = tuple(member(number) for number in range(min(count, 200)))
    until = T0 + timedelta(minutes=9)
    return Incident(id="1", since=T0, until=until, members=members, count=count, terms=terms, **more)


def texts(value: object) -> str:
    inner = thing(value)
    own = [str(inner[name]) for name in ("text", "url") if isinstance(inner.get(name), str)]
    return " ".join([*own, *(texts(each) for each in (*things(value), *inner.values()))])


@dataclass
class Calls:
    """A chat that remembers what it was asked."""

    made: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list[tuple[str, Mapping[str, Any]]])
    refuses: str = ""

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        self.made.append((method, arguments))
        if self.refuses:
            raise Refused(self.refuses)
        return {"channel": "C1", "ts": "1.5"}


def test_it_asks_and_does_not_claim_and_names_the_tickets() -> None:
    drawn = draw(QUEUE, incident(), "en")
    said = f"{drawn.text} {texts(drawn.blocks)}"
    assert "Is this one incident? 5 alike tickets" in said
    assert "Words in common: vpn, tunnel" in said
    assert "https://jira.example/browse/OPS-4" in said
    assert "This message changes nothing." in said
    assert "button" not in str(drawn.blocks)


def test_it_speaks_french_and_says_when_it_has_calmed_down() -> None:
    said = texts(draw(QUEUE, incident(over_at=T0 + timedelta(hours=1)), "fr").blocks)
    assert "Le calme est revenu : 5 tickets semblables" in said
    assert "Est-ce" not in said


def test_of_many_tickets_the_first_are_links_and_the_rest_a_number() -> None:
    said = texts(draw(QUEUE, incident(500), "en").blocks)
    assert said.count("https://") == LINKS_MAX
    assert f"and {500 - LINKS_MAX} more" in said


@pytest.mark.parametrize(
    "nasty",
    [
        "<!channel>",
        "<@U0ALICE>",
        "<https://evil.example|ok>",
        "&lt;",
        "*bold* `x`",
        "\u202eback\n\nline",
        "v" * 9_000,
    ],
)
def test_words_of_tickets_stay_words(nasty: str) -> None:
    hostile = incident(terms=(nasty, nasty))
    hostile = replace(hostile, members=(member(1, key=nasty),))
    drawn = draw(Queue("jira", nasty), hostile, "en")
    assert faults_of_message(drawn.text, drawn.blocks) == []
    for live in ("<!", "<@", "<http", "\u202e", "\n"):
        assert live not in drawn.text
    for block in drawn.blocks:
        if block["type"] == "context":
            assert "<" not in block["elements"][0]["text"]


@settings(max_examples=60)
@given(st.lists(st.text(max_size=40), max_size=6), st.text(max_size=300), st.integers(1, 10_000))
def test_whatever_tickets_say_slack_takes_the_message(terms: list[str], queue: str, count: int) -> None:
    for language in ("en", "fr"):
        drawn = draw(Queue("jira", queue), incident(count, tuple(terms)), language)
        assert faults_of_message(drawn.text, drawn.blocks) == []


async def test_it_is_posted_once_without_previews_and_brought_up_to_date_where_it_hangs() -> None:
    calls = Calls()
    messages = IncidentMessages(calls, "C1", "en")
    place = await messages.show(QUEUE, incident())
    assert place == PLACE
    assert await messages.show(QUEUE, incident(6, place=place)) == PLACE
    (posted, first), (updated, second) = calls.made
    assert (posted, updated) == ("chat.postMessage", "chat.update")
    assert not first["unfurl_links"]
    assert not first["unfurl_media"]
    assert (second["channel"], second["ts"]) == ("C1", "1.5")


async def test_without_a_channel_nothing_is_posted() -> None:
    calls = Calls()
    assert await IncidentMessages(calls, "", "en").show(QUEUE, incident()) is None
    assert calls.made == []


async def test_a_message_that_somebody_deleted_is_not_put_up_again() -> None:
    calls = Calls(refuses="message_not_found")
    assert await IncidentMessages(calls, "C1", "en").show(QUEUE, incident(place=PLACE)) == PLACE
    assert [method for method, _ in calls.made] == ["chat.update"]


@pytest.mark.parametrize(("place", "why"), [(None, "channel_not_found"), (PLACE, "invalid_blocks")])
async def test_what_slack_does_not_take_is_said_aloud(place: CardPlace | None, why: str) -> None:
    with pytest.raises(Refused, match=why):
        await IncidentMessages(Calls(refuses=why), "C1", "en").show(QUEUE, incident(place=place))
