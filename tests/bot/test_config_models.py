"""``models:`` and the budgets: what may be written, what is said about a mistake, what comes of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.config import Config, read_config
from bot.config_models import EndpointSection, LlmLimits, ModelsSection, PlaceSection, RoleSection
from bot.core.errors import Misconfigured, StaysHome
from bot.runtime.meters import Meters
from bot.runtime.models import Role
from bot.runtime.spending import FAST, STRONG
from bot.settings import Environment, read_settings
from bot.thinking import Thinking, models_of

PAGE = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
KEYS = {"ANTHROPIC_API_KEY": "sk-default", "EU_KEY": "sk-eu", "COUNTERSIGN_MODEL": ""}
FULL = """
version: 1
models:
  triage: {model: claude-haiku-4-5}
  chat: {model: claude-opus-5-5, endpoint: eu}
  endpoints:
    eu: {base_url: "https://llm.example.com", key: EU_KEY}
    aws: {kind: bedrock, region: eu-central-1, names: {claude-opus-5-5: eu.anthropic.claude-opus-5-5}}
    gcp: {kind: vertex, region: eu, project: desk-1}
  where:
    - {connector: servicenow, queue: HR, endpoint: none}
    - {connector: jira, endpoint: aws}
"""


def config(text: str, **env: str) -> Config:
    return read_config(text, "countersign.yaml", Environment({**KEYS, **env}))


def test_a_whole_section_becomes_routes() -> None:
    read = config(FULL)
    models = models_of(read_settings(Environment(KEYS)), read)

    chat = models.route(Role.CHAT, [("servicenow", "Network")])
    assert (chat.model, chat.endpoint.name, chat.endpoint.api_key) == ("claude-opus-5-5", "eu", "sk-eu")
    assert chat.endpoint.base_url == "https://llm.example.com"
    assert models.route(Role.TRIAGE, [("servicenow", "Network")]).model == "claude-haiku-4-5"
    aws = models.route(Role.CHAT, [("jira", "OPS")])
    assert (aws.endpoint.kind, aws.wire) == ("bedrock", "eu.anthropic.claude-opus-5-5")
    with pytest.raises(StaysHome):
        models.route(Role.CHAT, [("servicenow", "HR")])


def test_without_a_section_the_environment_decides() -> None:
    env = Environment({"ANTHROPIC_API_KEY": "k", "COUNTERSIGN_MODEL": "claude-sonnet-5"})
    models = models_of(read_settings(env), config("version: 1"))

    assert models.route(Role.TRIAGE, []).model == "claude-sonnet-5"
    assert models.route(Role.CHAT, []).model == STRONG
    plain = models_of(read_settings(Environment({"ANTHROPIC_API_KEY": "k"})), config("version: 1"))
    assert plain.route(Role.TRIAGE, []).model == FAST
    nothing = models_of(read_settings(Environment({})), config("version: 1"))
    assert not any(nothing.has(role) for role in Role)


@pytest.mark.parametrize("written", ["none", "~", '"none"'])
def test_none_means_nowhere_however_it_is_written(written: str) -> None:
    read = config(f"version: 1\nmodels: {{where: [{{queue: HR, endpoint: {written}}}]}}\n")

    assert not models_of(read_settings(Environment(KEYS)), read).may_leave(("jira", "HR"))


BAD = [
    ("models: {chat: {endpoint: us}}", "there is no endpoint 'us'"),
    ("models: {chat: {endpoint: none}}", "there is no endpoint 'none'"),
    ("models: {where: [{endpoint: us}]}", r"where\[0\].endpoint: there is no endpoint 'us'"),
    ("models: {where: [{queue: HR}]}", r"models.where\[0\].endpoint"),
    ("models: {where: [{quue: HR, endpoint: none}]}", "did you mean 'queue'"),
    ("models: {endpoints: {eu: {key: EU_KEY, base_url: 'http://llm.example.com'}}}", "https://"),
    (
        "models: {endpoints: {eu: {key: EU_KEY, base_url: 'https://me:sk-eu@llm.example.com'}}}",
        "without a login",
    ),
    ("models: {endpoints: {eu: {key: EU_KEY, base_url: 'https://'}}}", "https://"),
    ("models: {endpoints: {eu: {key: EU_KEY, base_url: 'https://[::1'}}}", "https://"),
    ("models: {endpoints: {eu: {}}}", "key is missing"),
    ("models: {endpoints: {eu: {key: sk-ant-abc}}}", "endpoints.eu.key"),
    ("models: {endpoints: {eu: {key: EU_KEY, region: eu}}}", "for bedrock and vertex"),
    ("models: {endpoints: {aws: {kind: bedrock}}}", "region is missing"),
    ("models: {endpoints: {aws: {kind: bedrock, region: 'eu.evil.com/'}}}", "region"),
    ("models: {endpoints: {gcp: {kind: vertex, region: eu}}}", "takes a project"),
    ("models: {endpoints: {default: {key: EU_KEY}}}", "cannot be called default"),
    ("models: {endpoints: {us: {key: US_KEY}}}", r"models.endpoints.us.key: US_KEY is not set"),
    ("limits: {llm_usd_per_run: -1}", "limits.llm_usd_per_run"),
    ("limits: {llm_usd_per_run: .inf}", "limits.llm_usd_per_run"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_mistake_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=words) as no:
        config(f"version: 1\n{text}\n")

    assert "countersign.yaml:2" in str(no.value)
    assert "sk-eu" not in str(no.value)


def test_a_rule_for_a_connector_that_is_not_there_guards_nothing_and_is_an_error() -> None:
    read = config("version: 1\nmodels: {where: [{connector: servicenw, endpoint: none}]}\n")

    with pytest.raises(Misconfigured, match="no connector is called 'servicenw'"):
        read.rulebook(actions=frozenset(), connectors=frozenset({"servicenow"}), skills=())


def test_a_rule_may_name_a_source_which_has_no_queues() -> None:
    sources = "sources: {wiki: {kind: markdown, folder: /x}}"
    rows = f"models: {{where: [{{connector: wiki, endpoint: none}}]}}\n{sources}\n"
    read = config(f"version: 1\n{rows}")
    read.rulebook(actions=frozenset(), connectors=frozenset(), skills=())

    read = config(f"version: 1\n{rows.replace('wiki, e', 'wiki, queue: HR, e')}")
    with pytest.raises(Misconfigured, match="the source 'wiki' has no queues"):
        read.rulebook(actions=frozenset(), connectors=frozenset(), skills=())


@pytest.mark.parametrize(
    ("env", "writes"), [({}, False), ({"ANTHROPIC_API_KEY": "k"}, True)], ids=["no key", "a key"]
)
async def test_the_bot_has_a_writer_and_a_converser_where_there_is_a_key(
    env: dict[str, str], writes: Any, redis: Redis, prefix: str, tmp_path: Path
) -> None:
    settings = read_settings(Environment({**env, "COUNTERSIGN_DATA": str(tmp_path)}))
    thinking: Any = Thinking(settings, config("version: 1"), (redis, prefix), SystemClock(), Meters())

    assert (thinking.writer is not None) is writes
    assert (thinking.converser is not None) is writes
    await thinking.close()


def test_no_key_is_shown_by_what_holds_it() -> None:
    read = config(FULL)

    assert "sk-eu" not in repr(read.keys)
    assert "sk-eu" not in read.text
    assert "EU_KEY" in read.text


def test_every_key_is_explained_and_the_example_can_be_read() -> None:
    for model in (ModelsSection, RoleSection, EndpointSection, PlaceSection, LlmLimits):
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", PAGE), key
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert len(config(example[1], HOUSE_LLM_KEY="k").file.models.where) == 2


def test_every_default_is_as_the_page_has_it() -> None:
    for what in ("day", "person_per_day", "ticket_per_day", "run"):
        usd, tokens = (LlmLimits.model_fields[f"llm_{unit}_per_{what}"].default for unit in ("usd", "tokens"))
        most = f"{usd:g}, " + (f"{tokens:,}" if tokens else "no limit")
        assert f"| `llm_usd_per_{what}`, `llm_tokens_per_{what}` | {most} |" in PAGE
