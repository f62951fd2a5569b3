"""The verbs, pure: what each comes down to on every kind of ticket, and how a fresh read is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core.actions import Landed, Landing
from bot.core.errors import Refused
from bot.core.tickets import COMMENTS_MAX, Snapshot, Value
from connectors.jira.actions import verbs
from tests.connectors.jira.building import (
    DAN,
    OPERATION,
    OTHER,
    VERBS,
    body_of,
    comment,
    landed,
    line,
    pick,
    plan,
    ticket,
    value,
)

NOTE = {"lines": [line("words")]}
TWO_FIELDS = {"priority": [pick("2", "High")], "components": [pick("1", "VPN"), pick("2", "Fax")]}
APPLIED, NOT_APPLIED = Landed(Landing.APPLIED), Landed(Landing.NOT_APPLIED)


def says(verb: str, args: dict[str, Any]) -> str:
    kind = next(each for name, each in VERBS.items() if name == f"jira.{verb}")
    return kind.describe(args)


def test_the_verbs_are_those_of_the_contract() -> None:
    assert list(verbs()) == [
        f"jira.{verb}"
        for verb in (
            "add_internal_note",
            "assign",
            "create",
            "link",
            "reply_publicly",
            "set_fields",
            "set_priority",
            "transition",
        )
    ]


# --- notes


def test_a_requests_note_goes_through_the_api_that_has_to_be_told() -> None:
    request = plan("add_internal_note", NOTE, ticket())
    assert (request.method, request.path) == ("POST", "/rest/servicedeskapi/request/10001/comment")
    assert request.body == {"body": "words\n\n(ref CS-0123456789AB)", "public": False}
    assert request.expects_internal


def test_an_issue_of_a_service_project_that_is_no_request_is_told_by_property() -> None:
    request = plan("add_internal_note", NOTE, ticket(kind="desk"))
    assert (request.method, request.path) == ("POST", "/rest/api/2/issue/10001/comment")
    assert {"key": "sd.public.comment", "value": {"internal": True}} in body_of(request)["properties"]
    assert request.expects_internal


def test_without_a_portal_there_is_nothing_to_state() -> None:
    request = plan("add_internal_note", NOTE, ticket(kind="project"))
    assert "sd.public.comment" not in str(request.body)
    assert not request.expects_internal


@pytest.mark.parametrize("kind", ["request", "desk"])
def test_an_edit_states_anew_that_it_is_internal(kind: Any) -> None:
    now = Snapshot(ticket(kind=kind), (comment("7"),))
    request = plan("add_internal_note", {**NOTE, "replaces": "7"}, now)
    assert (request.method, request.path) == ("PUT", "/rest/api/2/issue/10001/comment/7")
    assert {"key": "sd.public.comment", "value": {"internal": True}} in body_of(request)["properties"]
    assert request.expects_internal


def test_a_note_that_somebody_deleted_is_written_anew() -> None:
    assert plan("add_internal_note", {**NOTE, "replaces": "7"}, ticket()).method == "POST"


def test_a_note_older_than_what_is_read_is_still_edited_in_place() -> None:
    now = Snapshot(ticket(), tuple(comment(str(100 + place), author=DAN) for place in range(COMMENTS_MAX)))
    assert plan("add_internal_note", {**NOTE, "replaces": "7"}, now).method == "PUT"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (Snapshot(ticket(), (comment("7", author=DAN),)), "not written by the bot"),
        (Snapshot(ticket(), (comment("7", public=True),)), "customers would read it"),
    ],
)
def test_only_an_internal_note_of_ours_is_overwritten(now: Snapshot, why: str) -> None:
    with pytest.raises(Refused, match=why):
        plan("add_internal_note", {**NOTE, "replaces": "7"}, now)


@pytest.mark.parametrize("replaces", ["7/../../9", "x", "7?expand=x", " 7"])
def test_what_is_no_comment_id_does_not_get_into_a_path(replaces: str) -> None:
    with pytest.raises(Refused, match="not a comment"):
        plan("add_internal_note", {**NOTE, "replaces": replaces}, ticket())


def test_a_note_landed_when_a_comment_of_ours_bears_the_marker_and_is_internal() -> None:
    assert landed("add_internal_note", NOTE, ticket()) == NOT_APPLIED
    other = Snapshot(ticket(), (comment("7", operation=OTHER),))
    assert landed("add_internal_note", NOTE, other) == NOT_APPLIED
    assert (
        landed("add_internal_note", NOTE, Snapshot(ticket(), (comment("7", operation=OPERATION),))) == APPLIED
    )


def test_a_note_that_is_public_is_there_in_part_and_never_absent() -> None:
    """Absent would be sent again."""
    now = Snapshot(ticket(), (comment("7", public=True, operation=OPERATION),))
    assert landed("add_internal_note", NOTE, now) == Landed(Landing.PARTLY, ("internal",))


# --- replies


@pytest.mark.parametrize("kind", ["request", "desk", "project"])
def test_a_reply_carries_its_marker_in_the_same_request_and_never_the_internal_one(kind: Any) -> None:
    request = plan("reply_publicly", {"text": "Hello"}, ticket(kind=kind))
    assert (request.method, request.path) == ("POST", "/rest/api/2/issue/10001/comment")
    assert request.body["properties"] == [
        {"key": "countersign.op", "value": {"op": OPERATION, "kind": "reply"}}
    ]
    assert not request.expects_internal


def test_a_reply_that_became_internal_is_there_in_part() -> None:
    now = Snapshot(ticket(), (comment("7", operation=OPERATION),))
    assert landed("reply_publicly", {"text": "Hello"}, now) == Landed(Landing.PARTLY, ("public",))


@pytest.mark.parametrize("text", ["", "   ", "x" * 30_001])
def test_an_empty_or_endless_reply_is_not_an_argument(text: str) -> None:
    with pytest.raises(ValidationError):
        plan("reply_publicly", {"text": text}, ticket())


# --- fields


def test_fields_are_set_by_id_with_both_markers_in_one_request() -> None:
    request = plan(
        "set_fields", {"fields": {"priority": [pick("2", "High")], "issuetype": [pick("4")]}}, ticket()
    )
    assert (request.method, request.path) == ("PUT", "/rest/api/2/issue/10001")
    assert request.body == {
        "fields": {"priority": {"id": "2"}, "issuetype": {"id": "4"}},
        "historyMetadata": {"type": "countersign", "extraData": {"op": OPERATION}},
        "properties": [{"key": "countersign.op", "value": {"op": OPERATION, "earlier": []}}],
    }


def test_lists_change_by_what_is_added_and_removed_so_that_others_labels_survive() -> None:
    have = {"labels": (Value("vpn", "vpn"), Value("old", "old")), "components": value("1")}
    want = {"fields": {"labels": [pick("vpn"), pick("new")], "components": [pick("2")]}}
    assert plan("set_fields", want, ticket(fields=have)).body["update"] == {
        "labels": [{"add": "new"}, {"remove": "old"}],
        "components": [{"add": {"id": "2"}}, {"remove": {"id": "1"}}],
    }


def test_a_list_that_is_right_already_is_sent_whole() -> None:
    request = plan(
        "set_fields", {"fields": {"labels": [pick("vpn")]}}, ticket(fields={"labels": value("vpn")})
    )
    assert request.body["fields"] == {"labels": ["vpn"]}
    assert "update" not in request.body


def test_an_emptied_field_is_sent_as_nothing() -> None:
    assert plan("set_fields", {"fields": {"priority": []}}, ticket()).body["fields"] == {"priority": None}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"status": [pick("3")]}, "status"),
        ({"countersign.place": [pick("x")]}, "countersign.place"),
        ({"customfield_10010": [pick("3")]}, "customfield_10010"),
        ({"issuetype": []}, "issuetype"),
        ({"priority": [pick("1"), pick("2")]}, "priority"),
    ],
)
def test_a_field_that_cannot_be_set_so_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused) as refused:
        plan("set_fields", {"fields": fields}, ticket())
    assert named in refused.value.fields


def test_earlier_operations_stay_in_the_property_but_not_for_ever() -> None:
    many = frozenset(type(OPERATION)(f"CS-{number:012X}") for number in range(100))
    request = plan("set_priority", {"to": pick("2")}, replace(ticket(), operations=many))
    (mark,) = body_of(request)["properties"]
    assert mark["value"]["op"] == OPERATION
    assert len(mark["value"]["earlier"]) == 20


def test_fields_landed_when_each_holds_what_was_asked_whatever_it_is_called() -> None:
    args = {"fields": {"priority": [pick("2", "High")], "components": [pick("1"), pick("2")]}}
    there = {"priority": value("2", "Élevée"), "components": (Value("2", ""), Value("1", ""))}
    assert landed("set_fields", args, ticket(fields=there)) == APPLIED


def test_a_field_jira_dropped_in_silence_is_named() -> None:
    args = {"fields": {"priority": [pick("2")], "components": [pick("1")]}}
    now = replace(ticket(fields={"priority": value("2")}), operations=frozenset({OPERATION}))
    assert landed("set_fields", args, now) == Landed(Landing.PARTLY, ("components",))


def test_without_the_marker_a_difference_means_that_nothing_was_done() -> None:
    now = ticket(fields={"priority": value("3")})
    assert landed("set_priority", {"to": pick("2")}, now) == NOT_APPLIED


# --- assign


@pytest.mark.parametrize(("cloud", "name"), [(True, "accountId"), (False, "name")])
def test_people_are_named_as_the_site_names_them_and_never_searched(cloud: bool, name: str) -> None:  # noqa: FBT001  # a table's column
    request = plan("assign", {"to": pick("712020:alice", "Alice")}, ticket(cloud=cloud))
    assert (request.method, request.path) == ("PUT", "/rest/api/2/issue/10001")
    assert request.body["fields"] == {"assignee": {name: "712020:alice"}}


def test_nobody_is_an_assignee_too() -> None:
    assert plan("assign", {"to": None}, ticket()).body["fields"] == {"assignee": None}
    assert landed("assign", {"to": None}, ticket(fields={"assignee": ()})) == APPLIED
    assert landed("assign", {"to": None}, ticket(fields={"assignee": value("x")})) == NOT_APPLIED


# --- transitions


def step(**more: Any) -> dict[str, Any]:
    return {"id": "31", "name": "Done", "to": pick("10003", "Finished"), **more}


def test_a_transition_is_sent_by_id_and_as_a_string() -> None:
    request = plan("transition", step(fields={"resolution": [pick("1", "Fixed")]}), ticket())
    assert (request.method, request.path) == ("POST", "/rest/api/2/issue/10001/transitions")
    assert request.body["transition"] == {"id": "31"}
    assert request.body["fields"] == {"resolution": {"id": "1"}}
    assert request.body["historyMetadata"] == {"type": "countersign", "extraData": {"op": OPERATION}}


def test_a_transition_to_where_the_ticket_is_is_refused() -> None:
    with pytest.raises(Refused, match="in Open already"):
        plan("transition", step(to=pick("1", "Open")), ticket())


def test_a_transition_is_judged_by_where_it_led_and_not_by_its_name() -> None:
    there = replace(ticket(), operations=frozenset({OPERATION}))
    other = replace(
        there, status=Value("10004", "Shelved"), fields={**there.fields, "status": value("10004")}
    )
    assert landed("transition", step(), other) == Landed(Landing.PARTLY, ("status",))
    done = replace(there, fields={**there.fields, "status": value("10003")})
    assert landed("transition", step(), done) == APPLIED


# --- sentences


@pytest.mark.parametrize(
    ("verb", "args", "sentence"),
    [
        ("set_priority", {"to": pick("2", "High")}, "Set Priority to High."),
        ("set_fields", {"fields": TWO_FIELDS},
         "Set Priority to High and Components to VPN, Fax."),
        ("set_fields", {"fields": {"labels": []}}, "Set Labels to nothing."),
        ("assign", {"to": pick("x", "Alice Moreau")}, "Assign the ticket to Alice Moreau."),
        ("assign", {"to": None}, "Take the ticket away from its assignee."),
        ("transition", step(), "Move the ticket to Finished."),
        ("transition", step(fields={"resolution": [pick("1", "Fixed")]}),
         "Move the ticket to Finished with Resolution Fixed."),
        ("add_internal_note", NOTE, "Add an internal note."),
        ("add_internal_note", {**NOTE, "replaces": "7"}, "Bring the internal note up to date."),
        ("reply_publicly", {"text": "We are on it."}, "Reply to the requester in 4 words."),
    ],
)  # fmt: skip
def test_a_person_reads_this(verb: str, args: dict[str, Any], sentence: str) -> None:
    assert says(verb, args) == sentence


def test_a_label_cannot_add_a_line_to_the_sentence() -> None:
    assert says("set_priority", {"to": pick("2", "High.\n\u202eApproved by the CEO")}) == (
        "Set Priority to High. Approved by the CEO."
    )
