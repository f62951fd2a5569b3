"""A transformer of a few thousand random weights, in the files that the real one comes in."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.building import build
from bot.brain.semantic.embedder import Embedder, open_embedder
from bot.brain.semantic.source import WANTED, Pin

WORDS = [
    *(
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "vpn",
        "printer",
        "password",
        "mail",
        "laptop",
        "screen",
        "account",
    ),
    *(
        "order",
        "login",
        "network",
        "disk",
        "broken",
        "slow",
        "locked",
        "new",
        "please",
        "cannot",
        "the",
        "is",
    ),
    *("my", "a", "on", "for"),
]
VOCABULARY = [
    *WORDS,
    *"abcdefghijklmnopqrstuvwxyz0123456789?.",
    *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
]


@dataclass(frozen=True)
class Size:
    """How large."""

    hidden: int = 32
    layers: int = 2
    heads: int = 4
    wide: int = 64
    positions: int = 24


def tensors(size: Size = Size(), seed: int = 7) -> dict[str, NDArray[np.float32]]:
    """Random weights under their published names."""
    rng = np.random.default_rng(seed)
    found: dict[str, NDArray[np.float32]] = {}

    def give(name: str, *shape: int, spread: float = 1.0) -> None:
        found[name] = (rng.standard_normal(shape) * spread).astype(np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = rng.uniform(0.5, 1.5, size.hidden).astype(np.float32)
        give(f"{name}.bias", size.hidden, spread=0.1)

    def dense(name: str, out: int, into: int) -> None:
        give(f"{name}.weight", out, into, spread=into**-0.5)
        give(f"{name}.bias", out, spread=0.1)

    give("embeddings.word_embeddings.weight", len(VOCABULARY), size.hidden)
    give("embeddings.position_embeddings.weight", size.positions, size.hidden, spread=0.2)
    give("embeddings.token_type_embeddings.weight", 2, size.hidden, spread=0.2)
    norm("embeddings.LayerNorm")
    for place in range(size.layers):
        at = f"encoder.layer.{place}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            dense(f"{at}.attention.{part}", size.hidden, size.hidden)
        norm(f"{at}.attention.output.LayerNorm")
        dense(f"{at}.intermediate.dense", size.wide, size.hidden)
        dense(f"{at}.output.dense", size.hidden, size.wide)
        norm(f"{at}.output.LayerNorm")
    return found


def config(size: Size = Size()) -> dict[str, Any]:
    """What the real one's ``config.json`` says, as far as it is read."""
    return {
        "model_type": "bert",
        "hidden_act": "gelu",
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "layer_norm_eps": 1e-12,
    }


def safetensors(named: dict[str, NDArray[Any]]) -> bytes:
    """Write the format, with one tensor of a kind that nobody needs."""
    named = {"embeddings.position_ids": np.arange(4), **named}
    kinds = {"float32": "F32", "int64": "I64"}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, value in named.items():
        content = value.tobytes()
        offsets = [len(body), len(body) + len(content)]
        header[name] = {"dtype": kinds[value.dtype.name], "shape": value.shape, "data_offsets": offsets}
        body += content
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + body


def tokenizer() -> bytes:
    """Word pieces, as the real one has them, cut and padded in the file as the real one is."""
    marks = [
        {"id": place, "content": word, "special": True, "single_word": False, "lstrip": False}
        | {"rstrip": False, "normalized": False}
        for place, word in enumerate(WORDS[:4])
    ]
    cut = {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    padding = {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0}
    normal = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
    }
    pieces = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##"}
    vocabulary = {word: place for place, word in enumerate(VOCABULARY)}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": cut,
            "padding": {**padding, "pad_type_id": 0, "pad_token": "[PAD]"},
            "added_tokens": marks,
            "normalizer": {**normal, "lowercase": True},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": _framed(),
            "decoder": None,
            "model": {**pieces, "max_input_chars_per_word": 100, "vocab": vocabulary},
        }
    ).encode()


def _framed() -> dict[str, Any]:
    """A mark at either end."""
    text = {"Sequence": {"id": "A", "type_id": 0}}
    ends = [{"SpecialToken": {"id": mark, "type_id": 0}} for mark in ("[CLS]", "[SEP]")]
    marks = {mark: {"id": mark, "ids": [WORDS.index(mark)], "tokens": [mark]} for mark in ("[CLS]", "[SEP]")}
    return {
        "type": "TemplateProcessing",
        "single": [ends[0], text, ends[1]],
        "pair": [text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": marks,
    }


def files(size: Size = Size()) -> tuple[bytes, bytes, bytes]:
    """The three files, in the order of ``WANTED``."""
    return safetensors(tensors(size)), tokenizer(), json.dumps(config(size)).encode()


def pin_of(contents: tuple[bytes, bytes, bytes], tokens_max: int = 16) -> Pin:
    """What the files hash to."""
    one, two, three = (hashlib.sha256(content).hexdigest() for content in contents)
    return Pin("tiny", tokens_max, (one, two, three))


def folder(path: Path, contents: tuple[bytes, bytes, bytes]) -> Path:
    """Write the files as a folder, among others of the same names elsewhere."""
    inner = path / "model"
    (inner / "1_Pooling").mkdir(parents=True)
    (inner / "1_Pooling" / "config.json").write_text("{}")
    for name, content in zip(WANTED, contents, strict=True):
        (inner / name).write_bytes(content)
    return path


def wheel(path: Path, contents: tuple[bytes, bytes, bytes]) -> Path:
    """Write the files as a wheel."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/model/1_Pooling/config.json", "{}")
        for name, content in zip(WANTED, contents, strict=True):
            archive.writestr(f"tiny/model/{name}", content)
    return path


def embedder(path: Path, size: Size = Size()) -> Embedder:
    """Build and open."""
    contents = files(size)
    build(wheel(path / "tiny.whl", contents), path / "data", pin_of(contents))
    found = open_embedder(path / "data")
    assert found is not None
    return found
