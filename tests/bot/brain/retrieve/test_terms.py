"""What counts as a word, and that nothing raises on any text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.retrieve.postings import Counted, count, freeze
from bot.brain.retrieve.terms import TEXT_CHARS_MAX, read, words

NASTY = [
    "",
    "\0",
    "\ud800",
    "a\ud800b \udfff",
    "\u202eabc",
    "🙂🙂 🙂",
    "x" * 2**20,
    "a " * 2**19,
    "<a_1>" * 9,
    "ﬁﬃ",
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The VPN drops, again!", ["the", "vpn", "drops", "again"]),
        ("Department X: room 5", ["department", "x", "room", "5"]),
        ("ask <EMAIL_12> and <EMAIL_3>", ["ask", "<email>", "and", "<email>"]),
        ("ＶＰＮ ﬁle", ["vpn", "file"]),  # noqa: RUF001  # full-width letters are what is tested
        ("無法連接 vpn", ["無法", "法連", "連接", "vpn"]),
        ("snake_case e-mail", ["snake", "case", "e", "mail"]),
        ("z" * 41 + " end", ["end"]),
    ],
)
def test_words_are_what_a_reader_would_call_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_words_far_behind_the_limit_do_not_count() -> None:
    assert words("a " * TEXT_CHARS_MAX + "late")[-1] == "a"


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_no_text_is_too_strange_to_read(text: str) -> None:
    reader = read([text, "vpn"])
    assert len(reader) == 2
    for terms in (reader.words_and_pairs(), reader.pieces()):
        assert set(terms.texts.tolist()) <= {0, 1}


@settings(max_examples=150)
@given(st.lists(st.text(), max_size=5))
def test_texts_read_together_have_the_terms_they_have_alone(texts: list[str]) -> None:
    together = read(texts)
    for kind in ("words_and_pairs", "pieces"):
        terms = getattr(together, kind)()
        for place, text in enumerate(texts):
            alone = getattr(read([text]), kind)()
            assert sorted(terms.hashes[terms.texts == place].tolist()) == sorted(alone.hashes.tolist())


def test_pieces_find_a_typing_error_that_words_do_not() -> None:
    reader = read(["certificate", "certifcate"])
    words_, pieces = reader.words_and_pairs(), reader.pieces()
    assert not set(words_.hashes[:1].tolist()) & set(words_.hashes[1:].tolist())
    first, second = (set(pieces.hashes[pieces.texts == place].tolist()) for place in (0, 1))
    assert len(first & second) > len(first) / 2


@settings(max_examples=60)
@given(st.lists(st.text("ab c", max_size=30), min_size=1, max_size=12), st.integers(1, 5))
def test_postings_say_who_holds_what_however_the_texts_come_in_batches(texts: list[str], cut: int) -> None:
    def counted(some: list[str]) -> Counted:
        return count(read(some).words_and_pairs(), len(some), 17)

    whole = freeze([counted(texts)], 17)
    parts = [texts[at : at + cut] for at in range(0, len(texts), cut)]
    pieced = freeze([counted(part) for part in parts], 17)
    for name, array in whole.arrays().items():
        assert np.array_equal(array, pieced.arrays()[name]), name
