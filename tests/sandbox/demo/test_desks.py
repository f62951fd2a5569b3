"""Both ticket systems as the page uses them: the same verbs, and each system's own refusals in words."""

from collections.abc import Callable

import pytest

from sandbox.demo.desk import Desk, Field
from sandbox.demo.jira_desk import JiraDesk
from sandbox.demo.samples import SAMPLES, Sample
from sandbox.demo.servicenow_desk import ServiceNowDesk
from sandbox.jira import JiraSandbox, seed_history
from sandbox.servicenow import ServiceNowSandbox
from sandbox.servicenow.store import sys_id_of

BOTH = pytest.mark.parametrize("system", ["jira", "servicenow"])


def jira() -> Desk:
    world = JiraSandbox().world
    seed_history(world, 5)
    return JiraDesk(world)


def servicenow() -> Desk:
    vendor = ServiceNowSandbox()
    vendor.world.seed_history(5)
    return ServiceNowDesk(vendor.world, vendor.credentials.bot_user)


@pytest.fixture
def desk(system: str) -> Desk:
    make: dict[str, Callable[[], Desk]] = {"jira": jira, "servicenow": servicenow}
    return make[system]()


def field(desk: Desk, key: str, name: str) -> Field:
    return next(each for each in desk.opened(key)["fields"] if each["name"] == name)


@BOTH
def test_the_past_is_not_listed_but_can_be_opened(desk: Desk) -> None:
    assert desk.rows() == []
    past = {"jira": "OPS-1", "servicenow": "INC0000001"}[desk.system]
    assert desk.opened(desk.key_of(past))["row"]["done"]


@BOTH
@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_every_ready_made_ticket_can_be_opened_and_keeps_every_letter(desk: Desk, sample: Sample) -> None:
    words = sample.words[desk.system]
    key = desk.create(words.summary, words.description)
    opened = desk.opened(key)
    assert opened["row"]["summary"] == words.summary
    assert opened["description"] == words.description
    assert [row["key"] for row in desk.rows()] == [key]


@BOTH
def test_a_change_rings(desk: Desk) -> None:
    rung: list[str] = []
    desk.on_change(lambda: rung.append("ring"))
    key = desk.create("Printer jams", "Again.")
    after_create = len(rung)
    desk.comment(key, "alice", "Looking.", internal=True)
    assert after_create
    assert len(rung) > after_create


@BOTH
def test_notes_are_internal_and_messages_are_not(desk: Desk) -> None:
    key = desk.create("Printer jams", "Again.")
    desk.comment(key, "alice", "Toner is empty.", internal=True)
    desk.comment(key, "dan", "Any news?", internal=False)
    entries = desk.opened(key)["entries"]
    assert [(e["text"], e["internal"], e["bot"]) for e in entries] == [
        ("Toner is empty.", True, False),
        ("Any news?", False, False),
    ]
    assert desk.rows()[0]["notes"] == 1


@BOTH
def test_a_persons_edit_shows_in_the_field_and_in_the_history(desk: Desk) -> None:
    key = desk.create("Printer jams", "Again.")
    name, value, shown = {
        "jira": ("components", "Printing", "Printing"),
        "servicenow": ("category", "hardware", "Hardware"),
    }[desk.system]
    desk.edit(key, "alice", name, value)
    assert field(desk, key, name)["value"] == shown
    last = desk.opened(key)["history"][-1]
    assert last["who"].startswith("Alice")
    assert last["what"].endswith(f"→ {shown}")
    assert not last["bot"]


@BOTH
def test_every_menu_holds_its_present_value(desk: Desk) -> None:
    key = desk.create("Printer jams", "Again.")
    for each in desk.opened(key)["fields"]:
        if each["kind"] == "select":
            assert each["raw"] in {option["value"] for option in each["options"]}, each["name"]


@BOTH
def test_a_ticket_nobody_has_is_an_error(desk: Desk) -> None:
    with pytest.raises(LookupError):
        desk.key_of("OPS-999")
    with pytest.raises(LookupError):
        desk.opened("INC0099999")


@BOTH
def test_a_field_that_does_not_exist_is_an_error(desk: Desk) -> None:
    key = desk.create("Printer jams", "Again.")
    with pytest.raises((LookupError, ValueError), match="colour"):
        desk.edit(key, "alice", "colour", "red")


@BOTH
def test_the_vendors_own_id_leads_to_the_key(desk: Desk) -> None:
    key = desk.create("Printer jams", "Again.")
    own_id = {"jira": "10006", "servicenow": f"incident:{sys_id_of('incident', key)}"}[desk.system]
    assert desk.key_of(own_id) == key


def test_jira_moves_a_ticket_along_its_workflow_only() -> None:
    desk = jira()
    key = desk.create("Printer jams", "Again.")
    resolve = next(o["value"] for o in field(desk, key, "status")["options"] if o["label"] == "Resolved")
    desk.edit(key, "alice", "status", resolve)
    assert desk.opened(key)["row"]["status"] == "Resolved"
    assert desk.opened(key)["row"]["done"]
    with pytest.raises(ValueError, match="cannot go to"):
        desk.edit(key, "alice", "status", "Waiting for customer")


def test_jira_empties_what_a_person_empties() -> None:
    desk = jira()
    key = desk.create("Printer jams", "Again.")
    desk.edit(key, "alice", "labels", "one, two ,")
    assert field(desk, key, "labels")["value"] == "one, two"
    desk.edit(key, "alice", "labels", "")
    assert field(desk, key, "labels")["value"] == ""


def test_servicenow_says_which_fields_it_wants_before_it_resolves() -> None:
    desk = servicenow()
    key = desk.create("Printer jams", "Again.")
    with pytest.raises(ValueError, match="Resolution code"):
        desk.edit(key, "alice", "state", "6")
    assert not desk.opened(key)["row"]["done"]


def test_servicenow_offers_the_subcategories_of_the_category_alone() -> None:
    desk = servicenow()
    key = desk.create("Printer jams", "Again.")
    desk.edit(key, "alice", "category", "hardware")
    offered = {option["label"] for option in field(desk, key, "subcategory")["options"]}
    assert "Printer" in offered
    assert "VPN" not in offered
