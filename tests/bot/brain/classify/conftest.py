"""A classifier that all tests here may ask: it never changes."""

from __future__ import annotations

import pytest

from bot.brain.classify import Fitted, fit
from tests.bot.brain.classify.made import GROUP, TEAM, tickets


@pytest.fixture(scope="session")
def fitted() -> Fitted:
    return fit(tickets(2_500), [TEAM, GROUP])
