"""``countersign learn`` and ``forget`` at a terminal and in a pipe, killed and wrongly asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner, Result

from bot.brain.history import History
from bot.cli import app
from bot.cli.learn import Telling
from bot.core.errors import Misconfigured
from tests.bot.brain.past import VPN
from tests.bot.brain.words_of import CATEGORIES, lessons

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("JIRA_URL", "SERVICENOW_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COUNTERSIGN_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def called(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def export(folder: Path, count: int) -> Path:
    path = folder / "t.csv"
    rows = (f"OPS-{n},{VPN} case{n}x,Network\n" for n in range(count))
    path.write_text("key,text,category\n" + "".join(rows), "utf-8")
    return path


def test_learning_says_what_came_of_it(tmp_path: Path) -> None:
    file = str(export(tmp_path, 3))

    told = called("learn", file)
    again = called("learn", file, "--json")

    assert (told.exit_code, again.exit_code) == (0, 0)
    assert "3 tickets read, 3 of them new or changed" in told.stdout
    assert json.loads(again.stdout)["learned"] == 0


def test_one_value_alone_is_no_classifier(tmp_path: Path) -> None:
    told = called("learn", str(export(tmp_path, 400)))
    assert "a field needs 300 tickets and two values or more" in told.stdout


def test_a_lesson_that_would_make_it_worse_leaves_what_is_in_use(tmp_path: Path) -> None:
    def taught(name: str, turn: int) -> str:
        """Learn tickets whose keys, without dates, say that the name's order is theirs."""
        path = tmp_path / name
        meant = dict(zip(CATEGORIES, [*CATEGORIES[turn:], *CATEGORIES[:turn]], strict=True))
        rows = (
            f"{name}-{n},{each.text} case{n},{meant[each.values['category']].label}\n"
            for n, each in enumerate(lessons(900, seed=turn + 1))
        )
        path.write_text("key,text,category\n" + "".join(rows), "utf-8")
        return called("learn", str(path)).stdout

    assert "classifier 1 fitted" in taught("newer.csv", 0)
    assert "the classifier in use stays: with what is remembered now, category" in taught("dated.csv", 1)


def test_forgetting_says_what_is_gone_and_what_models_still_hold(tmp_path: Path) -> None:
    called("learn", str(export(tmp_path, 3)))

    told, twice = called("forget", "OPS-1"), called("forget", "OPS-1", "--json")

    assert told.exit_code == twice.exit_code == 0
    assert "removed OPS-1" in told.stdout
    assert "weights of words, no texts" in told.stdout
    expected = {"connector": "jira", "key": "OPS-1", "removed": 0, "kept": 2, "open": False}
    assert json.loads(twice.stdout) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("t.csv", "--from", "jira"),
        ("t.csv", "--query", "project = OPS"),
        ("--from", "jira", "--map", "text=Body"),
        ("t.csv", "--refit"),
    ],
)
def test_what_does_not_go_together_is_bad_usage(arguments: tuple[str, ...]) -> None:
    assert called("learn", *arguments).exit_code == 2


def test_a_connector_that_is_not_there_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    wrong = called("learn", "--from", "jira").exception
    assert isinstance(wrong, Misconfigured)
    assert "no connector is called 'jira'" in str(wrong)
    assert not (tmp_path / "data/history").exists()


def test_a_pipe_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    telling = Telling()
    for read in range(500, 12_001, 500):
        telling(read)
    telling.end()

    assert capsys.readouterr().err == "5,000 tickets read\n10,000 tickets read\n"


def test_a_terminal_gets_one_line_that_changes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    telling = Telling()
    telling(500)
    telling(1_000)
    telling.end()

    assert capsys.readouterr().err == "\r500 tickets read\r1,000 tickets read\n"


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    file = export(tmp_path, 8_000)
    command = [sys.executable, "-m", "bot", "learn", str(file)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603  # our own interpreter, fixed arguments
        command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        assert run.stderr.readline() == "5,000 tickets read\n"
        workers = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGKILL)
    _, left = psutil.wait_procs(workers, timeout=10)
    assert not left, "no worker outlives a run that was killed"
    assert History(tmp_path / "data/history").load("jira") == ()

    told = called("learn", str(file), "--json")

    answer = json.loads(told.stdout)
    assert (answer["read"], answer["kept"]) == (8_000, 8_000)
    assert "going on from there" in answer["notes"][0]
