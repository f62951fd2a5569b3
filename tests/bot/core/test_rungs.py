"""Which mode holds: the file's, lowered for good, raised within bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.core.modes import Mode
from bot.core.rungs import Footing, LadderRules, Moved, Rung, effective, fields_of
from tests.making import T0

MAIL = Rung("OPS", "triage", "category", "1")
modes = st.sampled_from(Mode)
rules_of = st.builds(LadderRules, enabled=st.booleans(), highest=modes)


def moved(base: Mode, mode: Mode, rung: Rung = MAIL) -> Moved:
    return Moved(rung=rung, mode=mode, base=base, at=T0, step="s1")


def footing(base: Mode, *held: Moved, highest: Mode = Mode.AUTO) -> Footing:
    rules = LadderRules(highest=highest)
    return Footing(base=base, queue="OPS", skill="triage", held=held, rules=rules)


@given(modes, modes, modes, rules_of)
def test_nothing_goes_above_both_the_file_and_the_highest(
    base: Mode, was: Mode, mode: Mode, rules: LadderRules
) -> None:
    found = effective(base, moved(was, mode), rules)
    assert max(base.rank, rules.highest.rank) >= found.rank
    if not rules.enabled:
        assert base.reaches(found)


@given(modes, modes, modes, rules_of)
def test_what_was_lowered_stays_lowered_whatever_the_file_says(
    base: Mode, was: Mode, mode: Mode, rules: LadderRules
) -> None:
    if mode.rank < was.rank:
        assert effective(base, moved(was, mode), rules).rank <= mode.rank or base is Mode.OFF


@given(modes, modes, rules_of)
def test_off_in_the_file_is_off(was: Mode, mode: Mode, rules: LadderRules) -> None:
    assert effective(Mode.OFF, moved(was, mode), rules) is Mode.OFF


def test_a_raise_is_void_once_people_go_below_it_in_the_file() -> None:
    raised, rules = moved(Mode.SUGGEST, Mode.APPROVE), LadderRules()
    assert effective(Mode.SUGGEST, raised, rules) is Mode.APPROVE
    assert effective(Mode.SHADOW, raised, rules) is Mode.SHADOW
    assert effective(Mode.AUTO, raised, rules) is Mode.AUTO


def test_only_the_very_value_in_that_queue_by_that_skill_is_moved() -> None:
    low = footing(Mode.APPROVE, moved(Mode.APPROVE, Mode.SUGGEST))
    assert low.of_value("category", "1") is Mode.SUGGEST
    assert low.of_value("category", "2") is Mode.APPROVE
    assert low.of_value("service", "1") is Mode.APPROVE
    elsewhere = moved(Mode.APPROVE, Mode.SUGGEST, Rung("HELP", "triage", "category", "1"))
    assert footing(Mode.APPROVE, elsewhere).of_value("category", "1") is Mode.APPROVE


def test_a_change_goes_no_further_than_the_least_of_what_it_sets() -> None:
    low = footing(Mode.APPROVE, moved(Mode.APPROVE, Mode.SUGGEST))
    high = footing(Mode.APPROVE, moved(Mode.APPROVE, Mode.AUTO))
    both: dict[str, JsonValue] = {
        "fields": {"category": [{"id": "1", "label": "Mail"}], "service": [{"id": "9", "label": "x"}]}
    }
    one: dict[str, JsonValue] = {"fields": {"category": [{"id": "1", "label": "Mail"}]}}
    assert low.of_change(both) is Mode.SUGGEST
    assert high.of_change(both) is Mode.APPROVE
    assert high.of_change(one) is Mode.AUTO
    assert high.of_change({"text": "a reply"}) is Mode.APPROVE
    assert high.of_change({"fields": {"category": []}}) is Mode.APPROVE


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_whatever_a_change_holds_its_fields_are_read(fields: dict[str, JsonValue]) -> None:
    assert set(fields_of({"fields": fields})) == set(fields)
