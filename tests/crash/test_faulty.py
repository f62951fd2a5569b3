"""The points at which a bot can be told to die exist in these tests alone, and each is where it says."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.crash import faulty
from tests.crash.ground import Ground
from tests.crash.nursery import ROOT
from tests.tidy.files import SHIPPED, name, tracked

TRACES = (faulty.FILE, "COUNTERSIGN_CRASH", "tests.crash", "crash.faulty", "crash/faulty")


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own interpreter, code from below
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_nothing_that_is_shipped_knows_of_them() -> None:
    shipped = [path for path in tracked() if name(path).split("/")[0] in SHIPPED]
    assert len(shipped) > 100
    found = [
        (name(path), trace)
        for path in shipped
        for trace in TRACES
        if trace in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_no_package_of_the_wheel_holds_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns: list[str] = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert not [pattern for pattern in patterns if fnmatch("tests.crash", pattern)]
    assert set(SHIPPED) == {pattern.rstrip("*") for pattern in patterns}


async def test_a_bot_started_as_usual_does_not_heed_them(ground: Ground) -> None:
    bot = await ground.as_usual()
    bot.dies_at("webhook-stored")
    for desk in ground.desks:
        assert (await ground.undisturbed(desk)).value == desk.sure
    assert bot.process.returncode is None
    assert bot.file.read_text() == "webhook-stored 1", "nobody has looked"
    assert await bot.stopped() == 0


async def test_a_bot_with_points_does_as_usual_while_none_is_armed(ground: Ground) -> None:
    bot = await ground.bot()
    for desk in ground.desks:
        assert (await ground.undisturbed(desk)).value == desk.sure
    assert await bot.stopped() == 0


async def test_it_dies_the_nth_time_and_not_before(ground: Ground) -> None:
    bot = await ground.bot()
    bot.dies_at("card-posted", times=2)
    await ground.asked(ground.desks[0])
    assert bot.process.returncode is None
    ground.opens(ground.desks[0])
    await bot.died_at("card-posted")


def test_every_point_is_laid_in_the_product_as_it_is() -> None:
    done = _python(
        "from pathlib import Path; from tests.crash import faulty; faulty.lay(faulty.Trap(Path('x')))"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "where",
    ["bot.runtime.acceptor:Acceptor.gone", "bot.runtime.acceptor:Gone.accept", "bot.app:PREFIX.upper"],
)
def test_a_name_that_has_moved_is_said_before_anything_starts(where: str) -> None:
    done = _python(f"from tests.crash import faulty; faulty.wrap({where!r}); print('wrapped')")
    assert (done.returncode, done.stdout) == (faulty.MOVED, "")
    assert f"there is no {where} any more" in done.stderr


def test_every_point_is_one_that_a_row_dies_at() -> None:
    files = [Path(__file__).with_name(f"{each}.py") for each in ("rows", "test_creating")]
    said = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [point for point in (*faulty.POINTS, *faulty.HELD) if point not in said] == []
