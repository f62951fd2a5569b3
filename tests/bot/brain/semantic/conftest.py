"""One tiny model for all tests that do not change it."""

from __future__ import annotations

import pytest

from bot.brain.semantic.embedder import Embedder
from tests.bot.brain.semantic import tiny


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return tiny.embedder(tmp_path_factory.mktemp("tiny"))
