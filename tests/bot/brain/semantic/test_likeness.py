"""A text's likeness is that of its most alike piece, by place."""

from __future__ import annotations

import numpy as np

from bot.brain.semantic.embedder import Embedder
from bot.brain.semantic.likeness import Likeness
from tests.bot.brain.semantic.points import Points

TEXTS = [["0:1", "1:1"], ["2:1"], [], ["0:2", "3:1", "4:1"]]


def test_a_text_is_as_alike_as_the_most_alike_of_its_pieces() -> None:
    points = Points()
    mine = Likeness.of(points, TEXTS)
    asked = points.embed(["3:9"])[0]

    scores = mine.scores("3:9")

    right = [max(float(vector @ asked) for vector in points.embed(each or [""])) for each in TEXTS]
    assert np.allclose(scores, right, atol=1e-3)
    assert scores.argmax() == 3
    assert len(mine) == len(TEXTS)
    assert scores.dtype == np.float32


def test_nothing_is_alike_to_nothing() -> None:
    assert Likeness.of(Points(), []).scores("0:1").shape == (0,)
    assert Likeness.of(Points(), [[]]).scores("").shape == (1,)


def test_vectors_are_computed_once() -> None:
    points = Points()
    mine = Likeness.of(points, TEXTS)
    points.asked.clear()
    again = Likeness.of(points, [["2:1"], ["7:7"], ["0:1"]], mine)

    assert points.asked == ["7:7"]
    assert np.array_equal(
        again.scores("2:3"), Likeness.of(Points(), [["2:1"], ["7:7"], ["0:1"]]).scores("2:3")
    )


def test_no_text_raises_with_a_real_encoder(embedder: Embedder) -> None:
    mine = Likeness.of(embedder, [["vpn"], ["\ud800", ""], ["x" * 100_000]])
    for text in ("", "\0\ud800", "vpn", "\n" * 100_000):
        assert np.abs(mine.scores(text)).max() < 1.001
    assert mine.scores("vpn").argmax() == 0
