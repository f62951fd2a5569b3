"""House rules about the shape of files that no linter knows. A failure names the file and the way out."""

import ast
from pathlib import Path

import pytest

from tests.tidy.files import PRODUCT, ROOT, name, python, suffixed, text, tracked, tree

WORDS_WE_DO_NOT_USE = {"util", "utils", "helper", "helpers", "misc", "common", "manager", "managers"}
LINES_MAX = 400
FUNCTION_LINES_MAX = 50


@pytest.mark.parametrize("path", suffixed(".py", ".lua", ".js", ".css"), ids=name)
def test_a_file_fits_in_one_sitting(path: Path) -> None:
    lines = len(text(path).splitlines())
    assert lines <= LINES_MAX, f"{name(path)} has {lines} lines; split it by responsibility"


@pytest.mark.parametrize("path", python(), ids=name)
def test_a_function_fits_on_one_screen(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{name(path)}:{node.lineno} {node.name} has {lines} lines"


@pytest.mark.parametrize("path", tracked(), ids=name)
def test_a_file_is_named_for_what_it_holds(path: Path) -> None:
    words = set(path.stem.strip("_").split("_")) | set(path.relative_to(ROOT).parts[:-1])
    assert not words & WORDS_WE_DO_NOT_USE, f"{name(path)}: say what is in it"


def folders(where: Path) -> set[str]:
    return {path.name for path in where.iterdir() if path.is_dir() and path.name[0] not in "_."}


@pytest.mark.parametrize("folder", ["connectors", "skills"])
def test_every_folder_has_its_mirror_in_tests(folder: str) -> None:
    here = folders(ROOT / folder)
    there = folders(ROOT / "tests" / folder) if (ROOT / "tests" / folder).is_dir() else set[str]()
    assert here == there, f"{folder}/ and tests/{folder}/ differ: {sorted(here ^ there)}"


@pytest.mark.parametrize("path", [p for p in python() if text(p).strip()], ids=name)
def test_a_file_says_what_it_is(path: Path) -> None:
    if name(path).endswith("conftest.py") or ast.get_docstring(tree(path)):
        return
    pytest.fail(f"{name(path)} has no docstring: one sentence on what lives here")


@pytest.mark.parametrize("path", [p for p in python("tests") if p.name.startswith("test_")], ids=name)
def test_a_test_file_holds_tests_and_each_name_is_a_sentence(path: Path) -> None:
    named = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]
    machines = [
        node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr == "TestCase"
    ]
    assert named or machines, f"{name(path)} has no test"
    short = [test for test in named if len(test.split("_")) < 4]
    assert not short, f"{name(path)}: {short}: say in a sentence what holds"


@pytest.mark.parametrize("path", python(*PRODUCT), ids=name)
def test_only_the_gate_makes_permits(path: Path) -> None:
    if name(path) == "approvals/permits.py":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called != "Permit", (
                f"{name(path)}:{node.lineno} makes a Permit; ask approvals.permits.mint"
            )


def test_the_gate_does_make_permits() -> None:
    """Or the test above would look for a name nobody uses."""
    gate = ROOT / "approvals/permits.py"
    made = [node for node in ast.walk(tree(gate)) if isinstance(node, ast.Call)]
    assert any(isinstance(node.func, ast.Name) and node.func.id == "Permit" for node in made)
