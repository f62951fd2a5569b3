"""Words under lock: one AES key a ticket, so that destroying the key destroys the words and nothing else.

A box is AES-256-GCM over a random salt and the words. Beside it stands SHA-256 over salt and words: whoever
is given the words later can prove they are the ones that were sealed, and whoever is not cannot guess them,
as the salt is inside the box.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.core.foreign import thing

_KEY_BYTES: Final = 32
_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
SALT_BYTES: Final = 16
_COMMIT_DOMAIN: Final = b"countersign audit words v1\0"


@dataclass(frozen=True, slots=True)
class TextKey:
    """The key to the words about one ticket, from its first use until it is destroyed."""

    id: str
    """Sixteen hex digits, random: a ticket that is written about again after shredding has another."""
    secret: bytes

    @staticmethod
    def new() -> TextKey:
        """Make one."""
        return TextKey(secrets.token_bytes(_ID_BYTES).hex(), secrets.token_bytes(_KEY_BYTES))

    @property
    def stored(self) -> bytes:
        """What Redis keeps."""
        return bytes.fromhex(self.id) + self.secret

    @staticmethod
    def read(stored: bytes) -> TextKey | None:
        """Read what Redis keeps; None when that is none of ours."""
        if len(stored) != _ID_BYTES + _KEY_BYTES:
            return None
        return TextKey(stored[:_ID_BYTES].hex(), stored[_ID_BYTES:])


def lock(key: TextKey, number: int, words: bytes) -> dict[str, str]:
    """Return the box for record ``number``, as it stands in the record."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    locked = AESGCM(key.secret).encrypt(nonce, salt + words, _bound(number))
    return {
        "key": key.id,
        "commit": commitment(salt, words),
        "box": base64.b64encode(nonce + locked).decode(),
    }


def unlock(key: TextKey | None, number: int, foreign: Any) -> tuple[bytes, bytes] | None:
    """Return salt and words of a record's box; None when ``key`` is not the one it was locked with."""
    box = thing(foreign)
    if key is None or box.get("key") != key.id:
        return None
    try:
        locked = base64.b64decode(str(box.get("box")), validate=True)
        opened = AESGCM(key.secret).decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], _bound(number))
    except (InvalidTag, ValueError, binascii.Error):
        return None
    return opened[:SALT_BYTES], opened[SALT_BYTES:]


def commitment(salt: bytes, words: bytes) -> str:
    """Return what ties words to their record without showing them: 64 hex digits."""
    return hashlib.sha256(_COMMIT_DOMAIN + salt + words).hexdigest()


def committed(box: Any, salt: bytes, words: bytes) -> bool:
    """Whether these words, with this salt, are those that the box was sealed with."""
    return thing(box).get("commit") == commitment(salt, words)


def _bound(number: int) -> bytes:
    """What a box is tied to, so that it opens in its own record only."""
    return b"countersign audit record %d" % number
