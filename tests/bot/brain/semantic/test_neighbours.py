"""Votes know what they should, are blind to what is held out, and survive the disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.brain.classify import Votes
from bot.brain.semantic.embedder import Embedder, unit
from bot.brain.semantic.kernel import Kernel
from bot.brain.semantic.mixing import Mix, learned, votes
from bot.brain.semantic.nearest import nearest
from bot.brain.semantic.neighbours import NEAREST, NeighbourVotes
from bot.brain.semantic.votes_file import MAGIC, from_bytes
from bot.core.errors import Misconfigured
from tests.bot.brain.semantic.points import Points

Floats = NDArray[np.float32]
Places = NDArray[np.int32]


def lessons(classes: int, each: int) -> tuple[list[str], Places]:
    texts = [f"{kind}:{number}" for number in range(each) for kind in range(classes)]
    return texts, np.tile(np.arange(classes, dtype=np.int32), each)


def folds(count: int) -> Places:
    return np.random.default_rng(11).integers(0, 5, count).astype(np.int32)


@pytest.fixture(scope="module")
def taught() -> NeighbourVotes:
    texts, labels = lessons(4, 60)
    return NeighbourVotes(Points()).learn(texts, {"kind": labels}, {"kind": 4})


def test_it_is_what_the_classifier_asks_for(taught: NeighbourVotes) -> None:
    second: Votes = taught
    assert second is taught


def test_new_texts_get_the_class_of_those_most_alike(taught: NeighbourVotes) -> None:
    texts = [f"{kind}:{number}" for kind in range(4) for number in range(1000, 1050)]

    rows = taught.vote(texts)["kind"]

    assert np.allclose(rows.sum(axis=1), 1, atol=1e-5)
    assert (rows.argmax(axis=1) == np.repeat(np.arange(4), 50)).mean() > 0.95


def test_held_out_rows_are_as_good_as_live_ones_and_no_better() -> None:
    """What is held out predicts what comes later, or every confidence learned from it is a lie."""
    texts, labels = lessons(5, 200)
    hard = NeighbourVotes(Points(spread=0.6)).learn(texts, {"kind": labels}, {"kind": 5})
    inside = hard.held_out("kind", folds(len(texts)))
    later = [f"{kind}:{number}" for number in range(2000, 2200) for kind in range(5)]
    live = hard.vote(later)["kind"]

    def right(rows: Floats, wanted: Places) -> float:
        return float((rows.argmax(axis=1) == wanted).mean())

    held, shown = right(inside, labels), right(live, np.tile(np.arange(5, dtype=np.int32), 200))
    assert 0.4 < shown < 0.95, "neither easy nor hopeless"
    assert abs(held - shown) < 0.06
    # A lesson asked about itself without being held out knows the answer: that is what must not be.
    assert right(hard.vote(texts)["kind"], labels) > held + 0.05
    assert np.allclose(inside.sum(axis=1), 1, atol=1e-5)


def test_held_out_rows_of_labels_that_mean_nothing_know_nothing() -> None:
    texts, labels = lessons(4, 60)
    noise = np.random.default_rng(3).permutation(labels).astype(np.int32)
    blind = NeighbourVotes(Points()).learn(texts, {"kind": noise}, {"kind": 4})

    rows = blind.held_out("kind", folds(len(texts)))

    assert (rows.argmax(axis=1) == noise).mean() < 0.4


def test_a_fold_hears_nothing_of_itself() -> None:
    """Other labels in one fold change rows of other folds only; how many have each is all it may know."""
    texts, labels = lessons(4, 30)
    apart = folds(len(texts))
    other = labels.copy()
    other[apart == 2] = labels[apart == 2][::-1]
    assert (other != labels).sum() > 8
    rows = [
        _by_shares(NeighbourVotes(Points()).learn(texts, {"kind": each}, {"kind": 4}), apart)
        for each in (labels, other)
    ]

    for one, two in zip(*rows, strict=True):
        assert np.allclose(one[apart == 2], two[apart == 2], atol=1e-4)
        assert not np.allclose(one[apart != 2], two[apart != 2], atol=1e-2)


def _by_shares(mine: NeighbourVotes, apart: Places) -> tuple[Floats, Floats]:
    """The two halves before they are mixed: the mix is chosen on all folds."""
    field = mine.known.fields["kind"]
    places, cosines = mine.apart(field.some, apart)
    return votes(field.labels, 4, places, cosines), mine.landmarks_held_out(field, apart)[0]


def test_a_value_nobody_has_gets_next_to_nothing_and_rare_ones_are_heard() -> None:
    texts = [*lessons(2, 100)[0], *(f"2:{number}" for number in range(12))]
    labels = np.array([*lessons(2, 100)[1], *[2] * 12], np.int32)
    mine = NeighbourVotes(Points()).learn(texts, {"kind": labels}, {"kind": 5})
    mine.held_out("kind", folds(len(texts)))

    rows = mine.vote([f"2:{number}" for number in range(900, 940)])["kind"]

    assert (rows.argmax(axis=1) == 2).mean() > 0.8
    assert rows[:, 3:].max() < 0.05


def test_lessons_without_the_field_teach_nothing_about_it() -> None:
    texts, labels = lessons(4, 40)
    half = np.where(labels < 2, labels, -1).astype(np.int32)
    mine = NeighbourVotes(Points()).learn(
        texts,
        {"all": labels, "half": half, "none": np.full(len(texts), -1, np.int32)},
        {"all": 4, "half": 2, "none": 3},
    )
    rows = {name: mine.held_out(name, folds(len(texts))) for name in ("all", "half", "none")}
    found = mine.vote(["0:500", "3:500"])

    assert not rows["none"].any()
    assert not found["none"].any()
    assert (rows["half"][labels < 2].argmax(axis=1) == labels[labels < 2]).mean() > 0.9
    assert np.allclose(rows["half"].sum(axis=1), 1, atol=1e-5)
    assert found["all"].argmax(axis=1).tolist() == [0, 3]
    assert found["half"][0].argmax() == 0


def test_few_lessons_and_one_class_are_enough_for_an_opinion() -> None:
    one = NeighbourVotes(Points()).learn(["0:1"], {"kind": np.array([0], np.int32)}, {"kind": 1})
    assert one.vote(["0:2", "3:1"])["kind"].tolist() == [[1], [1]]
    assert not one.held_out("kind", np.zeros(1, np.int32)).any(), "no other fold, no opinion"

    few = NeighbourVotes(Points()).learn(
        ["0:1", "1:1", "0:2"], {"kind": np.array([0, 1, 0], np.int32)}, {"kind": 2}
    )
    rows = few.held_out("kind", np.array([0, 1, 2], np.int32))
    assert np.isfinite(rows).all()
    assert rows[2].argmax() == 0


def test_lessons_that_are_all_the_same_are_no_trouble() -> None:
    texts = ["0:1"] * 50
    mine = NeighbourVotes(Points()).learn(texts, {"kind": (np.arange(50) % 2).astype(np.int32)}, {"kind": 2})

    rows = mine.held_out("kind", folds(50))

    assert np.isfinite(rows).all()
    assert np.abs(rows - 0.5).max() < 0.2


def test_nothing_learned_is_no_opinion() -> None:
    blank = NeighbourVotes(Points())
    assert blank.vote(["0:1"]) == {}
    empty = blank.learn([], {"kind": np.empty(0, np.int32)}, {"kind": 3})
    assert not empty.vote(["0:1"])["kind"].any()
    assert empty.held_out("kind", np.empty(0, np.int32)).shape == (0, 3)
    assert not from_bytes(empty.to_bytes(), Points()).vote(["0:1"])["kind"].any()


def test_learning_again_computes_no_vector_twice() -> None:
    points = Points()
    texts, labels = lessons(3, 20)
    first = NeighbourVotes(points).learn(texts, {"kind": labels}, {"kind": 3})
    points.asked.clear()

    second = from_bytes(first.to_bytes(), points).learn(
        [*texts[10:], "1:77"], {"kind": np.append(labels[10:], 1).astype(np.int32)}, {"kind": 3}
    )

    assert points.asked == ["1:77"]
    fresh = NeighbourVotes(Points()).learn(
        [*texts[10:], "1:77"], {"kind": np.append(labels[10:], 1).astype(np.int32)}, {"kind": 3}
    )
    assert second.to_bytes() == fresh.to_bytes()
    assert len(first.known.vectors) == 60, "what was learned before is as it was"


def test_votes_are_the_same_after_the_disk_and_the_bytes_too(taught: NeighbourVotes) -> None:
    taught.held_out("kind", folds(240))
    content = taught.to_bytes()
    again = from_bytes(content, Points())
    asked = [f"{kind}:{number}" for kind in range(4) for number in range(300, 320)]

    assert again.to_bytes() == content
    assert np.array_equal(again.vote(asked)["kind"], taught.vote(asked)["kind"])
    assert b"pickle" not in content


def test_damaged_votes_and_those_of_another_model_are_refused(taught: NeighbourVotes) -> None:
    content = taught.to_bytes()
    for damaged in (
        b"",
        MAGIC,
        content[: len(content) // 2],
        content[:-1],
        content[:100] + bytes([content[100] ^ 1]) + content[101:],
    ):
        with pytest.raises(Misconfigured, match="learn again"):
            from_bytes(damaged, Points())
    with pytest.raises(Misconfigured, match="another model"):
        from_bytes(content, Points(stamp="other"))


@given(st.lists(st.text(alphabet=st.characters(), max_size=40), min_size=1, max_size=4))
@settings(max_examples=40)
def test_no_text_raises_with_a_real_encoder(texts: list[str]) -> None:
    rows = _OPENED[0].vote(texts)["kind"] if _OPENED else None
    assert rows is None or np.allclose(rows.sum(axis=1), 1, atol=1e-4)


_OPENED: list[NeighbourVotes] = []


@pytest.fixture(scope="module", autouse=True)
def _opened(embedder: Embedder) -> None:
    texts = ["vpn is slow", "vpn broken", "printer broken", "new printer please", "\ud800", ""]
    labels = np.array([0, 0, 1, 1, 2, 2], np.int32)
    _OPENED.append(NeighbourVotes(embedder).learn(texts, {"kind": labels}, {"kind": 3}))


def test_several_threads_may_ask_before_anything_was_found_out(embedder: Embedder) -> None:
    texts = ["vpn is slow", "printer broken", "mail"]
    mine = NeighbourVotes(embedder).learn(texts, {"kind": np.array([0, 1, 2], np.int32)}, {"kind": 3})
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(mine.vote, [texts] * 16))
    assert all(np.array_equal(each["kind"], found[0]["kind"]) for each in found)


@pytest.mark.parametrize(("queries", "pool"), [(1, 500), (700, 30), (40, 7), (0, 5), (3, 0)])
def test_the_nearest_are_those_that_sorting_finds(queries: int, pool: int) -> None:
    rng = np.random.default_rng(5)
    asked = unit(rng.standard_normal((queries, 8)).astype(np.float32))
    there = unit(rng.standard_normal((pool, 8)).astype(np.float32))

    places, cosines = nearest(asked, there, NEAREST)

    right = asked @ there.T
    assert np.array_equal(places, np.argsort(-right, axis=1, kind="stable")[:, :NEAREST])
    assert np.allclose(cosines, -np.sort(-right, axis=1)[:, :NEAREST], atol=1e-6)


def test_equally_alike_ones_come_in_their_order() -> None:
    there = np.ones((100, 1), np.float32)

    assert nearest(np.ones((2, 1), np.float32), there, 100)[0].tolist() == [list(range(100))] * 2


def test_landmarks_that_are_held_out_say_nothing() -> None:
    vectors = Points().embed(lessons(3, 10)[0])
    labels = lessons(3, 10)[1]
    kernel = Kernel(vectors)
    apart = folds(30)[kernel.places] == 1
    said = kernel.solved(kernel.sums(vectors, labels, np.ones(3, np.float32)), apart)

    assert not said[apart].any()
    assert said[~apart].any(axis=1).all()


def test_the_sums_of_two_halves_are_the_sums_of_the_whole() -> None:
    vectors, labels = Points().embed(lessons(3, 20)[0]), lessons(3, 20)[1]
    kernel, ones = Kernel(vectors), np.ones(3, np.float32)
    whole = kernel.sums(vectors, labels, ones)
    half = kernel.sums(vectors[:25], labels[:25], ones)

    rest = whole - half
    right = kernel.sums(vectors[25:], labels[25:], ones)
    assert np.allclose(rest.left, right.left)
    assert np.allclose(rest.right, right.right)
    assert np.allclose((kernel.nothing(3) + whole).left, whole.left)


def test_the_mix_listens_to_whoever_is_right() -> None:
    rng = np.random.default_rng(9)
    labels = rng.integers(0, 3, 600).astype(np.int32)
    right = np.eye(3, dtype=np.float32)[labels]
    noise = rng.dirichlet(np.ones(3), 600).astype(np.float32)

    by_near, by_far = learned(right, noise, labels), learned(noise, right, labels)
    assert by_near.near > by_far.near
    assert by_far.far > by_near.far
    assert learned(np.zeros((4, 3), np.float32), noise[:4], labels[:4]) == Mix()
