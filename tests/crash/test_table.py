"""Killed with -9 at a point of the crash table and started again, the bot does what was left; nothing twice.

Each row is repeated; the bot that comes back from one death is the victim of the next one. By hand:
``COUNTERSIGN_CRASH_REPEATS=100 pytest tests/crash -k after_the_vendor_committed``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.crash.conftest import REPEATS
from tests.crash.ground import Ground
from tests.crash.picture import Picture
from tests.crash.rows import ROWS, Scene

Row = Callable[[Scene], Awaitable[Picture]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
async def test_killed_at_a_row_of_the_table_it_does_what_was_left(
    row: Callable[[Scene], Awaitable[Picture]], ground: Ground
) -> None:
    bot = await ground.bot()
    undisturbed = {desk.name: await ground.undisturbed(desk) for desk in ground.desks}
    for number in range(REPEATS):
        desk = ground.desks[number % len(ground.desks)]
        scene = Scene(ground, desk, bot, number, undisturbed[desk.name])
        expected = await row(scene)
        assert await ground.picture(desk, scene.key) == expected, f"repeat {number}, {desk.name}"
        assert await ground.dead() == []
        await ground.forget_limits()
        assert scene.bot is not bot
        bot = scene.bot
    await ground.check_audit()
