"""Jira's deliveries: signatures, names, and the two vendors' habits of telling things."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Malformed, Unverified
from bot.core.events import TicketTouched
from bot.core.tickets import Actor
from bot.core.untrusted import Untrusted
from bot.ports import Delivery
from connectors.jira.webhook import WEBHOOK, JiraWebhook
from tests.connectors.jira.building import DAN, NOW, REF, SECRET, US, payload, signed

DATA = Path(__file__).parents[3] / "../shared/data/jira"
DC_US = Actor("itsm.bot", Untrusted("Countersign"), is_us=True, is_person=False)
COMMENT = {
    "id": "10082",
    "self": "https://jira.example.com/rest/api/2/issue/10148/comment/10082",
    "author": {"name": "dan", "key": "JIRAUSER10104"},
    "updateAuthor": {"name": "dan", "key": "JIRAUSER10104"},
    "updated": "2026-11-21T09:30:00.000+0000",
}


def published(name: str) -> Any:
    file = DATA / name
    if not file.exists():
        pytest.skip(f"no {DATA}: Atlassian's published samples are not here")
    return json.loads(file.read_text())


def verify(headers: dict[str, str], body: bytes, secret: str = SECRET) -> Delivery:
    return WEBHOOK.verify("jira", headers, body, secret=secret, now=NOW)


def parse(
    body: bytes, *, us: Actor = US, delivery: str = "d-1", by: JiraWebhook = WEBHOOK
) -> list[TicketTouched]:
    return list(by.parse("jira", Delivery(delivery, ""), body, us=us, at=NOW))


def one(body: bytes, *, us: Actor = US, delivery: str = "d-1") -> TicketTouched:
    (event,) = parse(body, us=us, delivery=delivery)
    return event


# --- signatures


def test_atlassians_published_vector_verifies() -> None:
    vector = published("hmac-test-vector.json")
    headers = {"x-hub-signature": vector["X-Hub-Signature"]}
    assert verify(headers, vector["payload"].encode(), vector["secret"]).lane == ""


@given(place=st.integers(0, len(payload()) - 1), bit=st.integers(0, 7))
def test_one_changed_bit_of_the_body_is_refused(place: int, bit: int) -> None:
    body = bytearray(payload())
    body[place] ^= 1 << bit
    with pytest.raises(Unverified):
        verify(signed(payload()), bytes(body))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "md5=x",
        "none=",
        "sha256=é",
        "sha256",
        signed(payload())["x-hub-signature"].partition("=")[2],
        signed(payload())["x-hub-signature"].replace("sha256", "sha512"),
        signed(payload())["x-hub-signature"] + "0",
    ],
)
def test_only_the_right_sha256_signature_is_accepted(header: str) -> None:
    with pytest.raises(Unverified):
        verify({"x-hub-signature": header}, payload())


def test_the_methods_name_may_be_in_capitals() -> None:
    headers = {"x-hub-signature": signed(payload())["x-hub-signature"].upper()}
    assert verify(headers, payload()).lane == REF.lane


def test_the_signature_is_over_the_raw_bytes_and_not_over_what_they_mean() -> None:
    spaced = json.dumps(json.loads(payload()), indent=1).encode()
    with pytest.raises(Unverified):
        verify(signed(payload()), spaced)


def test_without_a_secret_nothing_is_accepted() -> None:
    with pytest.raises(Unverified, match="JIRA_WEBHOOK_SECRET"):
        verify(signed(payload(), secret=""), payload(), "")


# --- names


def test_clouds_deliveries_have_a_name_and_data_centers_get_a_digest() -> None:
    assert verify(signed(payload(), delivery="abc"), payload()).id == "abc"
    first, again = (verify(signed(payload(), delivery=""), payload()).id for _ in range(2))
    assert first == again
    assert first.startswith("body:")
    other = payload(timestamp=1)
    assert verify(signed(other, delivery=""), other).id != first


def test_a_name_of_any_length_does_not_get_into_our_keys() -> None:
    headers = signed(payload(), delivery="x" * 10_000)
    assert verify(headers, payload()).id.startswith("body:")


def test_the_lane_is_that_of_the_ticket_also_where_only_the_comment_tells() -> None:
    assert verify(signed(payload()), payload()).lane == "ticket:jira:10001"
    bare = payload(webhookEvent="comment_created", issue=None, comment=COMMENT)
    assert verify(signed(bare), bare).lane == "ticket:jira:10148"


def test_an_issue_id_that_is_no_number_is_not_taken_into_a_path() -> None:
    for bad in ("../../admin", "1/comment", "", "٣", "9" * 40):
        body = payload(issue={"id": bad, "key": "OPS-1"})
        assert verify(signed(body), body).lane == ""
        with pytest.raises(Malformed):
            parse(body)


# --- facts


def test_atlassians_documented_update_is_read() -> None:
    documented = published("atlassian-docs-issue_updated.json")
    event = one(json.dumps(documented).encode())
    assert event.what == "jira:issue_updated"
    assert event.ref.id == str(documented["issue"]["id"])
    assert event.at == datetime.fromtimestamp(documented["timestamp"] / 1000, tz=UTC)


def test_an_update_without_a_changelog_is_read() -> None:
    """Eleven of 38 recorded ones have none."""
    assert one(payload(changelog=None)).what == "jira:issue_updated"


@pytest.mark.parametrize("stamp", [None, "soon", True, 10**30, -(10**30), 1.5])
def test_without_a_readable_time_the_time_of_arrival_stands_in(stamp: Any) -> None:
    assert one(payload(timestamp=stamp)).at == NOW


def test_the_time_is_the_payloads_own_in_milliseconds() -> None:
    assert one(payload(timestamp=1_795_253_400_123)).at == datetime(
        2026, 11, 21, 9, 30, 0, 123_000, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "what",
    ["jira:version_released", "issuelink_created", "issue_property_set", "worklog_created", "user_deleted"],
)
def test_an_event_kind_we_do_not_know_gives_nothing(what: str) -> None:
    assert parse(payload(webhookEvent=what)) == []


def test_a_body_without_a_webhook_event_is_malformed() -> None:
    """Automation's "Jira format" is a bare issue; nobody signs it, but somebody may sign anything."""
    with pytest.raises(Malformed, match="webhookEvent"):
        parse(payload(webhookEvent=None))


def test_data_centers_two_deliveries_of_one_comment_are_one_fact() -> None:
    created = payload(webhookEvent="comment_created", issue=None, user=None, comment=COMMENT, changelog=None)
    updated = payload(comment=COMMENT, changelog=None, issue={"id": "10148"}, timestamp=1_795_253_400_010)
    first, second = one(created, delivery="body:1"), one(updated, delivery="body:2")
    assert first.id == second.id
    assert first.ref == second.ref


def test_the_same_comment_changed_again_is_another_fact() -> None:
    later = {**COMMENT, "updated": "2026-11-21T09:31:00.000+0000"}
    first = one(payload(webhookEvent="comment_created", comment=COMMENT, changelog=None))
    second = one(payload(webhookEvent="comment_updated", comment=later, changelog=None))
    assert first.id != second.id


def test_the_same_instant_written_with_another_offset_is_the_same_fact() -> None:
    paris = {**COMMENT, "updated": "2026-11-21T10:30:00.000+0100"}
    first = one(payload(webhookEvent="comment_created", comment=COMMENT, changelog=None))
    assert first.id == one(payload(webhookEvent="comment_created", comment=paris, changelog=None)).id


def test_a_comment_that_comes_with_a_changed_field_does_not_hide_the_change() -> None:
    alone = one(payload(webhookEvent="comment_created", comment=COMMENT, changelog=None))
    together = one(payload(comment=COMMENT), delivery="d-2")
    assert alone.id != together.id


def test_a_deleted_comment_is_not_the_fact_that_it_was_made() -> None:
    made = one(payload(webhookEvent="comment_created", comment=COMMENT), delivery="d-1")
    deleted = one(payload(webhookEvent="comment_deleted", comment=COMMENT), delivery="d-2")
    assert made.id != deleted.id
    assert not deleted.gone


# --- who


@pytest.mark.parametrize(
    ("us", "user", "by_us"),
    [
        (US, {"accountId": US.id}, True),
        (US, {"accountId": DAN.id}, False),
        (DC_US, {"name": "itsm.bot", "key": "JIRAUSER10100"}, True),
        (DC_US, {"name": "dan", "key": "JIRAUSER10104"}, False),
        (DC_US, {"key": "itsm.bot"}, True),
        (Actor("", Untrusted("nobody")), {"name": ""}, False),
        (US, {}, False),
        (US, {"accountId": None}, False),
    ],
)
def test_our_own_changes_are_told_apart_by_account(us: Actor, user: dict[str, Any], by_us: bool) -> None:  # noqa: FBT001  # a table's column
    assert one(payload(user=user), us=us).by_us is by_us


def test_clouds_comment_events_have_no_user_and_are_told_apart_by_the_comments_people() -> None:
    ours = {**COMMENT, "author": {"accountId": US.id}, "updateAuthor": {"accountId": US.id}}
    theirs = {**COMMENT, "author": {"accountId": DAN.id}, "updateAuthor": {"accountId": DAN.id}}
    assert one(payload(webhookEvent="comment_created", user=None, comment=ours)).by_us
    assert not one(payload(webhookEvent="comment_created", user=None, comment=theirs)).by_us
    assert one(payload(webhookEvent="comment_updated", user=None, comment=ours)).by_us


def test_our_comment_edited_or_deleted_by_a_person_is_not_our_doing() -> None:
    edited = {**COMMENT, "author": {"accountId": US.id}, "updateAuthor": {"accountId": DAN.id}}
    assert not one(payload(webhookEvent="comment_updated", user=None, comment=edited)).by_us
    assert not one(payload(webhookEvent="comment_deleted", user=None, comment=edited)).by_us


# --- queues


def test_other_projects_are_not_listened_to_where_the_payload_tells() -> None:
    webhook = JiraWebhook(frozenset({"OPS"}))
    assert parse(payload(), by=webhook)
    assert parse(payload(issue={"id": "7", "key": "HR-1"}), by=webhook) == []
    # Here only the reader can tell.
    assert parse(payload(webhookEvent="comment_created", issue=None, comment=COMMENT), by=webhook)
