"""Articles come from files as they are, and the right one is found, shown by its passage and its source."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.retrieve.articles import (
    ARTICLE_BYTES_MAX,
    PASSAGE_CHARS_MAX,
    article,
    passages,
    plain,
    read_folder,
    stamp,
)
from bot.brain.retrieve.knowledge import Knowledge
from bot.core.errors import Misconfigured
from tests.bot.brain.retrieve.outside import questions, workarena
from tests.bot.brain.retrieve.test_terms import NASTY

VPN = """---
title: "Remote access"
URL: https://kb.example/vpn
owner: somebody
---
# Working from home

Ask for a token first.

## The tunnel drops

Install client 5.2 and [restart](https://evil.example/x) the <b>gateway</b> profile.

```
# not a heading
```

## Printing from home

Use the follow-me queue; toner is not delivered to homes.
"""


def test_a_head_gives_title_and_address_and_is_not_part_of_the_text() -> None:
    made = article("vpn.md", VPN)
    assert (made.title, made.url) == ("Remote access", "https://kb.example/vpn")
    assert "owner" not in made.text


@pytest.mark.parametrize(
    ("text", "title", "url"),
    [
        ("# Badges\n\nAsk the desk.", "Badges", ""),
        ("Ask the desk.", "file", ""),
        ("---\ntitle: A\nurl: javascript:alert(1)\n---\nText", "A", ""),
        ("---\nurl: https://a.example/b c\n---\n# B", "B", ""),
        ("---\nnever closed\n# C", "C", ""),
        ("\r\n# Windows\r\nText", "Windows", ""),
        ("", "file", ""),
    ],
)
def test_an_incomplete_head_is_no_obstacle(text: str, title: str, url: str) -> None:
    made = article("folder/file.md", text)
    assert (made.title, made.url) == (title, url)


def test_passages_follow_the_headings_and_leave_out_tags_and_targets() -> None:
    found = passages(article("vpn.md", VPN))
    assert [each.heading for each in found] == ["Working from home", "The tunnel drops", "Printing from home"]
    assert "restart the" in found[1].text
    assert "evil.example" not in found[1].text
    assert "<b>" not in found[1].text
    assert "# not a heading" in found[1].text


def test_a_long_section_is_split_and_nothing_is_lost() -> None:
    text = "# Long\n\n" + "\n\n".join(f"word{n} " * 40 for n in range(40)) + "\n\n" + "x" * 5_000
    found = passages(article("a.md", text))
    assert len(found) > 5
    assert max(len(each.text) for each in found) <= PASSAGE_CHARS_MAX
    assert "".join(each.text for each in found).count("x") == 5_000
    assert all(any(f"word{n} " in each.text for each in found) for n in range(40))


def test_the_passage_that_answers_is_shown_with_its_source() -> None:
    other = article(
        "badge.md", "# Badges\n\nA lost badge is blocked at the reception; the door reader is not reset."
    )
    knowledge = Knowledge([other, article("vpn.md", VPN)])
    first, *_ = knowledge.find("my tunnel drops all the time", 2)
    assert (first.article.title, first.passage.heading) == ("Remote access", "The tunnel drops")
    assert knowledge.find("lost badge", 1)[0].article.key == "badge.md"
    assert knowledge.find("zzz", 3) == []
    assert Knowledge([]).find("vpn", 3) == []


def test_an_article_that_may_not_be_read_is_not_found() -> None:
    secret = article("secret.md", "# Salaries\n\nThe vpn tunnel drops salaries.")
    knowledge = Knowledge([secret, article("vpn.md", VPN)])
    found = knowledge.find("vpn tunnel drops salaries", 5, allowed=lambda each: each.key != "secret.md")
    assert {each.article.key for each in found} == {"vpn.md"}


def test_a_folder_is_read_in_order_without_what_is_hidden_or_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("# A secret elsewhere")
    folder = tmp_path / "kb"
    (folder / "b").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("z.md", "b/a.MARKDOWN", ".hidden.md", ".git/x.md", "notes.txt"):
        (folder / name).write_text(f"# {name}")
    (folder / "link.md").symlink_to(outside)
    (folder / "latin.md").write_bytes(b"\xef\xbb\xbf# Caf\xe9")
    found = read_folder(folder)
    assert [each.key for each in found] == ["latin.md", "z.md", "b/a.MARKDOWN"]
    assert found[0].title == "Caf\ufffd"
    before = stamp(folder)
    (folder / "z.md").write_text("# changed and longer")
    assert stamp(folder) != before
    assert len(Knowledge.read(folder)) == 3


def test_a_folder_that_is_not_there_is_said_and_has_no_stamp(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is not there"):
        read_folder(tmp_path / "nowhere")
    assert stamp(tmp_path / "nowhere") == ()


def test_a_huge_file_is_cut(tmp_path: Path) -> None:
    (tmp_path / "huge.md").write_bytes(b"word " * ARTICLE_BYTES_MAX)
    assert len(read_folder(tmp_path)[0].text) == ARTICLE_BYTES_MAX


@settings(max_examples=150)
@given(st.text("ab#-`~<>[]()!\n :\"'", max_size=200) | st.sampled_from(NASTY))
def test_no_text_makes_an_article_raise_and_none_is_without_a_passage(text: str) -> None:
    found = passages(article("a.md", text))
    assert found
    assert all(len(each.text) <= PASSAGE_CHARS_MAX for each in found)


def test_real_questions_find_their_article() -> None:
    articles, asked = workarena(), questions()
    knowledge = Knowledge(articles)
    places: list[int] = []
    for text, key in asked[::8]:
        found = [each.article.key for each in knowledge.find(text, 5)]
        places.append(found.index(key) if key in found else len(found))
    first = sum(place == 0 for place in places) / len(places)
    five = sum(place < 5 for place in places) / len(places)
    assert first >= 0.76, "of an eighth of the questions; 0.847 of all"
    assert five >= 0.91, "of an eighth of the questions; 0.967 of all"


@pytest.mark.parametrize("unit", ["<!--", "<!-- a -->", "<!---->", "<a", "<!--->", "[a]("])
def test_markup_that_never_ends_takes_no_more_than_its_length(unit: str) -> None:
    began = time.process_time()
    plain(unit * ((1 << 18) // len(unit)))
    assert time.process_time() - began < 1.0


def test_comments_are_no_words_and_one_that_never_ends_is() -> None:
    assert plain("a <!-- b --> c <b>d</b>").split() == ["a", "c", "d"]
    assert plain("a <!-- b --> c <!-- d <b>e</b>").split() == ["a", "c", "<!--", "d", "e"]
