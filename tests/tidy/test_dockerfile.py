"""The image is built from locks, runs without root, pip or compiler, and says whether it is well."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tidy.files import ROOT, text

DOCKERFILE = ROOT / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """(keyword, rest) of each instruction, continued lines joined, comments dropped."""
    lines = [line for line in text(DOCKERFILE).splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def final_stage() -> list[tuple[str, str]]:
    start = max(n for n, (word, _) in enumerate(instructions()) if word == "FROM")
    return instructions()[start:]


def only(word: str) -> str:
    found = [rest for keyword, rest in final_stage() if keyword == word]
    assert len(found) == 1, f"one {word} in the final stage, not {found}"
    return found[0]


def compose() -> Any:
    return yaml.safe_load(text(ROOT / "compose.yaml"))


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, _, group = only("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_nothing_becomes_root_again() -> None:
    words = [word for word, _ in final_stage()]
    assert "RUN" not in words[words.index("USER") :]
    assert "COPY" not in words[words.index("USER") :]


def test_the_final_stage_installs_nothing() -> None:
    ran = " ".join(rest for word, rest in final_stage() if word == "RUN")
    assert not re.search(r"\b(apt|apt-get|pip|gcc|g\+\+|make|build-essential|curl|wget)\b", ran)
    assert "--without-pip" in text(DOCKERFILE)


def test_both_stages_have_one_python_so_that_the_wheels_fit() -> None:
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert len(bases) > 1
    assert len(set(bases)) == 1
    assert bases[0].endswith("-slim")


def test_everything_from_an_index_is_checked_by_hash() -> None:
    ran = [part for word, rest in instructions() if word == "RUN" for part in rest.split("&&")]
    for command in (part for part in ran if re.search(r"\bpip\b.*\b(install|wheel)\b", part)):
        assert "--require-hashes" in command or "--no-index" in command, command


@pytest.mark.parametrize(
    "source", [s for w, r in instructions() if w == "COPY" and "--" not in r for s in r.split()[:-1]]
)
def test_every_path_that_is_copied_exists_and_is_not_ignored(source: str) -> None:
    if source != "README.md":  # checked with the other documents
        assert (ROOT / source).exists()
    assert f"!{source}" in text(ROOT / ".dockerignore").splitlines()


def test_every_package_of_the_wheel_is_copied() -> None:
    copied = {part for word, rest in instructions() if word == "COPY" for part in rest.split()[:-1]}
    found = re.search(r"^include = (\[.*\])$", text(ROOT / "pyproject.toml"), re.MULTILINE)
    assert found
    assert {one.rstrip("*") for one in json.loads(found[1])} <= copied


def test_no_secret_can_reach_the_builder() -> None:
    rules = [line for line in text(ROOT / ".dockerignore").splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    assert not [rule for rule in rules if re.search(r"env|secret|countersign\.yaml|\.git", rule)]
    assert not [rest for word, rest in instructions() if word == "COPY" and rest.split()[0] in {".", "./"}]


def test_it_says_whether_it_is_well() -> None:
    check = only("HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[0] == "python"
    compile(command[2], "HEALTHCHECK", "exec")
    assert "/healthz" in command[2]
    assert "timeout=" in command[2]


def test_signals_reach_the_bot_itself() -> None:
    assert json.loads(only("ENTRYPOINT")) == ["countersign"]
    assert json.loads(only("CMD")) == ["run"]


def test_it_listens_to_the_outside_and_keeps_its_data_on_a_volume() -> None:
    settings = dict(pair.split("=", 1) for pair in only("ENV").split())
    assert settings["COUNTERSIGN_HOST"] == "0.0.0.0"  # noqa: S104  # that is what the image is for
    assert [settings["COUNTERSIGN_DATA"]] == json.loads(only("VOLUME"))
    assert settings["COUNTERSIGN_PORT"] == only("EXPOSE")


def test_redis_keeps_what_it_accepted_and_forgets_nothing() -> None:
    redis = compose()["services"]["redis"]
    command = " ".join(redis["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert any(volume.endswith(":/data") for volume in redis["volumes"])
    assert "ports" not in redis, "only the bot talks to it"


def test_the_bot_waits_for_a_healthy_redis_and_comes_back_by_itself() -> None:
    services = compose()["services"]
    assert services["bot"]["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert {service["restart"] for service in services.values()} == {"unless-stopped"}
    assert services["bot"]["read_only"] is True
    assert all(str(port).startswith("127.0.0.1:") for port in services["bot"]["ports"])


def test_the_data_volume_is_where_the_image_keeps_its_data() -> None:
    volumes = [v for v in compose()["services"]["bot"]["volumes"] if isinstance(v, str)]
    assert f"data:{json.loads(only('VOLUME'))[0]}" in volumes


def test_no_secret_stands_in_the_compose_file() -> None:
    environment = compose()["services"]["bot"]["environment"]
    assert set(environment) == {"REDIS_URL"}


def test_the_files_named_here_are_the_ones_looked_at() -> None:
    assert all(Path(ROOT / part).is_file() for part in ("Dockerfile", "compose.yaml", ".dockerignore"))
