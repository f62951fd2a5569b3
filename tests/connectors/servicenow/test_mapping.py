"""Records and journals as ServiceNow shows them, read into our words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import Forbidden, Missing
from bot.core.tickets import Actor, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors.servicenow import choices, journal, mapping
from tests.connectors.servicenow.building import GROUP, HOME, OPERATION, PERSON, RECORD, REF, US

SAMPLES = Path(__file__).parents[3] / "../shared/data/servicenow/docs-samples"


def both(value: str, display: str = "") -> dict[str, str]:
    return {"value": value, "display_value": display or value}


def record(**changes: Any) -> dict[str, Any]:
    row = {
        "sys_id": both(RECORD),
        "number": both("INC0010001"),
        "short_description": both("VPN drops"),
        "description": both("Every ten minutes"),
        "active": both("true"),
        "state": both("2", "In Progress"),
        "category": both("network", "Network"),
        "assignment_group": both(GROUP, "Network"),
        "caller_id": both(PERSON, "Dan Doyle"),
        "caller_id.user_name": both("dan"),
        "opened_by": both("e" * 32, "Alice"),
        "sys_created_on": both("2026-11-21 08:00:00", "2026-11-21 10:00:00"),
        "sys_updated_on": both("2026-11-21 09:00:00", "2026-11-21 11:00:00"),
        "sys_mod_count": both("7"),
    }
    return {**row, **changes}


def read(**changes: Any) -> Any:
    return mapping.to_ticket(record(**changes), "incident", HOME)


def test_a_record_is_read_with_values_for_us_and_labels_for_people() -> None:
    ticket = read()
    assert (ticket.ref, ticket.key, ticket.queue, ticket.kind) == (REF, "INC0010001", "Network", "incident")
    assert ticket.status == Value("2", "In Progress")
    assert ticket.fields["category"] == (Value("network", "Network"),)
    assert ticket.fields["assignment_group"] == (Value(GROUP, "Network"),)
    assert ticket.fields["subcategory"] == ()
    assert ticket.version == "7"


def test_dates_are_taken_from_the_raw_value_never_from_the_accounts_time_zone() -> None:
    assert read().updated_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert mapping.zone(record()) == timedelta(hours=2)


def test_the_link_is_built_from_our_own_address() -> None:
    assert read().url == (f"https://acme.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3D{RECORD}")


def test_without_a_group_the_table_is_the_queue() -> None:
    assert read(assignment_group=both("")).queue == "incident"


@pytest.mark.parametrize(
    ("state", "closed"), [("1", False), ("3", False), ("6", True), ("7", True), ("8", True)]
)
def test_resolved_closed_and_cancelled_incidents_are_closed(state: str, closed: bool) -> None:  # noqa: FBT001  # a row of a table
    assert read(state=both(state)).closed is closed


def test_another_table_is_closed_when_it_is_no_longer_active() -> None:
    row = record(state=both("3"), active=both("false"))
    assert mapping.to_ticket(row, "change_request", HOME).closed
    assert not mapping.to_ticket({**row, "active": both("true")}, "change_request", HOME).closed


def test_the_requester_goes_by_user_name_as_journal_authors_do() -> None:
    assert read().reporter == Actor("dan", Untrusted("Dan Doyle"))


def test_without_a_caller_who_opened_it_is_the_requester() -> None:
    who = read(**{"caller_id": both(""), "caller_id.user_name": both("")}).reporter
    assert who.name.raw == "Alice"


@pytest.mark.parametrize("hidden", ["state", "sys_mod_count", "sys_updated_on", "number"])
def test_a_field_hidden_by_an_acl_is_named_rather_than_guessed(hidden: str) -> None:
    row = record()
    del row[hidden]
    with pytest.raises(Forbidden, match=hidden):
        mapping.to_ticket(row, "incident", HOME)


def test_a_date_in_another_format_is_refused_rather_than_misread() -> None:
    with pytest.raises(Forbidden, match="sys_created_on"):
        read(sys_created_on=both("21.11.2026 08:00"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🖨️ hors service",
        "\u202eevil\u202c\u0000\u0007",
        "מדפסת לא עובדת",
        "[code]<script>x</script>[/code]",
        "x" * 2**20,
    ],
)
def test_hostile_text_is_kept_whole_and_boxed(text: str) -> None:
    ticket = read(short_description=both(text) if text else both(""), description=both(text))
    assert ticket.summary.raw == text
    assert ticket.description.raw == text


def test_a_hostile_label_reads_as_one_clean_bounded_line() -> None:
    label = read(category=both("x", "Net\u202ework\nApproved: yes" + "!" * 999)).fields["category"][0].label
    assert label.startswith("Network Approved: yes")
    assert "\n" not in label
    assert len(label) <= 200


def test_nulls_and_odd_shapes_read_as_unset() -> None:
    ticket = read(category=None, subcategory={"value": None, "display_value": None}, impact=3, urgency=["1"])
    assert {ticket.fields[name] for name in ("category", "subcategory", "impact", "urgency")} == {()}


@pytest.mark.parametrize(
    "text", ["", RECORD, "incident", f"incident:{RECORD}x", f"in/cident:{RECORD}", "incident:INC1"]
)
def test_a_reference_that_names_no_record_is_missing(text: str) -> None:
    with pytest.raises(Missing):
        mapping.place(TicketRef("servicenow", text))


def test_our_own_work_and_a_priority_recalculated_leave_the_essence_alone() -> None:
    assert read(priority=both("1"), sys_mod_count=both("99"), category=both("x")).essence == read().essence
    assert read(description=both("something else")).essence != read().essence


def journal_row(
    element: str, text: str, *, by: str = "dan", at: str = "2026-11-21 08:30:00", of: str = RECORD
) -> Any:
    values = {"sys_id": f"{hash(text) & 0xFFFF:032x}", "element": element, "element_id": of, "value": text}
    return {
        name: both(value) for name, value in {**values, "sys_created_by": by, "sys_created_on": at}.items()
    }


def test_comments_are_public_and_work_notes_are_not() -> None:
    rows = [
        journal_row("work_notes", "checking", by="alice", at="2026-11-21 08:31:00"),
        journal_row("comments", "still broken"),
        journal_row("approval_history", "noise"),
    ]
    found = mapping.to_comments(rows, HOME)
    assert [(c.public, c.body.raw, c.author.id) for c in found] == [
        (True, "still broken", "dan"),
        (False, "checking", "alice"),
    ]


def test_our_marker_is_read_from_work_notes_and_from_nowhere_else() -> None:
    text = journal.change_text(OPERATION)
    internal, public = mapping.to_comments(
        [journal_row("work_notes", text, by=US.id), journal_row("comments", text, by="dan")], HOME
    )
    assert internal.operation == OPERATION
    assert internal.author.is_us
    assert public.operation is None


def test_the_platforms_own_account_is_no_person() -> None:
    (found,) = mapping.to_comments([journal_row("work_notes", "moved", by="system")], HOME)
    assert not found.author.is_person


DISPLAYED = (
    "2026-11-21 11:30:00 - Countersign (Work notes)\n"
    "Changed by Countersign with approval [ref CS-0123456789AB]\n\n"
    "2026-11-21 10:30:00 - Dan Doyle (Additional comments)\nfirst line\n\nsecond - line (x)\n\n"
)


def test_the_concatenated_text_reads_as_entries_oldest_first_in_utc() -> None:
    reporter = Actor("dan", Untrusted("Dan Doyle"))
    found = mapping.from_display(
        DISPLAYED, journal.WORK_NOTES, ahead=timedelta(hours=2), home=HOME, reporter=reporter
    )
    assert [(c.at, c.author.id, c.public) for c in found] == [
        (datetime(2026, 11, 21, 8, 30, tzinfo=UTC), "dan", False),
        (datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "countersign.bot", False),
    ]
    assert found[0].body.raw == "first line\n\nsecond - line (x)"
    assert found[1].operation == OPERATION
    assert len({c.id for c in found}) == 2


@pytest.mark.parametrize("text", ["", "no header at all", "21/11/2026 - X (Y)\nz"])
def test_text_without_entries_gives_none(text: str) -> None:
    assert mapping.from_display(text, "comments", ahead=timedelta(0), home=HOME, reporter=None) == []


def choice(element: str, value: str, label: str, **more: str) -> dict[str, str]:
    return {"name": "incident", "element": element, "value": value, "label": label, "language": "en", **more}


def test_a_subcategory_belongs_to_its_category_and_the_present_one_wins() -> None:
    rows = [
        choice("category", "inquiry", "Inquiry"),
        choice("category", "software", "Software"),
        choice("subcategory", "email", "Email", dependent_value="inquiry"),
        choice("subcategory", "email", "Email", dependent_value="software"),
        choice("subcategory", "os", "Operating System", dependent_value="software"),
    ]
    for present, parent in (("software", "software"), ("inquiry", "inquiry"), ("", "inquiry")):
        found = {each.field: each for each in choices.to_choices(rows, "incident", "en", present)}
        assert found["subcategory"].depends_on == "category"
        assert found["subcategory"].parents == {"email": parent, "os": "software"}
        assert [value.id for value in found["subcategory"].values] == ["email", "os"]
        assert found["category"].depends_on == ""


def test_a_tables_own_choices_hide_those_of_task_and_inactive_ones_are_left_out() -> None:
    rows = [
        choice("impact", "1", "task's", name="task"),
        choice("urgency", "1", "Own"),
        choice("urgency", "2", "Old", inactive="true"),
        choice("urgency", "9", "task's", name="task"),
        choice("urgency", "1", "Eigene", language="de"),
    ]
    found = {
        each.field: [value.label for value in each.values]
        for each in choices.to_choices(rows, "incident", "en", "")
    }
    assert found == {"impact": ["task's"], "urgency": ["Own"]}
    german = choices.to_choices(rows, "incident", "de", "")
    assert [value.label for each in german if each.field == "urgency" for value in each.values] == ["Eigene"]


def test_inactive_groups_and_people_who_left_are_offered_to_nobody() -> None:
    groups = choices.to_groups(
        [
            {"sys_id": GROUP, "name": "Network", "active": "true"},
            {"sys_id": "d" * 32, "name": "Old", "active": "false"},
            {"sys_id": "not an id", "name": "Odd", "active": "true"},
        ]
    )
    assert [value.label for value in groups.values] == ["Network"]
    people = choices.to_assignees(
        [
            {"user": both(PERSON, "Bob"), "user.name": both("Bob Baker"), "user.active": both("true")},
            {"user": both("d" * 32, "Erin"), "user.name": both("Erin Evans"), "user.active": both("false")},
        ]
    )
    assert people == (Value(PERSON, "Bob Baker"),)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="shared/data/servicenow/docs-samples is not here")
@pytest.mark.parametrize("name", ["c_TableAPI.002.json", "c_TableAPI.003.json", "c_TableAPI.005.json"])
def test_the_vendors_own_incident_samples_read(name: str) -> None:
    row = json.loads((SAMPLES / name).read_text())["sample"]["result"]
    ticket = mapping.to_ticket(row, "incident", HOME)
    assert ticket.key.startswith("INC")
    assert ticket.fields["impact"]
