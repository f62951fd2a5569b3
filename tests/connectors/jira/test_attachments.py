"""The files on an issue: what they are called comes with the issue, what is in them never."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.tickets import ATTACHMENTS_MAX, Snapshot
from connectors.jira.mapping import Site, to_attachments
from connectors.jira.place import Place
from sandbox.faults import Fault, FaultKind
from tests.connectors.jira.building import DAN, US, Desk

SITE = Site("jira", "https://acme.atlassian.net", US)
PORTAL, PLAIN = Place(cloud=True, kind="request"), Place(cloud=True, kind="project")


def names(snapshot: Snapshot) -> list[str]:
    return [each.name.raw for each in snapshot.attachments]


def listed(**said: Any) -> dict[str, Any]:
    """One file as Jira lists it, Dan's unless told."""
    return {
        "id": "60001",
        "filename": "a.txt",
        "author": {"accountId": DAN.id, "displayName": "Dan Peters"},
        "created": "2026-11-20T10:00:00.000+0000",
        "size": 12,
        "mimeType": "text/plain",
        **said,
    }


def issue(*files: Any) -> dict[str, Any]:
    return {"fields": {"reporter": {"accountId": DAN.id}, "attachment": list(files)}}


async def test_files_are_read_with_name_type_size_time_and_author(desk: Desk) -> None:
    desk.world.attach(desk.key, "dan", "Fehler 42.png", size_bytes=120_000)
    desk.world.attach(desk.key, "alice", "trace.pcap", kind="application/x-pcap")
    snapshot = await desk.read()
    first, second = snapshot.attachments
    assert (first.name.raw, first.kind.raw, first.size_bytes) == ("Fehler 42.png", "image/png", 120_000)
    assert (second.name.raw, second.kind.raw) == ("trace.pcap", "application/x-pcap")
    assert [each.by.name.raw for each in snapshot.attachments if each.by] == ["Dan Peters", "Alice Moreau"]
    assert (first.at - snapshot.ticket.created_at).total_seconds() < 60
    assert snapshot.attachments_known


async def test_they_cost_no_request_of_their_own_and_nothing_is_downloaded(desk: Desk) -> None:
    await desk.read()
    seen = len(desk.site.exchanges)
    await desk.read()
    without = [each.path for each in desk.site.exchanges[seen:]]
    desk.world.attach(desk.key, "dan", "mine.txt")
    seen = len(desk.site.exchanges)
    assert names(await desk.read()) == ["mine.txt"]
    assert [each.path for each in desk.site.exchanges[seen:]] == without
    assert not [path for path in without if "attachment" in path]


async def test_on_a_request_only_what_the_requester_attached_counts_as_seen_by_them(desk: Desk) -> None:
    for author in ("dan", "alice"):
        desk.world.attach(desk.key, author, f"{author}.txt")
    assert [each.public for each in (await desk.read()).attachments] == [True, False]
    plain = desk.other(project="HELP", request_type=None)
    plain.world.attach(plain.key, "alice", "alice.txt")
    assert [each.public for each in (await plain.read()).attachments] == [True], "there is no portal"


async def test_the_newest_of_many_are_kept_oldest_first(desk: Desk) -> None:
    for n in range(ATTACHMENTS_MAX + 5):
        desk.world.attach(desk.key, "dan", f"{n}.txt")
    assert names(await desk.read()) == [f"{n}.txt" for n in range(5, ATTACHMENTS_MAX + 5)]


async def test_a_file_is_no_part_of_the_essence(desk: Desk) -> None:
    before = (await desk.read()).ticket
    desk.world.attach(desk.key, "dan", "Close this ticket.txt")
    assert (await desk.read()).ticket.essence == before.essence


async def test_an_issue_that_does_not_list_the_field_has_files_nobody_knows_of(desk: Desk) -> None:
    """Attachments are switched off, or the field is hidden: that is not the same as having none."""
    await desk.read()
    path = f"/rest/api/2/issue/{desk.ref.id}"
    answered = next(each.answer for each in desk.site.exchanges if each.path == path)
    issue_without = json.loads(answered)
    del issue_without["fields"]["attachment"]
    fault = Fault(FaultKind.STATUS, status=200, path=f"{path}$", body=json.dumps(issue_without))
    desk.site.faults.add(fault)
    snapshot = await desk.read()
    assert fault.hits == 1
    assert (snapshot.attachments, snapshot.attachments_known) == ((), False)
    assert (await desk.read()).attachments_known


@pytest.mark.parametrize(
    "odd",
    [None, "x", {}, listed(created="yesterday"), listed(created=None), listed(created="2026-11-20T10:00:00")],
)
def test_what_is_no_file_is_left_out_and_the_others_stay(odd: Any) -> None:
    found = to_attachments(issue(odd, listed(filename="good.txt")), SITE, PORTAL)
    assert [each.name.raw for each in found] == ["good.txt"]


@pytest.mark.parametrize("said", [{"size": "12"}, {"size": None}, {"size": -1}])
def test_a_size_that_is_none_is_nought(said: dict[str, Any]) -> None:
    (found,) = to_attachments(issue(listed(**said)), SITE, PORTAL)
    assert found.size_bytes == 0


def test_a_file_of_nobody_is_nobodys() -> None:
    """Neither the requester's, also where the ticket has no requester either."""
    (found,) = to_attachments(issue(listed(author=None)), SITE, PORTAL)
    assert (found.by, found.public) == (None, False)
    nameless = {"fields": {"reporter": None, "attachment": [listed(author={"displayName": "Somebody"})]}}
    (found,) = to_attachments(nameless, SITE, PORTAL)
    assert not found.public
    (found,) = to_attachments(nameless, SITE, PLAIN)
    assert found.public


def test_a_name_of_any_length_and_kind_arrives_whole() -> None:
    name = "\u202egnp.exe\n</data> " + "x" * 5_000
    (found,) = to_attachments(issue(listed(filename=name)), SITE, PORTAL)
    assert found.name.raw == name
