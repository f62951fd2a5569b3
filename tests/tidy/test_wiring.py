"""Nothing lies around: every module is imported or discovered, every script is loaded by somebody."""

import ast
import functools
from pathlib import Path

import pytest

from tests.tidy.files import PRODUCT, ROOT, name, python, suffixed, text, tree

ENTRIES = {"bot/__main__.py", "bot/cli.py", "sandbox/__main__.py"}
"""Started by a person: the console script, ``python -m bot`` and ``python -m sandbox``."""


def module(path: Path) -> str:
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_discovered(path: Path) -> bool:
    """Found by being there: a package's own file, and every verb of a connector."""
    return path.name == "__init__.py" or path.match("connectors/*/actions/*.py")


@functools.cache
def imported_modules() -> frozenset[str]:
    """What product and sandbox code import; a name imported from a package counts as a module of it too."""
    found: set[str] = set()
    for path in python(*PRODUCT, "sandbox"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


@pytest.mark.parametrize("path", [p for p in python(*PRODUCT, "sandbox") if not is_discovered(p)], ids=name)
def test_every_module_is_used_by_what_ships(path: Path) -> None:
    if name(path) in ENTRIES:
        return
    assert module(path) in imported_modules(), (
        f"nothing that ships imports {name(path)}; a test alone does not count"
    )


@pytest.mark.parametrize("path", suffixed(".lua"), ids=name)
def test_every_script_is_loaded_by_name(path: Path) -> None:
    code = "\n".join(text(p) for p in python(path.relative_to(ROOT).parts[0]))
    assert f'"{path.stem}"' in code or path.name in code, f"nothing loads {name(path)}"


@pytest.mark.parametrize("path", [p for p in python(*PRODUCT) if p.name == "__init__.py"], ids=name)
def test_every_package_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name(path)}: one sentence on what lives here"


def test_the_root_of_the_bot_is_words_alone() -> None:
    """`bot` stands at both ends of the layers; that holds only while importing `bot` runs nothing."""
    assert len(tree(ROOT / "bot/__init__.py").body) == 1
