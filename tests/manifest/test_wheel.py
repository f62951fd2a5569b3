"""What is installed from a wheel works without the folder it was built in."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = {".lua", ".md", ".json", ".html", ".css", ".js", ".svg", ".xml", ".yaml", ".toml"}


def packages() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves files behind that would slip into the next one."""
    source = tmp_path_factory.mktemp("source")
    for folder in packages():
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source / name)
    made = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    done = subprocess.run(  # noqa: S603  # our own interpreter, fixed arguments
        [*command, "--wheel-dir", str(made), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(made.glob("*.whl"))


def test_every_file_of_every_package_is_in_it(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    here = {
        str(path.relative_to(ROOT))
        for folder in packages()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and (path.suffix in DATA | {".py"}) and "__pycache__" not in path.parts
    }
    assert sorted(here - inside) == []


def test_no_test_and_no_bench_is_in_it(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in tops if not name.endswith(".dist-info")} == set(packages())


def test_the_licence_travels_with_it(wheel: Path) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_manifests_are_found_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Run without the folder on the path: `-P -E` and another working directory, the wheel unpacked first."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); from bot import manifests;"
        f"assert manifests.__file__.startswith({str(site)!r}), manifests.__file__;"
        "print(manifests.render('jira', url='https://bot.example.com'))"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter, fixed arguments
        [sys.executable, "-P", "-E", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "https://bot.example.com/webhooks/jira" in done.stdout
