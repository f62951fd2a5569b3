"""``countersign semantic`` says what it made, what is missing, and ends with the right code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.brain.semantic.parcel import NAME
from bot.cli.semantic import app
from bot.core.errors import Misconfigured
from tests.bot.brain.semantic import tiny


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COUNTERSIGN_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_without_a_model_check_says_what_to_do() -> None:
    found = CliRunner().invoke(app, ["check"])

    assert found.exit_code == 1
    assert "countersign semantic build" in found.stdout


def test_with_a_model_check_is_content(tmp_path: Path, data: Path) -> None:
    tiny.embedder(tmp_path)
    assert (data / NAME).exists()

    found = CliRunner().invoke(app, ["check", "--json"])

    assert found.exit_code == 0
    assert json.loads(found.stdout)["ready"] is True


def test_what_is_not_the_published_model_is_refused(tmp_path: Path, data: Path) -> None:
    path = tiny.wheel(tmp_path / "t.whl", tiny.files())

    found = CliRunner().invoke(app, ["build", str(path)])

    assert found.exit_code == 1
    assert isinstance(found.exception, Misconfigured)
    assert not data.exists()
