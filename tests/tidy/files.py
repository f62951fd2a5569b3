"""What there is to look at: our own files, as git knows them."""

import ast
import functools
import io
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("bot", "approvals", "connectors", "skills")
SHIPPED = (*PRODUCT, "sandbox", "manifest")


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file that is committed or about to be; not what .gitignore leaves out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607  # git is on PATH
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = sorted(name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in (ROOT / name for name in names) if path.is_file())


def python(*folders: str) -> list[Path]:
    """Our Python files, of ``folders`` only where any is given."""
    return [p for p in tracked() if p.suffix == ".py" and (not folders or name(p).split("/")[0] in folders)]


def suffixed(*suffixes: str) -> list[Path]:
    """Our files that end in one of ``suffixes``."""
    return [path for path in tracked() if path.suffix in suffixes]


def name(path: Path) -> str:
    """Its path from the root; also its name in a test report."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def text(path: Path) -> str:
    """Its content."""
    return path.read_text(encoding="utf-8")


@functools.cache
def tree(path: Path) -> ast.Module:
    """Its syntax tree."""
    return ast.parse(text(path))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Its comments, each with its line number."""
    for token in tokenize.generate_tokens(io.StringIO(text(path)).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def docstrings(path: Path) -> Iterator[str]:
    """Every string that stands alone: docstrings, and those below a field or a constant."""
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value.value
