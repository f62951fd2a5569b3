"""Each verb: what it plans, and what it makes of a fresh read. No I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core.actions import Landed, Landing
from bot.core.errors import Refused
from bot.core.ids import ActionName, Operation
from bot.core.tickets import Snapshot, TicketRef, Value
from connectors.servicenow import journal
from tests.connectors.servicenow.building import (
    GROUP,
    OPERATION,
    OTHER,
    PERSON,
    RECORD,
    REF,
    VERBS,
    action,
    entry,
    pick,
    snapshot,
    ticket,
)

NOTE = {"lines": [{"kind": "text", "text": "Looks like the VPN."}]}
FIELDS = {"fields": {"category": [pick("network", "Network")], "assignment_group": [pick(GROUP, "Network")]}}
RESOLVE = {"close_code": pick("Solution provided"), "close_notes": "Certificate renewed."}
EXAMPLES: dict[str, dict[str, Any]] = {
    "add_work_note": NOTE,
    "reply_publicly": {"text": "We are on it."},
    "set_fields": FIELDS,
    "assign": {"to": pick(PERSON, "Bob Baker")},
    "resolve": RESOLVE,
}


def plan(verb: str, args: dict[str, Any], now: Snapshot | None = None, target: TicketRef = REF) -> Any:
    return VERBS[ActionName(f"servicenow.{verb}")].plan(
        action(verb, args, target), OPERATION, now or snapshot()
    )


def landed(verb: str, args: dict[str, Any], now: Snapshot) -> Landed:
    return VERBS[ActionName(f"servicenow.{verb}")].landed(action(verb, args), OPERATION, now)


def marked(of: Any = None, *comments: Any, operation: Operation = OPERATION) -> Snapshot:
    note = entry(journal.change_text(operation), public=False, operation=operation)
    return snapshot(of, *comments, note)


@pytest.mark.parametrize("verb", EXAMPLES)
def test_every_verb_is_one_patch_by_sys_id_with_the_marker_in_the_work_notes(verb: str) -> None:
    request = plan(verb, EXAMPLES[verb])
    assert (request.method, request.path) == ("PATCH", f"/api/now/table/incident/{RECORD}")
    assert journal.marker(request.body["work_notes"]) == OPERATION
    assert request.operation == OPERATION
    assert request.expects_internal == (verb == "add_work_note")


@pytest.mark.parametrize("verb", EXAMPLES)
def test_a_fresh_ticket_shows_nothing_of_it(verb: str) -> None:
    assert landed(verb, EXAMPLES[verb], snapshot()).landing is Landing.NOT_APPLIED


@pytest.mark.parametrize("verb", EXAMPLES)
def test_the_marker_of_another_operation_proves_nothing(verb: str) -> None:
    assert landed(verb, EXAMPLES[verb], marked(operation=OTHER)).landing is Landing.NOT_APPLIED


@pytest.mark.parametrize("verb", EXAMPLES)
def test_the_sentence_is_one_imperative_line(verb: str) -> None:
    says = VERBS[ActionName(f"servicenow.{verb}")].describe(EXAMPLES[verb])
    assert says[0].isupper()
    assert says.endswith(".")
    assert says.count(".") == 1
    assert "\n" not in says


@pytest.mark.parametrize("verb", EXAMPLES)
def test_arguments_we_do_not_know_are_refused(verb: str) -> None:
    with pytest.raises(ValidationError):
        plan(verb, {**EXAMPLES[verb], "extra": 1})


def test_a_work_note_writes_work_notes_and_nothing_else() -> None:
    assert set(plan("add_work_note", NOTE).body) == {"work_notes"}


def test_a_work_note_that_should_replace_another_is_refused() -> None:
    with pytest.raises(Refused, match="cannot be edited"):
        plan("add_work_note", {**NOTE, "replaces": "abc"})


def test_a_work_note_seen_in_public_is_neither_applied_nor_sent_again() -> None:
    note = plan("add_work_note", NOTE).body["work_notes"]
    assert landed("add_work_note", NOTE, snapshot(None, entry(note, public=True))) == Landed(
        Landing.PARTLY, ("work_notes",)
    )


def test_a_work_note_with_its_marker_is_applied() -> None:
    assert landed("add_work_note", NOTE, marked()).landing is Landing.APPLIED


def test_a_reply_goes_to_comments_without_a_marker_the_requester_would_see() -> None:
    body = plan("reply_publicly", {"text": "We are on it."}).body
    assert body["comments"] == "We are on it."
    assert set(body) == {"comments", "work_notes"}


def test_a_reply_cannot_render_html() -> None:
    body = plan("reply_publicly", {"text": "[code]<script>alert(1)</script>[/code]"}).body
    assert body["comments"] == "(code)<script>alert(1)</script>(/code)"


@pytest.mark.parametrize(
    ("says", "with_marker", "verdict"),
    [
        ("We are\r\non it. ", True, Landed(Landing.APPLIED)),
        ("", True, Landed(Landing.PARTLY, ("comments",))),
        ("We are on it.", False, Landed(Landing.PARTLY, ("work_notes",))),
        ("", False, Landed(Landing.NOT_APPLIED)),
    ],
)
def test_a_reply_is_judged_by_its_words_and_its_marker(says: str, with_marker: bool, verdict: Landed) -> None:  # noqa: FBT001  # a row of a table
    comments = [entry(says, public=True)] if says else []
    now = marked(None, *comments) if with_marker else snapshot(None, *comments)
    assert landed("reply_publicly", {"text": "We are on it."}, now) == verdict


def test_fields_go_out_as_raw_values_together() -> None:
    body = plan("set_fields", FIELDS).body
    assert {name: body[name] for name in ("category", "assignment_group")} == {
        "category": "network",
        "assignment_group": GROUP,
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"priority": [pick("1")]}, "impact and urgency"),
        ({"comments": [pick("hello")]}, "cannot be set here"),
        ({"work_notes": [pick("hello")]}, "cannot be set here"),
        ({"state": [pick("7")]}, "cannot be set here"),
        ({"assigned_to": [pick(PERSON)]}, "cannot be set here"),
        ({"sys_id": [pick(RECORD)]}, "cannot be set here"),
        ({"category": [pick("network"), pick("software")]}, "one value"),
        ({"category": []}, "does not clear a choice"),
        ({"assignment_group": [pick("Network")]}, "sys_id"),
        ({"assignment_group": [pick(f"{GROUP}^x")]}, "sys_id"),
    ],
)
def test_a_field_that_cannot_be_set_this_way_is_refused_with_words(fields: Any, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        plan("set_fields", {"fields": fields})
    assert set(caught.value.fields) == set(fields)


def test_a_group_can_be_cleared() -> None:
    assert plan("set_fields", {"fields": {"assignment_group": []}}).body["assignment_group"] == ""


def both(category: str, group: str) -> Any:
    fields = {"category": (Value(category, ""),), "assignment_group": (Value(group, ""),)}
    return ticket(fields=fields)


def test_fields_that_all_hold_what_was_asked_are_applied_whatever_their_labels() -> None:
    assert landed("set_fields", FIELDS, marked(both("network", GROUP))) == Landed(Landing.APPLIED)


def test_a_silently_dropped_field_is_named() -> None:
    assert landed("set_fields", FIELDS, marked(both("network", "d" * 32))) == Landed(
        Landing.PARTLY, ("assignment_group",)
    )


def test_all_fields_dropped_with_the_marker_there_is_partly_so_that_it_is_not_sent_again() -> None:
    assert landed("set_fields", FIELDS, marked(both("inquiry", "d" * 32))) == Landed(
        Landing.PARTLY, ("category", "assignment_group")
    )


def test_a_field_that_held_the_value_before_does_not_make_a_lost_write_look_done() -> None:
    now = snapshot(both("network", "d" * 32))
    assert landed("set_fields", FIELDS, now) == Landed(Landing.NOT_APPLIED, ("assignment_group",))


def test_a_sentence_names_each_field_with_its_label() -> None:
    says = VERBS[ActionName("servicenow.set_fields")].describe(EXAMPLES["set_fields"])
    assert says == "Set Category to Network and set Assignment group to Network."


def test_an_assignee_has_to_be_a_sys_id_and_nobody_is_possible() -> None:
    with pytest.raises(Refused, match="sys_id"):
        plan("assign", {"to": pick("Bob Baker")})
    assert plan("assign", {"to": None}).body["assigned_to"] == ""


def test_an_assignee_is_compared_by_sys_id() -> None:
    args = {"to": pick(PERSON, "Bob Baker")}
    assert landed(
        "assign", args, snapshot(ticket(fields={"assigned_to": (Value(PERSON, "Robert"),)}))
    ).landing is (Landing.APPLIED)
    other = ticket(fields={"assigned_to": (Value("d" * 32, "Bob Baker"),)})
    assert landed("assign", args, marked(other)) == Landed(Landing.PARTLY, ("assigned_to",))


def test_resolving_sends_state_code_and_notes_together() -> None:
    body = plan("resolve", RESOLVE).body
    assert (body["state"], body["close_code"], body["close_notes"]) == (
        "6",
        "Solution provided",
        "Certificate renewed.",
    )


def test_only_an_open_incident_can_be_resolved() -> None:
    closed = replace(ticket(), closed=True, status=Value("7", "Closed"))
    with pytest.raises(Refused, match="Closed already"):
        plan("resolve", RESOLVE, snapshot(closed))
    with pytest.raises(Refused, match="only incidents"):
        plan("resolve", RESOLVE, snapshot(replace(ticket(), kind="change_request")))


@pytest.mark.parametrize(
    ("state", "code", "notes", "verdict"),
    [
        ("6", "Solution provided", "Certificate renewed.", Landed(Landing.APPLIED)),
        ("7", "Solution provided", "Certificate renewed.", Landed(Landing.APPLIED)),
        ("8", "Solution provided", "Certificate renewed.", Landed(Landing.PARTLY, ("state",))),
        ("2", "", "", Landed(Landing.PARTLY, ("state", "close_code", "close_notes"))),
        ("6", "Solution provided", "other words", Landed(Landing.PARTLY, ("close_notes",))),
    ],
)
def test_a_resolution_is_judged_field_by_field(state: str, code: str, notes: str, verdict: Landed) -> None:
    given = {"close_code": code, "close_notes": notes}
    fields = {name: (Value(value, value),) if value else () for name, value in given.items()}
    now = marked(replace(ticket(fields=fields), status=Value(state, state)))
    assert landed("resolve", RESOLVE, now) == verdict


def test_a_reference_that_is_not_ours_is_refused_before_anything_is_built() -> None:
    foreign = replace(ticket(), ref=TicketRef("servicenow", f"incident:{RECORD}/../../sys_user/{RECORD}"))
    with pytest.raises(Exception, match="not a ServiceNow record"):
        plan("add_work_note", NOTE, snapshot(foreign))
