"""The encoder once more, in plain 32-bit arithmetic: what the small one is held against when it is built."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from bot.brain.semantic.weights import Dense, Floats, Layer, Norm, Weights


def encoded(weights: Weights, ids: Sequence[int]) -> Floats:
    """Return the mean of the last layer over the tokens of one text."""
    now = weights.words[np.asarray(ids)] + weights.positions[: len(ids)]
    now = _normal(now, weights.norm, weights.epsilon)
    for layer in weights.layers:
        now = _block(weights, layer, now)
    return np.asarray(now.mean(axis=0), np.float32)


def _block(weights: Weights, layer: Layer, before: Floats) -> Floats:
    mixed = _dense(_attention(weights.heads, layer, before), layer.mixed)
    middle = _normal(mixed + before, layer.mixed_norm, weights.epsilon)
    narrow = _dense(_gelu(_dense(middle, layer.widened)), layer.narrowed)
    return _normal(narrow + middle, layer.narrowed_norm, weights.epsilon)


def _attention(heads: int, layer: Layer, before: Floats) -> Floats:
    tokens, width = before.shape
    query, key, value = (
        _dense(before, dense).reshape(tokens, heads, width // heads).transpose(1, 0, 2)
        for dense in (layer.query, layer.key, layer.value)
    )
    looks = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // heads))
    shares = np.exp(looks - looks.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    return np.asarray((shares @ value).transpose(1, 0, 2).reshape(tokens, width), np.float32)


def _dense(before: Floats, dense: Dense) -> Floats:
    return np.asarray(before @ dense.weight + dense.bias, np.float32)


def _normal(before: Floats, norm: Norm, epsilon: float) -> Floats:
    centred = before - before.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + np.float32(epsilon))
    return np.asarray(centred / spread * norm.scale + norm.shift, np.float32)


def _gelu(before: Floats) -> Floats:
    special: Any = import_module("scipy.special")  # only building needs it; answering pays for numpy alone
    return np.asarray(before * (1 + special.erf(before / np.float32(np.sqrt(2)))) / 2, np.float32)
