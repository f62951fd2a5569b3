"""The import contracts in pyproject.toml cover what is there, also what landed after they were written."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.tidy.files import PRODUCT, ROOT, name, python

PURE_NAMES = frozenset({
    "webhook", "mapping", "policy", "states", "drift", "card", "clicks", "permits", "modals", "limits",
    "output",
})  # fmt: skip
"""A file of one of these names does no I/O, in whatever folder it stands (CONTRIBUTING.md)."""
IMPURE_FOLDERS = ("sandbox/", "bot/runtime/", "bot/slack/", "bot/cli/", "bot/audit/")


def contract(title: str) -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return next(c for c in project["tool"]["importlinter"]["contracts"] if c["name"] == title)


def module(path: Path) -> str:
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_pure_by_name(path: Path) -> bool:
    where = name(path)
    inside = where.startswith(("bot/core/", "bot/decide", "skills/")) or path.match(
        "connectors/*/actions/*.py"
    )
    return inside or (path.stem in PURE_NAMES and not where.startswith(IMPURE_FOLDERS))


@pytest.mark.parametrize("path", [p for p in python(*PRODUCT) if is_pure_by_name(p)], ids=name)
def test_a_module_whose_name_promises_purity_is_held_to_it(path: Path) -> None:
    parts = module(path).split(".")
    above = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    sources = contract("The pure half does no I/O")["source_modules"]
    assert any(fnmatchcase(one, source) for one in above for source in sources), (
        f"add {module(path)} to source_modules of 'The pure half does no I/O' in pyproject.toml"
    )


def test_every_layer_that_exists_is_named_without_parentheses() -> None:
    layers = " ".join(contract("One way down")["layers"]).replace("|", " ").split()
    for layer in layers:
        path = layer.strip("()").replace(".", "/")
        exists = (ROOT / path).is_dir() or (ROOT / f"{path}.py").is_file()
        assert exists or layer.startswith("("), f"layer {layer} does not exist"


def test_the_one_who_may_mint_exists() -> None:
    """A wildcard that matches nothing would let nobody mint, and nobody would notice until a write."""
    allowed = contract("Only the executor may mint a Permit")["allowed_importers"]
    assert any(fnmatchcase(module(path), one) for path in python("bot") for one in allowed)
