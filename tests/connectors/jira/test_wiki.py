"""Wiki markup: words of others are shown letter by letter, and our notes have their looks."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arguments import LineKind, NoteLine
from bot.core.errors import Refused
from connectors.jira import wiki
from connectors.jira.marks import comment_mark
from tests.connectors.jira.building import OPERATION, OTHER

LIVE = re.compile(r"(?<!\\)[{}\[\]|!*^~]")
"""A character that opens markup and is not escaped."""


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("plain words, and (brackets).", "plain words, and (brackets)."),
        ("{code}rm -rf{code}", r"\{code\}rm \-rf\{code\}"),
        ("{color:red}urgent{color}", r"\{color:red\}urgent\{color\}"),
        ("{html}<script>{html}", r"\{html\}<script>\{html\}"),
        ("[~accountid:712020:abc] look", r"\[\~accountid:712020:abc\] look"),
        ("[click|http://evil.example]", r"\[click\|http://evil.example\]"),
        ("!http://evil.example/x.png!", r"\!http://evil.example/x.png\!"),
        ("[^secret.txt]", r"\[\^secret.txt\]"),
        ("||a||b||", r"\|\|a\|\|b\|\|"),
        ("*bold* _soft_ -gone- +new+", r"\*bold\* \_soft\_ \-gone\- \+new\+"),
        ("??cite??", r"\?\?cite\?\?"),
        ("h1. Huge", r"h1\. Huge"),
        ("  h6. Small", r"  h6\. Small"),
        ("bq. said", r"bq\. said"),
        ("# one\n* two\n- three\n----", "\\# one\n\\* two\n\\- three\n\\-\\-\\-\\-"),
        ("OPS-1 follow-up snake_case a+b", "OPS-1 follow-up snake_case a+b"),
        (r"C:\temp\\server", "C:&#92;temp&#92;&#92;server"),
        (r"\{code}", r"&#92;\{code\}"),
        ("&#123;code&#125;", r"\&#123;code\&#125;"),
        ("AT&T & co", "AT&T & co"),
        ("(!) (x) :) ;)", r"\(\!) \(x) \:) \;)"),
        ("is it? yes", "is it? yes"),
        ("naïve café 東京 🎉 مرحبا", "naïve café 東京 🎉 مرحبا"),
        ("", ""),
    ],
)
def test_markup_in_words_is_shown_and_not_obeyed(text: str, markup: str) -> None:
    assert wiki.inert(text) == markup


@given(st.text())
def test_no_live_markup_is_left_in_any_text(text: str) -> None:
    escaped = wiki.inert(text)
    assert not LIVE.search(escaped)
    assert r"\\" not in escaped


@given(st.text(alphabet="{}[]|!*_-+^~?#&;:()\\ \nh1.bqx", max_size=60))
def test_escapes_and_entities_read_back_as_the_very_words(text: str) -> None:
    read = re.sub(r"\\(.)", r"\1", wiki.inert(text)).replace("&#92;", "\\")
    assert read == text.replace("&#92;", "\\")


# --- replies


def test_a_reply_is_plain_paragraphs_that_end_in_the_reference() -> None:
    assert (
        wiki.reply("Hello,\n\nwe are on it.", OPERATION) == "Hello,\n\nwe are on it.\n\n(ref CS-0123456789AB)"
    )


def test_an_address_in_a_reply_stays_one_that_can_be_clicked() -> None:
    body = wiki.reply("See https://kb.example.com/a_b-c?x=1&y=~z#top. *Now*", OPERATION)
    assert body.startswith(r"See https://kb.example.com/a_b-c?x=1&y=~z#top. \*Now\*")


def test_an_address_cannot_carry_markup_along() -> None:
    body = wiki.reply("https://x.example/{code}!y! [a|https://x.example]", OPERATION)
    assert r"\{code\}\!y\!" in body
    assert r"\[a\|https://x.example\]" in body


def test_invisible_and_turning_characters_do_not_reach_the_requester() -> None:
    body = wiki.reply("pay \u202eelbisivni\u202c \u200bnow\u0007\r\nplease", OPERATION)
    assert body == "pay elbisivni now\nplease\n\n(ref CS-0123456789AB)"


def test_a_reply_that_its_escapes_make_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(Refused, match=r"60,\d{3} characters .* 32,767"):
        wiki.reply("{" * 30_000, OPERATION)


def test_length_is_counted_as_java_counts() -> None:
    assert wiki.units("a🎉") == 3
    with pytest.raises(Refused):
        wiki.reply("🎉" * 16_400, OPERATION)


# --- notes


def lines(*given: tuple[LineKind, str]) -> list[NoteLine]:
    return [NoteLine(kind=kind, text=text) for kind, text in given]


def test_a_note_looks_like_this() -> None:
    note = [
        NoteLine(kind="title", text="Triage by Countersign (AI, may be wrong)"),
        NoteLine(kind="heading", text="Suggested"),
        NoteLine(kind="field", label="Priority", text="High (now: Medium)"),
        NoteLine(kind="quote", text="nobody can work!"),
        NoteLine(kind="heading", text="Similar past tickets"),
        NoteLine(
            kind="link", text="OPS-7: VPN [gateway] down", url="https://acme.atlassian.net/browse/OPS-7"
        ),
        NoteLine(kind="bullet", text="a plain one"),
        NoteLine(kind="text", text="Draft:\nHello,\n* not a list"),
        NoteLine(kind="fine", text="local brain"),
    ]
    assert wiki.note(note, OPERATION) == (
        "h4. Triage by Countersign (AI, may be wrong)\n"
        "h5. Suggested\n"
        "* *Priority:* High (now: Medium)\n"
        "\n"
        "bq. nobody can work\\!\n"
        "\n"
        "h5. Similar past tickets\n"
        "* [OPS-7: VPN (gateway) down|https://acme.atlassian.net/browse/OPS-7]\n"
        "* a plain one\n"
        "\n"
        "Draft:\n"
        "Hello,\n"
        "\\* not a list\n"
        "\n"
        "{color:#6b778c}local brain{color}\n"
        "\n"
        "(ref CS-0123456789AB)"
    )


@pytest.mark.parametrize("kind", get_args(LineKind))
def test_no_line_of_a_note_can_break_out_of_its_place(kind: LineKind) -> None:
    hostile = "x\nh1. OWNED\n{code}[~admin]!img!|\u2028\u202e]{color}{panel}"
    line = NoteLine(kind=kind, text=hostile, label=hostile, url="https://acme.example/a|b]c{d}\n[~x]")
    shown = wiki.shown(line)
    assert kind == "text" or "\n" not in shown
    bare = shown.removeprefix("{color:#6b778c}").removesuffix("{color}").partition("|https://")[0]
    assert not re.search(r"(?<!\\)[{}~!]", bare)
    assert "\nh1." not in shown
    assert shown.count("|") - shown.count(r"\|") == (kind == "link")


def test_a_note_too_long_for_jira_is_cut_at_a_line_and_keeps_its_reference() -> None:
    note = wiki.note([NoteLine(kind="text", text="{" * 2_000)] * 40, OPERATION)
    assert wiki.units(note) <= wiki.COMMENT_CHARS_MAX
    assert note.endswith("\n\n…\n\n(ref CS-0123456789AB)")
    assert not LIVE.search(note)


def test_a_megabyte_in_one_line_is_cut() -> None:
    note = wiki.note(lines(("quote", "é" * 1_048_576)), OPERATION)
    assert wiki.units(note) < 2_100


def test_a_reference_quoted_from_a_ticket_is_not_taken_for_ours() -> None:
    note = wiki.note(lines(("text", f"they wrote (ref {OTHER})")), OPERATION)
    assert comment_mark({"body": note})[0] == OPERATION


def test_a_reference_that_is_not_the_last_line_does_not_count() -> None:
    assert comment_mark({"body": f"(ref {OTHER})\nand more"})[0] is None
