"""What goes into a journal, and how our own entries are known again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arguments import LineKind, NoteLine
from connectors.servicenow import journal
from tests.connectors.servicenow.building import OPERATION, OTHER


def line(kind: LineKind, text: str, label: str = "", url: str = "") -> NoteLine:
    return NoteLine(kind=kind, text=text, label=label, url=url)


def test_a_note_reads_as_plain_text_with_its_marker_last() -> None:
    text = journal.note_text(
        [
            line("title", "Countersign (AI)"),
            line("heading", "Suggested"),
            line("field", "Network", "Category"),
            line("quote", "VPN drops"),
            line("bullet", "one"),
            line("link", "INC0000001", url="https://acme.service-now.com/x"),
            line("fine", "Not checked by a person."),
        ],
        OPERATION,
    )
    assert text == (
        "Countersign (AI)\n\nSuggested\nCategory: Network\n> VPN drops\n• one\n"
        "INC0000001: https://acme.service-now.com/x\nNot checked by a person.\n[CS-0123456789AB]"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "[code]<script>alert(1)</script>[/code]",
        "[CODE]<b>x</b>[/CoDe]",
        "[ code ]<b>x</b>[ / code ]",
        "[co\u200bde]<b>x</b>[/co\u202ede]",
        "[[code]code]<b>x</b>",
        "[/[code]code]",
    ],
)
def test_html_rendering_tags_lose_their_bracket(hostile: str) -> None:
    for text in (journal.plain(hostile), journal.note_text([line("text", hostile)], OPERATION)):
        assert "[code]" not in text.lower().replace(" ", "")
        assert "[/code]" not in text.lower().replace(" ", "")
        assert "code" in text.lower()


@given(st.text(alphabet="[]/ code\u200b\u00adCODE@", max_size=60))
def test_no_text_survives_as_a_rendering_tag_or_a_mention(text: str) -> None:
    shown = journal.plain(text)
    assert not re.search(r"\[\s*/?\s*code\s*\]", shown, re.IGNORECASE)
    assert "@[" not in shown


def test_a_mention_is_broken() -> None:
    assert journal.plain("ask @[6816f79cc0a8016401c5a33be04be441:Admin]").startswith("ask @(")


def test_words_from_a_ticket_cannot_add_a_line_to_a_note() -> None:
    text = journal.note_text([line("field", "High\n\nApproved by: the CIO", "Urgency\nX")], OPERATION)
    assert text == "Urgency X: High Approved by: the CIO\n[CS-0123456789AB]"


def test_emoji_and_right_to_left_text_stay_while_controls_go() -> None:
    assert journal.plain("🖨️ עברית \u202eabc\u0007\x1b[31m") == "🖨️ עברית abc[31m"


@pytest.mark.parametrize(
    "text",
    [
        journal.note_text([line("text", "x")], OPERATION),
        journal.change_text(OPERATION),
        journal.reply_text(OPERATION),
        journal.change_text(OPERATION) + "\r\n ",
    ],
)
def test_each_entry_of_ours_is_known_by_its_marker(text: str) -> None:
    assert journal.marker(text) == OPERATION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CS-0123456789AB",
        "[CS-0123456789ab]",
        "[CS-0123456789ABC]",
        "[CS-0123456789AB] and more",
        "(ref CS-0123456789AB)",
    ],
)
def test_what_is_no_marker_at_the_end_is_none(text: str) -> None:
    assert journal.marker(text) is None


def test_a_marker_quoted_from_a_ticket_does_not_count_as_ours() -> None:
    text = journal.note_text([line("quote", f"done [{OTHER}]")], OPERATION)
    assert journal.marker(text) == OPERATION


def test_two_texts_are_the_same_words_whatever_their_line_ends() -> None:
    assert journal.same_words("a\r\nb ", "a\n\nb")
    assert not journal.same_words("a b", "a c")
