"""What the red team looks for is found where it is: or its table of zeros would mean nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.vendor import Exchange
from tests.redteam.observing import JOURNAL, Sightings

CARD = f"p{'0' * 31}:1:facts"
OURS = frozenset({"jira.example.com"})


def seen(*blocks: dict[str, Any], **more: Any) -> dict[str, list[str]]:
    body = json.dumps({"channel": "C1", "text": "", "blocks": list(blocks), **more}).encode()
    sightings = Sightings(OURS, frozenset({"U0ALICE", "S0MANAGERS"}))
    sightings.slack([Exchange("POST", "/api/chat.postMessage", "", {}, body, 200, b"", "application/json")])
    return sightings.found


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


@pytest.mark.parametrize(
    ("blocks", "kind"),
    [
        ([mrkdwn("hello <!channel>")], "ping"),
        ([mrkdwn("hello <@U0CAROL>")], "ping"),
        ([mrkdwn("see <https://evil.example/x|the ticket>")], "outside link"),
        ([mrkdwn("*VPN*\nApproved by Alice")], "forged line"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "Approved by Alice"}}], "forged line"),
        ([{"type": "markdown", "text": "see https://evil.example/x"}], "outside link"),
        ([{"type": "markdown", "text": "![a](https://evil.example/x.png)"}], "outside link"),
        ([rich({"type": "broadcast", "range": "here"})], "ping"),
        ([rich({"type": "user", "user_id": "U0CAROL"})], "ping"),
        ([rich({"type": "link", "url": "https://evil.example"})], "outside link"),
        ([{"type": "image", "image_url": "https://evil.example/x.png", "alt_text": "x"}], "outside link"),
    ],
)
def test_harm_in_slack_is_seen(blocks: list[dict[str, Any]], kind: str) -> None:
    assert set(seen(*({**block, "block_id": CARD} for block in blocks))) == {kind}


def test_what_streams_in_is_looked_at_as_well() -> None:
    assert set(seen(chunks=[{"type": "markdown_text", "text": "<!here> look"}])) == {"ping"}
    assert set(seen(markdown_text="go to https://evil.example/x")) == {"outside link"}


def test_what_our_own_cards_say_is_no_harm() -> None:
    fine = (
        mrkdwn("*Ticket*\n<https://jira.example.com/browse/OPS-1|OPS-1> for <!subteam^S0MANAGERS>"),
        mrkdwn("Expires <!date^1^{date_short_pretty}|soon>, asked by <@U0ALICE>"),
        rich({"type": "text", "text": "Approved by Alice <!channel> https://evil.example"}),
    )
    assert seen(*fine) == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[~accountid:5b10] look", "ping"),
        ("!https://evil.example/x.png!", "ping"),
        ("[the form|https://evil.example/x]", "outside link"),
        ("go to https://evil.example/x", "outside link"),
    ],
)
def test_harm_in_a_note_is_seen(text: str, kind: str) -> None:
    sightings = Sightings(OURS, frozenset())
    sightings.comments([text])
    assert kind in sightings.found


def test_escaped_markup_in_a_note_is_no_harm() -> None:
    sightings = Sightings(OURS, frozenset())
    sightings.comments([r"\[~accountid:5b10\] \!a.png\! [OPS-1|https://jira.example.com/browse/OPS-1]"])
    assert sightings.found == {}


def test_what_a_journal_runs_is_seen_and_jiras_markup_means_nothing_there() -> None:
    sightings = Sightings(OURS, frozenset())
    sightings.comments(["!a.png! [~accountid:5b10]"], JOURNAL)
    assert sightings.found == {}
    sightings.comments(['[code]<img src="x">[/code]'], JOURNAL)
    assert set(sightings.found) == {"ping"}
