"""One ground per test, and how often each row is repeated."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.crash.ground import Ground

REPEATS: Final = int(os.environ.get("COUNTERSIGN_CRASH_REPEATS", "20"))
DATABASE: Final = 11
"""Of the server that all tests share; these clear it."""


@pytest.fixture
async def ground(redis_url: str, tmp_path: Path) -> AsyncIterator[Ground]:
    async with Ground(f"{redis_url}?db={DATABASE}", tmp_path) as ground:
        yield ground
