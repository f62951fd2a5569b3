"""Ed25519 keys: the one that seals on this machine, and public keys in the form people pass on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.core.errors import Misconfigured
from bot.settings import Environment

VARIABLE: Final = "COUNTERSIGN_AUDIT_KEY"
FILE: Final = "audit.key"
"""In the data directory: PEM, readable by its owner only."""
PREFIX: Final = "ed25519:"
PUBLIC_BYTES: Final = 32
PEM_BYTES_MAX: Final = 16 * 1024
"""Of a key's file; ours has 119 bytes, and a larger one is a mistake in the path."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a signature is checked with."""

    raw: bytes

    @property
    def id(self) -> str:
        """Sixteen hex digits that name it in heads."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def fingerprint(self) -> str:
        """What two people compare on the telephone."""
        digest = hashlib.sha256(self.raw).hexdigest()
        return "SHA256:" + ":".join(digest[at : at + 8] for at in range(0, 64, 8))

    @property
    def text(self) -> str:
        """``ed25519:<base64>``, as ``audit key`` prints it and ``audit verify --key`` takes it."""
        return PREFIX + base64.b64encode(self.raw).decode()

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` was made over ``message`` by the private half of this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """The private half, held by whoever seals."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = PublicKey(raw)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``: 64 bytes."""
        return self._private.sign(message)

    @staticmethod
    def new() -> SigningKey:
        """Return a fresh key that is kept nowhere."""
        return SigningKey(Ed25519PrivateKey.generate())


def public_key(text: str) -> PublicKey:
    """Read a public key from its text, or from the file of that name (PEM, or the text in it).

    Raises:
        Misconfigured: it is neither.
    """
    given = text.strip()
    if not given.startswith((PREFIX, "-----BEGIN")):
        try:
            given = Path(text).read_bytes()[:PEM_BYTES_MAX].decode("ascii").strip()
        except (OSError, ValueError) as error:
            raise Misconfigured(
                f"{text[:80]!r} is no public key: give what countersign audit key prints, or a file with it"
            ) from error
    return _from_pem(given) if given.startswith("-----BEGIN") else _from_text(given)


def find_key(env: Environment, data: Path) -> SigningKey | None:
    """Return this machine's key, or None when none was made yet.

    Raises:
        Misconfigured: there is one that cannot be used; says what to write.
    """
    given = env.get(VARIABLE)
    if given:
        # A variable set in a one-line file often carries its line ends as two characters.
        return _private(given.replace("\\n", "\n").encode(), VARIABLE)
    path = data / FILE
    try:
        pem = path.read_bytes()[:PEM_BYTES_MAX]
        open_to = stat.S_IMODE(path.stat().st_mode) & 0o077
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
    if open_to:
        raise Misconfigured(f"{path} may be read by others, so its seal proves nothing: chmod 600 {path}")
    return _private(pem, str(path))


def own_key(env: Environment, data: Path) -> SigningKey:
    """Return this machine's key, making it on the first run. Blocks: it reads and writes files.

    Two processes that make one at the same moment end with the same key.

    Raises:
        Misconfigured: the key cannot be used, or the data directory cannot be written to.
    """
    found = find_key(env, data)
    if found is not None:
        return found
    try:
        _make(data / FILE)
    except OSError as error:
        raise Misconfigured(
            f"the audit key cannot be written to {data}: {error.strerror}. "
            f"Set COUNTERSIGN_DATA to a directory of ours, or {VARIABLE}_FILE to a key"
        ) from error
    made = find_key(env, data)
    assert made is not None, "just written, by us or by who was faster"
    return made


def _make(path: Path) -> None:
    """Write a new key to ``path`` unless there is one by then: never half of one, never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{FILE}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link either makes the whole file or fails, and fails when the name is taken.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _private(pem: bytes, where: str) -> SigningKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        # Not the error's own words: they may quote the key.
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(
            f"{where} is not an Ed25519 private key in PEM without a password: "
            "make one with openssl genpkey -algorithm ed25519"
        )
    return SigningKey(key)


def _from_pem(pem: str) -> PublicKey:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Misconfigured("the file given as --key holds no Ed25519 public key in PEM")
    return PublicKey(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def _from_text(text: str) -> PublicKey:
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != PUBLIC_BYTES or not text.startswith(PREFIX):
        raise Misconfigured(
            f"{text[:80]!r} is not a public key: it starts with {PREFIX} and has 44 characters after it"
        )
    return PublicKey(raw)
