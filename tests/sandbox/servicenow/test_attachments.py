"""Files on the fake instance's records: rows of sys_attachment as the vendor's own sample shows one."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from sandbox.servicenow import ServiceNowSandbox
from tests.sandbox.servicenow.conftest import SAMPLES

FILES = "/api/now/table/sys_attachment"


async def listed(http: aiohttp.ClientSession, **query: str) -> list[dict[str, Any]]:
    async with http.get(FILES, params=query) as answer:
        assert answer.status == 200
        return list((await answer.json())["result"])


async def test_files_are_rows_that_name_the_record_they_are_on(
    vendor: ServiceNowSandbox, http: aiohttp.ClientSession
) -> None:
    number, other = (vendor.world.create_incident(each) for each in ("VPN drops", "Another"))
    vendor.world.attach(number, "dan", "Fehler 42.png", size_bytes=120_000)
    vendor.world.attach(other, "alice", "core")
    (row,) = await listed(
        http, sysparm_query=f"table_name=incident^table_sys_id={vendor.world.sys_id(number)}"
    )
    assert (row["file_name"], row["content_type"], row["size_bytes"]) == (
        "Fehler 42.png",
        "image/png",
        "120000",
    )
    assert (row["table_name"], row["sys_created_by"]) == ("incident", "dan")
    assert vendor.world.attachments(other) == ["core"]


async def test_a_row_has_the_columns_of_the_vendors_sample(
    vendor: ServiceNowSandbox, http: aiohttp.ClientSession
) -> None:
    path = SAMPLES / "c_AttachmentAPI.001.json"
    if not path.exists():
        pytest.skip(f"ServiceNow's samples are not at {SAMPLES}")
    sample = json.loads(path.read_text(encoding="utf-8"))["sample"]["result"][0]
    vendor.world.attach(vendor.world.create_incident("VPN drops"), "dan", "a.txt")
    (row,) = await listed(http)
    # The Attachment API adds where the content can be fetched; the table does not have that.
    assert set(sample) - {"download_link"} <= set(row)
    assert all(isinstance(value, str) for value in row.values())


async def test_a_file_leaves_the_record_as_it_is(vendor: ServiceNowSandbox) -> None:
    number = vendor.world.create_incident("VPN drops")
    before, sent = vendor.world.record(number), len(vendor.world.outbox.rows)
    vendor.world.attach(number, "dan", "a.txt")
    assert (vendor.world.record(number), len(vendor.world.outbox.rows)) == (before, sent)


async def test_a_file_is_hidden_with_its_record(
    vendor: ServiceNowSandbox, http: aiohttp.ClientSession
) -> None:
    number = vendor.world.create_incident("VPN drops")
    made = vendor.world.attach(number, "dan", "a.txt")
    vendor.world.quirks.hidden_records = {vendor.world.sys_id(number)}
    assert await listed(http) == []
    async with http.get(f"{FILES}/{made}") as answer:
        assert answer.status == 404


async def test_the_table_api_does_not_change_a_file(
    vendor: ServiceNowSandbox, http: aiohttp.ClientSession
) -> None:
    number = vendor.world.create_incident("VPN drops")
    made = vendor.world.attach(number, "dan", "a.txt")
    async with http.patch(f"{FILES}/{made}", json={"file_name": "b.txt"}) as answer:
        assert answer.status == 200
    assert vendor.world.attachments(number) == ["a.txt"]


async def test_the_control_verb_attaches_and_the_state_names_it(
    vendor: ServiceNowSandbox, http: aiohttp.ClientSession
) -> None:
    number = vendor.world.create_incident("VPN drops")
    async with http.post("/_control/attach", json={"number": number, "file_name": "a.txt"}) as answer:
        assert answer.status == 200
        assert len((await answer.json())["sys_id"]) == 32
    tickets: Any = vendor.world.state()["tickets"]
    assert tickets[number]["attachments"] == ["a.txt"]


@pytest.mark.parametrize("name", ["", "x" * 256])
async def test_a_name_the_column_does_not_hold_is_refused(vendor: ServiceNowSandbox, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 255"):
        vendor.world.attach(vendor.world.create_incident("VPN drops"), "dan", name)
