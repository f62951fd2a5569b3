"""Which sources of context are opened, out of file, environment, knowledge folder and connectors."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load_config
from bot.config_kept import kept
from bot.core.errors import Misconfigured
from bot.opening import open_connectors, open_sources
from bot.settings import Environment
from bot.sources import Source

SERVICENOW = {"SERVICENOW_URL": "https://acme.service-now.com", "SERVICENOW_API_KEY": "k"}
SECRET = "hunter2-do-not-print"


def opened(tmp_path: Path, text: str, **variables: str) -> dict[str, Source]:
    file = tmp_path / "countersign.yaml"
    file.write_text(f"version: 1\n{text}")
    env = Environment(variables)
    config = load_config(file, env)
    found = open_sources(config, env, open_connectors(config, env))
    return {source.name: source for source in found}


def refused(tmp_path: Path, text: str, **variables: str) -> str:
    with pytest.raises(Misconfigured) as raised:
        opened(tmp_path, text, **variables)
    return str(raised.value)


def test_nothing_is_opened_where_nothing_is_named(tmp_path: Path) -> None:
    assert opened(tmp_path, "") == {}


def test_the_file_names_sources_and_a_kind_may_be_there_twice(tmp_path: Path) -> None:
    text = """sources:
  metrics: {kind: prometheus, url: "https://prometheus.example.com"}
  elsewhere: {kind: prometheus, url: "https://other.example.com/prefix"}
  elasticsearch: {url: "https://logs.example.com", index: "logs-*", api_key: "${LOGS_KEY}"}
"""
    found = opened(tmp_path, text, LOGS_KEY=SECRET)
    assert set(found) == {"metrics", "elsewhere", "elasticsearch"}
    assert set(found["metrics"].lookups) == {"search_metrics", "read_metric", "list_alerts"}


def test_the_environment_opens_what_the_file_does_not_name(tmp_path: Path) -> None:
    found = opened(tmp_path, "", PROMETHEUS_URL="https://prometheus.example.com", **SERVICENOW)
    assert set(found) == {"prometheus", "servicenow-knowledge", "servicenow-cmdb"}


def test_the_folder_of_the_local_brain_is_a_source_unless_one_names_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    folder.mkdir()
    assert set(opened(tmp_path, f"brain: {{knowledge: {folder}}}\n")) == {"knowledge"}
    both = f"brain: {{knowledge: {folder}}}\nsources: {{handbook: {{kind: markdown, folder: {folder}}}}}\n"
    assert set(opened(tmp_path, both)) == {"handbook"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: {x: {kind: grafana}}", "sources.x.kind: no source is called so; known are confluence,"),
        ("sources: {x: {kind: jira}}", "no source is called so"),
        ("connectors: {x: {kind: prometheus}}", "no connector is called so; known are jira, servicenow"),
        ("sources: {elasticsearch: {url: 'https://x.example'}}", "(or set ELASTICSEARCH_INDEX)"),
        ("sources: {prometheus: {url: 'http://x.example'}}", "for loopback only"),
        ("sources: {prometheus: {url: 'https://x.example', tokn: x}}", "tokn"),
        ("sources: {Metrics: {kind: prometheus}}", "Metrics"),
        ("sources: {servicenow-cmdb: {kind: prometheus, url: 'https://x.example'}}", "rename it"),
        ("sources: {docs: {kind: markdown, folder: /nowhere/at/all}}", "there is no such folder"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, text + "\n", **SERVICENOW)


def test_no_mistake_shows_a_secret_and_no_history_keeps_one(tmp_path: Path) -> None:
    text = f"sources:\n  prometheus: {{url: 'http://x.example', token: {SECRET}, user: {SECRET}}}\n"
    assert SECRET not in refused(tmp_path, text)
    assert SECRET not in kept(f"version: 1\n{text}", {"version": 1})


def test_more_sources_than_anybody_chooses_among_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"  s{n}: {{kind: prometheus, url: 'https://x.example'}}\n" for n in range(21))
    assert "at most 20 sources" in refused(tmp_path, f"sources:\n{rows}")
