"""How long to wait before the next try. The only randomness in the house."""

from __future__ import annotations

import random  # noqa: TID251  # jitter lives here and nowhere else


def backoff_s(failures: int, *, base_s: float, cap_s: float) -> float:
    """Return the wait after ``failures`` failures in a row: doubling, capped, and then half to all of it.

    The jitter keeps replicas that failed together from coming back together.
    """
    # 2**63 s is beyond any cap; a larger exponent only costs time or overflows a float.
    whole = min(cap_s, base_s * 2.0 ** min(max(failures, 1) - 1, 63))
    return whole * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, guards nothing
