"""No argument outside of live values ever becomes a proposal, whatever a model writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.agent.offers import WANTED
from bot.agent.vetting import Doubt, Table, Voice, vet
from bot.core.arguments import LineKind, TransitionArguments
from bot.core.errors import Refused
from bot.core.foreign import thing, things
from bot.core.tickets import Allowed, Choices, Snapshot, Transition, Value
from bot.ports import ActionType
from bot.proposing import proposal
from connectors.jira.actions import verbs as jira_verbs
from connectors.servicenow.actions.resolve import ACTION as RESOLVE
from tests.bot.agent.house import DOING, DONE, HOSTS, Desk, House, Scripted, calls, priority, results
from tests.making import HIGH, LOW, snapshot, ticket

NETWORK, NETWORK_2 = Value("g1", "Network"), Value("g2", "Network")
SCREEN = Choices("resolution", "Resolution", (Value("r1", "Won't do"), Value("r2", "Duplicate")))
ALLOWED = Allowed(
    choices=(
        Choices("priority", "Priority", (*HIGH, *LOW)),
        Choices("components", "Component/s", (Value("c1", "VPN"), Value("c2", "Mail")), several=True),
        Choices("assignment_group", "Assignment group", (NETWORK, NETWORK_2, Value("g3", "Mail"))),
        Choices("category", "Category", (Value("net", "Network"), Value("sw", "Software"))),
        Choices(
            "subcategory",
            "Subcategory",
            (Value("vpn", "VPN"), Value("mail", "E-mail")),
            depends_on="category",
            parents={"vpn": "net", "mail": "sw"},
        ),
        Choices("close_code", "Close code", (Value("Solved", "Solved"),)),
    ),
    transitions=(
        Transition("t1", "Start", DOING),
        Transition("t2", "Finish", DONE),
        Transition("t3", "Finish quickly", DONE),
        Transition("t4", "Cancel", Value("9", "Cancelled"), ("resolution",)),
        Transition("t5", "Reject", Value("8", "Rejected"), ("resolution",), closes=True, screen=(SCREEN,)),
    ),
)
PEOPLE = (Value("arne", "Arne Agent"), Value("anna", "Anna Agent"))
VERBS: dict[str, ActionType] = {
    name: kind for name, kind in (*jira_verbs().items(), (RESOLVE.name, RESOLVE)) if kind.arguments in WANTED
}


def table(now: Snapshot | None = None, people: tuple[Value, ...] = PEOPLE, **put_back: str) -> Table:
    """What changes are held against; ``put_back``: placeholders of this ticket, without their brackets."""
    known = {f"<{name}>": value for name, value in put_back.items()}

    def restore(text: str) -> str:
        for mark, value in known.items():
            text = text.replace(mark, value)
        return text

    voice = Voice(restore=restore, own=frozenset(known) | {"<SECRET_1>"}, hosts=HOSTS)
    others = frozenset({"OPS-2"})
    return Table(snapshot=now or snapshot(), allowed=ALLOWED, people=people, others=others, voice=voice)


def vetted(verb: str, wanted: dict[str, Any], against: Table | None = None) -> Any:
    """What a tool's arguments come down to."""
    kind = VERBS[verb]
    model = WANTED[kind.arguments].model_validate({"why": "So.", **wanted})
    return vet(verb.partition(".")[2], kind, model, against or table()).args


@pytest.mark.parametrize(
    ("verb", "wanted", "args"),
    [
        ("jira.set_priority", {"to": "high"}, {"to": {"id": "2", "label": "High"}}),
        ("jira.set_priority", {"to": " 4 "}, {"to": {"id": "4", "label": "Low"}}),
        (
            "jira.set_fields",
            {"fields": [{"field": "component/s", "value": "VPN"}, {"field": "components", "value": "mail"}]},
            {"fields": {"components": [{"id": "c1", "label": "VPN"}, {"id": "c2", "label": "Mail"}]}},
        ),
        (
            "jira.set_fields",
            {"fields": [{"field": "components", "value": ""}]},
            {"fields": {"components": []}},
        ),
        (
            "jira.set_fields",
            {"fields": [{"field": "assignment_group", "value": "g2"}]},
            {"fields": {"assignment_group": [{"id": "g2", "label": "Network"}]}},
        ),
        ("jira.assign", {"to": "Arne Agent"}, {"to": {"id": "arne", "label": "Arne Agent"}}),
        ("jira.assign", {"to": ""}, {"to": None}),
        (
            "jira.transition",
            {"to": "In Progress"},
            {"id": "t1", "name": "Start", "to": {"id": "21", "label": "In Progress"}, "fields": {}},
        ),
        (
            "jira.transition",
            {"to": "done", "step": "finish quickly"},
            {"id": "t3", "name": "Finish quickly", "to": {"id": "31", "label": "Done"}, "fields": {}},
        ),
        (
            "jira.transition",
            {"to": "Rejected", "fields": [{"field": "resolution", "value": "duplicate"}]},
            {
                "id": "t5",
                "name": "Reject",
                "to": {"id": "8", "label": "Rejected"},
                "fields": {"resolution": [{"id": "r2", "label": "Duplicate"}]},
            },
        ),
        ("jira.link", {"other": "ops-2"}, {"others": ["OPS-2"]}),
        ("jira.reply_publicly", {"text": "We are on it."}, {"text": "We are on it."}),
        (
            "servicenow.resolve",
            {"close_code": "solved", "close_notes": "New toner."},
            {"close_code": {"id": "Solved", "label": "Solved"}, "close_notes": "New toner."},
        ),
    ],
)
def test_labels_become_the_values_they_stand_for(verb: str, wanted: dict[str, Any], args: Any) -> None:
    found = vetted(verb, wanted)
    assert found == args
    VERBS[verb].arguments.model_validate(found)


@pytest.mark.parametrize(
    ("verb", "wanted", "says"),
    [
        ("jira.set_priority", {"to": "Urgent"}, "High, Low"),
        ("jira.set_priority", {"to": "Hi"}, "no such value"),
        ("jira.set_fields", {"fields": [{"field": "summary", "value": "x"}]}, "no field"),
        ("jira.set_fields", {"fields": [{"field": "assignment_group", "value": "Network"}]}, "g1"),
        (
            "jira.set_fields",
            {"fields": [{"field": "priority", "value": "High"}, {"field": "priority", "value": "Low"}]},
            "takes one value",
        ),
        ("jira.set_fields", {"fields": [{"field": "subcategory", "value": "VPN"}]}, "does not belong"),
        (
            "jira.set_fields",
            {
                "fields": [
                    {"field": "category", "value": "Software"},
                    {"field": "subcategory", "value": "VPN"},
                ]
            },
            "does not belong",
        ),
        ("jira.assign", {"to": "agent"}, "several people"),
        ("jira.assign", {"to": "A"}, "nobody"),
        ("jira.transition", {"to": "Done"}, "Finish quickly"),
        ("jira.transition", {"to": "Closed"}, "no step leads there"),
        ("jira.transition", {"to": "Cancelled"}, "needs resolution"),
        ("jira.transition", {"to": "Rejected"}, "needs resolution"),
        (
            "jira.transition",
            {"to": "Rejected", "fields": [{"field": "resolution", "value": "Fixed"}]},
            "Won't do, Duplicate",
        ),
        ("jira.link", {"other": "OPS-3"}, "named or a search found"),
        ("jira.reply_publicly", {"text": "Ask <EMAIL_9>."}, "not a value of this ticket"),
        ("jira.reply_publicly", {"text": "It is <SECRET_1>."}, "never put back"),
        ("jira.add_internal_note", {"text": "Ask <PERSON_3>."}, "not a value of this ticket"),
        ("servicenow.resolve", {"close_code": "Whatever", "close_notes": "x"}, "no such value"),
    ],
)
def test_what_is_not_allowed_now_is_refused_in_words(verb: str, wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        vetted(verb, wanted)


def test_a_person_is_asked_where_two_fit_and_the_model_where_none_does() -> None:
    with pytest.raises(Doubt):
        vetted("jira.assign", {"to": "agent"})
    with pytest.raises(Refused, match="nobody") as nobody:
        vetted("jira.assign", {"to": "Zoe"}, table(people=()))
    assert not isinstance(nobody.value, Doubt)


ANNAS = (Value("anna", "Anna Agent"), Value("x1", "Anna"))
POSING = Value("x2", "\u0410nna \u0410gent")  # with two Cyrillic letters


@pytest.mark.parametrize("name", ["@", "a@", "anna@", "anna@corp", "@corp.example"])
def test_a_piece_of_an_address_is_nobodys(name: str) -> None:
    with pytest.raises(Refused, match="nobody"):
        vetted("jira.assign", {"to": name}, table(people=PEOPLE[:1]))


def test_a_whole_address_is_whoever_the_system_finds_by_it() -> None:
    assert vetted("jira.assign", {"to": "anna@corp.example"}, table(people=PEOPLE[1:]))["to"]["id"] == "anna"


def test_who_calls_himself_by_a_first_name_alone_is_not_preferred() -> None:
    with pytest.raises(Doubt, match="Anna Agent, Anna"):
        vetted("jira.assign", {"to": "Anna"}, table(people=ANNAS))
    assert vetted("jira.assign", {"to": "Anna Agent"}, table(people=ANNAS))["to"]["id"] == "anna"
    assert vetted("jira.assign", {"to": "x1"}, table(people=ANNAS))["to"]["id"] == "x1"


def test_a_name_that_poses_as_another_is_put_on_no_card() -> None:
    for name in (POSING.label, "x2"):
        with pytest.raises(Refused, match="alphabets"):
            vetted("jira.assign", {"to": name}, table(people=(POSING,)))
    real = Value("x3", "\u0410\u043d\u043d\u0430 Agent")
    assert vetted("jira.assign", {"to": real.label}, table(people=(real,)))["to"]["id"] == "x3"


def test_a_subcategory_goes_with_its_category() -> None:
    both = [{"field": "category", "value": "Network"}, {"field": "subcategory", "value": "VPN"}]
    assert set(vetted("jira.set_fields", {"fields": both})["fields"]) == {"category", "subcategory"}


def test_a_closed_ticket_gets_nothing_but_a_note() -> None:
    shut = table(snapshot(ticket(closed=True)))
    with pytest.raises(Refused, match="closed"):
        vetted("jira.set_priority", {"to": "High"}, shut)
    assert vetted("jira.add_internal_note", {"text": "For the record."}, shut)["lines"]


def test_a_note_is_lines_without_markup_and_says_who_wrote_it() -> None:
    lines = vetted("jira.add_internal_note", {"text": "Tried:\n- toner\n\n* drum"})["lines"]
    assert [(each["kind"], each["text"]) for each in lines[:-1]] == [
        ("text", "Tried:"),
        ("bullet", "toner"),
        ("bullet", "drum"),
    ]
    assert lines[-1]["kind"] == "fine"
    assert "AI" in lines[-1]["text"]
    assert not any(each.get("url") for each in lines)
    assert {each["kind"] for each in lines} <= set(get_args(LineKind))


def test_values_of_this_ticket_are_put_back_before_links_are_taken_out() -> None:
    against = table(EMAIL_1="rita@example.com", PERSON_1="<!channel> [x](https://evil.example)")
    text = vetted("jira.reply_publicly", {"text": "Dear <PERSON_1>, see <https://evil.example/a>."}, against)[
        "text"
    ]
    assert "<!channel>" not in text
    assert "https://evil" not in text
    assert "](http" not in text


def test_a_reply_rests_on_the_last_message_and_a_field_on_its_value() -> None:
    kind = VERBS["jira.reply_publicly"]
    reply = vet(
        "reply_publicly", kind, WANTED[kind.arguments].model_validate({"text": "Hi.", "why": ""}), table()
    )
    assert reply.rests_on_last_public
    kind = VERBS["jira.set_priority"]
    other = vet(
        "set_priority", kind, WANTED[kind.arguments].model_validate({"to": "High", "why": ""}), table()
    )
    assert not other.rests_on_last_public


# -- whatever a model writes -------------------------------------------------------------------------------

LABELS = ["High", "high ", "2", "Low", "Urgent", "VPN", "Network", "g1", "Software", "Solved", "Done", "31"]
FIELDS = ["priority", "Priority", "status", "components", "subcategory", "category", "resolution"]
OTHERS = [
    "OPS-2",
    "OPS-3",
    "Rejected",
    "Duplicate",
    "In Progress",
    "t2",
    "Finish",
    "Cancelled",
    "Arne Agent",
    "arne",
    "Agent",
    "rita",
    "",
]
HOSTILE = ["<EMAIL_1>", "<SECRET_1>", "<PERSON_7>", "<!channel>", "https://evil.example/x"]
KNOWN = [*LABELS, *FIELDS, *OTHERS, *HOSTILE]
words = st.one_of(st.text(max_size=40), st.sampled_from(KNOWN))
one_field = st.fixed_dictionaries({"field": words, "value": words})
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), words),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
arguments = st.fixed_dictionaries(
    {},
    optional={
        "to": st.one_of(words, anything),
        "why": st.one_of(words, anything),
        "step": words,
        "fields": st.one_of(st.lists(one_field, max_size=3), anything),
        "text": st.one_of(words, anything),
        "close_code": words,
        "close_notes": words,
        "other": words,
        "id": words,
    },
)


@given(st.sampled_from(sorted(VERBS)), arguments)
@settings(max_examples=250)
def test_nothing_outside_of_live_values_becomes_a_proposal(verb: str, wanted: dict[str, Any]) -> None:
    kind = VERBS[verb]
    against = table(EMAIL_1="rita@example.com")
    try:
        model = WANTED[kind.arguments].model_validate(wanted)
        wish = vet(verb.partition(".")[2], kind, model, against)
    except (ValueError, Refused):
        return
    kind.arguments.model_validate(dict(wish.args))
    assert set(_picks(wish.args)) <= _live()
    if kind.arguments is TransitionArguments:
        steps = {(each.id, each.to.id) for each in ALLOWED.transitions if each.id != "t4"}
        to: Any = wish.args["to"]
        assert (wish.args["id"], to["id"]) in steps
    assert wish.args.get("others", ["OPS-2"]) == ["OPS-2"]
    said = repr(dict(wish.args)) + wish.why.raw
    for bad in ("<!channel>", "https://evil", "<SECRET", "<PERSON_7>"):
        assert bad not in said


def _picks(part: Any) -> list[tuple[str, str]]:
    """Every value in arguments, by id and label."""
    found = thing(part)
    if set(found) == {"id", "label"}:
        return [(found["id"], found["label"])]
    return [pick for each in (*found.values(), *things(part)) for pick in _picks(each)]


def _live() -> set[tuple[str, str]]:
    values = [value for each in (*ALLOWED.choices, SCREEN) for value in each.values]
    return {
        (value.id, value.label) for value in (*values, *PEOPLE, *(each.to for each in ALLOWED.transitions))
    }


# -- through the whole loop ----------------------------------------------------------------------------------


async def test_a_value_that_went_away_is_refused_with_what_there_is() -> None:
    house = House()
    model = Scripted([[priority("Blocker")], "There is no Blocker."])
    result = await house.ask(model, "Set OPS-1 to Blocker")
    assert result.proposals == ()
    (refused,) = results(model.prompts[1])
    assert refused.is_error
    assert "High, Medium, Low" in refused.text


async def test_names_in_a_refusal_are_masked_for_the_model() -> None:
    house = House()
    house.desk.staff = (Value("arne", "Arne Agent"), Value("anna", "Anna Agent"))
    model = Scripted([[("propose_jira_assign", {"to": "agent", "why": ""})], "<PERSON_1> or <PERSON_2>?"])
    result = await house.ask(model, "Give OPS-1 to agent")
    (refused,) = results(model.prompts[1])
    assert "Arne" not in refused.text
    assert "Arne Agent" in result.text.raw
    second = [("propose_jira_assign", {"to": "<PERSON_1>", "why": "She said so."})]
    again = await house.ask(Scripted([second]), "the first one", memory=result.memory)
    assert [made.action.args for made in again.proposals] == [{"to": {"id": "arne", "label": "Arne Agent"}}]


def test_a_proposal_is_what_its_verb_would_do() -> None:
    desk = Desk()
    wish = vet(
        "set_priority",
        VERBS["jira.set_priority"],
        WANTED[VERBS["jira.set_priority"].arguments].model_validate({"to": "High", "why": ""}),
        table(),
    )
    made = proposal(desk, snapshot(), "e#0", 0, wish, by="U0ALICE")  # type: ignore[arg-type]  # any effect
    assert made.says == "Set Priority to High."
    assert calls(priority()).calls
    assert replace(made, talk="t").talk == "t"
