"""Each benchmark runs, tiny: it measures what it says it does and leaves no process behind."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from bench import (
    audit,
    cascade,
    classify,
    clicks,
    decisions,
    engine,
    intake,
    memory,
    pending,
    redaction,
    retrieval,
    semantic,
    start,
    talks,
    tickets,
)
from bench.__main__ import BENCHES, main


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    def kin() -> set[int]:
        return {each.pid for each in psutil.Process().children(recursive=True)}

    before = kin()
    yield
    assert kin() <= before


async def test_intake_is_measured_against_the_bare_handler_of_the_same_run() -> None:
    bare, ours, steady = await intake.measure(50, 1, 1)
    assert bare.ratio == 1.0
    assert ours.ratio is not None
    assert ours.ratio > 0.05
    assert ours.ok is (ours.ratio >= 0.8)
    assert " / " in steady.value


async def test_own_time_is_measured_on_tickets_that_got_their_note() -> None:
    p50, p99, cpu = await tickets.measure(4)
    assert "p50" in p50.measure
    assert "p99" in p99.measure
    assert p50.dominates
    assert cpu.value.endswith("ms")


async def test_a_click_is_followed_to_the_write() -> None:
    (row,) = await clicks.measure(3)
    assert row.measure.startswith("click to vendor write")
    assert row.ok is not None


async def test_a_conversation_is_followed_to_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "PAUSE_S", 0.0)
    sign, own, memory_row = await talks.measure(2, 3)
    assert sign.ok is not None
    assert own.dominates
    assert "3 conversations" in memory_row.measure


async def test_a_start_is_timed_until_ready() -> None:
    (row,) = await start.measure(1)
    assert 0.0 < float(row.value.split()[0]) < 60.0


async def test_memory_is_read_from_a_bot_that_really_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "IDLE_S", 0.0)
    idle, rise = await memory.measure(2, 3, judged=False)
    assert 20 < float(idle.value.split()[0]) < 1_000
    assert rise.ok is None, "six tickets prove no slope"


def test_every_bench_can_be_asked_for_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    modules = (
        *(audit, cascade, classify, clicks, decisions, engine, intake, memory),
        *(pending, redaction, retrieval, semantic, start, talks, tickets),
    )
    assert {module.__name__ for module in modules} == {f"bench.{name}" for name in BENCHES}
    with pytest.raises(SystemExit) as bad:
        main(["nothing"])
    assert bad.value.code == 2
    assert "nothing" in capsys.readouterr().err


async def test_clicks_at_a_rate_are_followed_to_their_commit() -> None:
    alone, beside = await decisions.measure(14)
    assert "carried out" in beside.measure
    for row in (alone, beside):
        assert "of 4" in row.measure, "the first ten warm it up"
        assert row.ok is not None


async def test_what_waits_is_weighed_and_intake_is_asked_beside_it() -> None:
    memory_row, pace = await pending.measure(20, 40, 1)
    assert memory_row.value.endswith(" MiB")
    assert "scaled up" in memory_row.dominates, "twenty of them say little of ten thousand"
    assert pace.ratio is not None


async def test_the_cascade_is_billed_against_the_model_alone_on_the_same_tickets() -> None:
    alone, ours, alone_drafts, ours_drafts = await cascade.measure(cascade.made(1_500, 12))
    assert (alone.ratio, alone_drafts.ratio) == (1.0, 1.0)
    assert ours.ratio is not None
    assert 0 <= ours.ratio < 1, "what is proven is not paid for"
    assert ours.ok is not None
    assert ours_drafts.ok is None, "nothing is promised of drafts"
    assert "list prices of 20" in ours.dominates
