"""Vectors agree with plain arithmetic, depend on their text alone, and exist for every text."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.semantic.building import build
from bot.brain.semantic.embedder import BATCH_TOKENS, Embedder, open_embedder, unit
from bot.brain.semantic.encoder import WEIGHT_MAX, quantised
from bot.brain.semantic.reference import encoded
from bot.brain.semantic.session import Tokens
from bot.brain.semantic.weights import Floats, read_weights
from tests.bot.brain.semantic import tiny

TEXTS = ["vpn is slow", "my printer", "", "password locked please", "new laptop for the screen", "vpn"]
NASTY = [
    "",
    " ",
    "\0",
    "\ud800",
    "a\udfffb",
    "\u202e\u202dabc",
    "👩‍💻🇫🇷",
    "\ufeff",
    "é" * 5000,
    "[CLS] [SEP] [MASK]",
    "中文" * 300,
]
MINILM = os.environ.get("COUNTERSIGN_MINILM", "")

# Alone, so that hypothesis does not ask pytest for a new one each time.
Texts = st.lists(st.text(alphabet=st.characters(), max_size=60), max_size=6)


def test_vectors_agree_with_the_same_weights_in_plain_arithmetic(embedder: Embedder) -> None:
    weights = read_weights(tiny.files()[0], tiny.config())
    tokens = Tokens(tiny.tokenizer(), 16)
    right = unit(np.stack([encoded(weights, tokens.ids(text)) for text in TEXTS]))

    ours = embedder.embed(TEXTS)

    assert (ours * right).sum(axis=1).min() > 0.98
    # And not because all vectors are alike: each is nearest to its own.
    assert ((ours @ right.T).argmax(axis=1) == np.arange(len(TEXTS))).all()


def test_plain_arithmetic_is_a_bert(embedder: Embedder) -> None:
    """By hand for the smallest case: one layer that attends to itself alone is two linear steps."""
    size = tiny.Size(layers=1)
    named = tiny.tensors(size)
    for part in ("attention.output.dense", "output.dense"):
        named[f"encoder.layer.0.{part}.weight"][:] = 0
        named[f"encoder.layer.0.{part}.bias"][:] = 0
    weights = read_weights(tiny.safetensors(dict(named)), tiny.config(size))

    def normal(row: Floats, name: str) -> Floats:
        straight = (row - row.mean()) / row.std() * named[f"{name}.weight"]
        return np.asarray(straight + named[f"{name}.bias"], np.float32)

    row = (
        named["embeddings.word_embeddings.weight"][5]
        + named["embeddings.position_embeddings.weight"][0]
        + named["embeddings.token_type_embeddings.weight"][0]
    )
    row = normal(row, "embeddings.LayerNorm")
    row = normal(
        normal(row, "encoder.layer.0.attention.output.LayerNorm"), "encoder.layer.0.output.LayerNorm"
    )
    assert np.allclose(encoded(weights, [5]), row, atol=1e-5)
    assert embedder.width == size.hidden


def test_rows_have_unit_length_and_the_order_of_the_texts(embedder: Embedder) -> None:
    found = embedder.embed(TEXTS)

    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), 32)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert np.array_equal(embedder.embed(TEXTS[::-1]), found[::-1])
    assert embedder.embed([]).shape == (0, 32)


def test_a_vector_depends_on_its_text_alone(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    crowd = embedder.embed([*TEXTS, *("mail order disk broken is " * 3, "login") * 90, *TEXTS])

    # But for the last bit, which the library adds up in another order.
    assert np.allclose(crowd[: len(TEXTS)], alone, rtol=0, atol=1e-6)
    assert np.allclose(crowd[-len(TEXTS) :], alone, rtol=0, atol=1e-6)


def test_more_texts_than_a_batch_holds_are_all_there(embedder: Embedder) -> None:
    texts = [f"vpn {chr(97 + n % 26)}" for n in range(BATCH_TOKENS)]

    found = embedder.embed(texts)

    assert np.array_equal(found[:26], found[26:52])
    assert len(np.unique(found, axis=0)) == 26


def test_blanks_and_case_do_not_matter_and_the_tail_is_left_out(embedder: Embedder) -> None:
    one, same, tail = embedder.embed(["VPN is slow", "  vpn\n\tis   slow ", "vpn is slow"])
    assert np.array_equal(one, same)
    assert np.array_equal(one, tail)
    long, longer = embedder.embed(["vpn " * 14, "vpn " * 14 + "printer " * 1000])
    assert np.array_equal(long, longer)


def test_it_reads_further_than_the_tokenizer_file_says(embedder: Embedder) -> None:
    """The published file cuts at half of what the model reads."""
    head = "vpn " * 8
    one, other = embedder.embed([head + "printer", head + "mail"])

    assert not np.array_equal(one, other)


@given(Texts)
@settings(max_examples=60)
def test_no_text_raises(texts: list[str]) -> None:
    _check(_kept(), texts)


def test_no_nasty_text_raises(embedder: Embedder) -> None:
    _check(embedder, NASTY)


def test_a_text_of_a_mebibyte_takes_no_longer_than_a_long_one(embedder: Embedder) -> None:
    begin = time.perf_counter()
    _check(embedder, ["x" * (1 << 20), "a b " * (1 << 18), " " * (1 << 20), "\n\ud83d" * (1 << 19)])

    assert time.perf_counter() - begin < 2


def test_several_threads_may_ask_at_once(embedder: Embedder) -> None:
    right = embedder.embed(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(embedder.embed, [TEXTS] * 40):
            assert np.array_equal(found, right)


def test_opening_the_module_imports_neither_library() -> None:
    code = (
        "import sys, bot.brain.semantic.embedder, bot.brain.semantic.neighbours\n"
        "from pathlib import Path\n"
        "assert bot.brain.semantic.embedder.open_embedder(Path('/nonexistent')) is None\n"
        "print({'onnxruntime', 'tokenizers', 'sklearn', 'scipy', 'torch'} & sys.modules.keys())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # our own code

    assert said.stdout.strip() == "set()"


def test_seven_bits_keep_two_products_within_sixteen() -> None:
    matrix = np.random.default_rng(1).standard_normal((50, 20)).astype(np.float32)
    whole, scale = quantised(matrix, WEIGHT_MAX, axis=0)

    assert scale.shape == (1, 20)
    assert np.abs(whole).max(axis=0).tolist() == [WEIGHT_MAX] * 20
    assert np.abs(whole * scale - matrix).max() <= scale.max() / 2 + 1e-6
    assert 2 * 255 * WEIGHT_MAX < 1 << 15
    assert not quantised(np.zeros((3, 3), np.float32), 63, 0)[0].any()


@pytest.mark.skipif(not MINILM, reason="COUNTERSIGN_MINILM does not name the wheel of all-MiniLM-L6-v2")
def test_the_real_model_agrees_is_small_and_knows_what_is_alike(tmp_path: Path) -> None:
    facts = build(Path(MINILM), tmp_path)
    found = open_embedder(tmp_path)
    assert found is not None

    assert facts.agreement >= 0.99
    assert (tmp_path / "semantic.model").stat().st_size < 25e6
    vectors = found.embed(
        [
            "I cannot log in, my password has expired",
            "Please reset my credentials",
            "The printer is out of paper",
        ]
    )
    alike = vectors @ vectors.T
    assert alike[0, 1] > alike[0, 2] + 0.2


_KEPT: list[Embedder] = []


def _kept() -> Embedder:
    """For hypothesis, which calls a test many times: one model all the same."""
    if not _KEPT:
        import tempfile  # noqa: PLC0415  # for this alone

        with tempfile.TemporaryDirectory() as directory:
            _KEPT.append(tiny.embedder(Path(directory)))
    return _KEPT[0]


def _check(embedder: Embedder, texts: list[str]) -> None:
    found = embedder.embed(texts)
    assert found.shape == (len(texts), embedder.width)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
