"""An address of our Jira leads to a key; any other address leads nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.links import key_of

HOME = "https://you.atlassian.net"


@pytest.mark.parametrize(
    "path",
    [
        "/browse/OPS-12",
        "/browse/OPS-12/",
        "/browse/OPS-12?focusedCommentId=10001#comment-10001",
        "/jira/software/projects/OPS/boards/3?selectedIssue=OPS-12",
        "/jira/servicedesk/projects/OPS/queues/custom/4/OPS-12",
        "/projects/OPS/issues/OPS-12?filter=allopenissues",
    ],
)
def test_every_page_of_an_issue_names_it(path: str) -> None:
    assert key_of(HOME, HOME + path) == "OPS-12"
    assert key_of(f"{HOME}/ctx", f"{HOME}/ctx{path}") == "OPS-12"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/browse/OPS-12",
        "https://you.atlassian.net.evil.example/browse/OPS-12",
        "https://you.atlassian.net@evil.example/browse/OPS-12",
        "https://evil@you.atlassian.net/browse/OPS-12",
        "http://you.atlassian.net/browse/OPS-12",
        "https://you.atlassian.net:8443/browse/OPS-12",
        f"{HOME}/browse/ops-12",
        f"{HOME}/browse/OPS-12%2F..%2Fadmin",
        f"{HOME}/browse/OPS-0",
        f"{HOME}/servicedesk/customer/portal/2/OPS-12",
        f"{HOME}/wiki/spaces/OPS/pages/12",
        HOME,
        "",
        "http://[",
    ],
)
def test_no_other_address_does(url: str) -> None:
    assert key_of(HOME, url) == ""


@given(st.text(max_size=80))
def test_whatever_is_written_gives_a_key_or_nothing(text: str) -> None:
    for url in (text, f"{HOME}/browse/{text}", f"{HOME}/{text}"):
        found = key_of(HOME, url)
        assert not found or (found.isascii() and "-" in found)
