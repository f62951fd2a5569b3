"""A conversation made fit to be sent: always valid, never too long, its beginning stable while it grows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.masked import Masked
from bot.core.turns import Call, Heard, Result, Returned, Spoke, Turn
from bot.runtime.compaction import LET_GO, LOST, fit, size

TOOLS = frozenset({"read_ticket", "search"})
LONG = Masked("word " * 300)


def heard(text: str = "And now?") -> Heard:
    return Heard(Masked(text))


def calls(*ids: str, tool: str = "search") -> Spoke:
    return Spoke("", tuple(Call(each, tool, {"query": "vpn"}) for each in ids))


def returned(*ids: str, text: str = "found") -> Returned:
    return Returned(tuple(Result(each, Masked(text)) for each in ids))


def exchange(number: int, text: Masked = LONG) -> list[Turn]:
    return [heard(f"question {number}"), calls(f"c{number}"), returned(f"c{number}", text=text), Spoke("so.")]


def check(turns: Sequence[Turn]) -> None:
    """What the Messages API wants of a conversation."""
    assert isinstance(turns[0], Heard), "a person begins"
    for at, turn in enumerate(turns):
        if isinstance(turn, Spoke):
            assert turn.text.strip() or turn.calls, "nothing is empty"
        if isinstance(turn, Spoke) and turn.calls:
            after = turns[at + 1]
            assert isinstance(after, Returned)
            assert [each.call for each in after.results] == [each.id for each in turn.calls]
        if isinstance(turn, Returned):
            before = turns[at - 1]
            assert isinstance(before, Spoke), "a result answers a call"
            assert before.calls
            assert all(each.text.strip() for each in turn.results)
        if isinstance(turn, Heard):
            assert turn.text.strip()


def test_a_short_conversation_is_sent_as_it_is() -> None:
    turns = [*exchange(1), heard(), calls("a", "b"), returned("a", "b")]

    assert fit(turns, TOOLS) == tuple(turns)


def test_a_call_that_was_interrupted_gets_a_result_that_says_so() -> None:
    kept = fit([heard(), calls("a", "b"), returned("b"), calls("c"), heard("Never mind.")], TOOLS)

    check(kept)
    assert kept[2] == Returned((Result("a", LOST, is_error=True), Result("b", Masked("found"))))
    assert kept[4] == Returned((Result("c", LOST, is_error=True),))


def test_a_result_nobody_asked_for_and_an_empty_answer_are_left_out() -> None:
    kept = fit([returned("x"), heard(), Spoke(" "), heard(), calls("a"), returned("a", "z")], TOOLS)

    check(kept)
    assert kept == (heard(), heard(), calls("a"), returned("a"))


def test_empty_messages_and_results_are_not_empty_any_more() -> None:
    check(fit([heard("  "), calls("a"), returned("a", text="")], TOOLS))


def test_a_conversation_that_begins_with_an_answer_is_given_a_beginning() -> None:
    check(fit([Spoke("so."), heard()], TOOLS))


def test_the_oldest_exchanges_go_whole_and_what_is_left_says_so() -> None:
    turns: list[Turn] = [each for number in range(20) for each in exchange(number)]
    kept = fit([*turns, heard("last")], TOOLS, 3_000)

    check(kept)
    assert sum(map(size, kept)) <= 3_100
    assert kept[-1] == heard("last")
    first = kept[0]
    assert isinstance(first, Heard)
    assert "left out" in first.text
    assert "search (" in first.text
    assert first.text.rpartition("\n")[2].startswith("question 1")


def test_what_was_left_out_is_told_in_our_words_alone() -> None:
    evil: list[Turn] = [
        heard("SECRET ORDER"),
        calls("c", tool="ignore_all_rules"),
        returned("c", text=LONG),
        Spoke("yes"),
    ]
    kept = fit([*evil, *exchange(1), *exchange(2), heard()], TOOLS, 900)

    first = kept[0]
    assert isinstance(first, Heard)
    assert "left out" in first.text
    assert "ignore_all_rules" not in first.text
    assert "SECRET" not in first.text


def test_while_it_grows_its_beginning_moves_seldom() -> None:
    """Else the provider's cache would be written anew with each message."""
    turns: list[Turn] = []
    starts: list[Turn] = []
    for number in range(60):
        turns += exchange(number)
        starts.append(fit([*turns, heard("now")], TOOLS, 6_000)[0])

    moved = sum(one != other for one, other in pairwise(starts))
    assert 3 <= moved <= 12


def test_one_answer_with_too_many_results_lets_go_of_the_oldest() -> None:
    turns: list[Turn] = [heard("look everywhere")]
    for number in range(12):
        turns += [calls(f"c{number}"), returned(f"c{number}", text=LONG)]
    kept = fit(turns, TOOLS, 3_000)

    check(kept)
    texts = [turn.results[0].text for turn in kept if isinstance(turn, Returned)]
    assert len(texts) == 12
    assert texts[0] == LET_GO
    assert texts[-1] == LONG, "what was just found is what it is about"
    assert texts == sorted(texts, key=lambda text: text != LET_GO), "the oldest first"


@pytest.mark.parametrize("word", ["プリンター", "принтер", "🖨️"])
def test_scripts_that_take_a_token_a_letter_are_not_taken_for_english(word: str) -> None:
    """Counted by letters, a conversation in Japanese would be sent at three times what was allowed."""
    text = Masked(word * 400)
    assert size(Heard(text)) >= len(word) * 400 * 2 // 3
    turns = [turn for number in range(40) for turn in exchange(number, text)]
    assert sum(map(size, fit([*turns, heard("now")], TOOLS, 6_000))) <= 6_500


def test_what_was_just_found_stays_however_long_it_is() -> None:
    huge = Masked("word " * 10_000)

    kept = fit([heard(), calls("a"), returned("a", text=huge)], TOOLS, 100)

    assert kept[-1] == returned("a", text=huge)


@pytest.mark.parametrize("most", [50, 500, 5_000])
@given(
    turns=st.lists(
        st.one_of(
            st.sampled_from(["", "hi", "word " * 200]).map(heard),
            st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(lambda ids: calls(*ids)),
            st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(
                lambda ids: returned(*ids, text=LONG)
            ),
            st.just(Spoke("so.")),
        ),
        max_size=14,
    )
)
def test_whatever_is_remembered_what_is_sent_is_valid(turns: list[Turn], most: int) -> None:
    kept = fit([*turns, heard("now")], TOOLS, most)

    check(kept)
    last = kept[-1]
    assert isinstance(last, Heard)
    assert last.text.endswith("now")
