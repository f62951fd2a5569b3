"""The fake Table API over plain HTTP: reading, queries, paging, display values, and the vendor's samples."""

import json
from typing import Any

import aiohttp
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import RateLimit, ServiceNowSandbox
from tests.sandbox.servicenow.conftest import BASIC, SAMPLES

INCIDENTS = "/api/now/table/incident"


async def get(http: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, Any]:
    async with http.get(path, params=query) as answer:
        return answer.status, await answer.json()


async def found(http: aiohttp.ClientSession, query: str, **more: str) -> list[str]:
    asked = {"sysparm_query": query, "sysparm_fields": "number", **more}
    status, body = await get(http, INCIDENTS, **asked)
    assert status == 200
    return [row["number"] for row in body["result"]]


@pytest.fixture
def three(vendor: ServiceNowSandbox) -> list[str]:
    """A network outage, a printer and a mail problem, in that order."""
    make = vendor.world.create_incident
    return [
        make("No Wi-Fi on floor 3", category="network", impact="1", urgency="1"),
        make("Printer jams", category="hardware", assignment_group="Hardware"),
        make("Outlook asks for a password", "again^and again", category="software", caller="alice"),
    ]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("category=network", [0]),
        ("category=NETWORK", [0]),
        ("category!=network", [1, 2]),
        ("category=network^ORcategory=software", [0, 2]),
        ("categoryINnetwork,hardware^impact=1", [0]),
        ("impact=1^NQcategory=software", [0, 2]),
        ("short_descriptionLIKEprint", [1]),
        ("short_descriptionSTARTSWITHout", [2]),
        ("priority<=2", [0]),
        ("priority>=3", [1, 2]),
        ("assignment_groupISEMPTY", [0, 2]),
        ("assignment_groupISNOTEMPTY", [1]),
        ("assignment_group.name=Hardware", [1]),
        ("caller_id.user_name=alice", [2]),
        ("123TEXTQUERY321=outlook password", [2]),
        ("description=again^^and again", [2]),
        ("ORDERBYDESCpriority^ORDERBYnumber", [1, 2, 0]),
        ("category=network^no_such_field=7", [0]),
        ("no_such_field=7", [0, 1, 2]),
        ("categoryFROBnetwork", [0, 1, 2]),
        ("opened_by=javascript:gs.getUserID()", []),
        ("sys_created_on>=2020-01-01 00:00:00^impact=1", [0]),
        ("sys_created_on<2020-01-01 00:00:00", []),
    ],
)
async def test_encoded_queries_select_and_what_is_invalid_is_ignored(
    http: aiohttp.ClientSession, three: list[str], query: str, places: list[int]
) -> None:
    assert await found(http, query) == [three[place] for place in places]


async def test_the_property_turns_an_invalid_query_into_no_rows(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, three: list[str]
) -> None:
    vendor.world.quirks.invalid_query_returns_no_rows = True

    assert await found(http, "category=network^no_such_field=7") == []
    assert await found(http, "category=network") == [three[0]]


async def test_name_value_parameters_select_too(http: aiohttp.ClientSession, three: list[str]) -> None:
    assert await found(http, "", number=three[1]) == [three[1]]
    assert await found(http, "category=network", number=three[1]) == []


async def test_pages_carry_the_total_and_links_that_lead_on(
    http: aiohttp.ClientSession, three: list[str]
) -> None:
    asked = {"sysparm_limit": "2", "sysparm_query": "ORDERBYnumber"}
    async with http.get(INCIDENTS, params=asked) as answer:
        first = [row["number"] for row in (await answer.json())["result"]]
        assert answer.headers["X-Total-Count"] == "3"
        following = next(part for part in answer.headers["Link"].split(",") if 'rel="next"' in part)
        assert 'rel="prev"' not in answer.headers["Link"]
    async with http.get(
        following.split(">")[0].removeprefix("<").partition("/api")[2].join(["/api", ""])
    ) as answer:
        rest = [row["number"] for row in (await answer.json())["result"]]
        assert 'rel="next"' not in answer.headers["Link"]
    async with http.get(INCIDENTS, params={"sysparm_suppress_pagination_header": "true"}) as answer:
        assert "Link" not in answer.headers

    assert first + rest == three


async def test_the_limit_counts_before_the_acl_so_a_page_can_be_empty(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, three: list[str]
) -> None:
    vendor.world.quirks.hidden_records.add(vendor.world.sys_id(three[0]))

    assert await found(http, "ORDERBYnumber", sysparm_limit="1") == []
    assert await found(http, "ORDERBYnumber", sysparm_limit="1", sysparm_offset="1") == [three[1]]
    status, body = await get(http, f"{INCIDENTS}/{vendor.world.sys_id(three[0])}")
    assert (status, body["error"]["message"]) == (404, "No Record found")


async def test_an_empty_list_is_404_in_v1_and_an_empty_result_otherwise(http: aiohttp.ClientSession) -> None:
    assert (await get(http, "/api/now/v2/table/incident"))[1] == {"result": []}
    assert (await get(http, INCIDENTS))[0] == 200
    assert (await get(http, "/api/now/v1/table/incident"))[0] == 404


async def test_display_values_come_raw_shown_or_both(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, three: list[str]
) -> None:
    path = f"{INCIDENTS}/{vendor.world.sys_id(three[1])}"
    group = vendor.world.group_id("Hardware")
    link = f"{vendor.url}/api/now/table/sys_user_group/{group}"
    fields = "priority,assignment_group,caller_id.name,nonsense"

    raw = (await get(http, path, sysparm_fields=fields))[1]["result"]
    shown = (await get(http, path, sysparm_fields=fields, sysparm_display_value="true"))[1]["result"]
    both = (await get(http, path, sysparm_fields=fields, sysparm_display_value="all"))[1]["result"]
    bare = (await get(http, path, sysparm_fields=fields, sysparm_exclude_reference_link="true"))[1]["result"]

    assert raw == {
        "priority": "5",
        "assignment_group": {"link": link, "value": group},
        "caller_id.name": "Dan Peters",
    }
    assert shown["priority"] == "5 - Planning"
    assert shown["assignment_group"] == {"display_value": "Hardware", "link": link}
    assert both["assignment_group"] == {"display_value": "Hardware", "value": group, "link": link}
    assert bare["assignment_group"] == group


async def test_display_dates_are_in_the_callers_time_zone_and_values_in_utc(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, three: list[str]
) -> None:
    vendor.world.quirks.display_offset_h = 2
    path = f"{INCIDENTS}/{vendor.world.sys_id(three[0])}"

    opened = (await get(http, path, sysparm_display_value="all"))[1]["result"]["opened_at"]

    assert opened["value"] == vendor.world.record(three[0])["opened_at"]
    assert opened["display_value"] != opened["value"]


async def test_choices_depend_on_the_category_and_task_fields_are_listed_under_task(
    http: aiohttp.ClientSession,
) -> None:
    async def values(query: str, table: str = "sys_choice", field: str = "value") -> set[str]:
        _, body = await get(http, f"/api/now/table/{table}", sysparm_query=query)
        return {row[field] for row in body["result"]}

    network = await values("name=incident^element=subcategory^dependent_value=network")
    assert "vpn" in network
    assert "printer" not in network
    assert await values("name=task^element=impact") == {"1", "2", "3"}
    assert await values("name=incident^element=impact") == set()
    assert "assignment_group" in await values("name=task", "sys_dictionary", "element")
    assert "assignment_group" not in await values("name=incident", "sys_dictionary", "element")
    assert "category" in await values("name=incident", "sys_dictionary", "element")


async def test_people_who_left_are_inactive_and_still_members(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox
) -> None:
    query = "group.name=Network^user.active=false"
    _, body = await get(http, "/api/now/table/sys_user_grmember", sysparm_query=query)

    assert [row["user"]["value"] for row in body["result"]] == [vendor.world.user_id("erin")]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-sn-apikey": "wrong"}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "Basic !"}, 401),
        ({"Authorization": aiohttp.encode_basic_auth("countersign.bot", "wrong")}, 401),
        ({"x-sn-apikey": "sandbox-key"}, 200),
        (BASIC, 200),
    ],
)
async def test_credentials_are_checked(
    vendor: ServiceNowSandbox, headers: dict[str, str], status: int
) -> None:
    async with (
        aiohttp.ClientSession(vendor.url, headers=headers) as stranger,
        stranger.get(INCIDENTS) as answer,
    ):
        body = await answer.json()

    assert answer.status == status
    if status == 401:
        assert body == {
            "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
            "status": "failure",
        }


async def test_oauth_gives_tokens_that_work_until_they_end(vendor: ServiceNowSandbox) -> None:
    client = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
    person = {"username": "countersign.bot", "password": "sandbox-password"}

    async with aiohttp.ClientSession(vendor.url) as http:

        async def token(**form: str) -> tuple[int, Any]:
            async with http.post("/oauth_token.do", data=form) as answer:
                return answer.status, await answer.json()

        async def reads(access: str) -> int:
            async with http.get(INCIDENTS, headers={"Authorization": f"Bearer {access}"}) as answer:
                return answer.status

        status, machine = await token(grant_type="client_credentials", **client)
        assert status == 200
        assert await reads(machine["access_token"]) == 200
        _, human = await token(grant_type="password", **client, **person)
        vendor.world.revoke_tokens()
        assert await reads(human["access_token"]) == 401
        _, again = await token(grant_type="refresh_token", refresh_token=human["refresh_token"], **client)
        assert await reads(again["access_token"]) == 200
        assert (await token(grant_type="password", **client, username="x", password="y"))[0] == 401
        assert (await token(grant_type="client_credentials", client_id="x", client_secret="y"))[0] == 401
        vendor.world.quirks.client_credentials = False
        assert (await token(grant_type="client_credentials", **client))[0] == 401


async def test_over_the_rate_limit_the_answer_names_the_rule_and_the_wait(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox
) -> None:
    vendor.world.quirks.rate_limit = RateLimit(limit=1)

    assert (await get(http, INCIDENTS))[0] == 200
    async with http.get(INCIDENTS) as answer:
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 3600
        assert answer.headers["X-RateLimit-Limit"] == "1"
        assert answer.headers["X-RateLimit-Rule"] == "Integration users"


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
async def test_an_armed_error_has_the_instances_words(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, status: int
) -> None:
    vendor.faults.add(Fault(FaultKind.STATUS, status=status))

    got, body = await get(http, INCIDENTS)

    assert got == status
    assert set(body["error"]) == {"message", "detail"}
    assert (await get(http, INCIDENTS))[0] == 200


async def test_an_unknown_table_and_a_broken_body_are_400(http: aiohttp.ClientSession) -> None:
    assert (await get(http, "/api/now/table/no_such_table"))[0] == 400
    async with http.post(INCIDENTS, data=b"{not json") as answer:
        assert answer.status == 400
    async with http.post(INCIDENTS, data=b"[]") as answer:
        assert answer.status == 400


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="needs ../shared/data/servicenow/docs-samples")
async def test_a_created_incident_has_the_shape_of_the_vendors_own_sample(
    http: aiohttp.ClientSession,
) -> None:
    sample = json.loads((SAMPLES / "c_TableAPI.004.json").read_text())["sample"]["result"]
    said = {"short_description": "Unable to connect to office wifi", "urgency": "2", "impact": "2"}
    async with http.post(INCIDENTS, json=said) as answer:
        made = (await answer.json())["result"]

    assert answer.status == 201
    assert set(sample) - set(made) == set()
    assert set(made) - set(sample) == {"hold_reason"}
    both_set = {name for name in sample if sample[name] and made[name]}
    assert {name: type(sample[name]) for name in both_set} == {name: type(made[name]) for name in both_set}
    same = (
        "priority",
        "state",
        "incident_state",
        "category",
        "sys_mod_count",
        "active",
        "escalation",
        "approval",
    )
    assert {name: made[name] for name in same} == {name: sample[name] for name in same}
    assert set(made["opened_by"]) == set(sample["opened_by"])


async def test_history_is_the_same_every_time_and_spread_over_groups(vendor: ServiceNowSandbox) -> None:
    other = ServiceNowSandbox()
    numbers = vendor.world.seed_history(150)
    other.world.seed_history(150)

    records = [vendor.world.record(number) for number in numbers]
    assert [other.world.record(number)["description"] for number in numbers] == [
        r["description"] for r in records
    ]
    assert len({record["description"] for record in records}) > 120
    assert len({record["assignment_group"] for record in records}) >= 7
    assert {record["state"] for record in records} == {"7"}
    assert vendor.world.outbox.rows == []
    assert vendor.world.state()["tickets"] == {}
