"""What is printed for an admin carries our address and no secret, or says what to write instead."""

import json

import pytest
import yaml

from bot import manifests
from bot.core.errors import Misconfigured

HERE = "https://bot.example.com"


def test_the_jira_registration_is_json_that_points_at_our_route() -> None:
    told = json.loads(manifests.render("jira", url=HERE))
    assert told["url"] == "https://bot.example.com/webhooks/jira"


def test_a_last_slash_is_not_doubled() -> None:
    assert "com//" not in manifests.render("jira", url=HERE + "/")


def test_a_path_and_a_port_are_kept() -> None:
    told = json.loads(manifests.render("jira", url="https://example.com:8443/tools/bot"))
    assert told["url"] == "https://example.com:8443/tools/bot/webhooks/jira"


def test_the_secret_stays_a_gap_even_when_the_environment_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_WEBHOOK_SECRET", "swordfish")
    printed = manifests.render("jira", url=HERE)
    assert "swordfish" not in printed
    assert json.loads(printed)["secret"] == "{{JIRA_WEBHOOK_SECRET}}"


def test_projects_become_a_quoted_jql_and_none_of_them_means_all() -> None:
    narrow = json.loads(manifests.render("jira", url=HERE, projects=("OPS", "ORDER")))
    wide = json.loads(manifests.render("jira", url=HERE))
    assert narrow["filters"] == {"issue-related-events-section": "project in ('OPS', 'ORDER')"}
    assert wide["filters"] == {"issue-related-events-section": ""}


@pytest.mark.parametrize("key", ["", "ops", "OPS-1", "OPS') OR project is not EMPTY --", 'O"PS'])
def test_a_project_key_cannot_smuggle_jql(key: str) -> None:
    with pytest.raises(Misconfigured, match="project key"):
        manifests.render("jira", url=HERE, projects=("OPS", key))


def test_socket_mode_needs_no_address_and_prints_none() -> None:
    told = yaml.safe_load(manifests.render("slack", url="", slack_mode="socket"))
    assert told["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in told["settings"]["interactivity"]


def test_http_mode_points_at_our_route() -> None:
    told = yaml.safe_load(manifests.render("slack", url=HERE, slack_mode="http"))
    assert told["settings"]["socket_mode_enabled"] is False
    assert told["settings"]["interactivity"]["request_url"] == "https://bot.example.com/slack/events"


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_no_mark_and_no_gap_is_left_in_what_is_printed(mode: manifests.SlackMode) -> None:
    lines = manifests.render("slack", url=HERE, slack_mode=mode).splitlines()
    assert not [line for line in lines if "{{" in line or line.endswith(("only: http", "only: socket"))]


@pytest.mark.parametrize("kind", ["jira", "servicenow"])
def test_no_address_at_all_names_the_flag_and_the_variable(kind: manifests.Kind) -> None:
    with pytest.raises(Misconfigured, match=r"--url .*COUNTERSIGN_PUBLIC_URL"):
        manifests.render(kind, url="")


def test_http_mode_without_an_address_is_refused() -> None:
    with pytest.raises(Misconfigured, match="--url"):
        manifests.render("slack", url="", slack_mode="http")


@pytest.mark.parametrize(
    "url", ["http://bot.example.com", "http://10.0.0.7:8080", "http://127.0.0.1.evil.com"]
)
def test_plain_http_is_for_this_machine_only(url: str) -> None:
    with pytest.raises(Misconfigured, match="in the clear"):
        manifests.public_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_loopback_may_be_plain(url: str) -> None:
    assert manifests.public_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "bot.example.com",
        "ftp://bot.example.com",
        "https://",
        "https://user:pass@bot.example.com",
        "https://bot.example.com?x=1",
        "https://bot.example.com/#x",
        "https://bot.example.com/a b",
        'https://bot.example.com/"},{"',
        "https://bot.example.com/</script>",
        "https://bot.example.com\nrequest_url: https://evil.example",
        "https://bot.example.com\n",
        "https://bücher.example",
        "https://{{PUBLIC_URL}}",
    ],
)
def test_what_could_break_out_of_the_artefact_is_no_address(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"Write it as https://bot\.example\.com"):
        manifests.public_url(url)


@pytest.mark.parametrize("kind", ["slack", "jira", "servicenow"])
def test_every_kind_is_printed_with_our_address_in_it(kind: manifests.Kind) -> None:
    printed = manifests.render(kind, url=HERE, slack_mode="http")
    assert HERE in printed
    assert "{{PUBLIC_URL}}" not in printed


@pytest.mark.parametrize(
    "host", ["", "a b", 'jira.example.com", "evil', "https://jira.example.com", "-x", "x\n- y"]
)
def test_a_host_cannot_smuggle_yaml(host: str) -> None:
    with pytest.raises(Misconfigured, match="host"):
        manifests.render("slack", url=HERE, domains=("jira.example.com", host))


def test_more_hosts_than_slack_previews_are_too_many() -> None:
    with pytest.raises(Misconfigured, match="at most 5"):
        manifests.render("slack", url=HERE, domains=tuple(f"h{n}.example.com" for n in range(6)))
