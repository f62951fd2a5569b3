"""One way to fingerprint a value, so that every replica gets the same bytes."""

from __future__ import annotations

import hashlib
import json


def fingerprint(value: object) -> str:
    """Return the SHA-256 hex of ``value``'s canonical JSON.

    Keys sorted, no spaces, nothing escaped: two replicas agree byte for byte.

    Raises:
        TypeError: ``value`` is not JSON (a datetime, say): turn it into a string first.
    """
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
