"""A text's likeness is that of its most alike piece, by place, and survives adding, dropping and the disk."""

from __future__ import annotations

import numpy as np
import pytest

from bot.brain.semantic.embedder import Embedder
from bot.brain.semantic.likeness import Likeness
from bot.core.errors import Misconfigured
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
    assert len(Likeness.of(Points(), []).adding(["0:1"])) == 1


def test_a_text_more_and_texts_fewer_keep_the_places() -> None:
    mine = Likeness.of(Points(), TEXTS).adding(["5:1"])
    assert np.array_equal(mine.scores("5:2"), Likeness.of(Points(), [*TEXTS, ["5:1"]]).scores("5:2"))

    fewer = mine.keeping(np.array([True, False, True, False, True]))
    assert np.array_equal(fewer.scores("5:2"), mine.scores("5:2")[[0, 2, 4]])
    assert len(mine.keeping(np.zeros(5, np.bool_))) == 0


def test_vectors_are_computed_once() -> None:
    points = Points()
    mine = Likeness.of(points, TEXTS)
    points.asked.clear()
    again = Likeness.of(points, [["2:1"], ["7:7"], ["0:1"]], Likeness.from_bytes(mine.to_bytes(), points))

    assert points.asked == ["7:7"]
    assert np.array_equal(
        again.scores("2:3"), Likeness.of(Points(), [["2:1"], ["7:7"], ["0:1"]]).scores("2:3")
    )


def test_the_disk_changes_nothing_and_damage_is_refused() -> None:
    mine = Likeness.of(Points(), TEXTS)
    content = mine.to_bytes()
    again = Likeness.from_bytes(content, Points())

    assert np.array_equal(again.scores("0:5"), mine.scores("0:5"))
    assert again.to_bytes() == content
    with pytest.raises(Misconfigured, match="another model"):
        Likeness.from_bytes(content, Points(stamp="other"))
    for damaged in (b"", content[:-1], content[:60] + content[61:], b"x" + content):
        with pytest.raises(Misconfigured, match="again"):
            Likeness.from_bytes(damaged, Points())


def test_no_text_raises_with_a_real_encoder(embedder: Embedder) -> None:
    mine = Likeness.of(embedder, [["vpn"], ["\ud800", ""], ["x" * 100_000]])
    for text in ("", "\0\ud800", "vpn", "\n" * 100_000):
        assert np.abs(mine.scores(text)).max() < 1.001
    assert mine.scores("vpn").argmax() == 0
