"""The index finds what is alike, shows only what may be seen, and forgets what it is told to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.retrieve import parts
from bot.brain.retrieve.container import HEAD_BYTES
from bot.brain.retrieve.index import LIVE_MAX, Hit, Index, Pieces
from bot.brain.retrieve.mixing import Beside, best
from bot.core.errors import Misconfigured
from tests.bot.brain.retrieve.desk import SUBJECTS, desk, seeded, ticket
from tests.bot.brain.retrieve.test_terms import NASTY

KINDS = list(Pieces)


def keys(hits: list[Hit]) -> list[str]:
    return [hit.key for hit in hits]


@pytest.mark.parametrize("pieces", KINDS)
def test_the_nearest_are_of_the_same_subject_and_a_copy_comes_first(pieces: Pieces) -> None:
    tickets = desk(300)
    index = Index.build(tickets, pieces=pieces)
    rng = seeded(7)
    for subject in SUBJECTS:
        found = keys(index.nearest(ticket(rng, subject), 5))
        assert [key.split("-")[0] for key in found] == [subject] * 5
    for place in (0, 17, 299):
        first = index.nearest(tickets[place][1], 1)[0]
        assert (first.key, first.place) == (tickets[place][0], place)
        assert first.score == pytest.approx(1.0, abs=1e-3)


def test_scores_fall_and_stay_between_nothing_and_one() -> None:
    hits = Index.build(desk(100), pieces=Pieces.ALL).nearest("vpn tunnel drops", 50)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] <= 1


def test_nothing_is_alike_where_nothing_is_shared() -> None:
    index = Index.build(desk(50))
    assert index.nearest("zzz qqq", 5) == []
    assert index.nearest("", 5) == []
    assert index.nearest("vpn", 0) == []
    assert Index.build([]).nearest("vpn", 5) == []


@pytest.mark.parametrize("pieces", KINDS)
def test_what_may_not_be_seen_takes_no_place_and_moves_no_score(pieces: Pieces) -> None:
    tickets = desk(240)
    query = tickets[0][1]
    secret = [(f"secret-{n}", query) for n in range(400)]
    mixed = [pair for two in zip(tickets, secret, strict=False) for pair in two] + secret[240:]
    index = Index.build(mixed, pieces=pieces)
    allowed = [place for place, (key, _) in enumerate(mixed) if not key.startswith("secret")]
    mask = np.zeros(len(mixed), np.bool_)
    mask[allowed] = True
    found = index.nearest(query, 20, allowed=mask)
    assert len(found) == 20, "four hundred better texts that may not be seen leave twenty that may"
    assert not [hit for hit in found if hit.key.startswith("secret")]
    assert found == index.nearest(query, 20, allowed=allowed)
    other = Index.build(
        [(key, query if key.startswith("vpn") else text) for key, text in mixed], pieces=pieces
    )
    hidden = [place for place, (key, _) in enumerate(mixed) if key.startswith("mail")]
    assert {hit.key.split("-")[0] for hit in other.nearest(query, 10, allowed=hidden)} <= {"mail"}
    assert index.nearest(query, 5, allowed=[]) == []


@pytest.mark.parametrize("pieces", KINDS)
def test_a_hidden_text_weighs_as_much_as_a_removed_one(pieces: Pieces) -> None:
    tickets = desk(120)
    one, other = Index.build(tickets, pieces=pieces), Index.build(tickets, pieces=pieces)
    for key, _ in tickets[::3]:
        assert other.remove(key)
    allowed = [place for place in range(120) if place % 3]
    assert one.nearest(tickets[1][1], 10, allowed=allowed) == other.nearest(tickets[1][1], 10)


@pytest.mark.parametrize("pieces", KINDS)
def test_an_added_text_is_found_at_once_and_as_well_as_a_built_one(pieces: Pieces) -> None:
    tickets = desk(200)
    built = Index.build(tickets, pieces=pieces)
    grown = Index.build(tickets[:150], pieces=pieces)
    for key, text in tickets[150:]:
        grown.add(key, text)
    assert len(grown) == len(built) == 200
    for _, text in tickets[100::9]:
        expected, found = built.nearest(text, 5), grown.nearest(text, 5)
        assert found[0].key == expected[0].key
        assert found[0].score == pytest.approx(expected[0].score, abs=0.1)
    merged = grown.merged()
    for _, text in tickets[::9]:
        first, again = built.nearest(text, 5), merged.nearest(text, 5)
        assert again[0].place == first[0].place
        assert [hit.score for hit in again] == pytest.approx([hit.score for hit in first], abs=3e-3)


def test_an_index_can_start_with_nothing() -> None:
    index = Index.build([])
    for key, text in desk(30):
        index.add(key, text)
    assert index.nearest(desk(30)[4][1], 1)[0].key == desk(30)[4][0]
    assert not index.crowded


def test_a_text_that_changed_is_found_by_its_new_words_only() -> None:
    index = Index.build([("A-1", "printer jam"), ("A-2", "badge lost"), ("A-3", "mailbox full")])
    index.add("A-1", "vpn tunnel")
    assert keys(index.nearest("printer jam", 3)) == []
    assert keys(index.nearest("vpn tunnel", 3)) == ["A-1"]
    index.add("A-1", "payslip missing")
    assert keys(index.nearest("vpn tunnel", 3)) == []
    assert len(index) == 3


def test_a_removed_ticket_is_in_no_answer_and_not_in_the_file(tmp_path: Path) -> None:
    index = Index.build([("OPS-1", "printer jam"), ("TOP-SECRET-9", "printer fire"), ("OPS-3", "vpn")])
    assert index.remove("TOP-SECRET-9")
    assert not index.remove("TOP-SECRET-9")
    assert not index.remove("OPS-99")
    assert keys(index.nearest("printer fire", 3)) == ["OPS-1"]
    index.save(tmp_path / "index")
    assert b"TOP-SECRET" not in (tmp_path / "index").read_bytes()
    again = Index.load(tmp_path / "index")
    assert (len(again), keys(again.nearest("printer fire", 3))) == (2, ["OPS-1"])


@settings(max_examples=40)
@given(st.data())
def test_adding_removing_and_merging_in_any_order_equals_building(data: st.DataObject) -> None:
    tickets = desk(24)
    index, left = Index.build(tickets[:8]), dict(tickets[:8])
    for _ in range(data.draw(st.integers(0, 12))):
        step, (key, text) = data.draw(st.sampled_from("arm")), data.draw(st.sampled_from(tickets))
        if step == "a":
            index.add(key, text)
            left.pop(key, None)
            left[key] = text
        elif step == "r":
            assert index.remove(key) is (left.pop(key, None) is not None)
        else:
            index = index.merged()
    assert len(index) == len(left)
    merged, built = index.merged(), Index.build(list(left.items()))
    for _, text in tickets[::5]:
        assert merged.nearest(text, 30) == built.nearest(text, 30)
        assert set(keys(index.nearest(text, 30))) == set(keys(built.nearest(text, 30)))


@pytest.mark.parametrize("pieces", KINDS)
def test_a_file_gives_the_same_answers_and_the_same_bytes(pieces: Pieces, tmp_path: Path) -> None:
    tickets = [*desk(90), ("ключ-1", "vpn vpn"), ("", "printer")]
    index = Index.build(tickets, pieces=pieces)
    for name in ("one", "two"):
        index.save(tmp_path / name)
    Index.build(tickets, pieces=pieces).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    loaded = Index.load(tmp_path / "one")
    assert loaded.nearest("vpn tunnel drops", 9) == index.nearest("vpn tunnel drops", 9)
    loaded.add("new", "vpn tunnel drops")
    loaded.remove("ключ-1")
    assert loaded.nearest("vpn tunnel drops", 9)[0].key == "new"
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def _changed(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "half":
        data = data[: len(data) // 2]
    elif how == "bit":
        data[HEAD_BYTES + 100] ^= 1
    elif how == "header":
        data[:20] = b"not json at all" + b" " * 5
    elif how == "version":
        data = data.replace(b'"version": 1', b'"version": 7', 1)
    elif how == "count":
        data = data.replace(b'"count": ', b'"count": 9', 1)
    else:
        data = bytearray()
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["half", "bit", "header", "version", "count", "empty"])
def test_a_damaged_file_is_refused_and_says_what_to_do(how: str, tmp_path: Path) -> None:
    path = tmp_path / "index"
    Index.build(desk(30)).save(path)
    _changed(path, how)
    with pytest.raises(Misconfigured, match="delete it, it is built again"):
        Index.load(path)


def test_a_missing_file_and_an_unwritable_place_are_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        Index.load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Misconfigured, match="cannot be written"):
        Index.build([]).save(tmp_path / "file" / "index")


def test_a_small_budget_still_finds_the_best_and_scores_it_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = desk(600)
    index = Index.build(tickets)
    rng = seeded(3)
    queries = [ticket(rng, subject) for subject in SUBJECTS for _ in range(5)] + [tickets[5][1]]
    full = [index.nearest(query, 1)[0] for query in queries]
    monkeypatch.setattr(parts, "BUDGET", 1_000)
    cheap = [index.nearest(query, 1)[0] for query in queries]
    assert (cheap[-1].key, cheap[-1].place) == (full[-1].key, full[-1].place) == (tickets[5][0], 5)
    assert sum(a.key == b.key for a, b in zip(cheap, full, strict=True)) > 0.8 * len(full)
    for a, b in zip(cheap, full, strict=True):
        if a.key == b.key:
            assert a.score == pytest.approx(b.score, abs=1e-5)


def test_vectors_beside_the_words_change_the_order_and_hidden_ones_do_not() -> None:
    index = Index.build([("A", "vpn tunnel drops"), ("B", "secure line broken"), ("C", "printer jam")])
    vectors = np.array([0.1, 0.9, 0.2], np.float32)
    assert keys(index.nearest("vpn tunnel", 1)) == ["A"]
    assert keys(index.nearest("vpn tunnel", 2, beside=Beside(vectors, 9.0)))[0] == "B"
    seen = index.nearest("vpn tunnel", 3, beside=Beside(vectors, 0.1), allowed=[0, 2])
    assert keys(seen) == ["A", "C"]


def test_a_text_added_after_the_mask_was_made_may_not_be_seen() -> None:
    index = Index.build([("A", "vpn tunnel drops"), ("B", "vpn line broken")])
    mask, vectors = np.ones(index.room, np.bool_), np.array([0.5, 0.4], np.float32)
    index.add("C", "vpn tunnel drops")
    assert set(keys(index.nearest("vpn tunnel drops", 3, allowed=mask))) == {"A", "B"}
    assert set(keys(index.nearest("vpn tunnel drops", 3, beside=Beside(vectors)))) == {"A", "B", "C"}


@pytest.mark.parametrize("pieces", KINDS)
def test_no_text_makes_it_raise(pieces: Pieces) -> None:
    index = Index.build([(f"K-{n}", text) for n, text in enumerate(NASTY)], pieces=pieces)
    for text in NASTY:
        index.nearest(text, 3)
        index.add(text[:50], text)
        index.nearest(text, 3)
    index.merged()


@settings(max_examples=100)
@given(st.text(), st.text(), st.sampled_from(KINDS))
def test_any_two_texts_can_be_compared(one: str, other: str, pieces: Pieces) -> None:
    index = Index.build([(one, one)], pieces=pieces)
    index.add(other, other)
    for hit in index.nearest(one, 5):
        assert 0 < hit.score <= 1


def test_the_best_of_many_are_the_best() -> None:
    rng = np.random.default_rng(5)
    scores = rng.random(70_001).astype(np.float32)
    assert best(scores, 50).tolist() == sorted(np.argsort(-scores)[:50].tolist())
    assert best(np.zeros(70_001, np.float32), 50).tolist() == []


def test_it_says_when_it_is_time_to_merge() -> None:
    index = Index.build(desk(80))
    assert not index.crowded
    fewer = Index.build(desk(80))
    for key, _ in desk(80)[:20]:
        fewer.remove(key)
    assert fewer.crowded
    assert not fewer.merged().crowded
    growing = Index.build([])
    for n in range(LIVE_MAX + 1):
        growing.add(str(n), "vpn")
    assert growing.crowded
