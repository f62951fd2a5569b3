"""What is installed is what was locked: by hash, from wherever the machine gets its packages."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.tidy.files import ROOT, name, suffixed, text, tracked

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>\S+)", re.MULTILINE)
HOMES = "work|home|root|Users"
ABSOLUTE = re.compile(rf"(?<![\w.~:$}}-])/(?:{HOMES})/[\w.-]+")
OUTSIDE = re.compile(r"https?://(?!127\.0\.0\.1|localhost)[\w.-]+")
INSTALLERS = [
    ROOT / part for part in ("Makefile", ".ci/run", "Dockerfile", ".dockerignore", ".pre-commit-config.yaml")
]


def pins(lock: Path) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PIN.finditer(text(lock))}


def test_there_are_three_locks() -> None:
    expected = ["requirements-build.lock", "requirements-dev.lock", "requirements.lock"]
    assert [lock.name for lock in LOCKS] == expected


@pytest.mark.parametrize("lock", LOCKS, ids=name)
def test_every_line_of_a_lock_is_a_pin_or_a_hash(lock: Path) -> None:
    for line in text(lock).splitlines():
        assert re.fullmatch(r"[a-z0-9._-]+==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line), (
            line
        )


@pytest.mark.parametrize("lock", LOCKS, ids=name)
def test_every_pin_has_a_hash(lock: Path) -> None:
    lines = text(lock).splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if "==" in line:
            assert after.strip().startswith("--hash="), line


def test_tests_run_on_what_ships() -> None:
    shipped, tested = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-dev.lock")
    assert {name: tested.get(name) for name in shipped} == shipped


def test_everything_asked_for_is_locked() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    groups = project["dependency-groups"]
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": [*groups["test"], *groups["check"]],
        "requirements-build.lock": [*groups["build"], *project["build-system"]["requires"]],
    }
    for lock, wanted in asked.items():
        names = {re.split(r"[\[<>=!~; ]", one, maxsplit=1)[0].lower().replace("_", "-") for one in wanted}
        assert not names - set(pins(ROOT / lock)), f"{lock}: run make lock"


@pytest.mark.parametrize("path", INSTALLERS, ids=name)
def test_what_installs_names_no_index_and_no_host(path: Path) -> None:
    assert not OUTSIDE.findall(text(path))
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|PIP_INDEX_URL", text(path))


@pytest.mark.parametrize("path", [p for p in tracked() if p.suffix not in {".png", ".lock"}], ids=name)
def test_no_file_names_a_folder_of_somebodys_machine(path: Path) -> None:
    assert not ABSOLUTE.findall(text(path)), f"{name(path)} names an absolute path of one machine"


@pytest.mark.parametrize("path", suffixed(".md"), ids=name)
def test_the_documents_name_no_folder_outside_the_project(path: Path) -> None:
    found = re.findall(r"\.\./shared\S*|/tmp/[a-z]\S*", text(path))
    assert not found, f"{name(path)}: a reader does not have {found}"
