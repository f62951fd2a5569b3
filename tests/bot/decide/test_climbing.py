"""The ladder decides: offers, lowers, is answered; and never raises anything by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.policy import NOTE_PATTERN, Match, Rule, Rulebook
from bot.core.codec import decode, encode
from bot.core.effects import Whisper
from bot.core.events import CardPlace, Clicker
from bot.core.ids import SlackUserId
from bot.core.ladder import (
    Advice,
    CallOff,
    Climb,
    Evidence,
    Ladder,
    Measured,
    Move,
    ShowStep,
    Step,
    StepAnswer,
    StepAnswered,
    StepId,
    StepShown,
    StepStatus,
)
from bot.core.modes import Mode
from bot.core.rungs import LadderRules, Rung, effective
from bot.decide.climbing import OFFERS_MAX, Climbed, climb
from tests.making import ALICE, BOB, CAROL, MANAGERS, T0, asking, rulebook, unique

PLACE = CardPlace(channel="C0APPROVALS", ts="1.1")
NOTES = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True)
ASKS = Rule(name="approvals[2]", match=Match(action="*"), ask=asking())
ALLOWS = Rule(name="approvals[1]", match=Match(action="*.set_fields"), allow=True)


def book(*rules: Rule, mode: Mode = Mode.SUGGEST, ladder: LadderRules | None = None) -> Rulebook:
    return rulebook(*(rules or (NOTES, ASKS)), mode=mode, ladder=ladder or LadderRules())


def rung(value: str = "1") -> Rung:
    return Rung("OPS", "triage", "category", value)


def advice(now: Mode, to: Mode, *, value: str = "1", automatic: bool = False, new: int = 150) -> Advice:
    move = Move.RAISE if to.reaches(now) else Move.LOWER
    known = Evidence(rung(value), f"Mail {value}", 150, 150, 0.975, 1.0)
    return Advice(evidence=known, move=move, now=now, to=to, automatic=automatic, new=new)


UP = advice(Mode.SUGGEST, Mode.APPROVE)
DOWN = advice(Mode.SUGGEST, Mode.SHADOW, automatic=True)


def counted(*found: Advice, at: datetime = T0) -> Measured:
    return Measured(id=unique("m"), at=at, kind="jira", advice=found)


def clicked(
    step: Step, answer: StepAnswer, *now: Advice, by: SlackUserId = ALICE, at: datetime = T0
) -> StepAnswered:
    groups = frozenset({MANAGERS}) if by == BOB else frozenset[str]()
    who = Clicker(id=by, groups=groups)
    return StepAnswered(id=unique("c"), at=at, step=step.id, by=who, answer=answer, advice=now, place=PLACE)


def after(*events: Climb, under: Rulebook | None = None, start: Ladder | None = None) -> Climbed:
    climbed = Climbed(start or Ladder("jira"))
    for event in events:
        climbed = climb(climbed.ladder, event, under or book())
    return climbed


def only(climbed: Climbed) -> Step:
    (step,) = climbed.ladder.steps
    return step


def whispered(climbed: Climbed) -> list[str]:
    return [order.says for order in climbed.orders if isinstance(order, Whisper)]


def mode_of(ladder: Ladder, under: Rulebook, base: Mode, value: str = "1") -> Mode:
    return effective(base, ladder.held_for(rung(value)), under.ladder)


def test_a_raise_is_offered_to_those_the_policy_asks_and_changes_nothing() -> None:
    climbed = after(counted(UP))
    assert only(climbed).status is StepStatus.OFFERED
    assert only(climbed).approvers == (ALICE, MANAGERS)
    assert [type(order) for order in climbed.orders] == [ShowStep]
    assert [record.what for record in climbed.records] == ["ladder.offered"]
    assert climbed.ladder.held == ()


def test_a_raise_is_offered_even_if_somebody_calls_it_automatic() -> None:
    climbed = after(counted(replace(UP, automatic=True)))
    assert climbed.ladder.held == ()


def test_a_click_of_one_of_them_raises_it_and_counting_begins_anew() -> None:
    offered = after(counted(UP)).ladder
    climbed = after(clicked(offered.steps[0], StepAnswer.TAKE, UP), start=offered)
    assert only(climbed).status is StepStatus.TAKEN
    assert mode_of(climbed.ladder, book(), Mode.SUGGEST) is Mode.APPROVE
    assert climbed.ladder.mark_of(rung()).since == T0
    (record,) = climbed.records
    assert (record.what, record.actor) == ("ladder.raised", f"slack:{ALICE}")
    assert not any(isinstance(order, CallOff) for order in climbed.orders)


def _take_as_guest(step: Step) -> StepAnswered:
    return replace(clicked(step, StepAnswer.TAKE, UP), by=Clicker(id=ALICE, refused="refused.guest"))


def _take_another(step: Step) -> StepAnswered:
    return clicked(replace(step, id=StepId("s0")), StepAnswer.TAKE, UP)


DOUBTS: Mapping[str, tuple[Callable[[Step], StepAnswered], str]] = {
    "bystander": (lambda step: clicked(step, StepAnswer.TAKE, UP, by=CAROL), "ladder.not_manager"),
    "bystander keeps": (lambda step: clicked(step, StepAnswer.KEEP, by=CAROL), "ladder.not_manager"),
    "overtaken": (lambda step: clicked(step, StepAnswer.TAKE), "ladder.stale"),
    "turned": (lambda step: clicked(step, StepAnswer.TAKE, DOWN), "ladder.stale"),
    "late": (lambda step: clicked(step, StepAnswer.TAKE, UP, at=T0 + timedelta(days=7)), "ladder.stale"),
    "not taken": (lambda step: clicked(step, StepAnswer.UNDO), "ladder.settled"),
    "unknown": (_take_another, "ladder.unknown"),
    "guest": (_take_as_guest, "refused.guest"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_any_doubt_is_a_refusal_told_privately_and_written_down(doubt: str) -> None:
    offered = after(counted(UP)).ladder
    click, says = DOUBTS[doubt]
    climbed = after(click(offered.steps[0]), start=offered)
    assert climbed.ladder.held == ()
    assert only(climbed).status is StepStatus.OFFERED
    assert whispered(climbed) == [says]
    assert [record.what for record in climbed.records] == ["click.refused"]


def test_a_second_click_is_told_who_was_first_and_moves_nothing() -> None:
    offered = after(counted(UP)).ladder
    taken = after(clicked(offered.steps[0], StepAnswer.TAKE, UP), start=offered).ladder
    again = after(clicked(offered.steps[0], StepAnswer.TAKE, UP, by=BOB), start=taken)
    assert whispered(again) == ["ladder.settled"]
    assert again.ladder.held == taken.held


def test_the_same_event_twice_happens_once() -> None:
    offered = after(counted(UP)).ladder
    click = clicked(offered.steps[0], StepAnswer.TAKE, UP)
    once = after(click, start=offered)
    twice = climb(once.ladder, click, book())
    assert twice == Climbed(once.ladder)


def test_a_file_that_changed_meanwhile_makes_a_click_void() -> None:
    offered = after(counted(UP)).ladder
    click = clicked(offered.steps[0], StepAnswer.TAKE, UP)
    for other in (
        book(mode=Mode.SHADOW),
        book(ladder=LadderRules(enabled=False)),
        book(ladder=LadderRules(highest=Mode.SUGGEST)),
        book(NOTES, ladder=LadderRules(managers=(ALICE,))),
    ):
        assert whispered(after(click, start=offered, under=other)) == ["ladder.stale"]


def test_below_the_floor_a_mode_falls_by_itself_is_announced_and_what_waits_is_called_off() -> None:
    climbed = after(counted(DOWN))
    assert mode_of(climbed.ladder, book(), Mode.SUGGEST) is Mode.SHADOW
    assert {type(order) for order in climbed.orders} == {ShowStep, CallOff}
    (record,) = climbed.records
    assert (record.what, record.actor, record.details["to"]) == ("ladder.lowered", "ladder", "shadow")
    assert only(climbed).status is StepStatus.TAKEN


def test_what_fell_comes_back_by_a_managers_click_only_and_as_far_as_it_was() -> None:
    fallen = after(counted(DOWN)).ladder
    no = after(clicked(fallen.steps[0], StepAnswer.UNDO, by=CAROL), start=fallen)
    assert whispered(no) == ["ladder.not_manager"]
    back = after(clicked(fallen.steps[0], StepAnswer.UNDO, by=BOB), start=fallen)
    assert back.ladder.held == ()
    assert only(back).status is StepStatus.UNDONE
    assert [record.what for record in back.records] == ["ladder.undone"]
    assert not any(isinstance(order, CallOff) for order in back.orders)


def test_a_raise_that_is_taken_back_calls_off_what_waits() -> None:
    offered = after(counted(UP)).ladder
    raised = after(clicked(offered.steps[0], StepAnswer.TAKE, UP), start=offered).ladder
    back = after(clicked(offered.steps[0], StepAnswer.UNDO), start=raised)
    assert back.ladder.held == ()
    assert any(isinstance(order, CallOff) for order in back.orders)


def test_a_move_that_was_moved_on_from_cannot_be_taken_back() -> None:
    offered = after(counted(UP)).ladder
    raised = after(clicked(offered.steps[0], StepAnswer.TAKE, UP), start=offered).ladder
    fell = after(counted(advice(Mode.APPROVE, Mode.SUGGEST, automatic=True)), start=raised).ladder
    assert fell.held == ()
    no = after(clicked(offered.steps[0], StepAnswer.UNDO), start=fell)
    assert whispered(no) == ["ladder.moved"]


def test_nobody_is_asked_twice_nor_after_a_no_until_much_is_new() -> None:
    offered = after(counted(UP)).ladder
    assert after(counted(UP), start=offered).orders == ()
    kept = after(clicked(offered.steps[0], StepAnswer.KEEP), start=offered).ladder
    assert kept.held == ()
    assert after(counted(replace(UP, new=99)), start=kept).orders == ()
    again = after(counted(replace(UP, new=100)), start=kept)
    assert [record.what for record in again.records] == ["ladder.offered"]


def test_an_offer_the_figures_do_not_speak_for_any_more_is_withdrawn() -> None:
    offered = after(counted(UP)).ladder
    gone = after(counted(), start=offered)
    assert only(gone).status is StepStatus.WITHDRAWN
    assert [type(order) for order in gone.orders] == [ShowStep]


def test_an_offer_nobody_answers_ends_and_is_no_yes() -> None:
    offered = after(counted(UP)).ladder
    late = after(counted(replace(UP, new=20), at=T0 + timedelta(days=7)), start=offered)
    assert [each.status for each in late.ladder.steps] == [StepStatus.WITHDRAWN]
    assert late.ladder.held == ()
    assert late.ladder.mark_of(rung()).refused_at == T0 + timedelta(days=7)


def test_only_so_many_offers_wait_at_a_time() -> None:
    many = [advice(Mode.SUGGEST, Mode.APPROVE, value=str(number)) for number in range(20)]
    assert len(after(counted(*many)).ladder.offered()) == OFFERS_MAX


def test_auto_is_offered_only_where_a_rule_allows_and_somebody_is_named() -> None:
    to_auto = counted(advice(Mode.APPROVE, Mode.AUTO))
    free = LadderRules(highest=Mode.AUTO, managers=(CAROL,))
    assert after(to_auto, under=book(NOTES, ASKS, mode=Mode.APPROVE, ladder=free)).orders == ()
    allowed = book(NOTES, ALLOWS, mode=Mode.APPROVE, ladder=free)
    assert only(after(to_auto, under=allowed)).approvers == (CAROL,)
    nobody = book(NOTES, ALLOWS, mode=Mode.APPROVE, ladder=LadderRules(highest=Mode.AUTO))
    assert after(to_auto, under=nobody).orders == ()
    assert after(to_auto, under=book(NOTES, ALLOWS, mode=Mode.APPROVE)).orders == (), "above the highest"


def test_a_lowering_that_may_be_chance_is_asked() -> None:
    maybe = advice(Mode.SUGGEST, Mode.SHADOW)
    offered = after(counted(maybe)).ladder
    assert offered.held == ()
    climbed = after(clicked(offered.steps[0], StepAnswer.TAKE, maybe), start=offered)
    assert mode_of(climbed.ladder, book(), Mode.SUGGEST) is Mode.SHADOW
    assert climbed.records[0].actor == f"slack:{ALICE}"


def test_a_copy_of_a_card_that_a_crash_kept_us_from_knowing_is_known_by_a_click_on_it() -> None:
    offered = after(counted(UP)).ladder
    shown = StepShown(id=unique(), at=T0, step=offered.steps[0].id, places=(replace(PLACE, ts="2.2"),))
    climbed = after(shown, clicked(offered.steps[0], StepAnswer.TAKE, UP), start=offered)
    assert [place.ts for place in only(climbed).places] == ["2.2", "1.1"]


def test_a_ladder_and_all_that_happens_to_it_read_as_they_were_written() -> None:
    offered = after(counted(UP)).ladder
    click = clicked(offered.steps[0], StepAnswer.TAKE, UP)
    climbed = after(click, start=offered)
    for value in (climbed.ladder, click, counted(UP, DOWN), *climbed.orders, CallOff(climbed.orders[0].id)):
        assert decode(encode(value)) == value


# -- whatever happens ---------------------------------------------------------------------------------------

steps_of = st.tuples(
    st.sampled_from(["up", "down", "auto", "maybe", "click", "keep", "undo", "bystander"]),
    st.sampled_from(["1", "2"]),
    st.integers(0, 3),
)
WANTED = {
    "click": StepAnswer.TAKE,
    "keep": StepAnswer.KEEP,
    "undo": StepAnswer.UNDO,
    "bystander": StepAnswer.TAKE,
}


def _counted(ladder: Ladder, under: Rulebook, kind: str, value: str, at: datetime) -> Climb:
    now = mode_of(ladder, under, under.modes[0].mode, value)
    ranks = list(Mode)
    to = ranks[min(max(now.rank + (1 if kind in {"up", "auto"} else -1), 0), 4)]
    return counted(advice(now, to, value=value, automatic=kind in {"auto", "down"}), at=at)


def _happens(ladder: Ladder, under: Rulebook, what: tuple[str, str, int], at: datetime) -> Climb:
    kind, value, which = what
    if kind not in WANTED or not ladder.steps:
        return _counted(ladder, under, kind, value, at)
    step = ladder.steps[which % len(ladder.steps)]
    by = CAROL if kind == "bystander" else ALICE
    return clicked(step, WANTED[kind], step.advice, by=by, at=at)


@settings(max_examples=150)
@given(
    st.lists(steps_of, max_size=25),
    st.sampled_from([Mode.SHADOW, Mode.SUGGEST, Mode.APPROVE, Mode.AUTO, Mode.OFF]),
    st.sampled_from([Mode.SUGGEST, Mode.APPROVE, Mode.AUTO]),
    st.sampled_from([(NOTES, ASKS), (NOTES, ALLOWS, ASKS), (NOTES,)]),
)
def test_whatever_happens_no_mode_rises_without_a_managers_click_nor_above_the_highest(
    happens: Sequence[tuple[str, str, int]], base: Mode, highest: Mode, rules: tuple[Rule, ...]
) -> None:
    under = book(*rules, mode=base, ladder=LadderRules(highest=highest))
    ladder = Ladder("jira")
    for number, what in enumerate(happens):
        event = _happens(ladder, under, what, T0 + timedelta(minutes=number))
        before = {value: mode_of(ladder, under, base, value) for value in ("1", "2")}
        climbed = climb(ladder, event, under)
        ladder = climbed.ladder
        for value, was in before.items():
            now = mode_of(ladder, under, base, value)
            assert now.rank <= max(base.rank, highest.rank)
            if now.rank > was.rank:
                assert isinstance(event, StepAnswered)
                assert event.by.id == ALICE
            if now is not was:
                assert any(record.what.startswith("ladder.") for record in climbed.records)
                assert any(isinstance(order, ShowStep) for order in climbed.orders)
        assert len({step.advice.rung for step in ladder.offered()}) == len(ladder.offered())
