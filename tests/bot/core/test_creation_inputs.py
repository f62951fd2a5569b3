"""What people type into a form: taken as the ticket will have it, or told what is wrong."""

from __future__ import annotations

import pytest

from bot.core.creation import CreateArguments, FormField, Kind, Shape, Typed
from bot.core.creation_inputs import Fault, written
from bot.core.deeds import said_in
from bot.core.tickets import Choices

PICK = {"id": "1", "label": "One"}


def asked(kind: Kind, *, required: bool = True, chars_max: int = 255) -> FormField:
    return FormField(
        Choices("f", "F", ()), required, kind=kind, chars_max=chars_max, least=-(10**14), most=10**14
    )


@pytest.mark.parametrize(
    ("kind", "text", "taken"),
    [
        (Kind.LINE, "  LT\u200b-42\n ", "LT-42"),
        (Kind.PROSE, "one\r\ntwo", "one\ntwo"),
        (Kind.WORDS, "a  b", "a b"),
        (Kind.NUMBER, "12.50", "12.50"),
        (Kind.NUMBER, "-3", "-3"),
        (Kind.WHOLE, "7", "7"),
        (Kind.DATE, "2028-02-29", "2028-02-29"),
        (Kind.MOMENT, "1796029200", "2026-11-30T09:00:00Z"),
        (Kind.MOMENT, "2026-11-30T09:00:00Z", "2026-11-30T09:00:00Z"),
        (Kind.URL, "https://example.com/a?b=c", "https://example.com/a?b=c"),
    ],
)
def test_what_fits_is_written_down_in_one_way(kind: Kind, text: str, taken: str) -> None:
    assert written(asked(kind), text) == taken


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.LINE, "x" * 256),
        (Kind.PROSE, "x" * 256),
        (Kind.NUMBER, "1,5"),
        (Kind.NUMBER, "1e9"),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, "1_000"),
        (Kind.NUMBER, "\u0661\u0662"),
        (Kind.NUMBER, "100000000000001"),
        (Kind.WHOLE, "1.5"),
        (Kind.DATE, "2026-02-30"),
        (Kind.DATE, "30.11.2026"),
        (Kind.DATE, "0026-11-30"),
        (Kind.MOMENT, "soon"),
        (Kind.MOMENT, "9" * 30),
        (Kind.URL, "javascript:alert(1)"),
        (Kind.URL, "https://"),
        (Kind.URL, "https://[::1"),
        (Kind.URL, "https://a b"),
    ],
)
def test_what_does_not_fit_is_told_and_never_bent(kind: Kind, text: str) -> None:
    assert isinstance(written(asked(kind), text), Fault)


@pytest.mark.parametrize("kind", list(Kind))
def test_blanks_are_nothing(kind: Kind) -> None:
    assert written(asked(kind), " \u200b\n ") == Fault("create.wanted")
    assert written(asked(kind, required=False), " ") == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": {"f": [PICK]}, "typed": {"f": {"kind": "line", "text": "x"}}},
        {"shapes": {"f": "list"}},
        {"typed": {"f": {"kind": "line", "text": ""}}},
        {"typed": {"f": {"kind": "html", "text": "x"}}},
        {
            "fields": {f"f{n}": [PICK] for n in range(20)},
            "typed": {f"t{n}": {"kind": "line", "text": "x"} for n in range(11)},
        },
    ],
)
def test_arguments_that_say_two_things_of_a_field_or_too_many_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="CreateArguments"):
        CreateArguments.model_validate({"type": PICK, "summary": "s", **wrong})


def test_the_sentence_has_the_title_first_and_people_s_names_for_the_fields() -> None:
    args = CreateArguments.model_validate(
        {
            "type": PICK,
            "summary": "New laptop",
            "fields": {"customfield_1": [PICK]},
            "typed": {"customfield_2": Typed(kind=Kind.MOMENT, text="2026-11-30T09:00:00Z")},
            "shapes": {"customfield_1": Shape.LIST},
            "names": {"customfield_1": "Sites", "customfield_2": "Starts at"},
        }
    )
    assert args.says("Jira") == (
        "Create a ticket in Jira of type One: “New laptop” "
        "(with Sites One, Starts at 2026-11-30 09:00:00 UTC)."
    )


@pytest.mark.parametrize("requester", [None, {"id": "u", "label": "Zoë"}])
@pytest.mark.parametrize("fields", [{}, {"f": [PICK]}])
def test_the_sentence_is_said_in_french(requester: object, fields: object) -> None:
    args = CreateArguments.model_validate(
        {"type": PICK, "summary": "Keys for (with) a door", "fields": fields, "requester": requester}
    )
    told = said_in(args.says("Jira"), "fr")
    assert told.startswith("Créer un ticket dans Jira, de type One")
    assert "« Keys for (with) a door »" in told
    assert ("pour Zoë" in told) == (requester is not None)
    assert ("(avec f One)" in told) == bool(fields)
