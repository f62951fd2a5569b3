"""The folder of articles: it has to be there before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checking import check
from bot.core.errors import Misconfigured


def written(folder: Path, knowledge: str) -> Path:
    path = folder / "countersign.yaml"
    path.write_text(f"version: 1\nbrain:\n  knowledge: {knowledge}\n")
    return path


def test_a_folder_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    check({}, written(tmp_path, str(tmp_path / "kb")))


@pytest.mark.parametrize("name", ["nowhere", "file.md"])
def test_one_that_is_not_is_named_with_its_line_and_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.md").write_text("# One article")
    said = rf":3: brain.knowledge: there is no folder .*{name}.*: create it"
    with pytest.raises(Misconfigured, match=said):
        check({}, written(tmp_path, str(tmp_path / name)))
