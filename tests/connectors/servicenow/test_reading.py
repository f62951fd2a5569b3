"""The real pysnow against the fake instance: what is read, and what a broken instance makes of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import BotError, Forbidden, Missing, Refused, Retry
from bot.core.tickets import TicketRef, Value
from connectors.servicenow import journal
from connectors.servicenow.client import CACHE_S, ServiceNow
from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import RateLimit, ServiceNowSandbox
from tests.connectors.servicenow.building import OPERATION, RECORD, Desk, connect, settings

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_an_incident_reads_as_people_see_it(desk: Desk) -> None:
    desk.world.edit(desk.number, "alice", assignment_group="Network", assigned_to="bob", state="2")
    ticket = (await desk.read()).ticket
    assert (ticket.key, ticket.queue, ticket.kind, ticket.closed) == (
        desk.number,
        "Network",
        "incident",
        False,
    )
    assert ticket.status == Value("2", "In Progress")
    assert ticket.fields["category"] == (Value("inquiry", "Inquiry / Help"),)
    assert ticket.fields["assigned_to"] == (
        Value(desk.world.user_id("bob"), desk.world.display(desk.number, "assigned_to")),
    )
    assert ticket.reporter is not None
    assert (ticket.reporter.id, ticket.reporter.name.raw) == (
        "dan",
        desk.world.display(desk.number, "caller_id"),
    )
    assert ticket.url == (
        f"{desk.vendor.url}/nav_to.do?uri=incident.do%3Fsys_id%3D{desk.world.sys_id(desk.number)}"
    )


async def test_the_conversation_comes_from_the_journals_own_table(desk: Desk) -> None:
    desk.world.comment(desk.number, "dan", "Still broken")
    desk.world.comment(desk.number, "alice", "Checking the gateway", public=False)
    snapshot = await desk.read()
    assert {(c.body.raw, c.public, c.author.id) for c in snapshot.comments} == {
        ("Still broken", True, "dan"),
        ("Checking the gateway", False, "alice"),
    }
    assert not snapshot.notes_editable


async def test_the_requesters_own_answer_does_not_silence_the_bot_but_a_colleagues_does(desk: Desk) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    desk.world.comment(desk.number, "dan", "Any news?")
    assert not (await desk.read()).answered_by_person_after(before)
    desk.world.comment(desk.number, "alice", "On it")
    assert (await desk.read()).answered_by_person_after(before)


@pytest.mark.parametrize("offset_h", [0, 2, -7])
async def test_without_the_right_to_the_journal_the_records_text_stands_in(desk: Desk, offset_h: int) -> None:
    desk.world.quirks.forbidden_tables = {"sys_journal_field"}
    desk.world.quirks.display_offset_h = offset_h
    desk.world.comment(desk.number, "dan", "Still broken\n\nreally")
    desk.world.comment(desk.number, "countersign.bot", journal.change_text(OPERATION), public=False)
    snapshot = await desk.read()
    assert {(c.body.raw, c.public, c.author.id) for c in snapshot.comments} == {
        ("Still broken\n\nreally", True, "dan"),
        (journal.change_text(OPERATION), False, "countersign.bot"),
    }
    assert snapshot.operations == {OPERATION}


async def test_a_journal_whose_rows_an_acl_hides_is_told_from_an_empty_one(desk: Desk) -> None:
    desk.world.comment(desk.number, "dan", "Still broken")
    rows = desk.world.instance.store.tables["sys_journal_field"].rows
    desk.world.quirks.hidden_records = set(rows)
    assert [c.body.raw for c in (await desk.read()).comments] == ["Still broken"]


async def test_a_journal_that_was_readable_once_is_believed_when_it_is_empty(desk: Desk) -> None:
    desk.world.comment(desk.number, "dan", "Still broken")
    await desk.read()
    fresh = await desk.connector.find(desk.world.create_incident("Another"))
    seen = len(desk.vendor.exchanges)
    assert (await desk.connector.read(fresh)).comments == ()
    paths = [each.path.rpartition("/table/")[2] for each in desk.vendor.exchanges[seen:]]
    assert paths[0].startswith("incident/")
    assert sorted(paths[1:]) == ["sys_attachment", "sys_journal_field"], "and not the record's own text"


async def test_only_the_newest_fifty_messages_are_read(desk: Desk) -> None:
    for n in range(60):
        desk.world.comment(desk.number, "dan", f"message {n}")
    assert len((await desk.read()).comments) == 50


async def test_a_megabyte_of_description_emoji_and_controls_arrive_whole(desk: Desk) -> None:
    text = "🖨️ \u202eevil \u0007 עברית [code]<script>x</script>[/code]\n" + "x" * 2**20
    number = desk.world.create_incident("\u202e", text)
    ticket = (await desk.connector.read(await desk.connector.find(number))).ticket
    assert ticket.description.raw == text
    assert not ticket.summary.clean()


async def test_an_empty_short_description_is_an_empty_summary(desk: Desk) -> None:
    number = desk.world.create_incident("")
    assert not (await desk.connector.read(await desk.connector.find(number))).ticket.summary


async def test_a_deleted_record_is_missing(desk: Desk) -> None:
    ref = desk.ref
    desk.world.delete(desk.number, "alice")
    with pytest.raises(Missing):
        await desk.connector.read(ref)


async def test_a_record_an_acl_hides_is_missing_too(desk: Desk) -> None:
    desk.world.quirks.hidden_records = {desk.world.sys_id(desk.number)}
    with pytest.raises(Missing):
        await desk.read()


@pytest.mark.parametrize(
    "ref", [f"sys_user:{RECORD}", f"change_request:{RECORD}", "INC0010001", f"incident:{RECORD}^x"]
)
async def test_a_table_we_were_not_given_is_never_asked(desk: Desk, ref: str) -> None:
    with pytest.raises(Missing):
        await desk.connector.read(TicketRef("servicenow", ref))
    assert not desk.vendor.exchanges


async def test_a_number_finds_its_record_in_whichever_table_it_is(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url, tables=["incident", "change_request"])
    change = vendor.world.create_change("Renew the certificate")
    found = await connector.find(change.lower())
    assert found.id == f"change_request:{vendor.world.sys_id(change)}"
    ticket = (await connector.read(found)).ticket
    assert (ticket.kind, ticket.queue, ticket.closed) == ("change_request", "change_request", False)
    await connector.close()


@pytest.mark.parametrize("key", ["INC9999999", "INC1^ORnumber=INC0010001", "", "hello"])
async def test_a_number_that_names_nothing_is_missing(desk: Desk, key: str) -> None:
    with pytest.raises(Missing):
        await desk.connector.find(key)


async def test_sixteen_threads_never_read_each_others_record(desk: Desk) -> None:
    """A shared pysnow Resource mixes up the parameters of concurrent calls."""
    numbers = [desk.world.create_incident(f"ticket {n}") for n in range(40)]
    refs = await asyncio.gather(*(desk.connector.find(number) for number in numbers))
    snapshots = await asyncio.gather(*(desk.connector.read(ref) for ref in refs))
    assert [each.ticket.key for each in snapshots] == numbers


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(FaultKind.STATUS, status=401), Forbidden),
        (Fault(FaultKind.STATUS, status=403), Forbidden),
        (Fault(FaultKind.STATUS, status=404), Missing),
        (Fault(FaultKind.STATUS, status=429, retry_after="7"), Retry),
        (Fault(FaultKind.STATUS, status=500), Retry),
        (Fault(FaultKind.STATUS, status=503), Retry),
        (Fault(FaultKind.STATUS, status=200, body='{"error": {"message": "Transaction cancelled"}}'), Retry),
        (Fault(FaultKind.STATUS, status=200, body="[1, 2]"), Retry),
        (Fault(FaultKind.STATUS, status=202, body="{}"), Retry),
        (Fault(FaultKind.HTML), Retry),
        (Fault(FaultKind.RESET), Retry),
        (Fault(FaultKind.LOST), Retry),
    ],
    ids=lambda x: f"{x.kind.value}{x.status}" if isinstance(x, Fault) else x.__name__,
)
async def test_a_read_that_goes_wrong_says_what_to_do(
    desk: Desk, fault: Fault, expected: type[BotError]
) -> None:
    await desk.connector.whoami()
    desk.vendor.faults.add(fault)
    with pytest.raises(expected) as caught:
        await desk.read()
    assert fault.hits == 1
    if isinstance(caught.value, Retry) and fault.retry_after:
        assert caught.value.after_s == 7


async def test_a_sleeping_instance_is_told_in_words(desk: Desk) -> None:
    await desk.connector.whoami()
    desk.vendor.faults.add(Fault(FaultKind.HTML))
    with pytest.raises(Retry, match="hibernating"):
        await desk.read()


async def test_a_rate_limit_says_how_long(desk: Desk) -> None:
    await desk.connector.whoami()
    desk.world.quirks.rate_limit = RateLimit(limit=0)
    with pytest.raises(Retry) as caught:
        await desk.read()
    assert 1 <= caught.value.after_s <= 3600


async def test_what_may_be_set_is_what_the_instance_has_now(desk: Desk) -> None:
    desk.world.edit(desk.number, "alice", assignment_group="Network", category="software")
    allowed = await desk.connector.allowed((await desk.read()).ticket)
    assert {c.field for c in allowed.choices} == {
        "category",
        "subcategory",
        "impact",
        "urgency",
        "close_code",
        "assignment_group",
    }
    subcategory = allowed.of("subcategory")
    assert subcategory is not None
    assert subcategory.depends_on == "category"
    assert subcategory.parents["vpn"] == "network"
    assert subcategory.parents["email"] == "software"
    groups = allowed.of("assignment_group")
    assert groups is not None
    assert Value(desk.world.group_id("Network"), "Network") in groups.values
    assert allowed.of("priority") is None


async def test_somebody_who_left_is_not_offered_as_an_assignee(desk: Desk) -> None:
    desk.world.edit(desk.number, "alice", assignment_group="Network")
    allowed = await desk.connector.allowed((await desk.read()).ticket)
    assert [value.id for value in allowed.assignees] == [desk.world.user_id("bob")]


async def test_choices_are_believed_for_a_minute(vendor: ServiceNowSandbox) -> None:
    now = [0.0]
    connector = ServiceNow("servicenow", settings(vendor.url), lambda: now[0])
    ticket = (await connector.read(await connector.find(vendor.world.create_incident("x")))).ticket
    first = await connector.allowed(ticket)
    vendor.world.instance.store.add("sys_user_group", "New", name="New")
    now[0] += CACHE_S - 1
    assert await connector.allowed(ticket) == first
    now[0] += 2
    groups = (await connector.allowed(ticket)).of("assignment_group")
    assert groups is not None
    assert "New" in [value.label for value in groups.values]
    await connector.close()


async def test_memberships_we_may_not_read_offer_nobody_and_spoil_nothing(desk: Desk) -> None:
    desk.world.edit(desk.number, "alice", assignment_group="Network")
    desk.world.quirks.forbidden_tables = {"sys_user_grmember"}
    allowed = await desk.connector.allowed((await desk.read()).ticket)
    assert allowed.assignees == ()
    assert allowed.of("category") is not None


async def test_similar_tickets_are_solved_ones_that_share_words(desk: Desk) -> None:
    desk.world.seed_history(60)
    ticket = (await desk.read()).ticket
    found = await desk.connector.similar(ticket, 5)
    assert 0 < len(found) <= 5
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert desk.number not in [each.key for each in found]
    assert all(each.answer for each in found)
    closed = {number: desk.world.record(number)["state"] for number in (each.key for each in found)}
    assert set(closed.values()) <= {"6", "7"}


async def test_a_ticket_without_words_is_like_no_other(desk: Desk) -> None:
    desk.world.seed_history(10)
    ref = await desk.connector.find(desk.world.create_incident("🖨️"))
    assert await desk.connector.similar((await desk.connector.read(ref)).ticket, 5) == ()


async def test_solved_tickets_come_newest_first_over_pages_that_acls_made_short(desk: Desk) -> None:
    numbers = desk.world.seed_history(250)
    desk.world.quirks.hidden_records = {desk.world.sys_id(number) for number in numbers[-120:]}
    found = await desk.connector.solved(130)
    assert len(found) == 130
    closed = [each.closed_at for each in found if each.closed_at]
    assert closed == sorted(closed, reverse=True)
    assert not {each.key for each in found} & set(numbers[-120:])


async def test_solved_records_are_read_page_by_page_oldest_first(desk: Desk) -> None:
    numbers = desk.world.seed_history(230)
    found: list[str] = []
    after, pages = "", 0
    while pages == 0 or after:
        page = await desk.connector.solved_page("", after)
        found += [past.key for past in page.tickets]
        after, pages = page.after, pages + 1
    assert sorted(found) == sorted(numbers)
    created = [desk.world.record(number)["sys_created_on"] for number in found]
    assert (created, pages) == (sorted(created), 3)


async def test_who_asked_comes_with_records_to_learn_from_and_not_with_those_that_are_shown(
    desk: Desk,
) -> None:
    desk.world.seed_history(20)
    page = await desk.connector.solved_page("", "")
    lessons = (*page.tickets, *await desk.connector.solved(20))
    assert len(lessons) == 40
    assert all(past.person for past in lessons)
    ref = await desk.connector.find(desk.world.create_incident(lessons[0].summary.raw))
    shown = await desk.connector.similar((await desk.connector.read(ref)).ticket, 5)
    assert {past.person for past in shown} == {""}


async def test_a_query_narrows_what_was_solved_and_never_widens_it(desk: Desk) -> None:
    number = desk.world.seed_history(20)[0]
    both = f"number={number}^ORnumber={desk.number}"
    page = await desk.connector.solved_page(f"^{both}^EQ", "")
    assert [past.key for past in page.tickets] == [number]
    for wrong in (
        f"active=false^NQnumber={desk.number}",
        f"ORnumber={desk.number}",
        "a=b^ORDERBYx",
        "a=b^^c",
    ):
        with pytest.raises(Refused):
            await desk.connector.solved_page(wrong, "")
    with pytest.raises(Refused, match="cannot go on"):
        await desk.connector.solved_page("", "problem:0")


async def test_what_changed_is_found_oldest_first_with_ids_that_an_overlap_repeats(desk: Desk) -> None:
    second = desk.world.create_incident("Another")
    found = await desk.connector.changed_since(LONG_AGO, 10)
    assert {event.ref.id.partition(":")[2] for event in found} == {
        desk.world.sys_id(desk.number),
        desk.world.sys_id(second),
    }
    assert found == await desk.connector.changed_since(LONG_AGO, 10)
    sys_id = desk.world.sys_id(desk.number)
    count = desk.world.record(desk.number)["sys_mod_count"]
    assert f"servicenow:poll:{sys_id}:{count}" in [event.id for event in found]
    assert [event.at for event in found] == sorted(event.at for event in found)


async def test_a_second_change_is_another_event_and_ours_is_known_as_ours(desk: Desk) -> None:
    (before,) = await desk.connector.changed_since(LONG_AGO, 10)
    desk.world.edit(desk.number, "countersign.bot", urgency="1")
    (after,) = await desk.connector.changed_since(LONG_AGO, 10)
    assert before.id != after.id
    assert (before.by_us, after.by_us) == (False, True)


async def test_nothing_older_than_the_moment_is_told(desk: Desk) -> None:
    assert await desk.connector.changed_since(datetime.now(UTC) + timedelta(hours=1), 10) == ()


async def test_a_first_page_that_acls_emptied_does_not_hide_the_rest(desk: Desk) -> None:
    hidden = {desk.world.sys_id(desk.number)}
    visible = [desk.world.create_incident(f"t {n}") for n in range(4)]
    for number in visible[:3]:
        hidden.add(desk.world.sys_id(number))
    desk.world.quirks.hidden_records = hidden
    found = await desk.connector.changed_since(LONG_AGO, 1)
    assert [event.ref.id for event in found] == [f"incident:{desk.world.sys_id(visible[3])}"]
