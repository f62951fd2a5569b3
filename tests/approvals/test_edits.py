"""What was typed and chosen becomes arguments that the verb itself takes, or words on what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from approvals.clicks import Person, Submission
from approvals.edits import before_of, edited_args
from approvals.modals import EDIT_FORM
from bot.core.actions import Action, Risk
from bot.core.dossier import Tracked
from bot.core.ids import ActionName, SlackUserId
from bot.core.tickets import Transition, Value
from bot.ports import ActionType
from connectors.jira.actions import assign, reply_publicly, set_fields, set_priority, transition
from connectors.servicenow.actions import resolve
from tests.approvals.drawing import tracked
from tests.making import ALICE, HIGH, LOW, REF, proposal

OPEN, DONE, LATER = Value("1", "Open"), Value("9", "Done"), Value("8", "Later")
STEPS = (Transition("31", "Finish", DONE), Transition("32", "Put off", LATER))


def of(kind: ActionType, args: dict[str, Any], **before: tuple[Value, ...]) -> Tracked:
    """A proposal of any verb, whose arguments it takes."""
    kind.arguments.model_validate(args)
    action = Action(ActionName(kind.name), REF, args, kind.risk)
    return tracked(replace(proposal(), action=action, basis=replace(proposal().basis, before=before)))


def sent(texts: dict[str, str] | None = None, **picks: str) -> Submission:
    """A form as Slack sends it: a menu's answer is ``=id|label``, or ``keep``."""
    chosen = {
        f"field:{name}": (pick.partition("|")[0], pick.partition("|")[2]) for name, pick in picks.items()
    }
    by = Person(SlackUserId(ALICE), "T0MAIN")
    return Submission(EDIT_FORM, proposal().id, 1, by, "V1", texts or {}, chosen)


def pick(ident: str, label: str) -> dict[str, str]:
    return {"id": ident, "label": label}


REPLY = of(reply_publicly.ACTION, {"text": "On our way."})
FIELDS = of(
    set_fields.ACTION,
    {"fields": {"priority": [pick("2", "High")], "labels": [pick("a", "a"), pick("b", "b")]}},
    priority=LOW,
    labels=(),
)
PRIORITY = of(set_priority.ACTION, {"to": pick("2", "High")}, priority=LOW)
ASSIGN = of(assign.ACTION, {"to": pick("arne", "Arne")}, assignee=())
NOBODY = of(assign.ACTION, {"to": None}, assignee=(Value("arne", "Arne"),))
STEP = of(
    transition.ACTION,
    {"id": "31", "name": "Finish", "to": pick("9", "Done"), "fields": {"resolution": [pick("5", "Fixed")]}},
    status=(OPEN,),
    resolution=(),
)
RESOLVE = of(
    resolve.ACTION,
    {"close_code": pick("a", "Solved"), "close_notes": "Reset it."},
    state=(OPEN,),
    close_code=(),
    close_notes=(),
)


@pytest.mark.parametrize(
    ("on", "kind", "form", "args"),
    [
        (REPLY, reply_publicly.ACTION, sent({"text": " We are there. "}), {"text": "We are there."}),
        (
            FIELDS,
            set_fields.ACTION,
            sent(priority="=3|Medium"),
            {"fields": {"priority": [pick("3", "Medium")], "labels": [pick("a", "a"), pick("b", "b")]}},
        ),
        (
            FIELDS,
            set_fields.ACTION,
            sent(priority="keep"),
            {"fields": {"labels": [pick("a", "a"), pick("b", "b")]}},
        ),
        (PRIORITY, set_priority.ACTION, sent(priority="=1|Highest"), {"to": pick("1", "Highest")}),
        (ASSIGN, assign.ACTION, sent(assignee="=rita|Rita"), {"to": pick("rita", "Rita")}),
        (NOBODY, assign.ACTION, sent(assignee="=rita|Rita"), {"to": pick("rita", "Rita")}),
        (
            STEP,
            transition.ACTION,
            sent(status="=32|Put off → Later", resolution="=6|Won't do"),
            {
                "id": "32",
                "name": "Put off",
                "to": pick("8", "Later"),
                "fields": {"resolution": [pick("6", "Won't do")]},
            },
        ),
        (
            RESOLVE,
            resolve.ACTION,
            sent({"close_notes": "Replaced it."}, close_code="=b|Workaround"),
            {"close_code": pick("b", "Workaround"), "close_notes": "Replaced it."},
        ),
    ],
)
def test_an_edit_is_what_was_chosen_and_what_had_no_menu(
    on: Tracked, kind: ActionType, form: Submission, args: dict[str, Any]
) -> None:
    assert edited_args(form, on, kind, "en", STEPS) == (args, {})


@pytest.mark.parametrize(
    ("on", "kind", "form", "at", "told"),
    [
        (REPLY, reply_publicly.ACTION, sent({"text": " \n "}), "text", "Write the reply"),
        (REPLY, reply_publicly.ACTION, sent(), "text", "Write the reply"),
        (PRIORITY, None, sent(priority="=1|Highest"), "field:priority", "no longer allowed"),
        (STEP, transition.ACTION, sent(status="=99|Gone"), "field:status", "no longer allowed"),
        (
            RESOLVE,
            resolve.ACTION,
            sent({"close_notes": ""}, close_code="=a|Solved"),
            "close_notes",
            "Write the reply",
        ),
        (ASSIGN, assign.ACTION, sent(assignee="=|Nobody"), "field:assignee", "no longer allowed"),
        (ASSIGN, assign.ACTION, sent(assignee=f"={'x' * 256}|X"), "field:assignee", "no longer allowed"),
    ],
)
def test_what_is_wrong_with_an_edit_is_said_where_it_is(
    on: Tracked, kind: ActionType | None, form: Submission, at: str, told: str
) -> None:
    args, errors = edited_args(form, on, kind, "en", STEPS)
    assert args is None
    assert told in errors[at]


def test_leaving_every_field_alone_leaves_nothing_to_approve() -> None:
    one = of(set_fields.ACTION, {"fields": {"priority": [pick("2", "High")]}}, priority=LOW)
    args, errors = edited_args(sent(priority="keep"), one, set_fields.ACTION, "en")
    assert args is None
    assert "Nothing would change any more" in errors["field:priority"]


def test_what_a_verb_is_about_cannot_be_left_out_of_it() -> None:
    """Somebody else's client might send an option that the menu does not have."""
    args, _ = edited_args(sent(priority="keep"), PRIORITY, set_priority.ACTION, "en")
    assert args == {"to": pick("2", "High")}


def test_a_step_is_checked_at_once_by_its_form_and_later_against_the_workflow() -> None:
    """At once there are three seconds and no reading; what is carried out comes from the workflow itself."""
    args, errors = edited_args(sent(status="=99|Gone"), STEP, transition.ACTION, "en", None)
    assert args is not None
    assert not errors
    args, errors = edited_args(sent(status="=99|Gone"), STEP, transition.ACTION, "en", ())
    assert args is None


def test_an_edit_of_a_reply_adds_nothing_else_whatever_the_form_carries() -> None:
    form = sent({"text": "Hello.", "other": "x"}, priority="=1|Highest")
    assert edited_args(form, REPLY, reply_publicly.ACTION, "en") == ({"text": "Hello."}, {})


def test_a_field_that_was_not_proposed_cannot_be_added() -> None:
    args, _ = edited_args(sent(priority="=3|Medium", status="=9|Done"), PRIORITY, set_priority.ACTION, "en")
    assert args == {"to": pick("3", "Medium")}


def test_before_values_are_what_the_card_showed() -> None:
    assert before_of(FIELDS, {"priority": HIGH, "new": HIGH}) == {"priority": LOW, "new": ()}
    assert FIELDS.proposal.action.risk is Risk.REVERSIBLE
