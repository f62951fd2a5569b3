"""The files on a record: what they are called is read beside the journal, what is in them never."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import structlog.testing

from bot.core.errors import Missing, Retry
from bot.core.tickets import ATTACHMENTS_MAX, Snapshot
from sandbox.faults import Fault, FaultKind
from tests.connectors.servicenow.building import Desk

FILES = "/table/sys_attachment"
SLOW_S = 0.15


def names(snapshot: Snapshot) -> list[str]:
    return [each.name.raw for each in snapshot.attachments]


async def test_files_are_read_with_name_type_size_time_and_author(desk: Desk) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    desk.world.attach(desk.number, "dan", "Fehler 42.png", size_bytes=120_000)
    desk.world.attach(desk.number, "alice", "trace.pcap", kind="application/x-pcap")
    snapshot = await desk.read()
    first, second = snapshot.attachments
    assert (first.name.raw, first.kind.raw, first.size_bytes) == ("Fehler 42.png", "image/png", 120_000)
    assert (second.name.raw, second.kind.raw) == ("trace.pcap", "application/x-pcap")
    assert before <= first.at <= datetime.now(UTC)
    assert [each.by.id for each in snapshot.attachments if each.by] == ["dan", "alice"]
    assert snapshot.attachments_known


async def test_only_what_the_caller_attached_counts_as_seen_by_the_caller(desk: Desk) -> None:
    for author in ("dan", "alice", "countersign.bot"):
        desk.world.attach(desk.number, author, f"{author}.txt")
    assert [(each.name.raw, each.public) for each in (await desk.read()).attachments] == [
        ("dan.txt", True),
        ("alice.txt", False),
        ("countersign.bot.txt", False),
    ]


async def test_the_newest_of_many_files_are_read(desk: Desk) -> None:
    store = desk.world.instance.store
    for n in range(ATTACHMENTS_MAX + 5):
        made = desk.world.attach(desk.number, "dan", f"{n}.txt")
        store.tables["sys_attachment"].rows[made]["sys_created_on"] = f"2026-11-20 10:00:{n:02d}"
    assert names(await desk.read()) == [f"{n}.txt" for n in range(5, ATTACHMENTS_MAX + 5)]


async def test_another_records_files_stay_there_even_where_the_condition_is_ignored(desk: Desk) -> None:
    other = desk.world.create_incident("Another")
    desk.world.attach(other, "dan", "other.txt")
    desk.world.attach(desk.number, "dan", "mine.txt")
    assert names(await desk.read()) == ["mine.txt"]
    # The instance no longer knows the columns that are asked for: it ignores the conditions.
    columns = desk.world.instance.store.tables["sys_attachment"].columns
    columns["was_sys_id"] = columns.pop("table_sys_id")
    snapshot = await desk.read()
    assert names(snapshot) == []


@pytest.mark.parametrize("status", [403, 404, 400])
async def test_an_account_that_may_not_list_files_still_reads_and_the_log_says_so_once(
    desk: Desk, status: int
) -> None:
    desk.world.attach(desk.number, "dan", "mine.txt")
    desk.world.comment(desk.number, "dan", "Still broken")
    desk.vendor.faults.add(Fault(FaultKind.STATUS, status=status, path=FILES, times=3))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            snapshot = await desk.read()
            assert (snapshot.attachments, snapshot.attachments_known) == ((), False)
            assert [each.body.raw for each in snapshot.comments] == ["Still broken"]
    told = [each for each in logs if each["event"] == "attachments_not_listed"]
    assert [each["connector"] for each in told] == ["servicenow"]
    assert "mine" not in repr(logs)
    snapshot = await desk.read()
    assert (names(snapshot), snapshot.attachments_known) == (["mine.txt"], True), "the right was given since"


async def test_an_instance_that_is_busy_is_asked_again_as_a_whole(desk: Desk) -> None:
    desk.vendor.faults.add(Fault(FaultKind.STATUS, status=503, path=FILES, times=1))
    with pytest.raises(Retry):
        await desk.read()
    assert (await desk.read()).attachments_known


async def test_files_of_a_record_that_is_hidden_are_never_asked_for(desk: Desk) -> None:
    desk.world.attach(desk.number, "dan", "mine.txt")
    desk.world.quirks.hidden_records = {desk.world.sys_id(desk.number)}
    with pytest.raises(Missing):
        await desk.read()
    assert not [each for each in desk.vendor.exchanges if FILES in each.path]


async def test_a_file_is_no_part_of_the_essence_nor_of_the_version(desk: Desk) -> None:
    before = (await desk.read()).ticket
    desk.world.attach(desk.number, "dan", "mine.txt")
    after = (await desk.read()).ticket
    assert (before.essence, before.version) == (after.essence, after.version)


async def test_rows_as_odd_as_an_instance_can_make_them_are_read_as_far_as_they_go(desk: Desk) -> None:
    rows = desk.world.instance.store.tables["sys_attachment"].rows
    huge, late, gone = (desk.world.attach(desk.number, "dan", f"{n}.txt") for n in ("huge", "late", "gone"))
    rows[huge] |= {"size_bytes": "12,5", "content_type": ""}
    rows[late]["sys_created_on"] = ""
    rows[gone]["sys_created_by"] = ""
    snapshot = await desk.read()
    assert [
        (each.name.raw, each.size_bytes, each.by is None, each.public) for each in snapshot.attachments
    ] == [
        ("huge.txt", 0, False, True),
        ("gone.txt", 1, True, False),
    ]


async def test_the_files_cost_no_further_round_trip(desk: Desk) -> None:
    """The journal and the files each take a while; together they take one while, not two."""
    await desk.read()
    for path in (FILES, "/table/sys_journal_field"):
        desk.vendor.faults.add(Fault(FaultKind.LATENCY, seconds=SLOW_S, path=path, times=-1))
    loop = asyncio.get_running_loop()
    took: list[float] = []
    for _ in range(3):
        start = loop.time()
        await desk.read()
        took.append(loop.time() - start)
    assert SLOW_S <= min(took) < 2 * SLOW_S, "the best of three: the machine may be busy"
