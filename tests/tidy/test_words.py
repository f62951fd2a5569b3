"""What is written beside the code: no promises, no unexplained exceptions, no limit without a reason."""

import ast
import re
import string
from pathlib import Path

import pytest

from bot.core.words import CATALOGUE, LANGUAGES
from tests.tidy.files import PRODUCT, comments, docstrings, name, python, suffixed, text, tree

PROMISE = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK)\b(?!-)|\bfor now\b|\bin a real\b|\bnot implemented\b", re.IGNORECASE
)
EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore|pragma:\s*no cover)\b")
EXPLAINED = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*"
    r"|(?:type|pyright):\s*ignore\[[\w, -]+\]|pragma:\s*no cover)"
    r"(?P<why>.*)"
)


@pytest.mark.parametrize("path", python(), ids=name)
def test_no_comment_promises_future_work(path: Path) -> None:
    promises = [f"{line}: {said}" for line, said in comments(path) if PROMISE.search(said)]
    promises += [said for said in docstrings(path) if PROMISE.search(said)]
    assert not promises, f"{name(path)}: do it, or open an issue: {promises}"


@pytest.mark.parametrize("path", suffixed(".lua", ".js", ".css", ".html", ".md", ".yaml", ".json"), ids=name)
def test_no_other_file_promises_future_work(path: Path) -> None:
    promises = [line for line in text(path).splitlines() if PROMISE.search(line)]
    assert not promises, f"{name(path)}: do it, or open an issue: {promises}"


def unexplained(comment: str) -> bool:
    """Whether an exception from a rule names no rule, or gives no reason behind it."""
    if not EXCEPTION.search(comment):
        return False
    found = EXPLAINED.search(comment)
    return found is None or not re.search(r"\w", found["why"])


@pytest.mark.parametrize("path", python(), ids=name)
def test_an_exception_from_a_rule_carries_its_reason(path: Path) -> None:
    bare = [f"{line}: {said}" for line, said in comments(path) if unexplained(said)]
    assert not bare, f"{name(path)}: name the rule, and say why it is right here: {bare}"


def test_what_counts_as_a_reason() -> None:
    assert unexplained("# " + "noqa")
    assert unexplained("# " + "noqa: S603")
    assert unexplained("# " + "type: ignore  # the library is wrong")
    assert not unexplained("# " + "noqa: S603, S607  # fixed arguments, our own interpreter")
    assert not unexplained("# " + "type: ignore[no-untyped-call]  # pysnow ships no types")
    assert not unexplained("# counts what is left")


def limit_names(node: ast.stmt) -> list[str]:
    """What ``node`` calls ``…_MAX``, if it sets a constant at all; a leading underscore keeps it private."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [one for one in names if one.endswith("_MAX") and not one.startswith("_")]


def bare_limits(path: Path) -> list[str]:
    """Each limit with no comment on its line and no docstring below it or below the run it stands in."""
    remarked = {line for line, _ in comments(path)}
    bare: list[str] = []
    classes = [node.body for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    for body in [tree(path).body, *classes]:
        run: list[str] = []
        for node in body:
            if limit_names(node):
                run += [f"{node.lineno}: {one}" for one in limit_names(node) if node.lineno not in remarked]
                continue
            explained = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            bare += [] if explained else run
            run = []
        bare += run
    return bare


@pytest.mark.parametrize("path", [p for p in python(*PRODUCT) if "_MAX" in text(p)], ids=name)
def test_a_limit_says_its_unit_and_its_reason(path: Path) -> None:
    bare = bare_limits(path)
    assert not bare, f"{name(path)}: put a docstring below: {bare}"


def test_what_counts_as_an_explained_limit(tmp_path: Path) -> None:
    code = tmp_path / "limits.py"
    code.write_text('A_MAX = 1\nB_MAX = 2\n"""Of both."""\nC_MAX = 3  # bytes\nD_MAX = 4\nx = D_MAX\n')
    assert bare_limits(code) == ["5: D_MAX"]


def gaps(sentence: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_a_sentence_is_there_in_every_language_gap_for_gap(key: str) -> None:
    sentences = CATALOGUE[key]
    assert set(sentences) == set(LANGUAGES), f"{key}: {sorted(set(LANGUAGES) ^ set(sentences))}"
    assert all(sentence.strip() for sentence in sentences.values()), f"{key}: an empty sentence"
    named = {language: gaps(sentence) for language, sentence in sentences.items()}
    assert all(there == named["en"] for there in named.values()), f"{key}: {named}"
    assert all(gap.isidentifier() for gap in named["en"]), f"{key}: a gap without a name: {named['en']}"
