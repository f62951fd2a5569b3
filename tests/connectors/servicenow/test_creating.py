"""A ServiceNow record that is still to be made: found by its token alone, and never guessed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.core.actions import Action, Args
from bot.core.creation import Kind, new_ref
from bot.core.errors import Forbidden, Missing, Refused
from bot.core.ids import Operation
from bot.core.permit import Permit
from bot.core.tickets import Choices, TicketRef, Value
from bot.ports import Connector
from connectors.servicenow.actions.create import ACTION
from connectors.servicenow.creating import form
from sandbox.servicenow import ServiceNowSandbox
from tests.connectors.servicenow.building import connect, pick

ONE, TWO = Operation("CS-0123456789AB"), Operation("CS-BA9876543210")
ARGS: Args = {"type": {"id": "incident", "label": "incident"}, "summary": "Printer is out"}


@pytest.fixture
async def vendor() -> AsyncIterator[ServiceNowSandbox]:
    instance = ServiceNowSandbox()
    await instance.start()
    yield instance
    await instance.stop()


def ref(name: str = "V1") -> TicketRef:
    return new_ref("servicenow", "incident", datetime.now(UTC), name)


async def makes(connector: Connector, target: TicketRef, operation: Operation, args: Args = ARGS) -> None:
    wanted = Action(ACTION.name, target, args, ACTION.risk)
    request = ACTION.plan(wanted, operation, await connector.read(target))
    await connector.send(request, Permit(wanted.digest(), operation))


async def test_each_form_finds_its_own_record(vendor: ServiceNowSandbox) -> None:
    one, other = connect(vendor.url), connect(vendor.url)
    mine, theirs = ref("V1"), ref("V2")
    await makes(one, mine, ONE)
    await makes(one, theirs, TWO)
    assert (await other.read(mine)).operations == {ONE}
    assert (await other.read(theirs)).operations == {TWO}
    assert (await other.read(ref("V3"))).operations == frozenset()
    await one.close()
    await other.close()


async def test_without_the_right_to_the_journal_the_mark_is_found_all_the_same(
    vendor: ServiceNowSandbox,
) -> None:
    connector, target = connect(vendor.url), ref()
    await makes(connector, target, ONE)
    vendor.world.quirks.forbidden_tables.add("sys_journal_field")
    assert ONE in (await connector.read(target)).operations
    await connector.close()


async def test_a_table_that_is_not_ours_takes_no_record(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url)
    foreign = new_ref("servicenow", "sys_user", datetime.now(UTC), "V1")
    with pytest.raises(Missing):
        await connector.read(foreign)
    await connector.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": {"comments": [pick("hello requester")]}},
        {"fields": {"assignment_group": [pick("not a sys_id")]}},
        {"fields": {"category": [pick("a"), pick("b")]}},
        {"requester": pick("carol")},
        {"typed": {"sys_created_by": {"kind": "line", "text": "eve"}}},
        {"typed": {"comments": {"kind": "prose", "text": "hello requester"}}},
        {"typed": {"state": {"kind": "line", "text": "7"}}},
    ],
)
def test_nothing_is_set_that_the_form_does_not_offer(wrong: Args) -> None:
    target = ref()
    wanted = Action(ACTION.name, target, {**ARGS, **wrong}, ACTION.risk)
    with pytest.raises(Refused):
        ACTION.plan(wanted, ONE, None)  # type: ignore[arg-type]  # what is there before does not matter


def column(name: str, kind: str = "string", **more: str) -> dict[str, str]:
    return {"element": name, "column_label": name.upper(), "mandatory": "true", "internal_type": kind, **more}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (column("u_code", max_length="40"), Kind.LINE),
        (column("u_story", max_length="4000"), Kind.PROSE),
        (column("u_seats", "integer"), Kind.WHOLE),
        (column("u_cost", "decimal"), Kind.NUMBER),
        (column("u_day", "glide_date"), Kind.DATE),
        (column("due_date", "glide_date_time"), Kind.MOMENT),
        (column("u_page", "url"), Kind.URL),
        (column("location", "reference", reference="cmn_location"), Kind.MENU),
        (column("u_agreed", "boolean"), Kind.MENU),
    ],
)
def test_what_the_dictionary_requires_is_asked_for_by_its_type(row: dict[str, str], kind: Kind) -> None:
    made = form("incident", [], [row], "https://sn.example")
    assert [(each.choices.field, each.required, each.kind) for each in made.fields] == [
        (row["element"], True, kind)
    ]
    assert (made.unfillable, made.url) == ((), "")


@pytest.mark.parametrize(
    "row",
    [
        column("u_list", "glide_list"),
        column("u_other", "reference", reference="u_secret_table"),
        column("u_hidden", "string", choice="1"),
        column("work_notes", "journal_input"),
    ],
)
def test_what_slack_has_no_input_for_is_named_with_the_way_to_servicenows_own_form(
    row: dict[str, str],
) -> None:
    choices = [Choices("category", "Category", (Value("net", "Network"),))]
    made = form("incident", choices, [column("category"), column("caller_id"), row], "https://sn.example")
    assert [(each.choices.field, each.required) for each in made.fields] == [("category", True)]
    assert made.unfillable == (row["column_label"],)
    assert made.url == "https://sn.example/incident.do?sys_id=-1"


async def test_a_token_that_cannot_be_read_is_no_proof_that_nothing_is_there(
    vendor: ServiceNowSandbox,
) -> None:
    connector, target = connect(vendor.url), ref()
    await makes(connector, target, ONE)
    vendor.world.quirks.hidden_fields.add("task.correlation_id")
    with pytest.raises(Forbidden):
        await connector.read(target)
    await connector.close()
