"""What the documents say is there, is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.tidy.files import ROOT, SHIPPED, name, python, suffixed, text, tree

LINK = re.compile(r"(?<!\\)\[[^\]\n]*\]\((?P<to>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(?P<path>[\w./-]+\.\w+)::(?P<name>[\w.]+)`")
VARIABLE = re.compile(r"(?:COUNTERSIGN|JIRA|SERVICENOW|SLACK|ANTHROPIC|REDIS)_[A-Z][A-Z_]*[A-Z]")
PATHS = [p for p in suffixed(".md") if p.name in {"path-of-a-webhook.md", "security.md"}]


def links(path: Path) -> list[str]:
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text(path)))
    return [found["to"] for found in LINK.finditer(prose)]


def anchors(path: Path) -> set[str]:
    """The names a heading can be linked to by: lower case, blanks to dashes, other marks dropped."""
    heads = re.findall(r"^#{1,6}\s+(.+?)\s*$", FENCE.sub("", text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", suffixed(".md"), ids=name)
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    for to in links(path):
        if re.match(r"[a-z]+:", to):
            continue
        file, _, anchor = to.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{name(path)} links to {to}, which is not there"
        assert target.is_relative_to(ROOT), f"{name(path)} links out of the project: {to}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), (
                f"{name(path)} links to {to}; the headings are {sorted(anchors(target))}"
            )


def defined(path: Path) -> set[str]:
    """Functions, classes and ``Class.method`` of a Python file; any word of another."""
    if path.suffix != ".py":
        return set(re.findall(r"\w+", text(path)))
    found: set[str] = set()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{method.name}" for method in methods}
    return found


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_what_is_named_as_code_exists(path: Path) -> None:
    steps = NAMED.findall(text(path))
    assert steps, f"{name(path)} names no `path::name`"
    for file, what in steps:
        assert (ROOT / file).is_file(), f"{name(path)} names {file}, which is not there"
        assert what in defined(ROOT / file), f"{file} has no {what}"


def variables() -> set[str]:
    """Every environment variable the product names, by its shape, as a whole string."""
    return {
        node.value
        for path in python(*SHIPPED)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VARIABLE.fullmatch(node.value)
    }


@pytest.mark.parametrize("variable", sorted(variables()) if (ROOT / "README.md").exists() else [])
def test_every_environment_variable_is_explained(variable: str) -> None:
    told = "\n".join(
        text(p) for p in suffixed(".md") if name(p) == "README.md" or name(p).startswith("docs/")
    )
    assert re.search(rf"\b{variable}\b", told), f"{variable} is read by the code and explained nowhere"
