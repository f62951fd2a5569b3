"""A wish of several fields comes apart by mode, and no field goes further than what it hangs on."""

from __future__ import annotations

from bot.core.modes import Mode
from bot.core.reports import Finding, Wish
from bot.core.rungs import Footing, LadderRules, Moved, Rung, fields_of
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.decide.parting import parted
from tests.making import T0


def moved(field: str, mode: Mode) -> Moved:
    rung = Rung("OPS", "triage", field, f"{field}-1")
    return Moved(rung=rung, mode=mode, base=Mode.APPROVE, at=T0, step="s1")


def footing(*held: Moved) -> Footing:
    rules = LadderRules(highest=Mode.AUTO)
    return Footing(base=Mode.APPROVE, queue="OPS", skill="triage", held=held, rules=rules)


def finding(field: str, confidence: float) -> Finding:
    value = Value(f"{field}-1", field)
    return Finding(field, field.title(), (), value, confidence, Untrusted(""), Untrusted(f"says {field}"))


NAMES = ("category", "subcategory", "group")
FINDINGS = [finding("category", 0.9), finding("subcategory", 0.8), finding("group", 0.7)]
WISH = Wish(
    verb="set_fields",
    args={"fields": {name: [{"id": f"{name}-1", "label": name}] for name in NAMES}},
    why=Untrusted("all of it"),
    confidence=0.7,
    before=dict.fromkeys(NAMES, ()),
    hangs={"subcategory": "category"},
)


def test_where_all_goes_as_far_it_stays_one_wish() -> None:
    assert parted(WISH, footing(), FINDINGS) == (WISH,)
    assert parted(WISH, footing(*(moved(name, Mode.AUTO) for name in NAMES)), FINDINGS) == (WISH,)


def test_a_lowered_field_does_not_hold_up_the_others() -> None:
    first, second = parted(WISH, footing(moved("group", Mode.SUGGEST)), FINDINGS)
    assert list(fields_of(first.args)) == ["category", "subcategory"]
    assert list(fields_of(second.args)) == ["group"]
    assert (first.confidence, second.confidence) == (0.8, 0.7)
    assert first.why.raw == "Category: says category\nSubcategory: says subcategory"
    assert set(first.before) == {"category", "subcategory"}
    assert first.hangs == {"subcategory": "category"}
    assert second.hangs == {}


def test_what_hangs_on_a_lowered_field_is_lowered_with_it() -> None:
    first, second = parted(WISH, footing(moved("category", Mode.SUGGEST)), FINDINGS)
    assert list(fields_of(first.args)) == ["group"]
    assert list(fields_of(second.args)) == ["category", "subcategory"]


def test_a_raised_field_goes_first_and_leaves_behind_what_hangs_on_it() -> None:
    first, second = parted(WISH, footing(moved("category", Mode.AUTO)), FINDINGS)
    assert list(fields_of(first.args)) == ["category"]
    assert list(fields_of(second.args)) == ["subcategory", "group"]


def test_a_raised_field_waits_for_what_it_hangs_on() -> None:
    assert parted(WISH, footing(moved("subcategory", Mode.AUTO)), FINDINGS) == (WISH,)


def test_a_wish_without_fields_stays_as_it_is() -> None:
    reply = Wish(verb="reply_publicly", args={"text": "hello"}, why=Untrusted("asked"))
    assert parted(reply, footing(moved("category", Mode.AUTO)), FINDINGS) == (reply,)


def test_fields_that_hang_on_each_other_in_a_circle_end() -> None:
    circle = Wish(
        verb="set_fields", args=WISH.args, why=WISH.why, hangs={"category": "group", "group": "category"}
    )
    first, second = parted(circle, footing(moved("group", Mode.SUGGEST)), FINDINGS)
    assert list(fields_of(first.args)) == ["subcategory"]
    assert list(fields_of(second.args)) == ["category", "group"]
