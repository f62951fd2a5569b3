"""The one way to a model, through the real library, against a fake Messages API over HTTP."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import BotError, Forbidden, Misconfigured, Reject
from bot.runtime.models import Endpoint, Role
from bot.runtime.provider import Guards, Provider, Said
from bot.runtime.spending import FAST
from bot.runtime.wire import WAIT_BELIEVED_S, Patience
from bot.writers import Away, Unusable
from sandbox.anthropic import Answer, AnthropicSandbox, Failure
from sandbox.faults import Fault, FaultKind
from tests.bot.runtime.speaking import HEARING, KEY, OUT, Frozen, nobody, provider, wanted


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_a_good_answer_comes_whole_with_what_it_cost(
    vendor: AnthropicSandbox, desk: Provider, hear: Any
) -> None:
    vendor.world.script(OUT)

    said = await desk.ask(wanted(), hear)

    assert (said.text, said.calls, said.unseen) == (OUT.text, (), "")
    assert said.usage.model == FAST
    assert min(said.usage.tokens_in, said.usage.tokens_out) > 0
    assert said.usage.usd > 0


async def test_words_are_heard_as_they_come_and_make_up_the_answer(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    vendor.world.script(OUT)
    heard: list[str] = []

    async def hear(words: str) -> None:
        heard.append(words)

    said = await desk.ask(wanted(), hear)

    assert len(heard) > 1
    assert "".join(heard) == said.text == OUT.text


REFUSALS = [
    (429, Away, 17.0),
    (408, Away, 5.0),
    (500, Away, 5.0),
    (503, Away, 5.0),
    (529, Away, 5.0),
    (401, Forbidden, None),
    (402, Forbidden, None),
    (403, Forbidden, None),
    (404, Misconfigured, None),
    (400, Reject, None),
    (413, Reject, None),
]


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
@pytest.mark.parametrize(("status", "kind", "after_s"), REFUSALS)
async def test_each_refusal_is_sorted_by_what_to_do(
    vendor: AnthropicSandbox,
    desk: Provider,
    status: int,
    kind: type[BotError],
    after_s: float | None,
    hear: Any,
) -> None:
    vendor.world.script(Failure(status, retry_after="17" if status == 429 else ""))

    with pytest.raises(kind) as no:
        await desk.ask(wanted(), hear)

    assert type(no.value) is kind
    assert getattr(no.value, "after_s", None) == after_s


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    ("said", "after_s"),
    [
        (in_an_hour, 3600.0),
        (lambda: "Fri, 20 Nov 2020 22:00:00 GMT", 0.0),
        (lambda: "Fri, 20 Nov 2020", 5.0),
        (lambda: "soon", 5.0),
        (lambda: "nan", 5.0),
        (lambda: "-3", 0.0),
        (lambda: "inf", WAIT_BELIEVED_S),
        (lambda: "9" * 400, WAIT_BELIEVED_S),
        (lambda: "", 5.0),
    ],
    ids=["date", "past", "day", "word", "nan", "negative", "inf", "huge", "none"],
)
async def test_however_it_says_how_long_to_wait(
    vendor: AnthropicSandbox, desk: Provider, said: Callable[[], str], after_s: float
) -> None:
    vendor.world.script(Failure(429, retry_after=said()))

    with pytest.raises(Away) as no:
        await desk.ask(wanted())

    assert no.value.after_s == pytest.approx(after_s, abs=3)


@pytest.mark.parametrize(
    ("fault", "hear"),
    [
        (FaultKind.RESET, None),
        (FaultKind.RESET, nobody),
        (FaultKind.LOST, None),  # a stream would have arrived by then
        (FaultKind.HTML, None),
        (FaultKind.HTML, nobody),
    ],
)
async def test_a_cut_connection_or_a_page_instead_of_json_is_tried_later(
    vendor: AnthropicSandbox, desk: Provider, fault: FaultKind, hear: Any
) -> None:
    vendor.faults.add(Fault(fault))

    with pytest.raises(Away):
        await desk.ask(wanted(), hear)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (replace(OUT, cut_after=20), "was cut"),
        (replace(OUT, stop_reason="refusal"), "refused"),
        (Answer(text=" ", stop_reason="end_turn"), "said nothing"),
        (replace(OUT, stop_reason="pause_turn"), "was cut"),
        (replace(OUT, stop_reason="model_context_window_exceeded"), "was cut"),
        (replace(OUT, stop_reason="a_reason_of_next_year"), "was cut"),
    ],
)
@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_an_answer_that_is_none_is_refused_and_was_paid_for(
    vendor: AnthropicSandbox, desk: Provider, answer: Answer, words: str, hear: Any
) -> None:
    vendor.world.script(answer)

    with pytest.raises(Unusable, match=words) as no:
        await desk.ask(wanted(), hear)

    assert no.value.usage.usd > 0


async def test_a_stream_that_breaks_in_the_middle_is_no_answer(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    vendor.world.script(replace(OUT, break_stream_after=1))
    heard: list[str] = []

    async def hear(words: str) -> None:
        heard.append(words)

    with pytest.raises(Away, match="overloaded_error"):
        await desk.ask(wanted(), hear)

    assert heard, "some of it had come"


@pytest.mark.parametrize("patience", [Patience(0.05, 10), Patience(10, 0.05)], ids=["attempt", "deadline"])
@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_a_slow_model_costs_no_more_than_its_time(
    vendor: AnthropicSandbox, patience: Patience, hear: Any
) -> None:
    vendor.world.latency_s = 0.5
    desk = provider(vendor, patience=dict.fromkeys(Role, patience))

    with pytest.raises(Away):  # else there would be an answer
        await desk.ask(wanted(), hear)

    await desk.close()


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_it_is_tried_again_once_and_as_late_as_it_asks(vendor: AnthropicSandbox, hear: Any) -> None:
    clock = Frozen()
    began = clock.at
    desk = provider(vendor, Guards(clock=clock))
    vendor.world.script(Failure(429, retry_after="3"), OUT)
    assert (await desk.ask(wanted(), hear)).text
    assert (clock.at - began).total_seconds() == 3

    vendor.world.script(Failure(529), Failure(529), OUT)
    with pytest.raises(Away):
        await desk.ask(wanted(), hear)
    assert len(vendor.world.queue) == 1, "not a third time"
    assert 3 < (clock.at - began).total_seconds() < 4, "a moment where it does not say"
    await desk.close()


@pytest.mark.parametrize(
    ("first", "after_s"),
    [(Failure(429, retry_after="40"), 40), (Failure(400), None), (Failure(401), None)],
)
async def test_a_long_wait_and_a_plain_no_are_told_at_once(
    vendor: AnthropicSandbox, first: Failure, after_s: float | None
) -> None:
    desk = provider(vendor, Guards(clock=Frozen()))
    vendor.world.script(first, OUT)

    with pytest.raises((Away, Reject)) as no:
        await desk.ask(wanted())

    assert getattr(no.value, "after_s", None) == after_s
    assert vendor.world.calls == []
    await desk.close()


async def test_after_the_first_word_it_is_not_tried_again(vendor: AnthropicSandbox) -> None:
    """Else a person would read the beginning twice."""
    desk = provider(vendor, Guards(clock=Frozen()))
    vendor.world.script(replace(OUT, break_stream_after=1), OUT)

    with pytest.raises(Away):
        await desk.ask(wanted(), nobody)

    assert len(vendor.world.calls) == 1
    await desk.close()


async def test_whoever_listens_can_end_it_and_their_own_errors_come_through(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    for error in (TimeoutError("mine"), ValueError("stop")):
        vendor.world.script(OUT)

        async def hear(_words: str, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error), match=str(error)):
            await desk.ask(wanted(), hear)


async def test_no_log_and_no_repr_holds_the_prompt_the_answer_or_the_key(
    vendor: AnthropicSandbox,
    desk: Provider,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    vendor.world.script(Answer(text="a zebra"), Failure(400))
    said = await desk.ask(wanted())
    with pytest.raises(Reject):
        await desk.ask(wanted())

    assert isinstance(said, Said)
    logged = caplog.text + "".join(capsys.readouterr())
    assert not any(word in logged for word in ("giraffe", "zebra", KEY))
    assert KEY not in repr(Endpoint(api_key=KEY))


def test_only_the_wire_knows_the_library() -> None:
    root = Path(__file__).parents[3]
    knows = [
        path.relative_to(root).as_posix()
        for folder in ("bot", "skills", "connectors", "approvals")
        for path in (root / folder).rglob("*.py")
        if re.search(
            r"^\s*(from|import) (anthropic|httpx2)\b", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert knows == ["bot/runtime/wire.py"]
