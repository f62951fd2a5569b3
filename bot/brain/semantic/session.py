"""The one place that knows onnxruntime and tokenizers; both are imported when a model is opened."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from bot.brain.semantic.encoder import GIVEN, WANTED
from bot.brain.semantic.weights import Floats
from bot.core.errors import Misconfigured

LIBRARIES: Final = ("onnxruntime", "tokenizers")
"""What the extra brings."""
CHARS_PER_TOKEN: Final = 32
"""A text is cut here before it is split: no token of ordinary words is longer, and 1 MiB costs a second."""
SPACE_MAX: Final = 64 * 1024
"""Characters that are looked at at all, blanks included."""


def lacking() -> tuple[str, ...]:
    """Return the libraries that are not installed."""
    return tuple(name for name in LIBRARIES if find_spec(name) is None)


class Tokens:
    """Turns text into the ids of its tokens."""

    def __init__(self, tokenizer: bytes, tokens_max: int) -> None:
        """``tokens_max``: the first so many, the marks at both ends included.

        Raises:
            Misconfigured: it is not a tokenizer that the library knows.
        """
        library: Any = import_module("tokenizers")  # of the extra, which may be absent
        try:
            self._tokenizer = library.Tokenizer.from_str(tokenizer.decode())
        except Exception as error:  # the library raises nothing narrower
            raise Misconfigured(f"the tokenizer cannot be read: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens_max)
        self._chars_max = tokens_max * CHARS_PER_TOKEN

    def ids(self, text: str) -> list[int]:
        """Return at least the two marks. Never raises: half a surrogate becomes ``?``."""
        plain = " ".join(text[:SPACE_MAX].split())[: self._chars_max]
        return list(self._tokenizer.encode(plain.encode(errors="replace").decode()).ids)


class Encoder:
    """Runs the encoder on one thread: a ticket takes milliseconds, and processes share few cores."""

    def __init__(self, encoder: bytes) -> None:
        """Opens the graph.

        Raises:
            Misconfigured: the library does not take it; the installed version is too old.
        """
        library: Any = import_module("onnxruntime")  # as above
        options = library.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: its warnings are about optimisations
        try:
            self._session: Any = library.InferenceSession(
                encoder, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library's own classes derive from nothing narrower
            raise Misconfigured(f"onnxruntime {library.__version__} does not take the model") from error

    def means(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Return a row for each list of ids; all have the same length."""
        return np.asarray(self._session.run([WANTED], {GIVEN: np.asarray(ids, np.int64)})[0], np.float32)
