"""The keys of indexed texts: frozen ones in one run of bytes, found by hash; added ones in a dictionary."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


class Keys:
    """Keys by place and places by key; 16 bytes a key and its own, mapped where it is frozen."""

    NAMES: Final = ("text", "offsets", "hashes", "order")

    def __init__(self, text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        """Use :meth:`of` or :meth:`frozen`."""
        self._text, self._offsets = text, offsets
        self._hashes = np.zeros(0, np.uint32)
        self._order = np.zeros(0, np.uint32)
        self._added: list[str] = []
        self._places: dict[str, int | None] = {}
        """Of added keys; None: forgotten."""

    @classmethod
    def of(cls, keys: Sequence[str]) -> Keys:
        """Freeze ``keys``; where one occurs twice, the last has it."""
        encoded = [key.encode("utf-8", "surrogatepass") for key in keys]
        lengths = np.array([len(each) for each in encoded], np.int64)
        made = cls(
            np.frombuffer(b"".join(encoded), np.uint8),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )
        hashes = np.array([zlib.crc32(each) for each in encoded], np.uint32)
        made._order = np.argsort(hashes, kind="stable").astype(np.uint32)
        made._hashes = hashes[made._order]
        return made

    @classmethod
    def frozen(cls, arrays: Mapping[str, NDArray[Any]]) -> Keys:
        """Take what :meth:`arrays` gave.

        Raises:
            ValueError: they do not fit each other.
        """
        made = cls(arrays["text"], arrays["offsets"])
        made._hashes, made._order = arrays["hashes"], arrays["order"]
        if not len(made._hashes) == len(made._order) == len(made._offsets) - 1:
            raise ValueError("its keys differ in number")
        return made

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what has to be kept of frozen keys."""
        return {"text": self._text, "offsets": self._offsets, "hashes": self._hashes, "order": self._order}

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self._hashes) + len(self._added)

    def at(self, place: int) -> str:
        """Return the key at ``place``."""
        if place >= len(self._hashes):
            return self._added[place - len(self._hashes)]
        begin, end = int(self._offsets[place]), int(self._offsets[place + 1])
        return self._text[begin:end].tobytes().decode("utf-8", "surrogatepass")

    def place(self, key: str) -> int | None:
        """Return where ``key`` is; None when it is nowhere or forgotten."""
        if key in self._places:
            return self._places[key]
        hashed = zlib.crc32(key.encode("utf-8", "surrogatepass"))
        at = int(np.searchsorted(self._hashes, np.uint32(hashed), side="right")) - 1
        while at >= 0 and int(self._hashes[at]) == hashed:
            if self.at(int(self._order[at])) == key:
                return int(self._order[at])
            at -= 1
        return None

    def add(self, key: str) -> int:
        """Give ``key`` the next place; return it."""
        self._places[key] = len(self)
        self._added.append(key)
        return len(self) - 1

    def forget(self, key: str) -> None:
        """Find ``key`` no more."""
        self._places[key] = None
