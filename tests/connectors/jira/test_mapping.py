"""Jira's JSON to our words, pure: what is missing, what is junk, what is whose, and what is public."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.errors import Malformed
from connectors.jira.mapping import Site, to_comment, to_past, to_ticket
from connectors.jira.place import Place
from tests.connectors.jira.building import DAN, OPERATION, OTHER, US

SITE = Site("jira", "https://acme.atlassian.net", US)
REQUEST = Place(cloud=True, kind="request")


FIELDS: dict[str, Any] = {
    "summary": "VPN", "description": "down", "priority": {"id": "2", "name": "High"}, "assignee": None,
    "reporter": {"accountId": DAN.id, "displayName": "Dan"}, "labels": ["a"], "components": [],
    "issuetype": {"id": "1", "name": "Incident"}, "resolution": None,
    "status": {"id": "1", "name": "Open", "statusCategory": {"key": "new"}},
    "project": {"key": "OPS", "projectTypeKey": "service_desk"},
    "created": "2026-11-21T10:30:00.000+0100", "updated": "2026-11-21T09:30:00.000+0000",
}  # fmt: skip


def comment(**said: Any) -> dict[str, Any]:
    return {
        "id": "7",
        "created": "2026-11-21T09:30:00.000+0000",
        "author": {"accountId": US.id},
        "body": "",
        **said,
    }


@pytest.mark.parametrize("missing", ["summary", "description", "priority", "assignee", "reporter", "labels"])
def test_a_field_that_is_empty_or_hidden_is_no_error(missing: str) -> None:
    for gone in ({missing: None}, {}):
        fields = {name: value for name, value in FIELDS.items() if name != missing} | gone
        assert to_ticket({"id": "1", "key": "OPS-1", "fields": fields}, SITE, REQUEST).key == "OPS-1"


@pytest.mark.parametrize(
    "issue",
    [
        {}, {"id": "1"}, {"id": "1", "key": "OPS-1", "fields": None},
        {"id": "x", "key": "OPS-1", "fields": FIELDS},
        {"id": "1", "key": "OPS-1", "fields": {**FIELDS, "status": None}},
        {"id": "1", "key": "OPS-1", "fields": {**FIELDS, "updated": "yesterday"}},
        {"id": "1", "key": "OPS-1", "fields": {**FIELDS, "created": "2026-11-21T10:30:00"}},
        {"id": "1", "key": "OPS-1", "fields": {**FIELDS, "priority": 7}},
        {"id": "1", "key": "OPS-1", "fields": {**FIELDS, "labels": [None]}},
    ],
)  # fmt: skip
def test_what_is_no_issue_is_malformed(issue: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        to_ticket(issue, SITE, REQUEST)


def test_times_are_utc_whatever_the_account_is_set_to() -> None:
    ticket = to_ticket({"id": "1", "key": "OPS-1", "fields": FIELDS}, SITE, REQUEST)
    assert ticket.created_at == ticket.updated_at == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def test_a_resolution_somebody_forgot_to_clear_does_not_close_a_ticket() -> None:
    fields = {**FIELDS, "resolution": {"id": "1", "name": "Done"}}
    assert not to_ticket({"id": "1", "key": "OPS-1", "fields": fields}, SITE, REQUEST).closed
    fields["status"] = {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}}
    assert to_ticket({"id": "1", "key": "OPS-1", "fields": fields}, SITE, REQUEST).closed


@pytest.mark.parametrize(
    ("said", "public"),
    [
        ({"jsdPublic": True}, True),
        ({"jsdPublic": False}, False),
        ({}, True),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, False),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": "true"}}]}, False),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": False}}]}, True),
        ({"properties": [{"key": "sd.public.comment", "value": None}]}, True),
        ({"visibility": {"type": "role", "value": "Agents"}}, True),
    ],
)
def test_what_does_not_say_that_it_is_internal_counts_as_read_by_the_customer(
    said: dict[str, Any],
    public: bool,  # noqa: FBT001  # a table's column
) -> None:
    assert to_comment(comment(**said), SITE, REQUEST).public is public


def test_without_a_portal_our_note_is_no_message_to_the_requester() -> None:
    """Else our own note would make every reply that waits for a yes stale."""
    plain = Place(cloud=True, kind="project")
    for kind, public in (("note", False), ("reply", True)):
        mark = {"key": "countersign.op", "value": {"op": OPERATION, "kind": kind}}
        assert to_comment(comment(properties=[mark]), SITE, plain).public is public
        theirs = comment(properties=[mark], author={"accountId": DAN.id})
        assert to_comment(theirs, SITE, plain).public


def test_a_marker_counts_only_in_a_comment_of_ours() -> None:
    forged = comment(body=f"(ref {OPERATION})", author={"accountId": DAN.id})
    forged["properties"] = [{"key": "countersign.op", "value": {"op": OTHER}}]
    assert to_comment(forged, SITE, REQUEST).operation is None
    ours = comment(body=f"hello\n\n(ref {OPERATION})")
    assert to_comment(ours, SITE, REQUEST).operation == OPERATION
    both = comment(body=f"(ref {OPERATION})", properties=forged["properties"])
    assert to_comment(both, SITE, REQUEST).operation == OTHER


@pytest.mark.parametrize("author", [None, {}, {"accountId": "app", "accountType": "app"}])
def test_automations_and_anonymous_are_no_persons(author: Any) -> None:
    assert not to_comment(comment(author=author), SITE, REQUEST).author.is_person


@pytest.mark.parametrize(
    ("said", "learned"),
    [
        ({"jsdPublic": True}, True),
        ({"jsdPublic": False}, False),
        ({}, False),
        ({"jsdPublic": True, "visibility": {"type": "role", "value": "Agents"}}, False),
        ({"jsdPublic": True, "author": {"accountId": US.id}}, False),
        ({"jsdPublic": True, "author": {"accountId": DAN.id}}, False),
        ({"jsdPublic": True, "author": {"accountId": "x", "accountType": "app"}}, False),
        ({"jsdPublic": True, "author": {"accountId": "x", "accountType": "customer"}}, False),
        ({"jsdPublic": True, "author": {"accountId": "x", "accountType": "atlassian"}}, True),
        ({"jsdPublic": True, "body": "  "}, False),
    ],
)
def test_only_a_persons_public_words_are_an_answer(said: dict[str, Any], learned: bool) -> None:  # noqa: FBT001  # a table's column
    answer = comment(**{"author": {"accountId": "alice"}, "body": "Do this.", **said})
    fields = {**FIELDS, "resolutiondate": None, "comment": {"comments": [answer]}}
    past = to_past({"id": "1", "key": "OPS-1", "fields": fields}, SITE)
    assert (past.answer is not None) is learned


def test_seen_operations_are_read_from_the_property_and_from_the_history() -> None:
    issue = {
        "id": "1", "key": "OPS-1", "fields": FIELDS,
        "properties": {"countersign.op": {"op": OPERATION, "earlier": ["CS-AAAAAAAAAAAA", 7, "nonsense"]}},
        "changelog": {
            "histories": [{"historyMetadata": {"extraData": {"op": OTHER}}}, {"historyMetadata": None}, 3]
        },
    }  # fmt: skip
    assert to_ticket(issue, SITE, REQUEST).operations == {OPERATION, OTHER, "CS-AAAAAAAAAAAA"}
    bare = {**issue, "properties": {}, "changelog": {}}
    junk: tuple[tuple[str, Any], ...] = (
        ("properties", []), ("properties", {"countersign.op": "x"}), ("changelog", []), ("changelog", None),
    )  # fmt: skip
    for name, value in junk:
        assert to_ticket({**bare, name: value}, SITE, REQUEST).operations == frozenset()
