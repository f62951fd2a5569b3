"""The form that makes a ticket: within Slack's limits, and sent back it is held against what is live."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from approvals.creating_form import (
    Draft,
    Meta,
    Sheet,
    also,
    drawn,
    narrowed,
    offered,
    parse_form,
)
from approvals.limits import faults_of_view
from bot.core.creation import CreationForm, FormField, Kind, new_ref, unborn
from bot.core.errors import Malformed
from bot.core.tickets import Choices, TicketRef, Value
from bot.slack.creating_wish import Unfit, faults, wished
from tests.making import T0

CATEGORY: Final = Choices("category", "Category", (Value("net", "Network"), Value("hw", "Hardware")))
SUB: Final = Choices(
    "subcategory",
    "Subcategory",
    (Value("vpn", "VPN"), Value("disk", "Disk")),
    depends_on="category",
    parents={"vpn": "net", "disk": "hw"},
)
FORM: Final = CreationForm(
    queue="incident",
    type=Value("incident", "incident"),
    types=(Value("incident", "incident"),),
    fields=(FormField(CATEGORY, required=True), FormField(SUB)),
)
META: Final = Meta(1_790_000_000, "servicenow", "incident", "incident")
DRAFT: Final = Draft(meta=META, summary="Printer", description="It is out.", picks={"category": ("net",)})
QUEUES: Final = [("servicenow", Value("incident", "incident")), ("jira", Value("OPS", "OPS"))]


def sent(view: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return what a client submits of ``view``, presets and all."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        element = block.get("element")
        if element:
            held = {"type": element["type"], "value": element.get("initial_value")}
            held["selected_option"] = element.get("initial_option")
            held["selected_options"] = element.get("initial_options")
            held["selected_date"] = element.get("initial_date")
            held["selected_date_time"] = element.get("initial_date_time")
            values[block["block_id"]] = {element["action_id"]: held}
    body = {"id": "V1", "private_metadata": view["private_metadata"], "state": {"values": values}}
    return {"view": {**body, **changes}, "user": {"id": "U0CAROL", "team_id": "T0MAIN"}}


def test_what_is_drawn_reads_back_as_it_was() -> None:
    form = parse_form(sent(drawn(Sheet(QUEUES, FORM), DRAFT, "en")))
    assert form.draft == DRAFT
    assert (form.view, form.by.id) == ("V1", "U0CAROL")


def test_the_largest_form_is_within_slacks_limits_and_long_lists_are_searched() -> None:
    many = tuple(Value("v" * 100 + str(n), f"Value {n} " + "x" * 200) for n in range(400))
    fields = tuple(
        FormField(Choices(f"f{n}", "F" * 200, many[: 400 if n % 2 else 95], several=n % 3 == 0))
        for n in range(60)
    )
    form = replace(FORM, fields=fields, types=many[:100])
    queues = [("jira", Value(f"Q{n}", f"Queue {n}")) for n in range(100)]
    draft = replace(DRAFT, summary="s" * 9_000, description="d" * 90_000)
    view = drawn(Sheet(queues, form, ("n" * 9_000,) * 9), draft, "fr")
    assert faults_of_view(view) == []
    assert {b["element"]["type"] for b in view["blocks"] if "element" in b} >= {
        "external_select",
        "multi_external_select",
        "static_select",
        "multi_static_select",
    }


def test_the_most_that_can_be_typed_and_refused_is_within_slacks_limits() -> None:
    kinds = [each for each in Kind if each is not Kind.MENU]
    long = {Kind.PROSE: 3_000, Kind.WORDS: 3_000}
    typing = tuple(
        FormField(Choices(f"f{n}", "É" * 200, ()), required=True, kind=kind, chars_max=long.get(kind, 255))
        for n, kind in enumerate([*kinds, *kinds, *kinds[:4]])
    )
    many = tuple(Value("v" * 100 + str(n), f"Valeur {n} " + "é" * 200) for n in range(100))
    menus = tuple(FormField(Choices(f"m{n}", "M", many)) for n in range(6))
    form = replace(FORM, fields=typing + menus, unfillable=("U",), url="https://jira.example/" + "x" * 200)
    draft = replace(
        DRAFT,
        meta=replace(META, again="p|" + "0" * 40, also=also((), ["é" * 90 for _ in range(40)])),
        description="é" * 3_000,
        typed={each.choices.field: "é" * each.chars_max for each in typing},
    )
    hints = {each.choices.field: "é" * 3_000 for each in form.fields}
    view = drawn(Sheet(QUEUES, form, ("é" * 500,) * 9, hints), draft, "fr")
    assert faults_of_view(view) == []


def test_what_is_typed_reads_back_as_it_was() -> None:
    fields = tuple(
        FormField(Choices(kind.value, kind.value, ()), kind=kind) for kind in Kind if kind is not Kind.MENU
    )
    typed = {
        "line": "a",
        "prose": "a\nb",
        "words": "a b",
        "number": "1.5",
        "whole": "2",
        "date": "2026-11-30",
        "moment": "1796029200",
        "url": "https://a.example",
    }
    draft = replace(DRAFT, picks={}, typed=typed)
    view = drawn(Sheet(QUEUES, replace(FORM, fields=fields)), draft, "en")
    assert parse_form(sent(view)).draft == draft


def test_a_form_of_the_version_before_is_still_taken() -> None:
    old = json.dumps([1_790_000_000, "servicenow", "incident", "incident", ""])
    assert parse_form(sent(drawn(Sheet(QUEUES, FORM), DRAFT, "en"), private_metadata=old)).draft == DRAFT


def test_a_field_that_hangs_on_another_offers_what_belongs_to_it() -> None:
    assert [each.id for each in narrowed(SUB, {"category": ("hw",)})] == ["disk"]
    assert narrowed(SUB, {}) == ()


def test_a_narrowed_menu_has_another_name_so_that_a_client_does_not_keep_the_old_choice() -> None:
    def block(category: str) -> str:
        view = drawn(Sheet(QUEUES, FORM), replace(DRAFT, picks={"category": (category,)}), "en")
        return next(str(b["block_id"]) for b in view["blocks"] if "subcategory" in b["block_id"])

    assert block("net") != block("hw")


def test_a_search_finds_by_any_part_of_the_label() -> None:
    assert [each["value"] for each in offered(CATEGORY.values, "WARE")] == ["=hw"]


@pytest.mark.parametrize("metadata", ["", "{}", "[1]", '["x","a","b","c","d"]', json.dumps([1] * 9)])
def test_a_form_whose_inside_was_cut_is_refused(metadata: str) -> None:
    with pytest.raises(Malformed):
        parse_form(sent(drawn(Sheet(QUEUES, FORM), DRAFT, "en"), private_metadata=metadata))


def test_what_was_typed_is_checked_at_once() -> None:
    assert set(faults(replace(DRAFT, summary=" "), FORM)) == {"summary"}
    assert set(faults(replace(DRAFT, summary="\u200b\u2060"), FORM)) == {"summary"}, "nobody can read it"
    assert set(faults(replace(DRAFT, description="d" * 3_001), FORM)) == {"description"}
    short = replace(FORM, summary_chars_max=160)
    assert set(faults(replace(DRAFT, summary="s" * 161), short)) == {"summary"}, "never cut unseen"
    assert faults(DRAFT, FORM) == {}


def test_labels_are_the_systems_and_never_the_clients() -> None:
    wish = wished(DRAFT, FORM, Value("u1", "Carol Diaz"))
    assert wish.args["fields"] == {"category": [{"id": "net", "label": "Network"}]}
    assert wish.args["requester"] == {"id": "u1", "label": "Carol Diaz"}


@pytest.mark.parametrize(
    ("picks", "key"),
    [
        ({"category": ("gone",)}, "create.outdated"),
        ({"category": ("net", "hw")}, "create.outdated"),
        ({"category": ("net",), "subcategory": ("disk",)}, "create.outdated"),
        ({"category": ("net",), "assigned_to": ("eve",)}, "create.outdated"),
        ({}, "create.missing"),
    ],
)
def test_a_choice_that_is_not_offered_now_makes_no_ticket(
    picks: dict[str, tuple[str, ...]], key: str
) -> None:
    with pytest.raises(Unfit) as unfit:
        wished(replace(DRAFT, picks=picks), FORM, None)
    assert unfit.value.key == key


def test_a_type_that_is_gone_makes_no_ticket() -> None:
    with pytest.raises(Unfit):
        wished(replace(DRAFT, meta=replace(META, type="other")), FORM, None)


def test_the_same_form_names_the_same_ticket_and_another_form_another() -> None:
    one, again, other = (new_ref("jira", "OPS", T0, form) for form in ("V1", "V1", "V2"))
    assert one == again
    assert one != other
    wanted = unborn(one)
    assert wanted is not None
    assert (wanted.queue, wanted.since) == ("OPS", T0)


@pytest.mark.parametrize("ident", ["10001", "incident:" + "0" * 32, "new:OPS:short", "new:a/b:" + "0" * 32])
def test_nothing_else_is_taken_for_a_ticket_to_be_made(ident: str) -> None:
    assert unborn(TicketRef("jira", ident)) is None


@pytest.mark.parametrize("queue", ["", "a:b", "../x", "a b", "1"])
def test_a_queue_that_would_change_a_path_names_no_ticket(queue: str) -> None:
    with pytest.raises(ValueError, match="no queue"):
        new_ref("jira", queue, T0, "V1")
