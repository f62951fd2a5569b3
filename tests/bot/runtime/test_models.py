"""Who may be shown what: the first row that fits, the strictest of several, and nothing let out by a slip."""

from __future__ import annotations

import pytest

from bot.core.errors import Misconfigured, StaysHome
from bot.core.passages import NO_QUEUE
from bot.runtime.models import Endpoint, Models, Place, Residence, Role

ROWS = (
    Residence("servicenow", "HR", None),
    Residence("servicenow", "", "eu"),
    Residence("", "Legal", None),
)
ENDPOINTS = (Endpoint(api_key="k"), Endpoint("eu", api_key="k"), Endpoint("us", api_key="k"))


def models(*rows: Residence, chat: str = "default") -> Models:
    return Models({Role.TRIAGE: ("fast", "default"), Role.CHAT: ("strong", chat)}, ENDPOINTS, rows)


@pytest.mark.parametrize(
    ("places", "endpoint"),
    [
        ([("servicenow", "HR")], None),
        ([("ServiceNow", "hr")], None),
        ([("servicenow", "Network")], "eu"),
        ([("servicenow", "Legal")], "eu"),
        ([("jira", "Legal")], None),
        ([("jira", "OPS")], "default"),
        ([("servicenow", "")], None),
        ([("jira", "")], None),
        ([("", "")], "default"),
        ([], "default"),
        ([("jira", "OPS"), ("", "")], "default"),
        ([("jira", "OPS"), ("jira", "WEB")], "default"),
        ([("jira", "OPS"), ("servicenow", "HR")], None),
        ([("jira", "OPS"), ("servicenow", "Network")], None),
        ([("servicenow", "Network"), ("servicenow", "Desk")], "eu"),
    ],
)
def test_where_text_may_go(places: list[Place], endpoint: str | None) -> None:
    """An empty queue is an unknown one: any row of its connector may be meant."""
    found = models(*ROWS)

    for role in Role:
        if endpoint is None:
            assert not found.together(role, places)
            with pytest.raises(StaysHome):
                found.route(role, places)
        else:
            assert found.together(role, places)
            assert found.route(role, places).endpoint.name == endpoint
    if len(places) == 1:
        assert found.may_leave(places[0]) is (endpoint is not None)


def test_a_row_for_everything_is_for_nobodys_text_as_well() -> None:
    assert not models(Residence("", "", None)).together(Role.CHAT, [])
    assert models(Residence("", "", "eu")).route(Role.CHAT, []).endpoint.name == "eu"


@pytest.mark.parametrize(
    ("source", "beside", "endpoint"),
    [
        ("servicenow-knowledge", ("servicenow", "Network"), "eu"),
        ("servicenow-knowledge", ("jira", "OPS"), None),
        ("wiki", ("jira", "OPS"), None),
        ("metrics", ("jira", "OPS"), "default"),
        ("metrics", ("servicenow", "Network"), "eu"),
        ("metrics", ("", ""), "default"),
    ],
)
def test_what_a_source_says_goes_where_its_own_row_or_its_connectors_says(
    source: str, beside: Place, endpoint: str | None
) -> None:
    """A source that no row is about goes along with any ticket; rows about queues are not about sources."""
    rows = (*ROWS, Residence("wiki", "", None))
    roles = {Role.CHAT: ("strong", "default")}
    found = Models(roles, ENDPOINTS, rows, {"servicenow-knowledge": "servicenow"})
    places = [(source, NO_QUEUE), beside]

    assert found.together(Role.CHAT, places) is (endpoint is not None)
    if endpoint is not None:
        assert found.route(Role.CHAT, places).endpoint.name == endpoint
    assert found.may_leave((source, NO_QUEUE)) is (source != "wiki")


def test_a_role_has_its_own_endpoint_where_no_row_says_otherwise() -> None:
    found = models(*ROWS, chat="us")

    assert found.route(Role.CHAT, [("jira", "OPS")]).endpoint.name == "us"
    assert found.route(Role.TRIAGE, [("jira", "OPS")]).endpoint.name == "default"
    assert found.route(Role.CHAT, [("servicenow", "Network")]).endpoint.name == "eu"


def test_a_role_without_a_key_has_no_model_and_a_row_without_one_is_an_error() -> None:
    roles = {Role.TRIAGE: ("fast", "default"), Role.CHAT: ("strong", "cloud")}
    ends = (Endpoint(), Endpoint("cloud", "bedrock", region="eu-west-1"))

    assert Models(roles, ends).has(Role.CHAT), "a cloud has credentials of its own"
    assert not Models(roles, ends).has(Role.TRIAGE)
    with pytest.raises(Misconfigured, match="'default', which has no key"):
        Models(roles, ends, [Residence("jira", "", "default")])
    Models(dict.fromkeys(Role, ("fast", "default")), ends, [Residence("jira", "", "default")])
