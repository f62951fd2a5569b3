"""Pages of markup, read as their readers see them."""

from __future__ import annotations

import time

import pytest

from connectors._markup import MARKUP_CHARS_MAX, plain


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<h1>Title</h1><p>One <b>bold</b> &amp; done.<br/>Next</p>", "Title\n\nOne bold & done.\nNext"),
        ("<ul><li>first</li><li>second</li></ul>", "- first\n- second"),
        ("<table><tr><th>a</th><td style='border-width:0px'>1</td></tr></table>", "| a | 1"),
        ("<p title=it's>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2"),
        (
            "<p>see <a href='https://evil.example/x'>the form</a><img src=x alt='click me'></p>",
            "see the form",
        ),
        ("<![CDATA[if a < b: <go>]]>", "if a < b: <go>"),
        ("no markup at all", "no markup at all"),
        ("a\u00a0\u2003 b\r\n\r\n\r\n\r\nc", "a b\n\nc"),
        ("before<p", "before"),
        ("", ""),
    ],
)
def test_the_words_of_a_page_are_kept_and_its_addresses_are_not(markup: str, words: str) -> None:
    assert plain(markup) == words


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- ORDER -->",
        "<!-- <p>x</p> ORDER",
        "<script>ORDER</script>",
        "<SCRIPT type=x>'</p>' ORDER</SCRIPT >",
        "<style>ORDER</style>",
        "<title>ORDER</title>",
        "<template><p>ORDER</p></template>",
        "<div hidden>ORDER</div>",
        "<div style='display:none'>a<div>b</div>ORDER</div>",
        '<span style="color:red; visibility : hidden">ORDER</span>',
        "<span style=font-size:0>ORDER</span>",
        "<span style='opacity: 0.0'>ORDER</span>",
        "<span style='display&#58;none'>ORDER</span>",
        "<div hidden></b></div_>ORDER</div>",
        "<select><option>ORDER</option></select>",
        "<img alt='ORDER'>",
        "<?php ORDER ?>",
        "<ac:parameter ac:name='x'>ORDER</ac:parameter>",
    ],
)
def test_what_no_reader_sees_no_machine_reads(hidden: str) -> None:
    left_out = frozenset({"ac:parameter"})
    assert "ORDER" not in plain(f"<p>before</p>{hidden}<p>after</p>", left_out=left_out)
    assert "before" in plain(f"<p>before</p>{hidden}<p>after</p>", left_out=left_out)


def test_what_is_small_but_there_is_read() -> None:
    for style in ("line-height:0.9", "opacity:0.5", "font-size:0.8em", "border-width:0", "max-width:0"):
        assert plain(f"<p style='{style}'>words</p>") == "words"


@pytest.mark.parametrize(
    "piece",
    [
        "<a ", "<!--", "<![CDATA[", "<", "</", "<div style='", "<a b='", "&#", "<!", "<?", "<script>",
        "</div>", "<div hidden>", "<script></scrip", "<title>", "<a style= ", "\n ", "<div hidden></b>",
        "<![CDATA[]]>",
    ],
)  # fmt: skip
def test_a_page_broken_on_purpose_takes_no_longer_than_another(piece: str) -> None:
    began = time.process_time()
    plain(piece * (MARKUP_CHARS_MAX // len(piece)))
    assert time.process_time() - began < 5


def test_a_page_is_read_up_to_its_bound() -> None:
    assert len(plain("x" * (2 * MARKUP_CHARS_MAX))) == MARKUP_CHARS_MAX
